# SPDX-License-Identifier: BSD-3-Clause
"""Rules as a program that runs on many rows at once.

A nest of exceptions becomes a list of steps without recursion. Each rule and exception
enters with the rows that are left where it stands, its literals take rows away, and at
its end the rows that remain leave those of what it stands in.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skx.rules._kernels import END, ENTER


class Program(NamedTuple):
    """Literals in order, steps, and how deep rules nest.

    steps (n_steps, 2): a literal's position, ENTER, END of an exception or END - 1 - k
    of rule k; and the step to go on with when no row is left.
    """

    literals: list[Any]
    steps: NDArray[np.int64]
    depth: int


def compile_rules(rules: Sequence[Any]) -> Program:
    """Compile rules with ``conditions`` and ``exceptions`` that are tried in order.

    A rule without conditions covers nothing.
    """
    literals: list[Any] = []
    steps: list[list[int]] = []
    deepest = 0

    def emit(rule: Any, end: int, depth: int) -> list[list[int]]:
        """Add the steps of a rule, and return the last one."""
        nonlocal deepest
        if not rule.conditions:
            return []
        deepest = max(deepest, depth)
        steps.append([ENTER, 0])
        leading_out = []
        for condition in rule.conditions:
            leading_out.append([len(literals), 0])
            steps.append(leading_out[-1])
            literals.append(condition)
        for exception in rule.exceptions:
            leading_out += emit(exception, END, depth + 1)
        for step in leading_out:
            step[1] = len(steps)
        steps.append([end, 0])
        return [steps[-1]]

    ends = [end for k, rule in enumerate(rules) for end in emit(rule, END - 1 - k, 1)]
    for end in ends:
        end[1] = len(steps)
    return Program(literals, np.array(steps, np.int64).reshape(-1, 2), deepest)


def each_literal(rules: Sequence[Any], visit: Callable[[Any], None]) -> None:
    """Call ``visit`` with every condition of rules and their exceptions, in order."""
    for rule in rules:
        for condition in rule.conditions:
            visit(condition)
        each_literal(rule.exceptions, visit)
