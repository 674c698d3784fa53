"""Functions, classes and modules of the client's script, in tasks and in processes of tasks."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Run
from .stand_in import StandIn

#: Each way to hand functions and objects of the script to processes that a task starts.
SCRIPT = """
    import functools, multiprocessing, sys
    from concurrent.futures import ProcessPoolExecutor
    from dask_backend_config import get_backend

    class Thing:
        def __init__(self, number):
            self.number = number

    class Odd(Exception):
        pass

    def doubled(number):
        return Thing(2 * number)

    def fail(number):
        raise Odd(number)

    def put(queue, number):
        queue.put(Thing(number))

    def start_processes(method):
        import beside

        context = multiprocessing.get_context(method)
        with context.Pool(1) as pool:
            things = pool.map(doubled, [1, 2])
            found = [type(thing) is Thing for thing in things]
            found += pool.map(functools.partial(lambda one, two: one + two, 1), [1])
            try:
                pool.apply(fail, (3,))
            except Odd as error:
                found.append(error.args)
        queue = context.Queue()
        process = context.Process(target=put, args=(queue, 5))
        process.start()
        found.append(queue.get(timeout=30).number)
        process.join()
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            found += [thing.number for thing in pool.map(doubled, [beside.SEVEN])]
        return found, things[0]

    if __name__ == "__main__":
        with get_backend() as backend:
            for method in sys.argv[1:] or ["fork", "spawn", "forkserver"]:
                found, thing = backend.submit_task(start_processes, method).result(60)
                assert type(thing) is Thing, type(thing)
                assert found == [True, True, 2, (3,), 5, 14], found
"""


@pytest.mark.parametrize("isolation", ["none", "process"])
@pytest.mark.parametrize("kind", ["local", "slurm"])
def test_processes_that_a_task_starts_use_the_script(
    run_script: Run, slurm: StandIn, tmp_path: Path, kind: str, isolation: str
) -> None:
    (tmp_path / "beside.py").write_text("SEVEN = 7\n")
    done = run_script(
        SCRIPT,
        PYTHONWARNINGS="ignore::DeprecationWarning",  # of fork in a process with threads
        DASK_BACKENDS__DEFAULT=kind,
        DASK_BACKENDS__LOCAL__NUMBER_OF_WORKERS="1",
        DASK_BACKENDS__LOCAL__TASK_ISOLATION=isolation,
        DASK_BACKENDS__JOBQUEUE__TASK_ISOLATION=isolation,
    )
    assert (done.returncode, done.stderr) == (0, "")
