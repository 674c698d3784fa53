"""Values whose secrets are masked."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dask_backend_config.core.secrets import MASK, Masker, masked
from tests import trees

SECRET = "Zq7!x-9w2k"


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        pytest.param("a.api_token", "x", MASK, id="secret key"),
        pytest.param("a.api-token", None, None, id="unset"),
        pytest.param(
            "a",
            {"b": [{"password": "x", "c": 1}]},
            {"b": [{"password": MASK, "c": 1}]},
            id="inner key",
        ),
        pytest.param("a.secret", {"user": "me"}, {"user": MASK}, id="section"),
        pytest.param("a.secret", ["x"], MASK, id="list"),
    ],
)
def test_secrets_are_masked(key: str, value: Any, shown: Any) -> None:
    assert masked(key, value) == shown


MASKED = [
    pytest.param("a:\n  password: {}\n  b: 1\n", 'a:\n  password: "********"\n  b: 1\n', id="plain"),
    pytest.param("api_token: '{} x'  # mine", 'api_token: "********"  # mine', id="quoted"),
    pytest.param("# password: {}\na: 1", "# password: ********\na: 1", id="comment"),
    pytest.param("#  token:\n#    - {}\n# b: 1\nc: 1", "#  token:\n#    - ********\n# b: 1\nc: 1", id="commented-list"),
    pytest.param("a: {x: 1, secret: {}, y: 2}", 'a: {x: 1, secret: "********", y: 2}', id="flow"),
    pytest.param("password: |\n  {}\n  {}\nb: 1", 'password: "********"\n\n\nb: 1', id="block"),
    pytest.param("passwords:\n- {}\n- y\nb: 1", 'passwords:\n- "********"\n- "********"\nb: 1', id="list"),
    pytest.param("credentials:\n  user: {}\n", 'credentials:\n  user: "********"\n', id="section"),
    pytest.param("a: &x {}\npassword: *x\n", 'a: &x "********"\npassword: *x\n', id="alias"),
    pytest.param("password: !!str {}\n", 'password: "********"\n', id="tag"),
    pytest.param("u: https://me:{}@host/x", 'u: "https://me:********"', id="url"),
    pytest.param("a: [run --token {} x, 1]", 'a: ["run --token ********", 1]', id="option"),
    pytest.param("a:\n  - export MY_TOKEN={}\n  - b", 'a:\n  - "export MY_TOKEN=********"\n  - b', id="script"),
    pytest.param("password: {}\r\nb: say {}\r\n", 'password: "********"\r\nb: "say ********"\r\n', id="known"),
    pytest.param("password: null\ntoken: ''\n", "password: null\ntoken: ''\n", id="unset"),
    pytest.param("token: 1234\n", 'token: "********"\n', id="number"),
    pytest.param("a: [\npassword: {}\n  {}\nb: 1\n", "a: [\npassword: ********\n  ********\nb: 1\n", id="broken"),
    pytest.param("a: b: c\ntoken {}\n", "a: b: c\ntoken ********\n", id="broken-without-colon"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), MASKED)
def test_a_secret_in_a_file_is_masked_before_it_leaves(text: str, expected: str) -> None:
    filled = text.replace("{}", SECRET)
    masker = Masker()
    masker.learn_file(filled)
    assert masker.file(filled) == expected


@given(trees.files, st.booleans(), st.sampled_from(["token", "a-password", "daemon"]))
def test_masks_change_no_other_value(data: Any, flow: bool, name: str) -> None:
    data = {**(data or {}), name: [SECRET, {"worker": "x\n\ny\n"}], "é\U0001f600": f"{SECRET}\n"}
    text = yaml.safe_dump(data, default_flow_style=flow, allow_unicode=True, width=20)
    shown = Masker().file(text)
    assert masked("", yaml.safe_load(shown)) == masked("", data)
    assert len(shown.split("\n")) == len(text.split("\n"))
    assert Masker().file(shown) == shown


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        pytest.param("DASK_GATEWAY__TOKEN", SECRET, MASK, id="key"),
        pytest.param("DASK_A", f"{{'password': '{SECRET}', 'b': 1}}", f"{{'password': '{MASK}', 'b': 1}}", id="literal"),
        pytest.param("DASK_A", "['b', 1]", "['b', 1]", id="nothing"),
        pytest.param("DASK_A", f"https://me:{SECRET}@host", f"https://me:{MASK}", id="address"),
        pytest.param("DASK_TOKEN", "", "", id="empty"),
        pytest.param("DASK_INTERNAL_INHERIT_CONFIG", base64.urlsafe_b64encode(json.dumps({"token": SECRET}).encode()).decode(), base64.urlsafe_b64encode(json.dumps({"token": MASK}).encode()).decode(), id="inherited"),
    ],
)  # fmt: skip
def test_a_secret_in_a_variable_is_masked(name: str, text: str, shown: str) -> None:
    assert Masker().variable(name, text) == shown
