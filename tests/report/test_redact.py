"""Masks secrets and the home folder, by key and by line."""

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
from dask_backend_config.core.secrets import masked
from dask_backend_config.doctor.facts import gather_facts
from dask_backend_config.report.html.excerpts import excerpt
from dask_backend_config.report.redact import Redactor, masked_columns

SECRET = "Zq7!x"


def _redactor(**environ: str) -> Redactor:
    return Redactor(gather_facts(environ, paths=[]))


def _file(text: str, redactor: Redactor | None = None) -> str:
    """Return a file as a reader of the report sees it."""
    redactor = redactor or _redactor()
    file = read_file("a.yaml", text)
    columns = redactor.columns(file)
    shown = []
    for number in range(1, text.count("\n") + 2):
        for line in excerpt(file, Origin("file", path="a.yaml", line=number), columns):
            if line.is_place:
                shown.append(redactor.text(line.before + line.marked + line.after))
    return "\n".join(shown)


LINES = [
    pytest.param("a:\n  password: {}\n  b: 1\n", "a:\n  password: ********\n  b: 1\n", id="plain"),
    pytest.param("api_token: '{}'", "api_token: ********", id="quoted"),
    pytest.param("password: '{} x'  # mine", "password: ********", id="with-comment"),
    pytest.param("# password: {}\na: 1", "# password: ********\na: 1", id="in-a-comment"),
    pytest.param("a: {{x: 1, secret: {}}}", "a: {x: 1, secret: ********", id="in-a-flow-mapping"),
    pytest.param("password: |\n  {}\n  {}\nb: 1", "password: ********\n  ********\n  ********\nb: 1", id="block"),
    pytest.param("passwords:\n- {}\n- y\nb: 1", "passwords:\n- ********\n- ********\nb: 1", id="list"),
    pytest.param("credentials:\n  user: {}\n", "credentials:\n  user: ********\n", id="section"),
    pytest.param("a: &x {}\npassword: *x\n", "a: ********\npassword: ********\n", id="alias"),
    pytest.param("u: https://me:{}@host/x", "u: https://me:********", id="url"),
    pytest.param("a: run --token {} x", "a: run --token ********", id="option"),
    pytest.param("a:\n  - export MY_TOKEN={}", "a:\n  - export MY_TOKEN=********", id="script"),
    pytest.param("a: 'Authorization: Bearer {}'", "a: 'Authorization: ********", id="header"),
    pytest.param(
        "a: |\n  -----BEGIN RSA PRIVATE KEY-----\n  {}\n  -----END RSA PRIVATE KEY-----\n",
        "a: |\n  -----BEGIN RSA PRIVATE KEY-----\n  ********\n  ********\n",
        id="private-key",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), LINES)
def test_a_secret_in_a_file_is_masked(text: str, expected: str) -> None:
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
def test_a_secret_in_a_broken_file_is_masked(text: str) -> None:
    filled = text.replace("{}", SECRET)
    assert read_file("a.yaml", filled).status != "ok"
    assert SECRET not in _file(filled)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("tokenize:\n  ensure-deterministic: true\n", id="tokenize"),
        pytest.param("password: null\ntoken:\nsecret: ''\n", id="no-value"),
        pytest.param("# the token is read from a file\na: 1\n", id="sentence"),
        pytest.param("a: tcp://127.0.0.1:8786\nb: git@host:x\n", id="addresses"),
        pytest.param("a:\n  - password: ********\n    user: me\n", id="beside-one"),
    ],
)
def test_other_values_are_shown(text: str) -> None:
    assert _file(text) == text


names = st.sampled_from(["a", "user", "password", "api-token", "credentials", "b_secret"])
secrets = st.sampled_from([SECRET, f"x {SECRET}", f"x\n{SECRET}\n", [SECRET]])


def _planted(tree: Any, hidden: bool = False, name: str = "") -> Any:
    """Return the tree with secrets only below keys that are named like one."""
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
def test_no_secret_is_shown_in_any_style_of_yaml(
    tree: Any, style: str | None, flow: bool | None, width: int, end: str, comment: bool
) -> None:
    text = yaml.safe_dump({"top": tree}, default_style=style, default_flow_style=flow, width=width)
    if comment:
        text = "".join(f"# {line}\n" for line in text.splitlines())
    assert SECRET not in _file(text + end)


def test_a_known_secret_is_masked_in_every_text() -> None:
    redactor = _redactor(DASK_GATEWAY__PASSWORD="correct-horse", GITHUB_TOKEN="ghp_0123456789")
    assert redactor.text("it has correct-horse, and ghp_0123456789") == (
        "it has ********, and ********"
    )
    assert _file("a: curl -u me:correct-horse x\n", redactor) == "a: curl -u me:********\n"


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        pytest.param("a.password", "x y", "********", id="secret-key"),
        pytest.param("a", {"token": "x", "b": 1}, "{b: 1, token: '********'}", id="nested"),
        pytest.param("a", f"s3://k:{SECRET}@h", "s3://k:********", id="address"),
        pytest.param("a", ["x", "A_TOKEN=1"], "[x, A_TOKEN=********", id="script"),
        pytest.param("a.b", "plain", "plain", id="not-a-secret"),
    ],
)
def test_a_value_is_masked_by_its_key_or_by_a_name_in_it(
    key: str, value: Any, expected: str
) -> None:
    assert _redactor().value(key, value) == expected


def test_every_value_below_a_section_of_secrets_is_masked() -> None:
    value = {"user": "me", "none": None, "more": {"x": "y"}}
    mask = "********"
    assert masked("a.credentials", value) == {"user": mask, "none": None, "more": {"x": mask}}
    assert masked("tokenize", {"ensure-deterministic": True}) == {"ensure-deterministic": True}


def test_the_path_of_the_home_folder_is_masked(home: Path) -> None:
    redactor = _redactor()
    assert redactor.text(f"{home}/x {home}, {home}2") == f"<home>/x <home>, {home}2"
    assert _file(f"a: {home}/scratch\n", redactor) == "a: <home>/scratch\n"


def test_a_long_line_is_masked_fast() -> None:
    for text in ("token" * 20_000, "--" + "a-" * 50_000, "://" * 30_000, "x: " + "'" * 100_000):
        began = time.process_time()
        _redactor().text(text)
        masked_columns(read_file("a.yaml", text))
        assert time.process_time() - began < 5
