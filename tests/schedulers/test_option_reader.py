"""Options of job scripts are read back as the scheduler reads them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dask_backend_config.schedulers import SCHEDULERS, JobRequest
from dask_backend_config.schedulers.data_types import Option
from dask_backend_config.schedulers.option_reader import own_options, read_fields, with_fields

from .standins import lsf_options
from .standins.lsf_common import IBM

KIB, MIB, GIB = 2**10, 2**20, 2**30
HOUR = 3600
#: What each scheduler needs to express everything.
OWN = {
    "sge": {"parallel-environment": "smp", "memory-resource": "mem_free"},
    "oar": {"memory-per-core-property-name": "memcore"},
}


def read(kind: str, *lines: str, **own: Any) -> dict[str, Any]:
    """Return the fields that extra lines set, beside those of a plain request."""
    request = JobRequest("dask-worker", threads=4, scheduler_specific=own)
    scheduler = SCHEDULERS[kind]
    options = own_options(scheduler, request, lines)
    found = read_fields(scheduler, request, options, lines)
    return {name: option.value for name, option in found.items()}


@pytest.mark.parametrize(
    ("kind", "lines", "fields"),
    [
        *(
            pytest.param("slurm", [line], {"walltime": 300}, id=f"slurm: {line}")
            for line in ("-t5", "-t 5", "--time=5", "--time 5", "-t '5:00'", "-Ht5", "-t 0-0:5 # x",
                         '--time="00:05:00"', "--exclusive -t 5", "-m 'a b' --time 5")
        ),
        pytest.param("slurm", ["-t 5 -t6", "--time 7"], {"walltime": 420}, id="slurm: last"),
        pytest.param("slurm", ["-t 0"], {"walltime": None}, id="slurm: partition's limit"),
        pytest.param("slurm", ["-t UNLIMITED"], {"walltime": None}, id="slurm: no limit"),
        pytest.param("slurm", ["--tim=5"], {}, id="slurm: ambiguous, refused"),
        pytest.param("slurm", ["-t soon --mem=1.5G"], {}, id="slurm: not understood"),
        pytest.param("slurm", ["# -t 5"], {}, id="slurm: comment"),
        pytest.param("slurm", ["--mem 400"], {"memory": 400 * MIB}, id="slurm: MiB"),
        pytest.param("slurm", ["--mem=4GB"], {"memory": 4 * GIB}, id="slurm: GB"),
        pytest.param("slurm", ["--mem=0"], {}, id="slurm: whole node"),
        pytest.param("slurm", ["--mem-per-cpu=1G"], {"memory": 4 * GIB}, id="slurm: own CPUs"),
        pytest.param("slurm", ["--mem-per-c 1G -c 2"], {"memory": 2 * GIB, "threads": 2},
                     id="slurm: memory of CPUs"),
        pytest.param("slurm", ["--mem-per-gpu=1G --gpus=a100:2"], {"memory": 2 * GIB, "gpus": 2},
                     id="slurm: memory of GPUs"),
        pytest.param("slurm", ["-n 2 -c 3"], {"threads": 6}, id="slurm: tasks"),
        pytest.param("slurm", ["-n2"], {"threads": 8}, id="slurm: tasks of own CPUs"),
        pytest.param("slurm", ["--gres=gpu:v100:1,gpu:1"], {"gpus": 2}, id="slurm: gres"),
        pytest.param("slurm", ["-G2", "--gres=shard:1"], {"gpus": 2}, id="slurm: another gres"),
        pytest.param("slurm", ["--parti short -A lab -J 'a b'"],
                     {"queue": "short", "account": "lab", "name": "a b"}, id="slurm: names"),
        pytest.param("pbs", ["-l walltime=1:00:00,mem=2gb"], {"walltime": HOUR, "memory": 2 * GIB},
                     id="pbs: list"),
        pytest.param("pbs", ["-lwalltime=600 -qshort -A lab"],
                     {"walltime": 600, "queue": "short", "account": "lab"}, id="pbs: joined"),
        pytest.param("pbs", ["-l walltime=1:00:00", "-l walltime=2:00:00"], {"walltime": HOUR},
                     id="pbs: first resource"),
        pytest.param("pbs", ["-q a", "-q b"], {"queue": "b"}, id="pbs: last queue"),
        pytest.param("pbs", ["-l select=2:ncpus=8:mem=4gb:ngpus=1+1:ncpus=1"],
                     {"threads": 8, "memory": 4 * GIB, "gpus": 1}, id="pbs: first chunk"),
        pytest.param("pbs", ["-l select=ncpus=2"], {"threads": 2}, id="pbs: chunk without a count"),
        pytest.param("pbs", ["-l nodes=1:ppn=8,place=free"], {"threads": 8}, id="pbs: old form"),
        pytest.param("pbs", ["-l select=1:mem=much"], {}, id="pbs: not understood"),
        pytest.param("moab", ["-l nodes=1:ppn=2:gpus=1,pmem=1gb"],
                     {"threads": 2, "gpus": 1, "memory": 2 * GIB}, id="moab: memory of CPUs"),
        pytest.param("moab", ["-l walltime=1:00:00:00"], {"walltime": 24 * HOUR}, id="moab: days"),
        pytest.param("sge", ["-pe smp 2"], {"threads": 2}, id="sge: slots"),
        pytest.param("sge", ["-pe smp 2-4"], {}, id="sge: a range of slots"),
        pytest.param("sge", ["-pe mpi 2 -l h_vmem=1.5G,h_rt=::30"],
                     {"threads": 2, "memory": 3 * GIB, "walltime": 30}, id="sge: memory of slots"),
        pytest.param("sge", ["-pe smp 1 -l mf=1k,h_rt=1:2"], {"threads": 1, "memory": 1000},
                     id="sge: shortcut"),
        pytest.param("sge", ["-pe smp 1 -l mem_free=2G,h_vmem=1G"], {"threads": 1, "memory": GIB},
                     id="sge: smaller of two"),
        pytest.param("sge", ["-pe smp 1", "-l h_rt=100", "-l h_rt=200", "-soft -l h_rt=50"],
                     {"threads": 1, "walltime": 200}, id="sge: last"),
        pytest.param("lsf", ["-W 1:30"], {"walltime": 5400}, id="lsf: hours"),
        pytest.param("lsf", ["-W30/host -We 5"], {"walltime": 1800}, id="lsf: joined"),
        pytest.param("lsf", ["-W 10 -q a", "-W 20 -q b"], {"walltime": 600, "queue": "b"},
                     id="lsf: first, and last"),
        pytest.param("lsf", ["-M 1024"], {"memory": MIB}, id="lsf: KB"),
        pytest.param("lsf", ["-M 2GB!"], {"memory": 2 * GIB}, id="lsf: with a unit"),
        pytest.param("lsf", ['-n 2 -R "rusage[mem=1]"'], {"threads": 2}, id="lsf: slots"),
        pytest.param("lsf", ['-n 1 -R "rusage[mem=400:duration=5]"'],
                     {"threads": 1, "memory": 400 * MIB}, id="lsf: reserved memory"),
        pytest.param("lsf", ["-n 1 -M 9", '-R "rusage[mem=4GB]"'], {"threads": 1, "memory": 9 * KIB},
                     id="lsf: the limit, not what is reserved"),
        pytest.param("lsf", ["-n 2,4"], {}, id="lsf: a range of slots"),
        pytest.param("lsf", ['-gpu "num=2:mode=shared"'], {"gpus": 2}, id="lsf: GPUs"),
        pytest.param("oar", ["-l /nodes=1/gpu=2/core=3,walltime=2"],
                     {"threads": 6, "gpus": 2, "walltime": 2 * HOUR}, id="oar: hierarchy"),
        pytest.param("oar", ["-l {cluster='x'}/nodes=1/cpu=1 -qbest"], {"queue": "best"}, id="oar: CPUs"),
        pytest.param("htcondor", ["RequestMemory = 2048", "+RequestCpus = 2"],
                     {"memory": 2 * GIB, "threads": 2}, id="htcondor: attributes"),
        pytest.param("htcondor", ["request_memory = 1 GB", "request_memory = 3 GB"],
                     {"memory": 3 * GIB}, id="htcondor: last"),
        pytest.param("htcondor", ["request_memory = max({1, 2})"], {}, id="htcondor: expression"),
        pytest.param("htcondor", ["allowed_job_duration = 600"], {"walltime": 600},
                     id="htcondor: duration"),
    ],
)  # fmt: skip
def test_extra_options_are_read(kind: str, lines: list[str], fields: dict[str, Any]) -> None:
    assert read(kind, *lines, **OWN.get(kind, {})) == fields


@pytest.mark.parametrize(
    ("kind", "own", "fields"),
    [
        pytest.param("slurm", {"job-mem": "400M"}, {"memory": 400 * MIB}, id="slurm: memory"),
        pytest.param("slurm", {"job-cpu": 3}, {"threads": 3}, id="slurm: CPUs"),
        pytest.param("lsf", {"ncpus": 2, "mem": "1 GB", "memory-unit": "mb"},
                     {"threads": 2, "memory": 954 * MIB}, id="lsf"),
        pytest.param("pbs", {"resource-spec": "select=1:ncpus=2:mem=4gb,walltime=60"},
                     {"threads": 2, "memory": 4 * GIB, "walltime": 60}, id="pbs"),
        pytest.param("sge", {"resource-spec": "m_mem_free=2G"}, {"memory": 2 * GIB},
                     id="sge: one slot"),
        pytest.param("sge", {"resource-spec": "h_vmem=2G", "parallel-environment": "smp"},
                     {"memory": 8 * GIB}, id="sge: slots"),
        pytest.param("oar", {"resource-spec": "/host=1/core=2"}, {"threads": 2}, id="oar"),
        pytest.param("moab", {"resource-spec": "procs=2"}, {"threads": 2}, id="moab"),
    ],
)  # fmt: skip
def test_values_of_the_site_are_read(
    kind: str, own: dict[str, Any], fields: dict[str, Any]
) -> None:
    assert read(kind, **own) == fields


@pytest.mark.parametrize(
    ("kind", "extra", "left"),
    [
        pytest.param("slurm", ["--mem-per-cpu=1G"], {"--cpus-per-task=4", "--time=01:00:00"},
                     id="slurm: another kind of memory"),
        pytest.param("slurm", ["-c 3"], {"--mem=1024M", "--time=01:00:00"}, id="slurm: CPUs"),
        pytest.param("pbs", ["-l walltime=60"], {"-l select=1:ncpus=4:mem=1024mb"},
                     id="pbs: one of two resources"),
        pytest.param("pbs", ["-l select=1:ncpus=2"], {"-l walltime=01:00:00"}, id="pbs: select"),
        pytest.param("lsf", ['-R "select[ib]"'],
                     {"-n 4", '-R "span[hosts=1]"', "-M 1048576", "-W 01:00"}, id="lsf: -R adds"),
        pytest.param("sge", ["-pe mpi 2"], {"-l mem_free=512M", "-l h_rt=01:00:00"},
                     id="sge: memory of other slots"),
        pytest.param("sge", ["-pe mpi 2-8"], {"-l mem_free=256M", "-l h_rt=01:00:00"},
                     id="sge: a range of slots"),
        pytest.param("moab", ["-l mem=2gb"], {"-l nodes=1:ppn=4", "-l walltime=01:00:00"},
                     id="moab: part of a line"),
        pytest.param("oar", ["-l /core=2"], {"-p memcore>=512"}, id="oar: no second alternative"),
        pytest.param("htcondor", ["RequestMemory = 9"], {"request_cpus = 4"}, id="htcondor"),
    ],
)  # fmt: skip
def test_an_option_that_is_set_again_is_written_once(
    kind: str, extra: list[str], left: set[str]
) -> None:
    own = {} if kind == "sge" else OWN.get(kind, {})
    own = {**own, "memory-resource": "mem_free"} if kind == "sge" else own
    request = JobRequest("w", threads=4, memory=GIB, walltime=HOUR, scheduler_specific=own)
    general = {"--job-name=w", "--nodes=1", "--ntasks=1", "-N w", "-J w", "-n w", "batch_name = w"}
    general |= {"-S /bin/bash", "-cwd", "-j y"}
    assert set(own_options(SCHEDULERS[kind], request, extra)) - general == left


@pytest.mark.parametrize(
    ("kind", "skip", "gone"),
    [
        pytest.param("slurm", ["-n 1"], {"--ntasks=1"}, id="short, with a value"),
        pytest.param("slurm", ["-n 2"], set(), id="another value"),
        pytest.param("slurm", ["#SBATCH -J"], {"--job-name=w"}, id="with the prefix"),
        pytest.param("slurm", ["-t", "-p", "-A"], {"--time=01:00:00", "--partition=q",
                     "--account=a"}, id="several"),
        pytest.param("slurm", ["-e", "-o"], {"--output=/l/w-%j.out", "--error=/l/w-%j.err"}, id="logs"),
        pytest.param("slurm", ["--mem="], {"--mem=1024M"}, id="long, with its sign"),
        pytest.param("slurm", ["--cpus", "task=4"], {"--cpus-per-task=4"}, id="part of a line"),
        pytest.param("pbs", ["-l select"], {"-l select=1:ncpus=4:mem=1024mb"}, id="resource"),
        pytest.param("pbs", ["walltime"], {"-l walltime=01:00:00"}, id="part of a resource"),
        pytest.param("oar", ["--name"], {"-n w"}, id="long for short"),
        pytest.param("htcondor", ["RequestMemory"], {"request_memory = 1024M"}, id="attribute"),
    ],
)  # fmt: skip
def test_options_are_skipped_in_each_of_their_forms(
    kind: str, skip: list[str], gone: set[str]
) -> None:
    queue = None if kind == "htcondor" else "q"
    request = JobRequest("w", queue, "a", 4, GIB, HOUR, log_directory="/l")
    whole = own_options(SCHEDULERS[kind], request, [])
    assert set(whole) - set(own_options(SCHEDULERS[kind], request, [], skip)) == gone


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["-W", "-M", "-n", "-q"]), st.integers(1, 99), st.booleans()),
        min_size=1,
        max_size=6,
    )
)
def test_bsub_reads_the_same(options: list[tuple[str, int, bool]]) -> None:
    lines = [f"{name}{'' if joined else ' '}{number}" for name, number, joined in options]
    script = "".join(f"#BSUB {line}\n" for line in lines)
    parsed, _ = lsf_options.parse(lsf_options.directives(script), IBM)
    units = {"W": ("walltime", 60), "M": ("memory", KIB), "n": ("threads", 1)}
    expected: dict[str, Any] = {}
    for name in parsed:
        field, unit = units.get(name, ("queue", 0))
        value = lsf_options.last(parsed, name) or ""
        expected[field] = int(value) * unit if unit else value
    assert read("lsf", *lines) == expected


NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
REQUESTS = st.builds(
    JobRequest,
    name=NAMES,
    queue=st.none() | NAMES,
    account=st.none() | NAMES,
    threads=st.integers(1, 256),
    memory=st.none() | st.integers(1, 2**22).map(lambda number: number * 256 * MIB),
    walltime=st.none() | st.integers(1, 10**5).map(lambda minutes: 60 * minutes),
    gpus=st.integers(0, 1),
)


@pytest.mark.parametrize("kind", SCHEDULERS)
@settings(max_examples=40, deadline=None)
@given(request_=REQUESTS, other=REQUESTS)
def test_what_is_written_is_read(kind: str, request_: JobRequest, other: JobRequest) -> None:
    scheduler = SCHEDULERS[kind]
    requests = []
    for each in (request_, other):
        gpus = 0 if kind == "sge" else each.gpus
        threads = each.threads if kind != "oar" else each.gpus or each.threads
        queue = None if kind == "htcondor" else each.queue
        requests.append(
            JobRequest(each.name, queue, each.account, threads, each.memory, each.walltime, gpus,
                       scheduler_specific=OWN.get(kind, {}))
        )  # fmt: skip
    first, second = requests
    options = scheduler.options(second)
    lines = [str(option) for option in options]  # as a user writes them
    own = own_options(scheduler, first, lines)
    found = read_fields(scheduler, first, own, lines)
    expressed = {name for each in options if isinstance(each, Option) for name in each.fields}
    if kind == "oar":
        expressed -= {"memory"}  # a property of the site
    for name in {"name", "queue", "account"} | expressed:
        asked = getattr(second, name)
        if asked:
            got = found[name].value
            assert asked <= got < asked + 256 * MIB if name == "memory" else got == asked
        else:
            assert name not in found or not found[name].value
    assert with_fields(first, found).threads == min(first.threads, second.threads)
