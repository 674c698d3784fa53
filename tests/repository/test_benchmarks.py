"""The benchmarks' frame: what a row says, what the table shows, what becomes of one that fails."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import runner
from benchmarks.__main__ import BENCHMARKS
from benchmarks.pairs import Row, Skipped, compared, in_turn
from benchmarks.runner import Benchmark


def row(
    goal: float | None = 0.5, at_least: bool = False, ours: float = 1, theirs: float = 4
) -> Row:
    return Row("a row", "a peer", "ms", goal, [ours, ours, 9.0], [theirs, theirs, 3.0], at_least)


def good(quick: bool) -> Iterator[Row]:
    yield row()


def missed(quick: bool) -> Iterator[Row]:
    yield row(goal=0.1)


def fails(quick: bool) -> Iterator[Row]:
    yield row()
    raise RuntimeError("it broke\nfor a reason")


def lacks(quick: bool) -> Iterator[Row]:
    yield row()
    raise Skipped("nothing to measure")


def test_the_ratio_is_the_median_of_the_ratios() -> None:
    found = Row("", "a peer", "ms", 1, [1, 8, 10], [4, 2, 5], False)
    assert found.value == 2
    assert found.quartiles == (1.125, 3)


@pytest.mark.parametrize(
    ("found", "met"),
    [
        pytest.param(row(0.25), True, id="at most, just"),
        pytest.param(row(0.24), False, id="at most, missed"),
        pytest.param(row(0.25, at_least=True), True, id="at least, just"),
        pytest.param(row(0.26, at_least=True), False, id="at least, missed"),
        pytest.param(row(None), None, id="no goal"),
        pytest.param(Row("", "", "bytes", 9, [2, 9, 3], []), True, id="no peer, the worst counts"),
        pytest.param(Row("", "", "bytes", 8, [2, 9, 3], []), False, id="no peer, one is too large"),
        pytest.param(Row("", "", "/s", 3, [2, 9], [], True), False, id="no peer, one is too slow"),
    ],
)
def test_a_goal_is_met_or_missed(found: Row, met: bool | None) -> None:
    assert found.met is met


def test_one_pair_has_no_quartiles() -> None:
    assert Row("", "a peer", "ms", 1, [1], [2]).quartiles is None


def test_calls_are_made_in_turn_after_a_warm_up_and_in_changing_order() -> None:
    calls: list[str] = []

    def call(name: str) -> float:
        calls.append(name)
        return len(calls)

    figures = in_turn([lambda: call("a"), lambda: call("b")], 2)
    assert "".join(calls) == "baabba"
    assert figures == [[3, 6], [4, 5]]


def test_what_is_compared_keeps_ours_before_the_peers() -> None:
    found = compared("", "a peer", "ms", 1, (lambda: 1, lambda: 2), 3, at_least=True)
    assert (found.ours, found.theirs, found.at_least) == ([1] * 3, [2] * 3, True)


def test_the_table_has_each_row_and_why_there_are_no_more() -> None:
    parts = [Benchmark("good", good), Benchmark("lacks", lacks), Benchmark("fails", fails)]
    lines = runner.table([runner.run(part, True) for part in parts]).splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert cells[0][:5] == ["row", "ours", "peer", "peer's", "ratio"]
    measured = ["a row", "1.00 ms", "a peer", "4.00 ms", "0.25", "0.25 to 1.62", "<= 0.5", "met"]
    assert [line for line in cells if line[0] == "a row"] == [measured] * 3
    assert cells[4][0] == "lacks" and cells[4][-1] == "skipped: nothing to measure"
    assert cells[6][0] == "fails" and cells[6][-1] == "failed: RuntimeError: it broke"
    assert len({len(line) for line in lines}) == 1


@pytest.mark.parametrize(
    ("only", "code"),
    [
        pytest.param("good", 0, id="all goals met"),
        pytest.param("lacks", 0, id="skipped"),
        pytest.param("missed", 1, id="a goal missed"),
        pytest.param("fails", 1, id="failed"),
        pytest.param("other", 2, id="no such benchmark"),
    ],
)
def test_the_exit_status_says_whether_all_is_well(
    only: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--only", only])
    functions = {"good": good, "lacks": lacks, "missed": missed, "fails": fails}
    with pytest.raises(SystemExit) as exit_:
        runner.main([Benchmark(name, function) for name, function in functions.items()])
    assert exit_.value.code == code


def test_what_was_measured_before_an_interruption_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(quick: bool) -> Iterator[Row]:
        raise KeyboardInterrupt
        yield row()

    monkeypatch.setattr(sys, "argv", ["benchmarks"])
    with pytest.raises(SystemExit) as exit_:
        runner.main([Benchmark("good", good), Benchmark("stopped", stopped)])
    assert exit_.value.code == 130
    assert "| a row |" in capsys.readouterr().out


def test_json_has_all_pairs_and_what_they_were_measured_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "found.json"
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--quick", "--json", str(path)])
    with pytest.raises(SystemExit):
        runner.main([Benchmark("good", good), Benchmark("lacks", lacks)])
    found = json.loads(path.read_text())
    assert (found["version"], found["quick"], found["cpus"]) == (1, True, os.cpu_count())
    assert dt.datetime.fromisoformat(found["date"]).tzinfo is not None
    assert {"python", "dask", "distributed", "ruamel.yaml"} < set(found["versions"])
    assert len(found["load"]) == 2
    first, second = found["benchmarks"]
    assert (first["skipped"], second["skipped"]) == (None, "nothing to measure")
    assert first["rows"] == [
        {
            "name": "a row", "peer": "a peer", "unit": "ms", "ours": [1, 1, 9.0],
            "theirs": [4, 4, 3.0], "value": 0.25, "quartiles": [0.25, 1.625], "goal": 0.5,
            "bound": "at most", "met": True,
        }
    ]  # fmt: skip


def test_each_benchmark_has_a_name_of_its_own() -> None:
    names = [benchmark.name for benchmark in BENCHMARKS]
    assert len(set(names)) == len(names)


def test_the_baseline_calls_in_another_process() -> None:
    program = (
        "import os; from benchmarks.baseline import in_new_process as call; "
        "assert call(os.getpid) != os.getpid(); print(call(divmod, 7, 2))"
    )  # a process without threads: what forks beside threads warns
    command, root = [sys.executable, "-c", program], Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60)
    assert done.stdout == "(3, 1)\n", done.stderr
