"""Find GPUs and divide them among workers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from dask_backend_config.backends import gpus
from dask_backend_config.core.errors import BackendError

TWO_GPUS = """\
GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-5d5ba0d6-0000-0000-0000-000000000000)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-6d5ba0d6-0000-0000-0000-000000000000)
"""
ONE_WITH_MIG = """\
GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-5d5ba0d6-0000-0000-0000-000000000000)
  MIG 3g.20gb     Device  0: (UUID: MIG-a)
  MIG 3g.20gb     Device  1: (UUID: MIG-b)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-6d5ba0d6-0000-0000-0000-000000000000)
"""


def machine(folder: Path, body: str) -> Mapping[str, str]:
    """Return an environment with a fake nvidia-smi."""
    command = folder / "nvidia-smi"
    command.write_text(f'#!/bin/sh\n[ "$1" = -L ] || exit 64\n{body}\n')
    command.chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}{os.defpath}"}


@pytest.mark.parametrize(
    ("text", "devices"),
    [
        pytest.param("0,1", ("0", "1"), id="indices"),
        pytest.param(" 2 , 3 ", ("2", "3"), id="spaces"),
        pytest.param("GPU-5d,MIG-1/2/3", ("GPU-5d", "MIG-1/2/3"), id="uuids"),
        pytest.param("1,-1,2", ("1",), id="stops-at-an-invalid-device"),
        pytest.param("0,0,1", ("0",), id="stops-at-a-repeated-device"),
        pytest.param("NoDevFiles", (), id="slurm-without-gpus"),
        pytest.param("0.0,0.1", ("0.0", "0.1"), id="tiles-of-level-zero"),
    ],
)
def test_visible_devices_follow_the_rules_of_cuda(text: str, devices: tuple[str, ...]) -> None:
    assert gpus.parse_variable(text) == devices


@pytest.mark.parametrize(
    ("environ", "names", "indices"),
    [
        pytest.param({"CUDA_VISIBLE_DEVICES": "2"}, "2", "0", id="cuda"),
        pytest.param({"CUDA_VISIBLE_DEVICES": "3,1,7"}, "3,1,7", "0,1,2", id="several"),
        pytest.param({"CUDA_VISIBLE_DEVICES": "GPU-a,GPU-b"}, "GPU-a,GPU-b", "0,1", id="uuids"),
        pytest.param({"CUDA_VISIBLE_DEVICES": "MIG-a"}, "MIG-a", "0", id="mig"),
        pytest.param(
            {"CUDA_VISIBLE_DEVICES": "MIG-GPU-a/1/0,MIG-GPU-a/2/0"},
            "MIG-GPU-a/1/0,MIG-GPU-a/2/0",
            "0",
            id="a-process-can-use-one-mig-instance",
        ),
        pytest.param({"CUDA_VISIBLE_DEVICES": "1,-1,2"}, "1", "0", id="invalid-device"),
        pytest.param({"ROCR_VISIBLE_DEVICES": "4,5"}, "4,5", "0,1", id="amd"),
        pytest.param(
            {"ROCR_VISIBLE_DEVICES": "4,5", "HIP_VISIBLE_DEVICES": "1"}, "1", "0", id="hip"
        ),
        pytest.param({"ZE_AFFINITY_MASK": "2,3"}, "2,3", "0,1", id="intel"),
        pytest.param({"ZE_AFFINITY_MASK": "2.0,2.1"}, "2.0,2.1", "0", id="tiles-of-one-device"),
        pytest.param(
            {"CUDA_VISIBLE_DEVICES": "NoDevFiles", "ROCR_VISIBLE_DEVICES": "1"},
            "1",
            "0",
            id="the-variable-that-names-a-gpu",
        ),
        pytest.param({"CUDA_VISIBLE_DEVICES": ""}, "", "", id="hidden"),
    ],
)
def test_toolkits_count_the_gpus_that_a_variable_selects(
    environ: dict[str, str], names: str, indices: str
) -> None:
    found = gpus.selected_gpus({"HOME": "/", **environ})
    assert found is not None
    assert (",".join(found.names), ",".join(found.indices)) == (names, indices)
    assert gpus.visible_gpus(environ) == found
    assert found.variable in environ


@pytest.mark.parametrize(
    ("text", "devices"),
    [
        pytest.param(TWO_GPUS, ("0", "1"), id="gpus"),
        pytest.param(ONE_WITH_MIG, ("MIG-a", "MIG-b", "1"), id="mig-instances"),
        pytest.param("No devices found.\n", (), id="none"),
    ],
)
def test_output_of_nvidia_smi_is_parsed(text: str, devices: tuple[str, ...]) -> None:
    assert gpus.parse_nvidia_smi(text) == devices


@pytest.mark.parametrize(("workers", "each"), [(1, 0), (1, 2), (3, 1), (3, 2)])
def test_each_device_belongs_to_one_worker(workers: int, each: int) -> None:
    devices = [str(number) for number in range(workers * each)]
    shares = gpus.divide(devices, workers, each)
    assert [len(share.split(",")) if share else 0 for share in shares] == [each] * workers
    assert [device for share in shares if share for device in share.split(",")] == devices


def test_nvidia_smi_lists_gpus(tmp_path: Path) -> None:
    environ = machine(tmp_path, f"cat <<'END'\n{TWO_GPUS}END")
    assert gpus.visible_gpus(environ) == gpus.VisibleGPUs(("0", "1"))


def test_the_variable_overrides_nvidia_smi(tmp_path: Path) -> None:
    environ = {**machine(tmp_path, "exit 1"), "CUDA_VISIBLE_DEVICES": "3"}
    assert gpus.visible_gpus(environ) == gpus.VisibleGPUs(("3",))


def test_without_nvidia_smi_there_are_no_gpus(tmp_path: Path) -> None:
    assert gpus.visible_gpus({"PATH": str(tmp_path)}).names == ()


def test_error_quotes_nvidia_smi(tmp_path: Path) -> None:
    environ = machine(tmp_path, "echo 'couldn'\"'\"'t talk to\nthe driver' >&2; exit 9")
    with pytest.raises(BackendError, match=r"failed with exit code 9: couldn't talk to the driver"):
        gpus.visible_gpus(environ)


def test_nvidia_smi_has_a_time_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpus, "_TIME_LIMIT", 0.1)
    with pytest.raises(BackendError, match=r"nvidia-smi -L failed: .*timed out"):
        gpus.visible_gpus(machine(tmp_path, "exec sleep 60"))
