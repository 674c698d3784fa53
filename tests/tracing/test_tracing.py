"""``trace()`` in a program: changes, reads, late sets and remarks."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import dask.config
import pytest

import dask_backend_config
from dask_backend_config.core import observers
from dask_backend_config.core.errors import BackendError
from dask_backend_config.tracing import Trace
from dask_backend_config.tracing.recorder import CALLS_OF_A_LINE
from dask_backend_config.tracing.values import MISSING, at, equal, flat, plain

HERE = str(Path(__file__))


def _changes(traced: Trace) -> list[tuple[str, object, object]]:
    return [
        (change.key, change.value, change.before)
        for event in traced.sets
        for change in event.changes
    ]


def _line() -> int:
    import sys

    return sys._getframe(1).f_lineno


def test_show_and_explain_name_the_line_of_code_that_set_a_value() -> None:
    with dask_backend_config.trace():
        dask.config.set({"distributed.worker.daemon": "nonsense"})
        line = _line() - 1
        shown = dask_backend_config.show("distributed.worker")["distributed.worker.daemon"]
        explained = dask_backend_config.explain("distributed.worker.daemon")
    assert (shown.origin.kind, shown.origin.path, shown.origin.line) == ("code", HERE, line)
    assert explained.resolved is not None
    assert explained.resolved.origin == shown.origin
    assert str(shown.origin).endswith(f"test_tracing.py:{line}")
    again = dask_backend_config.show("distributed.worker.daemon")["distributed.worker.daemon"]
    assert again.origin.path is None
    dask.config.refresh()


def test_a_value_that_a_block_restored_has_the_line_of_its_own_set() -> None:
    with dask_backend_config.trace(), dask.config.set({"mine.a": 1}):
        line = _line() - 1
        with dask.config.set({"mine.a": 2}):
            inner = dask_backend_config.show("mine.a")["mine.a"].origin
        outer = dask_backend_config.show("mine.a")["mine.a"].origin
    assert (inner.line, outer.line) == (line + 2, line)


def test_dask_config_is_restored_at_the_end() -> None:
    config = dask.config
    before = (config.get, config.set, config.set.__init__, config.refresh, config.update)
    with dask_backend_config.trace(), dask_backend_config.trace():
        assert config.get is not before[0]
        assert config.set is before[1]
    assert (config.get, config.set, config.set.__init__, config.refresh, config.update) == before
    assert observers.active == ()


def test_a_wrapped_function_still_works_after_the_trace() -> None:
    with dask_backend_config.trace() as traced:
        get = dask.config.get
    assert get("scheduler", 3) == dask.config.get("scheduler", 3)
    assert traced.reads == []


def test_two_traces_at_once_record_their_own_period() -> None:
    trace = dask_backend_config.trace
    with trace() as outer, dask.config.set(a=1), trace() as inner, dask.config.set(a=2):
        pass
    assert _changes(outer) == [("a", 1, MISSING), ("a", 2, 1)]
    assert _changes(inner) == [("a", 2, 1)]
    assert all(event.block for event in [*outer.sets, *inner.sets])


def test_a_second_start_is_an_error() -> None:
    traced = dask_backend_config.trace()
    traced.stop()
    with traced:
        pass
    with pytest.raises(BackendError, match="was already started"):
        traced.start()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(lambda: dask.config.set({"a.b_c": 1}), [("a.b-c", 1, MISSING)], id="mapping"),
        pytest.param(lambda: dask.config.set(a__b=1), [("a.b", 1, MISSING)], id="keyword"),
        pytest.param(
            lambda: dask.config.set({"a": {"b": {"c": 1}}}),
            [("a", {"b": {"c": 1}}, MISSING)],
            id="section",
        ),
        pytest.param(
            lambda: dask.config.set({"a.b": object()}),
            [("a.b", "<builtins.object>", MISSING)],
            id="object",
        ),
        pytest.param(
            lambda: dask.config.update(dask.config.config, {"a": {"b": 1}}),
            [("a.b", 1, MISSING)],
            id="update",
        ),
        pytest.param(lambda: dask.config.pop("scheduler", None), [], id="pop-of-a-missing-key"),
        pytest.param(lambda: dask.config.set({"a": 1}, config={}), [], id="another-configuration"),
        pytest.param(lambda: dask.config.refresh(config={}), [], id="refresh-of-another"),
        pytest.param(lambda: dask.config.update({}, {"a": 1}), [], id="update-of-another"),
    ],
)
def test_changes_are_recorded(change, expected) -> None:  # type: ignore[no-untyped-def]
    try:
        with dask_backend_config.trace() as traced:
            change()
        assert _changes(traced) == expected
        assert [event.place.line for event in traced.sets if event.place] != [None]
        assert not any(event.library for event in traced.sets)
    finally:
        dask.config.config.pop("a", None)


def test_a_failed_set_records_the_keys_that_it_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(dask.config.deprecations, "gone", None)
    removed = pytest.raises(ValueError, match="has been removed")
    with dask_backend_config.trace() as traced, removed:
        dask.config.set({"a": 1, "gone": 2, "b": 3})
    assert dask.config.config.pop("a") == 1
    assert _changes(traced) == [("a", 1, MISSING)]


def test_a_refresh_drops_what_was_set() -> None:
    with dask_backend_config.trace() as traced:
        dask.config.set(a=1)
        dask.config.refresh()
        dask.config.set({"a": {"b": 1}})
        origin = dask_backend_config.show("a.b")["a.b"].origin
    dask.config.refresh()
    changes = [change for change in _changes(traced) if change[0] == "a"]
    assert changes == [("a", 1, MISSING), ("a", MISSING, 1), ("a", {"b": 1}, MISSING)]
    assert traced.sets[0].ended == traced.sets[1].number
    assert origin.line == traced.sets[2].place.line  # type: ignore[union-attr]
    assert [remark.id for remark in traced.remarks] == ["never-read", "never-read"]


def test_reads_are_counted_for_each_line_of_code() -> None:
    with dask_backend_config.trace() as traced:
        for _ in range(3):
            dask.config.get("array.chunk-size")
        dask.config.get("array.chunk_size", config={"array": {"chunk_size": 1}})
        dask.config.get("array.chunk-size", override_with=3)
        assert dask.config.get("not.there", 3) == 3
        dask.delayed(sum)([1]).compute(scheduler="synchronous")
    own = [(read.key, read.count) for read in traced.reads if not read.library]
    assert own == [("array.chunk-size", 3), ("not.there", 1)]
    libraries = {read.by.partition(".")[0] for read in traced.reads if read.library}
    assert "dask" in libraries
    assert libraries <= {"dask", "distributed"}


def test_threads_lose_no_read_and_no_set() -> None:
    number, rounds = 8, CALLS_OF_A_LINE // 8

    def work(name: str) -> None:
        for _ in range(rounds):
            with dask.config.set({name: 1}):
                dask.config.get("scheduler", None)

    with dask_backend_config.trace() as traced:
        threads = [threading.Thread(target=work, args=(f"a{n}",)) for n in range(number)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert [read.count for read in traced.reads if read.key == "scheduler"] == [number * rounds]
    assert len(traced.sets) == number * rounds
    assert len({event.number for event in traced.sets}) == number * rounds


def test_only_100_calls_of_a_line_are_kept() -> None:
    with dask_backend_config.trace() as traced:
        for _ in range(CALLS_OF_A_LINE + 5):
            with dask.config.set(a=1):
                dask.config.get("a")
    assert len(traced.sets) == CALLS_OF_A_LINE
    assert "and 5 more calls" in traced.text()
    assert traced.remarks == []


def test_an_error_in_the_trace_does_not_stop_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("dask_backend_config.tracing.recorder.user_place", broken)
    with dask_backend_config.trace() as traced:
        assert dask.config.get("array.chunk-size")
    assert traced.as_json()["failures"] == ["config_called: RuntimeError: broken"]
    assert "Incomplete" in traced.text()


def test_a_key_read_by_an_import_before_the_trace_is_late() -> None:
    import distributed

    with dask_backend_config.trace() as traced, dask.config.set({"distributed.comm.offload": 1}):
        pass
    (late,) = traced.late
    (captured,) = late.captured
    assert (captured.name, captured.how) == ("distributed.comm.utils", "import")
    assert captured.value == distributed.config["distributed"]["comm"]["offload"]


@pytest.mark.parametrize(
    ("value", "copied"),
    [
        pytest.param([1, (2, None)], [1, (2, None)], id="lists"),
        pytest.param({1: {"a": b"x"}}, {"1": {"a": b"x"}}, id="mappings"),
        pytest.param(dask.config.set, "<dask.config.set>", id="class"),
        pytest.param({3}, "<builtins.set>", id="set"),
    ],
)
def test_only_plain_data_is_kept(value: object, copied: object) -> None:
    assert plain(value) == copied


def test_flat_configuration() -> None:
    leaves = flat({"a": {"b_c": 1, "d": {}}, "e": [1]})
    assert leaves == {"a.b-c": 1, "a.d": {}, "e": [1]}
    assert at(leaves, "a") == {"a.b-c": 1, "a.d": {}}
    assert at(leaves, "a.b_c") == 1
    assert at(leaves, "x") is MISSING
    assert not equal(True, 1)
    assert equal(1.0, 1)


def test_a_trace_that_was_not_started_is_empty() -> None:
    traced = dask_backend_config.trace()
    assert traced.sets == traced.reads == traced.late == traced.remarks == []
    assert str(traced) == "trace: your code did not change dask's configuration"
    assert "not started" in repr(traced)


def test_the_report_fits_80_columns() -> None:
    key = ".".join(["a" * 30, "b" * 30])
    with dask_backend_config.trace() as traced:
        with dask.config.set({key: "word " * 60, "many": {f"k{n}": n for n in range(30)}}):
            dask.config.get(key)
        dask.config.refresh()
    for everything in (False, True):
        longest = max(traced.text(everything).splitlines(), key=len)
        assert len(longest) <= 80, longest


@pytest.mark.filterwarnings("ignore:Dask configuration key:FutureWarning")  # before dask 2026.3
def test_a_key_that_is_renamed_later_counts_as_read() -> None:
    with dask_backend_config.trace() as traced:
        dask.config.set({"older.name": 1})
        dask.config.rename({"older.name": "newer.name"})
    dask.config.config.pop("newer"), dask.config.config.pop("older")
    assert [event.how for event in traced.sets] == ["set", "rename"]
    assert traced.remarks == [], traced.text()


def test_a_process_keeps_the_configuration_serialized_for_it() -> None:
    """SSHCluster does this, but needs a machine to log in to."""
    source = (
        "class Worker:\n    def start(self, config):\n        config.serialize(config.config)\n"
    )
    module = {"__name__": "distributed.deploy.ssh"}
    exec(compile(source, "ssh.py", "exec"), module)
    worker = module["Worker"]()  # type: ignore[operator]
    with dask_backend_config.trace() as traced:
        worker.start(dask.config)
        line = _line() - 1
        with dask.config.set({"distributed.worker.memory.target": 0.5}):
            pass
    (late,) = traced.late
    (captured,) = late.captured
    assert (captured.how, captured.value) == ("handed over", 0.6)
    assert captured.place is not None
    assert captured.place.line == line


def test_the_values_of_a_closed_object_do_not_make_a_set_late() -> None:
    source = "class Adaptive:\n    def __init__(self, get):\n        get('distributed.adaptive.interval')\n"
    module = {"__name__": "distributed.deploy.adaptive"}
    exec(compile(source, "adaptive.py", "exec"), module)
    with dask_backend_config.trace() as traced:
        adaptive = module["Adaptive"](dask.config.get)  # type: ignore[operator]
        for status in ("running", "closed"):
            adaptive.cluster = type("Cluster", (), {"status": status})
            dask.config.set({"distributed.adaptive.interval": status})
    dask.config.refresh()
    assert [late.value for late in traced.late] == ["running"]


def test_an_unknown_key_has_a_remark_with_a_similar_key() -> None:
    with dask_backend_config.trace() as traced:
        dask.config.set({"distributed.worker.memroy.target": 0.5, "mine.own": 1})
        dask.config.get("mine.own")
    dask.config.refresh()
    (remark,) = traced.remarks
    assert (remark.id, remark.nearest) == ("unknown-key", "distributed.worker.memory.target")
    assert "did you mean distributed.worker.memory.target?" in " ".join(traced.text().split())


def test_names_of_environment_variables_keep_their_spelling() -> None:
    key = "distributed.nanny.environ.OMP_NUM_THREADS"
    with dask_backend_config.trace() as traced:
        with dask.config.set({key: 1}):
            dask.config.get("distributed.nanny.environ")
        with dask.config.set({"distributed.nanny.environ": {"OMP_NUM_THREADS": 2}}):
            dask.config.get(key)
    assert _changes(traced)[0] == (key, 1, MISSING)
    assert traced.remarks == [], traced.text()


def test_direct_changes_are_found_before_and_after_a_refresh() -> None:
    with dask_backend_config.trace() as traced:
        dask.config.config["mine"] = {"a": 1, "b": {}}
        dask.config.refresh()
        dask.config.config["yours"] = 0
    del dask.config.config["yours"]
    assert [(remark.id, remark.key) for remark in traced.remarks] == [
        ("past-dask-config", "mine.a"),
        ("past-dask-config", "yours"),
    ]


@pytest.mark.parametrize(
    ("set_variable", "late"),
    [
        pytest.param(lambda e: e.update(DASK_TEMPORARY_DIRECTORY="/x"), "/x", id="update"),
        pytest.param(
            lambda e: e.setdefault("DASK_TEMPORARY_DIRECTORY", "/x"), "/x", id="setdefault"
        ),
        pytest.param(lambda e: os.putenv("DASK_TEMPORARY_DIRECTORY", "/x"), "/x", id="putenv"),
        pytest.param(lambda e: e.update(DASK_CONFIG="/x"), "/x", id="search path"),
        pytest.param(lambda e: e.update(DASK_MINE__OWN="1"), 1, id="key of the user's own"),
        pytest.param(
            lambda e: e.update(DASK_NB_WORKERS="4"), None, id="variable of the user's own"
        ),
        pytest.param(lambda e: e.update(PATH="/x"), None, id="another program's"),
        pytest.param(
            lambda e: e.update(DASK_INTERNAL_INHERIT_CONFIG="e30="), None, id="for others"
        ),
        pytest.param(lambda e: e.update(DASK_TEMPORARY_DIRECTORY="None"), None, id="as it was"),
    ],
)
def test_a_variable_that_is_set_after_the_import_of_dask_is_late(
    home: Path, set_variable: Callable[..., object], late: object
) -> None:
    before = dict(os.environ)
    try:
        with dask_backend_config.trace() as traced:
            set_variable(os.environ)
    finally:
        os.environ.clear()
        os.environ.update(before)
    assert [each.value for each in traced.late] == ([] if late is None else [late])
    if late is not None:
        assert "set too late: dask read the environment when it was imported" in " ".join(
            traced.text().split()
        )
        assert "1 variable set too late" in traced.text()
        assert traced.late[0].event.place is not None
        assert traced.late[0].event.place.path == HERE


@pytest.mark.parametrize("refreshes", [True, False])
def test_a_variable_is_not_late_if_dask_reads_the_environment_again(
    home: Path, monkeypatch: pytest.MonkeyPatch, refreshes: bool
) -> None:
    with dask_backend_config.trace() as traced:
        monkeypatch.setenv("DASK_TEMPORARY_DIRECTORY", "/x")
        monkeypatch.setenv("DASK_CONFIG", "/x")
        if refreshes:
            dask.config.refresh()
    names = [late.variable for late in traced.late]
    assert names == ["DASK_TEMPORARY_DIRECTORY", "DASK_CONFIG"][refreshes:]
    monkeypatch.undo()
    dask.config.refresh()
