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


@pytest.mark.parametrize(
    ("key", "text"),
    [
        pytest.param(
            "jobqueue.slurm.local-directory", "$TMPDIR/$USER", id="shell: local-directory"
        ),
        pytest.param("jobqueue.slurm.job-script-prologue", "['cd $HOME']", id="shell: prologue"),
        pytest.param("jobqueue.slurm.worker-extra-args", "[--name=$A]", id="shell: arguments"),
        pytest.param("jobqueue.pbs.job-extra-directives", "['-o $HOME']", id="directives"),
        pytest.param("jobqueue.slurm.python", "$CONDA/bin/python", id="shell: python"),
        pytest.param("jobqueue.slurm.shared-temp-directory", "~/.dask", id="dask-jobqueue expands"),
        pytest.param("backends.local.local-directory", "$TMPDIR", id="we expand"),
        pytest.param("backends.slurm.setup-script-commands", "['cd $HOME']", id="shell: ours"),
        pytest.param("distributed.dashboard.link", "/user/{USER}/proxy", id="braces"),
        pytest.param("distributed.admin.log-format", "'$x'", id="format"),
        pytest.param("admin.traceback.shorten", "['a$b']", id="regular expression"),
        pytest.param("kubernetes.image", "${IMAGE}", id="another package"),
        pytest.param("distributed.logging", "$A", id="free map"),
        pytest.param(TMP, "/scratch/~a", id="tilde inside"),
        pytest.param(TMP, "/a$5", id="no name after $"),
        pytest.param(TMP, "~", id="null"),
    ],
)
def test_silent_on_references_that_are_expanded_and_on_other_strings(
    examine: Examine, key: str, text: str
) -> None:
    assert examine(unexpanded_variable, nested(key, text)) == []


def test_a_secret_is_not_shown(examine: Examine) -> None:
    (finding,) = examine(unexpanded_variable, nested("distributed.nanny.environ.TOKEN", "pa$sword"))
    assert "sword" not in finding.message + finding.hint
