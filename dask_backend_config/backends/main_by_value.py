"""Let processes that a task starts use functions and classes of the client's ``__main__``.

A task's functions are copies that cloudpickle made: multiprocessing, which pickles functions by
their name, refuses them ("not the same object as __main__.f"), with dask as with this package. Here
its pickler is told to pickle such objects by value.

The functions of this module are pickled by value, too, so that a new process need not import this
package; so they import what they need themselves.
"""

from __future__ import annotations

from typing import Any


def pickle_main_by_value() -> None:
    """Make multiprocessing pickle functions and classes of ``__main__`` by value.

    Only those that a process of this interpreter could not find by their name.
    """
    from multiprocessing.reduction import ForkingPickler

    # Of all hooks of a pickler, only this one is asked before functions are saved by name.
    ForkingPickler.reducer_override = _reduce  # type: ignore[method-assign]


def _reduce(_pickler: Any, value: Any) -> Any:
    import types

    import cloudpickle

    if value is _restored:
        return cloudpickle.loads, (_own_functions(),)
    if isinstance(value, (types.FunctionType, type)) and _is_copy_from_main(value):
        return _restored, (cloudpickle.dumps(value),)
    return NotImplemented


def _restored(data: bytes) -> Any:
    """Return what `_reduce` pickled; the process can then send it back, or to others."""
    import cloudpickle

    pickle_main_by_value()
    return cloudpickle.loads(data)


def _is_copy_from_main(value: Any) -> bool:
    import sys

    if value.__module__ not in ("__main__", "__mp_main__"):
        return False
    found: Any = sys.modules.get("__main__")
    for name in value.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is not value


def _own_functions() -> bytes:
    import sys

    import cloudpickle

    module = sys.modules.get(_restored.__module__)
    if module is None:  # this process got them by value
        return bytes(cloudpickle.dumps(_restored))
    cloudpickle.register_pickle_by_value(module)
    try:
        return bytes(cloudpickle.dumps(_restored))
    finally:
        cloudpickle.unregister_pickle_by_value(module)
