"""``trace SCRIPT``: the program runs as usual, and the report lists its settings."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from dask_backend_config.catalogue.known_keys import catalogue

COMMAND = [sys.executable, "-m", "dask_backend_config", "trace"]
CALLS = (
    pytest.param(
        "import sys; print(sys.argv[1:], sys.orig_argv, sys.path[0])", id="arguments-and-path"
    ),
    pytest.param(
        "import sys; print(__name__, __file__, __spec__,"
        " sys.modules['__main__'].__dict__ is globals())",
        id="names-of-a-script",
    ),
    pytest.param("print(input(), input())", id="standard-input"),
    pytest.param("import sys; sys.exit(7)", id="exit-with-a-number"),
    pytest.param("import sys; sys.exit('finished')", id="exit-with-a-message"),
    pytest.param("def f():\n    1 / 0\n\nf()", id="exception"),
    pytest.param("import dask\n\ndask.config.get('unknown.key')", id="exception-in-dask-config-get"),
    pytest.param("import distributed.unknown", id="failed-import"),
    pytest.param("print('never'\n", id="syntax-error"),
    pytest.param(
        "import sys\nsys.excepthook = lambda *e: print('mine', e[0])\nraise ValueError",
        id="own-excepthook",
    ),
    pytest.param(
        "import atexit, dask, threading, time\n"
        "atexit.register(lambda: print('exit', dask.config.get('scheduler')))\n"
        "def late():\n    threading.main_thread().join()\n    dask.config.set(scheduler='sync')\n"
        "threading.Thread(target=late).start()\nprint('end')",
        id="threads-and-exit-handlers",
    ),
    pytest.param(
        "import os\nos.environ['DASK_DISTRIBUTED__WORKER__DAEMON'] = '3'\nimport distributed\n"
        "print(distributed.config['distributed']['worker']['daemon'])",
        id="variables-set-before-dask-is-imported",
    ),
    pytest.param(
        "import dask, distributed\nprint(dask.config.get('distributed.worker.daemon'))\n"
        "import dask_backend_config.core.errors\nprint(dask.config.get('distributed.worker.daemon'))\n"
        "print(dask_backend_config.__spec__, dask_backend_config.core.errors.EditError)",
        id="defaults-at-the-import-of-this-package",
    ),
    pytest.param(
        "import inspect, pickle, dask.config as c\n"
        "print(c.get.__name__, inspect.signature(c.get), isinstance(c.set(), c.set))\n"
        "print(pickle.loads(pickle.dumps(c.get)) is c.get, c.__loader__, c.__spec__)",
        id="names-and-pickles-of-dask-config",
    ),
    pytest.param(
        "import os, sys, dask\nif os.fork() == 0:\n    print(dask.config.get.__code__.co_filename)\n"
        "    sys.exit(3)\nprint(os.waitstatus_to_exitcode(os.wait()[1]))",
        id="fork",
    ),
    pytest.param(
        "import multiprocessing as m\n\nclass Mine:\n    pass\n\n"
        "def f(x):\n    import dask, sys\n    return type(x).__name__, dask.config.get.__code__.co_name\n\n"
        "if __name__ == '__main__':\n    with m.get_context('spawn').Pool(1) as pool:\n"
        "        print(pool.map(f, [Mine()]))",
        id="multiprocessing",
    ),
    pytest.param(
        "import warnings, dask, distributed\ndask.config.set({'distributed.p2p.disk': True})\n"
        "dask.config.set({'fuse_ave_width': 3})\nprint(dask.config.get('optimization.fuse.ave-width'))",
        id="renamed-keys",
    ),
)  # fmt: skip


def _run(command: list[str], folder: Path, **options: Any) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, timeout=100, **options
    )


def _traced(folder: Path, *words: str, status: int = 0) -> dict[str, Any]:
    report = folder / "report.json"
    done = _run([*COMMAND, "--format", "json", "--output", str(report), *words], folder)
    assert done.returncode == status, done.stderr
    found: dict[str, Any] = json.loads(report.read_text())
    return found


def _outcome(done: subprocess.CompletedProcess[str]) -> tuple[str, str, int]:
    address = re.compile("0x[0-9a-f]+")
    return address.sub("0x", done.stdout), address.sub("0x", done.stderr), done.returncode


def _script(folder: Path, text: str) -> str:
    (folder / "script.py").write_text(textwrap.dedent(text))
    return "script.py"


@pytest.mark.parametrize("code", CALLS)
def test_a_script_runs_as_without_a_trace(tmp_path: Path, code: str) -> None:
    script = _script(tmp_path, code)
    plain = _run([sys.executable, script, "-x", "--format", "y"], tmp_path, input="1\n2\n")
    traced = _run(
        [*COMMAND, "--output", "report", script, "-x", "--format", "y"], tmp_path, input="1\n2\n"
    )
    assert _outcome(traced) == _outcome(plain)
    assert (tmp_path / "report").read_text().startswith("trace: ")


@pytest.mark.parametrize("kind", ["module", "package", "folder", "archive", "unknown-module"])
def test_modules_packages_folders_and_archives_run_as_without_a_trace(
    tmp_path: Path, kind: str
) -> None:
    text = "import sys\nprint(__name__, __file__, __package__, __spec__, sys.argv[1:], sys.path[0])"
    words = ["-m", "mine", "-m", "other", "--all"]
    if kind == "module":
        (tmp_path / "mine.py").write_text(text)
    elif kind in ("package", "folder"):
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "__main__.py").write_text(text)
        words = words if kind == "package" else ["mine", "-m", "other"]
    elif kind == "archive":
        import zipfile

        with zipfile.ZipFile(tmp_path / "mine.zip", "w") as archive:
            archive.writestr("__main__.py", text)
        words = ["mine.zip", "--all"]
    plain = _run([sys.executable, *words], tmp_path)
    traced = _run([*COMMAND, "--output", "report", *words], tmp_path)
    assert _outcome(traced) == _outcome(plain)


def test_an_interrupted_program_exits_with_130(tmp_path: Path) -> None:
    script = _script(
        tmp_path, "import dask\nwith dask.config.set(a=1):\n    raise KeyboardInterrupt"
    )
    plain = _run([sys.executable, script], tmp_path)
    traced = _run([*COMMAND, "--output", "report", script], tmp_path)
    assert (traced.stdout, traced.stderr) == (plain.stdout, plain.stderr)
    assert traced.returncode == 130
    assert "a = 1" in (tmp_path / "report").read_text()


def test_the_report_goes_to_stderr(tmp_path: Path) -> None:
    script = _script(tmp_path, "import sys\nprint('out')\nsys.stderr = None")
    done = _run([*COMMAND, script], tmp_path)
    assert done.stdout == "out\n"
    assert done.stderr == "trace: your code did not change dask's configuration\n"


@pytest.mark.parametrize(
    ("words", "message", "status"),
    [
        pytest.param([], "Missing argument", 2, id="missing-argument"),
        pytest.param(["none.py"], "script 'none.py' does not exist", 1, id="missing-script"),
        pytest.param(
            ["--output", "none/report", "x.py"], "cannot be written", 1, id="missing-folder"
        ),
    ],
)
def test_a_program_that_cannot_run_is_an_error(
    tmp_path: Path, words: list[str], message: str, status: int
) -> None:
    (tmp_path / "x.py").write_text("print('ran')")
    done = _run([*COMMAND, *words], tmp_path)
    assert message in done.stderr
    assert (done.stdout, done.returncode) == ("", status)


def test_a_change_has_its_line_its_value_and_the_value_before(tmp_path: Path) -> None:
    script = _script(
        tmp_path,
        """\
        import dask
        from helper import helped
        dask.config.set({"array.chunk-size": "1 MiB", "x.api_token": "abc"})
        with dask.config.set(array__chunk_size="2 MiB"):
            helped()
        dask.config.update_defaults({"mine": {"a": 1}})
        dask.config.refresh()
        """,
    )
    (tmp_path / "helper.py").write_text(
        "from dask import config\ndef helped():\n    return config.get('array.chunk-size')\n"
    )
    found = _traced(tmp_path, script)
    sets = [
        (event["at"]["line"], event["how"], event["block"], key)
        for event in found["sets"]
        if not event["library"]
        for key in event["keys"]
    ]
    assert sets == [
        (3, "set", False, {"key": "array.chunk-size", "value": "1 MiB", "before": "128MiB"}),
        (3, "set", False, {"key": "x.api-token", "value": "********"}),
        (4, "set", True, {"key": "array.chunk-size", "value": "2 MiB", "before": "1 MiB"}),
        (6, "update_defaults", False, {"key": "mine.a", "value": 1}),
        (7, "refresh", False, {"key": "array.chunk-size", "value": "128MiB", "before": "1 MiB"}),
        (7, "refresh", False, {"key": "x.api-token", "before": "********"}),
    ]
    (read,) = (read for read in found["reads"] if not read["library"])
    path = str(tmp_path / "helper.py")
    assert read == {
        "key": "array.chunk-size", "count": 1, "by": "helper", "library": False,
        "at": {"path": path, "line": 3}, "at_import": False,
    }  # fmt: skip
    assert found["failures"] == []


SETS = """\
import dask
from distributed import Client, LocalCluster

def main():
    cluster = LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0")
    dask.config.set({
        "distributed.worker.memory.target": 0.5,
        "distributed.scheduler.work-stealing-interval": "200ms",
        "distributed.logging.distributed": "debug",
        "array.chunk-size": "1 MiB",
        "distributed.worker.memory.spill": 0.7,
        "distributed.worker.memory.pause": 0.85,
    })
    with Client(cluster) as client, dask.config.set(scheduler="threads"):
        dask.delayed(sum)([1]).compute()
    with dask.config.set({"distributed.comm.timeouts.connect": "60s"}), Client(cluster):
        pass
    cluster.close()
    dask.config.set({"distributed.worker.memory.target": 0.4})

if __name__ == "__main__":
    main()
"""


def test_only_keys_set_after_the_cluster_was_created_are_late(tmp_path: Path) -> None:
    found = _traced(tmp_path, _script(tmp_path, SETS))
    late = {each["key"]: each for each in found["late"]}
    assert sorted(late) == [
        "distributed.logging.distributed",
        "distributed.scheduler.work-stealing-interval",
        "distributed.worker.memory.pause",
        "distributed.worker.memory.target",
    ]
    here = str(tmp_path / "script.py")
    assert late["distributed.worker.memory.target"] == {
        "key": "distributed.worker.memory.target",
        "value": 0.5,
        "at": {"path": here, "line": 6},
        "reach": "nothing",
        "captured": [
            {
                "name": "LocalCluster", "how": "handed over", "value": 0.6, "workers": 2,
                "at": {"path": here, "line": 5},
            }
        ],
    }  # fmt: skip
    (stealing,) = late["distributed.scheduler.work-stealing-interval"]["captured"]
    default = catalogue().default(("distributed", "scheduler", "work-stealing-interval"))
    expected = ("LocalCluster", "read", default)
    assert (stealing["name"], stealing["how"], stealing["value"]) == expected
    (logging,) = late["distributed.logging.distributed"]["captured"]
    assert (logging["name"], logging["how"]) == ("distributed.config", "import")
    assert logging["at"]["line"] == 2


def test_a_key_that_is_never_read_or_changed_directly_has_a_remark(tmp_path: Path) -> None:
    script = _script(
        tmp_path,
        """\
        import dask
        with dask.config.set({"array.chunk-size": 1}):
            pass
        with dask.config.set({"array.chunk-size": 2}):
            dask.config.get("array")
        dask.config.config["array"]["slicing"]["split-large-chunks"] = 3
        """,
    )
    found = [(each["id"], each["key"]) for each in _traced(tmp_path, script)["remarks"]]
    assert found == [
        ("never-read", "array.chunk-size"),
        ("past-dask-config", "array.slicing.split-large-chunks"),
    ]


def test_the_local_backend_and_its_workers_keep_the_values_of_their_start(tmp_path: Path) -> None:
    script = _script(
        tmp_path,
        """\
        import dask, dask_backend_config as d
        dask.config.set({"backends.local.number-of-workers": 1})
        backend = d.DaskLocalCluster()
        dask.config.set({"backends.local.number-of-workers": 2})
        with backend:
            dask.config.set({"distributed.worker.daemon": True})
            dask.config.set({"distributed.worker.memory.target": 0.5})
            explained = d.explain("distributed.worker.memory.target")
            print(explained.resolved.origin)
        """,
    )
    done = _run([*COMMAND, script], tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{tmp_path}/script.py:7\n"
    words = " ".join(done.stderr.split())
    created = "set after the DaskLocalCluster was created at script.py:3"
    for line in (
        f"script.py:6 distributed.worker.daemon = true {created}; its workers started with false",
        f"script.py:7 distributed.worker.memory.target = 0.5 {created}; its workers started with",
        f"script.py:4 backends.local.number-of-workers = 2 {created}, which read 1",
    ):
        assert line in words
    assert "3 too late" in words
    assert max(map(len, done.stderr.splitlines())) <= 80


def test_a_key_that_a_later_cluster_uses_is_not_late(tmp_path: Path) -> None:
    script = _script(
        tmp_path,
        """\
        import dask
        from distributed import LocalCluster
        if __name__ == "__main__":
            first = LocalCluster(n_workers=0, dashboard_address=":0")
            dask.config.set({"distributed.scheduler.worker-saturation": 2.0})
            dask.config.set({"distributed.scheduler.bandwidth": "1 MB"})
            with dask.config.set({"distributed.worker.memory.target": 0.5}):
                with LocalCluster(n_workers=1, dashboard_address=":0"):
                    dask.config.set({"distributed.scheduler.idle-timeout": "1h"})
        """,
    )
    found = _traced(tmp_path, script)
    late = [(each["key"], [c["at"]["line"] for c in each["captured"]]) for each in found["late"]]
    assert late == [("distributed.scheduler.idle-timeout", [4, 8])]


def test_workers_started_later_use_the_new_value(tmp_path: Path) -> None:
    script = _script(
        tmp_path,
        """\
        import dask
        from distributed import Client
        if __name__ == "__main__":
            client = Client(n_workers=1, dashboard_address=":0")
            dask.config.set({"distributed.worker.memory.target": 0.5})
            client.cluster.scale(2)
            client.wait_for_workers(2)
            dask.config.set({"distributed.worker.memory.target": 0.4})
            client.close()
        """,
    )
    found = _traced(tmp_path, script)["late"]
    captured = [[(c["name"], c["value"], c["workers"]) for c in each["captured"]] for each in found]
    assert [each["reach"] for each in found] == ["new workers", "nothing"]
    assert captured == [[("Client", 0.6, 1)], [("Client", 0.6, 1), ("Client", 0.5, 1)]]


def test_a_late_set_in_an_asynchronous_program_is_found(tmp_path: Path) -> None:
    script = _script(
        tmp_path,
        """\
        import asyncio
        import dask
        from distributed import Client

        async def main():
            async with Client(processes=False, asynchronous=True, dashboard_address=":0") as client:
                dask.config.set({"distributed.worker.memory.target": 0.5})
                print(await client.submit(sum, [1, 2]))

        asyncio.run(main())
        """,
    )
    (late,) = _traced(tmp_path, script)["late"]
    (captured,) = late["captured"]
    assert (late["at"]["line"], captured["at"]["line"]) == (7, 6)
    assert (captured["name"], captured["how"], captured["value"]) == ("Client", "read", 0.6)


def test_a_key_that_dask_jobqueue_does_not_pass_to_jobs_has_a_remark(tmp_path: Path) -> None:
    script = _script(
        tmp_path,
        """\
        import dask
        from dask_jobqueue import SLURMCluster
        dask.config.set({"distributed.worker.memory.target": 0.5, "distributed.adaptive.minimum": 1})
        cluster = SLURMCluster(cores=1, memory="1 GB", scheduler_options={"dashboard": False})
        cluster.close()
        """,
    )
    found = _traced(tmp_path, script)["remarks"]
    given = [each for each in found if each["id"] == "not-given-to-jobs"]
    assert [(each["key"], each["cluster"]["line"]) for each in given] == [
        ("distributed.worker.memory.target", 4)
    ]


def test_dask_backend_config_trace_runs_the_program_before_dask_is_imported(
    tmp_path: Path,
) -> None:
    script = _script(
        tmp_path,
        """\
        import os, sys
        os.environ["DASK_MINE"] = "3"
        print("dask" in sys.modules)
        import distributed
        print(distributed.config["mine"], distributed.config["distributed"]["worker"]["daemon"])
        """,
    )
    command = [
        sys.executable,
        "-m",
        "dask",
        "backend-config",
        "trace",
        "--output",
        "report",
        script,
    ]
    done = _run(command, tmp_path)
    assert (done.stdout, done.stderr) == ("False\n3 True\n", "")


def test_options_after_a_module_belong_to_the_module(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("import sys\nprint(sys.argv[1:])")
    for words in (["-m", "mine"], ["--format=json", "-m", "mine"]):
        done = _run([*COMMAND, "--output", "report", *words, "--all", "-m", "x"], tmp_path)
        assert done.stdout == "['--all', '-m', 'x']\n", done.stderr


def test_a_variable_that_is_set_after_the_import_of_dask_is_late(tmp_path: Path) -> None:
    script = _script(
        tmp_path,
        """\
        import os
        os.environ["DASK_MINE__EARLY"] = "1"
        import distributed
        os.environ["DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT"] = "5s"
        print(distributed.config["mine"], distributed.config["distributed"]["comm"]["timeouts"])
        """,
    )
    (late,) = _traced(tmp_path, script)["late"]
    assert (late["variable"], late["value"], late["reach"], late["at"]["line"]) == (
        "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT", "5s", "new processes", 4
    )  # fmt: skip
    (captured,) = late["captured"]
    assert (captured["name"], captured["value"]) == ("dask.config", "30s")
    assert captured["at"]["line"] == 3
