"""``show --diff``, and how ``show`` and ``explain`` take names that are nearly right."""

from __future__ import annotations

import json
from pathlib import Path

import dask.config
import pytest
import yaml
from click.testing import CliRunner, Result

from dask_backend_config import show
from dask_backend_config.cli.main import cli


def run(*arguments: str) -> Result:
    """Run the command line in this process."""
    return CliRunner().invoke(cli, arguments)


def test_where_nobody_says_anything_nothing_differs() -> None:
    result = run("show", "--diff")
    assert (result.stdout, result.stderr) == ("", "nothing differs from the defaults\n")
    assert result.exit_code == 0


def test_what_differs_stands_there_with_origin_and_default(user_folder: Path) -> None:
    (user_folder / "mine.yaml").write_text(
        "distributed:\n  worker: {daemon: true}\n  scheduler: {allowed-failures: 3}\nmine: {a: 1}\n"
    )
    lines = run("show", "--diff").output.splitlines()
    assert [line.split() for line in lines] == [
        [
            "distributed.worker.daemon",
            "true",
            "(default",
            "false)",
            "~/.config/dask/mine.yaml:2:20",
        ],
        ["mine.a", "1", "(no", "default)", "~/.config/dask/mine.yaml:4:11"],
    ]  # allowed-failures says what the default is


def test_the_default_is_what_would_be_if_nobody_said_anything(user_folder: Path) -> None:
    """distributed's default is another than the one that is recommended, and so it differs."""
    (user_folder / "mine.yaml").write_text("distributed: {comm: {timeouts: {connect: 30s}}}\n")
    found = json.loads(run("show", "--diff", "--format", "json").output)["values"]
    (entry,) = found.values()
    assert (entry["value"], entry["default"]["value"]) == ("30s", "10s")
    assert entry["default"]["origin"]["name"] == "dask_backend_config"
    (user_folder / "mine.yaml").write_text("distributed: {comm: {timeouts: {connect: 10s}}}\n")
    assert run("show", "--diff").stdout == ""


def test_json_says_null_where_there_is_no_default(user_folder: Path) -> None:
    (user_folder / "mine.yaml").write_text("mine: {a: 1}\n")
    found = json.loads(run("show", "mine", "--diff", "--format", "json").output)
    assert found["version"] == 1
    assert found["values"]["mine.a"]["default"] is None
    assert (
        "default"
        not in json.loads(run("show", "mine", "--format", "json").output)["values"]["mine.a"]
    )


def test_yaml_and_variables_hold_just_these_values(
    user_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (user_folder / "mine.yaml").write_text("distributed: {worker: {daemon: true}}\n")
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", "7")
    assert yaml.safe_load(run("show", "--diff", "--format", "yaml").output) == {
        "distributed": {"scheduler": {"allowed-failures": 7}, "worker": {"daemon": True}}
    }
    assert run("show", "--diff", "--format", "env").output.splitlines() == [
        "export DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES=7",
        "export DASK_DISTRIBUTED__WORKER__DAEMON=True",
    ]
    assert run("show", "distributed.comm", "--diff", "--format", "yaml").stdout == "{}\n"


def test_in_python_a_set_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    with dask.config.set({"distributed.worker.daemon": True}):
        found = show("distributed.worker", diff=True)
        assert {key: (value.value, value.origin.kind) for key, value in found.items()} == {
            "distributed.worker.daemon": (True, "code")
        }
    assert show("distributed.worker", diff=True) == {}


def test_secrets_are_masked_on_both_sides(user_folder: Path) -> None:
    (user_folder / "mine.yaml").write_text("gateway: {auth: {token: hunter2}}\n")
    outputs = [run("show", "--diff", "--format", form).output for form in ("text", "json", "yaml")]
    assert [output for output in outputs if "hunter2" in output or "***" not in output] == []


KEY = "distributed.worker.daemon"
VARIABLE = "DASK_DISTRIBUTED__WORKER__DAEMON"
RIGHT = KEY


@pytest.mark.parametrize(
    "command",
    [["show"], ["explain"], ["set", "--dry-run", "false"], ["unset", "--dry-run"]],
    ids=lambda command: command[0],
)
@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("distributed.worker.daemn", RIGHT, id="a-typo"),
        pytest.param("distributed.wroker.daemon", RIGHT, id="a-typo-in-a-section"),
        pytest.param("worker.daemon", RIGHT, id="no-namespace"),
        pytest.param("distributed.daemon", RIGHT, id="a-section-left-out"),
        pytest.param("daemon", RIGHT, id="the-last-name-alone"),
        pytest.param("Distributed.Worker.Daemon", RIGHT, id="capitals"),
    ],
)
def test_a_key_that_is_nearly_right_is_answered_with_the_right_one(
    command: list[str], written: str, expected: str
) -> None:
    name, *rest = command
    value = [word for word in rest if not word.startswith("-")]
    options = [word for word in rest if word.startswith("-")]
    result = run(name, *options, written, *value)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert expected in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["show", "explain"])
@pytest.mark.parametrize(
    ("variable", "words"),
    [
        pytest.param(
            "DASK_DISTRIBUTED_WORKER_DAEMON", f"Did you mean {VARIABLE}?", id="single-underscores"
        ),
        pytest.param("DASK_DISTRIBUTED__WROKER__DAEMON", f"Did you mean {VARIABLE}?", id="a-typo"),
        pytest.param("DASK_NOTHING", "unknown variable DASK_NOTHING", id="nothing-like-it"),
        pytest.param("DASK_CONFIG", "does not set a key", id="for-dask-itself"),
    ],
)
def test_a_variable_that_sets_no_key_is_said_to(command: str, variable: str, words: str) -> None:
    result = run(command, variable)
    assert result.exit_code == 1
    assert words in result.stderr
    assert variable in result.stderr


def test_a_variable_stands_for_its_key_everywhere(user_folder: Path) -> None:
    assert run("explain", VARIABLE).output == run("explain", KEY).output
    assert run("show", VARIABLE).output == run("show", KEY).output
    assert run("show", "DASK_DISTRIBUTED__COMM").output == run("show", "distributed.comm").output
    assert run("set", VARIABLE, "true").exit_code == 0
    assert "true" in run("show", KEY).output
    assert run("unset", VARIABLE).exit_code == 0
    assert "false" in run("show", KEY).output


def test_of_a_section_its_keys_are_explained(user_folder: Path) -> None:
    (user_folder / "mine.yaml").write_text("distributed: {comm: {timeouts: {connect: 20s}}}\n")
    assert run("explain", "distributed.comm.timeouts").output.splitlines() == [
        "distributed.comm.timeouts is a section with 2 keys",
        "  connect = 20s",
        "    Time before connecting fails.",
        "  tcp = 30s",
        "    Time after which an unresponsive connection counts as dead.",
    ]
    lines = run("explain", "distributed.comm").output.splitlines()
    assert lines[0] == "distributed.comm is a section with 6 keys and 5 sections"
    assert "  timeouts.  2 values" in lines


def test_of_a_section_json_explains_each_key() -> None:
    found = json.loads(run("explain", "distributed.comm", "--format", "json").output)
    assert set(found) == {"version", "key", "keys", "sections"}
    keys = {entry["key"]: entry for entry in found["keys"]}
    one = json.loads(run("explain", "distributed.comm.shard", "--format", "json").output)
    assert keys["distributed.comm.shard"] == one
    assert "distributed.comm.tls" in found["sections"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("backends.profiles", "backends.profiles.gpu", id="profiles"),
        pytest.param("backends.profiles.gpu", "queue-name = night", id="a-profile"),
        pytest.param("mine", "a = 1", id="another-package"),
        pytest.param("jobqueue.mysite", "queue = q", id="a-section-of-jobqueue"),
        pytest.param("distributed.nanny.pre-spawn-environ", "OMP_NUM_THREADS = 1", id="free-map"),
        pytest.param("distributed.worker.", "daemon = false", id="as-completion-leaves-it"),
    ],
)
def test_sections_of_the_users_own_are_explained(
    name: str, expected: str, user_folder: Path
) -> None:
    (user_folder / "mine.yaml").write_text(
        "mine: {a: 1}\njobqueue: {mysite: {queue: q}}\n"
        "backends: {profiles: {gpu: {backend: slurm, queue-name: night}}}\n"
    )
    result = run("explain", name)
    assert result.exit_code == 0, result.stderr
    assert expected.rpartition(".")[2] in result.output


def test_a_key_that_nothing_sets_is_not_called_unknown() -> None:
    result = run("show", "distributed.scheduler.pickle")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: distributed.scheduler.pickle is not set ")
    assert run("explain", "distributed.scheduler.pickle").exit_code == 0
