"""The comparison of two processes, with dask as the oracle for their values."""

from __future__ import annotations

import base64
import copy
import functools
import json
import os
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dask_backend_config import diff, snapshot
from dask_backend_config.config import install, interpreter, snapshot_program
from dask_backend_config.config.difference import Difference, SnapshotDiff
from dask_backend_config.config.resolve import USELESS_KEYS
from dask_backend_config.config.snapshot_diff import compare, compare_all
from dask_backend_config.config.snapshots import Snapshot, read_snapshot
from dask_backend_config.core.equality import strictly_equal
from dask_backend_config.core.errors import ConfigSourceError
from dask_backend_config.core.keys import hyphenated
from tests import oracle, trees
from tests.config.test_repr_html import HARMLESS, Tree

HOME, ENVIRONMENT = "/home/jane", "/opt/python"
FILE = f"{HOME}/.config/dask/a.yaml"
users = st.tuples(st.lists(trees.files, max_size=3), trees.variables, trees.inherited)
packages = functools.cache(snapshot_program._packages)


def process_of(user: Any) -> tuple[Snapshot, Any]:
    """Return the snapshot of a user's process, and its ``dask.config``; None if dask fails."""
    files, variables, inherited = user
    variables = {"DASK_ROOT_CONFIG": "/nowhere", **variables}
    if inherited:
        variables["DASK_INTERNAL_INHERIT_CONFIG"] = inherited
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home, ".config", "dask")
        folder.mkdir(parents=True)
        for number, data in enumerate(files):
            (folder / f"{number}.yaml").write_text(yaml.safe_dump(data, sort_keys=False))
        with (
            oracle.environment(variables, home),
            mock.patch.object(snapshot_program, "_packages", packages),
        ):
            taken = interpreter.snapshot_of_new_process()
            try:
                config = oracle.import_dask_config()
                install.install(config)
                oracle.import_distributed(config)
                oracle.import_jobqueue(config)
            except Exception:
                return taken, None
            return taken, config.config


def values_in(tree: Any, prefix: str = "") -> dict[str, list[Any]]:
    """Return the values and empty sections by key, in one spelling."""
    found: dict[str, list[Any]] = {}
    for name, value in tree.items():
        key = hyphenated(f"{prefix}{name}")
        if isinstance(value, dict) and value:
            for inner, values in values_in(value, f"{key}.").items():
                found.setdefault(inner, []).extend(values)
        elif key not in map(hyphenated, USELESS_KEYS):
            found.setdefault(key, []).append(value)
    return found


def expected_differences(left: Any, right: Any) -> set[str]:
    sides = values_in(left), values_in(right)
    different = set()
    for key in {*sides[0], *sides[1]}:
        one, other = (side.get(key, []) for side in sides)
        is_section = any(
            mine == [{}] and not theirs and any(name.startswith(f"{key}.") for name in names)
            for mine, theirs, names in ((one, other, sides[1]), (other, one, sides[0]))
        )
        if not is_section and not strictly_equal(one, other):
            different.add(key)
    return different


def mirrored(found: SnapshotDiff) -> dict[str, tuple[Difference, ...]]:
    return {
        part: tuple(Difference(each.right, each.left) for each in differences)
        for part, differences in found.parts.items()
    }


@settings(max_examples=int(os.environ.get("EXAMPLES", "15")), deadline=None)
@given(users, users)
@pytest.mark.timeout(600)
def test_the_values_that_differ_are_those_that_differ_in_dask(one: Any, other: Any) -> None:
    (left, config), (right, other_config) = process_of(one), process_of(other)
    found = compare(left, right)
    if config is not None and other_config is not None:
        names = [
            hyphenated(each.name)
            for part in ("values", "defaults")
            for each in found.parts.get(part, ())
        ]
        assert {*names} == expected_differences(config, other_config)
    assert compare(right, left).parts == mirrored(found)
    assert not compare(left, left).parts


@pytest.fixture(scope="module")
def base() -> dict[str, Any]:
    """A snapshot of Jane's process, without files and variables."""
    data = dict(interpreter.snapshot_of_new_process().data)
    places = {f"{ENVIRONMENT}/etc/dask": "sys.prefix", f"{HOME}/.config/dask": "home folder"}
    data["search_path"] = [
        {"path": path, "from": reason, "status": "folder"} for path, reason in places.items()
    ]
    return {**data, "files": [], "variables": {"HOME": HOME}}


Edit = Callable[[Any], Any]


def files(**texts: str) -> Edit:
    """Return an edit that adds files to the home folder."""
    folder = os.path.dirname(FILE)
    added = [{"path": f"{folder}/{name}.yaml", "text": text} for name, text in texts.items()]
    return lambda data: data["files"].extend(added)


def variables(**found: str) -> Edit:
    return lambda data: data["variables"].update(found)


def replaced(old: str, new: str, edit: Edit) -> Edit:
    """Return an edit with another folder in all paths."""

    def edited(data: Any) -> None:
        edit(data)
        changed = json.loads(json.dumps(data).replace(f'"{old}', f'"{new}'))
        data.update(changed)

    return edited


def nothing(data: Any) -> None:
    """Change nothing."""


def of_process(data: Any) -> None:
    data.update(taken="2020", host="x", platform="y", working_directory="/", other_variables=["A"])


def renamed(data: Any) -> None:
    """A release that calls ``array.chunk-size`` otherwise."""
    packed = data["packages"]["dask"]["files"]["dask.yaml"]
    text = zlib.decompress(base64.b64decode(packed)).decode()
    dask = data["packages"]["dask"] = dict(data["packages"]["dask"], version="2099.1")
    dask["renamed"] = {**dask["renamed"], "array.chunk-size": "array.size-of-chunks"}
    packed = snapshot_program._packed(text.replace("  chunk-size:", "  size-of-chunks:"))
    dask["files"] = {**dask["files"], "dask.yaml": packed}
    files(a="array: {size-of-chunks: 1MiB}")(data)


def without_jobqueue(data: Any) -> None:
    del data["packages"]["dask_jobqueue"]


def other_default(data: Any) -> None:
    dask = data["packages"]["dask"] = dict(data["packages"]["dask"], version="2099.1")
    text = "array: {chunk-size: 1MiB, new-key: 1}\n"
    dask["files"] = {**dask["files"], "dask.yaml": snapshot_program._packed(text)}


def closed(data: Any) -> None:
    data["search_path"][-1]["status"] = "closed"


def unreadable(data: Any) -> None:
    data["files"].append({"path": FILE, "error": "Permission denied"})


def at_environment(text: str) -> Edit:
    entry = {"path": f"{ENVIRONMENT}/etc/dask/a.yaml", "text": text}
    return lambda data: data["files"].append(entry)


def named_file(path: str, text: str) -> Edit:
    """Return an edit that adds a file, named by DASK_CONFIG."""

    def edited(data: Any) -> None:
        variables(DASK_CONFIG=path)(data)
        data["files"].append({"path": path, "text": text})
        data["search_path"].append({"path": path, "from": "DASK_CONFIG", "status": "file"})

    return edited


def in_code(value: str) -> Edit:
    """Return an edit to a running process whose code set a value."""
    found = {"config": {"mine": value}, "defaults": [], "renamed": {}}
    return lambda data: data.update(running=found, process=1)


A = "mine: {x: 1}\n"
SECRET = "gateway: {auth: {password: '********'}}\n"
INHERITED = "DASK_INTERNAL_INHERIT_CONFIG"
CASES: list[Any] = [
    pytest.param(nothing, of_process, {}, id="host-and-time"),
    pytest.param(variables(DASK_A="1", DASK_B="2"), variables(DASK_B="2", DASK_A="1"), {}, id="order-of-variables"),
    pytest.param(nothing, variables(PBS_JOBID="1", PBS_O_WORKDIR="/", USER="x"), {}, id="variables-of-a-job"),
    pytest.param(files(a=A), replaced(HOME, "/Users/j", files(a=A)), {}, id="home"),
    pytest.param(at_environment(A), replaced(ENVIRONMENT, "/x", at_environment(A)), {}, id="environment"),
    pytest.param(variables(DASK_CONFIG=f"{HOME}/x"), replaced(HOME, "/h", variables(DASK_CONFIG=f"{HOME}/x")), {}, id="path-below-the-home"),
    pytest.param(named_file("/a/x.yaml", A), named_file("/b/y.yaml", A), {"variables": ["DASK_CONFIG"]}, id="file-that-a-variable-names"),
    pytest.param(named_file("/a/x.yaml", A), named_file("/a/x.yaml", "mine: {x: 2}"), {"values": ["mine.x"], "files": ["$DASK_CONFIG"]}, id="content-of-a-named-file"),
    pytest.param(files(a=A), lambda data: (files(a=A)(data), data["search_path"][-1].update({"from": "DASK_CONFIG"})), {}, id="home-named-by-a-variable"),
    pytest.param(files(a=A), lambda data: (files(a=A)(data), data["variables"].update(HOME=f"{HOME}/")), {}, id="home-with-a-slash"),
    pytest.param(in_code("<f at 0x7f01>"), in_code("<f at 0x7f02>"), {}, id="object-in-code"),
    pytest.param(in_code("<f at 0x7f01>"), in_code("<g at 0x7f01>"), {"values": ["mine"]}, id="other-object-in-code"),
    pytest.param(files(a=A), files(a="# Mine.\nmine:\n  x: 1  # one\n"), {}, id="comments"),
    pytest.param(files(a="# mine:\n"), nothing, {}, id="file-of-comments"),
    pytest.param(files(a="mine: {a_b: 1}"), files(a="mine: {a-b: 1}"), {"files": ["~/.config/dask/a.yaml"]}, id="spelling"),
    pytest.param(files(a="array: {chunk-size: 1MiB}"), renamed, {"versions": ["dask"], "files": ["~/.config/dask/a.yaml"]}, id="renamed-key"),
    pytest.param(files(a=SECRET), files(a=SECRET), {"masked": ["gateway.auth.password"]}, id="masked"),
    pytest.param(files(a=SECRET), nothing, {"values": ["gateway.auth.password"], "files": ["~/.config/dask/a.yaml"]}, id="masked-on-one-side"),
    pytest.param(files(a=A), files(b=A), {"files": ["~/.config/dask/a.yaml", "~/.config/dask/b.yaml"], "origins": ["mine.x"]}, id="another-file"),
    pytest.param(files(a=A), variables(DASK_MINE__X="1"), {"files": ["~/.config/dask/a.yaml"], "variables": ["DASK_MINE__X"], "origins": ["mine.x"]}, id="variable-for-a-file"),
    pytest.param(files(a=A), files(a="mine: {x: true}\n"), {"values": ["mine.x"], "files": ["~/.config/dask/a.yaml"]}, id="one-and-true"),
    pytest.param(files(a=A, b="mine: {x: 2}"), lambda data: (files(b="mine: {x: 2}")(data), files(a=A)(data)), {"values": ["mine.x"], "files": ["order of files"]}, id="order-of-files"),
    pytest.param(files(a="mine: {}"), files(a="mine: {x: 1}"), {"values": ["mine.x"], "files": ["~/.config/dask/a.yaml"]}, id="section"),
    pytest.param(files(a="array: {chunk-size: 128MiB}"), nothing, {"files": ["~/.config/dask/a.yaml"], "origins": ["array.chunk-size"]}, id="default-in-a-file"),
    pytest.param(nothing, unreadable, {"files": ["~/.config/dask/a.yaml"]}, id="unreadable"),
    pytest.param(nothing, files(a="a: ["), {"files": ["~/.config/dask/a.yaml"]}, id="broken"),
    pytest.param(nothing, closed, {"files": ["~/.config/dask"]}, id="closed-folder"),
    pytest.param(nothing, variables(SBATCH_PARTITION="x", DASKx="1"), {"variables": ["SBATCH_PARTITION"]}, id="variable-of-slurm"),
    pytest.param(variables(**{INHERITED: "eyJ4IjogeyJhIjogMSwgImIiOiAyfX0="}), variables(**{INHERITED: "eyJ4IjogeyJiIjogMiwgImEiOiAxfX0="}), {}, id="order-of-inherited-values"),
    pytest.param(nothing, without_jobqueue, {"versions": ["dask-jobqueue"], "defaults": ["dask_jobqueue"]}, id="absent-package"),
]  # fmt: skip


def changed(base: dict[str, Any], edit: Edit) -> Snapshot:
    data = copy.deepcopy(base)
    edit(data)
    return read_snapshot(json.dumps(data), "x")


@pytest.mark.parametrize(("one", "other", "expected"), CASES)
def test_what_counts_is_different(
    one: Edit, other: Edit, expected: dict[str, list[str]], base: dict[str, Any]
) -> None:
    found = compare(changed(base, one), changed(base, other))
    names = {part: [each.name for each in entries] for part, entries in found.parts.items()}
    assert {**names, **({"masked": list(found.masked)} if found.masked else {})} == expected
    assert bool(found) == bool({*expected} - {"origins", "masked"})


def test_defaults_of_another_release_are_apart_from_values(base: dict[str, Any]) -> None:
    found = compare(
        changed(base, nothing), changed(base, lambda data: (other_default(data), files(a=A)(data)))
    )
    defaults = {each.name: each for each in found.parts["defaults"]}
    assert defaults["array.chunk-size"].right.value == "1MiB"  # type: ignore[union-attr]
    assert defaults["array.new-key"].left is None
    assert defaults["array.backend"].right is None
    assert [each.name for each in found.parts["values"]] == ["mine.x"]


def test_a_tuple_equals_the_list_that_json_has_of_it(user_folder: Path) -> None:
    """A variable ``1,2`` is a tuple; the snapshot of a running process has a list."""
    with mock.patch.dict(os.environ, {"DASK_MINE__X": "1,2"}):
        new = interpreter.snapshot_of_new_process()
    data = {**new.data, "process": 1}
    values = snapshot_program.plain(
        {each.key.split(".")[0]: {} for each in new.resolution.values().values()}
    )
    values["mine"] = {"x": [1, 2]}
    data["running"] = {"config": values, "defaults": [], "renamed": {}}
    found = compare(new, read_snapshot(json.dumps(data), "x"))
    assert "mine.x" not in [each.name for each in found.parts.get("values", ())]


def test_the_title_tells_which_processes_of_clusters_belong_together(base: dict[str, Any]) -> None:
    hosts = [changed(base, lambda data, host=host: data.update(host=host)) for host in "abc"]  # type: ignore[misc]
    a, b, c = hosts
    pairs = [(each.left, each.right) for each in compare_all([a, b], [b, c])]
    assert pairs == [(b, b), (a, c)]
    assert [each.left for each in compare_all([a, b], [c])] == [a, b]
    assert [each.right for each in compare_all([c], [a, b])] == [a, b]


def test_paths_and_this_process_can_be_compared(tmp_path: Path, user_folder: Path) -> None:
    saved = tmp_path / "saved.json"
    saved.write_text(interpreter.snapshot_of_new_process().as_json())
    assert not diff(saved, str(saved))
    (user_folder / "a.yaml").write_text(A)
    new = interpreter.snapshot_of_new_process()
    found = diff(saved, new)
    assert found
    assert [each.name for each in found.parts["values"]] == ["mine.x"]
    assert found.summary == "1 value and 1 file differ"
    assert repr(found).startswith("<1 value and 1 file differ: ")
    assert not diff(snapshot()).parts.get("versions")
    with pytest.raises(ConfigSourceError, match="does not exist: name a snapshot"):
        diff(tmp_path / "none.json")


def test_a_notebook_shows_the_differences(base: dict[str, Any]) -> None:
    found = compare(changed(base, files(a=SECRET)), changed(base, files(a="mine: {x: '<b>'}\n")))
    tree = Tree(found._repr_html_())
    assert {*tree.elements} <= HARMLESS["elements"]
    assert {*tree.attributes} <= HARMLESS["attributes"]
    assert "mine.xnone<b>~/.config/dask/a.yaml:1:11" in tree.words
    assert "2 values and 1 file differ" in tree.words
