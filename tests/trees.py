"""Strategies: what users may say in files and variables, valid or not."""

from __future__ import annotations

import base64
import json
from typing import Any

from hypothesis import strategies as st

#: Names that collide: both spellings, sections and leaves of the defaults, renamed keys.
NAMES = (
    "distributed", "worker", "daemon", "comm", "timeouts", "connect", "tcp", "scheduler",
    "work-stealing", "work_stealing", "transition-log-length", "admin", "low-level-log-length",
    "low_level_log_length", "shuffle", "dataframe", "algorithm", "method", "array",
    "rechunk-threshold", "rechunk", "threshold", "fuse_ave_width", "fuse-ave-width", "optimization",
    "fuse", "ave-width", "connect-timeout", "ucx", "cuda-copy", "rmm", "backends", "local",
    "number-of-workers", "number_of_workers", "deploy", "lost-worker-timeout", "a-b_c", "a_b_c",
    "jobqueue", "slurm", "queue", "traceback", "shorten", "what", "p2p", "disk", "storage",
)  # fmt: skip

PATHS = (
    "distributed.worker.daemon", "distributed.comm.timeouts.connect",
    "distributed.comm.timeouts.tcp", "distributed.deploy.lost-worker-timeout",
    "distributed.scheduler.transition-log-length", "distributed.admin.low-level-log-length",
    "connect-timeout", "shuffle", "dataframe.shuffle.method", "array.rechunk.threshold",
    "backends.local.number-of-workers", "jobqueue.slurm.queue", "distributed.worker",
    "distributed", "backends", "dataframe.shuffle", "ucx.tcp", "rmm", "distributed.p2p.disk",
)  # fmt: skip

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(0, 9),
    st.sampled_from(["10s", "30s", "15s", "x", "", "daemon"]),
    st.just([]),
    st.just(["a"]),
)
names = st.sampled_from(NAMES)


def _at(path: str, value: Any) -> Any:
    for name in reversed(path.split(".")):
        value = {name: value}
    return value


def _mixed(path: str, flips: list[bool]) -> str:
    return "".join(
        "_" if letter == "-" and flip else letter
        for letter, flip in zip(path, flips * len(path), strict=False)
    )


spelled_paths = st.builds(
    _mixed, st.sampled_from(PATHS), st.lists(st.booleans(), min_size=1, max_size=3)
)
loose = st.recursive(scalars, lambda inner: st.dictionaries(names, inner, max_size=3), max_leaves=6)
files = st.one_of(
    st.dictionaries(names, loose, max_size=3),
    st.builds(_at, spelled_paths, scalars),
    st.none(),
)


def _variable(path: str) -> str:
    return "DASK_" + path.replace("-", "_").replace(".", "__").upper()


texts = st.sampled_from(
    ["1", "true", "no", "None", "10s", "30s", "False", "['a']", "1,2", "", "{'daemon': True}",
     "{'worker': {'daemon': 5}}", "x", "null", "12:00:00", "1e3"]
)  # fmt: skip
variables = st.dictionaries(
    st.one_of(st.sampled_from(PATHS).map(_variable), names.map(_variable)), texts, max_size=4
)
inherited = st.one_of(
    st.none(),
    st.dictionaries(names, loose, max_size=2).map(
        lambda tree: base64.urlsafe_b64encode(json.dumps(tree).encode()).decode()
    ),
)
