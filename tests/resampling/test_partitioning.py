# SPDX-License-Identifier: BSD-3-Clause
"""IterativePartitioningFilter: partitions, votes, when it stops, what it finds."""

from itertools import count
from typing import Any

import numpy as np
import pytest
from imblearn.pipeline import make_pipeline as make_sampling_pipeline
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_blobs, make_moons
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import get_tags

from skx.resampling import SMOTE, SMOTEENN, IterativePartitioningFilter


def noisy_blobs(n: int = 600, share: float = 0.08) -> tuple[np.ndarray, ...]:
    """Three separate classes and a mask of rows with a wrong label."""
    X, y = make_blobs(n, centers=[[0, 0], [6, 0], [0, 6]], random_state=0)
    is_wrong = np.random.RandomState(1).uniform(size=n) < share
    return X, np.where(is_wrong, (y + 1) % 3, y), is_wrong


def kept(X: Any, y: Any, estimator: Any = None, **parameters: Any) -> list[int]:
    sampler = IterativePartitioningFilter(estimator, random_state=0, **parameters)
    sampler.fit_resample(X, y)
    return sampler.sample_indices_.tolist()


class Script(ClassifierMixin, BaseEstimator):
    """Follows the script in X: rows are (number, votes against, in which round).

    Its class notes on which rows each clone was fitted, and with which seed.
    """

    fits: list[tuple[np.ndarray, np.ndarray, int]]
    labels: np.ndarray
    turn: Any

    def __init__(self, n_partitions: int = 9, random_state: int | None = None) -> None:
        self.n_partitions = n_partitions
        self.random_state = random_state

    def fit(self, X: np.ndarray, y: np.ndarray) -> "Script":
        self.classes_ = np.unique(y)
        self.round_, self.number_ = divmod(next(Script.turn), self.n_partitions)
        Script.fits.append((X[:, 0].astype(int), y, self.random_state))
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        is_against = (self.number_ < X[:, 1]) & (self.round_ == X[:, 2])
        return np.where(is_against, -1, Script.labels[X[:, 0].astype(int)])


def follow_script(
    y: np.ndarray, votes: np.ndarray, rounds: np.ndarray, **parameters: Any
) -> IterativePartitioningFilter:
    Script.fits, Script.turn, Script.labels = [], count(), y
    n_partitions = parameters.get("n_partitions", 9)
    sampler = IterativePartitioningFilter(
        Script(n_partitions), random_state=0, **parameters
    )
    X = np.column_stack([np.arange(y.size), votes, rounds])
    sampler.fit_resample(X, y)
    return sampler


# Partitions


def test_partitions_are_stratified_and_dealt_anew_in_each_round() -> None:
    y = np.random.RandomState(0).permutation(np.repeat([0, 1, 2], [100, 47, 9]))
    sampler = follow_script(y, np.zeros(y.size), np.zeros(y.size))
    assert sampler.n_iter_ == 3
    assert len(Script.fits) == 27
    rounds = [Script.fits[9 * r : 9 * r + 9] for r in range(3)]
    for parts in rounds:
        rows = np.concatenate([rows for rows, *_ in parts])
        assert sorted(rows.tolist()) == list(range(y.size))
        counts = np.array([np.bincount(labels, minlength=3) for _, labels, _ in parts])
        assert np.ptp(counts, axis=0).max() <= 1
        assert np.ptp(counts.sum(axis=1)) <= 1
        assert counts[:, 2].tolist() == [1] * 9
    first, second = ({tuple(rows) for rows, *_ in parts} for parts in rounds[:2])
    assert not first & second


def test_each_row_may_meet_any_other() -> None:
    y = np.repeat([0, 1], 30)
    together = np.zeros((60, 60))
    for seed in range(200):
        Script.fits, Script.turn, Script.labels = [], count(), y
        IterativePartitioningFilter(
            Script(3), n_partitions=3, n_iter_no_change=1, random_state=seed
        ).fit_resample(np.column_stack([np.arange(60), y * 0, y * 0]), y)
        for rows, *_ in Script.fits:
            together[np.ix_(rows, rows)] += 1
    shares = together[np.triu_indices(60, 1)] / 200
    # 19 of the 59 others; one of 1770 shares leaves five standard errors once in 1000.
    assert abs(shares - 19 / 59).max() < 5 * np.sqrt(0.32 * 0.68 / 200)


def test_classifiers_have_seeds_of_their_own() -> None:
    y = np.repeat([0, 1], 50)
    follow_script(y, np.zeros(100), np.zeros(100))
    seeds = [seed for *_, seed in Script.fits]
    assert len(set(seeds)) == 27
    assert min(seeds) >= 0
    follow_script(y, np.zeros(100), np.zeros(100))
    assert [seed for *_, seed in Script.fits] == seeds


def test_removed_rows_take_no_further_part() -> None:
    y = np.repeat([0, 1], 50)
    votes = np.where(np.arange(100) % 10 == 3, 9, 0)
    sampler = follow_script(y, votes, np.zeros(100))
    assert sampler.n_iter_ == 4
    seen = np.concatenate([rows for rows, *_ in Script.fits[:9]])
    assert (votes[seen] == 9).sum() == 10
    for rows, *_ in Script.fits[9:]:
        assert not votes[rows].any()
    assert sampler.sample_indices_.tolist() == np.flatnonzero(votes == 0).tolist()


# Votes


@pytest.mark.parametrize("n_partitions", [2, 3, 8, 9])
def test_the_majority_is_more_than_half(n_partitions: int) -> None:
    y = np.repeat([0, 1], 100)
    votes = np.arange(200) % (n_partitions + 1)
    votes[20:100] = votes[120:] = 0
    sampler = follow_script(y, votes, np.zeros(200), n_partitions=n_partitions)
    expected = np.flatnonzero(votes <= n_partitions / 2)
    assert sampler.sample_indices_.tolist() == expected.tolist()


@pytest.mark.parametrize("n_partitions", [2, 3, 9])
def test_consensus_is_all(n_partitions: int) -> None:
    y = np.repeat([0, 1], 100)
    votes = np.arange(200) % (n_partitions + 1)
    votes[20:100] = votes[120:] = 0
    sampler = follow_script(
        y, votes, np.zeros(200), n_partitions=n_partitions, voting="consensus"
    )
    expected = np.flatnonzero(votes < n_partitions)
    assert sampler.sample_indices_.tolist() == expected.tolist()


# When it stops


@pytest.mark.parametrize(
    ("removals", "parameters", "n_iter"),
    [
        ([0], {}, 3),
        ([50, 0], {}, 4),
        ([50, 9, 10, 9, 9, 9, 50], {}, 6),
        ([9, 9, 9, 50], {}, 3),
        ([50, 9, 50], {"n_iter_no_change": 1}, 2),
        ([50, 50, 49, 30, 0], {"tol": 0.05}, 5),
        ([1, 1, 1, 0, 0, 0], {"tol": 1e-9}, 6),
    ],
)
def test_it_stops_after_rounds_that_found_little(
    removals: list[int], parameters: dict, n_iter: int
) -> None:
    y = np.repeat([0, 1], 500)
    rounds = np.full(1000, 99)
    filled = np.repeat(np.arange(len(removals)), removals)
    rounds[:: 1000 // max(filled.size, 1)][: filled.size] = filled
    sampler = follow_script(y, np.full(1000, 9), rounds, **parameters)
    assert sampler.n_iter_ == n_iter
    expected = np.flatnonzero(rounds >= n_iter)
    assert sampler.sample_indices_.tolist() == expected.tolist()


def test_a_round_that_leaves_too_few_rows_of_a_class_spares_it() -> None:
    y = np.repeat([0, 1, 2], [100, 30, 12])
    votes = np.zeros(142)
    votes[:10] = 9  # of 100
    votes[100:121] = 9  # 21 of 30: 9 are left
    votes[130:134] = 9  # 4 of 12: 8 are left
    rounds = np.zeros(142)
    sampler = follow_script(y, votes, rounds)
    assert np.bincount(y[sampler.sample_indices_]).tolist() == [90, 9, 12]
    sampler = follow_script(y, np.full(142, 9), rounds)
    assert sampler.sample_indices_.size == 142


# What it finds


@pytest.mark.parametrize("voting", ["majority", "consensus"])
def test_mislabelled_rows_are_found(voting: str) -> None:
    X, y, is_wrong = noisy_blobs()
    rows = kept(X, y, voting=voting)
    is_gone = ~np.isin(np.arange(600), rows)
    assert is_gone[is_wrong].mean() > (0.97 if voting == "majority" else 0.6)
    assert is_gone[~is_wrong].mean() < 0.02


def test_consensus_removes_nothing_where_classifiers_know_their_rows() -> None:
    X, y, _ = noisy_blobs()
    tree = DecisionTreeClassifier()
    assert len(kept(X, y, tree, voting="consensus")) == 600
    assert len(kept(X, y, tree)) < 600


def test_clean_labels_are_left_alone() -> None:
    X, y, _ = noisy_blobs(share=0)
    assert len(kept(X, y)) > 595


@pytest.mark.parametrize(
    "estimator",
    [
        GaussianNB(),
        LogisticRegression(),
        KNeighborsClassifier(3),
        RandomForestClassifier(n_estimators=3),
        make_pipeline(StandardScaler(), DecisionTreeClassifier(min_samples_leaf=3)),
    ],
    ids=lambda e: type(e).__name__,
)
def test_any_classifier_may_judge(estimator: Any) -> None:
    X, y, is_wrong = noisy_blobs()
    is_gone = ~np.isin(np.arange(600), kept(X, y, estimator))
    assert is_gone[is_wrong].mean() > 0.95
    assert is_gone[~is_wrong].mean() < 0.02
    assert not hasattr(estimator, "classes_")


def test_after_smote_it_removes_what_grew_from_noise() -> None:
    # A tenth of the rare rows lie in the common class, and SMOTE breeds from them.
    X, y, _ = noisy_blobs(share=0)
    rare = np.flatnonzero(y == 1)[:60]
    X[rare[:6]] -= [6, 0]
    rows = np.concatenate([np.flatnonzero(y == 0), rare])
    X, y = X[rows], y[rows]

    def share_of_noise(X: np.ndarray, y: np.ndarray) -> float:
        return np.mean((X[:, 0] > 3) != y)

    grown = SMOTE(random_state=0).fit_resample(X, y)
    before = share_of_noise(*grown)
    cleaned = IterativePartitioningFilter(random_state=0).fit_resample(*grown)
    assert before > 0.05
    assert share_of_noise(*cleaned) < 0.1 * before
    assert np.bincount(cleaned[1]).min() > 170
    # The same in a pipeline, and as one sampler.
    chain = make_sampling_pipeline(
        SMOTE(random_state=0), IterativePartitioningFilter(random_state=0)
    )
    np.testing.assert_array_equal(chain.fit_resample(X, y)[0], cleaned[0])
    sampler = SMOTEENN(enn=IterativePartitioningFilter(), random_state=0)
    np.testing.assert_array_equal(sampler.fit_resample(X, y)[0], cleaned[0])


# What must change nothing


@pytest.mark.parametrize("n_jobs", [2, 3, -1])
def test_number_of_threads_changes_nothing(n_jobs: int) -> None:
    X, y, _ = noisy_blobs()
    X, y = X + np.random.RandomState(2).normal(size=X.shape), y
    assert kept(X, y, n_jobs=n_jobs) == kept(X, y)


def test_layout_changes_nothing(layout: Any, float_dtype: type) -> None:
    X, y, _ = noisy_blobs()
    X = X.astype(float_dtype)
    assert kept(layout(X), y) == kept(X, y)


def test_sparse_rows_give_what_dense_ones_give() -> None:
    X, y, _ = noisy_blobs()
    X[np.abs(X) < 0.5] = 0
    rows = sparse.csr_array(X)
    assert kept(rows, y) == kept(X, y)
    # SMOTE's rows too, whose indices trees must take.
    sampler = SMOTEENN(enn=IterativePartitioningFilter(), random_state=0)
    expected, _ = sampler.fit_resample(X[:450], y[:450])
    found, _ = sampler.fit_resample(rows[:450], y[:450])
    np.testing.assert_array_equal(found.toarray(), expected)


def test_seeds_decide() -> None:
    X, y = make_moons(400, noise=0.4, random_state=0)
    first, again, other = (
        IterativePartitioningFilter(random_state=seed) for seed in (0, 0, 1)
    )
    for sampler in (first, again, other):
        sampler.fit_resample(X, y)
    np.testing.assert_array_equal(first.sample_indices_, again.sample_indices_)
    assert set(first.sample_indices_) != set(other.sample_indices_)


def test_random_state_instance_moves_on() -> None:
    X, y = make_moons(400, noise=0.4, random_state=0)
    sampler = IterativePartitioningFilter(random_state=np.random.RandomState(0))
    sampler.fit_resample(X, y)
    rows = sampler.sample_indices_
    sampler.fit_resample(X, y)
    assert set(rows) != set(sampler.sample_indices_)
    assert rows.tolist() == kept(X, y)


# Input


def test_missing_values_are_for_classifiers_that_take_them() -> None:
    X, y, is_wrong = noisy_blobs()
    X[::7, 0] = np.nan
    is_gone = ~np.isin(np.arange(600), kept(X, y))
    assert is_gone[is_wrong].mean() > 0.9
    with pytest.raises(ValueError, match="LogisticRegression does not accept missing"):
        kept(X, y, LogisticRegression())
    for estimator, takes in ((None, True), (LogisticRegression(), False)):
        tags = get_tags(IterativePartitioningFilter(estimator))
        assert tags.input_tags.allow_nan == takes
        assert tags.input_tags.sparse


def test_rows_of_weight_zero_are_in_no_partition() -> None:
    y = np.repeat([0, 1], 50)
    Script.fits, Script.turn, Script.labels = [], count(), y
    X = np.column_stack([np.arange(100), np.full(100, 9), np.zeros(100)])
    weights = np.arange(100) % 2
    sampler = IterativePartitioningFilter(
        Script(), random_state=0, sampling_strategy=[]
    )
    sampler.fit_resample(X, y, sample_weight=weights)
    rows = np.concatenate([rows for rows, *_ in Script.fits])
    assert (rows % 2 == 1).all()
    assert sampler.sample_indices_.size == 100


# Errors


def test_class_smaller_than_the_number_of_partitions_is_named() -> None:
    X = np.arange(40.0)[:, np.newaxis]
    y = np.repeat(["common", "rare"], [32, 8])
    message = (
        r"^Class 'rare' has 8 samples that count .*, fewer than n_partitions=9, but "
        "every partition needs one of each class; over-sample the class first or lower "
        "n_partitions to 8"
    )
    with pytest.raises(ValueError, match=message):
        kept(X, y)
    assert kept(X, y, n_partitions=8)
    y[32:] = ["common"] * 7 + ["rare"]
    with pytest.raises(ValueError, match=r"'rare' has 1 sample that .* class first\.$"):
        kept(X, y)


def test_parameters_of_the_classifier_are_validated() -> None:
    X, y, _ = noisy_blobs()
    with pytest.raises(ValueError, match="'max_depth' parameter of DecisionTree"):
        kept(X, y, DecisionTreeClassifier(max_depth=-1))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("estimator", "tree"),
        ("n_partitions", 1),
        ("n_partitions", 9.0),
        ("voting", "most"),
        ("tol", 0),
        ("tol", 1),
        ("n_iter_no_change", 0),
        ("n_jobs", 1.5),
        ("random_state", "zero"),
    ],
)
def test_parameters_outside_their_domain_are_refused(name: str, value: Any) -> None:
    X, y, _ = noisy_blobs()
    message = f"'{name}' parameter of IterativePartitioningFilter must"
    with pytest.raises(ValueError, match=message):
        IterativePartitioningFilter(**{name: value}).fit_resample(X, y)
