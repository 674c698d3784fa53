"""The pages name only what exists.

This covers code in prose and commands in blocks: commands and their options, dotted keys, words
with hyphens, variables, Python names, paths of the repository. The page of checks and the changelog
name things that do not exist, or no longer exist; of these, only commands are checked.
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
from dask_backend_config.catalogue.known_keys import catalogue
from dask_backend_config.cli.main import COMMANDS, cli
from dask_backend_config.core.keys import CONTROL_VARIABLES, hyphenated, key_of
from dask_backend_config.doctor.checks import CHECKS
from tests.docs.pages import CHECKS_PAGE, PAGES, ROOT, blocks_of, name_of, prose_of

#: Names that occur nowhere in this package: of other programs and packages, and of its tests.
FOREIGN = {
    "--gpus", "--mem-per-cpu",  # Slurm's
    "--nv", "--rocm", "--cleanenv", "--no-home",  # Apptainer's
    "SoftFileLease", "SoftFileLock", "StrictSoftFileLock",  # filelock's
    "DASK_BACKEND_CONFIG_EXAMPLES",  # of tests
    "CalculationBackend", "DaskKubernetesBackend", "PodResources",  # openff-evaluator's
    "DeviceIndex",  # OpenMM's
    "check-jsonschema", "nvim-lspconfig",  # of editors and CI
    "_DASK_COMPLETE",  # of dask's own command
}  # fmt: skip
#: Placeholders for any name.
_ANY = re.compile(r"<[^>]*>|\*|x-y|\.\.\.|NAME|KEY|SECTION|TYPE|X_Y")
NAMING = [page for page in PAGES if page != CHECKS_PAGE and page.name.lower() != "changelog.md"]

Place = tuple[int, str]


def code(page: Path) -> Iterator[Place]:
    """Yield the code in backquotes in a page's prose, paragraph by paragraph."""
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
    """Yield the shell commands of a page."""
    for block in blocks_of(page):
        prefix = {"console": "$ ", "sh": "", "bash": ""}.get(block.language)
        for number, line in enumerate(block.text.splitlines(), block.line + 1):
            if prefix is not None and line.startswith(prefix):
                yield number, line.removeprefix(prefix)


@functools.cache
def source() -> str:
    """Return the code of this repository and of dask's command line."""
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
    """Return what is wrong with a call of our command line in a shell command, or None."""
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
                return f"unknown command {word}"
            if command.name == "trace":  # what follows is the script's
                return None
    return None


def option_problem(command: click.Command | None, word: str) -> str | None:
    assert command is not None
    known = {name for entry in command.params for name in (*entry.opts, *entry.secondary_opts)}
    name = word.partition("=")[0].rstrip(",.")
    return None if name in {*known, "--help", "-h"} else f"{command.name} has no option {name}"


def test_commands_and_their_options_exist() -> None:
    problems = {
        f"{name_of(page)}:{line}: {text}": command_problem(text)
        for page in PAGES
        for line, text in (*code(page), *commands(page))
    }
    assert {text: wrong for text, wrong in problems.items() if wrong} == {}


def test_commands_named_alone_have_their_options() -> None:
    problems = {
        f"{name_of(page)}:{line}: {text}": command_problem(f"dask-backend-config {text}")
        for page in PAGES
        for line, text in code(page)
        if text.split()[0] in COMMANDS and " " in text
    }
    assert {text: wrong for text, wrong in problems.items() if wrong} == {}


# Options, keys, words


def option_is_known(text: str) -> bool:
    name = re.split(r"[=\s,]", text)[0]
    end = "" if name.endswith("-") else r"(?![\w-])"
    return name in FOREIGN or re.search(rf"(?<![\w-]){re.escape(name)}{end}", source()) is not None


def key_is_known(text: str) -> bool:
    """Return whether a dotted key or section exists, up to its first placeholder."""
    names = [hyphenated(name) for name in re.split(r"[=:\s]", text)[0].split(".")]
    free = next((place for place, name in enumerate(names) if _ANY.search(name)), len(names))
    return catalogue().knows(tuple(names[:free]))


@functools.cache
def words_with_hyphens() -> set[str]:
    parts = {part for key in (*catalogue().keys(), *keys_of_backends()) for part in key.split(".")}
    return {*parts, *COMMANDS, *(check.id for check in CHECKS)}


def word_is_known(text: str) -> bool:
    return (
        text in FOREIGN
        or text in words_with_hyphens()
        or re.search(rf"(?<![\w-]){text}(?![\w-])", source()) is not None
    )


def variable_is_known(text: str) -> bool:
    if text in {*CONTROL_VARIABLES, *FOREIGN} or text in source() or text.endswith("_"):
        return True
    names = key_of(text).split(".")
    return bool(_ANY.search(text)) or catalogue().knows(tuple(map(hyphenated, names)))


# Python, and files


def attribute_is_known(text: str) -> bool:
    """Return whether a dotted Python name can be looked up."""
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


#: Kind, pattern and condition of code in prose; the first pattern that matches decides.
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
    """Return the kind of name in a piece of code that does not exist, or None."""
    for variable in re.findall(r"(?<![\w<])_?DASK_\w+", text):
        if not variable_is_known(variable):
            return "variable"
    for kind, pattern, holds in RULES:
        if re.fullmatch(pattern, text):
            return None if holds(text) else kind
    return None


def test_code_in_prose_exists() -> None:
    problems = {
        f"{name_of(page)}:{line}: {text}": unknown(text)
        for page in NAMING
        for line, text in code(page)
    }
    assert {text: wrong for text, wrong in problems.items() if wrong} == {}


def test_variables_in_blocks_exist() -> None:
    unknown_names = [
        f"{name_of(page)}:{line}: {name}"
        for page in NAMING
        for line, text in (*scripts(page), *commands(page))
        for name in re.findall(r"(?<!\w)_?DASK_\w+", text)
        if not variable_is_known(name)
    ]
    assert unknown_names == []


def scripts(page: Path) -> Iterator[Place]:
    for block in blocks_of(page):
        if block.language in ("sh", "bash", "python"):
            yield block.line, block.text


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
def test_a_name_that_does_not_exist_is_found(text: str, wrong: str | None) -> None:
    assert unknown(text) == wrong


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        pytest.param("dask-backend-config doctor --live", None, id="right"),
        pytest.param(
            "dask backend-config show distributed --format json | less --x", None, id="dask's"
        ),
        pytest.param(".venv/bin/python -m dask_backend_config explain KEY", None, id="module"),
        pytest.param("dask-backend-config docter", "unknown command docter", id="no command"),
        pytest.param(
            "dask-backend-config show --fix", "show has no option --fix", id="another's option"
        ),
        pytest.param("python -m dask_backend_config.cli.main --x", None, id="another program"),
    ],
)
def test_a_wrong_call_is_found(text: str, wrong: str | None) -> None:
    assert command_problem(text) == wrong
