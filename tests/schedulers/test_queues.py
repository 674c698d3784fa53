"""Queues and their limits in recorded output."""

from __future__ import annotations

import pytest

from dask_backend_config.schedulers import SCHEDULERS, Output, Queue
from dask_backend_config.schedulers.lsf import limit_unit

from . import recordings

GIB = 2**30
WITH_QUEUES = [kind for kind in SCHEDULERS if SCHEDULERS[kind].queue_commands]


def test_four_schedulers_list_queues() -> None:
    assert WITH_QUEUES == ["slurm", "lsf", "pbs", "sge"]
    assert SCHEDULERS["moab"].read_queues([]) == []


@pytest.mark.parametrize("kind", WITH_QUEUES)
def test_the_recorded_commands_are_those_that_list_queues(kind: str) -> None:
    commands = [output.command for output in recordings.queues(kind)]
    assert tuple(commands) == SCHEDULERS[kind].queue_commands


@pytest.mark.parametrize(
    ("kind", "queues"),
    [
        pytest.param(
            "slurm",
            [
                Queue("main", True, True, 7200, 16000 * 2**20, 8, 2),
                Queue("short", False, True, 600, 16000 * 2**20, 8, 2),
            ],
            id="slurm",
        ),
        pytest.param(
            "lsf",
            [
                Queue("short", max_walltime=600, max_memory=4 * GIB, max_threads=4),
                Queue("normal", is_default=True),
                Queue("others"),
            ],
            id="lsf",
        ),
        pytest.param(
            "sge",
            [
                Queue("main", max_walltime=7200, max_threads=8),
                Queue("short", max_walltime=600, max_threads=8),
            ],
            id="sge",
        ),
        pytest.param(
            "pbs",
            [
                Queue("workq", is_default=True),
                Queue("short", max_walltime=600, max_memory=4 * GIB),
                Queue("closed", is_open=False),
                Queue("stopped", is_open=False),
                Queue("others"),
                Queue("limited", max_threads=2, max_gpus=1),
                Queue("routing"),
                Queue("routed_only", is_open=False),
            ],
            id="pbs",
        ),
    ],
)
def test_queues_in_recorded_output(kind: str, queues: list[Queue]) -> None:
    assert SCHEDULERS[kind].read_queues(recordings.queues(kind)) == queues


@pytest.mark.parametrize("kind", WITH_QUEUES)
def test_queues_of_a_command_that_fails_are_an_error(kind: str) -> None:
    failed = Output(("x",), 1, stderr="cannot connect")
    for place in range(len(recordings.queues(kind))):
        outputs = recordings.queues(kind)
        outputs[place] = failed
        with pytest.raises(ValueError, match="cannot connect"):
            SCHEDULERS[kind].read_queues(outputs)


@pytest.mark.parametrize(
    ("line", "queue"),
    [
        pytest.param("main*|up|2:00:00|8|16000|gpu:2", Queue("main", True, True, 7200, 16000 * 2**20, 8, 2), id="default"),
        pytest.param("long|up|7-00:00:00|64|256000|(null)", Queue("long", False, True, 604800, 256000 * 2**20, 64, 0), id="days, no GPUs"),
        pytest.param("any|up|infinite|8+|16000+|gpu", Queue("any", False, True, None, None, None, 1), id="no limit; nodes that differ"),
        pytest.param("off|down|30:00|8|16000|gpu:a100:4(S:0-1),gpu:v100:1", Queue("off", False, False, 1800, 16000 * 2**20, 8, 5), id="down; several kinds of GPU"),
        pytest.param("drained|drain|n/a|8|16000|shard:8", Queue("drained", False, False, None, 16000 * 2**20, 8, 0), id="drained"),
    ],
)  # fmt: skip
def test_a_line_of_sinfo_is_a_partition(line: str, queue: Queue) -> None:
    assert SCHEDULERS["slurm"].read_queues([Output(("sinfo",), 0, f"{line}\n")]) == [queue]


def test_a_partition_has_the_largest_limits_of_its_nodes() -> None:
    lines = "main*|up|2:00:00|8|16000|(null)\nmain*|up|2:00:00|4|64000|gpu:2\nother|up|1:00|1|1|(null)\n"
    main, other = SCHEDULERS["slurm"].read_queues([Output(("sinfo",), 0, lines)])
    assert main == Queue("main", True, True, 7200, 64000 * 2**20, 8, 2)
    assert other.name == "other"


def test_a_limit_unknown_for_some_nodes_is_unknown_for_the_partition() -> None:
    lines = "main*|up|2:00:00|8|16000|gpu:2\nmain*|up|2:00:00|16+|64000|(null)\n"
    (main,) = SCHEDULERS["slurm"].read_queues([Output(("sinfo",), 0, lines)])
    assert (main.max_threads, main.max_memory, main.max_gpus) == (None, 64000 * 2**20, 2)


def bqueues(limits: str, status: str = "Open:Active", description: str = "jobs.") -> Output:
    """Return the output of `bqueues -l` for one queue with these limits."""
    text = (
        f"\nQUEUE: normal\n  -- {description}\n\nPARAMETERS/STATISTICS\n"
        "PRIO NICE STATUS          MAX JL/U JL/P JL/H NJOBS  PEND   RUN SSUSP USUSP  RSV\n"
        f" 30   20  {status:14}   -    -    -    -     0     0     0     0     0    0\n"
        f"{limits}\nSCHEDULING PARAMETERS\n"
        "           r15s   r1m  r15m   ut      pg    io   ls    it    tmp    swp    mem\n"
        " loadSched   -     -     -     -       -     -    -     -     -      -      -\n"
    )
    return Output(("bqueues", "-l"), 0, text)


@pytest.mark.parametrize(
    ("limits", "walltime", "memory", "threads"),
    [
        pytest.param("", None, None, None, id="none"),
        pytest.param("\n RUNLIMIT                \n 480.0 min of node1\n", 28800, None, None, id="walltime with a host"),
        pytest.param("\n RUNLIMIT\n 10.5 min\n", 630, None, None, id="walltime"),
        pytest.param("\n CPULIMIT                 RUNLIMIT                 PROCLIMIT               \n   20.0 min of node1         342800.0 min of node1     1 4 8\n", 20568000, None, 8, id="with CPU time"),
        pytest.param("\n TASKLIMIT\n 4\n", None, None, 4, id="slots: maximum"),
        pytest.param("\n TASKLIMIT\n 1 4\n", None, None, 4, id="slots: from and to"),
        pytest.param("\n FILELIMIT DATALIMIT STACKLIMIT CORELIMIT MEMLIMIT SWAPLIMIT PROCESSLIMIT\n  20000 K   20000 K    2048 K   20000 K   5000 K   9000 K      5\n", None, 5000 * 1024, None, id="memory among others"),
        pytest.param("\n RUNLIMIT NEWLIMIT MEMLIMIT\n 10.0 min of node1 high 5 G\n", 600, None, None, id="nothing after an unknown limit"),
        pytest.param("\n MEMLIMIT\n      5 G  \n", None, 5 * GIB, None, id="memory in GB"),
        pytest.param("\n CORELIMIT MEMLIMIT\n      0 M    1.5 T\n", None, 3 * 2**39, None, id="memory in TB"),
        pytest.param("\nDEFAULT LIMITS:\n RUNLIMIT                \n 10.0 min of node1\n\n\nMAXIMUM LIMITS:\n RUNLIMIT                \n 60.0 min of node1\n", 3600, None, None, id="maximum and default"),
        pytest.param("\nDEFAULT LIMITS:\n RUNLIMIT                \n 10.0 min of node1\n\n\nMAXIMUM LIMITS:\n", None, None, None, id="default without maximum"),
    ],
)  # fmt: skip
def test_limits_of_an_lsf_queue(
    limits: str, walltime: int | None, memory: int | None, threads: int | None
) -> None:
    (queue,) = SCHEDULERS["lsf"].read_queues([bqueues(limits)])
    found = (queue.max_walltime, queue.max_memory, queue.max_threads)
    assert found == (walltime, memory, threads)


@pytest.mark.parametrize(
    ("status", "is_open"),
    [
        ("Open:Active", True),
        ("Open:Inact_Win", False),
        ("Open:Inact_Adm", False),
        ("Closed:Active", False),
        ("Closed:Inact_Adm", False),
    ],
)
def test_an_lsf_queue_is_open_if_it_accepts_and_starts_jobs(status: str, is_open: bool) -> None:
    (queue,) = SCHEDULERS["lsf"].read_queues([bqueues("", status)])
    assert queue.is_open == is_open


@pytest.mark.parametrize(
    ("description", "is_default"),
    [
        ("For normal jobs.  This is the default queue.", True),
        ("For normal jobs.  This is one of the default queues.", True),
        ("For normal jobs.", False),
    ],
)
def test_default_queues_of_lsf(description: str, is_default: bool) -> None:
    (queue,) = SCHEDULERS["lsf"].read_queues([bqueues("", description=description)])
    assert queue.is_default == is_default


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        pytest.param("LSF_UNIT_FOR_LIMITS=GB\n", "gb", id="plain"),
        pytest.param(
            '  LSF_UNIT_FOR_LIMITS = "mb"   # of limits\n', "mb", id="quoted, with comment"
        ),
        pytest.param("LSF_UNIT_FOR_LIMITS=G\n", "gb", id="a letter"),
        pytest.param("LSF_UNIT_FOR_LIMITS=GB\nLSF_UNIT_FOR_LIMITS=MB\n", "mb", id="twice"),
        pytest.param("# LSF_UNIT_FOR_LIMITS=GB\n", None, id="a comment"),
        pytest.param("LSF_UNIT_FOR_LIMITS=\n", None, id="empty"),
        pytest.param("LSF_UNIT_FOR_LIMITS=bytes\n", None, id="unknown unit"),
        pytest.param("", None, id="missing"),
    ],
)
def test_unit_of_limits_in_lsf_conf(text: str, unit: str | None) -> None:
    assert limit_unit(text) == unit


def test_a_grid_engine_queue_is_closed_if_all_its_slots_are_disabled() -> None:
    settings, _ = recordings.queues("sge")
    found = SCHEDULERS["sge"].read_queues([settings, recordings.recorded("sge", "queues_closed")])
    assert [(queue.name, queue.is_open) for queue in found] == [("main", False), ("short", False)]


@pytest.mark.parametrize(
    ("settings", "walltime", "threads"),
    [
        pytest.param(
            "slots 4,[node1=16],[node2=8]\nh_rt 24:00:00", 86400, 16, id="hosts that differ"
        ),
        pytest.param(
            "slots 4\nh_rt 1:0:0,[node1=INFINITY]", None, 4, id="one host without a limit"
        ),
        pytest.param("slots 4\nh_rt INFINITY", None, 4, id="no limit"),
        pytest.param("slots 4,\\\n      [node1=12]\nh_rt 600", 600, 12, id="continued line"),
    ],
)
def test_the_largest_limit_of_grid_engines_hosts_counts(
    settings: str, walltime: int | None, threads: int
) -> None:
    outputs = [Output(("x",), 0, f"qname  q\n{settings}\n"), Output(("x",), 0, "")]
    (queue,) = SCHEDULERS["sge"].read_queues(outputs)
    assert (queue.name, queue.max_walltime, queue.max_threads) == ("q", walltime, threads)


@pytest.mark.parametrize(
    ("size", "count"),
    [
        pytest.param("4gb", 4 * GIB, id="gb"),
        pytest.param("1024", 1024, id="bytes"),
        pytest.param("100b", 100, id="bytes with unit"),
        pytest.param("4194304KB", 4 * GIB, id="capitals"),
        pytest.param("2tb", 2**41, id="tb"),
        pytest.param("1kw", 8192, id="words of 8 bytes"),
    ],
)
def test_sizes_of_pbs(size: str, count: int) -> None:
    queue = f"Queue: q\n    resources_max.mem = {size}\n    enabled = True\n    started = True\n"
    outputs = [Output(("x",), 0, queue), Output(("x",), 0, "Server: node1\n")]
    assert [found.max_memory for found in SCHEDULERS["pbs"].read_queues(outputs)] == [count]


def test_an_invalid_size_of_pbs_is_an_error() -> None:
    outputs = [Output(("x",), 0, "Queue: q\n    resources_max.mem = much\n"), Output(("x",), 0, "")]
    with pytest.raises(ValueError, match="'much' is not a size"):
        SCHEDULERS["pbs"].read_queues(outputs)


def test_limits_of_the_pbs_server_hold_in_all_queues() -> None:
    queues = "Queue: a\n    resources_max.ncpus = 2\n\nQueue: b\n    enabled = True\n"
    server = "Server: node1\n    resources_max.ncpus = 64\n    resources_max.walltime = 86400\n"
    found = SCHEDULERS["pbs"].read_queues([Output(("x",), 0, queues), Output(("x",), 0, server)])
    assert [(queue.max_threads, queue.max_walltime) for queue in found] == [(2, 86400), (64, 86400)]
