# SPDX-License-Identifier: BSD-3-Clause
"""Rules as a program: one literal after the other, each with two places to go on.

A nest of exceptions becomes a chain without recursion: when all conditions of a rule
hold its exceptions are tried in turn, one that holds leads to the rule's failure, and
the last one's failure to its success. Non-negative targets are literals; -1 - target is
what the row ends with.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Program(NamedTuple):
    """Literals in order, where to go when they hold and when not, and the first."""

    literals: list[Any]
    yes: NDArray[np.int64]
    no: NDArray[np.int64]
    start: int


def compile_rules(
    rules: Sequence[Any], ends: Sequence[int] | None = None, otherwise: int = 0
) -> Program:
    """Compile rules with ``conditions`` and ``exceptions`` that are tried in order.

    A row ends with ``ends`` of the first rule that covers it (1, 2, ... by default), or
    with ``otherwise``. A rule without conditions covers nothing.
    """
    literals: list[Any] = []
    yes: list[int] = []
    no: list[int] = []

    def emit(rule: Any, success: int, failure: int) -> int:
        if not rule.conditions:
            return failure
        target = success
        for exception in reversed(rule.exceptions):
            target = emit(exception, failure, target)
        for condition in reversed(rule.conditions):
            literals.append(condition)
            yes.append(target)
            no.append(failure)
            target = len(literals) - 1
        return target

    if ends is None:
        ends = range(1, len(rules) + 1)
    start = -1 - otherwise
    for rule, end in zip(reversed(rules), reversed(ends), strict=True):
        start = emit(rule, -1 - end, start)
    return Program(literals, np.array(yes, np.int64), np.array(no, np.int64), start)


def each_literal(rules: Sequence[Any], visit: Callable[[Any], None]) -> None:
    """Call ``visit`` with every condition of rules and their exceptions, in order."""
    for rule in rules:
        for condition in rule.conditions:
            visit(condition)
        each_literal(rule.exceptions, visit)
