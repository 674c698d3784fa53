"""A program that answers what dask reads, in a process of its own for each question.

It runs in any interpreter with dask. Each line of standard input is a question: variables, and the
home folder. The answer is a snapshot, which is taken before dask is imported, and the configuration
after the imports; null if ``import dask`` fails.
"""

import importlib.util
import json
import os
import sys
import warnings


def answer(question):
    import yaml

    for name in [name for name in os.environ if name.startswith("DASK")]:
        del os.environ[name]
    os.environ.update(question)
    sys.stdout.write(json.dumps(collect()) + "\t")  # noqa: F821 - of the program in front of this one
    warnings.simplefilter("ignore")
    sys.modules["distributed.widgets"] = None  # ends the import once the configuration is loaded
    try:
        import dask.config
    except Exception:
        sys.stdout.write("null\n")
        return
    for package in ("dask_backend_config", "distributed"):
        try:
            __import__(package)
        except Exception as error:
            sys.stderr.write(f"{package}: {error!r}\n")
    if jobqueue := importlib.util.find_spec("dask_jobqueue"):
        with open(os.path.join(os.path.dirname(jobqueue.origin), "jobqueue.yaml")) as file:
            dask.config.update_defaults(yaml.safe_load(file))
    sys.stdout.write(json.dumps(plain(dask.config.config)) + "\n")  # noqa: F821


for line in sys.stdin:
    if (child := os.fork()) == 0:
        answer(json.loads(line))
        sys.stdout.flush()
        os._exit(0)
    os.waitpid(child, 0)
