"""Read the options of a job script back, as the scheduler that gets them does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from .data_types import JobRequest, Option
from .option_words import Amounts, OptionRule

if TYPE_CHECKING:
    from .base import BatchScheduler

#: An option with one of these is in conflict with an option with another of them.
_MEMORY = {"memory", "memory_per_thread", "memory_per_gpu"}


@dataclass(frozen=True, slots=True)
class GivenOption:
    """An option in a line of a job script.

    Attributes
    ----------
    name : str
        The first of its rule's names, so that all forms are the same.
    value, text : str
        Its value, and the option as written.
    amounts : mapping
        What it requests; empty if that is unknown.
    line : str
    rule : OptionRule
    """

    name: str
    value: str
    text: str
    amounts: Amounts
    line: str
    rule: OptionRule

    @property
    def kinds(self) -> set[str]:
        """The kinds of its amounts; all kinds of memory are one, as they exclude each other."""
        return {_group(kind) for kind in (self.rule.amount, *self.amounts) if kind}


@dataclass(frozen=True, slots=True)
class ReadOption:
    """A field of a job's request that an option of the site's or user's own sets.

    Attributes
    ----------
    value : object
        In the unit of `JobRequest`; None if the scheduler decides.
    text : str
        The option as written.
    """

    value: Any
    text: str


def given_options(
    scheduler: BatchScheduler, request: JobRequest, lines: Iterable[str]
) -> list[GivenOption]:
    """Return all options in the lines of a job script, which have no prefix."""
    rules = {name: entry for entry in scheduler.option_rules(request) for name in entry.names}
    found = []
    for line in lines:
        for name, value, text in scheduler.split_options(line, rules):
            entry = rules.get(name, OptionRule((name,)))
            amounts = _amounts(entry, value)
            found.append(GivenOption(entry.names[0], value, text, amounts, line, entry))
    return found


def own_options(
    scheduler: BatchScheduler, request: JobRequest, extra: Sequence[str], skip: Sequence[str] = ()
) -> list[str]:
    """Return the options for `request`, without those that are skipped or set by `extra`.

    Parameters
    ----------
    scheduler : BatchScheduler
    request : JobRequest
    extra : sequence of str
        Options that will follow.
    skip : sequence of str
        Options in any of their forms, with or without a value; or any part of a line.

    Raises
    ------
    ConfigValueError
        If the scheduler cannot express the request.
    """
    others = given_options(scheduler, request, extra)
    kinds = {kind for option in others for kind in option.kinds}
    names = {option.name for option in others} - set(scheduler.repeatable_options)
    kept = []
    for line in scheduler.options(_without(request, kinds, others)):
        options = given_options(scheduler, request, [line])
        own = {kind for option in options for kind in option.kinds}
        is_set = {option.name for option in options} <= names or (bool(own) and own <= kinds)
        if not (options and is_set) and not _is_skipped(scheduler, request, options, line, skip):
            kept.append(line)
    return kept


def read_fields(
    scheduler: BatchScheduler, request: JobRequest, own: Sequence[str], others: Sequence[str]
) -> dict[str, ReadOption]:
    """Return the fields of the request that are set by other options than those made from it.

    Parameters
    ----------
    scheduler : BatchScheduler
    request : JobRequest
    own : sequence of str
        The result of `own_options`; some of them have a value of the site's own.
    others : sequence of str
        The options that follow.
    """
    winners: dict[str, GivenOption] = {}
    for option in given_options(scheduler, request, [*own, *others]):
        if option.name not in winners or not option.rule.first:
            winners[option.name] = option
    found: dict[str, ReadOption] = {}
    for option in winners.values():
        made = option.line.fields if isinstance(option.line, Option) else ()
        for kind, value in option.amounts.items():
            before = found.get(kind)
            is_new = before is None or _replaces(kind, value, before.value)
            if is_new and _group(kind) not in made:
                found[kind] = ReadOption(value, option.text)
    has_slots = any("threads" in line.fields for line in own if isinstance(line, Option))
    return _totals(found, request, has_slots)


def variables_for(
    scheduler: BatchScheduler, field: str, environ: Mapping[str, str]
) -> Iterator[str]:
    """Yield the variables in `environ` that override what a job script sets for a field."""
    for name, option in scheduler.script_variables.items():
        if name in environ and option:
            given = given_options(scheduler, JobRequest(""), [f"{option}="])
            if any(field in each.kinds for each in given):
                yield name


def with_fields(request: JobRequest, found: Mapping[str, ReadOption]) -> JobRequest:
    """Return the request that holds; its threads are the worker's, which may be fewer than CPUs."""
    values = {name: option.value for name, option in found.items()}
    if "threads" in values:
        values["threads"] = max(1, min(values["threads"], request.threads))
    return replace(request, **values)


def _group(kind: str) -> str:
    return "memory" if kind in _MEMORY else kind


def _amounts(entry: OptionRule, value: str) -> Amounts:
    try:
        amounts = entry.read(value) if entry.read else {}
    except ValueError:
        return {}
    return {kind: amount for kind, amount in amounts.items() if amount != 0 or kind == "gpus"}


def _without(request: JobRequest, kinds: set[str], others: Sequence[GivenOption]) -> JobRequest:
    """Return the request without what other options set; threads are those of the options."""
    unset: dict[str, Any] = dict.fromkeys(kinds & {"memory", "walltime", "queue", "account"})
    if "gpus" in kinds:
        unset["gpus"] = 0
    threads = [option.amounts["threads"] for option in others if "threads" in option.amounts]
    if threads:
        unset["threads"] = threads[-1]
    return replace(request, elsewhere=frozenset(kinds), **unset)


def _is_skipped(
    scheduler: BatchScheduler,
    request: JobRequest,
    options: Sequence[GivenOption],
    line: str,
    skip: Sequence[str],
) -> bool:
    if not skip:
        return False
    known = {name for entry in scheduler.option_rules(request) for name in entry.names}
    for part in skip:
        bare = part.removeprefix(scheduler.prefix).strip()
        named = [option[0] for option in scheduler.split_options(bare, known)]
        if named and known.issuperset(named):
            skipped = {one.name: one.value for one in given_options(scheduler, request, [bare])}
            if any(one.value.startswith(skipped.get(one.name, "\n")) for one in options):
                return True
        elif part in f"{scheduler.prefix} {line}":
            return True
    return False


def _replaces(kind: str, value: Any, before: Any) -> bool:
    """Return whether a value replaces that of another option: of two limits, the smaller holds."""
    if isinstance(value, int) and isinstance(before, int):
        return value > before if kind == "gpus" else value < before
    return value is not None


def _totals(
    found: dict[str, ReadOption], request: JobRequest, has_slots: bool
) -> dict[str, ReadOption]:
    """Return fields of `JobRequest`: amounts of one task, thread or GPU become those of the job."""
    tasks, threads = found.pop("tasks", None), found.get("threads")
    cpus = threads.value if threads else request.threads if has_slots else 1
    if tasks and tasks.value > 1:
        cpus *= tasks.value
        found["threads"] = ReadOption(
            cpus, f"{threads.text} {tasks.text}" if threads else tasks.text
        )
    reserved = found.pop("memory_reserved", None)
    if reserved and cpus == 1 and not request.memory:  # with more, it may be that of each slot
        found.setdefault("memory", reserved)
    gpus = found["gpus"].value if "gpus" in found else request.gpus
    for kind, number in (("memory_per_thread", cpus), ("memory_per_gpu", gpus)):
        one = found.pop(kind, None)
        if one is not None and number and "memory" not in found:
            total = None if one.value is None else one.value * number
            found["memory"] = ReadOption(total, one.text)
    return found
