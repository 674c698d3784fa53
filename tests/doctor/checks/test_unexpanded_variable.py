"""The check of references that nobody expands."""

from __future__ import annotations

from pathlib import Path

import pytest

from dask_backend_config.doctor.checks import unexpanded_variable
from tests.doctor.checks.conftest import Examine
from tests.doctor.checks.writing import nested

TMP = "temporary-directory"
FOUND = [
    (TMP, "$SCRATCH/a", "$SCRATCH", 'export DASK_TEMPORARY_DIRECTORY="$SCRATCH/a"'),
    (TMP, "~me/a", "~me", "write it out"),
    ("distributed.comm.tls.ca-file", "${CERTS}/ca.pem", "${CERTS}", "write it out"),
    ("distributed.scheduler.contact-address", "tcp://$HOST:8786", "$HOST", "write it out"),
    ("distributed.scheduler.preload", "[a, ~/b.py]", "~", "write {home}/b.py"),
    ("distributed.worker.preload", "$DIR/b.py", "$DIR", "write it out"),
    ("distributed.dashboard.link", "/user/${USER}/proxy/{port}", "${USER}", "/user/{USER}/proxy"),
    ("distributed.nanny.environ.PATH", "'$PATH:/a'", "$PATH", "write out"),
    ("distributed.scheduler.idle-timeout", "$TIMEOUT", "$TIMEOUT", "write it out"),
    ("scheduler-address", "tcp://$HOST:8786", "$HOST", 'export DASK_SCHEDULER_ADDRESS="tcp'),
    ("jobqueue.slurm.log-directory", "$HOME/logs", "$HOME", "write {home}/logs"),
    ("jobqueue.slurm.account", "$ACCOUNT", "$ACCOUNT", "DASK_JOBQUEUE__SLURM__ACCOUNT"),
    ("jobqueue.pbs.interface", "$IF", "$IF", "write it out"),
    ("backends.jobqueue.queue-name", "$QUEUE", "$QUEUE", "write it out"),
    ("backends.jobqueue.resources-per-worker.wallclock-time-limit", "$LIMIT", "$LIMIT", "write it"),
]


@pytest.mark.parametrize(
    ("key", "text", "reference", "hint"),
    [pytest.param(*case, id=f"{case[0]}: {case[1]}") for case in FOUND],
)
def test_finds_what_nobody_expands(
    examine: Examine, home: Path, key: str, text: str, reference: str, hint: str
) -> None:
    (finding,) = examine(unexpanded_variable, nested(key, text))
    assert (finding.severity, finding.key) == ("error", key)
    assert f" keeps {reference} as it stands" in finding.message
    assert hint.replace("{home}", str(home)) in finding.hint
    assert finding.origin
    assert finding.origin.line == key.count(".") + 1


def test_the_home_folder_is_put_into_the_hint(examine: Examine, home: Path) -> None:
    (finding,) = examine(unexpanded_variable, nested(TMP, "~/scratch"))
    assert finding.hint == f"write {home}/scratch"


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
def test_silent_where_somebody_expands_or_nothing_refers(
    examine: Examine, key: str, text: str
) -> None:
    assert examine(unexpanded_variable, nested(key, text)) == []


def test_a_secret_is_not_shown(examine: Examine) -> None:
    (finding,) = examine(unexpanded_variable, nested("distributed.nanny.environ.TOKEN", "pa$sword"))
    assert "sword" not in finding.message + finding.hint
