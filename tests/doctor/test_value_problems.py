"""One cause for each wrong value: no two checks report it, and none raises, whatever it is."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from dask_backend_config.catalogue import backend_schema
from dask_backend_config.catalogue.known_keys import catalogue
from dask_backend_config.config.sources import SourceFile, Variable
from dask_backend_config.core.keys import variable_of
from dask_backend_config.core.origins import Origin
from dask_backend_config.doctor.checks import (
    base_60_number,
    line_break_in_script,
    list_expected,
    unexpanded_variable,
    word_in_variable,
    wrong_type,
)
from dask_backend_config.doctor.facts import gather_facts
from dask_backend_config.doctor.setting import Setting
from dask_backend_config.doctor.value_problems import spoken

CHECKS = (
    base_60_number, line_break_in_script, list_expected, unexpanded_variable, word_in_variable,
    wrong_type,
)  # fmt: skip
KEYS = [
    *catalogue().keys(), *backend_schema.keys(), *catalogue().renamed, "", "distributed.logging.a.b",
    "jobqueue.mine.cores", "jobqueue.htcondor.job-extra-directives.a", "backends.profiles.a",
    "backends.profiles.a.backend", "backends.profiles.a.queue-name", "backends.nowhere.a",
    "distributed.nanny.environ.A_TOKEN", "distributed.worker.resources.GPU",
    "distributed.nanny.environ.a\nb",
]  # fmt: skip
ODD: list[Any] = [
    None, True, False, 0, -5, 3, 1.5, math.inf, math.nan, 16**5000, "", " ", "text", "no", "On", "0",
    "5 mins", "60%", ".5s", "0h", "1e999", "~/a", "$HOME/${A}", "${A\nb}", "\t$A", "a\nb", "\n", "\0", "\ud800", b"bytes",
    dt.date(2021, 1, 1), dt.datetime(2021, 1, 1, tzinfo=dt.timezone.utc),
    [], [None], [1, "a\nb", {}], [[["a"]]], ["~/a"], {}, {"a": {"b": [None]}}, {1: 2}, (), (1, 2),
    {1, 2}, 1j, ...,
]  # fmt: skip


def _settings() -> Iterator[Setting]:
    file = SourceFile("a.yaml", "ok")
    for number, (key, value) in enumerate(itertools.product(KEYS, ODD)):
        path = tuple(key.split("."))
        text = value if isinstance(value, str) else None
        yield Setting(path, value, Origin("file", path="a.yaml", line=number), text, True, file)
        name = f"{variable_of(key)}_{number}"
        variable = Variable(name, "", key, value)
        yield Setting(path, value, variable.origin, text, variable=variable)


def test_each_wrong_value_is_one_checks_and_none_raises() -> None:
    facts = gather_facts()
    settings = tuple(_settings())
    facts.__dict__["settings"] = settings
    found = [finding for check in CHECKS for finding in check.check(facts)]
    assert len(found) > len(settings) / 3
    # A mapping in a variable has one origin for all that it holds.
    origins = Counter((finding.origin, finding.key) for finding in found)
    assert [origin for origin, times in origins.items() if times > 1] == []
    words = [finding.message + finding.hint for finding in found]
    assert [text for text in words if not text.isprintable()] == []
    assert all(finding.hint and finding.key is not None for finding in found)


@pytest.mark.parametrize(
    ("path", "in_file", "words"),
    [
        pytest.param(("jobqueue", "slurm", "job_name"), True, "job_name: 'a'", id="as written"),
        pytest.param(("jobqueue", "slurm", "job_name"), False, "job-name: 'a'", id="a variable"),
        pytest.param(("gateway", "api_token"), True, "api_token: ********", id="a secret"),
    ],
)
def test_a_setting_is_quoted_as_it_stands(path: tuple[str, ...], in_file: bool, words: str) -> None:
    file = SourceFile("a.yaml", "ok") if in_file else None
    assert spoken(Setting(path, "a", Origin("file"), "a", plain=False, file=file)) == words
