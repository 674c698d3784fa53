"""The file dask-keys.yaml."""

from __future__ import annotations

import inspect
from pathlib import Path

import yaml
from distributed import Scheduler
from distributed.core import Server

from dask_backend_config.catalogue import dask_keys
from dask_backend_config.catalogue.descriptions import describe
from dask_backend_config.catalogue.known_keys import catalogue

FILE = Path(dask_keys.__file__).with_name("dask-keys.yaml")
ENTRIES = yaml.safe_load(FILE.read_text())
FIELDS = {
    "also", "argument-names", "arguments", "description", "enum", "examples", "exclusiveMinimum", "expands", "file",
    "hint", "imports", "items", "kept-by-workers", "least", "minLength", "minimum", "needs",
    "no-default", "not-a-key", "other-names", "own-names", "pattern", "plugins", "read-by",
    "refused", "refused-since", "removed-after", "renamed-to", "replaced-by", "same-under-backends", "script",
    "truthy", "type", "under-backends", "unit",
}  # fmt: skip


def test_every_entry_is_read_as_yaml_reads_it() -> None:
    assert {key: dict(dask_keys._entry(key)) for key in ENTRIES} == ENTRIES
    for field in FIELDS:
        expected = [key for key, entry in ENTRIES.items() if field in entry]
        assert dask_keys.keys_with(field) == expected


def test_every_field_is_explained_at_the_top() -> None:
    head = FILE.read_text().partition("\n\n")[0]
    used = {field for entry in ENTRIES.values() for field in entry}
    assert used <= FIELDS
    assert [field for field in FIELDS if field not in head] == []


def test_every_entry_is_for_a_known_or_an_old_key() -> None:
    names = {key: tuple(key.replace("*", "mine").split(".")) for key in ENTRIES}
    unknown = [
        key
        for key, path in names.items()
        if not catalogue().knows(path[:3] if path[0] == "jobqueue" else path)
        and not {"not-a-key", "removed-after", "renamed-to"} & set(ENTRIES[key])
    ]
    assert unknown == []


def test_a_key_with_a_default_is_not_listed_as_one_without() -> None:
    tree_keys = set(catalogue().keys()) - set(dask_keys.keys_with("no-default"))
    assert tree_keys & set(dask_keys.keys_with("no-default")) == set()


def test_exact_entry_and_entries_with_a_star_add_up() -> None:
    assert dask_keys.entry(("jobqueue", "pbs", "account"))["script"]
    assert dask_keys.entry(("jobqueue", "pbs", "account"))["minLength"] == 0
    assert dask_keys.entry(("jobqueue", "mine", "account"))["minLength"] == 1
    assert dask_keys.entry(("distributed", "nanny", "environ", "A"))["type"]
    assert dask_keys.entry(("gateway", "address")) == {}


def test_a_key_inherits_a_field_from_the_nearest_section() -> None:
    assert dask_keys.inherited("distributed.worker.memory.target", "kept-by-workers") is True
    assert dask_keys.inherited("distributed.worker.daemon", "kept-by-workers") is False
    assert dask_keys.inherited("array.chunk-size", "kept-by-workers") is None


def test_every_key_without_a_default_and_every_key_of_dask_jobqueue_has_a_description() -> None:
    keys = [key for key in catalogue().keys() if key.startswith("jobqueue.")]  # noqa: SIM118
    current = [key for key in keys if key.count(".") == 2 and "renamed-to" not in _entry(key)]
    without = [key for key in current if not describe(key).text]
    assert without == []
    assert [key for key in dask_keys.keys_with("no-default") if not describe(key).text] == []


def _entry(key: str) -> object:
    return dask_keys.entry(tuple(key.split(".")))


def test_the_arguments_of_dasks_scheduler_are_named() -> None:
    accepted = {
        name
        for of in (Scheduler, Server)
        for name, each in inspect.signature(of.__init__).parameters.items()
        if name != "self" and each.kind is not each.VAR_KEYWORD
    }
    named = ENTRIES["jobqueue.*.scheduler-options"]["argument-names"]
    assert {name.replace("_", "-") for name in accepted} <= {*named}
    assert sorted(named) == named
