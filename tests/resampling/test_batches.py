# SPDX-License-Identifier: BSD-3-Clause
"""Batches by temperature and random subsets: how often which rows come."""

import itertools
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.linear_model import SGDClassifier

from skx.resampling import iter_subsets, temperature_batches

seeds = st.integers(0, 2**32 - 1)


def labels_of(counts: list[int]) -> np.ndarray:
    y = np.repeat(np.arange(len(counts)), counts)
    return np.random.RandomState(0).permutation(y)


def quotas_of(counts: list[int], temperature: float, batch_size: int) -> np.ndarray:
    powers = np.array(counts, float) ** (1 / temperature)
    return batch_size * powers / powers.sum()


def counts_of(y: np.ndarray, batches: Iterable[np.ndarray]) -> np.ndarray:
    """Rows of each group in each batch."""
    return np.array([np.bincount(y[rows], minlength=y.max() + 1) for rows in batches])


@given(
    st.lists(st.integers(1, 50), min_size=1, max_size=8),
    st.floats(0.3, 20) | st.just(np.inf),
    st.integers(1, 40),
    seeds,
)
def test_groups_have_their_quota_rounded_down_or_up(
    counts: list[int], temperature: float, batch_size: int, seed: int
) -> None:
    y = labels_of(counts)
    batches = temperature_batches(
        y, batch_size, 3, schedule=temperature, random_state=seed
    )
    quotas = quotas_of(counts, temperature, batch_size)
    found = counts_of(y, batches)
    assert (found.sum(axis=1) == batch_size).all()
    assert (found >= np.floor(quotas + 1e-9)).all()
    assert (found <= np.ceil(quotas - 1e-9)).all()


def test_quotas_are_right_on_average() -> None:
    counts = [300, 40, 5, 1, 90, 17, 17, 2]
    y, n_batches = labels_of(counts), 4000
    found = counts_of(
        y, temperature_batches(y, 7, n_batches, schedule=3.0, random_state=0)
    )
    quotas = quotas_of(counts, 3.0, 7)
    shares = quotas - np.floor(quotas)
    sigma = np.sqrt(shares * (1 - shares) / n_batches)
    assert (abs(found.mean(axis=0) - quotas) < 5 * sigma).all()


def test_small_groups_meet_in_batches() -> None:
    # A fixed order of the groups would never draw two neighbours together.
    y = labels_of([10] * 12)
    found = counts_of(y, temperature_batches(y, 2, 2000, random_state=0)) > 0
    met = found.astype(int).T @ found.astype(int)
    assert (met > 0).all()


@given(st.lists(st.integers(1, 30), min_size=1, max_size=5), seeds)
def test_every_row_comes_before_any_comes_again(counts: list[int], seed: int) -> None:
    y = labels_of(counts)
    uses = np.zeros(y.size, int)
    for rows in temperature_batches(y, 9, 25, random_state=seed):
        np.add.at(uses, rows, 1)
        for group in range(len(counts)):
            assert np.ptp(uses[y == group]) <= 1


def test_no_row_is_twice_in_a_batch_that_could_do_without() -> None:
    y = labels_of([11, 11])
    for rows in temperature_batches(y, 16, 50, random_state=0):
        assert np.unique(rows).size == 16


def test_rows_come_in_random_order() -> None:
    y = labels_of([40, 20])
    places = np.concatenate(
        [
            np.flatnonzero(y[rows] == 1)
            for rows in temperature_batches(
                y, 20, 1500, schedule=np.inf, random_state=0
            )
        ]
    )
    assert stats.chisquare(np.bincount(places, minlength=20)).pvalue > 1e-4


def test_temperature_falls_after_a_quarter() -> None:
    counts = [1000, 10]
    y = labels_of(counts)
    found = counts_of(y, temperature_batches(y, 1010, 8))
    hot = np.rint(quotas_of(counts, 5.0, 1010))
    assert (abs(found[:2] - hot) <= 1).all()
    assert (found[2:] == counts).all()


def test_schedule_gets_the_progress() -> None:
    seen = []

    def schedule(progress: float) -> float:
        seen.append(progress)
        return 1 / (1 - progress)

    y = labels_of([90, 10])
    found = counts_of(y, temperature_batches(y, 1000, 4, schedule=schedule))
    assert seen == [0.0, 0.25, 0.5, 0.75]
    for step, progress in enumerate(seen):
        quotas = quotas_of([90, 10], 1 / (1 - progress), 1000)
        assert (abs(found[step] - quotas) < 1).all()


def test_number_as_schedule_is_kept() -> None:
    y = labels_of([90, 10])
    assert (counts_of(y, temperature_batches(y, 10, 9, schedule=np.inf)) == 5).all()
    assert (counts_of(y, temperature_batches(y, 10, 9, schedule=1)) == [9, 1]).all()
    assert (
        counts_of(y, temperature_batches(y, 10, 9, schedule=1e-300)) == [10, 0]
    ).all()


def test_batches_are_reproducible() -> None:
    y = labels_of([30, 7, 2])

    def draw(seed: Any) -> list:
        return [b.tolist() for b in temperature_batches(y, 8, 20, random_state=seed)]

    assert draw(3) == draw(3)
    assert draw(3) != draw(4)
    assert draw(np.random.RandomState(3)) == draw(3)
    generator = np.random.RandomState(3)
    assert draw(generator) != draw(generator)


def test_batches_hold_row_numbers() -> None:
    (rows,) = temperature_batches(["a", "b", "b"], 4, 1, random_state=0)
    assert rows.dtype == np.int64
    assert rows.shape == (4,)
    assert list(temperature_batches(["a", "b"], 4, 0)) == []


def test_batches_train_a_classifier() -> None:
    generator = np.random.RandomState(0)
    y = np.repeat(["common", "rare"], [950, 50])
    X = generator.normal(size=(1000, 4))
    X[y == "rare"] += 1.5
    found = []
    for schedule in (1, np.inf):
        model = SGDClassifier(loss="log_loss", random_state=0)
        for rows in temperature_batches(y, 50, 60, schedule=schedule, random_state=0):
            model.partial_fit(X[rows], y[rows], classes=["common", "rare"])
        found.append((model.predict(X[y == "rare"]) == "rare").mean())
    assert found[0] < 0.6
    assert found[1] > 0.8


@pytest.mark.parametrize("schedule", [0.0, -1, np.nan])
def test_schedule_must_be_positive(schedule: float) -> None:
    with pytest.raises(ValueError, match=r"schedule is .*; it must be above 0"):
        temperature_batches([0, 1], 4, 4, schedule=schedule)
    batches = temperature_batches([0, 1], 4, 4, schedule=lambda _: schedule)
    with pytest.raises(ValueError, match=r"schedule\(0\) is .*; it must be above 0"):
        next(batches)


def test_schedule_must_give_a_number() -> None:
    batches = temperature_batches([0, 1], 4, 4, schedule=lambda p: None if p else 2)
    next(batches)
    with pytest.raises(TypeError, match=r"schedule\(0.25\) is None, which is no num"):
        next(batches)
    with pytest.raises(TypeError, match="schedule is 'cool', which is no number"):
        temperature_batches([0, 1], 4, 4, schedule="cool")


@pytest.mark.parametrize(("size", "number"), [(0, 1), (-1, 1), (1, -1)])
def test_sizes_of_batches_must_be_positive(size: int, number: int) -> None:
    message = r"(batch_size is .* at least 1|n_batches is .* at least 0)\."
    with pytest.raises(ValueError, match=message):
        temperature_batches([0, 1], size, number)


@pytest.mark.parametrize("value", [2.0, "3", None])
def test_sizes_must_be_whole_numbers(value: Any) -> None:
    with pytest.raises(TypeError, match=r"batch_size is .*; it must be a whole number"):
        temperature_batches([0, 1], value, 3)
    with pytest.raises(TypeError, match=r"n is .*; it must be a whole number"):
        iter_subsets(value, 0.5, 3)


def test_missing_groups_are_refused_at_once() -> None:
    with pytest.raises(ValueError, match="y is missing in row 1"):
        temperature_batches([0, np.nan], 4, 4)


@given(st.integers(1, 40), st.floats(0, 1, exclude_min=True), seeds)
def test_subsets_use_every_row_equally_often(
    n: int, fraction: float, seed: int
) -> None:
    size = max(1, round(fraction * n))
    uses = np.zeros(n, int)
    for rows in iter_subsets(n, fraction, 12, random_state=seed):
        assert rows.dtype == np.int64
        assert np.unique(rows).size == rows.size == size
        uses[rows] += 1
        assert np.ptp(uses) <= 1


def test_subsets_that_divide_the_rows_are_walks_through_them() -> None:
    subsets = list(iter_subsets(30, 0.2, 10, random_state=0))
    walks = np.array(subsets).reshape(2, 30)
    assert (np.sort(walks) == np.arange(30)).all()
    assert (walks[0] != walks[1]).any()


@given(st.integers(1, 40), st.floats(0, 1, exclude_min=True), seeds)
def test_subsets_with_replacement_hold_no_row_twice(
    n: int, fraction: float, seed: int
) -> None:
    for rows in iter_subsets(n, fraction, 3, replace=True, random_state=seed):
        assert np.unique(rows).size == rows.size == max(1, round(fraction * n))


def test_subsets_with_replacement_forget_the_last() -> None:
    subsets = list(iter_subsets(100, 0.3, 2001, replace=True, random_state=0))
    shared = [np.isin(a, b).sum() for a, b in itertools.pairwise(subsets)]
    law = stats.hypergeom(100, 30, 30)
    assert abs(np.mean(shared) - law.mean()) < 5 * law.std() / np.sqrt(len(shared))
    uses = np.bincount(np.concatenate(subsets), minlength=100)
    spread = np.sqrt(2001 * 0.3 * 0.7)
    assert abs(uses - 2001 * 0.3).max() < 5 * spread


def test_orders_are_uniform() -> None:
    # All orders of three rows, in the first walk and in the next.
    orders = {order: k for k, order in enumerate(itertools.permutations(range(3)))}
    for epoch in range(2):
        found = [
            orders[tuple(list(iter_subsets(3, 1.0, 2, random_state=seed))[epoch])]
            for seed in range(1200)
        ]
        assert stats.chisquare(np.bincount(found, minlength=6)).pvalue > 1e-4


def test_changing_a_subset_changes_no_other() -> None:
    expected = [rows.tolist() for rows in iter_subsets(10, 0.3, 9, random_state=0)]
    found = []
    for rows in iter_subsets(10, 0.3, 9, random_state=0):
        found.append(rows.tolist())
        rows[:] = -1
    assert found == expected


@pytest.mark.parametrize("fraction", [0, -0.1, 1.01, np.nan, "half", None])
def test_fraction_must_be_a_share(fraction: Any) -> None:
    with pytest.raises(ValueError, match=r"fraction is .*; it must be above 0 and at"):
        iter_subsets(10, fraction, 2)


@pytest.mark.parametrize(("n", "n_epochs"), [(0, 1), (-3, 1), (1, -1)])
def test_numbers_of_rows_and_epochs_must_be_positive(n: int, n_epochs: int) -> None:
    with pytest.raises(ValueError, match=r"(n is .* least 1|n_epochs is .* least 0)\."):
        iter_subsets(n, 0.5, n_epochs)
