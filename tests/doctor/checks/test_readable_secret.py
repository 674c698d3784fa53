"""The check of secrets in files that others can read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dask_backend_config.doctor.checks import readable_secret
from dask_backend_config.doctor.facts import Facts, gather_facts
from dask_backend_config.doctor.findings import Finding

Examined = Callable[[str, int], list[Finding]]


@pytest.fixture
def examined(facts_of: Callable[..., Facts], user_folder: Path) -> Examined:
    """Findings on one file of that text and mode."""

    def run(text: str, mode: int) -> list[Finding]:
        facts_of({"gateway.yaml": text})
        (user_folder / "gateway.yaml").chmod(mode)
        return list(readable_secret.check(gather_facts()))

    return run


@pytest.mark.parametrize(
    ("mode", "readers"), [(0o644, "all users"), (0o640, "its group"), (0o604, "all users")]
)
def test_a_secret_that_others_can_read_is_a_warning(
    examined: Examined, mode: int, readers: str
) -> None:
    (finding,) = examined("gateway:\n  auth:\n    token: hunter2\n", mode)
    assert (finding.severity, finding.key) == ("warning", "gateway.auth.token")
    assert f"{readers} can read" in finding.message
    assert finding.hint == "Run: chmod 600 ~/.config/dask/gateway.yaml"
    assert "hunter2" not in finding.message
    assert finding.origin
    assert (finding.origin.line, finding.origin.column) == (3, 12)


@pytest.mark.parametrize(
    "line",
    ["api_token: a", "password: 1234", "client-secret: a", "aws_secret_access_key: a",
     "awsSecretAccessKey: a", "api-key: a", "Passphrase: a", "tokens: [a, b]", "token2: a",
     "credentials: a", "secret-key: a"],
)  # fmt: skip
def test_many_names_of_secrets_are_known(examined: Examined, line: str) -> None:
    (finding,) = examined(f"x:\n  {line}\n", 0o644)
    assert finding.origin
    assert finding.origin.line == 2


def test_a_file_has_one_finding_at_its_first_secret(examined: Examined) -> None:
    (finding,) = examined("a:\n  user: x\n  password: b\n  token: c\n", 0o644)
    assert finding.key == "a.password"


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o611])
def test_a_file_that_only_its_owner_can_read_is_accepted(examined: Examined, mode: int) -> None:
    assert examined("a:\n  password: b\n", mode) == []


@pytest.mark.parametrize(
    "line",
    ["password: null", "password: ''", "use-token: true", "token-lifetime: 1h", "secretName: a",
     "password-file: /a/b", "token: ${TOKEN}", "token: $TOKEN", "token: '{JUPYTERHUB_API_TOKEN}'",
     "token: <your token>", "imagePullSecrets: [{name: a}]", "ensure-deterministic: a", "key: a",
     "password: {}", "secret: 1.5", "# password: a", "apiTokenFromSecretKey: a",
     "apiTokenFromSecretName: a", "existingSecret: a", "secretKeyRef: a"],
)  # fmt: skip
def test_other_values_is_accepted(examined: Examined, line: str) -> None:
    assert examined(f"tokenize:\n  {line}\n", 0o644) == []


def test_a_secret_in_a_variable_is_accepted(
    examined: Examined, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASK_GATEWAY__AUTH__PASSWORD", "hunter2")
    assert examined("a: 1\n", 0o644) == []
