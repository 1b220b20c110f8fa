# SPDX-License-Identifier: BSD-3-Clause
"""Bags of rows that have none."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_array_equal

from skx.proportions import make_bags

random = np.random.RandomState(0)
X = random.normal(size=(1000, 3))
KEY = random.randint(0, 5, 1000)


@pytest.mark.parametrize(
    ("remainder", "sizes"),
    [("merge", [7, 10]), ("small", [7, 7, 3]), ("drop", [7, 7])],
)
def test_rows_that_fill_no_bag(remainder: str, sizes: list[int]) -> None:
    for by in (None, np.arange(17)):
        strategy = "random" if by is None else "sorted"
        bags = make_bags(
            n_samples=17, bag_size=7, strategy=strategy, by=by, remainder=remainder
        )
        assert_array_equal(np.bincount(bags[bags >= 0]), sizes)
        assert (bags == -1).sum() == 17 - sum(sizes)
    few = make_bags(n_samples=3, bag_size=7, remainder=remainder)
    assert_array_equal(few, [-1] * 3 if remainder == "drop" else [0] * 3)


@pytest.mark.parametrize("distribution", ["uniform", "poisson", "lognormal"])
@pytest.mark.parametrize("bag_size", [1, 12])
def test_sizes_have_the_mean_that_is_asked_for(
    distribution: str, bag_size: int
) -> None:
    bags = make_bags(
        n_samples=40_000,
        bag_size=bag_size,
        size_distribution=distribution,
        random_state=0,
    )
    sizes = np.bincount(bags)
    assert sizes.min() >= 1
    assert sizes.sum() == 40_000
    assert sizes.mean() == pytest.approx(bag_size, rel=0.15 if bag_size > 1 else 0.7)
    if bag_size > 1:
        spread = {"uniform": 6.6, "poisson": 3.3, "lognormal": 15.7}[distribution]
        assert sizes.std() == pytest.approx(spread, rel=0.15)


def test_random_bags_follow_the_seed() -> None:
    one = make_bags(X, bag_size=10, random_state=3)
    assert_array_equal(one, make_bags(n_samples=1000, bag_size=10, random_state=3))
    assert (one != make_bags(X, bag_size=10, random_state=4)).any()


def test_sorted_bags_are_runs_of_the_order() -> None:
    frame = pd.DataFrame(X, columns=list("abc"))
    bags = make_bags(X, bag_size=10, strategy="sorted", by=X[:, 1])
    assert_array_equal(bags[np.argsort(X[:, 1])], np.arange(1000) // 10)
    for rows in (frame, pl.DataFrame(frame)):
        other = make_bags(rows, bag_size=10, strategy="sorted", by="b")
        assert_array_equal(other, bags)
    assert_array_equal(make_bags(X, bag_size=10, strategy="sorted", by=1), bags)


def test_clusters_hold_rows_that_are_near() -> None:
    def spread(bags: np.ndarray) -> float:
        return np.mean([X[bags == b].var(axis=0).sum() for b in range(bags.max() + 1)])

    bags = make_bags(X, bag_size=30, strategy="cluster")
    assert set(np.bincount(bags)) == {30, 40}
    assert spread(bags) < 0.5 * spread(make_bags(X, bag_size=30, random_state=0))


def test_bags_of_columns_hold_equal_rows() -> None:
    frame = pd.DataFrame({"u": KEY, "v": np.where(X[:, 0] > 0, "high", "low")})
    pairs = (frame["u"].astype(str) + frame["v"]).to_numpy()
    options = {"bag_size": 20, "strategy": "feature", "random_state": 0}
    bags = make_bags(frame, by=["u", "v"], **options)
    for bag in range(bags.max() + 1):
        assert len(set(pairs[bags == bag])) == 1
    assert np.bincount(bags).min() >= 20
    assert np.bincount(bags).max() < 40
    assert_array_equal(bags, make_bags(pl.DataFrame(frame), by=["u", "v"], **options))
    assert_array_equal(bags, make_bags(n_samples=1000, by=pairs, **options))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: make_bags(), "was given neither X nor n_samples"),
        (lambda: make_bags(X, n_samples=9), "n_samples=9 but X has 1000 rows"),
        (lambda: make_bags(X, by=KEY), "by has no meaning for strategy='random'"),
        (
            lambda: make_bags(X, strategy="feature"),
            "strategy='feature' needs by=: a value for each row",
        ),
        (
            lambda: make_bags(n_samples=9, strategy="feature", by="u"),
            "by names columns, but X is missing or sparse",
        ),
        (
            lambda: make_bags(n_samples=9, strategy="cluster"),
            "strategy='cluster' needs X",
        ),
        (
            lambda: make_bags(pd.DataFrame(X), strategy="feature", by=["u"]),
            "by names 'u', which is no column of X",
        ),
        (
            lambda: make_bags(X, strategy="feature", by=[7]),
            r"by is \[7\]; expected one value for each of the 1000 rows, or positions",
        ),
        (
            lambda: make_bags(X, strategy="sorted", by=[0, 1]),
            "by names 2 columns; 'sorted' takes one",
        ),
        (
            lambda: make_bags(n_samples=2, strategy="sorted", by=["u", "v"]),
            "by holds no numbers to sort by",
        ),
        (
            lambda: make_bags(n_samples=2, strategy="sorted", by=[np.nan, 1.0]),
            "by holds values that are not finite in 1 rows, first in row 0",
        ),
        (
            lambda: make_bags(X, strategy="feature", by=X[:, :2]),
            r"by has shape \(1000, 2\); give one value for each row",
        ),
        (
            lambda: make_bags(X, strategy="sorted", by=-9),
            r"by is -9; expected one value for each of the 1000 rows, or positions",
        ),
        (
            lambda: make_bags(pd.DataFrame({"v": X[:, 0]}), strategy="sorted", by=3),
            "by names 3, which is no column of X; its first columns are 'v'",
        ),
        (lambda: make_bags(X, bag_size=0), "'bag_size' parameter of make_bags"),
    ],
)
def test_bad_input_is_refused(call: Callable, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
