"""The template of the dashboard's link, which dask formats with the environment."""

from __future__ import annotations

from collections.abc import Collection
from string import Formatter

from ...core.fuzzy import nearest
from ..merge import Branch, Leaf
from .problem import Path, Problems, StartupProblem, user_leaf

_KEY = "distributed.dashboard.link"
_HUB_PREFIX = "JUPYTERHUB_SERVICE_PREFIX"
_FIELDS = {"scheme": "http", "host": "127.0.0.1", "port": 8787}


def problems(tree: Branch, variables: Collection[str]) -> Problems:
    """Yield what is wrong with the template.

    Parameters
    ----------
    tree : Branch
    variables : collection of str
        The names of the environment variables that are set.
    """
    leaf, path = user_leaf(tree, _KEY), tuple(_KEY.split("."))
    if leaf is None or not isinstance(leaf.value, str):
        return
    try:
        names = [name for _, name, _, _ in Formatter().parse(leaf.value) if name is not None]
        unset = [name for name in names if name not in (*_FIELDS, *variables)]
        leaf.value.format(**_FIELDS, **dict.fromkeys({*names} - {*_FIELDS}, ""))
    except (ValueError, LookupError, AttributeError, TypeError) as error:
        wrong = f"cannot be formatted ({_reason(error)}): dask fails when it shows the link"
        hint = "Write names in single braces, such as {port}; write {{ for a brace"
        yield StartupProblem("dashboard-link", "error", path, leaf, wrong, hint)
        return
    guesses = {name: nearest(name.lower(), list(_FIELDS)) for name in unset}
    for name, meant in guesses.items():
        if meant:
            wrong = f"has the unknown name {{{name}}}: dask fails when it shows the link"
            better = leaf.value.replace(f"{{{name}}}", f"{{{meant}}}")
            hint = f"Did you mean {{{meant}}}?"
            yield StartupProblem("dashboard-link", "error", path, leaf, wrong, hint, better)
    if missing := " and ".join(name for name, meant in guesses.items() if not meant):
        wrong = f"needs {missing} from the environment, which is not set here"
        hint = f"Set {missing} where the client runs; without it, dask fails when it shows the link"
        yield StartupProblem("dashboard-link", "info", path, leaf, wrong, hint)
    yield from _outside_of_the_server(leaf, path, _HUB_PREFIX in variables)


def _outside_of_the_server(leaf: Leaf, path: Path, is_in_hub: bool) -> Problems:
    """Yield a link that JupyterHub does not pass to the user's server, or that finds nothing."""
    prefix, link = f"{{{_HUB_PREFIX}}}", str(leaf.value)
    better = prefix + link.removeprefix(prefix).lstrip("/")
    hint = f"Set it to '{better}'"
    if link.startswith(f"{prefix}/"):
        wrong = f"has two slashes, since {_HUB_PREFIX} ends with one: the link does not open"
        yield StartupProblem("dashboard-link", "error", path, leaf, wrong, hint, better)
    elif is_in_hub and link.startswith("/proxy/"):
        wrong = "does not begin with the path of your server in JupyterHub: the link does not open"
        yield StartupProblem("dashboard-link", "warning", path, leaf, wrong, hint, better)


def _reason(error: Exception) -> str:
    text = str(error.args[0]) if error.args else type(error).__name__
    return "braces without a name" if isinstance(error, IndexError) else text
