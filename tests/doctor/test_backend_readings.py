"""The doctor and the constructors refuse the same configurations."""

from __future__ import annotations

import copy
import dataclasses
from pathlib import Path
from typing import Any

import dask.config
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dask_backend_config import get_backend
from dask_backend_config.backends.registry import BACKENDS
from dask_backend_config.catalogue import backend_schema
from dask_backend_config.core.errors import DaskBackendError
from dask_backend_config.doctor.facts import Facts, gather_facts
from dask_backend_config.doctor.findings import Finding
from dask_backend_config.doctor.run import REFUSED, run_checks
from dask_backend_config.schedulers import SCHEDULERS

#: Values that are right for some keys only.
VALUES = (
    None, True, 0, 1, 2, 64, -1, 1.5, "", "x", "two words", "a%b", "/tmp/x", "~/x", "$HOME/x", "$NO_SUCH/x",
    "0 GB", "4 GB", "512 MiB", "10s", "1 hour", "00:01:00", "00:30:00", "01:30", "1-00:00:00", "60",
    [], ["--x=1"], ["a b", 3], "a\nb", {}, {"a": 1}, "kb", "process", "127.0.0.1:0",
)  # fmt: skip

#: Keys of dask-jobqueue without an equivalent below ``backends``, for every scheduler.
OTHER_KEYS = ("worker-command", "scheduler-options")


def facts_of(data: Any, is_own: bool = True) -> Facts:
    """Return the facts of a file with `data`, as if it were the user's only one."""
    path = "/nowhere/dask.yaml"
    text = data if isinstance(data, str) else yaml.safe_dump(data)
    facts = gather_facts(texts={path: text}, paths=[path])
    return dataclasses.replace(facts, is_own=is_own)


def errors(facts: Facts) -> list[Finding]:
    return [finding for finding in run_checks(facts) if finding.severity == "error"]


def refusal(data: Any, name: str) -> DaskBackendError | None:
    """Return why a process with exactly this configuration cannot make a backend."""
    with dask.config.set(data):
        try:
            backend = get_backend(name)
            if backend.kind in SCHEDULERS:
                backend.job_script()
        except DaskBackendError as error:
            return error
    return None


def nested(keys: dict[str, Any]) -> dict[str, Any]:
    """Return a tree of dotted keys; a section wins over a value at its place."""
    tree: dict[str, Any] = {}
    for key, value in keys.items():
        *sections, name = key.split(".")
        inner = tree
        for section in sections:
            inner = inner.setdefault(section, {})
        inner[name] = value
    return tree


@st.composite
def configurations(draw: st.DrawFn) -> tuple[dict[str, Any], str]:
    """Return keys that a backend reads, and the name of this backend or of a profile for it."""
    kind = draw(st.sampled_from(sorted(BACKENDS)))
    own = list(backend_schema.keys(f"backends.{kind}"))
    shared = [] if kind == "local" else list(backend_schema.keys("backends.jobqueue"))
    theirs = [name for key in shared for name in backend_schema.fallbacks(
        key.replace("jobqueue", kind, 1)) if name.startswith("jobqueue.")]  # fmt: skip
    if kind in SCHEDULERS:
        theirs += [f"jobqueue.{kind}.{name}" for name in (*SCHEDULERS[kind].site_keys, *OTHER_KEYS)]
    places = {*own, *shared, *theirs, *(key.replace("jobqueue", kind, 1) for key in shared)}
    in_profile = {f"backends.profiles.mine.{key.split('.', 2)[2]}" for key in (*own, *shared)}
    profile = draw(st.booleans())
    keys = sorted(places | in_profile if profile else places)
    found = {key: draw(_value(key)) for key in draw(st.lists(st.sampled_from(keys), max_size=3))}
    if profile:
        found["backends.profiles.mine.backend"] = kind
    return nested(found), "mine" if profile else kind


def _value(key: str) -> st.SearchStrategy[Any]:
    examples = (backend_schema.node(key) or {}).get("examples", ())
    values = st.sampled_from((*examples, *VALUES))
    return values.map(copy.deepcopy)  # the same list at two keys would become a YAML alias


@settings(max_examples=60, deadline=None)
@given(configurations())
def test_the_doctor_reports_exactly_what_a_constructor_refuses(
    configuration: tuple[dict[str, Any], str],
) -> None:
    data, name = configuration
    error, found = refusal(data, name), errors(facts_of({**data, **_chosen(data, name)}))
    if error is None:
        assert [finding for finding in found if finding.id == REFUSED] == []
    else:
        keys = {finding.key for finding in found}
        assert error.key in keys or any(str(error.key).startswith(f"{key}.") for key in keys), error


def _chosen(data: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a section ``backends`` that says which backend is used."""
    return {"backends": {**data.get("backends", {}), "default": name}}


@pytest.mark.parametrize(
    ("text", "call", "keys"),
    [
        pytest.param("jobqueue: {slurm: {memory: 0}}", "slurm", ["jobqueue.slurm.memory"], id="no memory"),
        pytest.param("jobqueue: {pbs: {memory: '0GB'}}", "pbs", ["jobqueue.pbs.memory"], id="no memory, string"),
        pytest.param("jobqueue: {lsf: {walltime: '0:00'}}", "lsf", ["jobqueue.lsf.walltime"], id="no time"),
        pytest.param(
            "jobqueue: {oar: {walltime: '00:02:00'}}\nbackends: {jobqueue: {lifetime-margin: 2m}}", "oar",
            ["backends.jobqueue.lifetime-margin"], id="too short",
        ),
        pytest.param(
            "backends: {moab: {lifetime-margin: 20s}}", "moab", ["backends.moab.lifetime-margin"],
            id="margin below the default stagger",
        ),
        pytest.param(
            "backends: {jobqueue: {lifetime-stagger: 1 hour}, sge: {queue-name: all.q}}", "sge",
            ["backends.jobqueue.lifetime-stagger"], id="stagger above the default margin",
        ),
        pytest.param(
            "backends: {lsf: {queue-name: a}}\ndistributed: {worker: {lifetime: {duration: 20s}}}", "lsf",
            ["distributed.worker.lifetime.duration"], id="lifetime of distributed",
        ),
        pytest.param("jobqueue: {slurm: {queue: a b}}", "slurm", ["jobqueue.slurm.queue"], id="two words"),
        pytest.param("jobqueue: {slurm: {job-mem: 2 GB}}", "slurm", ["jobqueue.slurm.job-mem"], id="site key"),
        pytest.param("jobqueue: {lsf: {ncpus: 0.5}}", "lsf", ["jobqueue.lsf.ncpus"], id="half a CPU"),
        pytest.param("jobqueue: {sge: {cores: 4}}", "sge", ["jobqueue.sge.cores"], id="no parallel environment"),
        pytest.param("backends: {htcondor: {queue-name: a}}", "htcondor", ["backends.htcondor.queue-name"], id="no queues"),
        pytest.param(
            "backends: {pbs: {resource-spec: 'select=1', resources-per-worker: {number-of-gpus: 1}}}", "pbs",
            ["backends.pbs.resources-per-worker.number-of-gpus"], id="no GPUs in resource-spec",
        ),
        pytest.param("backends: {slurm: {job-name: '-x', account: a b}}", "slurm",
                     ["backends.slurm.job-name", "backends.slurm.account"], id="two problems"),
        pytest.param("backends: {slurm: {log-directory: $NO_SUCH/x}}", "slurm",
                     ["backends.slurm.log-directory"], id="variable"),
        pytest.param(
            "backends: {local: {number-of-workers: 2, resources-per-worker: {number-of-threads: 5000}}}", "local",
            ["backends.local.resources-per-worker.number-of-threads"], id="more threads than CPUs",
        ),
        pytest.param("backends: {local: {tasks-per-worker: 2}}", "local", ["backends.local.tasks-per-worker"],
                     id="more tasks than threads"),
        pytest.param(
            "jobqueue: {slurm: {cores: 2}}\nbackends: {jobqueue: {tasks-per-worker: 4}}", "slurm",
            ["backends.jobqueue.tasks-per-worker"], id="more tasks than cores",
        ),
        pytest.param(
            "backends: {profiles: {x: {backend: local, queue-name: a}}}", "x",
            ["backends.profiles.x.queue-name"], id="key of another backend",
        ),
        pytest.param(
            "backends: {profiles: {x: {backend: slurm, lifetime-margin: 30 m}}}", "x",
            ["backends.profiles.x.lifetime-margin"], id="profile",
        ),
        pytest.param("backends: {jobqueue: {job-name: a/b}}", "slurm", ["backends.jobqueue.job-name"], id="for any queue"),
        pytest.param(
            "backends: {default: slurm}\ndistributed: {worker: {preload: [2020-01-01]}}", "slurm",
            ["distributed.worker.preload"], id="cannot be sent to workers",
        ),
    ],
)  # fmt: skip
def test_what_a_constructor_refuses_is_reported_once_at_its_place(
    text: str, call: str, keys: list[str]
) -> None:
    error = refusal(yaml.safe_load(text), call)
    assert error is not None
    found = errors(facts_of(text))
    assert [finding.key for finding in found] == keys
    assert error.message in [finding.message for finding in found if finding.id == REFUSED]
    for finding in found:
        assert finding.origin and finding.origin.line and finding.origin.column
        before = text.splitlines()[finding.origin.line - 1][: finding.origin.column - 1]
        assert before.endswith(f"{str(finding.key).rpartition('.')[2]}: ")


MARGIN, ALL = "lifetime-margin: 1 hour", "resources-per-worker: {wallclock-time-limit: '05:00'}"


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        pytest.param(
            f"slurm: {{worker-groups: {{a: {{{MARGIN}}}, b: {{{MARGIN}, {ALL}}}}}}}",
            ["slurm.worker-groups.a.lifetime-margin"], id="one of two groups",
        ),
        pytest.param(
            f"pbs: {{{MARGIN}, worker-groups: {{a: {{{ALL}}}, b: null}}}}", ["pbs.lifetime-margin"],
            id="a value for all groups that does not suit one",
        ),
        pytest.param(f"pbs: {{{MARGIN}, worker-groups: {{a: {{{ALL}}}}}}}", [], id="no workers outside of groups"),
        pytest.param(
            "sge: {worker-groups: {a: {tasks-per-worker: 2}, b: {job-name: '-x'}, c d: {job-name: x}}}",
            ["sge.worker-groups.a.tasks-per-worker", "sge.worker-groups.b.job-name", "sge.worker-groups.c d"],
            id="one mistake in each group",
        ),
        pytest.param(
            "pbs: {worker-groups: {gpu: {}, GPU: {job-name: x}}}", ["pbs.worker-groups.GPU"], id="names that differ in case"
        ),
        pytest.param(
            "jobqueue: {worker-groups: {a: {job-name: a/b}}}", ["jobqueue.worker-groups.a.job-name"],
            id="groups of any queue",
        ),
        pytest.param(
            f"profiles: {{x: {{backend: oar, worker-groups: {{a: {{{MARGIN}}}}}}}}}",
            ["profiles.x.worker-groups.a.lifetime-margin"], id="profile",
        ),
        pytest.param(
            "local: {worker-groups: {a: {tasks-per-worker: 2}, b: {resources-per-worker: {number-of-gpus: 0}}}}",
            ["local.worker-groups.a.tasks-per-worker"], id="local",
        ),
    ],
)  # fmt: skip
def test_what_is_refused_for_a_worker_group_is_reported_at_its_place(
    text: str, keys: list[str]
) -> None:
    found = errors(facts_of(f"backends: {{{text}}}"))
    assert [finding.key for finding in found] == [f"backends.{key}" for key in keys]
    assert {finding.id for finding in found} <= {REFUSED}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("jobqueue: {pbs: {account: ''}}", id="empty: $PBS_ACCOUNT"),
        pytest.param("backends: {slurm: {worker-groups: {cpu: null, big_mem: {}, gpu-2: {queue_name: a}}}}", id="groups"),
        pytest.param("backends: {slurm: {worker-groups: null}}", id="no groups"),
        pytest.param("jobqueue: {slurm: {cores: 36, memory: 120 GB, walltime: '12:00:00'}}", id="usual"),
        pytest.param("jobqueue: {chtc: {memory: 0}}", id="somebody's subclass"),
        pytest.param("jobqueue: {local: {cores: 64, memory: 0}}", id="dask-jobqueue's local"),
        pytest.param("backends: {jobqueue: {queue-name: main}}", id="only HTCondor has no queues"),
        pytest.param("backends: {local: {resources-per-worker: {number-of-gpus: 1}}}", id="GPUs not asked for"),
        pytest.param("backends: {default: local, profiles: {}}", id="no queue"),
    ],
)  # fmt: skip
def test_what_constructors_accept_is_not_reported(text: str) -> None:
    assert errors(facts_of(text)) == []


def test_another_machine_may_have_other_variables_and_more_cpus() -> None:
    text = (
        "backends: {slurm: {log-directory: $NO_SUCH/x},"
        " local: {resources-per-worker: {number-of-threads: 5000}}}"
    )
    assert len(errors(facts_of(text))) == 2
    assert errors(facts_of(text, is_own=False)) == []


def test_the_value_of_a_variable_is_reported_with_its_name(
    user_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASK_JOBQUEUE__SLURM__MEMORY", "0 GB")
    (finding,) = run_checks(gather_facts())
    assert str(finding.origin) == "DASK_JOBQUEUE__SLURM__MEMORY"
    assert finding.message.startswith("jobqueue.slurm.memory is '0 GB': must be more than 0")
    assert "DaskSLURMBackend()" in finding.hint
