# SPDX-License-Identifier: BSD-3-Clause
"""ProWSyn: the levels of a class, and how they share the new rows.

What it has in common with other samplers of the boundary is in test_boundary.py.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse, stats
from sklearn.metrics.pairwise import nan_euclidean_distances

from skx.resampling import ProWSyn

VECTORS = Path(__file__).parents[1] / "vectors"


def make_table(
    counts: tuple[int, ...] = (90, 60), gap: float = 1.5, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.RandomState(seed)
    y = generator.permutation(np.repeat(np.arange(len(counts)), counts))
    return generator.normal(size=(y.size, 3)) + gap * y[:, np.newaxis], y


def levels_by_hand(
    distances: np.ndarray, y: np.ndarray, label: Any, k: int, n_levels: int
) -> list[int]:
    """Peel the class row by row and level by level, in plain Python."""
    left = [int(row) for row in np.flatnonzero(y == label)]
    level_of = dict.fromkeys(left, n_levels + 1)
    for level in range(1, n_levels + 1):
        marked: set[int] = set()
        for other in np.flatnonzero(y != label):
            by_distance = sorted((distances[other, row], row) for row in left)
            marked.update(row for _, row in by_distance[:k])
        for row in marked:
            level_of[row] = level
        left = [row for row in left if row not in marked]
    return [level_of[row] for row in sorted(level_of)]


def squared_distances(X: np.ndarray) -> np.ndarray:
    total = np.zeros((len(X), len(X)))
    for j in range(X.shape[1]):
        total += (X[:, j, np.newaxis] - X[:, j]) ** 2
    return total


def fitted(X: Any, y: np.ndarray, **parameters: Any) -> ProWSyn:
    sampler = ProWSyn(random_state=0, **parameters)
    sampler.fit_resample(X, y)
    return sampler


def new_rows_of_levels(sampler: ProWSyn, y: np.ndarray, label: int) -> dict[int, int]:
    own = np.flatnonzero(y == label)
    bases = sampler.parents_[y[sampler.parents_[:, 0]] == label, 0]
    levels = sampler.levels_[label][np.searchsorted(own, bases)]
    present = np.unique(sampler.levels_[label])
    return {int(level): int((levels == level).sum()) for level in present}


# Levels


def test_levels_of_a_line_by_hand() -> None:
    # Two rows of class 0 left of class 1, which they peel two rows at a time.
    X = np.array([[-1.0], [-2], [-3], [-4], [-5], [-6], [-7], [0], [1], [2], [3], [4]])
    y = np.repeat([0, 1], [7, 5])
    assert fitted(X, y, n_neighbors=2).levels_[1].tolist() == [1, 1, 2, 2, 3]
    assert fitted(X, y, n_neighbors=1).levels_[1].tolist() == [1, 2, 3, 4, 5]
    left_over = fitted(X, y, n_neighbors=1, n_levels=2)
    assert left_over.levels_[1].tolist() == [1, 2, 3, 3, 3]
    assert fitted(X, y, n_neighbors=5).levels_[1].tolist() == [1] * 5
    assert fitted(X, y, n_neighbors=99).levels_[1].tolist() == [1] * 5
    assert fitted(X, y, n_neighbors=4).levels_[1].tolist() == [1, 1, 1, 1, 2]


def test_equal_distances_put_the_lower_row_first() -> None:
    X = np.array([[0.0]] * 6 + [[1.0], [-1], [1], [-1]])
    y = np.repeat([0, 1], [6, 4])
    sampler = fitted(X, y, n_neighbors=1, n_levels=3)
    assert sampler.levels_[1].tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize("gap", [0.0, 1.5, 8.0])
@pytest.mark.parametrize(("k", "n_levels"), [(1, 1), (1, 9), (2, 3), (5, 5), (59, 5)])
def test_levels_equal_those_by_hand(gap: float, k: int, n_levels: int) -> None:
    X, y = make_table(gap=gap)
    sampler = fitted(X, y, n_neighbors=k, n_levels=n_levels)
    expected = levels_by_hand(squared_distances(X), y, 1, k, n_levels)
    assert sampler.levels_[1].dtype == np.int64
    assert sampler.levels_[1].tolist() == expected


def test_levels_of_one_class_look_at_all_others() -> None:
    X, y = make_table((60, 40, 30))
    sampler = fitted(X, y, n_neighbors=2)
    assert list(sampler.levels_) == [1, 2]
    for label, levels in sampler.levels_.items():
        expected = levels_by_hand(squared_distances(X), y, label, 2, 5)
        assert levels.tolist() == expected


def test_levels_with_missing_values() -> None:
    X, y = make_table()
    X[np.random.RandomState(1).uniform(size=X.shape) < 0.15] = np.nan
    distances = np.nan_to_num(nan_euclidean_distances(X), nan=np.inf)
    sampler = fitted(X, y, n_neighbors=2)
    assert sampler.levels_[1].tolist() == levels_by_hand(distances, y, 1, 2, 5)


@given(
    hnp.arrays(np.float64, (24, 2), elements=st.integers(-3, 3).map(float)),
    st.permutations([0] * 14 + [1] * 10),
    st.integers(1, 11),
    st.integers(1, 6),
    st.booleans(),
)
def test_levels_of_any_table(
    X: np.ndarray, labels: list[int], k: int, n_levels: int, is_sparse: bool
) -> None:
    y = np.array(labels)
    table = sparse.csr_array(X) if is_sparse else X
    sampler = fitted(table, y, n_neighbors=k, n_levels=n_levels)
    expected = levels_by_hand(squared_distances(X), y, 1, k, n_levels)
    assert sampler.levels_[1].tolist() == expected


def test_rows_of_weight_zero_peel_nothing() -> None:
    X, y = make_table()
    weights = (y == 1).astype(float)
    sampler = ProWSyn(theta=100, random_state=0)
    _, y_out, _ = sampler.fit_resample(X, y, sample_weight=weights)
    assert sampler.levels_[1].tolist() == [6] * 60  # no row of another class counts
    assert np.bincount(y_out).tolist() == [90, 90]
    weights[:] = 1
    weights[np.flatnonzero(y == 1)[:20]] = 0
    sampler.fit_resample(X, y, sample_weight=weights)
    assert sampler.levels_[1].size == 40


# Shares


@pytest.mark.parametrize("theta", [0, 0.1, 1.0, 3.5, 1e308])
@pytest.mark.parametrize("n_new", [1, 7, 30, 1000])
def test_levels_share_new_rows_by_weight(theta: float, n_new: int) -> None:
    X, y = make_table()
    sampler = fitted(
        X, y, n_neighbors=1, n_levels=3, theta=theta, sampling_strategy={1: 60 + n_new}
    )
    counts = new_rows_of_levels(sampler, y, 1)
    assert list(counts) == [1, 2, 3, 4]
    # The rows left over weigh as much as the last level.
    weights = [math.exp(-theta * step) for step in (0, 1, 2, 2)]
    exact = np.array(weights) / sum(weights) * n_new
    found = np.array(list(counts.values()))
    assert found.sum() == n_new
    assert (np.abs(found - exact) < 1).all()
    remainders = exact % 1
    up, down = found > exact, found < exact
    assert min(remainders[up], default=1) >= max(remainders[down], default=0) - 1e-8


def test_rows_of_a_level_breed_equally_often() -> None:
    X, y = make_table()
    sampler = fitted(X, y, n_neighbors=2, sampling_strategy={1: 177})
    counts = new_rows_of_levels(sampler, y, 1)
    often = np.bincount(sampler.parents_[:, 0], minlength=y.size)[y == 1]
    for level, n_new in counts.items():
        alike = often[sampler.levels_[1] == level]
        assert set(alike) <= {n_new // alike.size, -(-n_new // alike.size)}


@pytest.mark.slow  # without compilation
def test_rows_that_breed_once_more_are_a_random_subset() -> None:
    X, y = make_table()
    often = np.zeros(60)
    for seed in range(300):
        sampler = ProWSyn(random_state=seed, sampling_strategy={1: 75})
        sampler.fit_resample(X, y)
        often += np.bincount(sampler.parents_[:, 0], minlength=y.size)[y == 1]
    first = often[sampler.levels_[1] == 1]
    assert first.size > 20
    assert stats.chisquare(first).pvalue > 1e-3


def test_row_alone_in_its_level_takes_its_nearest() -> None:
    X = np.array([[-1.0], [-2], [-3], [-4], [-5], [-6], [-7], [0], [1], [2], [3], [9]])
    y = np.repeat([0, 1], [7, 5])
    sampler = fitted(X, y, n_neighbors=2, sampling_strategy={1: 200})
    assert sampler.levels_[1].tolist() == [1, 1, 2, 2, 3]
    pairs = set(map(tuple, sampler.parents_.tolist()))
    assert pairs == {(7, 8), (8, 7), (9, 10), (10, 9), (11, 10)}


def test_two_rows_are_enough() -> None:
    X, y = make_table((30, 2))
    sampler = fitted(X, y)
    assert sampler.levels_[1].tolist() == [1, 1]
    assert (sampler.parents_[:, 0] != sampler.parents_[:, 1]).all()


def test_levels_of_an_earlier_fit_are_forgotten() -> None:
    X, y = make_table((60, 40, 30))
    sampler = fitted(X, y)
    sampler.set_params(sampling_strategy={2: 50}).fit_resample(X, y)
    assert list(sampler.levels_) == [2]


# Vectors


def check_vectors(vectors: Mapping[str, np.ndarray], name: str, X: Any, y: Any) -> None:
    for k, n_levels in ((5, 5), (3, 2), (1, 7)):
        sampler = fitted(X, y, n_neighbors=k, n_levels=n_levels)
        for label, levels in sampler.levels_.items():
            expected = vectors[f"{name}_prowsyn_{k}_{n_levels}_{label}"]
            np.testing.assert_array_equal(levels, expected)


def test_vectors_of_a_mixture() -> None:
    with (
        np.load(VECTORS / "resampling_boundary.npz") as vectors,
        np.load(VECTORS / "resampling_smote.npz") as data,
    ):
        check_vectors(vectors, "gauss3", data["gauss3_X"], data["gauss3_y"])


@pytest.mark.parametrize("name", ["pima", "yeast3", "ecoli3"])
def test_levels_of_real_data_equal_those_by_hand(name: str, extra_data: Path) -> None:
    with np.load(extra_data / "reference/resampling/reference.npz") as vectors:
        X, y = vectors[f"{name}_X"], vectors[f"{name}_y"]
    expected = levels_by_hand(squared_distances(X), y, 1, 2, 5)
    assert fitted(X, y, n_neighbors=2).levels_[1].tolist() == expected
