"""The check of options that request different resources for one job."""

from __future__ import annotations

import pytest

from dask_backend_config.doctor.checks import contradicting_options
from tests.doctor.checks.conftest import Examine


def _jobqueue(kind: str, text: str) -> str:
    return f"jobqueue:\n  {kind}: {{{text}}}\n"


@pytest.mark.parametrize(
    ("kind", "text", "name", "words"),
    [
        pytest.param("slurm", "memory: 2 GB, job-extra-directives: [--mem=400M]", "memory",
                     ("2 GB", "--mem=400M in job-extra-directives", "419.4 MB"), id="memory"),
        pytest.param("slurm", "memory: 2 GB, job-mem: 400M", "memory", ("2 GB", "419.4 MB"),
                     id="a key of the site"),
        pytest.param("slurm", "memory: 2 GB, job-mem: 8G", "memory", ("2 GB", "8.59 GB"), id="more"),
        pytest.param("slurm", "memory: 2 GB, cores: 2, job-extra: ['-t5 --mem-per-cpu 2G']",
                     "memory", ("2 GB", "4.295 GB"), id="memory of CPUs"),
        pytest.param("slurm", "walltime: '1:00:00', job-extra-directives: [-t 2]", "walltime",
                     ("1 h", "-t 2", "2 min"), id="walltime"),
        pytest.param("slurm", "walltime: '1:00:00', job-extra-directives: [-t 0]", "walltime",
                     ("1 h", "no time limit"), id="no walltime"),
        pytest.param("slurm", "cores: 8, job-extra-directives: [-c3]", "cores", ("8 CPUs", "3 CPUs"),
                     id="CPUs"),
        pytest.param("slurm", "queue: a, job-extra-directives: [--part=b]", "queue",
                     ("queue a", "queue b"), id="queue"),
        pytest.param("slurm", "account: a, job-extra-directives: [-A b]", "account",
                     ("account a", "account b"), id="account"),
        pytest.param("pbs", "walltime: '1:00:00', job-extra-directives: ['-l walltime=600']",
                     "walltime", ("1 h", "10 min"), id="PBS"),
        pytest.param("pbs", "memory: 2 GB, resource-spec: 'select=1:mem=1gb'", "memory",
                     ("2 GB", "1.074 GB"), id="resource-spec"),
        pytest.param("sge", "memory: 4GB, resource-spec: m_mem_free=2G", "memory",
                     ("4 GB", "2.147 GB"), id="Grid Engine"),
        pytest.param("lsf", "walltime: '1:00', job-extra-directives: [-W 10]", "walltime",
                     ("1 h", "10 min"), id="LSF"),
        pytest.param("htcondor", "memory: 4GB, job-extra-directives: {request_memory: 1GB}", "memory",
                     ("4 GB", "1.074 GB"), id="HTCondor"),
    ],
)  # fmt: skip
def test_finds_a_key_that_an_option_overrides(
    examine: Examine, kind: str, text: str, name: str, words: tuple[str, ...]
) -> None:
    (finding,) = examine(contradicting_options, _jobqueue(kind, text))
    assert (finding.severity, finding.key) == ("warning", f"jobqueue.{kind}.{name}")
    assert all(word in finding.message for word in words)
    assert finding.origin and finding.origin.line == 2


def test_more_cpus_than_threads_are_a_remark_unless_a_key_is_for_that(examine: Examine) -> None:
    (finding,) = examine(
        contradicting_options, _jobqueue("slurm", "cores: 2, job-extra-directives: [-c 8]")
    )
    assert (finding.severity, finding.key) == ("info", "jobqueue.slurm.cores")
    assert examine(contradicting_options, _jobqueue("slurm", "cores: 2, job-cpu: 8")) == []


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        pytest.param("[--memory-limit, 8GB]", ["warning"], id="more memory"),
        pytest.param("['--memory-limit=8GB --nthreads 4']", ["warning", "info"], id="both"),
        pytest.param("[--memory-limit, 1GB, --nthreads, '1']", [], id="less"),
        pytest.param("[--memory-limit, auto, --nthreads, '0']", [], id="automatic"),
    ],
)
def test_workers_with_more_than_their_jobs_are_found(
    examine: Examine, arguments: str, found: list[str]
) -> None:
    text = f"memory: 2 GB, cores: 2, worker-extra-args: {arguments}"
    findings = examine(contradicting_options, _jobqueue("slurm", text))
    assert [finding.severity for finding in findings] == found


def test_each_profile_is_read(examine: Examine) -> None:
    text = (
        "backends:\n  slurm: {resources-per-worker: {wallclock-time-limit: '1:00'}}\n"
        "  profiles:\n    short: {backend: slurm, extra-script-options: [-t 5]}\n"
    )
    (finding,) = examine(contradicting_options, text)
    assert finding.key == "backends.slurm.resources-per-worker.wallclock-time-limit"


def test_accepts_what_is_the_same_or_a_default(examine: Examine) -> None:
    cases = {
        "default walltime": "cores: 1, job-extra-directives: [-t 2]",
        "the same": "queue: a, walltime: '00:05:00', job-extra-directives: [-p a, -t 5]",
        "units of 1000 and 1024": "memory: 100GB, job-mem: 100G",
        "whole node": "memory: 100GB, job-extra-directives: [--mem=0]",
        "not understood": "memory: 100GB, job-extra-directives: ['--mem=$MEM']",
        "other options": "memory: 1GB, job-extra-directives: [--qos=long, -C fast, -N 1]",
        "refused": "memory: 1GB, lifetime: 1, walltime: soon, job-extra-directives: [--mem=2G]",
        "no job queue": "cores: 2",
    }
    kinds = {"no job queue": "mysite"}
    found = {
        name: examine(contradicting_options, _jobqueue(kinds.get(name, "slurm"), text))
        for name, text in cases.items()
    }
    assert {name: findings for name, findings in found.items() if findings} == {}
