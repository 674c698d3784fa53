"""Probes of a controller, keys that rejections are about, and walltimes."""

from __future__ import annotations

import pytest

from dask_backend_config.schedulers import SCHEDULERS, Output

from . import recordings

#: Recorded output of each probe from a controller that is down or of another kind.
OTHERS = [
    pytest.param(kind, folder, name, id=f"{kind}: {folder} {name}")
    for kind in SCHEDULERS
    for folder in SCHEDULERS
    for name in recordings.names(folder, "probe_")
    if (folder == kind and not name.startswith("probe_of")) or name == f"probe_of_{kind}"
]


@pytest.mark.parametrize("kind", SCHEDULERS)
def test_a_controller_is_recognized_by_its_answer(kind: str) -> None:
    scheduler = SCHEDULERS[kind]
    output = recordings.probe(kind)
    assert output.command == scheduler.probe
    assert scheduler.probe_succeeded(output)


@pytest.mark.parametrize(("kind", "folder", "name"), OTHERS)
def test_a_controller_that_is_down_or_of_another_kind_fails_the_probe(
    kind: str, folder: str, name: str
) -> None:
    assert not SCHEDULERS[kind].probe_succeeded(recordings.recorded(folder, name))


@pytest.mark.parametrize("kind", SCHEDULERS)
def test_answers_of_other_schedulers_fail_the_probe(kind: str) -> None:
    others = [other for other in SCHEDULERS if other != kind]
    assert not [
        other for other in others if SCHEDULERS[kind].probe_succeeded(recordings.probe(other))
    ]


@pytest.mark.parametrize("kind", SCHEDULERS)
def test_a_command_that_fails_fails_the_probe(kind: str) -> None:
    recorded = recordings.probe(kind)
    for exit_code in (1, 124, 127):
        assert not SCHEDULERS[kind].probe_succeeded(
            Output(recorded.command, exit_code, recorded.stdout)
        )


THREADS = "resources-per-worker.number-of-threads"
GPUS = "resources-per-worker.number-of-gpus"
MEMORY = "resources-per-worker.per-thread-memory-limit"
WALLTIME = "resources-per-worker.wallclock-time-limit"


@pytest.mark.parametrize(
    ("kind", "message", "key"),
    [
        pytest.param("slurm", "sbatch: error: invalid partition specified: nosuchqueue sbatch: error: Batch job submission failed: Invalid partition name specified", "queue-name", id="slurm: queue"),
        pytest.param("slurm", "sbatch: error: Batch job submission failed: Requested time limit is invalid (missing or exceeds some limit)", WALLTIME, id="slurm: too long"),
        pytest.param("slurm", "sbatch: error: Invalid --time specification", WALLTIME, id="slurm: form of the walltime"),
        pytest.param("slurm", "sbatch: error: Memory specification can not be satisfied sbatch: error: Batch job submission failed: Requested node configuration is not available", MEMORY, id="slurm: too much memory"),
        pytest.param("slurm", "sbatch: error: Invalid --mem specification", MEMORY, id="slurm: form of the memory"),
        pytest.param("slurm", "sbatch: error: Batch job submission failed: More processors requested than permitted", THREADS, id="slurm: too many CPUs"),
        pytest.param("slurm", "sbatch: error: CPU count per node can not be satisfied", THREADS, id="slurm: too many CPUs of a node"),
        pytest.param("slurm", "sbatch: error: Batch job submission failed: Requested node configuration is not available", "resources-per-worker", id="slurm: any resource"),
        pytest.param("slurm", "sbatch: error: Invalid generic resource (gres) specification", GPUS, id="slurm: GPUs"),
        pytest.param("slurm", "sbatch: error: Batch job submission failed: Invalid account or account/partition combination specified", "account", id="slurm: account"),
        pytest.param("slurm", "sbatch: unrecognized option '--nosuchoption' Try \"sbatch --help\" for more information", "extra-script-options", id="slurm: option"),
        pytest.param("slurm", "sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)", None, id="slurm: down"),
        pytest.param("slurm", "sbatch: error: AssocMaxSubmitJobLimit sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)", None, id="slurm: too many jobs"),
        pytest.param("slurm", "sbatch: error: QOSMaxWallDurationPerJobLimit sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)", WALLTIME, id="slurm: too long for the account"),
        pytest.param("slurm", "sbatch: error: QOSMaxMemoryPerJob sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)", MEMORY, id="slurm: too much memory for the account"),
        pytest.param("slurm", "sbatch: error: Batch job submission failed: Requested partition configuration not available now", None, id="slurm: any limit of a partition"),
        pytest.param("slurm", "sbatch: error: Batch job submission failed: Requested time limit exceeds limit of the partition", WALLTIME, id="slurm: time limit of a partition"),
        pytest.param("slurm", "sbatch: unrecognized option '--partitions=main'", "extra-script-options", id="slurm: option like another"),
        pytest.param("slurm", "sbatch: error: Batch job submission failed: User's group not permitted to use this partition", "queue-name", id="slurm: partition of others"),
        pytest.param("lsf", "nosuch: No such queue. Job not submitted.", "queue-name", id="lsf: queue"),
        pytest.param("lsf", "gpuqueu: No such queue. Job not submitted.", "queue-name", id="lsf: queue of GPUs"),
        pytest.param("lsf", "others: User cannot use the queue. Job not submitted.", "queue-name", id="lsf: queue of others"),
        pytest.param("lsf", "RUNLIMIT: Cannot exceed queue's hard limit(s). Job not submitted.", WALLTIME, id="lsf: too long"),
        pytest.param("lsf", "00:10:00: Bad RUNLIMIT specification. Job not submitted.", WALLTIME, id="lsf: form of the walltime"),
        pytest.param("lsf", "MEMLIMIT: Cannot exceed queue's hard limit(s). Job not submitted.", MEMORY, id="lsf: too much memory"),
        pytest.param("lsf", "1G: MEMLIMT value should be a positive integer. Job not submitted.", MEMORY, id="lsf: form of the memory"),
        pytest.param("lsf", "Too many processors requested. Job not submitted.", THREADS, id="lsf: too many CPUs"),
        pytest.param("lsf", "bsub: illegal option -- gpu Usage: bsub [-h] [-V] [-x] [-W run_limit[/host_spec]] [-q queue_name ...] [-n min_processors[,max_processors]]", GPUS, id="lsf: GPUs"),
        pytest.param("lsf", "bsub: illegal option -- Z Usage: bsub [-h] [-V] [-W run_limit[/host_spec]] [-q queue_name ...] [-n min_processors[,max_processors]]", "extra-script-options", id="lsf: option"),
        pytest.param("lsf", "Bad job name. Job not submitted.", "job-name", id="lsf: name"),
        pytest.param("lsf", "User permission denied. Job not submitted.", None, id="lsf: other"),
        pytest.param("pbs", "qsub: Unknown queue", "queue-name", id="pbs: queue"),
        pytest.param("pbs", "qsub: Queue is not enabled", "queue-name", id="pbs: queue is closed"),
        pytest.param("pbs", "qsub: Access to queue is denied", "queue-name", id="pbs: queue of others"),
        pytest.param("pbs", "qsub: Job violates queue and/or server resource limits", "resources-per-worker", id="pbs: any resource"),
        pytest.param("pbs", "qsub: Illegal attribute or resource value Resource_List.walltime", WALLTIME, id="pbs: form of the walltime"),
        pytest.param("pbs", "qsub: Illegal attribute or resource value select.mem", MEMORY, id="pbs: form of the memory"),
        pytest.param("pbs", "qsub: Illegal attribute or resource value select.ncpus", THREADS, id="pbs: CPUs"),
        pytest.param("pbs", "qsub: Unknown resource: ngpus", GPUS, id="pbs: GPUs"),
        pytest.param("pbs", 'qsub: "-lresource=" cannot be used with "select" or "place", resource is: ngpus', "gpu-directive", id="pbs: GPUs beside select"),
        pytest.param("pbs", 'qsub: "-lresource=" cannot be used with "select" or "place", resource is: mem', "extra-script-options", id="pbs: memory beside select"),
        pytest.param("pbs", "qsub: Unknown resource: foo", "resource-spec", id="pbs: resource"),
        pytest.param("pbs", "qsub: Illegal attribute or resource value Resource_List.select", "resource-spec", id="pbs: select"),
        pytest.param("pbs", "qsub: Invalid Account", "account", id="pbs: account"),
        pytest.param("pbs", "qsub: illegal -N value usage: qsub [-a date_time] [-A account_string] [-q queue] [-l resource_list]", "job-name", id="pbs: name"),
        pytest.param("pbs", "qsub: invalid option -- 'Z' qsub: directive error: -Z 1", "extra-script-options", id="pbs: option"),
        pytest.param("pbs", "Connection refused qsub: cannot connect to server node1 (errno=15010)", None, id="pbs: down"),
        pytest.param("pbs", "qsub: Bad UID for job execution", None, id="pbs: other"),
        pytest.param("sge", 'Unable to run job: Job was rejected because job requests unknown queue "gpu.q" Exiting.', "queue-name", id="sge: queue"),
        pytest.param("sge", 'Unable to run job: job rejected: the requested parallel environment "nosuch" does not exist Exiting.', "parallel-environment", id="sge: parallel environment"),
        pytest.param("sge", 'Unable to run job: job rejected: the requested project "nosuch" does not exist Exiting.', "account", id="sge: project"),
        pytest.param("sge", 'Unable to run job: denied: "1abc" is not a valid object name (cannot start with a digit) Exiting.', "job-name", id="sge: name"),
        pytest.param("sge", 'Unable to run job: attribute "h_rt" is not a time value Exiting.', WALLTIME, id="sge: form of the walltime"),
        pytest.param("sge", 'Unable to run job: unknown resource "gpu" Exiting.', "gpu-resource", id="sge: GPUs"),
        pytest.param("sge", 'Unable to run job: unknown resource "mem_total" Exiting.', "memory-resource", id="sge: no such memory"),
        pytest.param("sge", 'Unable to run job: unknown resource "licence" Exiting.', None, id="sge: no such resource"),
        pytest.param("sge", "Unable to run job: error: no suitable queues. Exiting.", None, id="sge: no queue for the request"),
        pytest.param("sge", 'error: commlib error: got select error (Connection refused) Unable to run job: unable to send message to qmaster using port 6444 on host "node1": got send error Exiting.', None, id="sge: down"),
        pytest.param("htcondor", "ERROR: Parse error in expression: Requirements = ((OpSysMajorVer ==) && (TARGET.Disk >= RequestDisk)) && (TARGET.Memory >= RequestMemory)", "extra-script-options", id="htcondor: requirements"),
        pytest.param("htcondor", "ERROR: ERROR: request_memory=100 defaults to megabytes, but must contain a units suffix (i.e K, M, G or T)", MEMORY, id="htcondor: unit"),
        pytest.param("htcondor", "ERROR: ERROR: request_disk=1000 defaults to kilobytes, must contain a units suffix (i.e K, M, or B)", "disk", id="htcondor: disk"),
        pytest.param("htcondor", "ERROR: Invalid accounting_group: a b c", "account", id="htcondor: account"),
        pytest.param("htcondor", "ERROR: on Line 5 of <stdin>: ERROR: Failed to parse command file (line 5).", "extra-script-options", id="htcondor: line"),
        pytest.param("htcondor", "ERROR: Can't find address of local schedd", None, id="htcondor: down"),
        pytest.param("htcondor", "ERROR: on Line 4 of submit file: ERROR: request_memory = ? is invalid", MEMORY, id="htcondor: memory"),
        pytest.param("oar", "[ADMISSION RULE] Set default walltime to 7200. [ADMISSION RULE] Modify resource description with type constraints ERROR : The queue nosuch does not exist", "queue-name", id="oar: queue"),
        pytest.param("oar", "[ADMISSION RULE] Only member of the group admin can submit jobs in the admin queue", "queue-name", id="oar: queue of others"),
        pytest.param("oar", "There are not enough resources for your request [ERROR] Oarsub failed, please verify your request syntax.", "resources-per-worker", id="oar: any resource"),
        pytest.param("oar", "[ADMISSION RULE] The maximum walltime of the queue short is 0:10:0.", WALLTIME, id="oar: too long for the queue"),
        pytest.param("oar", "Bad resource request (ERROR: column \"memxyz\" does not exist LINE 4: ... ('1' AND ( (type = 'default') AND ((memxyz>=4)... ) [ERROR] Oarsub failed, please verify your request syntax.", "memory-per-core-property-name", id="oar: no such property"),
        pytest.param("oar", "Bad resource request (ERROR: column \"foo\" does not exist LINE 1: SELECT network_address, foo, core, resource_id ) [ERROR] Oarsub failed, please verify your request syntax.", "resource-spec", id="oar: no such level"),
        pytest.param("oar", "Bad resource request (ERROR: column \"gpu\" does not exist LINE 1: SELECT network_address, gpu, core, resource_id ) [ERROR] Oarsub failed, please verify your request syntax.", GPUS, id="oar: no GPUs"),
        pytest.param("oar", r"/!\ Cannot recognize -- walltime=abc -- resource", "resource-spec", id="oar: form of the resources"),
        pytest.param("oar", "[ADMISSION RULE] Error: unknown job type: nosuch", "extra-script-options", id="oar: type"),
        pytest.param("oar", "Unknown option: nosuch", "extra-script-options", id="oar: option"),
        pytest.param("oar", "[ERROR] Cannot connect to executor 127.0.0.1:6666. Job is killed.", None, id="oar: down"),
        pytest.param("oar", "[ADMISSION RULE] Set default walltime to 7200. [ADMISSION RULE] Too many jobs of yours", None, id="oar: other"),
        pytest.param("moab", "ERROR: cannot submit job - invalid class specified (nosuch)", "queue-name", id="moab: queue"),
    ],
)  # fmt: skip
def test_a_rejection_names_the_key_to_check(kind: str, message: str, key: str | None) -> None:
    assert SCHEDULERS[kind].suspected_key(message) == key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("refused_queue", "queue-name"),
        ("refused_threads", "resources-per-worker"),
        ("refused_memory", "resources-per-worker"),
        ("refused_walltime", WALLTIME),
        ("refused_property", "memory-per-core-property-name"),
        ("refused_gpus", GPUS),
        ("refused_option", "extra-script-options"),
        ("refused_type", "extra-script-options"),
        ("submit_no_controller", None),
    ],
)
def test_a_rejection_by_oar_names_the_key_to_check(name: str, key: str | None) -> None:
    output = recordings.recorded("oar", name)
    assert output.exit_code
    assert SCHEDULERS["oar"].suspected_key(output.message) == key


@pytest.mark.parametrize(
    ("kind", "text", "seconds"),
    [
        pytest.param("slurm", "90", 90 * 60, id="slurm: minutes"),
        pytest.param("slurm", "01:30", 90, id="slurm: minutes and seconds"),
        pytest.param("slurm", "01:30:00", 5400, id="slurm: hours"),
        pytest.param("slurm", "1-2", 26 * 3600, id="slurm: days and hours"),
        pytest.param("slurm", "1-02:30", 95400, id="slurm: days, hours and minutes"),
        pytest.param("slurm", "1-02:30:10", 95410, id="slurm: all"),
        pytest.param("lsf", "90", 90 * 60, id="lsf: minutes"),
        pytest.param("lsf", "01:30", 90 * 60, id="lsf: hours and minutes"),
        pytest.param("lsf", "1:30/node1", 90 * 60, id="lsf: host"),
        pytest.param("pbs", "90", 90, id="pbs: seconds"),
        pytest.param("pbs", "01:30", 90, id="pbs: minutes and seconds"),
        pytest.param("pbs", "01:30:00", 5400, id="pbs: hours"),
        pytest.param("sge", "90", 90, id="sge: seconds"),
        pytest.param("sge", "01:30:00", 5400, id="sge: hours"),
        pytest.param("oar", "2", 7200, id="oar: hours"),
        pytest.param("oar", "2:30", 9000, id="oar: hours and minutes"),
        pytest.param("oar", "2:30:10", 9010, id="oar: all"),
        pytest.param("moab", "01:30:00", 5400, id="moab: hours"),
        pytest.param("moab", "1:01:30:00", 91800, id="moab: days"),
    ],
)
def test_walltime_as_the_scheduler_reads_it(kind: str, text: str, seconds: int) -> None:
    assert SCHEDULERS[kind].read_walltime(text) == seconds


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *(
            pytest.param(kind, text, id=f"{kind}: {text or 'empty'}")
            for kind in ("slurm", "oar", "pbs")
            for text in ("soon", "", "-1:00")
        ),
        pytest.param("lsf", "00:10:00", id="lsf: seconds"),
        pytest.param("pbs", "1:00:00:00", id="pbs: days"),
        pytest.param("sge", "1:00:00:00", id="sge: days"),
        pytest.param("oar", "1:00:00:00", id="oar: days"),
        pytest.param("slurm", "1:00:00:00", id="slurm: days before a colon"),
        pytest.param("htcondor", "01:00:00", id="htcondor"),
    ],
)
def test_a_walltime_that_the_scheduler_rejects_is_an_error(kind: str, text: str) -> None:
    with pytest.raises(ValueError, match="walltime"):
        SCHEDULERS[kind].read_walltime(text)
