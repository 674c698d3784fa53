"""Writes docs/checks.md from the checks, keys.md from the schema, commands.md from the help texts.

Run it with ``python docs/generate.py``; tests/docs/test_examples.py fails where a page is outdated.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dask_backend_config.backends.registry import backend_class
from dask_backend_config.catalogue import backend_schema, fates, shipped
from dask_backend_config.catalogue.descriptions import describe
from dask_backend_config.catalogue.known_keys import catalogue, names_below
from dask_backend_config.cli.main import cli
from dask_backend_config.core.keys import lookup, variable_of
from dask_backend_config.doctor.checks import CHECKS

HERE = Path(__file__).parent
CHECKS_HEAD = """\
# The checks

`dask-backend-config doctor` runs all of these checks. `--select ID,ID` runs only some of them, and
`--ignore ID,ID` leaves some out. `docs/generate.py` generates this page from the checks.

**error**: dask fails, ignores the setting, or does something else than it says. **warning**: it
works but is risky, or overrides a recommended setting. **info**: good to know; `doctor` exits 1 for
it only with `--strict`.
"""
COMMANDS_HEAD = """\
# The commands

`python -m dask_backend_config` and `dask backend-config` are the same as `dask-backend-config`.
This page is generated from the help texts by `docs/generate.py`.

Exit codes: 0 success; 1 findings or an expected error; 2 wrong usage; 3 a bug in this package;
130 interrupted. Results go to standard output, errors to standard error.
"""
PROGRAM = "dask-backend-config"
KEYS_HEAD = """\
---
tocdepth: 2
---

# Keys

This page lists every option of every backend. `docs/generate.py` makes it from
`defaults/backends-schema.yaml` and `defaults/backends.yaml`.

Set an option as the key `backends.<type>.x-y`, as the variable `DASK_BACKENDS__<TYPE>__X_Y`, or as
the argument `x_y` of the backend's constructor. If it is set in several places, the first of these
is used: the [group of the worker](recipes/worker-groups.md); the argument; the profile that
`get_backend` was called with; `backends.<type>`; for job queues also `backends.jobqueue`; and if
that is null, dask-jobqueue's own key `jobqueue.<type>.*`, so that a site's `jobqueue.yaml` keeps
working. `dask-backend-config explain KEY` shows these places and their values.

Each example is a complete file, `~/.config/dask/backends.yaml`; `dask-backend-config set KEY VALUE`
writes it. A duration is a string such as `10s` or `2 minutes`, or a number of seconds. An amount of
memory is a string such as `4 GB` or `512 MiB`, or a number of bytes. A walltime is a string in
quotes: `"HH:MM"`, `"HH:MM:SS"`, `"D-HH:MM:SS"` or `"6h"`.
"""
OTHERS = """\
## Keys of dask-jobqueue and distributed

A backend with a job queue reads the section of its scheduler in `jobqueue`, and all processes read
the keys of distributed. Keys of distributed that are not in this table have the same effect as
without a backend, as have sections whose keys are not in it.
"""
RECOMMENDED = """\
## Recommended settings

Besides its own keys, this package changes these defaults of distributed. Files, variables and code
override them. `dask-backend-config apply` writes them into a file, so that they are used where this
package is not imported, too.
"""
QUEUES = ("lsf", "pbs", "slurm", "sge", "htcondor", "oar", "moab")
EXTENDS = """\
This section may also have any key of [`backends.jobqueue`](#backendsjobqueue), for this scheduler
only.
"""
AMOUNTS = {
    "seconds": "duration",
    "bytes": "amount of memory",
    "HH:MM:SS": "walltime",
}
TYPES = {
    "array": "list of strings",
    "boolean": "true or false",
    "integer": "whole number",
    "number": "number",
    "object": "mapping",
    "string": "string",
}
#: Keys, variables, arguments and commands in a description, which is plain text.
CODE = re.compile(
    r"""(?x)
    \b(?:backends|distributed|jobqueue)\.[\w.<>*-]*[\w>*]  # keys
    | \b[a-z]+(?:-[a-z]+)+\b                               # and their last names
    | \b[A-Z]+(?:_[A-Z]+)+\b | \$[A-Z]+ | ~(?!\w)          # variables, home
    | \b[a-z]+(?:_[a-z]+)+\b(?:\.\w+)*(?:\(\))?            # names of Python
    | \bDask[A-Z]\w+ | \b[A-Z]\w+Error\b
    | \{\w+\} | (?<![\w-])-[a-zA-Z]{1,2}\b                 # placeholders, options
    """
)


def checks_page() -> str:
    """Return a page with a section for each check: its sentence and its explanation."""
    parts = [CHECKS_HEAD]
    for check in CHECKS:
        parts.append(f"## {check.id}\n\n{check.sentence}\n\n{check.explanation}\n")
    return "\n".join(parts)


def commands_page() -> str:
    """Return a heading for each command, and its help text at 80 columns."""
    parts = [COMMANDS_HEAD]
    group = cli.make_context(PROGRAM, [], resilient_parsing=True)
    for name in cli.list_commands(group):
        command = cli.get_command(group, name)
        assert command is not None
        # click leaves two of 80 columns empty.
        settings: dict[str, Any] = {
            "parent": group,
            "resilient_parsing": True,
            "terminal_width": 78,
        }
        text = command.get_help(command.make_context(name, [], **settings))
        parts.append(f"## `{name}`\n\n```console\n$ {PROGRAM} {name} --help\n{text}\n```\n")
    return "\n".join(parts)


def keys_page() -> str:
    """Return the page of all keys of ``backends``, and of the recommended settings."""
    parts = [KEYS_HEAD]
    defaults = shipped.read(shipped.BACKENDS)
    for name, node in _node(backend_schema.ROOT)["properties"].items():
        section = f"{backend_schema.ROOT}.{name}"
        below = [key for key in backend_schema.keys() if key.startswith(f"{section}.")]  # noqa: SIM118
        if "properties" not in node:
            parts.append("\n".join(_entry(section, defaults, "##")))
            continue
        parts.append(f"## {section}\n\n{_text(section)}\n")
        if "extends" in node:
            parts.append(EXTENDS)
        parts += [f"{', '.join(_link(key) for key in below)}\n"] if below else []
        parts += ["\n".join(_entry(key, defaults, "###")) for key in below]
    rows = [f"| `{key}` | {_with_code(text)} |" for key, text in _fates()]
    parts.append("\n".join([OTHERS, "| key | with a backend |", "|---|---|", *rows, ""]))
    recommended = shipped.text(shipped.RECOMMENDED)
    return "\n".join([*parts, RECOMMENDED, f"```yaml\n{recommended}```\n"])


def _fates() -> Iterator[tuple[str, str]]:
    """Yield keys of other packages, and what becomes of them with a backend."""
    having: dict[tuple[str, str], list[str]] = {}
    for queue in QUEUES:
        for name in names_below(("jobqueue", queue)):
            key = f"jobqueue.{queue}.{name}"
            text = (fates.with_backends(key) or "used").replace(f".{queue}.", ".<type>.")
            having.setdefault((name, text), []).append(queue)
    for (name, text), queues in sorted(having.items()):
        some = "" if queues == list(QUEUES) else f" ({', '.join(queues)})"
        yield f"jobqueue.<type>.{name}", f"{text}{some}"
    for key in catalogue().keys():  # noqa: SIM118 - not a dictionary
        section = key.rpartition(".")[0]
        text = fates.with_backends(key)
        if text and not key.startswith("jobqueue.") and text != fates.with_backends(section):
            yield key, text


def _link(key: str) -> str:
    """Return a link to the heading of a key, with the anchor that GitHub and MyST use."""
    return f"[`{key.split('.', 2)[2]}`](#{key.replace('.', '')})"


def _entry(key: str, defaults: Mapping[str, Any], level: str) -> Iterator[str]:
    node = _node(key)
    default = lookup(defaults, key)
    yield f"{level} {key}\n"
    yield f"{_text(key)}\n"
    yield f"```yaml\n{_block(key, example(key))}```\n"
    yield f"- type: {_type(node)}"
    if "unit" in node:
        yield f"- unit: {node['unit']}"
    yield f"- default: `{_flow(default)}`"
    yield f"- variable: `{variable_of(key)}`"
    if argument := _argument(key):
        yield f"- argument: {argument}"
    if others := _fallbacks(key):
        yield f"- if null: {', then '.join(others)}"
    yield ""


def example(key: str) -> Any:
    """Return the example value of a key: the first one of the schema, else the default."""
    examples = _node(key).get("examples")
    return examples[0] if examples else lookup(shipped.read(shipped.BACKENDS), key)


def _node(key: str) -> backend_schema.Node:
    node = backend_schema.node(key)
    assert node is not None, key
    return node


def _type(node: backend_schema.Node) -> str:
    types = [node["type"]] if isinstance(node["type"], str) else list(node["type"])
    if "enum" in node:
        return f"one of {', '.join(f'`{_flow(word)}`' for word in node['enum'])}"
    words = " or ".join(TYPES[name] for name in types if name != "null")
    if node.get("unit") in AMOUNTS:
        words = AMOUNTS[node["unit"]]
    elif "minimum" in node:
        words += f" of at least {node['minimum']}"
    elif node.get("format") == "path":
        words = "path of a folder"
    return f"{words}, or null" if "null" in types else words


def _argument(key: str) -> str:
    """Return the constructor argument for a key; empty if there is none."""
    _, section, *names = key.split(".")
    if not names:
        return "`name` of `get_backend`" if section == "default" else ""
    name = names[-1].replace("-", "_")
    if len(names) > 1:
        resources = "ComputeResources" if section == "local" else "QueueWorkerResources"
        return f"`{name}` of `{names[0].replace('-', '_')}`, a `{resources}`"
    if section == "jobqueue":
        return f"`{name}` of each backend with a job queue"
    return f"`{name}` of `{backend_class(section).__name__}`"


def _fallbacks(key: str) -> list[str]:
    """Return dask-jobqueue's keys that are used if a key is null, and who has them."""
    _, section, *names = key.split(".")
    if section != "jobqueue":
        return [f"`{other}`" for other in backend_schema.fallbacks(key)]
    having: dict[str, list[str]] = {}
    last: dict[str, int] = {}
    for queue in QUEUES:
        for place, other in enumerate(
            backend_schema.fallbacks(".".join([backend_schema.ROOT, queue, *names]))
        ):
            if other.startswith("jobqueue."):
                general = other.replace(f".{queue}.", ".<type>.")
                having.setdefault(general, []).append(queue)
                last[general] = max(place, last.get(general, 0))
    return [
        f"`{other}`" + (f" ({', '.join(having[other])})" if having[other] != list(QUEUES) else "")
        for other in sorted(having, key=last.__getitem__)
    ]


def _block(key: str, value: Any) -> str:
    """Return a YAML file that sets `key`: sections in block style, values in flow style."""
    names = key.split(".")
    parents = "".join(f"{'  ' * depth}{name}:\n" for depth, name in enumerate(names[:-1]))
    depth = len(names) - 1
    others = _node(key).get("together-with", {}).items()
    return parents + "".join(_lines(*each, depth) for each in (*others, (names[-1], value)))


def _lines(name: str, value: Any, depth: int) -> str:
    indent = "  " * depth
    if isinstance(value, Mapping) and value:
        below = "".join(_lines(*pair, depth + 1) for pair in value.items())
        return f"{indent}{name}:\n{below}"
    return f"{indent}{name}: {_flow(value)}\n"


def _flow(value: Any) -> str:
    """Return a value as JSON, which is also YAML; words that need no quotes have none."""
    plain = isinstance(value, str) and re.fullmatch(r"[A-Za-z][\w-]*", value)
    return str(value) if plain else json.dumps(value)


def _text(key: str) -> str:
    """Return the description of a key, with code in backquotes."""
    return _with_code((describe(key).text or "").strip())


def _with_code(text: str) -> str:
    quoted = re.split(r'("[^"]*")', text)
    return "".join(
        f"`{part[1:-1] if ' ' in part else part}`" if number % 2 else CODE.sub(r"`\g<0>`", part)
        for number, part in enumerate(quoted)
    )


PAGES = {"checks.md": checks_page, "commands.md": commands_page, "keys.md": keys_page}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (HERE / name).write_text(page())
