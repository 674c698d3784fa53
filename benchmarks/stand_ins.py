"""Imitate Slurm's commands as fast as possible: they run no jobs and log each call."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

_BEGIN = """#!/bin/sh
folder={folder}
log=$folder/log
"""
#: The number has eight digits, as at a large site, and changes every second.
_SBATCH = """
echo "+ sbatch" >>"$log"
read -r seconds _ </proc/uptime
number=$(((${{seconds%.*}} % 900 + 100) * 100000 + $$ % 100000))
{pause}
if [ {most} -gt 0 ] && [ "$(grep -c '^- sbatch' "$log")" -ge {most} ]; then
    echo "! sbatch" >>"$log"
    echo "sbatch: error: QOSMaxSubmitJobPerUserLimit" >&2
    echo "sbatch: error: Batch job submission failed: Job violates accounting/QOS policy" >&2
    exit 1
fi
echo "- sbatch $number" >>"$log"
echo "Submitted batch job $number"
"""
_SQUEUE = """
all="squeue $*"
echo "+ squeue ${{#all}}" >>"$log"
for word; do case $word in --jobs=*) jobs=${{word#--jobs=}} ;; esac; done
IFS=,
printf '%s|PENDING|Resources\\n' $jobs
"""
_SCANCEL = """
echo "+ scancel $*" >>"$log"
while read -r process; do kill -9 "$process" 2>/dev/null; done <"$folder/processes"
exit 0
"""


class StandIns:
    """Imitations of `sbatch`, `squeue` and `scancel`, which are put first on the PATH.

    Parameters
    ----------
    folder : str
        An empty folder for them.
    pause : float
        Seconds that each submission takes.
    most : int
        The number of submissions that are accepted; 0 for all.
    """

    def __init__(self, folder: str, pause: float = 0, most: int = 0) -> None:
        self._folder = Path(folder)
        (self._folder / "log").touch()
        (self._folder / "bin").mkdir()
        self.ends_processes([])
        values = {"folder": folder, "pause": f"sleep {pause}" if pause else "", "most": most}
        programs = {"sbatch": _SBATCH, "squeue": _SQUEUE, "scancel": _SCANCEL}
        for name, text in programs.items():
            path = self._folder / "bin" / name
            path.write_text((_BEGIN + text).format(**values))
            path.chmod(0o700)
        os.environ["PATH"] = f"{self._folder / 'bin'}{os.pathsep}{os.environ['PATH']}"

    def ends_processes(self, numbers: Iterable[int]) -> None:
        """Let `scancel` kill these processes, whichever job it cancels."""
        (self._folder / "processes").write_text("".join(f"{number}\n" for number in numbers))

    def calls(self, program: str) -> list[list[str]]:
        """Return what was logged at the beginning of each call."""
        return list(self._lines("+", program))

    def log_size(self) -> int:
        """Return the size of the log, which grows with each call. This needs no file descriptor."""
        return (self._folder / "log").stat().st_size

    def accepted(self) -> set[str]:
        """Return the numbers of the submitted jobs."""
        return {words[0] for words in self._lines("-", "sbatch")}

    def cancelled(self) -> set[str]:
        """Return the numbers of the cancelled jobs."""
        return {number for words in self.calls("scancel") for number in words}

    def submissions_at_once(self) -> int:
        """Return the largest number of calls of `sbatch` at the same time."""
        running = most = 0
        for sign, program, *_ in self._all_lines():
            if program == "sbatch":
                running += 1 if sign == "+" else -1
                most = max(most, running)
        return most

    def _lines(self, sign: str, program: str) -> Iterator[list[str]]:
        for first, name, *words in self._all_lines():
            if (first, name) == (sign, program):
                yield words

    def _all_lines(self) -> Iterator[list[str]]:
        return map(str.split, (self._folder / "log").read_text().splitlines())
