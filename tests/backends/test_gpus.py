"""GPUs are found, and no two workers share one."""

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
ONE_IN_PARTS = """\
GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-5d5ba0d6-0000-0000-0000-000000000000)
  MIG 3g.20gb     Device  0: (UUID: MIG-a)
  MIG 3g.20gb     Device  1: (UUID: MIG-b)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-6d5ba0d6-0000-0000-0000-000000000000)
"""


def machine(folder: Path, body: str) -> Mapping[str, str]:
    """An environment whose nvidia-smi is a script of ours."""
    command = folder / "nvidia-smi"
    command.write_text(f'#!/bin/sh\n[ "$1" = -L ] || exit 64\n{body}\n')
    command.chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}{os.defpath}"}


@pytest.mark.parametrize(
    ("text", "devices"),
    [
        pytest.param("0,1", ("0", "1"), id="indices"),
        pytest.param(" 2 , 3 ", ("2", "3"), id="blanks"),
        pytest.param("GPU-5d,MIG-1/2/3", ("GPU-5d", "MIG-1/2/3"), id="uuids"),
        pytest.param("1,-1,2", ("1",), id="nothing-after-an-invalid-one"),
        pytest.param("0,0,1", ("0",), id="nothing-after-a-repeated-one"),
        pytest.param("", (), id="empty"),
        pytest.param("NoDevFiles", (), id="slurm's-word-for-none"),
        pytest.param("none", (), id="none"),
    ],
)
def test_the_variable_is_read_as_cuda_reads_it(text: str, devices: tuple[str, ...]) -> None:
    assert gpus.named(text) == devices


@pytest.mark.parametrize(
    ("text", "devices"),
    [
        pytest.param(TWO_GPUS, ("0", "1"), id="whole"),
        pytest.param(ONE_IN_PARTS, ("MIG-a", "MIG-b", "1"), id="parts"),
        pytest.param("No devices found.\n", (), id="none"),
    ],
)
def test_the_list_of_nvidia_smi_is_read(text: str, devices: tuple[str, ...]) -> None:
    assert gpus.listed(text) == devices


@pytest.mark.parametrize("workers", [1, 2, 3, 7])
@pytest.mark.parametrize("each", [0, 1, 2, 5])
def test_no_device_belongs_to_two_workers(workers: int, each: int) -> None:
    devices = [str(number) for number in range(workers * each)]
    shares = gpus.shares(devices, workers, each)
    assert [len(share.split(",")) if share else 0 for share in shares] == [each] * workers
    assert [device for share in shares if share for device in share.split(",")] == devices


def test_nvidia_smi_is_asked(tmp_path: Path) -> None:
    environ = machine(tmp_path, f"cat <<'END'\n{TWO_GPUS}END")
    assert gpus.visible(environ) == ("0", "1")


def test_the_variable_counts_before_nvidia_smi(tmp_path: Path) -> None:
    environ = {**machine(tmp_path, "exit 1"), "CUDA_VISIBLE_DEVICES": "3"}
    assert gpus.visible(environ) == ("3",)


def test_a_machine_without_nvidia_smi_has_none(tmp_path: Path) -> None:
    assert gpus.visible({"PATH": str(tmp_path)}) == ()


def test_nvidia_smi_that_fails_is_quoted(tmp_path: Path) -> None:
    environ = machine(tmp_path, "echo 'couldn'\"'\"'t talk to\nthe driver' >&2; exit 9")
    with pytest.raises(BackendError, match=r"failed with exit code 9: couldn't talk to the driver"):
        gpus.visible(environ)


def test_nvidia_smi_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpus, "_LIMIT", 0.1)
    with pytest.raises(BackendError, match=r"nvidia-smi -L failed: .*timed out"):
        gpus.visible(machine(tmp_path, "exec sleep 60"))
