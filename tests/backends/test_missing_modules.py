"""A task whose module is missing on the workers fails with a ModuleNotFoundError, and no worker ends."""

from __future__ import annotations

import importlib
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from distributed.protocol import core
from distributed.protocol.serialize import Pickled

from dask_backend_config import DaskLocalCluster
from dask_backend_config.backends.missing_modules import with_remedy
from dask_backend_config.backends.task_pickles import pickled_task

LIMIT = 40
MODULE = "only_on_the_client"
SOURCE = """
class Thing:
    pass

def double(number, *_):
    return 2 * number
"""


@pytest.fixture(scope="module", params=["none", "process"])
def backend(request: pytest.FixtureRequest) -> Iterator[DaskLocalCluster]:
    with DaskLocalCluster(1, task_isolation=request.param) as made:
        yield made


@pytest.fixture(scope="module")
def module(backend: DaskLocalCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A module that the worker, which runs already, cannot import."""
    folder = tmp_path_factory.mktemp("modules")
    (folder / f"{MODULE}.py").write_text(SOURCE)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield importlib.import_module(MODULE)


@pytest.mark.parametrize(
    "submit",
    [
        pytest.param(lambda backend, it: backend.submit_task(it.double, 1), id="function"),
        pytest.param(lambda backend, it: backend.submit_task(type, it.Thing()), id="argument"),
        pytest.param(lambda backend, it: backend.submit_task(len, [it.Thing()]), id="nested"),
        pytest.param(
            lambda backend, it: backend.submit_task(abs, backend.submit_task(it.double, 1)),
            id="dependency",
        ),
        pytest.param(lambda backend, it: backend.client.submit(it.double, 1), id="client"),
    ],
)
def test_the_task_fails_at_once_and_the_worker_stays(
    backend: DaskLocalCluster, module: Any, submit: Callable[[Any, Any], Any]
) -> None:
    workers = set(backend.client.scheduler_info()["workers"])
    beside = [backend.submit_task(abs, -number) for number in range(5)]
    with pytest.raises(ModuleNotFoundError, match=f"'{MODULE}' on .*install it") as caught:
        submit(backend, module).result(LIMIT)
    assert caught.value.name == MODULE
    assert backend.client.gather(beside) == list(range(5))
    assert set(backend.client.scheduler_info()["workers"]) == workers


@pytest.mark.parametrize(
    ("error", "words"),
    [
        pytest.param(ModuleNotFoundError("No module named 'a'", name="a"), "setup-script-commands", id="missing"),
        pytest.param(ModuleNotFoundError("No module named 'a.b'", name="a.b"), "setup-script-commands", id="part of one"),
        pytest.param(ModuleNotFoundError("No module named 'json.x'", name="json.x"), "another version of json", id="version"),
        pytest.param(ModuleNotFoundError("mine"), "mine", id="raised by code"),
        pytest.param(AttributeError("no f"), "no f", id="another error"),
    ],
)  # fmt: skip
def test_the_error_tells_what_to_do(error: Exception, words: str) -> None:
    found = pickle.loads(pickle.dumps(with_remedy(error)))
    assert type(found) is type(error)
    assert words in str(found)
    assert ("\n" in str(found), getattr(found, "name", None)) == (
        False,
        getattr(error, "name", None),
    )


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(b"small", id="small"),
        pytest.param(b"x" * 200_000, id="large"),
        pytest.param(pickle.PickleBuffer(bytearray(200_000)), id="buffer"),
        pytest.param(lambda: LIMIT, id="by value"),
    ],
)
def test_a_sent_task_arrives_as_distributed_would_send_it(value: Any) -> None:
    data, buffers = pickled_task("key", value)
    sent = Pickled({"pickled-obj": data}, [*map(memoryview, buffers)])
    arrived = core.loads(core.dumps({"task": sent}))["task"]
    assert arrived() == LIMIT if callable(arrived) else bytes(arrived) == bytes(value)
    assert len(data) < 2000
