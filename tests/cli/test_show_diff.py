"""``show --diff``, sections, and keys that are misspelt or written as variables."""

from __future__ import annotations

import json
import re
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


def test_without_configuration_nothing_differs() -> None:
    result = run("show", "--diff")
    assert (result.stdout, result.stderr) == ("", "no value differs from its default\n")
    assert result.exit_code == 0


def test_a_value_that_differs_has_its_default_and_origin(user_folder: Path) -> None:
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
    ]  # allowed-failures is set to its default


def test_a_recommended_setting_is_the_default(user_folder: Path) -> None:
    (user_folder / "mine.yaml").write_text("distributed: {comm: {timeouts: {connect: 30s}}}\n")
    found = json.loads(run("show", "--diff", "--format", "json").output)["values"]
    (entry,) = found.values()
    assert (entry["value"], entry["default"]["value"]) == ("30s", "10s")
    assert entry["default"]["origin"]["name"] == "dask_backend_config"
    (user_folder / "mine.yaml").write_text("distributed: {comm: {timeouts: {connect: 10s}}}\n")
    assert run("show", "--diff").stdout == ""


def test_json_has_null_for_a_missing_default(user_folder: Path) -> None:
    (user_folder / "mine.yaml").write_text("mine: {a: 1}\n")
    found = json.loads(run("show", "mine", "--diff", "--format", "json").output)
    assert found["version"] == 1
    assert found["values"]["mine.a"]["default"] is None
    assert (
        "default"
        not in json.loads(run("show", "mine", "--format", "json").output)["values"]["mine.a"]
    )


def test_yaml_and_variables_have_only_values_that_differ(
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


@pytest.mark.parametrize(
    ("before", "written", "after"),
    [
        pytest.param(["show"], "distributed.worker.daemn", [], id="typo"),
        pytest.param(["explain"], "distributed.wroker.daemon", [], id="typo-in-a-section"),
        pytest.param(["explain"], "worker.daemon", [], id="no-namespace"),
        pytest.param(["set"], "distributed.daemon", ["false"], id="missing-section"),
        pytest.param(["unset"], "daemon", [], id="last-name"),
        pytest.param(["set"], "Distributed.Worker.Daemon", ["false"], id="capitals"),
    ],
)
def test_a_misspelt_key_is_answered_with_the_right_one(
    before: list[str], written: str, after: list[str]
) -> None:
    result = run(*before, written, *after)
    assert (result.exit_code, result.stdout) == (1, "")
    assert f" {KEY}" in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("variable", "words"),
    [
        pytest.param("DASK_DISTRIBUTED_WORKER_DAEMON", VARIABLE, id="single-underscores"),
        pytest.param("DASK_DISTRIBUTED__WROKER__DAEMON", VARIABLE, id="typo"),
        pytest.param("DASK_NOTHING", "DASK_NOTHING", id="unknown"),
        pytest.param("DASK_CONFIG", "DASK_CONFIG", id="for-dask-itself"),
    ],
)
def test_a_variable_that_sets_no_key_is_an_error(variable: str, words: str) -> None:
    result = run("explain", variable)
    assert result.exit_code == 1
    assert words in result.stderr
    assert variable in result.stderr


def test_every_command_takes_a_variable_as_its_key(user_folder: Path) -> None:
    assert run("explain", VARIABLE).output == run("explain", KEY).output
    assert run("show", VARIABLE).output == run("show", KEY).output
    assert run("show", "DASK_DISTRIBUTED__COMM").output == run("show", "distributed.comm").output
    assert run("set", VARIABLE, "true").exit_code == 0
    assert "true" in run("show", KEY).output
    assert run("unset", VARIABLE).exit_code == 0
    assert "false" in run("show", KEY).output


def test_a_section_is_explained_by_its_keys(user_folder: Path) -> None:
    (user_folder / "mine.yaml").write_text("distributed: {comm: {timeouts: {connect: 20s}}}\n")
    assert run("explain", "distributed.comm.timeouts").output.splitlines() == [
        "distributed.comm.timeouts is a section with 2 keys",
        "  connect = 20s",
        "    Time before connecting fails.",
        "  tcp = 30s",
        "    Time after which an unresponsive connection counts as dead.",
    ]
    lines = run("explain", "distributed.comm").output.splitlines()
    # UCX had a section until distributed 2025.10.
    assert re.fullmatch("distributed.comm is a section with 6 keys and [56] sections", lines[0])
    assert "  timeouts.  2 values" in lines


def test_json_of_a_section_has_each_key() -> None:
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
def test_sections_of_the_user_are_explained(name: str, expected: str, user_folder: Path) -> None:
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
    assert "distributed.scheduler.pickle" in result.stderr
    assert run("explain", "distributed.scheduler.pickle").exit_code == 0
