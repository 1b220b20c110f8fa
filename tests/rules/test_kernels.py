# SPDX-License-Identifier: BSD-3-Clause
"""Kernels against plain Python."""

import math
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skx.rules import _kernels
from skx.rules._program import compile_rules
from skx.rules._ruleset import Condition, Rule

OPS = ("<=", ">", "==", "!=")
ABOVE = 3  # numbers are 0 .. 2, 3 is above them all, 4 is missing, then categories
N_CODES = 7


def is_true(code: int, op: str, value: int, above: int, typed: bool) -> bool:
    """The table of the truth of literals, by the kind of the value."""
    is_number = code <= above
    if op == "==":
        return code == value
    if op == "!=":
        return code != value
    if op == "<=":
        return is_number and code <= value
    return code > value if is_number else not typed


def entropy(tp: float, fn: float, tn: float, fp: float) -> float:
    """Negative entropy of the sides given the literal, from its definition."""
    total = tp + fn + tn + fp
    groups = [(tp, fp), (tn, fn)]
    return sum(
        part / total * math.log(part / sum(group))
        for group in groups
        for part in group
        if part
    )


def gini_by_products(tp: float, fn: float, tn: float, fp: float) -> float:
    """``gini`` in the order of operations that decides ties."""
    score = -(tp * fp / (tp + fp)) if tp + fp else 0.0
    score -= tn * fn / (tn + fn) if tn + fn else 0.0
    return score / (tp + fn + tn + fp)


def gini(tp: float, fn: float, tn: float, fp: float) -> float:
    """Half the impurity 1 - sum of squared shares, weighted by the groups."""
    total = tp + fn + tn + fp
    groups = [g for g in [(tp, fp), (tn, fn)] if sum(g)]
    return -sum(
        sum(g) / total * (1 - sum((part / sum(g)) ** 2 for part in g)) / 2
        for g in groups
    )


def counts_of_literal(
    codes: np.ndarray,
    is_own: np.ndarray,
    weights: np.ndarray,
    op: str,
    value: int,
    above: int,
    typed: bool,
) -> tuple[float, float, float, float]:
    true = np.array([is_true(c, op, value, above, typed) for c in codes])
    tables = (true & is_own, ~true & is_own, ~true & ~is_own, true & ~is_own)
    return tuple(float(weights[rows].sum()) for rows in tables)  # type: ignore[return-value]


def best_by_hand(
    codes: np.ndarray,
    above: np.ndarray,
    n_codes: np.ndarray,
    is_own: np.ndarray,
    weights: np.ndarray,
    score_of: Any,
    typed: bool,
    min_coverage: float,
    used: list[tuple[int, int, int]],
) -> tuple[float, int, int, int]:
    """Try every literal on every row; weights are dyadic, so that sums are exact."""
    best = (-np.inf, -1, -1, -1)
    for j, column in enumerate(codes):
        if n_codes[j] == 2:
            continue
        for value in range(n_codes[j]):
            if value == above[j] or value not in column:
                continue
            for op in (0, 1) if value < above[j] else (2, 3):
                if (j, op // 2, value) in used:
                    continue
                tp, fn, tn, fp = counts_of_literal(
                    column, is_own, weights, OPS[op], value, above[j], typed
                )
                if tp + tn < fp + fn or tp < min_coverage:
                    continue
                score = score_of(tp, fn, tn, fp)
                if score > best[0]:
                    best = (score, j, op, value)
    return best


def test_code_numbers_kernel() -> None:
    numbers = np.array([-np.inf, -1.5, 0.0, 2.0, 2.5])
    values = np.array([np.nan, -np.inf, -2.0, -1.5, -0.0, 1.0, 2.0, 2.1, 2.6, np.inf])
    out = np.empty(len(values), dtype=np.uint8)
    _kernels.code_numbers(values, numbers, 6, out)
    assert_array_equal(out, [6, 0, 1, 1, 2, 3, 3, 4, 5, 5])
    _kernels.code_numbers(values, np.empty(0), 1, out)
    assert_array_equal(out, np.where(np.isnan(values), 1, 0))


@pytest.mark.parametrize("typed", [True, False])
def test_holds_kernel(typed: bool) -> None:
    for op, name in enumerate(OPS):
        for value in range(N_CODES):
            if (op < 2) != (value < ABOVE):
                continue
            for code in range(N_CODES + 1):  # the last is a category not seen
                expected = is_true(code, name, value, ABOVE, typed)
                assert _kernels.holds(code, op, value, ABOVE, typed) == expected


def test_score_kernels() -> None:
    parts = (0.0, 0.5, 3.0)
    tables = [(a, b, c, d) for a in parts for b in parts for c in parts for d in parts]
    for table in tables[1:]:
        assert_allclose(_kernels.entropy_score(*table), entropy(*table), atol=1e-15)
        assert_allclose(_kernels.gini_score(*table), gini(*table), atol=1e-15)
        assert _kernels.gini_score(*table) == gini_by_products(*table)


def test_impurity_kernel() -> None:
    # Of a node with shares 1/4 and 3/4.
    nats = math.log(4) / 4 + math.log(4 / 3) * 3 / 4
    assert_allclose(_kernels.impurity(_kernels.ENTROPY, 2.0, 6.0), nats)
    assert_allclose(_kernels.impurity(_kernels.GINI, 2.0, 6.0), 3 / 16)


def test_literal_score_kernel_refuses_what_mostly_disagrees() -> None:
    for criterion, score in enumerate((entropy, gini)):
        accept = _kernels.literal_score(criterion, 3.0, 2.0, 1.0, 2.0, 3.0)
        assert_allclose(accept, score(3.0, 2.0, 1.0, 2.0))
        assert _kernels.literal_score(criterion, 3.0, 2.0, 1.0, 2.1, 3.0) == -np.inf
        assert _kernels.literal_score(criterion, 3.0, 2.0, 1.0, 2.0, 3.1) == -np.inf


def test_is_used_kernel_knows_complements() -> None:
    used = np.array([[1, 0, 4], [2, 1, 5]])
    for op in range(4):
        assert _kernels.is_used(used, 1, op, 4) == (op in (0, 1))
        assert _kernels.is_used(used, 2, op, 5) == (op in (2, 3))
        assert not _kernels.is_used(used, 0, op, 4)
        assert not _kernels.is_used(used, 1, op, 5)


@pytest.mark.parametrize("typed", [True, False])
@pytest.mark.parametrize("criterion", [0, 1])
@pytest.mark.parametrize("seed", range(6))
def test_best_literal_kernel(seed: int, criterion: int, typed: bool) -> None:
    rng = np.random.default_rng(seed)
    n_rows = 25
    above = np.array([3, 0, 5, 0])
    n_codes = np.array([7, 6, 7, 2])  # mixed, categories, numbers, missing throughout
    codes = np.array([rng.integers(0, size, n_rows) for size in n_codes])
    codes = np.where(codes == above[:, None], above[:, None] + 1, codes)
    weights = rng.choice([0.25, 1.0, 2.0], n_rows)
    is_own = rng.random(n_rows) < 0.6
    used: list[tuple[int, int, int]] = []
    rows = np.arange(n_rows, dtype=np.int32)
    for _ in range(12):
        best = np.array([-np.inf, -1.0, -1.0, -1.0])
        _kernels.best_literal(
            codes.astype(np.uint8),
            above,
            n_codes,
            rows[is_own],
            rows[~is_own],
            weights,
            criterion,
            typed,
            1.0,
            np.array(used, dtype=np.int64).reshape(-1, 3),
            0,
            4,
            best,
        )
        score = (entropy, gini_by_products)[criterion]
        expected = best_by_hand(
            codes, above, n_codes, is_own, weights, score, typed, 1.0, used
        )
        assert_array_equal(best[1:], expected[1:])
        if expected[1] < 0:
            break
        assert_allclose(best[0], expected[0], atol=1e-12)
        used.append((expected[1], expected[2] // 2, expected[3]))
    assert used


def test_row_kernels() -> None:
    codes = np.array([0, 1, 2, 3, 4, 5, 1], dtype=np.uint8)
    rows = np.array([6, 5, 3, 1], dtype=np.int32)
    kept = _kernels.keep_rows(codes, rows, _kernels.GT, 1, ABOVE, True)
    assert_array_equal(kept, [3])
    kept = _kernels.keep_rows(codes, rows, _kernels.GT, 1, ABOVE, False)
    assert_array_equal(kept, [5, 3])
    weights = np.array([1.0, 2, 4, 8, 16, 32, 64])
    assert _kernels.sum_weights(weights, rows) == 64 + 32 + 8 + 2
    counts = np.zeros(6)
    _kernels.count_codes(codes, rows, weights, counts)
    assert_array_equal(counts, [0, 66, 0, 8, 0, 32])


def nest(rng: np.random.Generator, depth: int) -> Rule:
    """A random rule over two columns: 0 holds numbers, 1 holds categories."""
    conditions = []
    for _ in range(rng.integers(1, 3)):
        if rng.random() < 0.6:
            op = str(rng.choice(["<=", ">"]))
            conditions.append(Condition(0, op, int(rng.integers(ABOVE))))
        else:
            op = str(rng.choice(["==", "!="]))
            conditions.append(Condition(1, op, int(rng.integers(1, 4))))
    n_exceptions = rng.integers(0, 3) if depth else 0
    exceptions = tuple(nest(rng, depth - 1) for _ in range(n_exceptions))
    return Rule(tuple(conditions), exceptions)


def covers(rule: Rule, row: np.ndarray, above: list[int], typed: bool) -> bool:
    """What it means that a rule covers a row, by recursion."""
    return all(
        is_true(row[c.feature], c.op, c.value, above[c.feature], typed)
        for c in rule.conditions
    ) and not any(covers(exception, row, above, typed) for exception in rule.exceptions)


@pytest.mark.parametrize("typed", [True, False])
@pytest.mark.parametrize("seed", range(5))
def test_walk_kernels(seed: int, typed: bool) -> None:
    rng = np.random.default_rng(seed)
    rules = [nest(rng, 3) for _ in range(3)]
    above = [ABOVE, 0]
    # Numbers, above all, missing; then missing, three categories, one not seen.
    codes = np.array([[a, b] for a in range(ABOVE + 2) for b in range(1, 6)])
    expected = [
        next((k for k, r in enumerate(rules, 1) if covers(r, row, above, typed)), 0)
        for row in codes
    ]
    program = compile_rules(rules)
    literals: list[Condition] = program.literals
    features = np.array([c.feature for c in literals])
    ops = np.array([OPS.index(c.op) for c in literals])
    values = np.array([c.value for c in literals])
    jumps = (program.yes, program.no, program.start)
    out = np.empty(len(codes), dtype=np.int64)
    columns = np.ascontiguousarray(codes.T.astype(np.uint8))
    tops = np.array(above)
    _kernels.walk_codes(columns, tops, typed, features, ops, values, *jumps, out)
    assert_array_equal(out, expected)

    numbers = np.where(codes[:, :1] > ABOVE, np.nan, codes[:, :1].astype(float))
    levels = codes[:, 1:].astype(np.int32)
    kinds = np.select([ops == 0, ops == 1, ops == 2], [0, 1 if typed else 2, 4], 5)
    zeros = np.zeros(len(literals), dtype=np.int64)
    cuts, wanted = values.astype(float), values.astype(np.int32)
    _kernels.walk_values(numbers, levels, zeros, kinds, cuts, wanted, *jumps, out)
    assert_array_equal(out, expected)


def test_kinds_of_the_walk_values_kernel() -> None:
    numbers = np.array([[1.0], [2.0], [np.nan]])
    levels = np.array([[3], [4], [3]], dtype=np.int32)
    yes, no = np.array([-2]), np.array([-1])
    at = np.zeros(1, dtype=np.int64)
    cuts, wanted = np.array([1.0]), np.array([3], dtype=np.int32)
    expected = {
        0: [1, 0, 0],
        1: [0, 1, 0],
        2: [0, 1, 1],
        3: [1, 0, 1],
        4: [1, 0, 1],
        5: [0, 1, 0],
        6: [0, 0, 1],
        7: [1, 1, 0],
    }
    for kind, truth in expected.items():
        out = np.empty(3, dtype=np.int64)
        kinds = np.array([kind])
        _kernels.walk_values(numbers, levels, at, kinds, cuts, wanted, yes, no, 0, out)
        assert_array_equal(out, truth)
