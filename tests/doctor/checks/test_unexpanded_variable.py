"""The check of references that dask does not expand."""

from __future__ import annotations

from pathlib import Path

import pytest

from dask_backend_config.doctor.checks import unexpanded_variable
from tests.doctor.checks.conftest import Examine
from tests.doctor.checks.writing import nested

TMP = "temporary-directory"
FOUND = [
    (TMP, "$SCRATCH/a", "$SCRATCH", 'export DASK_TEMPORARY_DIRECTORY="$SCRATCH/a"'),
    (TMP, "~me/a", "~me", "its value"),
    (TMP, "~/scratch", "~", "{home}/scratch"),
    ("distributed.comm.tls.ca-file", "${CERTS}/ca.pem", "${CERTS}", "its value"),
    ("distributed.scheduler.preload", "[a, ~/b.py]", "~", "{home}/b.py"),
    ("distributed.worker.preload", "$DIR/b.py", "$DIR", "its value"),
    ("distributed.dashboard.link", "/user/${USER}/proxy/{port}", "${USER}", "/user/{USER}/proxy"),
    ("distributed.nanny.environ.PATH", "'$PATH:/a'", "$PATH", "its value"),
    ("distributed.scheduler.idle-timeout", "$TIMEOUT", "$TIMEOUT", "its value"),
    ("jobqueue.slurm.log-directory", "$HOME/logs", "$HOME", "{home}/logs"),
    ("jobqueue.slurm.account", "$ACCOUNT", "$ACCOUNT", "DASK_JOBQUEUE__SLURM__ACCOUNT"),
    ("backends.jobqueue.queue-name", "$QUEUE", "$QUEUE", "its value"),
]


@pytest.mark.parametrize(
    ("key", "text", "reference", "hint"),
    [pytest.param(*case, id=f"{case[0]}: {case[1]}") for case in FOUND],
)
def test_finds_references_that_dask_does_not_expand(
    examine: Examine, home: Path, key: str, text: str, reference: str, hint: str
) -> None:
    (finding,) = examine(unexpanded_variable, nested(key, text))
    assert (finding.severity, finding.key) == ("error", key)
    assert f" {reference} " in finding.message
    assert hint.replace("{home}", str(home)) in finding.hint
    assert finding.origin
    assert finding.origin.line == key.count(".") + 1


@pytest.mark.parametrize(
    ("text", "export"),
    [pytest.param("$SCRATCH/a", "$SCRATCH/a", id="$"), pytest.param("~/$A", "$HOME/$A", id="~")],
)
def test_a_variable_should_be_expanded_by_the_shell(
    examine: Examine, text: str, export: str
) -> None:
    (finding,) = examine(unexpanded_variable, variables={"DASK_TEMPORARY_DIRECTORY": text})
    assert finding.hint.endswith(f'export DASK_TEMPORARY_DIRECTORY="{export}"')
    assert finding.origin
    assert finding.origin.name == "DASK_TEMPORARY_DIRECTORY"


def test_silent_on_references_that_are_expanded_and_on_other_strings(examine: Examine) -> None:
    cases = {
        "shell: local-directory": ("jobqueue.slurm.local-directory", "$TMPDIR/$USER"),
        "shell: prologue": ("jobqueue.slurm.job-script-prologue", "['cd $HOME']"),
        "shell: arguments": ("jobqueue.slurm.worker-extra-args", "[--name=$A]"),
        "directives": ("jobqueue.pbs.job-extra-directives", "['-o $HOME']"),
        "shell: python": ("jobqueue.slurm.python", "$CONDA/bin/python"),
        "dask-jobqueue expands": ("jobqueue.slurm.shared-temp-directory", "~/.dask"),
        "we expand": ("backends.local.local-directory", "$TMPDIR"),
        "shell: ours": ("backends.slurm.setup-script-commands", "['cd $HOME']"),
        "braces": ("distributed.dashboard.link", "/user/{USER}/proxy"),
        "format": ("distributed.admin.log-format", "'$x'"),
        "regular expression": ("admin.traceback.shorten", "['a$b']"),
        "another package": ("kubernetes.image", "${IMAGE}"),
        "free map": ("distributed.logging", "$A"),
        "tilde inside": (TMP, "/scratch/~a"),
        "no name after $": (TMP, "/a$5"),
        "null": (TMP, "~"),
    }
    found = {
        name: examine(unexpanded_variable, nested(key, text)) for name, (key, text) in cases.items()
    }
    assert {name: findings for name, findings in found.items() if findings} == {}


@pytest.mark.parametrize(
    ("key", "text", "hint"),
    [
        ("distributed.comm.tls.ca-file", "'{CERT_DIR}/ca.pem'", "Write its value instead"),
        ("distributed.comm.tls.worker.key", "'/x/{USER}.pem'", "Write its value instead"),
        ("distributed.scheduler.contact-address", "'tcp://{HOST}:8786'", "Write its value instead"),
        ("distributed.worker.preload", "['{HOME}/a.py']", "Write its value instead"),
        (TMP, "'/scratch/{USER}'", "Write its value instead"),
        ("jobqueue.slurm.queue", "'{QUEUE}'", "Write its value instead"),
        ("jobqueue.slurm.local-directory", "'{TMPDIR}/x'", "Write $TMPDIR, which the shell"),
        ("backends.jobqueue.log-directory", "'{HOME}/x'", "Write its value instead"),
    ],
)
def test_braces_are_replaced_in_the_link_only(
    examine: Examine, key: str, text: str, hint: str
) -> None:
    (finding,) = examine(unexpanded_variable, nested(key, text))
    assert (finding.severity, finding.key) == ("warning", key)
    assert finding.hint.startswith(hint)


def test_silent_on_braces_that_are_meant(examine: Examine) -> None:
    cases = {
        "link": ("distributed.dashboard.link", "'{JUPYTERHUB_SERVICE_PREFIX}proxy/{port}'"),
        "link by its old name": ("diagnostics-link", "'{scheme}://{host}'"),
        "template": ("backends.slurm.gpu-directive", "'--gres=gpu:{number_of_gpus}'"),
        "format": ("distributed.admin.log-format", "'{message}'"),
        "shell": ("jobqueue.slurm.worker-extra-args", "['--name {x}']"),
        "directives": ("jobqueue.slurm.job-extra-directives", "['-o {x}']"),
        "Jinja": (TMP, "'{{ folder }}'"),
        "not a name": (TMP, "'/a{1,2}'"),
        "a file for dask": ("distributed.diagnostics.computations.ignore-files", "['{x}']"),
        "another package": ("kubernetes.image", "'{IMAGE}'"),
        "free map": ("distributed.nanny.environ.JAVA_OPTS", "'{x}'"),
    }
    found = {
        name: examine(unexpanded_variable, nested(key, text)) for name, (key, text) in cases.items()
    }
    assert {name: findings for name, findings in found.items() if findings} == {}


def test_a_secret_is_not_shown(examine: Examine) -> None:
    (finding,) = examine(unexpanded_variable, nested("distributed.nanny.environ.TOKEN", "pa$sword"))
    assert "sword" not in finding.message + finding.hint
