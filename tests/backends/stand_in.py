"""A fake Slurm of three shell scripts, which runs jobs as processes and keeps them in a folder."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

#: Start of each program; it runs shell code of the test first.
_HEAD = """\
#!/bin/sh
folder='{folder}'
printf '%s\\n' "{name} $*" >> "$folder/calls"
. "$folder/answers/{name}"
"""
_SBATCH = """\
number=1
until mkdir "$folder/jobs/$number" 2> /dev/null; do number=$((number + 1)); done
job="$folder/jobs/$number"
cat > "$job/script"
if [ -e "$folder/hold" ]; then
    echo "PENDING|Priority" > "$job/state"
else
    echo "RUNNING|None" > "$job/state"
    log=$(sed -n "s/^#SBATCH --output=//p" "$job/script" | sed "s/%j/$number/")
    log=${{log:-$PWD/slurm-$number.out}}
    (
        state=FAILED
        SLURM_JOB_ID=$number setsid sh -c 'echo $$ > "$0/pid"; exec bash "$0/script"' "$job" \\
            > "$log" 2>&1 && state=COMPLETED
        echo "$state|NonZeroExitCode" > "$job/state.new"
        mv "$job/state.new" "$job/state"
    ) > /dev/null 2>&1 < /dev/null &
fi
echo "Submitted batch job $number"
"""
_SQUEUE = """\
for word; do
    case $word in --jobs=*) numbers=$(echo "${{word#--jobs=}}" | tr , ' ') ;; esac
done
for number in $numbers; do
    echo "$number|$(cat "$folder/jobs/$number/state")"
done
"""
#: A redirection of the loop would leave a copy of the caller's pipe to the process in the background.
_SCANCEL = """\
exec 2> /dev/null
for number; do
    if [ -e "$folder/jobs/$number/pid" ]; then
        group=$(cat "$folder/jobs/$number/pid")
        kill -TERM "-$group"
        (sleep 3; kill -KILL "-$group") > /dev/null 2>&1 < /dev/null &  # KillWait, of Slurm 30 s
    fi
    echo "CANCELLED|None" > "$folder/jobs/$number/state"
done
exit 0
"""
_PROGRAMS = {"sbatch": _SBATCH, "squeue": _SQUEUE, "scancel": _SCANCEL}


class StandIn:
    """The programs, their calls and their jobs.

    Jobs start at once, in the environment of the submitter. After a call of `hold`, new jobs never
    start.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs = folder / "bin"
        for name in ("bin", "answers", "jobs"):
            (folder / name).mkdir(parents=True)
        (folder / "calls").touch()
        for name, body in _PROGRAMS.items():
            self.answer(name, "")
            text = (_HEAD + body).format(folder=folder, name=name)
            (self.programs / name).write_text(text)
            (self.programs / name).chmod(0o755)

    def answer(self, program: str, shell: str) -> None:
        """Make `program` run this shell code first, which may exit."""
        new = self.folder / "answers" / f"{program}.new"
        new.write_text(f"{shell}\n")
        new.replace(self.folder / "answers" / program)

    def hold(self) -> None:
        """Make jobs that are submitted from now on wait forever."""
        (self.folder / "hold").touch()

    def calls(self, program: str) -> list[str]:
        """Return the arguments of each call so far."""
        lines = (self.folder / "calls").read_text().splitlines()
        return [line.partition(" ")[2] for line in lines if line.partition(" ")[0] == program]

    def states(self) -> dict[str, str]:
        """Return job number -> state."""
        jobs = {path.name: path / "state" for path in (self.folder / "jobs").iterdir()}
        known = {number: path.read_text() for number, path in jobs.items() if path.exists()}
        return {number: text.partition("|")[0] for number, text in known.items()}

    def set_state(self, number: str, state: str, reason: str) -> None:
        """Set the state of a job."""
        (self.folder / "jobs" / number / "state").write_text(f"{state}|{reason}\n")

    def script(self, number: str = "1") -> str:
        """Return the script of a job."""
        return (self.folder / "jobs" / number / "script").read_text()

    def pid(self, number: str = "1") -> int:
        """Return the process id of a job, which leads a process group."""
        return int((self.folder / "jobs" / number / "pid").read_text())

    def close(self) -> None:
        """Kill all jobs, and the programs that a test made to hang."""
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                if os.fsencode(self.programs) in path.read_bytes():
                    os.killpg(int(path.parent.name), signal.SIGKILL)
        for path in (self.folder / "jobs").glob("*/pid"):
            with suppress(ProcessLookupError, ValueError):
                os.killpg(int(path.read_text()), signal.SIGKILL)
