"""Read files and variables as dask reads them, each on its own."""

from __future__ import annotations

import ast
import base64
import copy
import json
import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ..catalogue import shipped
from ..core.keys import INHERITED, PREFIX, key_of
from ..core.origins import Origin
from ..core.secrets import masked
from ..core.strings import undecodable_byte
from ..yaml_edit.document import Document, Mark, YamlError, YamlValue, parse
from . import merge
from .merge import Branch, Leaf, MergeError, Node
from .search_path import config_files, search_paths

Status = Literal["ok", "empty", "unreadable", "malformed", "not-a-mapping"]
#: With such a file, ``import dask`` fails; dask silently skips the other unusable files.
BREAKING: tuple[Status, ...] = ("malformed", "not-a-mapping")
_WORDS = {"none": None, "null": None, "false": False, "true": True}


@dataclass(frozen=True, slots=True)
class Problem:
    """The reason why a source is unusable, its place, and the start of the faulty part."""

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
        Whether dask can use it.
    text : str
        Its content with its own line ends; empty if it cannot be read.
    document : Document, optional
        Its parsed content; None if it is not valid YAML.
    problem : Problem, optional
        Why `status` is neither ok nor empty.
    """

    path: str
    status: Status
    text: str = ""
    document: Document | None = None
    problem: Problem | None = None

    def origin(self, mark: Mark | None) -> Origin:
        """Return the origin of a value at `mark`."""
        if mark is None:
            return Origin("file", path=self.path)
        return Origin("file", path=self.path, line=mark.line, column=mark.column)

    def tree(self) -> Branch:
        """Return the values with their places; an empty tree if dask does not use the file."""
        root = self.document.root if self.document and self.status == "ok" else None
        if root is None:
            return Branch(self.origin(None))
        return self._branch(root, "")

    def _branch(self, value: YamlValue, prefix: str) -> Branch:
        tree = Branch(self.origin(value.mark), prefix)
        for key, entry in (value.items or {}).items():
            written = merge.join(prefix, key)
            if entry.value.items is None:
                tree[key] = Leaf(entry.value.data, self.origin(entry.value.mark), written)
            else:
                tree[key] = self._branch(entry.value, written)
        return tree


@dataclass(frozen=True, slots=True)
class Variable:
    """A ``DASK_*`` variable: its text, and the key and value that dask reads from it."""

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
    """Variables, inherited configuration, and both merged as dask merges them.

    Attributes
    ----------
    variables : list of Variable
    inherited : Branch
        The content of ``DASK_INTERNAL_INHERIT_CONFIG``.
    tree : Branch
        The merged result.
    conflicts : list of MergeError
        What dask cannot merge, so that ``import dask`` fails; not part of `tree`.
    """

    variables: list[Variable]
    inherited: Branch
    tree: Branch
    conflicts: list[MergeError] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sources:
    """All that a user can set outside of code.

    Attributes
    ----------
    paths : list of str
        The search path, lowest first.
    files : list of SourceFile
        Every file found there, lowest first, including unusable ones.
    environment : Environment
        Variables and inherited configuration.
    environ : mapping
        The environment variables that they come from.
    """

    paths: list[str]
    files: list[SourceFile]
    environment: Environment
    environ: Mapping[str, str] = field(default_factory=dict)

    def layers(self) -> list[Branch]:
        """Return a new tree for each layer, highest first; inherited configuration is separate."""
        variables = Branch(Origin("variable"))
        for path, node in merge.leaves(self.environment.tree):
            if isinstance(node, Leaf) and node.origin.kind == "variable":
                merge.assign(variables, path, node)
        files = [file.tree() for file in reversed(self.files)]
        return [variables, copy.deepcopy(self.environment.inherited), *files]


def gather(
    environ: Mapping[str, str] | None = None,
    paths: Sequence[str] | None = None,
    texts: Mapping[str, str] | None = None,
) -> Sources:
    """Read all files and variables, without raising an error for unusable ones.

    Parameters
    ----------
    environ : mapping, optional
        ``os.environ`` if not given.
    paths : sequence of str, optional
        dask's search path for `environ` if not given.
    texts : mapping, optional
        Path of a file -> content to assume instead of its own, whether or not the file exists.
    """
    texts = texts or {}
    environ = os.environ if environ is None else environ
    searched = search_paths(environ) if paths is None else list(paths)
    files = [read_file(path, texts.get(path)) for path in config_files(searched, texts)]
    return sources_of(environ, searched, files)


def sources_of(
    environ: Mapping[str, str], paths: Sequence[str], files: Sequence[SourceFile]
) -> Sources:
    """Return variables and files that were read, as the dask of the installation in use does."""
    early = shipped.deprecations(shipped.PACKAGES[0])
    return Sources(list(paths), list(files), read_environment(environ, early), environ)


def read_file(path: str, text: str | None = None) -> SourceFile:
    """Read one file; anything wrong with it becomes its status and problem.

    Parameters
    ----------
    path : str
    text : str, optional
        The content to assume instead of the file's own.
    """
    try:
        if text is None:
            if Path(path).is_fifo():
                return SourceFile(path, "unreadable", problem=Problem("it is a pipe"))
            with open(path, newline="") as file:
                text = file.read()
        return _judged(path, text, parse(text))
    except OSError as error:
        return SourceFile(path, "unreadable", problem=Problem(error.strerror or str(error)))
    except UnicodeDecodeError as error:
        message, line, column = undecodable_byte(error)
        return SourceFile(path, "malformed", problem=Problem(message, Mark(line, column)))
    except YamlError as error:
        problem = Problem(error.problem, error.mark, error.opened)
        return SourceFile(path, "malformed", text or "", problem=problem)


def _judged(path: str, text: str, document: Document) -> SourceFile:
    if document.root is None or document.data is None:
        return SourceFile(path, "empty", text, document)
    if document.root.items is None:
        kind = type(document.data).__name__
        problem = Problem(f"the top level is a {kind}, not a mapping", document.root.mark)
        return SourceFile(path, "not-a-mapping", text, document, problem)
    for _, entry in document.walk():
        if not isinstance(entry.key, str):
            problem = Problem(
                f"the key {entry.key!r} is not a string; dask cannot merge it", entry.mark
            )
            return SourceFile(path, "malformed", text, document, problem)
    return SourceFile(path, "ok", text, document)


def read_environment(
    environ: Mapping[str, str], deprecations: Mapping[str, str | None]
) -> Environment:
    """Read the variables as ``dask.config.collect_env`` does.

    Parameters
    ----------
    environ : mapping
        Like ``os.environ``; its order matters if variables overlap.
    deprecations : mapping
        The renamed keys that dask knows when it reads the variables.
    """
    variables = [_variable(name, text) for name, text in environ.items() if is_variable(name)]
    inherited, conflicts = _inherited(environ)
    nodes: dict[str, Node] = dict(inherited)
    for variable in variables:
        key, origin = variable.key, variable.origin
        if variable.problem:
            conflicts.append(MergeError(variable.problem.message, key, origin))
        elif isinstance(variable.value, Mapping):
            nodes[key] = merge.branch(variable.value, origin, key)
        else:
            nodes[key] = Leaf(variable.value, origin, key)
    tree = Branch(Origin("variable"))
    for key, node in nodes.items():
        try:
            merge.assign(tree, merge.renamed(key, deprecations).split("."), node)
        except MergeError as error:
            conflicts.append(error)
    return Environment(variables, inherited, tree, conflicts)


def is_variable(name: str) -> bool:
    """Return whether dask reads a variable of this name; the prefix is case-sensitive."""
    return name.startswith(PREFIX)


def _variable(name: str, text: str) -> Variable:
    key = key_of(name)
    try:
        value = interpret(text)
    except Exception as error:  # dask does not catch these, so import dask fails
        words = f"{masked(key, text)!r} is not a value: {type(error).__name__}: {error}"
        return Variable(name, text, key, text, Problem(words))
    leaves = merge.leaves(merge.branch({key: value}, Origin("variable")))
    odd = [name for path, _ in leaves for name in path if not isinstance(name, str)]
    problem = Problem(f"the key {odd[0]!r} is not a string; dask cannot merge it") if odd else None
    return Variable(name, text, key, value, problem)


def interpret(text: str) -> Any:
    """Return the value that dask reads from a variable's text: ``dask.config.interpret_value``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python warns of stray backslashes
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
            raise ValueError(f"it is a {type(data).__name__}, not a mapping")
        return merge.branch(data, origin), []
    except ValueError as error:
        message = f"is not a value of dask.config.serialize: {error}"
        return Branch(origin), [MergeError(message, "", origin)]
