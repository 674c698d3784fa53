"""How notebooks show values, explanations and backends."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import dask.config
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dask_backend_config import QueueWorkerResources
from dask_backend_config.backends.notebook import (
    BackendSummary,
    describe_workers,
    summary_as_html,
)
from dask_backend_config.catalogue.descriptions import Description
from dask_backend_config.config.explain import Explanation, explain, show
from dask_backend_config.config.values import Layered, Resolved, Values
from dask_backend_config.core.origins import Origin


class Tree(HTMLParser):
    """Elements, attributes and text; fails if an element is not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: set[str] = set()
        self.addresses: list[str] = []
        self.words = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes |= {name for name, _ in attributes}
        self.addresses += [value or "" for name, value in attributes if name in ("href", "src")]
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


HARMLESS = {
    "elements": {
        "div", "span", "strong", "p", "table", "thead", "tbody", "tr", "th", "td", "details",
        "summary", "a",
    },
    "attributes": {"style", "scope", "open", "href", "target", "rel", "aria-hidden"},
}  # fmt: skip


def checked(text: str) -> Tree:
    tree = Tree(text)
    assert set(tree.elements) <= HARMLESS["elements"]
    assert tree.attributes <= HARMLESS["attributes"]
    return tree


NASTY = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            '"><img src=x onerror=alert(1)>',
            "' onmouseover='x",
            "</td></table>",
            "&lt;b&gt;",
            "\x00\x1b[31m\ud800",
            "javascript:alert(1)",
        ]
    ),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), NASTY),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NASTY, inner, max_size=3)),
    max_leaves=5,
)
ORIGINS = st.builds(
    Origin,
    st.sampled_from(["default", "file", "variable", "code", "inherited"]),
    name=NASTY,
    path=NASTY,
    line=st.integers(1, 9),
    column=st.integers(1, 9),
)
RESOLVED = st.builds(
    Resolved,
    NASTY,
    VALUES,
    ORIGINS,
    st.lists(st.builds(Layered, VALUES, ORIGINS), max_size=2).map(tuple),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(RESOLVED, max_size=3))
def test_values_cannot_inject_html(found: list[Resolved]) -> None:
    tree = checked(Values({entry.key: entry for entry in found})._repr_html_())
    assert tree.elements.count("tr") == (len({entry.key for entry in found}) + 1 if found else 0)
    for entry in found:
        assert checked(entry._repr_html_()).elements.count("tr") == 1 + len(entry.shadowed)


@settings(max_examples=100, deadline=None)
@given(NASTY, st.none() | RESOLVED, NASTY, NASTY, NASTY)
def test_explanations_cannot_inject_html(
    key: str, resolved: Resolved | None, text: str, unit: str, reader: str
) -> None:
    about = Description(text, "boolean", unit, reader)
    fallbacks = ((key, resolved), (text, None))
    checked(Explanation(key, resolved, fallbacks, resolved, about, f"DASK_{key}")._repr_html_())


@settings(max_examples=150, deadline=None)
@given(NASTY, NASTY, NASTY, NASTY, NASTY)
def test_backends_cannot_inject_html(
    title: str, words: str, address: str, folder: str, name: str
) -> None:
    worker = {"name": name, "nthreads": 2, "memory_limit": 10**9}
    tree = checked(
        summary_as_html(
            BackendSummary(
                title,
                f"failed: {words}",
                words,
                (worker,),
                {name: words},
                ((name, 61.5, words),),
                address,
                {name: folder},
                folder,
                dashboard_hint=words,
            )
        )
    )
    assert all(one.startswith(("http://", "https://", "/")) for one in tree.addresses)


def test_secrets_are_masked() -> None:
    with dask.config.set(
        {"gateway.auth.api-token": "hunter2", "gateway.more": {"password": "hunter2"}}
    ):
        shown = show("gateway")
        texts = [
            shown._repr_html_(),
            *(entry._repr_html_() for entry in shown.values()),
            explain("gateway.auth.api-token")._repr_html_(),
        ]
    assert [text for text in texts if "hunter2" in text] == []
    assert all("********" in text for text in texts)


def test_show_returns_a_dict() -> None:
    found = show("distributed.comm.timeouts")
    assert isinstance(found, dict)
    assert isinstance(found, Values)
    assert list(found) == ["distributed.comm.timeouts.connect", "distributed.comm.timeouts.tcp"]
    assert found == dict(found)


def test_a_value_that_is_not_the_default_has_it_in_a_column() -> None:
    with dask.config.set({"distributed.worker.daemon": True}):
        (row,) = re.findall("<tbody>(.*)</tbody>", show("distributed.worker.daemon")._repr_html_())
    assert Tree(row).words == "distributed.worker.daemontruecodefalse"


def test_there_is_no_column_for_defaults_if_all_values_are_defaults() -> None:
    words = Tree(show("distributed.comm.timeouts")._repr_html_()).words
    assert words.startswith("2 valueskeyvaluefromdistributed")


def test_an_explanation_names_each_layer_and_who_reads_the_key() -> None:
    words = Tree(explain("backends.slurm.queue-name")._repr_html_()).words
    assert "falls back onbackends.jobqueue.queue-name" in words
    assert "DASK_BACKENDS__SLURM__QUEUE_NAME" in words
    assert "read bythe process that creates the backend" in words


def test_html_loads_nothing_and_sets_no_colours() -> None:
    shown = show()._repr_html_() + explain("scheduler-address")._repr_html_()
    assert checked(shown).addresses == []
    assert "<style" not in shown
    assert not re.search(r"\bcolor:", shown), "a fixed colour is illegible in some themes"


def test_only_web_addresses_become_links() -> None:
    def addresses(dashboard: str) -> list[str]:
        shown = summary_as_html(BackendSummary("A", "running", "", dashboard=dashboard))
        assert dashboard in Tree(shown).words
        return Tree(shown).addresses

    assert addresses("javascript:alert(1)") == []
    assert addresses("/user/me/proxy/8787/status") == ["/user/me/proxy/8787/status"]


@pytest.mark.parametrize(
    ("resources", "tasks", "words"),
    [
        pytest.param({}, None, "each with 1 thread", id="nothing-said"),
        pytest.param({"number_of_threads": 4}, 4, "each with 4 threads", id="as-many-tasks"),
        pytest.param({"number_of_threads": 4, "number_of_gpus": 1}, 2,
                     "each with 4 threads for 2 tasks at once and 1 GPU", id="fewer-tasks"),
        pytest.param(
            {"number_of_threads": 2, "number_of_gpus": 1, "per_thread_memory_limit": "1 GiB",
             "wallclock_time_limit": "05:59"}, None,
            "each with 2 threads, 2.00 GiB and 1 GPU, for 05:59 each",
            id="all-said",
        ),
        pytest.param({"number_of_gpus": 2}, None, "each with 1 thread and 2 GPUs", id="gpus"),
    ],
)  # fmt: skip
def test_the_text_for_planned_workers(
    resources: dict[str, Any], tasks: int | None, words: str
) -> None:
    found = describe_workers("2 workers", QueueWorkerResources(**resources), tasks)
    assert found == f"2 workers, {words}"
