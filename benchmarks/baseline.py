"""The peer of isolated tasks: a manager and a process for each task."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from typing import Any


def in_new_process(function: Callable[..., Any], *args: Any) -> Any:
    """What a function returns in a process of its own, which sends it through a manager's queue.

    Processes are forked, which is the quickest way that there is, and safe enough for a function
    that does nothing.
    """
    context = multiprocessing.get_context("fork")
    with context.Manager() as manager:
        answers = manager.Queue()
        process = context.Process(target=_answer, args=(answers, function, args))
        process.start()
        answer = answers.get()
        process.join()
    return answer


def _answer(answers: Any, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    answers.put(function(*args))
