"""Imitate pbsnodes."""

from __future__ import annotations

import re
import sys
import time
from typing import Any

from tests.schedulers.standins.pbs_forms import Attributes, document, flat
from tests.schedulers.standins.pbs_options import last_of, read_options
from tests.schedulers.standins.pbs_server import FORMATS, Context, SilentError, version
from tests.schedulers.standins.pbs_show import node_attributes

PBSNODES_USAGE = """\
usage:\tpbsnodes [-{o|r}][-C comment][-s server] host host ...
\tpbsnodes -l [-s server]
\tpbsnodes [-s server] -v vnode vnode ...
\tpbsnodes -a[v][S[j][L]][-F format][-D delim][-s server]
\tpbsnodes -[H][S[j][L]][-F format][-D delim] host host ...
\tpbsnodes --version

"""


def pbsnodes(words: list[str], context: Context, environ: dict[str, str]) -> int:
    """Run the command and return its exit code."""
    if version(words):
        return 0
    options, operands, errors = read_options("pbsnodes", "acC:dD:F:HjlLoqrs:Sv", words)
    letters = {letter for letter, _ in options}
    form = last_of(options, "F", "default").lower()
    if errors or form not in FORMATS or not (operands or letters & set("al")):
        sys.stderr.write(PBSNODES_USAGE)
        return 1
    if missing := letters - set("aFDlqv"):
        sys.stderr.write(f"pbsnodes: this stand-in for OpenPBS cannot do -{min(missing)}\n")
        return 199
    try:
        cluster = context.connect()
    except SilentError as error:
        silent = f"cannot connect to server {context.server}, error={error.number}"
        sys.stderr.write(f"{error.line}\npbsnodes: {silent}\n")
        return 1
    host = cluster.settings["host"]
    if "l" in letters:
        return 0
    attributes = node_attributes(cluster)
    shown: dict[str, Attributes] = {}
    code = 0
    for name in operands if operands and "a" not in letters else [host]:
        if name == host:
            shown[name] = attributes
        else:
            sys.stderr.write(f"Node: {name},  Error: Unknown node \n")
            code = 1
    _show_nodes(shown, form, last_of(options, "D", "|"), context.server)
    return code


def _show_nodes(shown: dict[str, Attributes], form: str, delimiter: str, server: str) -> None:
    if form == "json":
        for attributes in shown.values():
            _json_node(attributes)
        sys.stdout.write(document(server, "nodes", shown))
    for name, attributes in shown.items() if form != "json" else ():
        pairs = flat(attributes)
        if form == "dsv":
            parts = [f"Name={name}", *(f"{key}={value}" for key, value in pairs)]
            sys.stdout.write(delimiter.join(parts) + "\n")
            continue
        sys.stdout.write(f"{name}\n")
        for key, value in pairs:
            shown_value = time.ctime(int(value)) if key.endswith("_time") else value
            sys.stdout.write(f"     {key} = {shown_value}\n")
        sys.stdout.write("\n")


def _json_node(attributes: dict[str, Any]) -> None:
    """Return a node with its jobs as a list and assigned resources without zeros."""
    if "jobs" in attributes:
        jobs = [part.split("/")[0] for part in attributes["jobs"].split(", ")]
        attributes["jobs"] = list(dict.fromkeys(jobs))
    assigned = attributes["resources_assigned"].items()
    attributes["resources_assigned"] = {
        name: value for name, value in assigned if re.match(r"0*[1-9]", value)
    }
