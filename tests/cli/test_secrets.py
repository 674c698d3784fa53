"""No command shows the value of a secret key, in any format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dask_backend_config.cli.main import cli

SECRET = "Zq7!x"
#: Section -> key -> whether its values are secret.
KEYS = {
    "gateway": {"address": False, "password": True, "api-token": True, "credentials": True},
    "distributed": {"worker_secret": True, "wroker": False},
}
secret_values = st.one_of(
    st.sampled_from([SECRET, f"x {SECRET}", f"x\n{SECRET}\n", f"x\n\n  y: {SECRET}", f"'{SECRET}"]),
    st.sampled_from([f"!{SECRET}", f"*{SECRET}", f"&{SECRET} x", f"- {SECRET}", f"# {SECRET}"]),
    st.lists(st.just(SECRET), min_size=1, max_size=2),
    st.dictionaries(st.sampled_from(["user", "token"]), st.just(SECRET), min_size=1),
)
ENDS = ["", "", "a: b: c\n", "\tx: 1\n", "x: [\n", "- x\n", "x: *nothing\n"]


@st.composite
def files(draw: st.DrawFn) -> str:
    """Return a file with secrets, in any style of YAML, whole or broken."""
    tree: dict[str, Any] = {"jobqueue": {"slurm": {"walltime": 43200}}}
    for section, keys in KEYS.items():
        for key in draw(st.sets(st.sampled_from(list(keys)), min_size=1)):
            value = draw(secret_values) if keys[key] else "harmless"
            # A section named like a token, such as "api-token", need not hold secrets.
            is_mapping = isinstance(value, dict) and key != "credentials"
            tree.setdefault(section, {})[key] = SECRET if is_mapping else value
    text = yaml.safe_dump(
        tree,
        default_style=draw(st.sampled_from([None, '"', "'", "|"])),
        default_flow_style=draw(st.sampled_from([None, False, True])),
        width=draw(st.sampled_from([10, 80])),
    )
    if draw(st.booleans()):
        text = "".join(f"# {line}\n" for line in text.splitlines())
    return text.replace("43200", "12:00:00") + draw(st.sampled_from(ENDS))


COMMANDS = [
    *(["show", "--diff", "--format", form] for form in ("text", "json", "yaml", "env")),
    *(["doctor", "--format", form] for form in ("text", "json", "html")),
    ["doctor", "--fix", "--dry-run"],
    ["explain", "gateway"],
    ["explain", "gateway.password", "--format", "json"],
    ["set", "gateway.address", "here", "--dry-run", "--force"],
    ["set", "gateway.api-token", f"'{SECRET}y'", "--dry-run", "--force"],
    ["set", "gateway.api-token", f"'{SECRET}", "--dry-run"],
    ["unset", "gateway.password", "--dry-run"],
    ["apply", "--dry-run"],
]


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=20
)
@given(text=files())
def test_no_output_shows_a_secret(text: str, user_folder: Path) -> None:
    (user_folder / "distributed.yaml").write_text(text)
    (user_folder / "gateway.yaml").write_text(text)
    for command in COMMANDS:
        result = CliRunner().invoke(cli, command)
        assert result.exit_code < 3, result.output
        assert SECRET not in result.output, command


def test_a_diff_shows_that_a_secret_changes(user_folder: Path) -> None:
    (user_folder / "gateway.yaml").write_text("gateway:\n  auth: {password: one, x: 1}\n  b: 2\n")
    result = CliRunner().invoke(
        cli, ["set", "gateway.auth.password", "two", "--dry-run", "--force"]
    )
    assert result.stdout.splitlines()[2:] == [
        "@@ -1,3 +1,3 @@",
        " gateway:",
        "-  auth: {password: ********",
        "+  auth: {password: ********",
        "   b: 2",
    ]


@pytest.mark.parametrize("secret", ["[", "12:34:56"], ids=["not-yaml", "base-60"])
def test_a_refused_secret_is_not_quoted(secret: str, home: Path) -> None:
    result = CliRunner().invoke(cli, ["set", "gateway.auth.password", f"{secret}"])
    assert result.exit_code == 1
    assert f"{secret}'" not in result.stderr
