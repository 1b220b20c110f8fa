# SPDX-License-Identifier: BSD-3-Clause
"""Data in parts: counts as of the whole, rows and neighbours of the part."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from imblearn import over_sampling as peer
from imblearn.under_sampling import RandomUnderSampler
from joblib import Parallel, delayed
from sklearn.neighbors import NearestNeighbors

from skx.resampling import (
    SMOTE,
    RandomOverSampler,
    TemperatureSampler,
    resample_partitions,
)

COUNTS = [[60, 12, 9], [50, 3, 20], [70, 25, 0], [40, 10, 6]]


def make_parts(
    counts: list[list[int]] = COUNTS, seed: int = 0
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    generator = np.random.RandomState(seed)
    y_parts = [
        generator.permutation(np.repeat(np.arange(len(part)), part)) for part in counts
    ]
    X_parts = [generator.normal(size=(y.size, 3)) + y[:, np.newaxis] for y in y_parts]
    return X_parts, y_parts


def totals(parts: list[Any]) -> Counter:
    return Counter(np.concatenate([np.asarray(part.y) for part in parts]).tolist())


@pytest.mark.parametrize(
    "sampler",
    [
        SMOTE(random_state=0),
        SMOTE(random_state=0, k_neighbors=NearestNeighbors(n_neighbors=4)),
        RandomOverSampler(random_state=0),
        RandomOverSampler(random_state=0, shrinkage=0.5),
        peer.SMOTE(random_state=0),
        peer.RandomOverSampler(random_state=0),
        TemperatureSampler(random_state=0, temperature=3),
        TemperatureSampler(random_state=0, n_samples="keep-largest"),
        TemperatureSampler(random_state=0, n_samples={0: 10, 1: 700, 2: 0}),
    ],
    ids=repr,
)
def test_counts_are_those_of_the_whole(sampler: Any) -> None:
    X_parts, y_parts = make_parts()
    parts = resample_partitions(sampler, X_parts, y_parts)
    _, expected = sampler.fit_resample(np.concatenate(X_parts), np.concatenate(y_parts))
    assert totals(parts) == Counter(expected.tolist())


@pytest.mark.parametrize(
    "strategy",
    [
        "auto",
        "minority",
        "not minority",
        "all",
        {1: 51},
        {2: 1000, 0: 221},
        {},
        lambda y: {label: 2 * n for label, n in Counter(y.tolist()).items()},
    ],
)
@pytest.mark.parametrize("family", [SMOTE, peer.SMOTE])
def test_strategy_is_that_of_the_whole(strategy: Any, family: type) -> None:
    X_parts, y_parts = make_parts()
    sampler = family(sampling_strategy=strategy, random_state=0)
    parts = resample_partitions(sampler, X_parts, y_parts)
    _, expected = sampler.fit_resample(np.concatenate(X_parts), np.concatenate(y_parts))
    assert totals(parts) == Counter(expected.tolist())


def test_ratio_is_that_of_the_whole() -> None:
    X_parts, y_parts = make_parts([[60, 8], [90, 7], [33, 6]])
    sampler = SMOTE(sampling_strategy=0.7, random_state=0)
    parts = resample_partitions(sampler, X_parts, y_parts)
    assert totals(parts) == {0: 183, 1: 128}


@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 9)), min_size=1, max_size=6
    ).filter(lambda parts: any(min(part) > 0 for part in parts)),
)
def test_counts_are_exact_whatever_the_parts_hold(counts: list) -> None:
    counts = [list(part) for part in counts]
    X_parts, y_parts = make_parts(counts)
    sizes = np.sum(counts, axis=0)
    parts = resample_partitions(RandomOverSampler(), X_parts, y_parts)
    assert totals(parts) == {0: sizes.max(), 1: sizes.max()}


def test_new_rows_are_divided_by_largest_remainders() -> None:
    # 30 new rows of class 1 in parts of 6, 8 and 7 rows: 8.57, 11.43 and 10.
    X_parts, y_parts = make_parts([[20, 6], [20, 8], [11, 7]])
    parts = resample_partitions(SMOTE(random_state=0), X_parts, y_parts)
    new = [
        (part.y == 1).sum() - (y == 1).sum()
        for part, y in zip(parts, y_parts, strict=True)
    ]
    assert new == [9, 11, 10]


def test_rows_and_parents_are_those_of_the_part() -> None:
    X_parts, y_parts = make_parts()
    parts = resample_partitions(SMOTE(random_state=0), X_parts, y_parts)
    for X, y, part in zip(X_parts, y_parts, parts, strict=True):
        np.testing.assert_array_equal(part.X[: y.size], X)
        np.testing.assert_array_equal(part.y[: y.size], y)
        mixed = (
            part.sampler.parent_weights_[:, :, None] * X[part.sampler.parents_]
        ).sum(axis=1)
        np.testing.assert_allclose(part.X[y.size :], mixed, atol=1e-12)
        np.testing.assert_array_equal(part.y[y.size :], y[part.sampler.parents_[:, 0]])


def test_small_parts_pass_their_share_on() -> None:
    X_parts, y_parts = make_parts([[40, 5], [40, 6], [40, 1], [40, 12]])
    parts = resample_partitions(SMOTE(random_state=0), X_parts, y_parts)
    new = [part.y.size - y.size for part, y in zip(parts, y_parts, strict=True)]
    assert new == [0, 45, 0, 91]  # 136 * 6 / 18 = 45.33
    assert parts[0].sampler is None
    assert parts[0].X is X_parts[0]


@pytest.mark.parametrize(
    ("sampler", "expected"),
    [
        (SMOTE(k_neighbors=4), [True, True, False]),
        (SMOTE(k_neighbors=NearestNeighbors(n_neighbors=5)), [True, True, False]),
        (SMOTE(small_class="shrink"), [True, True, True]),
        (peer.SMOTE(k_neighbors=5), [False, True, False]),
        (peer.ADASYN(n_neighbors=4), [True, True, False]),
        (RandomOverSampler(), [True, True, True]),
    ],
    ids=repr,
)
def test_what_is_small_depends_on_the_sampler(sampler: Any, expected: list) -> None:
    X_parts, y_parts = make_parts([[40, 5], [40, 6], [40, 2]])
    parts = resample_partitions(sampler, X_parts, y_parts, random_state=0)
    assert [part.sampler is not None for part in parts] == expected


def test_parts_of_one_class_and_empty_ones_stay_as_they_are() -> None:
    counts = [[30, 0], [0, 9], [30, 8], [0, 0]]
    X_parts, y_parts = make_parts(counts)
    parts = resample_partitions(SMOTE(random_state=0), X_parts, y_parts)
    assert totals(parts) == {0: 60, 1: 60}
    assert [part.y.size for part in parts] == [30, 9, 38 + 43, 0]
    parts = resample_partitions(
        TemperatureSampler(temperature=np.inf, random_state=0), X_parts, y_parts
    )
    assert totals(parts) == {0: 39, 1: 38}


def run_in_threads(function: Callable, *iterables: Any) -> list:
    with ThreadPoolExecutor(3) as pool:
        return list(pool.map(function, *iterables))


def run_in_joblib(function: Callable, *iterables: Any) -> list:
    calls = (delayed(function)(*args) for args in zip(*iterables, strict=True))
    return Parallel(n_jobs=2, require="sharedmem")(calls)


def run_backwards(function: Callable, *iterables: Any) -> Iterator:
    results = [function(*args) for args in list(zip(*iterables, strict=True))[::-1]]
    yield from results[::-1]


@pytest.mark.parametrize("mapper", [run_in_threads, run_in_joblib, run_backwards])
@pytest.mark.parametrize(
    "sampler", [SMOTE(), TemperatureSampler(temperature=np.inf)], ids=repr
)
def test_result_is_the_same_for_any_mapper(sampler: Any, mapper: Callable) -> None:
    X_parts, y_parts = make_parts()
    expected = resample_partitions(sampler, X_parts, y_parts, random_state=7)
    found = resample_partitions(
        sampler, X_parts, y_parts, random_state=7, mapper=mapper
    )
    for a, b in zip(expected, found, strict=True):
        np.testing.assert_array_equal(a.X, b.X)
        np.testing.assert_array_equal(a.y, b.y)


def test_futures_stay_where_they_are() -> None:
    X_parts, y_parts = make_parts()
    sampler = SMOTE(random_state=0)
    expected = resample_partitions(sampler, X_parts, y_parts)
    with ThreadPoolExecutor(2) as pool:

        def submit(function: Callable, *iterables: Any) -> list[Future]:
            return [
                pool.submit(function, *args) for args in zip(*iterables, strict=True)
            ]

        found = resample_partitions(sampler, X_parts, y_parts, mapper=submit)
        assert all(isinstance(future, Future) for future in found)
        for a, future in zip(expected, found, strict=True):
            np.testing.assert_array_equal(a.X, future.result().X)


class Lazy:
    """Data that are computed when asked, as dask's delayed objects are."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def compute(self) -> Any:
        return self.value

    def __call__(self) -> Any:
        return Lazy(self.value)


def test_parts_may_be_loaded_late() -> None:
    X_parts, y_parts = make_parts()
    sampler = SMOTE(random_state=0)
    expected = resample_partitions(sampler, X_parts, y_parts)
    loaded = []

    def loader(name: str, value: Any) -> Callable:
        def load() -> Any:
            loaded.append(name)
            return value

        return load

    for X_lazy, y_lazy in [
        (
            [loader("X", X) for X in X_parts],
            [loader("y", y) for y in y_parts],
        ),
        (map(Lazy, X_parts), (Lazy(y) for y in y_parts)),
        (iter(X_parts), [y.tolist() for y in y_parts]),
    ]:
        found = resample_partitions(sampler, X_lazy, y_lazy)
        for a, b in zip(expected, found, strict=True):
            np.testing.assert_array_equal(a.X, b.X)
            np.testing.assert_array_equal(a.y, b.y)
    assert Counter(loaded) == {"y": 8, "X": 4}
    assert loaded[:4] == ["y"] * 4


def test_column_named_compute_loads_nothing() -> None:
    X_parts, y_parts = make_parts()
    frames = [pd.DataFrame(X, columns=["compute", "result", "x"]) for X in X_parts]
    parts = resample_partitions(SMOTE(random_state=0), frames, y_parts)
    assert totals(parts) == {0: 220, 1: 220, 2: 220}


def test_parts_have_seeds_of_their_own() -> None:
    X_parts, y_parts = make_parts([[30, 10]])
    first, second = resample_partitions(
        SMOTE(), X_parts * 2, y_parts * 2, random_state=0
    )
    assert first.sampler.random_state != second.sampler.random_state
    assert (first.X[:40] == second.X[:40]).all()
    assert (first.X[40:] != second.X[40:]).any()


def test_seed_may_be_given_or_that_of_the_sampler() -> None:
    X_parts, y_parts = make_parts()

    def new_rows(sampler: Any, **parameters: Any) -> np.ndarray:
        return resample_partitions(sampler, X_parts, y_parts, **parameters)[0].X

    expected = new_rows(SMOTE(random_state=3))
    np.testing.assert_array_equal(new_rows(SMOTE(), random_state=3), expected)
    np.testing.assert_array_equal(
        new_rows(SMOTE(random_state=1), random_state=3), expected
    )
    generator = np.random.RandomState(3)
    np.testing.assert_array_equal(new_rows(SMOTE(), random_state=generator), expected)
    assert (new_rows(SMOTE(random_state=4)) != expected).any()
    assert (new_rows(SMOTE()) != new_rows(SMOTE())).any()


def test_sampler_is_left_alone() -> None:
    sampler = SMOTE(random_state=0, k_neighbors=3)
    resample_partitions(sampler, *make_parts())
    assert vars(sampler) == vars(SMOTE(random_state=0, k_neighbors=3))


@pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])
def test_parts_may_be_frames(library: Any) -> None:
    X_parts, y_parts = make_parts()
    names = np.array(["a", "b", "c"])
    frames = (
        [library.DataFrame(X, list("xyz")) for X in X_parts]
        if library is pl
        else [pd.DataFrame(X, columns=list("xyz")) for X in X_parts]
    )
    series = [library.Series(names[y]) for y in y_parts]
    parts = resample_partitions(RandomOverSampler(), frames, series, random_state=0)
    assert all(isinstance(part.X, library.DataFrame) for part in parts)
    assert all(isinstance(part.y, library.Series) for part in parts)
    assert totals(parts) == {"a": 220, "b": 220, "c": 220}


def test_groups_have_quotas_of_the_whole() -> None:
    X_parts, y_parts = make_parts()
    names = np.array(["de", "en", "is"])
    groups = [names[y] for y in y_parts]
    y_parts = [X[:, 0] for X in X_parts]  # a numeric target
    sampler = TemperatureSampler(temperature=2, random_state=0)
    parts = resample_partitions(sampler, X_parts, y_parts, groups_parts=groups)
    sampler.fit_resample(
        np.concatenate(X_parts), np.concatenate(y_parts), groups=np.concatenate(groups)
    )
    found = np.concatenate(
        [g[part.sampler.sample_indices_] for g, part in zip(groups, parts, strict=True)]
    )
    assert Counter(found.tolist()) == Counter(sampler.sampling_strategy_)
    for X, part in zip(X_parts, parts, strict=True):
        np.testing.assert_array_equal(part.y, part.X[:, 0])
        np.testing.assert_array_equal(part.X, X[part.sampler.sample_indices_])


def test_quotas_of_groups_are_divided_by_size() -> None:
    X_parts, y_parts = make_parts([[9, 1], [0, 5], [1, 4]])
    sampler = TemperatureSampler(n_samples={0: 15, 1: 5}, random_state=0)
    parts = resample_partitions(sampler, X_parts, y_parts)
    assert [np.bincount(part.y, minlength=2).tolist() for part in parts] == [
        [14, 1],  # 13.5 rounded up as the first of two
        [0, 2],
        [1, 2],
    ]


# Errors


def test_numbers_of_parts_must_agree() -> None:
    X_parts, y_parts = make_parts()
    message = "There are 4 parts of X and 3 of y; give as many of each, and at least"
    with pytest.raises(ValueError, match=message):
        resample_partitions(SMOTE(), X_parts, y_parts[:3])
    with pytest.raises(ValueError, match="4 parts of X and 1 of groups"):
        resample_partitions(
            TemperatureSampler(), X_parts, y_parts, groups_parts=y_parts[:1]
        )
    with pytest.raises(ValueError, match="0 parts of X and 0 of y"):
        resample_partitions(SMOTE(), [], [])


@pytest.mark.parametrize("sampler", [RandomUnderSampler(), NearestNeighbors()])
def test_sampler_must_add_rows(sampler: Any) -> None:
    message = f"{type(sampler).__name__} is no over-sampler; pass one, or a Temperature"
    with pytest.raises(TypeError, match=message):
        resample_partitions(sampler, *make_parts())


def test_groups_are_for_temperature() -> None:
    X_parts, y_parts = make_parts()
    message = "groups_parts is for TemperatureSampler; SMOTE balances the classes of y"
    with pytest.raises(ValueError, match=message):
        resample_partitions(SMOTE(), X_parts, y_parts, groups_parts=y_parts)


@pytest.mark.parametrize("counts", [[[5], [6]], [[0], [0]]])
def test_the_whole_needs_two_classes(counts: list) -> None:
    with pytest.raises(ValueError, match=r"hold [01] class in all; SMOTE needs at lea"):
        resample_partitions(SMOTE(), *make_parts(counts))


def test_class_that_is_alone_in_its_parts_is_named() -> None:
    message = (
        r"Every part with rows of class 1 holds no other class, .* Shuffle the rows"
    )
    with pytest.raises(ValueError, match=message):
        resample_partitions(SMOTE(), *make_parts([[20, 0], [0, 9]]))


def test_error_names_the_part() -> None:
    X_parts, y_parts = make_parts([[20, 2], [20, 4], [20, 3]])
    message = r"Part 1: Class 1 has 4 samples, fewer than k_neighbors \+ 1 = 6"
    with pytest.raises(ValueError, match=message):
        resample_partitions(SMOTE(), X_parts, y_parts)
    y_parts[2] = np.array([0, np.nan])
    with pytest.raises(ValueError, match="Part 2: y is missing in row 1"):
        resample_partitions(SMOTE(), X_parts, y_parts)


def test_labels_of_parts_must_be_of_one_type() -> None:
    X_parts, y_parts = make_parts()
    y_parts[1] = y_parts[1].astype(str)
    message = r"parts of y hold labels of different types \(int, str\); use one"
    with pytest.raises(ValueError, match=message):
        resample_partitions(SMOTE(), X_parts, y_parts)


def test_parameters_are_checked_first() -> None:
    with pytest.raises(ValueError, match="The 'sampling_strategy' parameter of SMOTE"):
        resample_partitions(SMOTE(sampling_strategy="banana"), *make_parts())
    with pytest.raises(ValueError, match="The 'temperature' parameter of Temperature"):
        resample_partitions(TemperatureSampler(temperature=-1), *make_parts())
    with pytest.raises(ValueError, match="names class 9, which is not present"):
        resample_partitions(SMOTE(sampling_strategy={9: 100}), *make_parts())
