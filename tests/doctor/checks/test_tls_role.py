"""The checks of certificates, with ``distributed.Security`` as the oracle."""

from __future__ import annotations

import ssl
from pathlib import Path

import dask.config
import pytest
import yaml
from distributed.security import Security

from dask_backend_config.backends.certificates import temporary_certificate
from dask_backend_config.doctor.checks import missing_file, tls_role
from tests.doctor.checks.conftest import Examine

ROLES = ("client", "scheduler", "worker")
ALL = ", ".join(f"{role}: {{cert: CERT, key: KEY}}" for role in ROLES)
#: YAML below distributed.comm -> what each role does, and the findings.
CASES = [
    pytest.param("{}", ["plain"] * 3, [], id="nothing"),
    pytest.param("{tls: {ca-file: CERT, ALL}}", ["encrypts"] * 3, [], id="all roles"),
    pytest.param(
        "{require-encryption: true, tls: {ca-file: CERT, ALL}}",
        ["encrypts"] * 3,
        [],
        id="all roles, required",
    ),
    pytest.param(
        "{tls: {ca-file: CERT, client: {cert: BOTH}}}",
        ["encrypts", "plain", "plain"],
        [],
        id="one role, key in the certificate's file",
    ),
    pytest.param(
        "{require-encryption: true}",
        ["cannot connect"] * 3,
        [("error", "require-encryption")],
        id="required, no certificates",
    ),
    pytest.param(
        "{default-scheme: tls}",
        ["plain"] * 3,
        [("error", "default-scheme")],
        id="tls by default, no certificates",
    ),
    pytest.param(
        "{require-encryption: true, tls: {ca-file: CERT, client: {cert: CERT, key: KEY}}}",
        ["encrypts", "cannot connect", "cannot connect"],
        [("warning", "require-encryption")],
        id="required, two roles without certificates",
    ),
    pytest.param(
        "{require-encryption: true, tls: {ALL}}",
        ["cannot connect"] * 3,
        [("error", "require-encryption")],
        id="required, no authority",
    ),
    pytest.param(
        "{tls: {worker: {cert: CERT, key: KEY}}}",
        ["plain"] * 3,
        [("error", "tls.worker.cert")],
        id="certificate without authority",
    ),
    pytest.param(
        "{tls: {ca-file: CERT}}", ["plain"] * 3, [("error", "tls.ca-file")], id="authority alone"
    ),
    pytest.param(
        "{tls: {ca-file: CERT, client: {cert: CERT, key: KEY}, worker: {key: KEY}}}",
        ["encrypts", "plain", "plain"],
        [("error", "tls.worker.key")],
        id="key without certificate",
    ),
    pytest.param(
        "{tls: {ca-file: NONE, client: {cert: CERT, key: KEY}}}",
        ["fails", "plain", "plain"],
        [("error", "tls.ca-file")],
        id="authority is missing",
    ),
    pytest.param(
        "{tls: {ca-file: CERT, scheduler: {cert: NONE, key: NONE}}}",
        ["plain", "fails", "plain"],
        [("error", "tls.scheduler.cert"), ("error", "tls.scheduler.key")],
        id="certificate and key are missing",
    ),
    pytest.param(
        "{tls: {ca-file: FOLDER, client: {cert: CERT, key: KEY}}}",
        ["fails", "plain", "plain"],
        [("error", "tls.ca-file")],
        id="folder",
    ),
    pytest.param(
        "{tls: {ca-file: TEXT, client: {cert: CERT, key: KEY}}}",
        ["fails", "plain", "plain"],
        [("error", "tls.ca-file")],
        id="authority is something else",
    ),
    pytest.param(
        "{tls: {ca-file: CERT, client: {cert: TEXT, key: KEY}}}",
        ["fails", "plain", "plain"],
        [("error", "tls.client.cert")],
        id="certificate is something else",
    ),
    pytest.param(
        "{tls: {ca-file: CERT, client: {cert: CERT, key: TEXT}}}",
        ["fails", "plain", "plain"],
        [("error", "tls.client.key")],
        id="key is something else",
    ),
    pytest.param(
        "{tls: {ca-file: CERT, client: {cert: CERT, key: OTHER}}}",
        ["fails", "plain", "plain"],
        [("error", "tls.client.key")],
        id="key of another certificate",
    ),
    pytest.param(
        "{tls: {ca-file: CERT, client: {cert: CERT}}}",
        ["fails", "plain", "plain"],
        [("error", "tls.client.cert")],
        id="no key",
    ),
]


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Placeholder -> path of a file."""
    folder = tmp_path_factory.mktemp("pem")
    certificate, key = temporary_certificate()
    texts = {
        "CERT": certificate,
        "KEY": key,
        "BOTH": certificate + key,
        "OTHER": temporary_certificate()[1],
        "TEXT": "not a certificate\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    return {name: str(folder / name) for name in (*texts, "NONE")} | {"FOLDER": str(folder)}


def filled(text: str, paths: dict[str, str]) -> str:
    for name, path in {"ALL": ALL, **paths}.items():
        text = text.replace(name, path)
    return text


def outcome(role: str) -> str:
    """What distributed does for a role with the configuration of this process."""
    try:
        arguments = Security().get_connection_args(role)
    except (OSError, ssl.SSLError):
        return "fails"
    if arguments["ssl_context"] is not None:
        return "encrypts"
    return "cannot connect" if arguments["require_encryption"] else "plain"


@pytest.mark.parametrize(("text", "outcomes", "expected"), CASES)
def test_findings_are_what_distributed_does(
    examine: Examine,
    paths: dict[str, str],
    text: str,
    outcomes: list[str],
    expected: list[tuple[str, str]],
) -> None:
    text = f"distributed: {{comm: {filled(text, paths)}}}\n"
    with dask.config.set(dask.config.merge(dask.config.config, yaml.safe_load(text))):
        assert [outcome(role) for role in ROLES] == outcomes
    found = [finding for check in (tls_role, missing_file) for finding in examine(check, text)]
    assert [
        (finding.severity, (finding.key or "").removeprefix("distributed.comm."))
        for finding in found
    ] == expected


DASHBOARD = [
    pytest.param("{cert: CERT, key: KEY}", None, id="complete"),
    pytest.param("{key: KEY}", "key", id="key without certificate"),
    pytest.param("{cert: CERT, key: OTHER}", "key", id="key of another certificate"),
    pytest.param("{cert: NONE, key: KEY}", "cert", id="missing"),
]


@pytest.mark.parametrize(("text", "name"), DASHBOARD)
def test_finds_files_of_the_dashboard(
    examine: Examine, paths: dict[str, str], text: str, name: str | None
) -> None:
    text = f"distributed: {{scheduler: {{dashboard: {{tls: {filled(text, paths)}}}}}}}\n"
    found = [finding for check in (tls_role, missing_file) for finding in examine(check, text)]
    keys = [f"distributed.scheduler.dashboard.tls.{name}"] if name else []
    assert [finding.key for finding in found] == keys


def test_a_certificate_in_the_configuration_is_not_a_path(
    examine: Examine, paths: dict[str, str]
) -> None:
    certificate = Path(paths["CERT"]).read_text()
    tls = {"ca-file": certificate, "client": {"cert": certificate}}
    text = yaml.safe_dump({"distributed": {"comm": {"tls": tls}}})
    assert examine(missing_file, text) == []
