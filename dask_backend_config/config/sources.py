"""Each place that a value can come from, read as dask reads it and kept apart."""

from __future__ import annotations

import ast
import base64
import json
import os
import stat
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..core.keys import PREFIX, key_of
from ..core.origins import Origin
from ..core.secrets import masked
from ..core.strings import undecodable_byte
from ..yaml_edit.document import Document, Mark, YamlError, YamlValue, parse
from .merge import Branch, Leaf, MergeError, Node, assign, branch, join, renamed

INHERITED = "DASK_INTERNAL_INHERIT_CONFIG"
Status = Literal["ok", "empty", "unreadable", "malformed", "not-a-mapping"]
#: dask skips a file in silence, or fails to be imported.
BREAKING: tuple[Status, ...] = ("malformed", "not-a-mapping")
_WORDS = {"none": None, "null": None, "false": False, "true": True}


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a source cannot be used: words, and where in a file it shows and where that began."""

    message: str
    mark: Mark | None = None
    opened: Mark | None = None


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file on dask's search path.

    Attributes
    ----------
    path : str
        As dask opens it.
    status : Status
        What became of reading it.
    text : str
        Its characters, line ends as they stand; empty where it cannot be read.
    document : Document, optional
        What it says; None where the text is no YAML.
    problem : Problem, optional
        Why `status` is neither ok nor empty.
    """

    path: str
    status: Status
    text: str = ""
    document: Document | None = None
    problem: Problem | None = None

    def origin(self, mark: Mark | None) -> Origin:
        """The origin of what stands at `mark`."""
        if mark is None:
            return Origin("file", path=self.path)
        return Origin("file", path=self.path, line=mark.line, column=mark.column)

    def tree(self) -> Branch:
        """What the file says, with the place of each value; empty where dask does not use it."""
        root = self.document.root if self.document and self.status == "ok" else None
        if root is None:
            return Branch(self.origin(None))
        return self._branch(root, "")

    def _branch(self, value: YamlValue, prefix: str) -> Branch:
        tree = Branch(self.origin(value.mark), prefix)
        for key, entry in (value.items or {}).items():
            written = join(prefix, key)
            if entry.value.items is None:
                tree[key] = Leaf(entry.value.data, self.origin(entry.value.mark), written)
            else:
                tree[key] = self._branch(entry.value, written)
        return tree


@dataclass(frozen=True, slots=True)
class Variable:
    """A ``DASK_*`` variable: its text, and the key and value that dask makes of it."""

    name: str
    text: str
    key: str
    value: Any
    problem: Problem | None = None

    @property
    def origin(self) -> Origin:
        return Origin("variable", name=self.name)


@dataclass(slots=True)
class Environment:
    """What the environment says: variables, inherited config, and both merged as dask does it.

    Attributes
    ----------
    tree : Branch
        The merged result of all that dask can merge.
    conflicts : list of MergeError
        What dask cannot merge; with any of them ``import dask`` fails.
    """

    variables: list[Variable]
    inherited: Branch
    tree: Branch
    conflicts: list[MergeError] = field(default_factory=list)


def read_file(path: str, text: str | None = None) -> SourceFile:
    """Read one file; whatever is wrong with it becomes its status and problem.

    Parameters
    ----------
    path : str
    text : str, optional
        What it is taken to hold, line ends as they stand.
    """
    if text is not None:
        return _parsed(path, text)
    try:
        if stat.S_ISFIFO(os.stat(path).st_mode):
            return SourceFile(path, "unreadable", problem=Problem("it is a pipe"))
        with open(path, newline="") as file:
            text = file.read()
    except OSError as error:
        return SourceFile(path, "unreadable", problem=Problem(error.strerror or str(error)))
    except UnicodeDecodeError as error:
        message, line, column = undecodable_byte(error)
        return SourceFile(path, "malformed", problem=Problem(message, Mark(line, column)))
    return _parsed(path, text)


def _parsed(path: str, text: str) -> SourceFile:
    try:
        document = parse(text)
    except YamlError as error:
        problem = Problem(error.problem, error.mark, error.opened)
        return SourceFile(path, "malformed", text, problem=problem)
    return _judged(path, text, document)


def _judged(path: str, text: str, document: Document) -> SourceFile:
    if document.root is None or document.data is None:
        return SourceFile(path, "empty", text, document)
    if document.root.items is None:
        kind = type(document.data).__name__
        problem = Problem(f"the top level is a {kind}, not a mapping", document.root.mark)
        return SourceFile(path, "not-a-mapping", text, document, problem)
    for _, entry in document.walk():
        if not isinstance(entry.key, str):
            problem = Problem(f"the key {entry.key!r} is no text: dask cannot merge it", entry.mark)
            return SourceFile(path, "malformed", text, document, problem)
    return SourceFile(path, "ok", text, document)


def read_environment(
    environ: Mapping[str, str], deprecations: Mapping[str, str | None]
) -> Environment:
    """Read the variables as ``dask.config.collect_env``.

    Parameters
    ----------
    environ : mapping
        Like ``os.environ``; its order counts where variables overlap.
    deprecations : mapping
        The renamed keys that dask knows when it reads them.
    """
    variables = [_variable(name, text) for name, text in environ.items() if is_variable(name)]
    inherited, conflicts = _inherited(environ)
    nodes: dict[str, Node] = dict(inherited.items())
    for variable in variables:
        if variable.problem:
            message = variable.problem.message
            conflicts.append(MergeError(message, variable.key, variable.origin))
            continue
        node: Node = Leaf(variable.value, variable.origin, variable.key)
        if isinstance(variable.value, Mapping):
            node = branch(variable.value, variable.origin, variable.key)
        nodes[variable.key] = node
    tree = Branch(Origin("variable"))
    for key, node in nodes.items():
        try:
            assign(tree, renamed(key, deprecations), node)
        except MergeError as error:
            conflicts.append(error)
    return Environment(variables, inherited, tree, conflicts)


def is_variable(name: str) -> bool:
    """Whether dask makes a key of a variable of that name: the prefix is case-sensitive."""
    return name.startswith(PREFIX)


def _variable(name: str, text: str) -> Variable:
    key = key_of(name)
    try:
        value = interpret(text)
    except Exception as error:  # what literal_eval does not call a ValueError, dask does not catch
        words = f"{masked(key, text)!r} is no value: {type(error).__name__}: {error}"
        return Variable(name, text, key, text, Problem(words))
    odd = [name for name in _names_within(value) if not isinstance(name, str)]
    problem = Problem(f"the key {odd[0]!r} is no text: dask cannot merge it") if odd else None
    return Variable(name, text, key, value, problem)


def _names_within(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield name
            yield from _names_within(inner)


def interpret(text: str) -> Any:
    """The value that dask makes of a variable's text, as ``dask.config.interpret_value``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a stray backslash is the reader's to judge, not Python's
        try:
            return ast.literal_eval(text)
        except (SyntaxError, ValueError):
            return _WORDS.get(text.lower(), text)


def _inherited(environ: Mapping[str, str]) -> tuple[Branch, list[MergeError]]:
    origin = Origin("inherited", name=INHERITED)
    if INHERITED not in environ:
        return Branch(origin), []
    try:
        data = json.loads(base64.urlsafe_b64decode(environ[INHERITED].encode()).decode())
        if not isinstance(data, dict):
            raise ValueError(f"it holds a {type(data).__name__}, not a mapping")
        return branch(data, origin), []
    except ValueError as error:
        message = f"is not what dask.config.serialize writes: {error}"
        return Branch(origin), [MergeError(message, "", origin)]
