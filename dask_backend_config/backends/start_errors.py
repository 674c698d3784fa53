"""Find the configured value because of which a backend fails to start."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ..catalogue.key_types import value_type
from ..catalogue.known_keys import catalogue
from ..config import resolve
from ..config.merge import Branch, MergeError
from ..config.startup import startup_problems
from ..config.startup.problem import user_leaves
from ..core.errors import BackendError, ConfigValueError, DaskBackendError
from ..core.keys import hyphenated, join_path
from ..core.secrets import masked

#: What a nanny of distributed before 2026.8 says, whatever the cause.
_WITHOUT_CAUSE = "Nanny failed to start worker process"


@dataclass(frozen=True)
class _Suspect:
    """A wrong value: the error that names it, the value, and the check that reports it.

    It is certain if dask fails wherever it uses the value.
    """

    error: ConfigValueError
    value: Any
    kind: str = ""
    is_certain: bool = True

    def explains(self, chain: list[BaseException], text: str) -> bool:
        """Return whether the value evidently caused a chain of exceptions with this text."""
        if self.kind == "missing-file" and any(isinstance(one, OSError) for one in chain):
            return True
        if self.kind == "tls-role" and re.search("TLS expects|encryption required", text):
            return True
        words = [word for one in _strings(self.value) for word in one.split() if len(word) > 1]
        return any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) for word in words)


def start_error(
    error: BaseException, kind: str, name: str, hint: Callable[[str], str | None]
) -> BaseException:
    """Return the error to raise for one that ended the start of a backend.

    Parameters
    ----------
    error : BaseException
    kind : str
        The section of the backend below ``backends``.
    name : str
        The name of its class.
    hint : callable
        Reason -> what to check, None if nothing is known.
    """
    if cause := cause_in_configuration(error, kind):
        return cause
    if isinstance(error, (OSError, RuntimeError)) and not isinstance(error, BackendError):
        reason = root_cause(error)
        return BackendError(f"{name} did not start: {reason}", hint=hint(reason))
    return error


def root_cause(error: BaseException) -> str:
    """Return type and message of the innermost cause of an error."""
    while error.__cause__ is not None:
        error = error.__cause__
    return f"{type(error).__name__}: {error}"


def cause_in_configuration(error: BaseException, kind: str) -> ConfigValueError | None:
    """Return an error that names key and origin of the value that made a start fail, or None.

    Parameters
    ----------
    error : BaseException
        The exception that ended the start.
    kind : str
        The section of the backend below ``backends``.
    """
    if not isinstance(error, Exception) or isinstance(error, ConfigValueError):
        return None
    chain = list(_chain(error))
    text = " ".join(f"{type(one).__name__} {one}" for one in chain)
    suspects: list[_Suspect] = []
    with contextlib.suppress(MergeError):
        suspects.extend(_suspects(kind))
    evident = next((one.error for one in suspects if one.explains(chain, text)), None)
    # These two have a cause of their own, such as a port in use or a rejected job.
    has_cause = any(isinstance(one, (OSError, DaskBackendError)) for one in chain)
    if evident or (has_cause and _WITHOUT_CAUSE not in text):
        return evident
    return next((one.error for one in suspects if one.is_certain), None)


def _suspects(kind: str) -> Iterator[_Suspect]:
    """Yield the wrong values of this process that concern a backend."""
    resolution = resolve.live()
    yield from _wrong_types(resolution.tree)
    problems = [one for one in startup_problems(resolution, os.environ) if one.severity != "info"]
    for problem in sorted(problems, key=lambda one: one.severity):
        if problem.path[0] != "jobqueue" or problem.path[1] == kind:
            section = "".join(f"{name}." for name in problem.path[:-1])
            message = f"{hyphenated(section)}{problem.message}"
            error = ConfigValueError(message, hint=problem.hint, origin=problem.origin)
            value, is_certain = problem.entry or problem.value, problem.severity == "error"
            yield _Suspect(error, value, problem.kind, is_certain)


def _wrong_types(tree: Branch) -> Iterator[_Suspect]:
    """Yield values of the wrong type; the constructor has judged those for backends."""
    for path, leaf in user_leaves(tree):
        expected = (
            value_type(catalogue(), path) if path[0] not in ("backends", "jobqueue") else None
        )
        if expected is not None and (wrong := expected.problem(leaf.value)):
            key = hyphenated(join_path(path))
            message = f"{key} is {masked(key, leaf.value)!r}: {wrong}"
            yield _Suspect(ConfigValueError(message, origin=leaf.origin), leaf.value)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _strings(value: Any) -> list[str]:
    entries = value if isinstance(value, (list, tuple)) else [value]
    return [entry for entry in entries if isinstance(entry, str)]
