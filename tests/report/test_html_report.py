"""The HTML report: contents, secrets, safety and accessibility."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import click
import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dask_backend_config.cli import output_file
from dask_backend_config.cli.commands import doctor as command
from dask_backend_config.cli.main import cli
from dask_backend_config.config.sources import read_file
from dask_backend_config.core.errors import BackendError
from dask_backend_config.core.origins import Origin
from dask_backend_config.doctor.facts import gather_facts
from dask_backend_config.doctor.findings import Finding
from dask_backend_config.doctor.live import Comparison, Examination
from dask_backend_config.doctor.run import run_checks
from dask_backend_config.report.html.excerpts import excerpt
from dask_backend_config.report.html.report import report_as_html

WHEN = datetime(2026, 1, 2, 3, 4, tzinfo=timezone.utc)
CSS = Path(report_as_html.__code__.co_filename).with_name("templates") / "report.css"
SLIPS = """\
# The cluster's own values.
distributed:
  wroker:
    daemon: true
  comm:
    timeouts:
      connect: 10 secs
gateway:
  auth:
    password: correct-horse
"""
Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run ``doctor --format html`` in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(cli, ["doctor", "--format", "html", *arguments])

    return invoke


def _page(live: Examination | None = None, failure: str = "", **environ: str) -> str:
    facts = gather_facts({**os.environ, **environ})
    return report_as_html(run_checks(facts), facts, WHEN, live, failure)


def _tree(page: str) -> ET.Element:
    assert page.startswith("<!DOCTYPE html>\n")
    return ET.fromstring(page)


def _text(element: ET.Element | None) -> str:
    assert element is not None
    return " ".join("".join(element.itertext()).split())


def _with_class(tree: ET.Element, name: str) -> list[ET.Element]:
    return [element for element in tree.iter() if name in element.get("class", "").split()]


def test_a_page_shows_each_finding_with_the_lines_around_it(user_folder: Path) -> None:
    (user_folder / "distributed.yaml").write_text(SLIPS)
    tree = _tree(_page())
    (group,) = _with_class(tree, "group")
    assert _text(group.find("h3")) == "~/.config/dask/distributed.yaml"
    first, second, third = _with_class(group, "finding")
    assert _text(first.find("h4")) == "Error unknown-key at 3:3"
    assert "distributed.worker" in _text(_with_class(first, "hint")[0])
    shown = [_text(line) for line in _with_class(second, "line")]
    assert shown == [
        "4 daemon: true", "5 comm:", "6 timeouts:", "> 7 connect: 10 secs", "8 gateway:",
        "9 auth:", "10 password: ********",
    ]  # fmt: skip
    assert [mark.text for mark in second.iter("mark")] == ["10 secs"]
    assert "checks.md#wrong-type" in _text(second.find("details"))
    assert _text(third.find("h4")) == "Warning readable-secret at 10:15"
    assert [mark.text for mark in third.iter("mark")] == ["********"]
    assert _text(_with_class(tree, "summary")[0]).startswith("2 errors and 1 warning in 1 file")


def test_a_page_without_findings() -> None:
    tree = _tree(_page())
    assert _text(_with_class(tree, "good")[0]) == "No problems found."
    assert _text(tree.find("head/title")) == (
        "No problems in the dask configuration, 2026-01-02 03:04 UTC"
    )
    assert "Every value is the default." in _text(tree)


def test_each_layer_shows_its_values_and_what_overrides_them(user_folder: Path) -> None:
    (user_folder / "a.yaml").write_text("array: {chunk-size: 1MiB}\nmine: {x: 1, y: 2}\n")
    (user_folder / "b.yaml").write_text("mine: {x: 3}\n")
    (user_folder / "c.yaml").write_text("# nothing\n")
    (user_folder / "d.yaml").write_text("- 1\n")
    tree = _tree(_page(DASK_ARRAY__CHUNK_SIZE="2MiB"))
    cards = {_text(card.find("h3")): card for card in _with_class(tree, "card")}
    assert list(cards) == [
        "layer 1 Environment variables",
        "layer 2 ~/.config/dask/d.yaml",
        "layer 3 ~/.config/dask/c.yaml",
        "layer 4 ~/.config/dask/b.yaml",
        "layer 5 ~/.config/dask/a.yaml",
        "layer 6 Defaults of dask_backend_config",
        "layer 7 Defaults of dask_jobqueue",
        "layer 8 Defaults of distributed",
        "layer 9 Defaults of dask",
    ]
    entries = [
        [_text(entry) for entry in _with_class(card, "entry")] for card in list(cards.values())[:5]
    ]
    assert entries == [
        ["array.chunk-size 2MiB"],
        [],
        [],
        ["mine.x 3"],
        [
            "mine.y 2",
            "array.chunk-size 1MiB overridden by layer 1",
            "mine.x 1 overridden by layer 4",
        ],
    ]
    assert "import dask fails · 1 finding" in _text(cards["layer 2 ~/.config/dask/d.yaml"])
    assert "distributed.worker.daemon true overridden by layer 6" in _text(
        cards["layer 8 Defaults of distributed"]
    )
    (dask,) = [card for name, card in cards.items() if name == "layer 9 Defaults of dask"]
    assert [_text(entry) for entry in _with_class(dask, "entry")] == [
        "array.chunk-size 128MiB overridden by layer 1"
    ]


def test_a_hundred_keys_of_twenty_files_are_all_on_the_page(user_folder: Path) -> None:
    keys = [f"mine.k{number}" for number in range(100)]
    for number in range(20):
        own = "".join(f"  k{key}: {number}\n" for key in range(number, 100))
        (user_folder / f"{number:02}.yaml").write_text(f"mine:\n{own}")
    tree = _tree(_page())
    in_effect = [_text(entry.find("code")) for entry in _with_class(tree, "in-effect")]
    assert sorted(set(keys) & {*in_effect}) == sorted(keys)
    rows = [_text(row) for row in tree.iter("th") if row.get("scope") == "row"]
    assert {*keys} <= {*rows}
    folded = [_text(summary) for summary in tree.iter("summary")]
    assert "57 more keys" in folded  # 81 of the last file, 24 of them in the open


def test_a_value_has_its_origin_and_the_default_it_overrides(user_folder: Path) -> None:
    (user_folder / "a.yaml").write_text("array:\n  chunk-size: 1MiB\n")
    tree = _tree(_page())
    (row,) = tree.findall(".//tbody/tr")
    assert [_text(cell) for cell in row] == [
        "array.chunk-size", "1MiB", "layer 1 ~/.config/dask/a.yaml:2:15", "128MiB default of dask",
    ]  # fmt: skip


EXAMINED = Examination(
    backend="slurm",
    number_of_workers=5,
    seconds_to_start=1.25,
    jobs=("7", "8"),
    encrypted=True,
    comparisons=(
        Comparison(
            "distributed.worker.daemon",
            {
                "client": False,
                "scheduler": False,
                **{f"nanny tcp://h:{n}": False for n in range(5)},
            },
        ),
        Comparison("a.token", {"client": "t-one", "worker tcp://h:1": "t-two", "scheduler": None}),
    ),
    child_process="",
    versions={
        "dask": {"1": ["client", "scheduler"], "2": ["worker tcp://h:1"]},
        "msgpack": {"1": ["client", *(f"worker {n}" for n in range(5))], "2": ["scheduler"]},
    },
)


def test_the_values_in_each_process_are_shown() -> None:
    tree = _tree(_page(EXAMINED))
    section = next(e for e in tree.iter("section") if e.get("aria-labelledby") == "live")
    assert "The slurm backend with 5 workers was ready in 1.2 s. It submitted jobs 7, 8." in _text(
        section
    )
    rows = [[_text(cell) for cell in row] for row in section.findall(".//tbody/tr")]
    assert rows[0][:2] == ["distributed.worker.daemon", "yes"]
    assert rows[0][2] == "false all: client, scheduler, 5 nannies"
    assert rows[1] == ["a.token", "no", "******** client, worker tcp://h:1 null scheduler"]
    assert rows[2] == ["dask", "no", "1 client, scheduler 2 worker tcp://h:1"]
    assert rows[3][2].startswith("1 client, 5 workers list the processes client, worker 0, ")
    processes = next(e for e in section.iter("details") if e.find("ul") is not None)
    assert _text(processes).startswith("All 7 processes client")


def test_a_task_that_cannot_start_a_process_is_a_note() -> None:
    failing = dataclasses.replace(
        EXAMINED, child_process="AssertionError: daemonic", encrypted=False
    )
    tree = _tree(_page(failing))
    (note,) = _with_class(tree, "note")
    assert _text(note) == "A task cannot start a child process:"
    assert "process: AssertionError: daemonic" in _text(tree)
    assert "Connections are not encrypted" in _text(tree)


def test_a_backend_that_fails_is_in_the_report_and_an_error(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise BackendError("no worker came within 1 s: the queue is closed")

    monkeypatch.setattr(command, "_examine_live", fail)
    result = run("--live", "--output", "r.html")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "error: no worker came within 1 s" in result.stderr
    assert "The backend did not start: no worker came within 1 s: the queue is closed" in _text(
        _tree(Path("r.html").read_text())
    )


def test_the_page_loads_nothing_and_runs_nothing(user_folder: Path) -> None:
    (user_folder / "a.yaml").write_text("mine: {link: 'https://example.org/x.js'}\n" + SLIPS)
    page = _page(EXAMINED)
    tree = _tree(page)
    assert {element.tag for element in tree.iter()} & {
        "script", "link", "img", "iframe", "object", "embed", "form", "input", "base", "svg",
    } == set()  # fmt: skip
    for element in tree.iter():
        assert not element.get("href", "#").partition("#")[0], "only places of the page itself"
        assert not {*element.attrib} & {"src", "srcset", "action", "style", "data", "onclick"}
    (style,) = tree.iter("style")
    assert not re.search(r"url\(|@import|@font-face|<", style.text or "")
    policy = next(e for e in tree.iter("meta") if e.get("http-equiv"))
    assert policy.get("content", "").startswith("default-src 'none'; style-src 'unsafe-inline'")


def test_places_headings_and_tables_are_in_order(user_folder: Path) -> None:
    (user_folder / "a.yaml").write_text(SLIPS)
    tree = _tree(_page(EXAMINED))
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for element in tree.iter():
        for name in ("href", "aria-labelledby"):
            if element.get(name):
                assert element.get(name, "").removeprefix("#") in ids
    levels = [int(e.tag[1]) for e in tree.iter() if re.fullmatch(r"h\d", e.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below <= above + 1 for above, below in pairwise(levels))
    assert {head.get("scope") for head in tree.iter("th")} == {"col", "row"}
    body = tree.find("body")
    assert body is not None
    assert _text(body[0]) == "Skip to the findings"
    assert tree.get("lang") == "en"


def _colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


TEXTS = [
    *(
        (name, ground)
        for name in ("text", "quiet", "link", "error", "warning", "info", "good")
        for ground in ("page", "card")
    ),
    *((name, ground) for name in ("text", "quiet") for ground in ("here",)),
    ("text", "mark"),
    *(("on-number", name) for name in ("variable", "inherited", "file", "default")),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_contrast_of_text_meets_wcag_aa(scheme: str) -> None:
    light, dark = CSS.read_text().split("@media screen and (prefers-color-scheme: dark)")
    colours = _colours(light if scheme == "light" else dark.partition("\n* {")[0])
    for text, ground in TEXTS:
        bright, dim = sorted((_luminance(colours[text]), _luminance(colours[ground])), reverse=True)
        assert (bright + 0.05) / (dim + 0.05) >= 4.5, (text, ground)


def _skeleton(page: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(element.tag, tuple(element.attrib)) for element in _tree(page).iter()]


hostile = st.one_of(
    st.text(min_size=1, max_size=20),
    st.sampled_from(
        [
            "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'", "</style>", "]]>",
            "<!--", "&amp;", "{{ 7*7 }}", "{% raw %}", "\x00\x1b[31m", "\ud800", "\u202e", "`<b>`",
        ]
    ),
)  # fmt: skip


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=10
)
@given(texts=st.lists(hostile, min_size=6, max_size=6))
def test_no_text_can_add_an_element(texts: list[str]) -> None:
    def page(message: str, hint: str, key: str, value: str, path: str, said: str) -> str:
        # What the system takes for a name; a byte that is no UTF-8 is a lone surrogate.
        legal = [letter for letter in path if letter != "\0" and not "\ud800" <= letter <= "\udfff"]
        name = f"/nowhere/{''.join(legal)}\udc80.yaml"
        text = json.dumps({f"k{key}": {"a": f"v{value}"}, "x": [f"w{said}"]})
        facts = gather_facts({f"DASK_X{key}".replace("\0", ""): "v" + said}, {name: text}, [name])
        found = Finding(
            "error", message, hint, key, Origin("file", None, name, 1, 3), id="wrong-type"
        )
        live = dataclasses.replace(
            EXAMINED,
            child_process=f"x{said}",
            comparisons=(Comparison(f"k{key}", {"client": f"v{value}", f"worker {path}": 1}),),
        )
        return report_as_html([found], facts, WHEN, live, f"x{message}")

    assert _skeleton(page(*texts)) == _skeleton(page(*("harmless",) * 6))


def test_secrets_are_masked_everywhere(
    user_folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    (user_folder / "a.yaml").write_text(
        "# password: s3cret-one\n"
        "gateway:\n"
        "  address: https://me:s3cret-two@host/\n"
        "  auth:\n"
        "    password: s3cret-three\n"
        "    tokens: [s3cret-four]\n"
        "    api-token: |\n"
        "      s3cret-five\n"
        "  wroker: 1\n"
        "distributed:\n"
        "  wroker: run --token s3cret-six\n"
        "  comm: {timeouts: {connect: 's3cret-three secs'}}\n"
    )
    monkeypatch.setenv("DASK_GATEWAY__AUTH__PASSWORD", "s3cret-seven")
    monkeypatch.setenv("DASK_DISTRIBUTED__WROKER", "{'password': 's3cret-eight'}")
    monkeypatch.setenv("DASK_GATEWEY", "s3://a:s3cret-nine@host")
    result = run("--output", "-")
    assert result.exit_code == 1
    assert "s3cret" not in result.output
    assert result.output.count("********") > 9


def test_the_path_of_the_home_folder_is_hidden(user_folder: Path, home: Path) -> None:
    (user_folder / "a.yaml").write_text(f"temporary-directory: {home}/tmp\nwroker: {home}\n")
    page = _page(DASK_CONFIG=str(home / "more.yaml"))
    assert str(home) not in page
    assert "&lt;home&gt;/tmp" in page


def test_a_report_is_readable_only_by_its_owner(run: Run) -> None:
    Path("r.html").write_text("an older one")
    Path("r.html").chmod(0o644)
    result = run("--output", "r.html")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.endswith(": see r.html\n")
    assert stat.S_IMODE(Path("r.html").stat().st_mode) == 0o600
    assert os.listdir() == ["r.html"]
    _tree(Path("r.html").read_text())


def test_a_link_to_a_report_stays_one(run: Run) -> None:
    Path("folder").mkdir()
    Path("link.html").symlink_to("folder/r.html")
    assert run("--output", "link.html").exit_code == 0
    assert Path("link.html").is_symlink()
    assert Path("folder/r.html").is_file()


@pytest.mark.parametrize(
    ("output", "words"),
    [
        pytest.param("none/r.html", "does not exist", id="no-folder"),
        pytest.param(".", "it is a folder", id="folder"),
        pytest.param("pipe", "it is not a regular file", id="pipe"),
        pytest.param("~/.config/dask/a.yaml", "dask reads this file", id="configuration"),
        pytest.param("~/.config/dask/new.yaml", "dask reads this file", id="would-be-read"),
    ],
)
def test_a_path_that_cannot_hold_a_report_is_refused(
    output: str, words: str, run: Run, user_folder: Path
) -> None:
    os.mkfifo("pipe")
    (user_folder / "a.yaml").write_text("a: 1\n")
    output = output.replace("~", os.path.expanduser("~"))
    result = run("--output", output)
    assert (result.exit_code, result.stdout) == (1, "")
    assert re.fullmatch(rf"error: .*{words}.*\n", result.stderr)
    assert (user_folder / "a.yaml").read_text() == "a: 1\n"
    assert sorted(os.listdir(user_folder)) == ["a.yaml"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["--output", "r.html"], "requires --format html", id="text"),
        pytest.param(["--format", "json", "--output", "r"], "requires --format html", id="json"),
    ],
)
def test_output_requires_the_html_format(arguments: list[str], words: str) -> None:
    result = CliRunner().invoke(cli, ["doctor", *arguments])
    assert result.exit_code == 2
    assert words in result.stderr


def test_a_page_is_printed_on_a_terminal_only_if_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    with pytest.raises(click.UsageError, match="requires --output FILE"):
        output_file.check_output("html", None, gather_facts().sources, ["html"])
    output_file.check_output("html", "-", gather_facts().sources, ["html"])


def test_the_diff_of_fixes_goes_to_standard_error(run: Run, user_folder: Path) -> None:
    (user_folder / "a.yaml").write_text("jobqueue: {slurm: {walltime: 12:00:00}}\n")
    result = run("--fix", "--dry-run")
    assert result.exit_code == 1
    assert "+jobqueue" in result.stderr
    _tree(result.stdout)


def test_it_works_where_dask_cannot_be_imported(user_folder: Path, tmp_path: Path) -> None:
    (user_folder / "a.yaml").write_text("a: [\n  password: correct-horse\n")
    done = subprocess.run(
        [sys.executable, "-m", "dask_backend_config", "doctor", "--format", "html", "--live"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ,
        cwd=Path(__file__).parents[2],
    )
    assert (done.returncode, done.stderr) == (
        1, "live: not started: dask cannot be imported\n",
    )  # fmt: skip
    page = _text(_tree(done.stdout))
    assert "With this configuration, import dask fails." in page
    assert "The backend did not start: not started" in page
    assert "correct-horse" not in done.stdout


def _lines(text: str, line: int, column: int | None = None) -> Iterator[tuple[int, str]]:
    file = read_file("a.yaml", text)
    for found in excerpt(file, Origin("file", None, "a.yaml", line, column), {}):
        marked = f"[{found.marked}]" if found.marked else ""
        yield found.number, found.before + marked + found.after


EXCERPTS: list[Any] = [
    pytest.param("a:\n  b: 1  # x\n", 2, 6, [(1, "a:"), (2, "  b: [1]  # x")], id="value"),
    pytest.param("a:\n  b: 1\n", 1, 1, [(1, "[a]:"), (2, "  b: 1")], id="section"),
    pytest.param("a: |\n  x\n  y\n", 1, 4, [(1, "a: [|]"), (2, "  x"), (3, "  y")], id="block"),
    pytest.param("a: 1\r\nb: 2\r\n", 2, 4, [(1, "a: 1"), (2, "b: [2]")], id="crlf"),
    pytest.param("\ufeffa: 1\n", 1, 4, [(1, "a: [1]")], id="byte-order-mark"),
    pytest.param("a: b: c\n", 1, 5, [(1, "a: b[:] c")], id="broken"),
    pytest.param("a: [\n", 2, 1, [(1, "a: ["), (2, "")], id="end-of-file"),
    pytest.param("a: [\n", 9, 9, [(1, "a: ["), (2, "")], id="behind-the-end"),
    pytest.param("a: 1\n\n\n\nb: 2\n\n\n", 5, 4, [(5, "b: [2]")], id="blank-lines"),
    pytest.param("", 1, 1, [], id="no-text"),
]


@pytest.mark.parametrize(("text", "line", "column", "expected"), EXCERPTS)
def test_an_excerpt_marks_the_value_of_the_finding(
    text: str, line: int, column: int, expected: list[tuple[int, str]]
) -> None:
    assert list(_lines(text, line, column)) == expected


def test_a_long_line_is_cut_around_the_mark() -> None:
    ((_, shown),) = _lines(f"a: [{'x, ' * 1000}y, {'x, ' * 1000}z]\n", 1, 4)
    assert shown.startswith("a: [[x, ")
    assert shown.endswith("…")
    assert len(shown) < 320
