# SPDX-License-Identifier: BSD-3-Clause
"""SMOTEENN and SMOTETomek: both steps, where the rows come from, what follows them."""

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from imblearn import over_sampling, under_sampling
from imblearn.pipeline import make_pipeline
from scipy import sparse
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.utils import get_tags

from skx.resampling import (
    SMOTE,
    SMOTEENN,
    SMOTENC,
    AllKNN,
    EditedNearestNeighbours,
    GeometricSMOTE,
    IterativePartitioningFilter,
    MultivariateGaussianSMOTE,
    PolynomialFitSMOTE,
    RandomOverSampler,
    ResampledClassifier,
    SMOTETomek,
    TomekLinks,
    resample_partitions,
)
from skx.resampling._base import ClassTask, Offspring, OverSampler

CLASSES = [SMOTEENN, SMOTETomek]
both = pytest.mark.parametrize("cls", CLASSES)
N_ROWS = 150
Y = np.random.RandomState(0).permutation(np.repeat([0, 1, 2], [80, 40, 30]))
WEIGHTS = np.random.RandomState(1).uniform(1, 2, size=N_ROWS)


def numbers() -> np.ndarray:
    return np.random.RandomState(2).normal(size=(N_ROWS, 3)) + Y[:, np.newaxis]


def resample(cls: type, X: Any, y: Any = Y, **parameters: Any) -> tuple[Any, Any, Any]:
    sampler = cls(random_state=0, **parameters)
    return *sampler.fit_resample(X, y), sampler


class Copies(OverSampler):
    """An over-sampler whose rows are no mixture of their parents."""

    _mixes_parents = False

    def __init__(
        self, *, sampling_strategy: Any = "auto", random_state: Any = None
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state

    def _sample_class(self, task: ClassTask, out: Any) -> Offspring:
        parents = np.resize(task.rows, task.n_new)[:, np.newaxis]
        out[:] = task.X[parents[:, 0]] + 0.01
        return Offspring(out, parents)


# The rows


@pytest.mark.parametrize(
    ("cls", "second"), [(SMOTEENN, EditedNearestNeighbours), (SMOTETomek, TomekLinks)]
)
def test_one_step_after_the_other(cls: type, second: type) -> None:
    grown = SMOTE(random_state=0).fit_resample(numbers(), Y)
    expected = second(sampling_strategy="all").fit_resample(*grown)
    X_out, y_out, _ = resample(cls, numbers())
    np.testing.assert_array_equal(X_out, expected[0])
    np.testing.assert_array_equal(y_out, expected[1])
    # Old and new rows go, of every class.
    gone = np.bincount(grown[1]) - np.bincount(y_out)
    assert (gone > 0).all()


@pytest.mark.parametrize(
    ("cls", "peer"),
    [
        (SMOTEENN, under_sampling.EditedNearestNeighbours),
        (SMOTETomek, under_sampling.TomekLinks),
    ],
)
def test_the_peer_cleans_the_same_rows(cls: type, peer: type) -> None:
    _, _, sampler = resample(cls, numbers())
    grown = sampler.smote_.fit_resample(numbers(), Y)
    other = peer(sampling_strategy="all")
    other.fit_resample(*grown)
    second = getattr(sampler, f"{sampler._cleaner_name}_")
    np.testing.assert_array_equal(
        np.sort(other.sample_indices_), second.sample_indices_
    )


@both
def test_every_row_tells_where_it_comes_from(cls: type) -> None:
    X = numbers()
    X_out, y_out, sampler = resample(cls, X)
    rows, parents = sampler.kept_indices_, sampler.parents_
    assert rows.dtype == parents.dtype == np.int64
    assert 0 < len(rows) < N_ROWS
    assert (np.diff(rows) > 0).all()
    assert len(rows) + len(parents) == len(X_out)
    assert sampler.parent_weights_.shape == parents.shape
    np.testing.assert_array_equal(X_out[: len(rows)], X[rows])
    np.testing.assert_array_equal(y_out, Y[[*rows, *parents[:, 0]]])
    mixed = (sampler.parent_weights_[:, :, np.newaxis] * X[parents]).sum(axis=1)
    np.testing.assert_allclose(X_out[len(rows) :], mixed, rtol=1e-12)
    assert (
        len(parents)
        < len(sampler.smote_.parents_)
        == sum(sampler.sampling_strategy_.values())
    )
    assert not hasattr(sampler, "sample_indices_")


@both
def test_rows_that_grew_from_removed_ones_may_stay(cls: type) -> None:
    _, _, sampler = resample(cls, numbers())
    assert not np.isin(sampler.parents_, sampler.kept_indices_).all()


def test_over_sampler_may_tell_no_shares() -> None:
    sampler = SMOTEENN(smote=Copies(), random_state=0)
    X_out, _, w_out = sampler.fit_resample(numbers(), Y, sample_weight=WEIGHTS)
    rows = np.concatenate([sampler.kept_indices_, sampler.parents_[:, 0]])
    np.testing.assert_allclose(X_out, numbers()[rows], atol=0.011)
    np.testing.assert_array_equal(w_out, WEIGHTS[rows])
    assert not hasattr(sampler, "parent_weights_")
    sampler.set_params(smote=None).fit_resample(numbers(), Y)
    assert sampler.parent_weights_.shape[1] == 2
    sampler.set_params(smote=Copies()).fit_resample(numbers(), Y)
    assert not hasattr(sampler, "parent_weights_")


# The parts


def test_parts_may_be_given() -> None:
    smote = SMOTE(k_neighbors=2, sampling_strategy={2: 60}, random_state=7)
    cleaner = EditedNearestNeighbours(n_neighbors=5, kind_sel="mode")
    expected = cleaner.fit_resample(*smote.fit_resample(numbers(), Y))
    sampler = SMOTEENN(smote=smote, enn=cleaner)
    X_out, y_out = sampler.fit_resample(numbers(), Y)
    np.testing.assert_array_equal(X_out, expected[0])
    np.testing.assert_array_equal(y_out, expected[1])
    assert sampler.sampling_strategy_ == {2: 30}


@pytest.mark.parametrize(
    "cleaner",
    [
        AllKNN(sampling_strategy=[0]),
        TomekLinks(sampling_strategy="all"),
        IterativePartitioningFilter(),
    ],
    ids=lambda c: type(c).__name__,
)
@both
def test_any_cleaner_of_skx_may_be_the_second_step(cls: type, cleaner: Any) -> None:
    X_out, *_ = resample(cls, numbers(), **{cls._cleaner_name: cleaner})
    second = clone(cleaner)
    if "random_state" in second.get_params():
        second.set_params(random_state=0)
    grown = SMOTE(random_state=0).fit_resample(numbers(), Y)
    np.testing.assert_array_equal(X_out, second.fit_resample(*grown)[0])


@pytest.mark.parametrize(
    "smote",
    [
        RandomOverSampler(),
        PolynomialFitSMOTE(),
        MultivariateGaussianSMOTE(),
        GeometricSMOTE(),
    ],
    ids=lambda s: type(s).__name__,
)
@both
def test_any_over_sampler_of_skx_may_be_the_first_step(cls: type, smote: Any) -> None:
    X = numbers()
    X_out, y_out, sampler = resample(cls, X, smote=smote)
    grown = clone(smote)
    if "random_state" in grown.get_params():
        grown.set_params(random_state=0)
    expected = cls(random_state=0)._cleaner().fit_resample(*grown.fit_resample(X, Y))
    np.testing.assert_array_equal(X_out, expected[0])
    rows = np.concatenate([sampler.kept_indices_, sampler.parents_[:, 0]])
    np.testing.assert_array_equal(y_out, Y[rows])


def test_parameters_of_the_parts_can_be_set() -> None:
    sampler = SMOTEENN(smote=SMOTE(), enn=EditedNearestNeighbours())
    sampler.set_params(smote__k_neighbors=2, enn__n_neighbors=7, random_state=0)
    sampler.fit_resample(numbers(), Y)
    assert sampler.smote_.k_neighbors == 2
    assert sampler.enn_.n_neighbors == 7
    assert clone(sampler).get_params()["smote__k_neighbors"] == 2


@both
def test_seed_and_threads_are_handed_on_without_a_trace(cls: type) -> None:
    name = cls._cleaner_name
    smote, cleaner = SMOTE(random_state=1, n_jobs=1), TomekLinks(n_jobs=1)
    sampler = cls(smote=smote, **{name: cleaner}, random_state=5, n_jobs=2)
    sampler.fit_resample(numbers(), Y)
    assert (smote.random_state, smote.n_jobs, cleaner.n_jobs) == (1, 1, 1)
    assert not hasattr(smote, "parents_")
    assert not hasattr(cleaner, "sample_indices_")
    assert sampler.smote_.get_params()["random_state"] == 5
    assert sampler.smote_.n_jobs == getattr(sampler, f"{name}_").n_jobs == 2
    sampler.set_params(random_state=None, n_jobs=None).fit_resample(numbers(), Y)
    assert (sampler.smote_.random_state, sampler.smote_.n_jobs) == (1, 1)


def test_seeds_decide() -> None:
    first, _, _ = resample(SMOTETomek, numbers())
    again, _, _ = resample(SMOTETomek, numbers())
    other, _ = SMOTETomek(random_state=1).fit_resample(numbers(), Y)
    np.testing.assert_array_equal(first, again)
    assert first.shape != other.shape or (first != other).any()


def test_random_state_instance_moves_on() -> None:
    sampler = SMOTETomek(random_state=np.random.RandomState(0))
    first, _ = sampler.fit_resample(numbers(), Y)
    second, _ = sampler.fit_resample(numbers(), Y)
    expected, _, _ = resample(SMOTETomek, numbers())
    np.testing.assert_array_equal(first, expected)
    assert first.shape != second.shape or (first != second).any()


@both
@pytest.mark.parametrize("n_jobs", [2, -1])
def test_number_of_threads_changes_nothing(cls: type, n_jobs: int) -> None:
    X = np.tile(numbers(), (5, 1)) + np.random.RandomState(3).normal(size=(750, 3))
    expected, _, _ = resample(cls, X, np.tile(Y, 5))
    found, _, _ = resample(cls, X, np.tile(Y, 5), n_jobs=n_jobs)
    np.testing.assert_array_equal(found, expected)


# Weights and other things that follow the rows


@both
def test_weights_of_new_rows_are_mixed_like_the_rows(cls: type) -> None:
    X = numbers()
    X[:, 2] = WEIGHTS
    sampler = cls(random_state=0)
    X_out, y_out, w_out = sampler.fit_resample(X, Y, sample_weight=WEIGHTS)
    assert len(X_out) == len(y_out) == len(w_out)
    np.testing.assert_allclose(w_out, X_out[:, 2], rtol=1e-14)


@both
def test_rows_of_weight_zero_stay_and_have_no_say(cls: type) -> None:
    X, weights = numbers(), np.where(np.arange(N_ROWS) % 5, WEIGHTS, 0)
    X[weights == 0] = 1e6  # where a parent of weight zero would show
    strategy = {1: 70, 2: 60}
    sampler = cls(sampling_strategy=strategy, random_state=0)
    X_out, _, w_out = sampler.fit_resample(X, Y, sample_weight=weights)
    assert (w_out == 0).sum() == (weights == 0).sum()
    assert X_out[w_out > 0].max() < 1e6
    inside = np.flatnonzero(weights)
    smaller = cls(
        sampling_strategy={
            c: n - np.count_nonzero((c == Y) & (weights == 0))
            for c, n in strategy.items()
        },
        random_state=0,
    )
    expected, _ = smaller.fit_resample(X[inside], Y[inside])
    np.testing.assert_array_equal(X_out[w_out > 0], expected)


class Notes(ClassifierMixin, BaseEstimator):
    """Notes what it is fitted on."""

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None
    ) -> "Notes":
        self.classes_ = np.unique(y)
        self.X_, self.weight_, self.groups_ = X, sample_weight, groups
        return self

    def predict(self, X: Any) -> np.ndarray:
        return np.full(len(X), self.classes_[0])


@both
def test_weights_and_groups_follow_the_rows_into_a_classifier(cls: type) -> None:
    X = numbers()
    X[:, 2] = WEIGHTS
    groups = np.array([f"row {i}" for i in range(N_ROWS)])
    model = ResampledClassifier(Notes(), sampler=cls(), random_state=0)
    model.fit(X, Y, sample_weight=WEIGHTS, groups=groups)
    inner, sampler = model.estimator_, model.sampler_
    np.testing.assert_allclose(inner.weight_, inner.X_[:, 2], rtol=1e-14)
    bases = np.concatenate([sampler.kept_indices_, sampler.parents_[:, 0]])
    assert inner.groups_.tolist() == groups[bases].tolist()


def test_weights_follow_the_bases_of_a_sampler_without_shares() -> None:
    model = ResampledClassifier(Notes(), sampler=SMOTEENN(smote=Copies()))
    model.fit(numbers(), Y, sample_weight=WEIGHTS)
    sampler = model.sampler_
    bases = np.concatenate([sampler.kept_indices_, sampler.parents_[:, 0]])
    np.testing.assert_array_equal(model.estimator_.weight_, WEIGHTS[bases])


# Input


@both
def test_pandas_frames_come_back_with_a_new_index(cls: type) -> None:
    frame = pd.DataFrame(numbers(), columns=list("abc"))
    frame["a"] = np.round(frame["a"] * 9).astype(np.int16)
    frame.index = labels_index = pd.RangeIndex(500, 500 + N_ROWS)
    X_out, y_out, sampler = resample(cls, frame, pd.Series(Y, index=labels_index))
    assert list(X_out.dtypes) == list(frame.dtypes)
    for out in (X_out, y_out):
        pd.testing.assert_index_equal(out.index, pd.RangeIndex(len(X_out)))
    rows = sampler.kept_indices_
    expected = frame.iloc[rows].reset_index(drop=True)
    pd.testing.assert_frame_equal(X_out.iloc[: len(rows)], expected)
    assert list(sampler.feature_names_in_) == list("abc")


@both
@pytest.mark.parametrize(
    ("kind", "back"),
    [
        (lambda X: pl.DataFrame(X, schema=list("abc")), pl.DataFrame.to_numpy),
        (sparse.csc_matrix, sparse.csc_matrix.toarray),
        (sparse.coo_array, sparse.coo_array.toarray),
        (np.ndarray.tolist, np.array),
    ],
    ids=["polars", "csc_matrix", "coo_array", "list"],
)
def test_containers_come_back(cls: type, kind: Callable, back: Callable) -> None:
    expected, _, _ = resample(cls, numbers())
    table = kind(numbers())
    X_out, _, _ = resample(cls, table)
    assert type(X_out) is type(table)
    np.testing.assert_array_equal(back(X_out), expected)


@both
def test_labels_come_back_as_they_were(cls: type) -> None:
    _, expected, _ = resample(cls, numbers())
    names = np.array(["x", "y", "z"])
    for labels in (names[Y], names[Y].tolist(), pd.Series(names[Y], name="l")):
        _, y_out, sampler = resample(cls, numbers(), labels)
        assert type(y_out) is type(labels)
        assert list(y_out) == names[expected].tolist()
        assert set(sampler.sampling_strategy_) == {"y", "z"}
    _, one_hot, _ = resample(cls, numbers(), np.eye(3, dtype=int)[Y])
    np.testing.assert_array_equal(one_hot.argmax(axis=1), expected)


@both
def test_missing_values_go_through_both_steps(cls: type) -> None:
    X = numbers()
    X[np.random.RandomState(4).uniform(size=X.shape) < 0.2] = np.nan
    X_out, _, sampler = resample(cls, X)
    bases = np.concatenate([sampler.kept_indices_, sampler.parents_[:, 0]])
    np.testing.assert_array_equal(np.isnan(X_out), np.isnan(X[bases]))


def test_tags_are_those_of_both_parts() -> None:
    for cleaner, takes in ((None, True), (LogisticRegression(), False)):
        second = cleaner and IterativePartitioningFilter(cleaner)
        tags = get_tags(SMOTEENN(enn=second))
        assert tags.input_tags.allow_nan == takes
        assert tags.input_tags.sparse


# The estimator's contract


@both
def test_fit_works_out_the_counts(cls: type) -> None:
    sampler = cls(sampling_strategy={1: 50})
    assert sampler.fit(pd.DataFrame(numbers(), columns=list("abc")), Y) is sampler
    assert sampler.sampling_strategy_ == {1: 10}
    assert list(sampler.feature_names_in_) == list("abc")
    assert not hasattr(sampler, "parents_")


@both
def test_clone_pickle_and_parameters_go_round(cls: type) -> None:
    sampler = cls(smote=SMOTE(k_neighbors=2), random_state=3, n_jobs=2)
    expected, _ = sampler.fit_resample(numbers(), Y)
    assert str(clone(sampler)) == str(sampler)
    copy = pickle.loads(pickle.dumps(sampler))
    np.testing.assert_array_equal(copy.kept_indices_, sampler.kept_indices_)
    found, _ = copy.fit_resample(numbers(), Y)
    np.testing.assert_array_equal(found, expected)


@both
def test_samplers_work_in_pipelines_and_searches(cls: type) -> None:
    sampler = cls(random_state=0, smote=SMOTE())
    pipeline = make_pipeline(sampler, LogisticRegression())
    grid = {f"{cls.__name__.lower()}__smote__k_neighbors": [2, 4]}
    search = GridSearchCV(pipeline, grid, cv=3).fit(numbers(), Y)
    assert search.best_score_ > 0.5
    model = ResampledClassifier(LogisticRegression(), sampler=sampler)
    grid = {"sampler__smote__k_neighbors": [2, 4]}
    again = GridSearchCV(model, grid, cv=3).fit(numbers(), Y)
    assert again.best_score_ == search.best_score_


@both
def test_weights_can_be_requested(cls: type) -> None:
    with config_context(enable_metadata_routing=True):
        sampler = cls().set_fit_resample_request(sample_weight=True)
        request = sampler.get_metadata_routing().fit_resample.requests
    assert request == {"sample_weight": True}


# Errors


@both
def test_two_strategies_are_one_too_many(cls: type) -> None:
    sampler = cls(sampling_strategy={1: 50}, smote=SMOTE())
    message = (
        r"sampling_strategy=\{1: 50\} and smote are both given, .* set it inside "
        r"smote: smote=SMOTE\(sampling_strategy=...\)"
    )
    for method in (sampler.fit, sampler.fit_resample):
        with pytest.raises(ValueError, match=message):
            method(numbers(), Y)


@both
@pytest.mark.parametrize(
    "part", [over_sampling.SMOTE(), TomekLinks(), SMOTE, "smote"], ids=repr
)
def test_first_step_must_be_an_over_sampler_of_skx(cls: type, part: Any) -> None:
    message = f"'smote' parameter of {cls.__name__} must be an instance of 'skx"
    with pytest.raises(ValueError, match=message):
        cls(smote=part).fit_resample(numbers(), Y)


@both
@pytest.mark.parametrize(
    "part", [under_sampling.TomekLinks(), SMOTE(), "enn"], ids=repr
)
def test_second_step_must_be_a_cleaner_of_skx(cls: type, part: Any) -> None:
    name = cls._cleaner_name
    message = f"'{name}' parameter of {cls.__name__} must be an instance of 'skx"
    with pytest.raises(ValueError, match=message):
        cls(**{name: part}).fit_resample(numbers(), Y)


@both
def test_parameters_of_the_parts_are_validated(cls: type) -> None:
    with pytest.raises(ValueError, match="'k_neighbors' parameter of SMOTE must be"):
        cls(smote=SMOTE(k_neighbors=0)).fit_resample(numbers(), Y)
    cleaner = EditedNearestNeighbours(kind_sel="most")
    with pytest.raises(ValueError, match="'kind_sel' parameter of EditedNearest"):
        cls(**{cls._cleaner_name: cleaner}).fit_resample(numbers(), Y)


def test_categories_can_be_grown_but_not_cleaned() -> None:
    frame = pd.DataFrame(numbers(), columns=list("abc"))
    frame["shop"] = np.array(["x", "y"])[Y % 2]
    sampler = SMOTEENN(smote=SMOTENC(), random_state=0)
    assert sampler.fit(frame, Y).sampling_strategy_ == {1: 40, 2: 50}
    message = "Column 'shop' has dtype .*, but EditedNearestNeighbours computes with"
    with pytest.raises(ValueError, match=message):
        sampler.fit_resample(frame, Y)


@both
def test_parts_of_the_data_cannot_be_cleaned_on_their_own(cls: type) -> None:
    with pytest.raises(TypeError, match=f"{cls.__name__} is no over-sampler"):
        resample_partitions(cls(), [numbers()], [Y])


@both
def test_errors_of_the_steps_come_through(cls: type) -> None:
    y = np.where(np.arange(N_ROWS) < 3, 1, 0)
    with pytest.raises(ValueError, match=r"Class 1 has 3 samples, fewer than"):
        cls().fit_resample(numbers(), y)
    with pytest.raises(ValueError, match="y holds one class only"):
        cls().fit_resample(numbers(), np.zeros(N_ROWS, int))
