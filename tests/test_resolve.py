"""The resolver, with dask itself as the oracle."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from dask_backend_config import defaults, layer, resolve
from dask_backend_config.merge import Leaf, leaves, plain
from hypothesis import given, settings
from hypothesis import strategies as st

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


@settings(max_examples=400, deadline=None)
@given(users)
def test_a_fresh_process_agrees_with_dask_on_every_value(user: Any) -> None:
    files, variables, inherited, refreshes = user
    with tempfile.TemporaryDirectory() as home:
        _written(home, files)
        with oracle.environment(_variables(home, variables, inherited), home):
            found = resolve.fresh(resolve.gather())
            try:
                config = oracle.import_dask_config()
                collected, _ = resolve.collect(resolve.gather(), config.deprecations)
                assert plain(collected) == oracle.collect(config)
                layer.install(config)
                oracle.import_distributed(config)
                oracle.import_jobqueue(config)
            except Exception as error:
                assert found.conflicts, f"dask refuses: {error!r}"
                return
            assert not found.conflicts
            assert plain(found.tree) == config.config


@settings(max_examples=200, deadline=None)
@given(users)
def test_every_origin_leads_to_the_value(user: Any) -> None:
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
