"""The JSON Schema of all keys: what validators and editors make of files."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from dask_backend_config.catalogue import shipped
from dask_backend_config.catalogue.json_schema import json_schema
from dask_backend_config.catalogue.known_keys import catalogue, keys_below
from dask_backend_config.catalogue.old_keys import is_old
from dask_backend_config.doctor.checks import CHECKS
from tests.docs.pages import blocks
from tests.docs.test_examples import BLOCK
from tests.doctor.test_run import CORPUS, REAL_MISTAKES

#: The checks whose findings a validator of YAML can have, too.
REFUSED = (
    "dotted-key", "list-expected", "scheduler-mapping", "stray-leaf", "unknown-key", "wrong-type",
)  # fmt: skip


@functools.cache
def schema() -> dict[str, Any]:
    found = json_schema(catalogue())
    assert json.loads(json.dumps(found, allow_nan=False)) == found, "JSON can hold it"
    return found


def problems(text: str) -> list[str]:
    data = yaml.safe_load(text)
    found = Draft202012Validator(schema()).iter_errors({} if data is None else data)
    return [f"{'.'.join(map(str, error.absolute_path))}: {error.message}" for error in found]


def node_at(path: tuple[str, ...]) -> Mapping[str, Any]:
    node = schema()
    for name in path:
        node = node["properties"][name]
        if "$ref" in node:
            node = schema()["$defs"][node["$ref"].removeprefix("#/$defs/")]
    return node


def test_it_is_a_schema_of_the_current_dialect() -> None:
    assert schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("files", shipped.PACKAGES, ids=lambda files: files.package)
def test_the_default_files_of_dask_are_valid(files: shipped.PackageFiles) -> None:
    folder = shipped.package_folder(files.package)
    assert folder
    assert problems((folder / files.defaults).read_text()) == []


@pytest.mark.parametrize("name", [shipped.RECOMMENDED, shipped.BACKENDS])
def test_the_defaults_of_this_package_are_valid(name: str) -> None:
    assert problems(shipped.text(name)) == []


def sound_blocks() -> Iterator[Any]:
    for block in blocks(("yaml", "yml")):
        if block.is_for_dask and not block.remark:
            yield pytest.param(block.text, id=block.name)


@pytest.mark.parametrize("text", list(sound_blocks()))
def test_examples_of_the_pages_are_valid(text: str) -> None:
    assert problems(text) == []


def examples() -> Iterator[Any]:
    for check in CHECKS:
        broken, _, fixed = check.explanation.partition("\nFixed:")
        for text, is_sound in ((broken, False), (fixed, True)):
            found = [text for language, text in BLOCK.findall(text) if language == "yaml"]
            if found and (is_sound or check.id in REFUSED):
                yield pytest.param(found, is_sound, id=f"{check.id}-{is_sound}")


@pytest.mark.parametrize(("texts", "is_sound"), list(examples()))
def test_the_examples_of_the_checks_are_judged_alike(texts: list[str], is_sound: bool) -> None:
    assert any(map(problems, texts)) is not is_sound


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of users' files is not beside us")
@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.yaml")), ids=lambda path: path.name)
def test_in_files_of_real_users_only_real_mistakes_are_refused(path: Path) -> None:
    mistakes = [check for check, _ in REAL_MISTAKES.get(path.name, ()) if check in REFUSED]
    assert len(problems(path.read_text())) == len(mistakes)


@pytest.mark.parametrize(
    ("text", "is_valid"),
    [
        pytest.param("distributed: {worker: {daemon: false}}", True, id="sound"),
        pytest.param("distributed: {wroker: {daemon: false}}", False, id="section"),
        pytest.param("distributed: {worker: {daemn: false}}", False, id="key"),
        pytest.param("distributed: {worker: {daemon: 'no'}}", False, id="value"),
        pytest.param("distibuted: {worker: {}}", False, id="top"),
        pytest.param("Distributed: {worker: {}}", False, id="top-capital"),
        pytest.param("temporary_directroy: /x", False, id="top-key"),
        pytest.param("kubernetes: {distributed: 1}", True, id="another-package"),
        pytest.param("distributed-ucxx: {a: 1}", True, id="another-package-of-similar-name"),
        pytest.param("my-own: 1", True, id="name-of-the-users"),
        pytest.param("daemon: false", False, id="without-its-sections"),
        pytest.param("worker: {daemon: false}", True, id="section-of-another-package"),
        pytest.param("distributed.worker.daemon: false", False, id="dots"),
        pytest.param("jobqueue: {slrum: {cores: 1}}", False, id="scheduler"),
        pytest.param("jobqueue: {slurm2: {cores: 1, gpus: null}}", True, id="own-cluster"),
        pytest.param("jobqueue: {cores: 1}", False, id="without-a-scheduler"),
        pytest.param("jobqueue: {slurm: {scheduler-options: {dashboard_address: ':0'}}}", True, id="argument"),
        pytest.param("jobqueue: {slurm: {scheduler-options: {dashbord_address: ':0'}}}", False, id="argument-typo"),
        pytest.param("distributed: {nanny: {environ: {ANY: 1}}}", True, id="environment"),
        pytest.param("distributed: {scheduler: {default-task-durations: {f: soon}}}", False, id="value-of-any-name"),
        pytest.param("distributed: {logging: {distributed.worker: info}}", True, id="logger"),
        pytest.param("backends: {profiles: {gpu: {backend: pbs, queue-name: q}}}", True, id="profile"),
        pytest.param("backends: {profiles: {gpu: {backend: pbs, queue-nam: q}}}", False, id="profile-key"),
        pytest.param("backends: {slurm: {queue-name: null}}", True, id="null-for-not-set"),
        pytest.param("backends: {slurm: {memory-unit: kb}}", False, id="key-of-another-scheduler"),
        pytest.param("distributed: {adaptive: {maximum: .inf}}", True, id="infinity"),
        pytest.param("dataframe: {query-planning: false}", False, id="refused-value"),
    ],
)  # fmt: skip
def test_misspelled_keys_are_refused_and_names_of_others_are_not(text: str, is_valid: bool) -> None:
    assert (problems(text) == []) is is_valid


def _nested(path: tuple[str, ...], value: Any) -> Any:
    return {path[0]: _nested(path[1:], value)} if path else value


def test_both_spellings_of_every_key_are_valid_but_not_a_mixture() -> None:
    validator = Draft202012Validator(schema())
    paths = [path for path in keys_below(()) if "default" in node_at(path)]
    assert len(paths) > 300
    for path in paths:
        value = node_at(path)["default"]
        assert validator.is_valid(_nested(path, value)), path
        other = tuple(name.replace("-", "_") for name in path)
        assert validator.is_valid(_nested(other, value)), other
    assert problems("distributed: {worker: {use-file_locking: true}}")


def test_every_key_is_described_with_its_default() -> None:
    bare = [
        path
        for path in keys_below(())
        if "properties" not in node_at(path) and not node_at(path)["description"]
    ]
    assert bare == []
    connect = node_at(("distributed", "comm", "timeouts", "connect"))
    assert connect["default"] == "10s", "that of this package"
    assert '"500ms"' in connect["description"]
    attempts = node_at(("backends", "jobqueue", "walltime-attempts"))
    assert "Unit: attempts" in attempts["description"]


@pytest.mark.parametrize(
    ("key", "words"),
    [
        pytest.param("fuse-ave-width", "Renamed to optimization.fuse.ave-width", id="dask"),
        pytest.param("jobqueue.slurm.project", "jobqueue.slurm.account", id="dask-jobqueue"),
        pytest.param("distributed.ucx", "distributed-ucxx", id="section"),
        pytest.param("hdfs-driver", "Removed after dask 2.1.0", id="removed"),
    ],
)
def test_an_old_name_is_deprecated(key: str, words: str) -> None:
    node = node_at(tuple(key.split(".")))
    assert node["deprecated"] is True
    assert words in node["description"]
    assert words in node["deprecationMessage"]


def test_exactly_the_old_names_are_deprecated() -> None:
    def walk(node: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        for name in node.get("properties", ()):
            yield (*path, name)
            yield from walk(node_at((*path, name)), (*path, name))

    paths = list(walk(schema(), ()))
    deprecated = {path for path in paths if node_at(path).get("deprecated")}
    assert deprecated == {path for path in paths if is_old(path, catalogue())}
    assert {tuple(key.split(".")) for key in catalogue().renamed} <= deprecated
