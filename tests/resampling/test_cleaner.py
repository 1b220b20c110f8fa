# SPDX-License-Identifier: BSD-3-Clause
"""What all samplers that remove rows share: strategy, weights, containers, labels."""

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from imblearn.pipeline import make_pipeline
from imblearn.utils import check_sampling_strategy
from scipy import sparse
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB

from skx.resampling import (
    AllKNN,
    EditedNearestNeighbours,
    IterativePartitioningFilter,
    RepeatedEditedNearestNeighbours,
    ResampledClassifier,
    TomekLinks,
)

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*(leaves no row|stopped before a round):UserWarning"
)
CLEANERS = [
    TomekLinks(),
    EditedNearestNeighbours(),
    RepeatedEditedNearestNeighbours(),
    AllKNN(),
    IterativePartitioningFilter(random_state=0),
]
cleaners = pytest.mark.parametrize("cleaner", CLEANERS, ids=lambda c: type(c).__name__)
N_ROWS = 90
Y = np.random.RandomState(0).permutation(np.repeat([0, 1, 2], [45, 28, 17]))
NAMES = np.array(["ham", "spam", "toast"])


def numbers() -> np.ndarray:
    return np.random.RandomState(1).normal(size=(N_ROWS, 3)) + Y[:, np.newaxis]


def clean(X: Any, y: Any = Y, **parameters: Any) -> tuple[Any, Any, TomekLinks]:
    sampler = EditedNearestNeighbours(**parameters)
    return *sampler.fit_resample(X, y), sampler


ROWS = clean(numbers())[2].sample_indices_


def test_some_rows_of_each_class_stay_and_some_go() -> None:
    assert np.bincount(Y[ROWS]).tolist() == [17, 5, 17]
    assert ROWS.dtype == np.int64
    assert (np.diff(ROWS) > 0).all()


# The strategy


def cleaned(strategy: Any, y: np.ndarray) -> dict:
    sampler = TomekLinks(sampling_strategy=strategy).fit(np.zeros((len(y), 1)), y)
    return sampler.sampling_strategy_


counts_of_classes = st.lists(st.integers(1, 20), min_size=2, max_size=5)


@given(
    counts_of_classes,
    st.sampled_from(["auto", "majority", "not minority", "not majority", "all"]),
)
def test_names_mean_what_they_mean_in_imbalanced_learn(
    counts: list[int], name: str
) -> None:
    y = np.repeat(np.arange(len(counts)), counts)
    expected = check_sampling_strategy(name, y, "clean-sampling")
    assert cleaned(name, y) == {c: counts[c] for c in expected}


@given(counts_of_classes, st.data())
def test_lists_mean_what_they_mean_in_imbalanced_learn(
    counts: list[int], data: st.DataObject
) -> None:
    y = np.repeat(np.arange(len(counts)), counts)
    chosen = data.draw(st.permutations(range(len(counts))))
    chosen = chosen[: data.draw(st.integers(0, len(counts)))]
    named = check_sampling_strategy(chosen, y, "clean-sampling")
    expected = {c: counts[c] for c in named}
    assert cleaned(chosen, y) == expected
    assert list(cleaned(chosen, y)) == list(named)
    assert cleaned(lambda labels: chosen, y) == expected
    assert cleaned(lambda labels: dict.fromkeys(chosen, 1), y) == expected


@cleaners
@pytest.mark.parametrize("strategy", [[], [1], [0, 2], "all", "majority"], ids=str)
def test_only_rows_of_the_chosen_classes_go(cleaner: Any, strategy: Any) -> None:
    sampler = clone(cleaner).set_params(sampling_strategy=strategy)
    _, y_out = sampler.fit_resample(numbers(), Y)
    lost = np.bincount(Y) - np.bincount(y_out, minlength=3)
    chosen = list(sampler.sampling_strategy_)
    assert lost[[c for c in range(3) if c not in chosen]].sum() == 0
    assert lost.sum() > 0 or not chosen


@pytest.mark.parametrize(
    ("names", "strategy"),
    [
        ([0, 1, 2], [np.int8(1)]),
        ([0, 1, 2], [1.0]),
        ([-5.0, 2.0, 7.0], [2]),
        (["a", "b", "c"], ["b"]),
        (["a", "b", "c"], [np.str_("b")]),
    ],
    ids=repr,
)
def test_labels_and_names_may_be_of_any_type(names: list, strategy: list) -> None:
    expected, _, _ = clean(numbers(), sampling_strategy=[1])
    for labels in (np.array(names)[Y], np.array(names)[Y].astype(object)):
        if isinstance(names[0], str) or labels.dtype != object:
            found, _, sampler = clean(numbers(), labels, sampling_strategy=strategy)
            assert sampler.sampling_strategy_ == {names[1]: 28}
            assert type(next(iter(sampler.sampling_strategy_))) is type(names[1])
            np.testing.assert_array_equal(found, expected)


def test_callable_gets_the_labels() -> None:
    seen = []
    clean(numbers(), sampling_strategy=lambda labels: seen.append(labels) or [0])
    np.testing.assert_array_equal(seen[0], Y)


@pytest.mark.parametrize("value", [None, 0.5, "auto", 1])
def test_callable_must_return_classes(value: Any) -> None:
    message = "callable that returned .* must return the classes to clean, as a list"
    with pytest.raises(ValueError, match=message):
        cleaned(lambda labels: value, Y)


def test_class_missing_from_y_is_named() -> None:
    message = r"names class 'x', which is not present in y; its classes are \[0, 1, 2\]"
    with pytest.raises(ValueError, match=message):
        cleaned([0, "x"], Y)


@cleaners
@pytest.mark.parametrize("value", [0.5, 1, "banana", {0: 10}, None, "minority"])
def test_strategy_outside_its_domain_is_refused(cleaner: Any, value: Any) -> None:
    sampler = clone(cleaner).set_params(sampling_strategy=value)
    message = f"'sampling_strategy' parameter of {type(cleaner).__name__} must be"
    for method in (sampler.fit, sampler.fit_resample):
        with pytest.raises(ValueError, match=message):
            method(numbers(), Y)


def test_one_class_is_not_enough() -> None:
    message = "y holds one class only, 1; TomekLinks needs at least 2 classes"
    with pytest.raises(ValueError, match=message):
        TomekLinks().fit_resample(numbers(), np.ones(N_ROWS, int))


def test_class_that_loses_all_rows_is_named() -> None:
    X = np.array([[0.0], [1.0], [2.0], [3.0], [4.0], [1.5], [2.5]])
    y = np.array(["a"] * 5 + ["b"] * 2)
    message = (
        "^EditedNearestNeighbours leaves no row of class 'b', which had 2; leave the "
        "class out of sampling_strategy to keep it"
    )
    with pytest.warns(UserWarning, match=message) as caught:
        EditedNearestNeighbours(sampling_strategy=["b"]).fit_resample(X, y)
    assert caught[0].filename == __file__


# Weights


@cleaners
def test_weights_bring_a_third_result(cleaner: Any) -> None:
    weights = np.random.RandomState(2).uniform(1, 2, size=N_ROWS)
    sampler = clone(cleaner)
    X_out, y_out, w_out = sampler.fit_resample(numbers(), Y, sample_weight=weights)
    rows = sampler.sample_indices_
    assert 0 < len(rows) < N_ROWS
    np.testing.assert_array_equal(X_out, numbers()[rows])
    np.testing.assert_array_equal(y_out, Y[rows])
    np.testing.assert_array_equal(w_out, weights[rows])
    sampler.fit_resample(numbers(), Y)
    np.testing.assert_array_equal(sampler.sample_indices_, rows)


@cleaners
def test_rows_of_weight_zero_stay_and_have_no_say(cleaner: Any) -> None:
    cleaner = clone(cleaner).set_params(sampling_strategy=[0, 1])
    X = numbers()
    weights = np.random.RandomState(2).uniform(1, 2, size=N_ROWS)
    weights[np.random.RandomState(3).uniform(size=N_ROWS) < 0.3] = 0
    inside = np.flatnonzero(weights)
    w_out = cleaner.fit_resample(X, Y, sample_weight=weights)[2]
    found = cleaner.sample_indices_
    assert (w_out == 0).sum() == N_ROWS - len(inside)
    cleaner.fit_resample(X[inside], Y[inside])
    expected = inside[cleaner.sample_indices_]
    np.testing.assert_array_equal(found[weights[found] > 0], expected)
    # Of another class, they would change the verdict.
    cleaner.fit_resample(X, Y)
    assert not np.isin(expected, cleaner.sample_indices_).all()


def test_rows_of_weight_zero_may_be_anywhere() -> None:
    X, weights = numbers(), np.ones(N_ROWS)
    weights[::7] = 0
    expected = clean(X[weights > 0], Y[weights > 0])[0]
    for value in (1e300, np.nan):
        X[::7] = value
        sampler = EditedNearestNeighbours()
        X_out, _, w_out = sampler.fit_resample(X, Y, sample_weight=weights)
        np.testing.assert_array_equal(X_out[w_out > 0], expected)


def test_weights_are_checked() -> None:
    for weights, message in (
        (np.zeros(N_ROWS), "at least one non-zero number|is 0 for all 90 rows"),
        (np.full(N_ROWS, -1), r"sample_weight\[0\] is -1.0"),
        (np.ones(7), r"sample_weight.shape == \(7,\), expected \(90,\)"),
    ):
        with pytest.raises(ValueError, match=message):
            TomekLinks().fit_resample(numbers(), Y, sample_weight=weights)


def test_rows_of_one_class_alone_may_have_weight() -> None:
    weights = (Y == 0) * 1.0
    for sampler in (TomekLinks(), EditedNearestNeighbours()):
        X_out, *_ = sampler.fit_resample(numbers(), Y, sample_weight=weights)
        assert len(X_out) == N_ROWS


# Containers


def plain() -> np.ndarray:
    X = numbers()
    return np.column_stack([X[:, 0], np.round(X[:, 1] * 9), X[:, 2] > 0])


def pandas_numpy() -> pd.DataFrame:
    X = pd.DataFrame(plain(), columns=["float", "int", "bool"])
    X.index = [f"row {i}" for i in range(N_ROWS)]
    return X.astype({"int": np.int16, "bool": bool})


def pandas_nullable() -> pd.DataFrame:
    types = {"float": "Float64", "int": "Int16", "bool": "boolean"}
    return pandas_numpy().astype(types)


def pandas_arrow() -> pd.DataFrame:
    types = map(pd.ArrowDtype, [pa.float64(), pa.int16(), pa.bool_()])
    frame = pandas_nullable()
    return frame.astype(dict(zip(frame, types, strict=True)))


def pandas_sparse() -> pd.DataFrame:
    X = pd.DataFrame(plain(), columns=["float", "int", "bool"])
    return X.astype(pd.SparseDtype(float, 0))


def polars_frame() -> pl.DataFrame:
    X = pandas_numpy()
    return pl.DataFrame({name: X[name].to_numpy() for name in X})


MAKERS = [pandas_numpy, pandas_nullable, pandas_arrow, pandas_sparse, polars_frame]


@cleaners
@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_frames_lose_rows_and_nothing_else(cleaner: Any, make: Callable) -> None:
    frame = make()
    sampler = clone(cleaner)
    X_out, _ = sampler.fit_resample(frame, Y)
    rows = sampler.sample_indices_
    assert list(sampler.feature_names_in_) == ["float", "int", "bool"]
    assert frame.equals(make())
    if isinstance(frame, pl.DataFrame):
        assert X_out.equals(frame[rows])
    else:
        pd.testing.assert_frame_equal(X_out, frame.iloc[rows])
    sampler.fit_resample(plain(), Y)
    np.testing.assert_array_equal(sampler.sample_indices_, rows)


def test_missing_values_of_frames_count_as_such() -> None:
    X, holes = plain(), np.random.RandomState(3).uniform(size=(N_ROWS, 3)) < 0.2
    X[holes] = np.nan
    _, _, expected = clean(X)
    for frame in (pandas_nullable(), pandas_arrow()):
        _, _, sampler = clean(frame.mask(holes))
        np.testing.assert_array_equal(sampler.sample_indices_, expected.sample_indices_)


FORMATS = ["csr", "csc", "coo", "lil", "dok", "bsr", "dia"]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("kind", [sparse.csr_array, sparse.csr_matrix])
def test_sparse_formats_and_kinds_come_back(form: str, kind: type) -> None:
    X = np.where(np.abs(numbers()) < 0.5, 0, numbers()).astype(np.float32)
    rows = kind(X).asformat(form)
    out, _, sampler = clean(rows)
    assert type(out) is type(rows)
    assert out.dtype == np.float32
    np.testing.assert_array_equal(out.toarray(), X[sampler.sample_indices_])
    np.testing.assert_array_equal(rows.toarray(), X)
    _, _, dense = clean(X)
    np.testing.assert_array_equal(sampler.sample_indices_, dense.sample_indices_)


@cleaners
def test_all_cleaners_take_sparse_rows(cleaner: Any) -> None:
    X = np.where(np.abs(numbers()) < 0.5, 0, numbers())
    sampler = clone(cleaner)
    for kind in (sparse.csr_array, sparse.csc_matrix):
        out, y_out = sampler.fit_resample(kind(X), Y)
        assert type(out) is kind
        np.testing.assert_array_equal(out.toarray(), X[sampler.sample_indices_])
        np.testing.assert_array_equal(y_out, Y[sampler.sample_indices_])


def test_lists_come_back_as_lists() -> None:
    X = numbers()
    out, y_out, _ = clean(X.tolist(), Y.tolist())
    assert out == X[ROWS].tolist()
    assert y_out == Y[ROWS].tolist()


@pytest.mark.parametrize("dtype", [np.float16, np.int8, np.uint64, bool, object])
def test_arrays_keep_their_type(dtype: type) -> None:
    X = np.abs(numbers() * 9).astype(dtype)
    out, _, sampler = clean(X)
    assert out.dtype == dtype
    np.testing.assert_array_equal(out, X[sampler.sample_indices_])


def test_output_shares_no_memory_with_the_input() -> None:
    X = numbers()
    X_out, y_out, _ = clean(X, sampling_strategy=[])
    np.testing.assert_array_equal(X_out, X)
    assert not np.shares_memory(X_out, X)
    assert not np.shares_memory(y_out, Y)


def test_labels_and_weights_may_be_on_the_device(device: Any) -> None:
    weights = np.arange(1.0, N_ROWS + 1)
    arrays = [device.put(array) for array in (numbers(), Y, weights)]
    X_out, y_out, w_out = EditedNearestNeighbours().fit_resample(
        *arrays[:2], sample_weight=arrays[2]
    )
    np.testing.assert_array_equal(device.get(X_out), numbers()[ROWS])
    np.testing.assert_array_equal(device.get(y_out), Y[ROWS])
    np.testing.assert_array_equal(device.get(w_out), weights[ROWS])


def test_device_arrays_with_gaps_are_copied_with_a_warning(device: Any) -> None:
    X = numbers()
    X[3, 1] = np.nan
    cleaner = EditedNearestNeighbours()
    expected, _ = cleaner.fit_resample(X, Y)
    message = "EditedNearestNeighbours computes on the host: .* copied from the CUDA"
    with pytest.warns(UserWarning, match=message):
        X_out, y_out = cleaner.fit_resample(device.put(X), Y)
    np.testing.assert_array_equal(device.get(X_out), expected)
    assert type(y_out) is np.ndarray


def test_categories_are_refused_with_a_way_out() -> None:
    frame = pandas_numpy().assign(shop=NAMES[Y])
    message = (
        "Column 'shop' has dtype .*, but EditedNearestNeighbours computes with "
        "numbers. Convert it to a number, drop it, or clean the rows by their other "
        "columns and take sample_indices_"
    )
    with pytest.raises(ValueError, match=message):
        clean(frame)


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_infinity_is_refused(value: float) -> None:
    X = numbers()
    X[3, 1] = value
    with pytest.raises(ValueError, match="infinity"):
        clean(X)


# Labels


@pytest.mark.parametrize(
    "y",
    [
        Y.astype(np.int8),
        NAMES[Y],
        NAMES[Y].astype(object),
        pd.Series(NAMES[Y], name="label", index=range(7, N_ROWS + 7)),
        pd.Series(pd.Categorical(NAMES[Y], [*NAMES, "unseen"])),
        pd.Series(Y, dtype="Int8"),
        pd.DataFrame({"label": Y}),
        pl.Series("label", NAMES[Y]),
        pl.Series("label", NAMES[Y]).cast(pl.Enum([*NAMES, "unseen"])),
        np.eye(3, dtype=int)[Y],
        pl.DataFrame(dict(zip(NAMES, np.eye(3, dtype=int)[Y].T, strict=True))),
    ],
    ids=lambda y: f"{type(y).__name__}-{getattr(y, 'dtype', y.shape)}",
)
def test_labels_come_back_as_they_were(y: Any) -> None:
    X_out, y_out, sampler = clean(numbers(), y)
    np.testing.assert_array_equal(sampler.sample_indices_, ROWS)
    np.testing.assert_array_equal(X_out, numbers()[ROWS])
    assert type(y_out) is type(y)
    if isinstance(y, np.ndarray):
        assert y_out.dtype == y.dtype
        np.testing.assert_array_equal(y_out, y[ROWS])
    else:
        assert y_out.equals(y[ROWS] if "polars" in type(y).__module__ else y.iloc[ROWS])


# The estimator's contract


@cleaners
def test_clone_pickle_and_parameters_go_round(cleaner: Any) -> None:
    sampler = clone(cleaner).set_params(n_jobs=2, sampling_strategy=[0])
    assert clone(sampler).get_params() == sampler.get_params()
    sampler.fit_resample(numbers(), Y)
    copy = pickle.loads(pickle.dumps(sampler))
    np.testing.assert_array_equal(copy.sample_indices_, sampler.sample_indices_)


@cleaners
def test_parameters_are_keywords(cleaner: Any) -> None:
    with pytest.raises(TypeError, match="positional argument"):
        type(cleaner)(None, "auto")


@cleaners
def test_samplers_work_in_pipelines_and_searches(cleaner: Any) -> None:
    X, y = make_blobs([150, 40], random_state=0, cluster_std=2)
    pipeline = make_pipeline(clone(cleaner), LogisticRegression())
    name = pipeline.steps[0][0]
    grid = {f"{name}__sampling_strategy": ["auto", "all"]}
    search = GridSearchCV(pipeline, grid, cv=3).fit(X, y)
    assert search.best_score_ > 0.7
    direct = LogisticRegression().fit(*clone(cleaner).fit_resample(X, y))
    np.testing.assert_array_equal(pipeline.fit(X, y)[-1].coef_, direct.coef_)


@cleaners
def test_weights_and_labels_follow_the_rows_into_a_classifier(cleaner: Any) -> None:
    weights = np.random.RandomState(2).uniform(1, 2, size=N_ROWS)
    weights[::9] = 0
    model = ResampledClassifier(GaussianNB(), sampler=cleaner)
    model.fit(numbers(), Y, sample_weight=weights)
    X, y, w = clone(cleaner).fit_resample(numbers(), Y, sample_weight=weights)
    expected = GaussianNB().fit(X, y, sample_weight=w)
    np.testing.assert_array_equal(model.estimator_.theta_, expected.theta_)


def test_weights_can_be_requested() -> None:
    with config_context(enable_metadata_routing=True):
        sampler = TomekLinks().set_fit_resample_request(sample_weight=True)
        request = sampler.get_metadata_routing().fit_resample.requests
    assert request == {"sample_weight": True}


def test_set_output_changes_nothing() -> None:
    with config_context(transform_output="pandas"):
        assert type(clean(numbers())[0]) is np.ndarray


def test_fit_reads_the_strategy() -> None:
    sampler = EditedNearestNeighbours()
    assert sampler.fit(pandas_numpy(), Y) is sampler
    assert sampler.sampling_strategy_ == {0: 45, 1: 28}
    assert sampler.n_features_in_ == 3
    assert not hasattr(sampler, "sample_indices_")
