"""Public names of the package: loaded on first use, and the same for type checkers."""

from __future__ import annotations

import ast
from pathlib import Path

import dask_backend_config
from dask_backend_config.core import errors


def test_type_checkers_see_the_names_that_are_loaded_on_first_use() -> None:
    (block,) = (
        node
        for node in ast.parse(Path(dask_backend_config.__file__).read_text()).body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    typed = {
        alias.name: f".{node.module}"
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name == alias.asname
    }
    assert typed == dask_backend_config._MODULES


def test_every_public_name_exists() -> None:
    assert [n for n in dask_backend_config.__all__ if not hasattr(dask_backend_config, n)] == []
    assert set(dask_backend_config.__all__) <= set(dir(dask_backend_config))
    assert dask_backend_config.LocalBackend is dask_backend_config.DaskLocalCluster


def test_every_error_is_public() -> None:
    kinds = [errors.DaskBackendError]
    for kind in kinds:
        kinds += [other for other in kind.__subclasses__() if other.__module__ == errors.__name__]
    assert {kind.__name__ for kind in kinds} <= set(dask_backend_config.__all__)
