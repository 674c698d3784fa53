"""The shipped YAML agrees with its schema, and wrong values are refused with a useful message."""

from __future__ import annotations

import re
from typing import Any

import pytest

from dask_backend_config.catalogue import backend_schema, shipped
from dask_backend_config.core import keys

SHIPPED = shipped.read(shipped.BACKENDS)
KEYS = tuple(backend_schema.keys())


def leaves(tree: dict[str, Any], prefix: str) -> list[str]:
    found = []
    for name, value in tree.items():
        key = f"{prefix}.{name}"
        found += leaves(value, key) if isinstance(value, dict) and value else [key]
    return found


def comments() -> dict[str, str]:
    """Every key and section of backends.yaml with the comment lines right above it."""
    found: dict[str, str] = {}
    path: list[str] = []
    above: list[str] = []
    for line in (shipped.folder() / shipped.BACKENDS).read_text("utf-8").splitlines():
        match = re.match(r"( *)([\w-]+):", line)
        if line.lstrip().startswith("#"):
            above.append(line.strip(" #"))
        elif match:
            path = [*path[: len(match[1]) // 2], match[2]]
            found[".".join(path)] = " ".join(above)
            above = []
        else:
            above = []
    return found


def test_schema_and_yaml_hold_the_same_keys() -> None:
    written = set(leaves(SHIPPED["backends"], "backends"))
    assert set(KEYS) | {"backends.slurm"} == written


def test_every_key_has_a_type_a_description_a_comment_and_a_valid_default() -> None:
    nodes = {key: backend_schema.node(key) or {} for key in KEYS}
    assert [key for key, node in nodes.items() if not node["type"]] == []
    assert [
        key for key, node in nodes.items() if not node["description"].strip().endswith((".", ":"))
    ] == []
    assert [key for key in KEYS if not comments()[key]] == []
    assert [key for key in KEYS if backend_schema.problem(key, keys.lookup(SHIPPED, key))] == []


def test_null_is_the_default_of_exactly_the_keys_that_accept_it() -> None:
    # dask reads the value none of a variable as null.
    nullable = [
        key
        for key in KEYS
        if backend_schema.problem(key, None) is None and not key.endswith("task-isolation")
    ]
    assert nullable == [key for key in KEYS if keys.lookup(SHIPPED, key) is None]


def test_every_count_has_a_unit() -> None:
    nodes = [backend_schema.node(key) or {} for key in KEYS]
    counts = [node for node in nodes if node["type"] in ("integer", ["integer", "null"])]
    assert {node["unit"] for node in counts} == {"workers", "threads", "GPUs", "tasks", "attempts"}


def _read_by_dask_jobqueue(scheduler: str) -> set[str]:
    """The keys below ``jobqueue.<scheduler>`` that its source asks for, older names included."""
    home = shipped.package_folder("dask_jobqueue")
    assert home is not None
    modules = ["core", *(["pbs"] if scheduler == "moab" else []), scheduler]
    sources = "".join((home / f"{name}.py").read_text() for name in modules)
    return set(re.findall(r"\bjobqueue\.%s\.([\w-]+)", sources))


@pytest.mark.parametrize("scheduler", ["lsf", "pbs", "slurm", "sge", "htcondor", "oar", "moab"])
def test_every_fallback_is_a_key_of_dask_jobqueue(scheduler: str) -> None:
    own = [key.replace("backends.jobqueue.", f"backends.{scheduler}.") for key in KEYS]
    chains = [
        backend_schema.fallbacks(key) for key in own if key.startswith(f"backends.{scheduler}.")
    ]
    names = {key.rpartition(".")[2] for chain in chains for key in chain if key[:5] == "jobqu"}
    assert names <= _read_by_dask_jobqueue(scheduler)
    assert {"cores", "memory", "name"} <= names


def test_a_key_that_falls_back_on_dask_jobqueue_is_null_by_default() -> None:
    falls = [key for key in KEYS if "jobqueue" in backend_schema.node(key)]  # type: ignore[operator]
    assert len(falls) > 15
    assert [key for key in falls if keys.lookup(SHIPPED, key) is not None] == []


@pytest.mark.parametrize(
    ("key", "chain"),
    [
        pytest.param(
            "backends.pbs.queue-name",
            ("backends.jobqueue.queue-name", "jobqueue.pbs.queue"),
            id="shared-and-theirs",
        ),
        pytest.param(
            "backends.lsf.account",
            ("backends.jobqueue.account", "jobqueue.lsf.project"),
            id="another-name-on-another-scheduler",
        ),
        pytest.param(
            "backends.slurm.resources_per_worker.number_of_threads",
            ("backends.jobqueue.resources-per-worker.number-of-threads", "jobqueue.slurm.cores"),
            id="nested-with-underscores",
        ),
        pytest.param(
            "backends.htcondor.queue-name", ("backends.jobqueue.queue-name",), id="theirs-lacks-it"
        ),
        pytest.param("backends.lsf.memory-unit", ("jobqueue.lsf.lsf-units",), id="particular"),
        pytest.param("backends.sge.gpu-resource", (), id="particular-and-ours"),
        pytest.param("backends.jobqueue.queue-name", (), id="depends-on-the-scheduler"),
        pytest.param("backends.local.number-of-workers", (), id="local"),
        pytest.param(
            "backends.pbs.worker_groups.big_mem.queue_name",
            (
                "backends.jobqueue.worker-groups.big-mem.queue-name",
                "backends.pbs.queue-name",
                "backends.jobqueue.queue-name",
                "jobqueue.pbs.queue",
            ),
            id="worker-group",
        ),
        pytest.param(
            "backends.sge.worker-groups.gpu.gpu-resource",
            ("backends.sge.gpu-resource",),
            id="particular-in-a-group",
        ),
        pytest.param(
            "backends.local.worker-groups.a.resources-per-worker.number-of-threads",
            ("backends.local.resources-per-worker.number-of-threads",),
            id="local-group",
        ),
        pytest.param("backends.pbs.worker-groups.gpu.security", (), id="not-for-a-group"),
        pytest.param("backends.pbs.no-such", (), id="unknown"),
        pytest.param("backends.pbs", (), id="section"),
        pytest.param("distributed.version", (), id="foreign"),
    ],
)
def test_fallbacks(key: str, chain: tuple[str, ...]) -> None:
    assert backend_schema.fallbacks(key) == chain


@pytest.mark.parametrize(
    ("key", "known"),
    [
        pytest.param("backends.local", True, id="section"),
        pytest.param("backends.local.number_of_workers", True, id="underscores"),
        pytest.param("backends.pbs.queue-name", True, id="shared-key-of-a-scheduler"),
        pytest.param("backends.pbs.resources-per-worker.number-of-gpus", True, id="nested"),
        pytest.param("backends.local.queue-name", False, id="job-queue-key-under-local"),
        pytest.param("backends.pbs.memory-unit", False, id="another-scheduler's-key"),
        pytest.param("backends.profiles.gpu", True, id="profile"),
        pytest.param("backends.profiles.gpu.backend", True, id="profile's-backend"),
        pytest.param("backends.profiles.gpu.number-of-workers", True, id="local-key-in-a-profile"),
        pytest.param("backends.profiles.gpu.memory-unit", True, id="lsf-key-in-a-profile"),
        pytest.param("backends.profiles.gpu.profiles", False, id="profile-in-a-profile"),
        pytest.param("backends.pbs.worker-groups", True, id="groups"),
        pytest.param("backends.jobqueue.worker-groups.a", True, id="group"),
        pytest.param("backends.pbs.worker-groups.a.resource_spec", True, id="key-in-a-group"),
        pytest.param(
            "backends.pbs.worker-groups.a.resources-per-worker", True, id="section-in-a-group"
        ),
        pytest.param(
            "backends.profiles.p.worker-groups.a.memory-limit", True, id="group-in-a-profile"
        ),
        pytest.param("backends.profiles.worker-groups.queue-name", True, id="profile-named-so"),
        pytest.param("backends.pbs.worker-groups.a.security", False, id="cluster's-key-in-a-group"),
        pytest.param(
            "backends.pbs.worker-groups.a.dashboard-address", False, id="cluster's-key-by-reference"
        ),
        pytest.param("backends.pbs.worker-groups.a.worker-groups.b", False, id="group-in-a-group"),
        pytest.param(
            "backends.pbs.worker-groups.a.memory-unit", False, id="another-scheduler's-in-a-group"
        ),
        pytest.param("backends.profiles.p.worker-groups.a.backend", False, id="backend-of-a-group"),
        pytest.param("backends.worker-groups.a", False, id="groups-of-nothing"),
        pytest.param("backends.nowhere", False, id="unknown-section"),
        pytest.param("backends.local.number-of-workers.x", False, id="below-a-value"),
        pytest.param("dask.x", False, id="foreign"),
    ],
)
def test_a_key_is_known(key: str, known: bool) -> None:
    assert (backend_schema.node(key) is not None) is known


RIGHT = [
    ("backends.local.number-of-workers", 1),
    ("backends.local.allow-more-threads-than-cores", True),
    ("backends.local.memory-limit", "4 GB"),
    ("backends.local.memory-limit", 0),
    ("backends.local.start-timeout", 1.5),
    ("backends.local.start-timeout", "1 hour"),
    ("backends.local.dashboard-address", ":8787"),
    ("backends.local.dashboard-address", 8787),
    ("backends.local.dashboard-address", "127.0.0.1:0"),
    ("backends.jobqueue.setup-script-commands", []),
    ("backends.jobqueue.setup-script-commands", ("a", "b")),
    ("backends.jobqueue.resources-per-worker.wallclock-time-limit", "05:59"),
    ("backends.slurm.security", None),
    ("backends.profiles.gpu.security", None),
    ("backends.local.worker-groups.a", None),
    ("backends.local.worker-groups.a.memory-limit", "1 GB"),
    ("backends.slurm.worker-groups.a.disable-nanny-process", None),
    ("backends.profiles", {"gpu": {}}),
    ("backends.nowhere", "anything"),
]


def test_valid_values_have_no_problem() -> None:
    found = {key: backend_schema.problem(key, value) for key, value in RIGHT}
    assert {key: problem for key, problem in found.items() if problem} == {}


COUNT = "must be a whole number of at least 1"
QUEUE, WORKERS = "backends.jobqueue.queue-name", "backends.local.number-of-workers"
COMMANDS = "backends.jobqueue.setup-script-commands"
TIME = "backends.jobqueue.resources-per-worker.wallclock-time-limit"
MEMORY = "backends.jobqueue.resources-per-worker.per-thread-memory-limit"
TOOLKIT = "backends.local.resources-per-worker.preferred-gpu-toolkit"
ONE_THREAD = "allow-more-threads-than-cores"


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        pytest.param(WORKERS, 0, COUNT, id="too-few"),
        pytest.param(WORKERS, True, COUNT, id="boolean-for-a-number"),
        pytest.param(f"backends.local.{ONE_THREAD}", "no", "write False", id="no-from-a-variable"),
        pytest.param(f"backends.local.{ONE_THREAD}", 1, "must be true or false", id="number"),
        pytest.param(TOOLKIT, "cuda", "did you mean CUDA?", id="case-of-an-enum"),
        pytest.param(TOOLKIT, "OpenGL", "did you mean OpenCL?", id="typo-in-an-enum"),
        pytest.param(TOOLKIT, 1, "must be one of CUDA, OpenCL, auto", id="number-for-an-enum"),
        pytest.param(TIME, 43200, "without quotes, YAML reads", id="walltime-as-a-number"),
        pytest.param(TIME, "05:59\n", "must not contain a line break", id="walltime-with-break"),
        pytest.param(MEMORY, "lots", 'an amount of memory: "4 GB"', id="not-memory"),
        pytest.param(MEMORY, 0, "must be more than 0", id="no-memory"),
        pytest.param(
            "backends.local.start-timeout", "soon", 'a duration: "10s"', id="not-a-duration"
        ),
        pytest.param("backends.jobqueue.lifetime-margin", -1, "must be a duration", id="negative"),
        pytest.param(COMMANDS, "module load cuda", "each character", id="string-for-a-list"),
        pytest.param(COMMANDS, "[a, b]", "quote each string", id="list-in-a-variable"),
        pytest.param(COMMANDS, {"a": 1}, 'e.g. ["conda activate', id="mapping-for-a-list"),
        pytest.param(COMMANDS, ["a", "b\nc"], "in entry 2 of the list", id="break-in-a-list"),
        pytest.param(COMMANDS, [None], "in entry 1 of the list", id="null-in-a-list"),
        pytest.param(QUEUE, "", "must not be empty", id="empty"),
        pytest.param(QUEUE, 7, "must be a string; quote it", id="number-for-a-string"),
        pytest.param(QUEUE, ["a"], "must be a string", id="list-for-a-string"),
        pytest.param(QUEUE, "a\u2028b", "must not contain a line break", id="line-separator"),
        pytest.param("backends.local.dashboard-address", "x", "must look like", id="not-a-port"),
        pytest.param("backends.local", None, "a section with keys", id="null-section"),
        pytest.param("backends.local.start-timeout", None, "not null", id="null"),
        pytest.param(
            "backends.pbs.worker-groups",
            ["a"],
            "must be a section with keys of its own",
            id="list-of-groups",
        ),
        pytest.param(
            "backends.pbs.worker-groups.a",
            "x",
            "must be a section with keys of its own, or null",
            id="group",
        ),
        pytest.param("backends.pbs.worker-groups.a.queue-name", 7, "quote it", id="in-a-group"),
        pytest.param("backends.profiles.p.backend", "pbss", "did you mean pbs?", id="profile"),
    ],
)
def test_the_problem_of_a_wrong_value(key: str, value: Any, words: str) -> None:
    assert words in str(backend_schema.problem(key, value))


def test_the_four_recommended_settings_are_keys_of_distributed() -> None:
    recommended = {
        "distributed.worker.daemon": False,
        "distributed.comm.timeouts.connect": "10s",
        "distributed.comm.timeouts.tcp": "30s",
        "distributed.deploy.lost-worker-timeout": "15s",
    }
    ours = shipped.read(shipped.RECOMMENDED)
    theirs = shipped.of_package(shipped.PACKAGES[1])
    assert {key: keys.lookup(ours, key) for key in leaves(ours["distributed"], "distributed")} == (
        recommended
    )
    assert all(keys.lookup(theirs, key) is not None for key in recommended)
