# SPDX-License-Identifier: BSD-3-Clause
"""Kernels against plain Python."""

import math
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skx.rules import _kernels
from skx.rules._base import code_range
from skx.rules._columns import padded
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


def counts_by_hand(
    codes: np.ndarray, n_codes: np.ndarray, weights: np.ndarray, is_inside: np.ndarray
) -> np.ndarray:
    """Weights by code, one feature after the other."""
    counts = [
        weights[is_inside & (column == code)].sum()
        for column, n in zip(codes, n_codes, strict=True)
        for code in range(n)
    ]
    return np.array(counts)


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


@pytest.mark.parametrize("n_numbers", [0, 1, 5, 254, 255, 256, 700])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_code_numbers_kernel(n_numbers: int, dtype: type) -> None:
    rng = np.random.default_rng(n_numbers)
    numbers = np.unique(rng.normal(size=n_numbers).astype(dtype)).astype(float)
    if n_numbers > 1:
        numbers[[0, -1]] = -np.inf, np.inf
    edges = np.nextafter(numbers, -np.inf), numbers, np.nextafter(numbers, np.inf)
    values = np.concatenate([*edges, [-np.inf, -0.0, 0.0, 9.0, np.inf, np.nan]])
    with np.errstate(over="ignore"):
        values = values.astype(dtype)
    out = np.empty(len(values), dtype=np.uint16)
    _kernels.code_numbers(values, padded(numbers), n_numbers + 1, out)
    expected = np.searchsorted(numbers, values.astype(float))
    assert_array_equal(out, np.where(np.isnan(values), n_numbers + 1, expected))


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


@pytest.mark.parametrize("criterion", [0, 1])
def test_bound_impurities_kernel(criterion: int) -> None:
    own, other = (side.ravel() for side in np.mgrid[0:9, 0:7].astype(float))
    bounds = np.empty(len(own))
    _kernels.bound_impurities(criterion, own, other, 8.0, 6.0, bounds)
    exact = -14.0 * np.array(
        [
            (entropy, gini)[criterion](a, 8.0 - a, 6.0 - b, b)
            for a, b in zip(own, other, strict=True)
        ]
    )
    assert (bounds <= exact + 1e-12).all()
    # Close, where it is not near zero.
    assert (exact - bounds <= 14.0 * 0.03).all()
    if criterion == _kernels.GINI:
        assert_allclose(bounds, exact, atol=1e-12)


def test_is_used_kernel_knows_complements() -> None:
    used = np.array([[1, 0, 4], [2, 1, 5]])
    for op in range(4):
        assert _kernels.is_used(used, 1, op, 4) == (op in (0, 1))
        assert _kernels.is_used(used, 2, op, 5) == (op in (2, 3))
        assert not _kernels.is_used(used, 0, op, 4)
        assert not _kernels.is_used(used, 1, op, 5)


@pytest.mark.parametrize("typed", [True, False])
@pytest.mark.parametrize("criterion", [0, 1])
@pytest.mark.parametrize("is_counted", [[1, 1, 1, 1], [0, 0, 0, 0], [0, 1, 1, 0]])
@pytest.mark.parametrize("seed", range(3))
def test_best_literal_kernel(
    seed: int, is_counted: list[int], criterion: int, typed: bool
) -> None:
    rng = np.random.default_rng(seed)
    n_rows = 25
    above = np.array([3, 0, 5, 0])
    n_codes = np.array([7, 6, 7, 2])  # mixed, categories, numbers, missing throughout
    codes = np.array([rng.integers(0, size, n_rows) for size in n_codes])
    codes = np.where(codes == above[:, None], above[:, None] + 1, codes)
    weights = rng.choice([0.25, 1.0, 2.0], n_rows) if seed else np.ones(n_rows)
    is_own = rng.random(n_rows) < 0.6
    used: list[tuple[int, int, int]] = []
    rows = np.arange(n_rows, dtype=np.int32)
    offsets = np.where(is_counted, np.cumsum(n_codes) - n_codes, -1)
    sides = [counts_by_hand(codes, n_codes, weights, s) for s in (is_own, ~is_own)]
    for _ in range(12):
        best = np.array([-np.inf, -1.0, -1.0, -1.0])
        _kernels.best_literal(
            codes.astype(np.uint8),
            above,
            n_codes,
            offsets,
            *sides,
            rows[is_own],
            rows[~is_own],
            weights if seed else weights[:0],
            criterion,
            typed,
            1.0,
            np.array(used, dtype=np.int64).reshape(-1, 3),
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


@pytest.mark.parametrize("n_codes", [93, 20])  # few rows for them, and many
def test_list_wide_kernel(n_codes: int) -> None:
    rng = np.random.default_rng(0)
    above = n_codes - 5
    pos, neg = np.zeros(n_codes), np.zeros(n_codes)
    seen = np.zeros(n_codes // _kernels.BLOCK + 1, dtype=bool)
    present = np.empty(n_codes, dtype=np.int64)
    p, n = np.empty(n_codes), np.empty(n_codes)
    column = rng.integers(0, n_codes, 40).astype(np.uint8)
    weights = rng.choice([0.25, 1.0, 2.0], 40)
    rows = rng.permutation(40)[:16].astype(np.int32)
    sides = rows[:10], rows[10:]
    for given in (weights, weights[:0], weights):
        of_each = weights if len(given) else np.ones(40)
        n_numbers, n_present = _kernels.list_wide(
            column, above, *sides, given, pos, neg, seen, present, p, n
        )
        found = np.unique(column[rows])
        assert_array_equal(present[:n_present], found)
        assert n_numbers == (found < above).sum()
        for counts, side in ((p, sides[0]), (n, sides[1])):
            expected = np.bincount(column[side], of_each[side], minlength=n_codes)
            assert_array_equal(counts[:n_present], expected[found])
        assert not pos.any()
        assert not neg.any()
        assert not seen.any()


def test_row_kernels() -> None:
    codes = np.array([0, 1, 2, 3, 4, 5, 1], dtype=np.uint8)
    rows = np.array([6, 5, 3, 1], dtype=np.int32)
    literal = (_kernels.GT, 1, ABOVE)
    assert_array_equal(_kernels.keep_rows(codes, rows, *literal, True), [3])
    assert_array_equal(_kernels.keep_rows(codes, rows, *literal, False), [5, 3])
    inside, outside = _kernels.divide(codes, rows, *literal, True)
    assert_array_equal(inside, [3])
    assert_array_equal(outside, [6, 5, 1])
    inside, outside = _kernels.divide(codes, rows, *literal, False)
    assert_array_equal(inside, [5, 3])
    assert_array_equal(outside, [6, 1])
    weights = np.array([1.0, 2, 4, 8, 16, 32, 64])
    assert _kernels.sum_weights(weights, rows) == 64 + 32 + 8 + 2


@pytest.mark.parametrize("n_features", [1, 4, 6])
def test_count_rows_kernel(n_features: int) -> None:
    rng = np.random.default_rng(n_features)
    n_codes = rng.integers(2, 9, n_features)
    codes = np.array([rng.integers(0, n, 30) for n in n_codes]).astype(np.uint8)
    rows = rng.permutation(30)[:17].astype(np.int32)
    weights = rng.choice([0.25, 1.0, 2.0], 30)
    is_inside = np.isin(np.arange(30), rows)
    offsets = np.cumsum(n_codes) - n_codes
    for given in (weights, weights[:0]):
        counts = np.zeros(n_codes.sum())
        features = np.arange(n_features)
        _kernels.count_rows(codes, features, offsets, rows, given, counts)
        of_each = weights if len(given) else np.ones(30)
        expected = counts_by_hand(codes, n_codes, of_each, is_inside)
        assert_array_equal(counts, expected)
    if n_features > 1:  # the last feature alone
        counts = np.zeros(n_codes[-1])
        last = np.array([n_features - 1])
        _kernels.count_rows(codes, last, np.zeros(1, int), rows, given, counts)
        assert_array_equal(counts, expected[-n_codes[-1] :])


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
    holds = [
        is_true(row[c.feature], c.op, c.value, above[c.feature], typed)
        for c in rule.conditions
    ]
    if not holds:
        return False
    return all(holds) and not any(
        covers(exception, row, above, typed) for exception in rule.exceptions
    )


# Numbers, above all, missing; then missing, three categories, one not seen.
CODES = np.array([[a, b] for a in range(ABOVE + 2) for b in range(1, 6)])


@pytest.mark.parametrize("typed", [True, False])
@pytest.mark.parametrize("n_rows", [1, 25, 1500])  # the last needs two blocks
@pytest.mark.parametrize("seed", range(3))
def test_fire_kernel(seed: int, n_rows: int, typed: bool) -> None:
    rng = np.random.default_rng(seed)
    rules = [nest(rng, 3) for _ in range(3)]
    rules[1:1] = [Rule((), (nest(rng, 1),))]  # covers nothing
    above = [ABOVE, 0]
    first = [
        next((k for k, r in enumerate(rules) if covers(r, row, above, typed)), -1)
        for row in CODES
    ]
    rows = np.arange(n_rows) if n_rows == 25 else rng.integers(0, 25, n_rows)
    program = compile_rules(rules)
    literals: list[Condition] = program.literals
    columns = np.array([1 - literal.feature for literal in literals])
    ranges = [
        code_range(OPS.index(c.op), c.value, above[c.feature], typed) for c in literals
    ]
    low, high, negated = np.array(ranges).T
    out = np.empty(n_rows, dtype=np.int64)
    for dtype in (np.uint8, np.float32, float):
        _kernels.fire(
            CODES[rows].astype(dtype),
            np.array([1, 0]),
            columns,
            low.astype(dtype),
            high.astype(dtype),
            negated.astype(bool),
            program.steps,
            program.depth,
            out,
        )
        assert_array_equal(out, np.array(first)[rows])


def test_fire_kernel_without_rules() -> None:
    program = compile_rules([])
    out = np.empty(3, dtype=np.int64)
    none = np.empty(0, dtype=np.int64)
    _kernels.fire(
        np.zeros((3, 2)),
        none,
        none,
        none.astype(float),
        none.astype(float),
        none.astype(bool),
        program.steps,
        program.depth,
        out,
    )
    assert_array_equal(out, [-1, -1, -1])


def test_keep_inside_kernel() -> None:
    column = np.array([1.0, 2.0, 3.0, np.nan, 2.0])
    mask = np.array([True, True, True, True, False])
    assert _kernels.keep_inside(column, 1.5, 2.5, False, mask)
    assert_array_equal(mask, [False, True, False, False, False])
    mask = np.array([True, True, True, True, False])
    assert _kernels.keep_inside(column, 1.5, 2.5, True, mask)
    assert_array_equal(mask, [True, False, True, True, False])
    assert not _kernels.keep_inside(column, -np.inf, np.inf, True, mask[:3])
    assert not mask[:3].any()


def test_take_off_kernel() -> None:
    mask = np.array([True, True, False, False])
    assert _kernels.take_off(mask, np.array([True, False, True, False]))
    assert_array_equal(mask, [False, True, False, False])
    assert not _kernels.take_off(mask, np.array([False, True, False, False]))
    assert not mask.any()
