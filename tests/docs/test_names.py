"""No page documents what does not exist.

Looked at are code in prose and the commands in blocks: commands and their options, dotted keys, words
with hyphens, variables, names of Python, paths of the repository. The page of checks and the history
of changes name what does not exist, or no longer; of them only commands are looked at.
"""

from __future__ import annotations

import functools
import importlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

import dask_backend_config
from dask_backend_config.backends.registry import BACKENDS, backend_class
from dask_backend_config.catalogue.backend_schema import keys as keys_of_backends
from dask_backend_config.catalogue.catalogue import catalogue
from dask_backend_config.cli.main import COMMANDS, cli
from dask_backend_config.core.keys import CONTROL_VARIABLES, hyphenated, key_of
from dask_backend_config.doctor.checks import CHECKS
from tests.docs.pages import CHECKS_PAGE, PAGES, ROOT, blocks_of, name_of, prose_of

#: What no code of this package holds: names of other programs and packages, and of its tests.
FOREIGN = {
    "--gpus", "--mem-per-cpu",  # Slurm's
    "--nv", "--rocm", "--cleanenv", "--no-home",  # Apptainer's
    "SoftFileLease", "SoftFileLock", "StrictSoftFileLock",  # filelock's
    "DASK_BACKEND_CONFIG_EXAMPLES",  # of tests
    "_DASK_COMPLETE",  # of dask's own command
}  # fmt: skip
#: What stands for any name.
_ANY = re.compile(r"<[^>]*>|\*|x-y|\.\.\.|NAME|KEY|SECTION|TYPE|X_Y")
NAMING = [page for page in PAGES if page != CHECKS_PAGE and page.name.lower() != "changelog.md"]

Place = tuple[int, str]


def code(page: Path) -> Iterator[Place]:
    """What stands in backquotes in a page's prose; a paragraph's lines belong together."""
    start, paragraph = 0, ""
    for number, line in (*prose_of(page), (0, "")):
        if line.strip():
            start, paragraph = start if paragraph else number, f"{paragraph}{line}\n"
            continue
        for match in re.finditer(r"(`+)(.+?)\1(?!`)", paragraph, re.DOTALL):
            at = start + paragraph.count("\n", 0, match.start())
            yield at, " ".join(match[2].split())
        paragraph = ""


def commands(page: Path) -> Iterator[Place]:
    """The lines of shell of a page."""
    for block in blocks_of(page):
        prefix = {"console": "$ ", "sh": "", "bash": ""}.get(block.language)
        for number, line in enumerate(block.text.splitlines(), block.line + 1):
            if prefix is not None and line.startswith(prefix):
                yield number, line.removeprefix(prefix)


@functools.cache
def source() -> str:
    """The code of this repository, and of what dask's own command lines take."""
    files = [
        path
        for folder in ("dask_backend_config", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
    ]
    files += [path for path in (ROOT / "one-node").iterdir() if path.suffix != ".md"]
    files += [ROOT / name for name in ("pyproject.toml", "noxfile.py", "README.md", ".ci/run")]
    for module in (
        "distributed.cli.dask_worker",
        "distributed.cli.dask_scheduler",
        "distributed.cli.utils",
    ):
        files.append(Path(importlib.util.find_spec(module).origin))  # type: ignore[union-attr, arg-type]
    return "\n".join(path.read_text() for path in files if path.exists())


# Commands


def command_problem(text: str) -> str | None:
    """What is wrong with a call of our command line in a line of shell; None for nothing."""
    ours = re.search(
        r"(?:^|[\s/;&|(])(?:dask-backend-config|dask backend-config|-m dask_backend_config)(?=\s|$)",
        text,
    )
    if ours is None:
        return None
    words = re.split(r"[|;&<>]", text[ours.end() :])[0].split()
    context = click.Context(cli)
    command: click.Command | None = cli
    for word in words:
        word = word.strip("[]()")
        if word.startswith("-"):
            wrong = option_problem(command, word)
            if wrong:
                return wrong
        elif command is cli and not _ANY.fullmatch(word):
            command = cli.get_command(context, word)
            if command is None:
                return f"there is no command {word}"
            if command.name == "trace":  # what follows is the script's
                return None
    return None


def option_problem(command: click.Command | None, word: str) -> str | None:
    assert command is not None
    known = {name for entry in command.params for name in (*entry.opts, *entry.secondary_opts)}
    name = word.partition("=")[0].rstrip(",.")
    return None if name in {*known, "--help", "-h"} else f"{command.name} has no option {name}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_and_their_options_exist(page: Path) -> None:
    found = {
        f"{line}: {text}": command_problem(text) for line, text in (*code(page), *commands(page))
    }
    assert {text: wrong for text, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_named_alone_have_their_options(page: Path) -> None:
    spans = [(line, text.split()) for line, text in code(page)]
    ours = [(line, words) for line, words in spans if words[0] in COMMANDS and len(words) > 1]
    found = {
        f"{line}: {' '.join(words)}": command_problem(f"dask-backend-config {' '.join(words)}")
        for line, words in ours
    }
    assert {text: wrong for text, wrong in found.items() if wrong} == {}


# Options, keys, words


def option_is_known(text: str) -> bool:
    name = re.split(r"[=\s,]", text)[0]
    end = "" if name.endswith("-") else r"(?![\w-])"
    return name in FOREIGN or re.search(rf"(?<![\w-]){re.escape(name)}{end}", source()) is not None


def key_is_known(text: str) -> bool:
    """Whether a dotted key, a section, or the beginning before what stands for any name, exists."""
    names = [hyphenated(name) for name in re.split(r"[=:\s]", text)[0].split(".")]
    free = next((place for place, name in enumerate(names) if _ANY.search(name)), len(names))
    return catalogue().knows(tuple(names[:free]))


@functools.cache
def words_with_hyphens() -> set[str]:
    parts = {part for key in (*catalogue().keys(), *keys_of_backends()) for part in key.split(".")}
    return {*parts, *COMMANDS, *(check.id for check in CHECKS)}


def word_is_known(text: str) -> bool:
    return (
        text in words_with_hyphens()
        or re.search(rf"(?<![\w-]){text}(?![\w-])", source()) is not None
    )


def variable_is_known(text: str) -> bool:
    if text in {*CONTROL_VARIABLES, *FOREIGN} or text in source() or text.endswith("_"):
        return True
    names = key_of(text).split(".")
    return bool(_ANY.search(text)) or catalogue().knows(tuple(map(hyphenated, names)))


# Python, and files


def attribute_is_known(text: str) -> bool:
    """Whether a dotted name of Python can be looked up."""
    first, *names = re.split(r"[(\[=\s]", text)[0].split(".")
    starts: dict[str, list[Any]] = {
        "backend": [backend_class(kind) for kind in BACKENDS],
        "dask_backend_config": [dask_backend_config],
    }
    return any(_has(start, names) for start in starts.get(first, [])) or _is_importable(
        first, names
    )


def _has(start: Any, names: list[str]) -> bool:
    for name in names:
        try:
            start = getattr(start, name)
        except AttributeError:
            return False
    return True


def _is_importable(first: str, names: list[str]) -> bool:
    for length in range(len(names), -1, -1):
        try:
            module = importlib.import_module(".".join([first, *names[:length]]))
        except ImportError:
            continue
        return _has(module, names[length:])
    return False


def class_is_known(text: str) -> bool:
    name = re.split(r"[(\[]", text)[0]
    known = name in FOREIGN or _is_importable("builtins", [name])
    return known or re.search(rf"\b{name}\b", source()) is not None


def path_exists(text: str) -> bool:
    return any(ROOT.glob(text.removesuffix("/")))


#: What code in prose looks like -> what must hold of it; the first that fits counts.
RULES: tuple[tuple[str, str, Callable[[str], bool]], ...] = (
    ("option", r"--?[A-Za-z][\w-]*(?:[=\s,].*)?", option_is_known),
    ("path", r"(?:docs|tests|benchmarks|defaults|one-node|dask_backend_config|\.ci)/[\w./*-]*", path_exists),
    ("file", r"[\w.-]+\.(?:ya?ml|json|py|sh|md|toml|log|pem|html|conf)", lambda text: True),
    ("attribute", r"(?:backend|dask|dask_backend_config|distributed|dask_jobqueue)(?:\.\w+)+(?:\(.*)?", lambda text: attribute_is_known(text) or key_is_known(text)),
    ("key", r"(?:backends|distributed|jobqueue)(?:\.[a-z<*][\w<>*-]*)+(?:[=:].*)?", key_is_known),
    ("class", r"[A-Z][a-z]{2,}[A-Z]\w*(?:\(.*\))?", class_is_known),
    ("word", r"[a-z]+(?:-[a-z]+)+", word_is_known),
)  # fmt: skip


def unknown(text: str) -> str | None:
    """What a piece of code names that does not exist; None for nothing."""
    for variable in re.findall(r"(?<![\w<])_?DASK_\w+", text):
        if not variable_is_known(variable):
            return "variable"
    for kind, pattern, holds in RULES:
        if re.fullmatch(pattern, text):
            return None if holds(text) else kind
    return None


@pytest.mark.parametrize("page", NAMING, ids=name_of)
def test_what_stands_in_backquotes_exists(page: Path) -> None:
    found = {f"{line}: {text}": unknown(text) for line, text in code(page)}
    assert {text: wrong for text, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("page", NAMING, ids=name_of)
def test_variables_in_blocks_exist(page: Path) -> None:
    texts = [
        (block.line, block.text)
        for block in blocks_of(page)
        if block.language in ("sh", "bash", "python")
    ]
    texts += list(commands(page))
    named = [
        (line, name) for line, text in texts for name in re.findall(r"(?<!\w)_?DASK_\w+", text)
    ]
    assert [f"{line}: {name}" for line, name in named if not variable_is_known(name)] == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        pytest.param("--select", None, id="option"),
        pytest.param("--no-such-option", "option", id="no option"),
        pytest.param("distributed.worker.daemon: false", None, id="key"),
        pytest.param("distributed.wroker.daemon", "attribute", id="no key"),
        pytest.param("backends.<type>.queue-name", None, id="any section"),
        pytest.param("backends.lsf.memory-unti", "key", id="no key of ours"),
        pytest.param("DASK_BACKENDS__LSF__QUEUE_NAME=long", None, id="variable"),
        pytest.param("DASK_BACKENDS__LSF__QUEUE", "variable", id="no variable"),
        pytest.param("backend.wait_for_workers(1, timeout=3)", None, id="attribute"),
        pytest.param("backend.wait_for_worker", "attribute", id="no attribute"),
        pytest.param("dask.config.set", None, id="function of dask"),
        pytest.param("distributed.Client.submit", None, id="method"),
        pytest.param("DaskPBSBackend()", None, id="class"),
        pytest.param("DaskBPSBackend", "class", id="no class"),
        pytest.param("tests/repository/test_layout.py", None, id="path"),
        pytest.param("tests/test_horse.py", "path", id="no path"),
        pytest.param("watch-interval", None, id="last part of a key"),
        pytest.param("watch-intervall", "word", id="no part of a key"),
    ],
)
def test_what_does_not_exist_would_be_seen(text: str, wrong: str | None) -> None:
    assert unknown(text) == wrong


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        pytest.param("dask-backend-config doctor --live", None, id="right"),
        pytest.param(
            "dask backend-config show distributed --format json | less --x", None, id="dask's"
        ),
        pytest.param(".venv/bin/python -m dask_backend_config explain KEY", None, id="module"),
        pytest.param("dask-backend-config docter", "there is no command docter", id="no command"),
        pytest.param(
            "dask-backend-config show --fix", "show has no option --fix", id="another's option"
        ),
        pytest.param("python -m dask_backend_config.cli.main --x", None, id="another program"),
    ],
)
def test_a_wrong_call_would_be_seen(text: str, wrong: str | None) -> None:
    assert command_problem(text) == wrong
