"""Completion in bash, zsh and fish."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dask_backend_config.catalogue.known_keys import catalogue
from dask_backend_config.cli.completion import PROGRAM, VARIABLE
from dask_backend_config.cli.completion.candidates import groups, keys, values
from dask_backend_config.cli.completion.shells import SHELLS
from dask_backend_config.cli.main import cli
from dask_backend_config.config.merge import branch
from dask_backend_config.core.origins import Origin
from tests.terminals import Terminal

Complete = Callable[[str], list[str]]
NOTHING = branch({}, Origin("code"))


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the command, first on ``PATH``."""
    path = tmp_path / "bin" / "dask-backend-config"
    path.parent.mkdir()
    path.write_text(f"#!{sys.executable}\nfrom _dask_backend_config_cli import main\n\nmain()\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{path.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    return path


def _script(shell: str, program: Path) -> Path:
    """Return a file with the shell's script."""
    path = program.parent / f"completion.{shell}"
    done = subprocess.run(
        [program, "completion", shell], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr == ""
    path.write_text(done.stdout)
    return path


def _needs(shell: str) -> str:
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"{shell} is not installed")
    return found


def _run(*command: str) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    return done.stdout.splitlines()


def _in_bash(line: str, program: Path) -> list[str]:
    bash = _needs("bash")
    words = shlex.split(line) + ([""] if line.endswith(" ") else [])
    split = [part for word in words for part in _split_at_equals(word)]
    run = (
        f"compopt() {{ :; }}; source {_script('bash', program)};"
        f"COMP_WORDS=({shlex.join(split)}); COMP_CWORD={len(split) - 1};"
        f"_dask_backend_config_completion {program};"
        'for one in "${COMPREPLY[@]}"; do echo "$one"; done'
    )
    return _run(bash, "--norc", "-c", run)


def _split_at_equals(word: str) -> list[str]:
    """Split ``--select=ID`` into three words, as bash's ``COMP_WORDBREAKS`` does."""
    before, equals, after = word.partition("=")
    return [part for part in (before, equals, after) if part] or [""]


def _in_fish(line: str, program: Path) -> list[str]:
    fish = _needs("fish")
    run = f"source {_script('fish', program)}; complete -C {shlex.quote(line)}"
    return [entry.partition("\t")[0] for entry in _run(fish, "--no-config", "-c", run)]


@pytest.fixture(params=["bash", "fish"])
def complete(request: pytest.FixtureRequest, program: Path) -> Complete:
    """Return a function that completes a line in a shell."""
    in_shell = {"bash": _in_bash, "fish": _in_fish}[request.param]
    return lambda line: in_shell(line, program)


CASES = [
    pytest.param("show distributed.wo", ["distributed.worker."], id="section"),
    pytest.param(
        "show distributed.comm.timeouts.",
        ["distributed.comm.timeouts.connect", "distributed.comm.timeouts.tcp"],
        id="keys-of-a-section",
    ),
    pytest.param("explain backends.slurm.queue", ["backends.slurm.queue-name"], id="key-of-backends"),
    pytest.param("set distributed.worker.daemon ", ["true", "false"], id="boolean"),
    pytest.param(
        "set backends.local.task-isolation ",
        ["none", "process", "fresh", "null"],
        id="choice-of-backends",
    ),
    pytest.param(
        "set distributed.worker.multiprocessing-method ",
        ["spawn", "fork", "forkserver"],
        id="choice",
    ),
    pytest.param("diff . --select versions,val", ["versions,values"], id="parts-of-diff"),
    pytest.param("unset ", ["distributed."], id="unset"),
    pytest.param("unset distributed.", ["distributed.worker."], id="unset-in-a-section"),
    pytest.param("doctor --select unknown-q", ["unknown-queue"],
                 id="check"),
    pytest.param("doctor --ignore tab-character,unknown-k", ["tab-character,unknown-key"],
                 id="second-check-of-a-list"),
    pytest.param("doctor --live sl", ["slurm"], id="live"),
    pytest.param("job-script h", ["htcondor"], id="backend"),
    pytest.param("job-script m", ["moab", "mine"], id="profile"),
    pytest.param("job-script mine --group g", ["gpu"], id="group"),
    pytest.param("completion z", ["zsh"], id="shell"),
    pytest.param("sh", ["show"], id="command"),
    pytest.param("explain DASK_M", ["DASK_MINE"], id="variable"),
    pytest.param("show --di", ["--diff"], id="option"),
    pytest.param("show no.such.section.", [], id="no-candidate"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_candidates_for_a_line(
    line: str, expected: list[str], user_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASK_MINE", "1")
    (user_folder / "mine.yaml").write_text(
        "backends: {profiles: {mine: {backend: local, worker-groups: {gpu: null}}}}\n" if "job-script" in line else
        "distributed: {worker: {daemon: true}}\n"
    )  # fmt: skip
    *words, typed = shlex.split(line) + ([""] if line.endswith(" ") else [])
    found = SHELLS["bash"](cli, {}, PROGRAM, VARIABLE).get_completions(words, typed)
    assert sorted(item.value for item in found) == sorted(expected)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("show distributed.wo", ["distributed.worker."], id="section"),
        pytest.param("show --format=y", ["yaml"], id="option-with-equals"),
        pytest.param("doctor --ignore tab-character,unknown-k", ["tab-character,unknown-key"], id="list"),
        pytest.param("show no.such.section.", [], id="no-candidate"),
    ],
)  # fmt: skip
def test_a_shell_completes_a_line(line: str, expected: list[str], complete: Complete) -> None:
    found = complete(f"dask-backend-config {line}")
    assert [entry.removeprefix("--format=") for entry in found] == expected


START = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], "PS1='> '; source {script}"),
    "zsh": (
        ["zsh", "-f", "-i"],
        "PS1='> '; unsetopt zle_bracketed_paste; autoload -U compinit; compinit -u -D;"
        " source {script}",
    ),
    "fish": (
        ["fish", "--no-config", "--interactive"],
        "function fish_prompt; echo '> '; end; source {script}",
    ),
}


@pytest.mark.parametrize("shell", START)
def test_no_space_follows_a_section(shell: str, program: Path) -> None:
    _needs(shell)
    command, begin = START[shell]
    environ = {**os.environ, "TERM": "dumb" if shell == "bash" else "xterm"}
    with Terminal(command, environ) as terminal:
        terminal.type(begin.format(script=_script(shell, program)) + "; echo be''gun\n")
        terminal.wait_for("begun\n")
        terminal.type("dask-backend-config show distributed.wor\t")
        terminal.wait_for(r"distributed\.worker\.")
        terminal.type("daem\t\n")
        terminal.wait_for(r"distributed\.worker\.daemon +false +default of dask_backend_config")


def test_the_shell_completes_a_file_name(program: Path, tmp_path: Path) -> None:
    _needs("bash")
    (tmp_path / "analysis-of-mine.py").write_text("print('it ' + 'ran')\n")
    command, begin = START["bash"]
    with Terminal(command, {**os.environ, "TERM": "dumb"}) as terminal:
        script = _script("bash", program)
        terminal.type(f"cd {tmp_path}; {begin.format(script=script)}; echo be''gun\n")
        terminal.wait_for("begun\n")
        terminal.type("dask-backend-config trace analy\t\n")
        terminal.wait_for("it ran")


def test_zsh_completes_an_option_with_equals_and_describes_checks(program: Path) -> None:
    _needs("zsh")
    command, begin = START["zsh"]
    with Terminal(command, {**os.environ, "TERM": "xterm"}) as terminal:
        terminal.type(begin.format(script=_script("zsh", program)) + "; echo be''gun\n")
        terminal.wait_for("begun\n")
        terminal.type("dask-backend-config show distributed.worker.daemon --format=e\t\n")
        terminal.wait_for("export DASK_DISTRIBUTED__WORKER__DAEMON=False")
        terminal.type("dask-backend-config doctor --select unknown-\t")
        terminal.wait_for(r"unknown-key +-- ")
        terminal.type("k\t\n")
        terminal.wait_for("No problems")


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_has_valid_syntax(shell: str, program: Path) -> None:
    _run(_needs(shell), "-n", str(_script(shell, program)))


def test_an_error_while_typing_prints_nothing(program: Path, user_folder: Path) -> None:
    (user_folder / "broken.yaml").write_text("a: b: c\n\t- ]\n")
    environ = {
        **os.environ,
        "_DASK_BACKEND_CONFIG_COMPLETE": "bash_complete",
        "COMP_WORDS": "dask-backend-config\nshow\ndistributed.wo",
        "COMP_CWORD": "2",
    }
    done = subprocess.run(
        [program], env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == ("plain,distributed.worker.\n", "")
    environ["COMP_CWORD"] = "no number"
    done = subprocess.run(
        [program], env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("", "")


def test_completion_imports_no_dask(program: Path) -> None:
    environ = {
        **os.environ,
        "_DASK_BACKEND_CONFIG_COMPLETE": "bash_complete",
        "COMP_WORDS": "dask-backend-config show distributed.wo",
        "COMP_CWORD": "2",
        "PYTHONPROFILEIMPORTTIME": "1",
    }
    done = subprocess.run(
        [program], env=environ, capture_output=True, text=True, timeout=60, check=True
    )
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "dask_backend_config.cli.completion.candidates" in imported
    assert imported & {"dask", "distributed", "dask_jobqueue", "rich"} == set()


def test_every_known_key_can_be_completed_name_by_name() -> None:
    missed = []
    for key in catalogue().keys():  # noqa: SIM118 - a method of its own
        names = key.split(".")
        for length in range(1, len(names) + 1):
            part = ".".join(names[:length])
            found = {entry.removesuffix(".") for entry in keys(part, [NOTHING])}
            if part not in found and not catalogue().is_free(tuple(names)):
                missed.append(part)
    assert missed == []


def test_keys_of_the_user_are_completed() -> None:
    tree = branch(
        {"backends": {"profiles": {"gpu": {"backend": "pbs"}}}, "gateway": {"a.b": 1, "c": {}}},
        Origin("code"),
    )
    assert keys("backends.profiles.", [tree]) == ["backends.profiles.gpu."]
    assert "backends.profiles.gpu.queue-name" in keys("backends.profiles.gpu.", [tree])
    assert keys("gat", [tree]) == ["gateway."]
    assert keys("gateway.", [tree]) == ["gateway.c"]
    assert values("backends.default", tree)[-1] == "gpu"


def test_keys_of_worker_groups_are_completed() -> None:
    tree = branch({"backends": {"pbs": {"worker_groups": {"cpu": None}}}}, Origin("code"))
    section = "backends.pbs.worker-groups."
    assert keys("backends.pbs.worker-g", [NOTHING]) == [section]
    assert keys(section, [tree]) == [f"{section}cpu."]
    assert keys(f"{section}new.resource", [NOTHING]) == [
        f"{section}new.resource-spec", f"{section}new.resources-per-worker.",
    ]  # fmt: skip
    assert keys(f"{section}cpu.secur", [tree]) == []
    assert values(f"{section}cpu.require-setup", tree) == ["true", "false"]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        pytest.param("slurm", ["all", "gpu"], id="kind"),
        pytest.param("pbs", ["all"], id="shared"),
        pytest.param("local", ["small"], id="local"),
        pytest.param("night", ["small", "own"], id="profile"),
        pytest.param(None, ["all", "gpu"], id="default"),
        pytest.param("auto", ["all", "gpu"], id="auto"),
    ],
)
def test_the_worker_groups_of_a_backend_are_completed(name: str | None, found: list[str]) -> None:
    sections = {
        "default": "slurm",
        "jobqueue": {"worker-groups": {"all": None}},
        "slurm": {"worker-groups": {"gpu": {}, "all": {}}},
        "local": {"worker-groups": {"small": {"number-of-workers": 1}}},
        "profiles": {"night": {"backend": "local", "worker-groups": {"own": {}}}},
    }
    assert groups(name, branch({"backends": sections}, Origin("code"))) == found


@pytest.mark.parametrize("typed", ["backends.local.number_of_w", "backends.local.number-of-w"])
def test_both_spellings_are_completed(typed: str) -> None:
    assert keys(typed, [NOTHING]) == ["backends.local.number-of-workers"]
