"""JSON Schema 2020-12 of all known keys, for editors and other programs that validate YAML.

A key may be spelled with ``-`` or ``_``. The schema has the names with ``-`` as properties, which
editors offer, and those with ``_`` as patterns, which they accept.
"""

from __future__ import annotations

import itertools
import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from ..core.keys import hyphenated, join_path, lookup
from ..core.strings import inline
from . import backend_schema, dask_keys, shipped
from .descriptions import describe
from .json_types import JSONSchema, first_type, json_types, value_schema
from .key_types import value_type
from .known_keys import MISSING, Catalogue, Path, names_below
from .old_keys import new_name, removed
from .patterns import any_spelling, misspelled
from .value_types import ValueType

DIALECT = "https://json-schema.org/draft/2020-12/schema"
#: Stands for any name in a section with names of the user.
_ANY = "*"
#: Units that a description of the type contains.
_UNITS_OF_TYPES = ("seconds", "bytes", "HH:MM:SS", "fraction")
_NOT_SECTIONS = ["array", "boolean", "null", "number", "string"]
#: Characters of a node that is repeated instead of being a definition.
_SHORT = 100


def json_schema(known: Catalogue) -> JSONSchema:
    """Return the schema of a file that dask reads.

    Other packages have sections of their own, so unknown names at the top level are accepted,
    unless they are misspelled or belong into a section.
    """
    found = _Builder(known).section(())
    found["additionalProperties"] = True
    found["patternProperties"] = _misplaced(known) | _misspelled(names_below(()), ())
    definitions = _take_repeated(found)
    _add_other_spellings(found, "#")
    for name, node in definitions.items():
        _add_other_spellings(node, f"#/$defs/{name}")
    return {"$schema": DIALECT, "title": "Configuration of dask", **found, "$defs": definitions}


class _Builder:
    """The parts of the schema, from the root to single keys."""

    def __init__(self, known: Catalogue) -> None:
        self._known = known
        self._old = tuple(_old_paths(known))

    def node(self, path: Path) -> JSONSchema:
        """Return the schema of a key or section."""
        expected = value_type(self._known, path)
        found = _annotations(self._known, path, expected)
        values = value_schema(expected) if expected else {}
        if self._names(path):
            values = first_type(values, "object", is_new=True)  # a value may contain old names
            return {**found, **values, **self.section(path)}
        if "default" in found:  # yaml-language-server takes the first type for that of the default
            values = first_type(values, *json_types(found["default"]))
        return {**found, **values, **self._of_any_names(path), **_SPECIAL.get(path, {})}

    def section(self, path: Path) -> JSONSchema:
        """Return the keys in a section, and what becomes of other names."""
        names = self._names(path)
        found: JSONSchema = {"properties": {name: self.node((*path, name)) for name in names}}
        if path == ("jobqueue",):
            others = {"patternProperties": _misspelled(names, path)}
            return {**found, **others, "additionalProperties": self._own()}
        return {**found, "additionalProperties": False}

    def _names(self, path: Path) -> tuple[str, ...]:
        """Return the current and old names in a section; none for a value."""
        length = len(path)
        old = [old[length] for old in self._old if old[:length] == path != old]
        return tuple(dict.fromkeys((*names_below(path), *old)))

    def _own(self) -> JSONSchema:
        """Return the schema of a section of ``jobqueue`` with a name of the user's.

        Any scheduler's rules may hold there, and another package's class may read other keys.
        """
        section = ("jobqueue", _ANY)
        keys = [(*section, name) for name in self._known.default(section)]
        return {
            "type": ["object", "null"],
            "description": "A cluster of another package, or with a config_name of your own.",
            "properties": {key[-1]: _annotations(self._known, key, None) for key in keys},
        }

    def _of_any_names(self, path: Path) -> JSONSchema:
        """Return the schema of the values in a section whose names the user chooses."""
        inner = (*path, _ANY)
        if path[0] == backend_schema.ROOT:
            node = backend_schema.node(join_path(path)) or {}
            is_open = isinstance(node.get("additionalProperties"), Mapping)
            return {"additionalProperties": self.node(inner)} if is_open else {}
        entry = dask_keys.entry(path)
        if "argument-names" in entry:
            names = [name.replace("-", "_") for name in entry["argument-names"]]
            return {"properties": {name: {} for name in names}, "additionalProperties": False}
        if self._known.is_free(path) and "type" in dask_keys.entry(inner):
            expected = value_type(self._known, inner)
            return {"additionalProperties": value_schema(expected)} if expected else {}
        return {}


#: A mapping makes each compute() fail.
_SPECIAL: Mapping[Path, JSONSchema] = {("scheduler",): {"type": _NOT_SECTIONS}}


def _take_repeated(schema: JSONSchema) -> JSONSchema:
    """Replace keys and sections that occur several times by references to their definitions."""
    by_height: defaultdict[int, list[tuple[str, JSONSchema]]] = defaultdict(list)
    _sort_by_height(schema, "", by_height)
    definitions: dict[str, tuple[str, JSONSchema]] = {}
    for height in sorted(by_height):  # a section is compared when its keys are references
        nodes = [(name, node, json.dumps(node)) for name, node in by_height[height]]
        repeated = Counter(text for _, _, text in nodes)
        for name, node, text in nodes:
            if repeated[text] > 1 and len(text) > _SHORT:
                if text not in definitions:
                    taken = {name for name, _ in definitions.values()}
                    definitions[text] = _unused_name(name, taken), dict(node)
                node.clear()
                node["$ref"] = f"#/$defs/{definitions[text][0]}"
    return dict(definitions.values())


def _sort_by_height(
    node: JSONSchema, name: str, found: Mapping[int, list[tuple[str, JSONSchema]]]
) -> int:
    """Add a node and all below it to those of their heights, a key without others to the first."""
    below = [_sort_by_height(schema, part[-1], found) for part, schema in _inner(node)]
    height = max(below, default=-1) + 1
    found[height].append((name, node))
    return height


def _unused_name(name: str, taken: AbstractSet[str]) -> str:
    numbered = (f"{name}-{number}" for number in itertools.count(2))
    return next(each for each in itertools.chain([name], numbered) if each not in taken)


def _inner(node: JSONSchema) -> Iterator[tuple[Path, JSONSchema]]:
    """Yield where the keys of a section are in its schema, and their schemas."""
    for name, schema in node.get("properties", {}).items():
        yield ("properties", name), schema
    if isinstance(node.get("additionalProperties"), dict):
        yield ("additionalProperties",), node["additionalProperties"]


def _add_other_spellings(node: JSONSchema, pointer: str) -> None:
    """Accept names with ``_`` in all sections."""
    others: JSONSchema = {}
    for part, schema in _inner(node):
        place = "/".join((pointer, *part))
        if "-" in part[-1]:
            pattern = f"^{part[-1].replace('-', '_')}$"
            others[pattern] = schema if "$ref" in schema else {"$ref": place}
        _add_other_spellings(schema, place)
    if others:
        node["patternProperties"] = {**node.get("patternProperties", {}), **others}


def _old_paths(known: Catalogue) -> Iterator[Path]:
    """Yield all renamed and removed keys."""
    listed = (*dask_keys.keys_with("renamed-to"), *dask_keys.keys_with("removed-after"))
    for key in (*known.renamed, *listed):
        path = _path(hyphenated(key))
        places = names_below(path[:1]) if path[1:2] == (_ANY,) else path[1:2]
        for place in places:
            yield (path[0], place, *path[2:])
        if len(path) == 1:
            yield path


def _annotations(known: Catalogue, path: Path, expected: ValueType | None) -> JSONSchema:
    """Return what editors show of a key."""
    old, default = _old(known, path), _default(known, path)
    found: JSONSchema = {"description": "\n\n".join(_sentences(path, expected, old, default))}
    if old:
        found |= {"deprecated": True, "deprecationMessage": old}
    elif default is not MISSING:
        found["default"] = default
    examples = expected.schema.get("examples") if expected else None
    return {**found, "examples": examples} if examples and not old else found


def _sentences(
    path: Path, expected: ValueType | None, old: str | None, default: Any
) -> Iterator[str]:
    about = describe(join_path(path))
    if old:
        yield old
    if about.text:
        yield about.text
    if expected and expected.name not in ("anything", "section"):
        text = expected.expected
        yield f"Value: {text}"
    if about.unit and about.unit not in _UNITS_OF_TYPES:
        yield f"Unit: {about.unit}"
    if default is not MISSING and not old:
        yield f"Default: {inline(default)}"
    if about.read_by:
        yield f"Read by: {about.read_by}"
    if effect := about.with_backends:
        if path[0] == "jobqueue" and len(path) > 1:  # the same for all schedulers
            effect = effect.replace(f"backends.{path[1]}.", "backends.<type>.")
        yield f"With a backend: {effect}"


def _old(known: Catalogue, path: Path) -> str | None:
    """Return what became of an old key; None for a current one."""
    if gone := removed(path, known):
        last = f" after {gone.last_release}" if gone.last_release else ""
        return f"Removed{last}: dask ignores it. {gone.hint}."
    new = new_name(path, known)
    return f"Renamed to {new}." if new else None


def _default(known: Catalogue, path: Path) -> Any:
    """Return the default of a key, `MISSING` for a section and for what JSON cannot hold."""
    if _ANY in path:
        return MISSING
    try:
        found = lookup(shipped.known_ours(), join_path(path))
    except KeyError:
        if any(key.startswith("backends.") for key in backend_schema.fallbacks(join_path(path))):
            return MISSING  # that of the key in backends.jobqueue
        found = known.default(path)
    is_infinite = isinstance(found, float) and not math.isfinite(found)
    return MISSING if isinstance(found, Mapping) or is_infinite else found


def _misplaced(known: Catalogue) -> JSONSchema:
    """Return patterns for what has no effect at the top level: keys of sections, dotted keys."""
    places: dict[str, list[str]] = defaultdict(list)
    for path in map(_path, known.keys()):
        if len(path) > 1 and path[-1] not in known.top_names and not known.is_section(path):
            places[path[-1]].append(_section_of(path))
    names: dict[str, list[str]] = defaultdict(list)
    for name, sections in places.items():
        names[" or ".join(dict.fromkeys(sections))].append(name)
    found: JSONSchema = {}
    for listed, those in names.items():
        message = f"Write it in its section: {listed}"
        found[f"^(?:{any_spelling(those)})$"] = {"type": "object", "errorMessage": message}
    message = "dask does not split a key at its dots: write each name on a line of its own"
    found[rf"^(?:{any_spelling(known.top_names)})\."] = {"enum": [], "errorMessage": message}
    return found


def _section_of(path: Path) -> str:
    return "jobqueue.<type>" if path[0] == "jobqueue" else join_path(path[:-1])


def _misspelled(names: tuple[str, ...], section: Path) -> JSONSchema:
    """Return patterns for misspelled names of a section that accepts unknown names."""
    found = {}
    for name in names:
        is_section = bool(names_below((*section, name)))
        accepted = _NOT_SECTIONS if is_section else "object"
        pattern = misspelled(name, names, longer=not section)
        found[pattern] = {"type": accepted, "errorMessage": f"Did you mean {name}?"}
    return found


def _path(key: str) -> Path:
    return tuple(key.split("."))
