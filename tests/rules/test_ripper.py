# SPDX-License-Identifier: BSD-3-Clause
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.ensemble import AdaBoostClassifier

from skx._random import random_uniform
from skx.datasets import load_mushroom
from skx.rules import Condition, FOLDSEClassifier, RIPPERClassifier, _kernels
from skx.rules._base import fire_codes
from skx.rules._description import exception_bits, rule_bits, subset_bits
from skx.rules._irep import (
    Cover,
    Ripper,
    RipperSettings,
    accuracy,
    count_candidates,
    distinct_rows,
    learn_ripper,
    precision,
    tightest,
)
from skx.rules._learn import Coded, CodeRule

VECTORS = Path(__file__).parents[1] / "vectors"
LE, GT, EQ = 0, 1, 2


def settings(**changes):
    defaults = {
        "k": 2,
        "prune": True,
        "prune_size": 1 / 3,
        "dl_allowance": 64.0,
        "min_weight": 2.0,
        "max_rules": None,
        "max_conditions": None,
        "seed": np.uint64(7),
    }
    return RipperSettings(**(defaults | changes))


def noisy_table(seed, n_rows=150, integer_weights=False):
    """Two columns of numbers, the second with gaps, and one of categories."""
    rng = np.random.RandomState(seed)
    above = np.array([9, 5, 0])
    n_codes = above + 2 + np.array([0, 0, 4])
    codes = np.array(
        [
            rng.randint(9, size=n_rows),
            rng.choice([0, 1, 2, 3, 4, 6], size=n_rows),
            rng.choice([1, 2, 3, 4, 5], size=n_rows),
        ],
        dtype=np.uint8,
    )
    own = (codes[0] > 5) & (codes[2] != 3) | (codes[1] == 6) & (codes[2] == 2)
    own ^= rng.rand(n_rows) < 0.1
    weights = rng.randint(1, 4, size=n_rows) if integer_weights else np.ones(n_rows)
    table = Coded(codes, above, n_codes, weights.astype(float))
    return table, own.astype(np.int64)


def learner_for(table, labels, **changes):
    rows = np.arange(table.n_rows, dtype=np.int32)
    side = labels.astype(np.uint8)
    return Ripper(table, side, rows, settings(**changes), count_candidates(table))


# The algorithm in plain NumPy, on masks of rows


def literals_of(table):
    for j, above in enumerate(table.above):
        for v in range(above):
            yield j, LE, v
            yield j, GT, v
        for v in range(above + 1, table.n_codes[j]):
            yield j, EQ, v


def true_of(table, literal):
    j, op, v = literal
    code, above = table.codes[j], table.above[j]
    return {LE: code <= v, GT: (code > v) & (code <= above), EQ: code == v}[op]


def covers(table, rule):
    mask = np.ones(table.n_rows, dtype=bool)
    for literal in rule:
        mask &= true_of(table, literal)
    return mask


def foil(p, n, p0, n0):
    return p * (math.log2(p / (p + n)) - math.log2(p0 / (p0 + n0)))


class Twin:
    def __init__(self, table, labels, setting):
        self.table, self.own, self.setting = table, labels == 1, setting
        self.n_splits = 0
        self.n_conditions = sum(
            op != EQ or true_of(table, (j, op, v)).any() or v > table.above[j] + 1
            for j, op, v in literals_of(table)
        )

    def sums(self, mask, weights=None):
        weights = self.table.weights if weights is None else weights
        return weights[mask & self.own].sum(), weights[mask & ~self.own].sum()

    def split(self, mask):
        prune = np.zeros(self.table.n_rows)
        total = dict(zip((True, False), self.sums(mask), strict=True))
        wanted = {s: t * self.setting.prune_size for s, t in total.items()}
        for i in np.flatnonzero(mask):
            s, w = bool(self.own[i]), self.table.weights[i]
            share = w * min(max(wanted[s] / total[s], 0), 1)
            draw = random_uniform(self.setting.seed, self.n_splits, i, 0)
            prune[i] = min(math.floor(share) + (draw < share - math.floor(share)), w)
            wanted[s] -= prune[i]
            total[s] -= w
        self.n_splits += 1
        return np.where(mask, self.table.weights - prune, 0), prune

    def grow(self, rule, mask, weights):
        rule = list(rule)
        while True:
            mask = mask & covers(self.table, rule)
            p0, n0 = self.sums(mask, weights)
            best, gain = None, 0.0
            for literal in literals_of(self.table) if p0 > 0 and n0 > 0 else ():
                inside = mask & true_of(self.table, literal)
                p, n = self.sums(inside, weights)
                if p >= self.setting.min_weight and foil(p, n, p0, n0) > gain:
                    best, gain = literal, foil(p, n, p0, n0)
            if best is None:
                return rule
            rule.append(best)

    def shorten(self, rule, mask, weights, worth):
        if weights[mask].sum() > 0:
            worths = [
                worth(*self.sums(mask & covers(self.table, rule[:k]), weights))
                for k in range(len(rule) + 1)
            ]
            rule = rule[: worths.index(max(worths))]
        return [
            a
            for k, a in enumerate(rule)
            if not any(a[:2] == b[:2] != (a[0], EQ) for b in rule[k + 1 :])
        ]

    def union(self, rules):
        return np.any([covers(self.table, r) for r in rules] or [~(self.own >= 0)], 0)

    def bits(self, rules):
        tp, fp = self.sums(self.union(rules))
        fn, tn = self.sums(~self.union(rules))
        share = (tp + fn) / (tp + fn + fp + tn)
        return exception_bits(tp + fp, fn + tn, fp, fn, share) + sum(
            rule_bits(len(rule), self.n_conditions) for rule in rules
        )

    def shrunken(self, rules, keep=0):
        for position in reversed(range(keep, len(rules))):
            fewer = rules[:position] + rules[position + 1 :]
            if self.bits(fewer) <= self.bits(rules) + 1e-9:
                rules = fewer
        return rules

    def add(self, rules, mask):
        smallest = self.bits(rules)
        while self.sums(mask)[0] > 0:
            grow, prune = self.split(mask)
            rule = self.grow([], mask, grow)
            rule = self.shorten(rule, mask, prune, lambda p, n: (p + 1) / (p + n + 2))
            p, n = self.sums(mask & covers(self.table, rule))
            if not rule or n >= p:
                break
            if self.bits([*rules, rule]) > smallest + self.setting.dl_allowance:
                break
            rules = [*rules, rule]
            smallest = min(smallest, self.bits(rules))
            mask = mask & ~covers(self.table, rule)
        return rules

    def learn(self):
        everything = self.own | ~self.own
        rules = self.shrunken(self.add([], everything))
        for _ in range(self.setting.k):
            mask, position = everything, 0
            while position < len(rules) and self.sums(mask)[0] > 0:
                before, after = rules[:position], rules[position + 1 :]
                grow, prune = self.split(mask)
                free = mask & ~self.union(before + after)
                variants = [rules[position]]
                for start in (rules[position], []):
                    grown = self.grow(start, mask, grow)
                    rule = self.shorten(grown, free, prune, lambda p, n: p - n)
                    if rule and rule not in variants:
                        variants.append(rule)
                bits = [
                    self.bits(self.shrunken([*before, v, *after], position + 1))
                    for v in variants
                ]
                best = variants[bits.index(min(bits))]
                rules = [*before, best, *after]
                mask = mask & ~covers(self.table, best)
                position += 1
            rules = self.shrunken(self.add(rules, mask))
        return rules


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("integer_weights", [False, True])
def test_rules_are_those_of_the_algorithm_in_plain_numpy(seed, integer_weights):
    table, labels = noisy_table(seed, integer_weights=integer_weights)
    expected = Twin(table, labels, settings()).learn()
    found = learner_for(table, labels).learn()
    assert [[tuple(c) for c in rule.tolist()] for rule in found] == expected
    assert len(expected) > 0


# Description length


@pytest.mark.parametrize(
    "entry", json.loads((VECTORS / "rules_mdl_table.json").read_text()), ids=str
)
def test_bits_are_those_of_the_table(entry):
    if entry["kind"] == "theory":
        bits = rule_bits(entry["k"], entry["n"])
    else:
        bits = exception_bits(
            *(entry[k] for k in ("covered", "uncovered", "fp", "fn", "x"))
        )
    assert bits == pytest.approx(entry["bits"], abs=1e-9)


def test_no_condition_takes_no_bits():
    assert rule_bits(0, 50) == 0.0


def test_subset_against_its_expectation_takes_endless_bits():
    assert subset_bits(5.0, 0.0, 0.0) == 0.0
    assert subset_bits(5.0, 5.0, 1.0) == 0.0
    assert subset_bits(5.0, 1.0, 0.0) == math.inf
    assert subset_bits(5.0, 4.0, 1.0) == math.inf
    assert subset_bits(4.0, 1.0, 0.25) == pytest.approx(2 - 3 * math.log2(0.75))


def random_rules(table, rng, n_rules=6):
    literals = list(literals_of(table))
    return [
        np.array([literals[k] for k in rng.choice(len(literals), size=2)])
        for _ in range(n_rules)
    ]


@pytest.mark.parametrize("seed", range(4))
def test_cover_keeps_count_while_rules_come_and_go(seed):
    table, labels = noisy_table(seed, integer_weights=True)
    rng = np.random.RandomState(seed)
    twin = Twin(table, labels, settings())
    cover = Cover(learner_for(table, labels), random_rules(table, rng))
    cover.delete(2)
    cover.insert(1, random_rules(table, rng, 1)[0])
    plain = [[tuple(c) for c in rule.tolist()] for rule in cover.rules]
    assert cover.bits() == pytest.approx(twin.bits(plain), abs=1e-9)
    for k in range(len(plain)):
        without = plain[:k] + plain[k + 1 :]
        assert cover.bits(without=k) == pytest.approx(twin.bits(without), abs=1e-9)
    before = cover.bits()
    copy = cover.copy()
    copy.shrink(keep=1)
    kept = [[tuple(c) for c in rule.tolist()] for rule in copy.rules]
    assert kept == twin.shrunken(plain, keep=1)
    assert copy.bits() <= before == cover.bits()


# Pieces of a rule


@pytest.mark.parametrize("seed", range(10))
def test_first_condition_has_the_largest_gain(seed):
    table, labels = noisy_table(seed, n_rows=40)
    rule = learner_for(table, labels, max_conditions=1).grow(
        np.empty((0, 3), np.int64), np.arange(40, dtype=np.int32), table.weights
    )
    p0, n0 = labels.sum(), (1 - labels).sum()
    gains = []
    for literal in literals_of(table):
        mask = true_of(table, literal)
        p, n = labels[mask].sum(), (1 - labels)[mask].sum()
        gains.append((foil(p, n, p0, n0) if p >= 2 else -1.0, literal))
    assert tuple(rule[0]) == max(gains, key=lambda pair: pair[0])[1]


def test_gain_by_hand():
    # 8 of 8 + 8 rows before, 4 of 4 + 0 after: one bit for each of the four.
    assert _kernels.foil_gain(4.0, 0.0, 8.0, 8.0) == 4.0
    assert _kernels.foil_gain(4.0, 4.0, 8.0, 8.0) == 0.0


def test_few_rows_among_many_numbers_are_counted_alike():
    rng = np.random.RandomState(0)
    column = rng.permutation(2000).astype(np.uint16)
    side = (rng.rand(2000) < 0.5).astype(np.uint8)
    for n_rows in (20, 1000):
        rows = np.sort(rng.choice(2000, n_rows, replace=False)).astype(np.int32)
        own, other, present = np.zeros(2002), np.zeros(2002), np.zeros(2002, np.int64)
        n = _kernels.list_codes(column, rows, side, np.ones(2000), own, other, present)
        assert_array_equal(present[:n], np.sort(column[rows]))
        assert_array_equal(own, np.bincount(column[rows], side[rows], 2002))
        assert_array_equal(other, np.bincount(column[rows], 1 - side[rows], 2002))


def test_pruning_keeps_the_shortest_of_the_best_prefixes():
    # Weights of the other and of the own side after 0, 1, 2 and 3 conditions.
    prefixes = np.array([[10.0, 10.0], [2.0, 8.0], [0.0, 4.0], [0.0, 4.0]])
    assert_allclose(precision(prefixes), [11 / 22, 9 / 12, 5 / 6, 5 / 6])
    assert precision(prefixes).argmax() == 2
    assert accuracy(prefixes).argmax() == 1


def test_prefixes_and_division_agree_with_masks():
    table, labels = noisy_table(3, integer_weights=True)
    rule = np.array([[0, GT, 3], [2, EQ, 2], [1, LE, 3]])
    rows = np.arange(0, 150, 2, dtype=np.int32)
    among = np.isin(np.arange(150), rows)
    side = labels.astype(np.uint8)
    sums = _kernels.prefix_weights(
        table.codes, table.above, rule, rows, side, table.weights
    )
    for k in range(4):
        mask = among & covers(table, rule[:k].tolist())
        own = (table.weights * labels)[mask].sum()
        assert_array_equal(sums[k], [table.weights[mask].sum() - own, own])
    inside, outside = _kernels.divide_rows(table.codes, table.above, rule, rows)
    fired = fire_codes([CodeRule(tuple(map(tuple, rule.tolist())))], table, True)
    assert_array_equal(inside, rows[fired[rows] == 0])
    assert_array_equal(outside, rows[fired[rows] == -1])


def test_later_bounds_replace_earlier_ones():
    rule = np.array([[0, LE, 7], [1, EQ, 2], [0, GT, 1], [0, LE, 5]])
    assert tightest(rule).tolist() == [[1, EQ, 2], [0, GT, 1], [0, LE, 5]]


# The random split


def split(side, weights, stream=0, share=1 / 3):
    grow, prune = np.zeros(len(side)), np.zeros(len(side))
    rows = np.arange(len(side), dtype=np.int32)
    side = np.asarray(side, dtype=np.uint8)
    _kernels.split_weights(
        rows, side, weights, share, np.uint64(1), stream, grow, prune
    )
    return grow, prune


def test_split_takes_the_share_of_each_side():
    side = np.repeat([0, 1], [60, 30])
    grow, prune = split(side, np.ones(90))
    assert_array_equal(grow + prune, 1.0)
    assert set(prune) == {0.0, 1.0}
    assert prune[:60].sum() == 20
    assert prune[60:].sum() == 10


def test_split_draws_each_row_equally_often():
    side = np.repeat([0, 1], [12, 6])
    times = sum(split(side, np.ones(18), stream)[1] for stream in range(600))
    # The standard deviation is 11.5.
    assert_allclose(times, 200, atol=50)
    assert len(np.unique(times)) > 3


def test_split_divides_a_heavy_row_as_that_many_rows():
    weights = np.array([300.0, 1.0, 1.0, 1.0])
    parts = np.array([split([1, 1, 1, 1], weights, stream)[1] for stream in range(50)])
    assert set(parts[:, 0]) <= {100.0, 101.0}
    assert_array_equal(parts.sum(axis=1), 101)


# Learning


@pytest.fixture
def frame():
    rng = np.random.RandomState(0)
    X = pd.DataFrame(
        {
            "color": rng.choice(["blue", "green", "red"], 300),
            "size": rng.choice([1.0, 2.0, 3.0, 4.0], 300),
            "noise": rng.rand(300),
        }
    )
    y = np.where((X["color"] == "red") & (X["size"] > 2), "yes", "no")
    return X, y


def noisy_frame(seed=0, n_rows=200):
    rng = np.random.RandomState(seed)
    X = pd.DataFrame(
        {
            "a": rng.randint(12, size=n_rows).astype(float),
            "b": rng.choice(["p", "q", None], n_rows),
            "c": np.where(rng.rand(n_rows) < 0.2, np.nan, rng.randint(6, size=n_rows)),
        }
    )
    y = (X["a"] > 6) & (X["b"] != "q") | X["c"].isna()
    return X, np.where(rng.rand(n_rows) < 0.1, ~y, y).astype(int)


def test_concept_is_found_as_it_is(frame):
    X, y = frame
    model = RIPPERClassifier(random_state=0).fit(X, y)
    (rule,) = model.rules_
    assert set(rule.conditions) == {Condition(0, "==", "red"), Condition(1, ">", 2.0)}
    assert rule.precision == 1.0
    assert model.default_class_ == "no"
    assert_array_equal(model.predict(X), y)
    assert model.feature_importances_[2] == 0.0
    assert model.feature_importances_.sum() == pytest.approx(1.0)


def test_classes_come_by_weight_and_the_heaviest_is_left(frame):
    X, _ = frame
    y = np.select([X["color"] == "red", X["size"] == 4.0], ["r", "four"], "rest")
    sizes = {label: int((y == label).sum()) for label in ("r", "four", "rest")}
    assert sizes["four"] < sizes["r"] < sizes["rest"]
    model = RIPPERClassifier(random_state=0).fit(X, y)
    order = [str(model.classes_[rule.label]) for rule in model.rules_]
    assert order == ["four", "four", "r"]  # blue ones and green ones
    assert model.default_class_ == "rest"
    assert model.score(X, y) == 1.0
    # Weights count, not rows.
    model.fit(X, y, np.where(y == "r", 10, 1))
    assert model.default_class_ == "r"
    assert model.score(X, y) == 1.0


def test_one_class_needs_no_rule(frame):
    X, _ = frame
    model = RIPPERClassifier(random_state=0).fit(X, np.full(300, "only"))
    assert model.rules_ == ()
    assert set(model.predict(X)) == {"only"}
    assert model.feature_importances_.tolist() == [0.0, 0.0, 0.0]


def test_missing_is_a_value_and_fails_comparisons():
    X, y = noisy_frame()
    model = RIPPERClassifier(random_state=0).fit(X, y)
    conditions = {c for rule in model.rules_ for c in rule.conditions}
    assert Condition(2, "==", None) in conditions
    y = np.repeat([0, 1], [60, 40])
    model = RIPPERClassifier(random_state=0).fit(y[:, None] + 1.0, y)
    assert model.rules_[0].conditions == (Condition(0, ">", 1.0),)
    asked = [[2.0], [np.nan], [np.inf], [-np.inf]]
    assert model.predict(asked).tolist() == [1, 0, 1, 0]


def test_rows_may_come_in_any_order():
    X, y = noisy_frame(1)
    model = RIPPERClassifier(random_state=3).fit(X, y)
    order = np.random.RandomState(0).permutation(len(y))
    shuffled = RIPPERClassifier(random_state=3).fit(X.iloc[order], y[order])
    assert model.rules_ == shuffled.rules_
    assert len(model.rules_) > 1


@pytest.mark.parametrize("seed", range(3))
def test_weights_are_repetition_whatever_the_split(seed):
    X, y = noisy_frame(seed, 120)
    weights = np.random.RandomState(seed).randint(4, size=120)
    weighted = RIPPERClassifier(random_state=seed).fit(X, y, weights)
    repeated = RIPPERClassifier(random_state=seed).fit(
        X.iloc[np.repeat(np.arange(120), weights)], np.repeat(y, weights)
    )
    assert weighted.rules_ == repeated.rules_
    assert_array_equal(weighted.predict_proba(X), repeated.predict_proba(X))


def test_small_weights_are_scaled_to_count_rows():
    X, y = noisy_frame()
    model = RIPPERClassifier(random_state=0).fit(X, y)
    shares = RIPPERClassifier(random_state=0).fit(X, y, np.full(200, 1 / 256))
    conditions = [[r.conditions for r in m.rules_] for m in (model, shares)]
    assert conditions[0] == conditions[1]
    # Boosting hands over weights that sum to 1.
    boosted = AdaBoostClassifier(RIPPERClassifier(), n_estimators=3, random_state=0)
    numbers = np.column_stack([X["a"], X["c"].fillna(-1)])
    assert boosted.fit(numbers, y).score(numbers, y) > 0.75


def test_increasing_transform_changes_thresholds_alone():
    X, y = noisy_frame()
    model = RIPPERClassifier(random_state=0).fit(X, y)
    bent = X.assign(a=np.exp(X["a"]), c=X["c"] ** 3)
    other = RIPPERClassifier(random_state=0).fit(bent, y)
    assert_array_equal(model.predict(X), other.predict(bent))


def test_containers_and_layouts_give_the_same_rules():
    X, y = noisy_frame()
    expected = RIPPERClassifier(random_state=0).fit(X, y).rules_
    objects = np.array(X, dtype=object)
    for other in (pl.from_pandas(X), objects, np.asfortranarray(objects)):
        assert RIPPERClassifier(random_state=0).fit(other, y).rules_ == expected
    numbers = np.column_stack([X["a"], X["c"].fillna(0)])
    expected = RIPPERClassifier(random_state=0).fit(numbers, y).rules_
    frozen = numbers.copy()
    frozen.setflags(write=False)
    strided = np.repeat(numbers, 2, axis=1)[:, ::2]
    columns = np.asfortranarray(numbers)
    for other in (frozen, strided, columns, sparse.csr_array(numbers)):
        assert RIPPERClassifier(random_state=0).fit(other, y).rules_ == expected


def test_seed_decides():
    X, y = noisy_frame(2)
    fits = [RIPPERClassifier(random_state=s).fit(X, y).rules_ for s in (0, 0, 1, 2, 3)]
    assert fits[0] == fits[1]
    assert any(fits[0] != other for other in fits[2:])


def test_distinct_rows_sum_weights():
    table, labels = noisy_table(0)
    codes = np.column_stack([table.codes, table.codes[:, ::-1]])
    twice = Coded(codes, table.above, table.n_codes, np.ones(300))
    joined, joined_labels = distinct_rows(twice, np.r_[labels, labels[::-1]])
    rows = {
        (*row, label): weight
        for *row, label, weight in np.vstack(
            [joined.codes, joined_labels, joined.weights]
        ).T.tolist()
    }
    assert len(rows) == joined.n_rows
    expected: dict[tuple, float] = {}
    for *row, label in np.vstack([table.codes, labels]).T.tolist():
        expected[(*row, label)] = expected.get((*row, label), 0) + 2
    assert rows == expected


# Parameters


def test_limits_hold():
    X, y = noisy_frame()
    free = RIPPERClassifier(random_state=0).fit(X, y)
    assert len(free.rules_) > 1
    assert max(len(rule.conditions) for rule in free.rules_) > 1
    assert len(RIPPERClassifier(max_rules=1, random_state=0).fit(X, y).rules_) == 1
    short = RIPPERClassifier(max_conditions=1, random_state=0).fit(X, y)
    assert {len(rule.conditions) for rule in short.rules_} == {1}


def test_what_is_shared_with_the_other_classifiers_has_the_same_name():
    own = set(RIPPERClassifier().get_params())
    shared = {"max_rules", "max_conditions", "max_bins", "categorical_features"}
    assert shared | {"class_weight", "smoothing"} <= own
    assert shared <= set(FOLDSEClassifier().get_params())


def test_max_rules_counts_those_of_all_classes(frame):
    X, _ = frame
    y = np.select([X["color"] == "red", X["size"] == 4.0], ["r", "four"], "rest")
    model = RIPPERClassifier(max_rules=1, random_state=0).fit(X, y)
    assert [str(model.classes_[rule.label]) for rule in model.rules_] == ["four"]


def test_rules_cover_the_least_weight():
    X, y = noisy_frame()
    model = RIPPERClassifier(min_weight=30, random_state=0).fit(X, y)
    assert all(rule.coverage * rule.precision >= 30 for rule in model.rules_)
    none = RIPPERClassifier(min_weight=201, random_state=0).fit(X, y)
    assert none.rules_ == ()


def test_rules_without_pruning_are_pure_and_many():
    X, y = noisy_frame()
    pruned = RIPPERClassifier(random_state=0).fit(X, y)
    grown = RIPPERClassifier(prune=False, min_weight=1, dl_allowance=1e9).fit(X, y)
    assert grown.n_conditions_ > 2 * pruned.n_conditions_
    assert grown.score(X, y) > pruned.score(X, y)
    # Nothing is drawn.
    again = RIPPERClassifier(prune=False, min_weight=1, dl_allowance=1e9).fit(X, y)
    assert grown.rules_ == again.rules_


def test_small_allowance_ends_with_fewer_rules():
    table, labels = noisy_table(4, 400)
    few, many = (
        learn_ripper(table, labels, 2, settings(prune=False, dl_allowance=allowance))
        for allowance in (0.0, 1e9)
    )
    assert len(few.rules) < len(many.rules)


def test_balanced_weights_find_more_of_a_rare_class():
    rng = np.random.RandomState(0)
    X = rng.rand(600, 2)
    y = (rng.rand(600) < np.where(X[:, 0] > 0.8, 0.35, 0.02)).astype(int)
    plain = RIPPERClassifier(random_state=0).fit(X, y)
    balanced = RIPPERClassifier(class_weight="balanced", random_state=0).fit(X, y)
    recall = [m.predict(X)[y == 1].mean() for m in (plain, balanced)]
    assert recall[1] > recall[0] + 0.3


def test_class_that_earlier_rules_took_whole_has_no_rules():
    # All that is left of the rows belongs to one class.
    table, _ = noisy_table(0, 30)
    labels = np.ones(30, dtype=np.int64)
    assert learner_for(table, labels).learn() == []
    assert learner_for(table, 1 - labels).learn() == []


def test_class_of_weight_zero_takes_no_part(frame):
    X, y = frame
    model = RIPPERClassifier(class_weight={"yes": 0.0, "no": 1.0}, random_state=0)
    assert set(model.fit(X, y).predict(X)) == {"no"}


@pytest.mark.slow
def test_mushrooms_are_told_apart_without_error():
    X, y = load_mushroom(return_X_y=True)
    model = RIPPERClassifier(random_state=0).fit(X, y)
    assert model.score(X, y) == 1.0
    assert model.n_rules_ <= 10
