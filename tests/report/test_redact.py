"""What a report may show: no secret, wherever it stands, and not where the home folder is."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dask_backend_config.config.sources import read_file
from dask_backend_config.core.origins import Origin
from dask_backend_config.doctor.facts import gather_facts
from dask_backend_config.report.html.excerpts import excerpt
from dask_backend_config.report.redact import Concealer, concealed

SECRET = "Zq7!x"


def _concealer(**environ: str) -> Concealer:
    return Concealer(gather_facts(environ, paths=[]))


def _file(text: str, concealer: Concealer | None = None) -> str:
    """A file as a reader of the report sees it."""
    file = read_file("a.yaml", text)
    hidden = (concealer or _concealer()).lines(file)
    shown = []
    for number in range(1, text.count("\n") + 2):
        lines = excerpt(file, Origin("file", path="a.yaml", line=number), hidden)
        shown += ["".join(piece for piece, _ in line.pieces) for line in lines if line.is_place]
    return "\n".join(shown)


LINES = [
    pytest.param("a:\n  password: {}\n  b: 1\n", "a:\n  password: ********\n  b: 1\n", id="plain"),
    pytest.param("api_token: '{}'", "api_token: ********", id="quoted"),
    pytest.param("password: '{} x'  # mine", "password: ********", id="with-comment"),
    pytest.param("# password: {}\na: 1", "# password: ********\na: 1", id="in-a-comment"),
    pytest.param("a: {{x: 1, secret: {}}}", "a: {x: 1, secret: ********", id="in-a-flow-mapping"),
    pytest.param("password: |\n  {}\n  {}\nb: 1", "password: ********\n  ********\n  ********\nb: 1", id="block"),
    pytest.param("passwords:\n- {}\n- y\nb: 1", "passwords:\n********\n********\nb: 1", id="list"),
    pytest.param("credentials:\n  user: {}\n", "credentials:\n  ********\n", id="section"),
    pytest.param("a: &x {}\npassword: *x\n", "a: ********\npassword: ********\n", id="alias"),
    pytest.param("u: https://me:{}@host/x", "u: https://me:********@host/x", id="url"),
    pytest.param("a: run --token {} x", "a: run --token ******** x", id="option"),
    pytest.param("a:\n  - export MY_TOKEN={}", "a:\n  - export MY_TOKEN=********", id="script"),
    pytest.param("a: 'Authorization: Bearer {}'", "a: 'Authorization: ********", id="header"),
    pytest.param(
        "a: |\n  -----BEGIN RSA PRIVATE KEY-----\n  {}\n  -----END RSA PRIVATE KEY-----\n",
        "a: |\n  -----BEGIN RSA PRIVATE KEY-----\n  ********\n  ********-----END RSA PRIVATE KEY-----\n",
        id="key-in-a-text",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), LINES)
def test_a_secret_in_a_file_is_hidden(text: str, expected: str) -> None:
    filled = text.replace("{}", SECRET).replace("{{", "{").replace("}}", "}")
    shown = _file(filled)
    assert SECRET not in shown
    assert shown == expected


BROKEN = [
    pytest.param("a: [\npassword: {}\n", id="open-bracket"),
    pytest.param("\tpassword: {}\n", id="tab"),
    pytest.param("a: b: c\npassword:\n  {}\n", id="on-the-next-line"),
    pytest.param("a: b: c\ntoken: |\n  x\n  {}\n", id="block"),
    pytest.param('password: "{}\n  {}\nb: 1\n', id="open-quote"),
    pytest.param("a: 1\npassword {}\nb: 2\n", id="no-colon"),
    pytest.param("a: b: c\ntokens:\n- {}\n- {}\n", id="list"),
    pytest.param("a: b: c\ncredentials:\n  user: {}\n", id="section"),
    pytest.param("{a: b: c, password: x {}\n", id="flow"),
]


@pytest.mark.parametrize("text", BROKEN)
def test_a_secret_in_a_broken_file_is_hidden(text: str) -> None:
    filled = text.replace("{}", SECRET)
    assert read_file("a.yaml", filled).status != "ok"
    assert SECRET not in _file(filled)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("tokenize:\n  ensure-deterministic: true\n", id="tokenize"),
        pytest.param("password: null\ntoken:\nsecret: ''\n", id="no-value"),
        pytest.param("# the token is read from a file\na: 1\n", id="a-sentence"),
        pytest.param("a: tcp://127.0.0.1:8786\nb: git@host:x\n", id="addresses"),
        pytest.param("a:\n  - password: ********\n    user: me\n", id="beside-one"),
    ],
)
def test_what_is_no_secret_is_shown(text: str) -> None:
    assert _file(text) == text


names = st.sampled_from(["a", "user", "password", "api-token", "credentials", "b_secret"])
secrets = st.sampled_from([SECRET, f"x {SECRET}", f"x\n{SECRET}\n", [SECRET]])


def _planted(tree: Any, hidden: bool = False, name: str = "") -> Any:
    """The tree with its secrets only where a key above them names one."""
    hidden = hidden or name == "credentials"
    if isinstance(tree, dict):
        return {inner: _planted(below, hidden, inner) for inner, below in tree.items()}
    return tree if hidden or name in ("password", "api-token", "b_secret") else "harmless"


trees = st.recursive(secrets, lambda inner: st.dictionaries(names, inner, max_size=3)).map(_planted)


@settings(deadline=None)
@given(
    tree=trees,
    style=st.sampled_from([None, '"', "'", "|", ">"]),
    flow=st.sampled_from([None, False, True]),
    width=st.sampled_from([10, 80]),
    end=st.sampled_from(["", "a: b: c\n", "\tx: 1\n", "[\n"]),
    comment=st.booleans(),
)
def test_no_secret_is_shown_however_a_file_is_written(
    tree: Any, style: str | None, flow: bool | None, width: int, end: str, comment: bool
) -> None:
    text = yaml.safe_dump({"top": tree}, default_style=style, default_flow_style=flow, width=width)
    if comment:
        text = "".join(f"# {line}\n" for line in text.splitlines())
    assert SECRET not in _file(text + end)


def test_a_known_secret_is_hidden_in_every_text() -> None:
    concealer = _concealer(DASK_GATEWAY__PASSWORD="correct-horse", GITHUB_TOKEN="ghp_0123456789")
    assert concealer.text("it says correct-horse, and ghp_0123456789") == (
        "it says ********, and ********"
    )
    assert _file("a: curl -u me:correct-horse\n", concealer) == "a: curl -u me:********\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("DASK_A__TOKEN='x y' is set", "DASK_A__TOKEN=******** is set", id="variable"),
        pytest.param("password: 'x' is bad", "password: ******** is bad", id="quoted"),
        pytest.param(
            "a.password is a secret, and all can read it",
            "a.password is a secret, and all can read it",
            id="sentence",
        ),
        pytest.param(f"s3://k:{SECRET}@h failed", "s3://k:********@h failed", id="url"),
    ],
)
def test_a_secret_in_a_message_is_hidden_and_the_rest_is_not(text: str, expected: str) -> None:
    assert _concealer().text(text) == expected


def test_everything_below_a_section_of_secrets_is_hidden() -> None:
    value = {"user": "me", "n": [1], "none": None, "more": {"x": "y"}}
    mask = "********"
    assert concealed("a.credentials", value) == {
        "user": mask, "n": [mask], "none": None, "more": {"x": mask}
    }  # fmt: skip
    assert concealed("tokenize", {"ensure-deterministic": True}) == {"ensure-deterministic": True}


def test_the_home_folder_is_not_named(home: Path) -> None:
    concealer = _concealer()
    assert concealer.text(f"{home}/x {home}, {home}2") == f"<home>/x <home>, {home}2"
    assert _file(f"a: {home}/scratch\n", concealer) == "a: <home>/scratch\n"


def test_a_long_line_takes_no_long_time() -> None:
    for text in ("token" * 20_000, "--" + "a-" * 50_000, "://" * 30_000, "x: " + "'" * 100_000):
        began = time.process_time()
        _concealer().text(text)
        _concealer().lines(read_file("a.yaml", text))
        assert time.process_time() - began < 5
