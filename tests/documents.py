"""Strategies for YAML documents like those of users, in which each line knows its key."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from dask_backend_config.yaml_edit.edits import Edit, Move, Remove, Set

NAMES = ("a", "b-c", "b_c_d", "daemon", "on", "x y", "worker", "comm", "tcp", "lost-worker-timeout")
SCALARS = (
    "1", "true", "False", "no", "10s", "1 GB", "null", "'a # b'", '"x"', "''", "12:00:00", "1e3",
    "tcp://x:80", "$HOME/x", "geop,compute", "0.5", ".inf", "'it''s'", "a  b", "2021-01-01",
)  # fmt: skip
FLOWS = ("[]", "{}", "[a, 'b, c']", "{x: 1, y: [2]}", "{x: {y: 1}}", '["*"]', "{x: 1, }", "{x}")
VALUES = (
    None, True, False, 0, 1, -1.5, 1e20, "", "x", "no", "12:00:00", "a: b", "a # b", "a long text",
    "two\nlines", "#c", [], ["a"], ["a", "b # c", 3], {"x": 1}, {"x": {"y": None}, "z": []},
)  # fmt: skip
REASON = "A reason, in\ntwo lines: yes"


@dataclass(frozen=True)
class Line:
    """A line. `path` is empty for comments and blank lines, which no edit may remove."""

    text: str
    path: tuple[str, ...] = ()
    kind: str = "comment"  # or blank, header (of a section in block style), value, more
    live: bool = True

    @property
    def indent(self) -> int:
        return len(self.text) - len(self.text.lstrip(" "))


@dataclass(frozen=True)
class Text:
    lines: tuple[Line, ...]
    text: str

    def __repr__(self) -> str:
        return repr(self.text)

    @property
    def paths(self) -> list[tuple[str, ...]]:
        return [line.path for line in self.lines if line.kind in ("header", "value")]


@st.composite
def documents(draw: Any) -> Text:
    step = draw(st.sampled_from([2, 2, 2, 4, 1]))
    lines = draw(_extras(0))
    lines += draw(_section((), 0, step, 0))
    kind = draw(st.sampled_from(["plain", "plain", "template", "half"]))
    if kind != "plain":
        kept = set()
        if kind == "half":
            leaves = [line.path for line in lines if line.kind == "value"]
            for path in draw(st.lists(st.sampled_from(leaves), max_size=3)) if leaves else []:
                kept |= {path[:depth] for depth in range(1, len(path) + 1)}
        lines = [_commented(line, kept) for line in lines]
    elif draw(st.booleans()):
        lines.insert(0, Line("---", kind="comment"))
    ending = draw(st.sampled_from(["\n", "\n", "\n", "\r\n"]))
    text = "".join(line.text + ending for line in lines)
    if draw(st.booleans()) and lines and lines[-1].kind != "more":
        text = text.removesuffix(ending)
    mark = draw(st.sampled_from(["", "", "", "\ufeff"]))
    return Text(tuple(lines), mark + text)


def _commented(line: Line, kept: set[tuple[str, ...]]) -> Line:
    """As ``dask.config.ensure_file`` does, except for the lines of `kept`."""
    if not line.text.strip() or line.text.startswith("#") or line.path in kept:
        return line
    return replace(line, text=f"# {line.text}", live=False)


@st.composite
def _section(draw: Any, path: tuple[str, ...], column: int, step: int, depth: int) -> list[Line]:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4 - depth, unique=True))
    lines: list[Line] = []
    for name in names:
        lines += draw(_entry((*path, name), column, step, depth))
        lines += draw(_extras(column))
    return lines


@st.composite
def _entry(draw: Any, path: tuple[str, ...], column: int, step: int, depth: int) -> list[Line]:
    indent = " " * column
    name = path[-1]
    quoted = name == "on" or draw(st.integers(0, 9)) == 0
    key = f"'{name}'" if quoted else name
    note = draw(st.sampled_from(["", "", " # why", "   # it's {x}: 1", "\t# tab"]))
    note = note.replace("\t", "  ")
    kind = draw(
        st.sampled_from(
            ["section"] * (4 - 2 * (depth > 1)) + ["scalar"] * 3 + ["flow", "list", "many", "null"]
        )
    )
    if kind == "section" and depth < 3:
        deeper = column + draw(st.sampled_from([step, step, step + 1]))
        header = Line(f"{indent}{key}:{note}", path, "header")
        return [header, *draw(_extras(deeper)), *draw(_section(path, deeper, step, depth + 1))]
    if kind == "list":
        dash = indent + " " * draw(st.sampled_from([0, step]))
        items = draw(
            st.lists(st.sampled_from(("a", "'b'", "1", "{x: 1}", "[]")), min_size=1, max_size=3)
        )
        rest = [Line(f"{dash}- {item}{note}", path, "more") for item in items]
        return [Line(f"{indent}{key}:{note}", path, "value"), *rest]
    if kind == "many":
        return draw(_many_lines(path, indent, key, step))
    value = draw(st.sampled_from(FLOWS if kind == "flow" else SCALARS))
    value = "" if kind == "null" else f" {value}"
    return [Line(f"{indent}{key}:{value}{note}", path, "value")]


@st.composite
def _many_lines(draw: Any, path: tuple[str, ...], indent: str, key: str, step: int) -> list[Line]:
    deeper = indent + " " * step
    first, *more = draw(
        st.sampled_from(
            [
                ("|", "text: x", "# none"),
                (">-", "folded", "text"),
                ("|+ # why", "kept"),
                ("[a,", "b: 1,  # inside", "]"),
                ("{x: 1,", "y: 2}  # behind"),
                ("{", "x: 1,  # of x", "y: 2   # of y", "}"),
                ("'two", "lines'"),
                ("plain", "on two lines"),
            ]
        )
    )
    head = Line(f"{indent}{key}: {first}", path, "value")
    return [head, *(Line(deeper + text, path, "more") for text in more)]


@st.composite
def _extras(draw: Any, column: int) -> list[Line]:
    found = draw(
        st.lists(st.sampled_from(["", "# note", "# note: with a colon", "#", "#glued"]), max_size=2)
        if draw(st.integers(0, 3)) == 0
        else st.just([])
    )
    shift = draw(st.sampled_from([column, column, 0]))
    return [
        Line(" " * shift + text, (), "comment") if text else Line("", (), "blank") for text in found
    ]


def _respelled(path: tuple[str, ...], way: int) -> tuple[str, ...]:
    if way == 0:
        return tuple(name.replace("-", "_") for name in path)
    return tuple(name.replace("_", "-") for name in path) if way == 1 else path


@st.composite
def edits(draw: Any, document: Text, most: int = 3) -> list[Edit]:
    """Any edits, sensible or not."""
    new = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map(tuple)
    known = st.sampled_from(document.paths) if document.paths else new
    paths = st.one_of(known, known, st.builds(lambda one, two: one + two[:1], known, new), new)
    paths = st.builds(_respelled, paths, st.integers(0, 5))
    put = st.builds(Set, paths, st.sampled_from(VALUES), st.sampled_from(["", REASON]))
    others = st.one_of(st.builds(Remove, paths), moves(document))
    return draw(st.lists(st.one_of(put, others), min_size=1, max_size=most))


def moves(document: Text) -> st.SearchStrategy[Move]:
    """Keys that are moved to any place."""
    names = st.sampled_from((*NAMES, "new"))
    paths = document.paths or [("new",)]
    target = st.builds(lambda section, name: (*section, name), st.sampled_from([(), *paths]), names)
    return st.builds(Move, st.sampled_from(paths), target)


@st.composite
def sensible_edit(draw: Any, document: Text) -> Edit:
    """One edit that a user would expect to succeed."""
    leaves = [line.path for line in document.lines if line.kind == "value"]
    headers = [line.path for line in document.lines if line.kind == "header"]
    kind = draw(st.sampled_from(["replace", "add", "remove"]))
    if kind == "replace" and leaves:
        return Set(draw(st.sampled_from(leaves)), draw(st.sampled_from(VALUES)))
    if kind == "remove" and document.paths:
        return Remove(draw(st.sampled_from(document.paths)))
    parent = draw(st.sampled_from([(), *headers]))
    return Set((*parent, "new", "key"), draw(st.sampled_from(VALUES)), REASON)


def untouched(document: Text, edit: Edit) -> list[str]:
    """The lines that must be there after an edit, in their order."""
    path = _plain(edit.path)
    kept = []
    for line in document.lines:
        own = _plain(line.path)
        if line.kind == "blank":
            # Those inside of what is removed go with it.
            stays = isinstance(edit, Set) and not isinstance(edit.value, dict)
        elif line.kind == "comment":
            stays = True
        elif own[: len(path)] == path:
            stays = False
        elif path[: len(own)] == own:
            stays = line.live and line.kind == "header" and isinstance(edit, Set)
        else:
            stays = True
        if stays:
            kept.append(line.text)
    return kept


def _plain(path: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.replace("_", "-") for name in path)


def split(text: str) -> list[str]:
    return re.split("\r\n|\n", text.removeprefix("\ufeff"))
