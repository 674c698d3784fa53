"""The resolver, compared with dask itself."""

from __future__ import annotations

import copy
import os
import tempfile
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import dask
import dask.config
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dask_backend_config.catalogue import shipped
from dask_backend_config.catalogue.dask_releases import installed_rules, rules_of
from dask_backend_config.config import install, resolve
from dask_backend_config.config.collect import collect
from dask_backend_config.config.merge import Leaf, leaves, plain
from dask_backend_config.config.search_path import search_paths
from dask_backend_config.config.values import Resolved
from dask_backend_config.core.origins import Origin
from tests import oracle, trees

users = st.tuples(
    st.lists(trees.files, max_size=3), trees.variables, trees.inherited, st.booleans()
)


def _written(home: str, files: list[Any]) -> None:
    folder = Path(home, ".config", "dask")
    folder.mkdir(parents=True)
    for number, data in enumerate(files):
        Path(folder, f"{number}.yaml").write_text(yaml.safe_dump(data, sort_keys=False))


def _variables(home: str, variables: dict[str, str], inherited: str | None) -> dict[str, str]:
    result = {"DASK_ROOT_CONFIG": f"{home}/nowhere", **variables}
    if inherited is not None:
        result["DASK_INTERNAL_INHERIT_CONFIG"] = inherited
    return result


@settings(max_examples=300, deadline=None)
@given(users)
def test_a_fresh_process_agrees_with_dask_on_every_value(user: Any) -> None:
    files, variables, inherited, _ = user
    with tempfile.TemporaryDirectory() as home:
        _written(home, files)
        with oracle.environment(_variables(home, variables, inherited), home):
            found = resolve.fresh(resolve.gather())
            try:
                config = oracle.import_dask_config()
                expected = oracle.collect(config)
                rules = installed_rules()
                collected, _ = collect(resolve.gather(), config.deprecations, rules)
                install.install(config)
                oracle.import_distributed(config)
                oracle.import_jobqueue(config)
            except Exception as error:
                assert found.conflicts, f"dask refuses: {error!r}"
                return
        assert not found.conflicts
        assert plain(collected) == expected
        assert plain(found.tree) == config.config


@settings(max_examples=100, deadline=None)
@given(users)
def test_every_origin_points_to_the_value(user: Any) -> None:
    files, variables, inherited, _ = user
    with tempfile.TemporaryDirectory() as home:
        _written(home, files)
        with oracle.environment(_variables(home, variables, inherited), home):
            found = resolve.fresh(resolve.gather())
        for path, node in leaves(found.tree):
            origin = node.origin
            if origin.kind == "file":
                assert origin.path and origin.line and origin.column
                line = Path(origin.path).read_text().splitlines()[origin.line - 1]
                if isinstance(node, Leaf) and node.value not in ([], ["a"], None):
                    text = line[origin.column - 1 :]
                    assert yaml.safe_load(text) == node.value, (path, text)
            elif origin.kind == "variable" and origin.name in variables:
                assert path
            else:
                assert origin.kind in ("default", "inherited", "variable")


def _live(config: ModuleType) -> resolve.Resolution:
    with mock.patch.object(dask, "config", config):
        return resolve.live()


@settings(max_examples=100, deadline=None)
@given(users, st.dictionaries(st.sampled_from(trees.PATHS), st.just("set in code"), max_size=2))
def test_only_values_set_in_code_have_the_origin_code(user: Any, sets: dict[str, str]) -> None:
    files, variables, inherited, refreshes = user
    with tempfile.TemporaryDirectory() as home:
        _written(home, files)
        with oracle.environment(_variables(home, variables, inherited), home):
            try:
                config = oracle.import_dask_config()
                install.install(config)
                oracle.import_distributed(config)
                oracle.import_jobqueue(config)
                if refreshes:
                    oracle.refresh(config)
            except Exception:
                return  # the test above covers this
            before = _live(config)
            snapshot = copy.deepcopy(config.config)
            fresh = resolve.fresh(resolve.gather())
            _set(config, sets)
            after = _live(config)
    assert plain(before.tree) == snapshot
    kinds = {path: node.origin.kind for path, node in leaves(before.tree)}
    assert "code" not in kinds.values()
    if not refreshes:
        assert {path: node.origin for path, node in leaves(before.tree)} == {
            path: node.origin for path, node in leaves(fresh.tree)
        }
    assert plain(after.tree) == config.config
    for path, node in leaves(after.tree):
        was_set = isinstance(node, Leaf) and node.value == "set in code"
        assert (node.origin.kind == "code") == was_set, (path, node)


def _set(config: ModuleType, sets: dict[str, str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for key, value in sets.items():
            try:
                config.set({key: value})
            except TypeError:
                continue  # the key needs a section, but there is a value


def test_a_value_keeps_what_it_shadows(user_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (user_folder / "a.yaml").write_text("distributed:\n  comm:\n    timeouts: {connect: 5s}\n")
    (user_folder / "b.yaml").write_text("connect-timeout: 20s\n")
    monkeypatch.setenv("DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT", "21s")
    found = resolve.fresh(resolve.gather()).value("distributed.comm.timeouts.connect")
    assert found is not None
    layers = [(entry.value, str(entry.origin)) for entry in found.shadowed]
    assert layers == [
        ("21s", "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT"),
        ("5s", "~/.config/dask/a.yaml:3:25"),
        ("10s", "default of dask_backend_config"),
        ("30s", "default of distributed"),
    ]
    # at its import, distributed moves old keys over the values of the new ones
    assert (found.value, str(found.origin)) == ("20s", "~/.config/dask/b.yaml:1:18")


@pytest.mark.parametrize(
    ("lower", "higher", "release", "width"),
    [
        pytest.param(
            "fuse-ave-width: 1\n", "optimization: {fuse: {ave-width: 2}}\n", "2025.12.0", 1,
            id="an old name below, renamed last",
        ),
        pytest.param(
            "fuse-ave-width: 1\n", "optimization: {fuse: {ave-width: 2}}\n", "2026.3.0", 2,
            id="an old name below, renamed in its file",
        ),
        pytest.param(
            "", "optimization: {fuse: {ave_width: 1, ave-width: 2}}\n", "2024.12.0", 2,
            id="two spellings, the last",
        ),
        pytest.param(
            "", "optimization: {fuse: {ave_width: 1, ave-width: 2}}\n", "2026.3.1.dev0", 1,
            id="two spellings, the first",
        ),
    ],
)  # fmt: skip
def test_another_release_has_rules_of_its_own(
    user_folder: Path, lower: str, higher: str, release: str, width: int
) -> None:
    (user_folder / "a.yaml").write_text(lower)
    (user_folder / "b.yaml").write_text(higher)
    found = resolve.fresh(resolve.gather(), rules_of(release))
    value = found.value("optimization.fuse.ave-width")
    assert value
    assert value.value == width


@pytest.mark.parametrize("key", ["temporary-directory", "temporary_directory"])
def test_a_value_is_found_with_hyphens_or_underscores(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASK_TEMPORARY_DIRECTORY", "/scratch")
    found = resolve.fresh(resolve.gather()).value(key)
    assert found is not None
    assert (found.value, found.origin.name) == ("/scratch", "DASK_TEMPORARY_DIRECTORY")
    assert found.key == "temporary-directory"
    assert "temporary-directory" in resolve.fresh(resolve.gather()).values("temporary_directory")


def test_a_secret_is_not_in_the_repr() -> None:
    value = Resolved("gateway.auth.api-token", "hunter2", Origin("code"))
    assert "hunter2" not in repr(value)


def test_the_deprecations_read_from_the_sources_are_those_of_the_imported_modules() -> None:
    parsed = [shipped.deprecations(entry) for entry in shipped.PACKAGES]
    early = parsed[0]
    assert parsed[1] == oracle.distributed_deprecations
    assert {**early, **parsed[1]} == dask.config.deprecations
    assert parsed[2] == {}


def test_the_search_path_is_dasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASK_CONFIG", "/somewhere")
    assert search_paths(os.environ) == dask.config._get_paths()
