"""Writes docs/checks.md from the checks and docs/keys.md from the schema.

Run it with ``python docs/generate.py``; tests/test_docs.py fails where a page is not current.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from dask_backend_config import defaults, schema
from dask_backend_config.checks import CHECKS
from dask_backend_config.descriptions import describe
from dask_backend_config.keys import lookup, variable_of

HERE = Path(__file__).parent
CHECKS_HEAD = """\
# The checks

`dask-backend-config doctor` runs all of these; `--select ID,ID` runs some, `--ignore ID,ID` leaves
some out. This page is made from the checks themselves by `docs/generate.py`.

An **error** is where dask fails, ignores what was written, or does something else than was written.
A **warning** is where it works, at a risk, or where a recommended setting is undone. A remark
(**info**) is good to know; it does not make `doctor` exit 1 unless `--strict` is given.
"""
KEYS_HEAD = """\
# The keys

Every tunable of every backend. This page is made from `defaults/backends-schema.yaml` and
`defaults/backends.yaml` by `docs/generate.py`.

A constructor's argument `x_y` of a backend is the key `backends.<type>.x-y` is the variable
`DASK_BACKENDS__<TYPE>__X_Y`. What counts, highest first: the argument; the profile, where
`get_backend` was asked for one; `backends.<type>`; for job queues also `backends.jobqueue`; and
where that is null, dask-jobqueue's own key `jobqueue.<type>.*`, so that a site's `jobqueue.yaml`
keeps working. `dask-backend-config explain KEY` shows that chain for any key.

The sections `lsf`, `pbs`, `slurm`, `sge`, `htcondor`, `oar` and `moab` may hold any key of
`backends.jobqueue` again.
"""


def checks_page() -> str:
    """A heading for each check, its sentence, and the body of its docstring."""
    parts = [CHECKS_HEAD]
    for check in CHECKS:
        body = (check.__doc__ or "").partition("\n")[2].strip()
        parts.append(f"## {check.ID}\n\n{check.SENTENCE}\n\n{body}\n")
    return "\n".join(parts)


def keys_page() -> str:
    """A heading for each section of ``backends``, and what each of its keys is."""
    parts = [KEYS_HEAD]
    shipped = defaults.shipped(defaults.BACKENDS)
    section = ""
    for key in schema.keys():  # noqa: SIM118
        top = key.split(".")[1]
        if top != section:
            section = top
            parts.append(f"## backends.{top}\n\n{_text(f'backends.{top}')}\n")
        parts.append("\n".join(_entry(key, shipped)))
    return "\n".join(parts)


def _entry(key: str, shipped: dict[str, object]) -> Iterator[str]:
    about = describe(key)
    value = yaml.safe_dump(lookup(shipped, key), default_flow_style=True).removesuffix("...\n")
    unit = f" ({about.unit})" if about.unit else ""
    yield f"### {key}\n"
    yield f"{_text(key)}\n"
    yield f"- default: `{value.strip()}`"
    yield f"- type: {about.type}{unit}"
    yield f"- variable: `{variable_of(key)}`"
    if others := schema.fallbacks(key):
        yield f"- where it is null: {', then '.join(f'`{other}`' for other in others)}"
    yield ""


def _text(key: str) -> str:
    return (describe(key).text or "").strip()


PAGES = {"checks.md": checks_page, "keys.md": keys_page}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (HERE / name).write_text(page())
