"""Variables that shell code does not export, compared with what bash exports."""

from __future__ import annotations

import subprocess

import pytest

from dask_backend_config.core.shell import unexported

LOST = [
    "A=1", "A=1;", "A=1 # why", "A='x; y'", "A=$(echo 1)", 'A="$(echo "b" (c)")"', "A=`echo 1`",
    "A=$((1 + 2))", "  A=1", "true && A=1", "if true; then A=1; fi", "for i in 1; do A=1; done",
    "{ A=1; }", "A=1 || exit 1", "A=1\nset -a", "declare A=1", "typeset A=1", "readonly A=1",
    "declare -i A=1", "set A=1", "B=1; export B\nA=1", "true 2>&1; A=1", "A=1 \\\n  C=2",
    "A=1\nB=2 true",
]  # fmt: skip
EXPORTED = [
    "export A=1", "A=1; export A", "A=1\nexport B=2 A", "export A; A=1", "set -a; A=1",
    "set -o allexport\nA=1", "set -euao pipefail; A=1", "declare -x A=1", "A=1\ntypeset -x A",
]  # fmt: skip
NOT_MEANT_FOR_THE_WORKER = [
    "A=1 true", "A=1 \\\n  true", "A=1\necho $A", "A=1\ncd ${A}/x", "A=1; B=$A make",
    "A=1; if (( A > 1 )); then true; fi", "# A=1", "echo A=1", "echo 'x; A=1'", "make --A=1",
    "env A=1 make", "A=(1 2)", "declare -a A=1", "A=", "cat <<E\nA=1\nE", "conda activate x",
    "test \"$A\" = 1", "PATH=/x", "IFS=,", "SLURM_NTASKS=4",
]  # fmt: skip


def _exported_by_bash(code: str) -> bool:
    command = ["bash", "--norc", "-c", f"{code}\nexec env"]
    done = subprocess.run(command, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"})
    return "\nA=" in f"\n{done.stdout}"


@pytest.mark.parametrize("code", LOST)
def test_finds_what_bash_does_not_export(code: str) -> None:
    assert "A" in [found.name for found in unexported(code)]
    assert not _exported_by_bash(code)


@pytest.mark.parametrize("code", EXPORTED)
def test_accepts_what_bash_exports(code: str) -> None:
    assert unexported(code) == []
    assert _exported_by_bash(code)


@pytest.mark.parametrize("code", NOT_MEANT_FOR_THE_WORKER)
def test_accepts_everything_else(code: str) -> None:
    assert unexported(code) == []


def test_knows_whether_other_code_may_use_it() -> None:
    first, last = unexported("\nA=1\nsource x\nB=2")
    assert (first.name, first.text, first.is_sourced) == ("A", "A=1", True)
    assert (last.name, last.is_sourced) == ("B", False)
