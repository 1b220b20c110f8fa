# SPDX-License-Identifier: BSD-3-Clause
"""Arrays on a device: rows of the host's samplers, without a copy to the host."""

import pickle
import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestNeighbors

import skx._backend
import skx._neighbors._device
import skx.resampling._clean
import skx.resampling._smote
from skx._backend import is_device_array, look_up, to_numpy
from skx.resampling import (
    ADASYN,
    MLSMOTE,
    SMOTE,
    SMOTEENN,
    SMOTEN,
    SMOTENC,
    SMOTER,
    AllKNN,
    BorderlineSMOTE,
    EditedNearestNeighbours,
    GeometricSMOTE,
    IterativePartitioningFilter,
    MultivariateGaussianSMOTE,
    PolynomialFitSMOTE,
    ProWSyn,
    RandomOverSampler,
    RepeatedEditedNearestNeighbours,
    ResampledClassifier,
    SMOTETomek,
    TemperatureSampler,
    TomekLinks,
    _device,
    _kernels,
    dense_weight,
    diagnose,
    relevance,
    resample_partitions,
    roc_convex_hull,
    temperature_batches,
    temperature_class_weight,
    temperature_weights,
)
from skx.resampling._votes import count_foreign, most_frequent

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*(leaves no row|stopped before):UserWarning"
)
N_ROWS = 160


def table(dtype: str = "float64") -> tuple[np.ndarray, np.ndarray]:
    """Three classes that overlap, in random order, with some duplicates."""
    rng = np.random.default_rng(0)
    y = rng.permutation(np.repeat([0, 1, 2], [100, 40, 20]))
    X = rng.normal(size=(N_ROWS, 4)) + 0.8 * y[:, np.newaxis]
    X[::10] = X[3]
    return (X if dtype.startswith("float") else np.rint(20 * X)).astype(dtype), y


SAMPLERS = [
    SMOTE(random_state=0),
    SMOTE(random_state=1, sampling_strategy={1: 45, 2: 90}, k_neighbors=3),
    BorderlineSMOTE(random_state=0),
    BorderlineSMOTE(random_state=0, kind="borderline-2", m_neighbors=7),
    ADASYN(random_state=0),
    ProWSyn(random_state=0),
    RandomOverSampler(random_state=0),
    TemperatureSampler(random_state=0),
    TomekLinks(),
    EditedNearestNeighbours(),
    EditedNearestNeighbours(sampling_strategy="all", kind_sel="mode", n_neighbors=5),
    RepeatedEditedNearestNeighbours(kind_sel="mode", sampling_strategy="all"),
    RepeatedEditedNearestNeighbours(n_neighbors=1),
    AllKNN(),
    SMOTEENN(random_state=0),
    SMOTETomek(random_state=0),
    SMOTETomek(random_state=0, smote=ADASYN(), tomek=EditedNearestNeighbours()),
]


def fitted(sampler: Any) -> dict[str, Any]:
    names = [n for n in vars(sampler) if n.endswith("_") and not n.startswith("_")]
    return {name: getattr(sampler, name) for name in names}


def check_equal(found: Any, expected: Any) -> None:
    assert not is_device_array(found)
    if isinstance(expected, dict):
        assert list(found) == list(expected)
        for key, value in expected.items():
            check_equal(found[key], value)
    elif hasattr(expected, "get_params"):
        check_equal(fitted(found), fitted(expected))
    else:
        np.testing.assert_array_equal(found, expected, strict=True)


@pytest.mark.parametrize("dtype", ["float64", "float32", "int16"])
@pytest.mark.parametrize("sampler", SAMPLERS, ids=repr)
def test_rows_are_those_of_the_host(device: Any, sampler: Any, dtype: str) -> None:
    X, y = table(dtype)
    weights = np.random.default_rng(1).integers(0, 5, size=N_ROWS) / 2
    expected = clone(sampler).fit(X, y).fit_resample(X, y, sample_weight=weights)
    there = clone(sampler)
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*on the host")
        there.fit(device.put(X), y)
        found = there.fit_resample(
            device.put(X), device.put(y), sample_weight=device.put(weights)
        )
        rest = there.fit_resample(device.put(X), y)
    assert type(rest[1]) is np.ndarray
    there.fit_resample(device.put(X), y, sample_weight=weights)
    sampler = clone(sampler)
    sampler.fit_resample(X, y, sample_weight=weights)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(device.get(a), b, strict=True)
    check_equal(there, sampler)
    assert pickle.loads(pickle.dumps(there)).sampling_strategy_


@pytest.mark.parametrize("dtype", ["float64", "float32", "int16", "bool"])
def test_smoothed_rows_are_those_of_the_host(device: Any, dtype: str) -> None:
    X, y = table("float64" if dtype == "bool" else dtype)
    X = (X > 1).astype(dtype) if dtype == "bool" else X
    X[:, 2] = X[0, 2]  # no noise where a column does not vary
    sampler = RandomOverSampler(shrinkage={1: 2.5, 2: 0}, random_state=0)
    expected, _ = sampler.fit_resample(X, y)
    indices = sampler.sample_indices_
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found, _ = sampler.fit_resample(device.put(X), y)
    found = device.get(found)
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(
        found, expected, rtol=1e-5 if dtype == "float32" else 1e-12
    )
    assert (found[100:] != X[indices][100:]).any()
    np.testing.assert_array_equal(sampler.sample_indices_, indices)
    np.testing.assert_array_equal(found[indices.size - 80 :, 2], X[0, 2])


def test_smoothing_takes_numbers_whose_squares_overflow(device: Any) -> None:
    X, y = table()
    X *= 1e200
    sampler = RandomOverSampler(shrinkage=1.0, random_state=0)
    expected, _ = sampler.fit_resample(X, y)
    found, _ = sampler.fit_resample(device.put(X), y)
    np.testing.assert_allclose(device.get(found), expected, rtol=1e-12)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64"])
def test_whole_numbers_are_rounded_as_on_the_host(device: Any, dtype: str) -> None:
    X, y = table()
    X = (np.abs(X) * (1 if dtype == "bool" else 7)).astype(dtype)
    sampler = SMOTE(random_state=0)
    expected, _ = sampler.fit_resample(X, y)
    found, _ = sampler.fit_resample(device.put(X), y)
    np.testing.assert_array_equal(device.get(found), expected, strict=True)


def test_rows_far_from_the_origin_and_any_order_in_memory(device: Any) -> None:
    X, y = table()
    X = 1e6 + 1e-3 * X
    expected, _ = SMOTE(random_state=0).fit_resample(X, y)
    for there in (device.put(X), device.put(X.T.copy()).T):
        found, _ = SMOTE(random_state=0).fit_resample(there, y)
        np.testing.assert_array_equal(device.get(found), expected)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_rows_between_extremes_are_those_of_the_host(device: Any, dtype: str) -> None:
    rng = np.random.default_rng(0)
    info = np.finfo(dtype)
    values = [0, -0.0, 1, 0.1, info.max, -info.max, info.tiny, 5 * info.smallest_normal]
    X = rng.choice(np.array(values, dtype), size=(30, 7))
    parents = rng.integers(0, 30, size=(90, 2))
    gaps = np.append(rng.random(88), [0.0, 1 - info.epsneg])
    shares = np.column_stack([1 - gaps, gaps]).astype(dtype)
    expected = np.empty((90, 7), dtype)
    with np.errstate(all="ignore"):
        _kernels.interpolate_rows(X, parents, shares, expected)
    out = device.put(np.empty_like(expected))
    _device.interpolate(device.put(X), parents, shares, out)
    found = device.get(out)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(np.signbit(found), np.signbit(expected))


def test_later_rounds_search_only_for_those_who_lost_a_neighbor(
    device: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    n_asked = []

    def search(X: Any, queries: Any, among: Any, n_neighbors: int) -> Any:
        n_asked.append(queries.size)
        return device_search(X, queries, among, n_neighbors)

    device_search = skx._neighbors._device.search
    monkeypatch.setattr(skx._neighbors._device, "search", search)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 2))
    y = (X[:, 0] > 0.7) ^ (rng.random(300) < 0.1)
    cleaner = RepeatedEditedNearestNeighbours(sampling_strategy="all")
    cleaner.fit_resample(X, y)
    kept, n_rounds = cleaner.sample_indices_, cleaner.n_iter_
    cleaner.fit_resample(device.put(X), y)
    np.testing.assert_array_equal(cleaner.sample_indices_, kept)
    assert len(n_asked) == cleaner.n_iter_ == n_rounds > 2
    assert n_asked[0] == 300
    assert max(n_asked[1:]) < 150


@pytest.mark.parametrize("on_device", [False, True])
def test_votes_are_counted_where_the_neighbors_are(
    device: Any, on_device: bool
) -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(4, size=50)
    neighbors = rng.integers(50, size=(200, 5))
    own = rng.integers(4, size=200)
    put = device.put if on_device else np.asarray
    get = device.get if on_device else np.asarray
    labels = look_up(codes, put(neighbors))
    np.testing.assert_array_equal(get(labels), codes[neighbors])
    n_foreign = get(count_foreign(labels, put(own)))
    winners = get(most_frequent(labels))
    for row, mine, foreign, winner in zip(
        codes[neighbors].tolist(), own, n_foreign, winners, strict=True
    ):
        assert foreign == sum(label != mine for label in row)
        assert winner == max(sorted(set(row)), key=row.count)


@pytest.mark.parametrize("kind_sel", ["all", "mode"])
def test_neighbors_do_not_leave_the_device_for_their_votes(
    device: Any, kind_sel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    n_dims = []

    def to_numpy(array: Any) -> np.ndarray:
        if is_device_array(array):
            n_dims.append(array.ndim)
        return skx._backend.to_numpy(array)

    monkeypatch.setattr(skx.resampling._clean, "to_numpy", to_numpy)
    monkeypatch.setattr(skx.resampling._smote, "to_numpy", to_numpy)
    X, y = table()
    for cleaner in (RepeatedEditedNearestNeighbours, AllKNN):
        cleaner(kind_sel=kind_sel).fit_resample(device.put(X), y)
    assert set(n_dims) == {1}


def test_any_array_of_a_device_is_repeated(device: Any) -> None:
    X, y = np.arange(24.0).reshape(6, 2, 2), [0, 0, 0, 0, 1, 1]
    X[5] = np.nan, np.inf
    sampler = RandomOverSampler(random_state=0)
    expected, _ = sampler.fit_resample(X, y)
    found, y_out = sampler.fit_resample(device.put(X), y)
    np.testing.assert_array_equal(device.get(found), expected)
    assert isinstance(y_out, list)


# Searches


class DeviceSearch(NearestNeighbors):
    """Stands in for cuML's, which is searched on the device."""

    def fit(self, X: Any, y: Any = None) -> "DeviceSearch":
        assert is_device_array(X)
        return super().fit(to_numpy(X))

    def kneighbors(self, X: Any, **options: Any) -> Any:
        return super().kneighbors(to_numpy(X), **options)


DeviceSearch.__module__ = "cuml.neighbors"


@pytest.mark.parametrize(
    ("sampler", "name"),
    [
        (SMOTE(random_state=0), "k_neighbors"),
        (BorderlineSMOTE(random_state=0), "m_neighbors"),
        (ADASYN(random_state=0), "n_neighbors"),
        (EditedNearestNeighbours(), "n_neighbors"),
    ],
    ids=lambda value: type(value).__name__ if hasattr(value, "fit") else value,
)
def test_searches_of_scikit_learn_are_for_the_host(
    device: Any, sampler: Any, name: str
) -> None:
    X, y = table()
    host = clone(sampler).set_params(**{name: NearestNeighbors(n_neighbors=6)})
    expected, _ = host.fit_resample(X, y)
    message = f"{type(sampler).__name__} computes on the host"
    with pytest.warns(UserWarning, match=message):
        found, _ = host.fit_resample(device.put(X), y)
    np.testing.assert_array_equal(device.get(found), expected)
    there = clone(sampler).set_params(**{name: DeviceSearch(n_neighbors=6)})
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*on the host")
        found, _ = there.fit_resample(device.put(X), y)
    np.testing.assert_array_equal(device.get(found), expected)


# What is refused


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.zeros(N_ROWS), "Expected 2D array, got 1D array"),
        (np.zeros((N_ROWS, 0)), "X is empty"),
        (np.full((N_ROWS, 2), np.inf), "X contains infinity"),
        (np.zeros((N_ROWS, 2), complex), "Complex data not supported"),
        (np.full((N_ROWS, 2), 2**53 + 1), "X holds the integer 9007199254740993"),
        (np.zeros((N_ROWS - 1, 2)), "inconsistent numbers of samples"),
    ],
)
def test_bad_rows_are_refused(device: Any, X: np.ndarray, message: str) -> None:
    for sampler in (SMOTE(), TomekLinks(), SMOTEENN()):
        with pytest.raises(ValueError, match=message):
            sampler.fit_resample(device.put(X), table()[1])


def test_bad_labels_and_weights_are_refused(device: Any) -> None:
    X, y = table()
    X, y = device.put(X), device.put(y)
    with pytest.raises(ValueError, match="y holds one class only, 0"):
        SMOTE().fit_resample(X, y * 0)
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        TomekLinks().fit_resample(X, device.put(np.linspace(0, 1, N_ROWS)))
    with pytest.raises(ValueError, match=r"sample_weight\[0\] is -1.0"):
        SMOTE().fit_resample(X, y, sample_weight=device.put(-np.ones(N_ROWS)))
    with pytest.raises(ValueError, match="Class 2 has 20 samples, fewer than"):
        SMOTE(k_neighbors=20).fit_resample(X, y)


# What has no path on a device


@pytest.mark.parametrize(
    "sampler",
    [
        SMOTENC(categorical_features=[0], random_state=0),
        SMOTEN(random_state=0),
        MultivariateGaussianSMOTE(random_state=0),
        GeometricSMOTE(random_state=0),
        PolynomialFitSMOTE(random_state=0),
        IterativePartitioningFilter(random_state=0),
        SMOTEENN(enn=IterativePartitioningFilter(), random_state=0),
        MLSMOTE(random_state=0),
        SMOTER(random_state=0),
    ],
    ids=lambda sampler: type(sampler).__name__,
)
def test_other_samplers_say_that_they_copy(device: Any, sampler: Any) -> None:
    X, y = table("int16")
    target = np.exp(0.2 * X[:, 0]) if isinstance(sampler, SMOTER) else y
    expected = sampler.fit_resample(X, target)
    with pytest.warns(UserWarning, match="computes on the host") as told:
        found = sampler.fit_resample(device.put(X), target)
    assert len(told) == 1
    np.testing.assert_array_equal(device.get(found[0]), expected[0])
    np.testing.assert_array_equal(to_numpy(found[1]), expected[1])


def test_the_classifier_says_that_it_copies(device: Any) -> None:
    X, y = table()
    model = ResampledClassifier(LogisticRegression(), random_state=0)
    expected = model.fit(X, y).predict_proba(X)
    with pytest.warns(UserWarning, match="ResampledClassifier computes on the host"):
        model.fit(device.put(X), device.put(y))
    with pytest.warns(UserWarning, match="ResampledClassifier computes on the host"):
        found = model.predict_proba(device.put(X))
    np.testing.assert_array_equal(device.get(found), expected)


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (dense_weight, ()),
        (relevance, ()),
        (temperature_weights, ()),
        (temperature_class_weight, ()),
        (roc_convex_hull, (np.linspace(0, 1, 50),)),
    ],
)
def test_functions_say_that_they_copy(
    device: Any, function: Any, arguments: tuple[Any, ...]
) -> None:
    y = np.random.default_rng(0).integers(0, 2, size=50)
    y[0] = 9 if function is relevance else 1
    options = {
        temperature_weights: {"temperature": 2},
        temperature_class_weight: {"temperature": 2},
    }.get(function, {})
    expected = function(y, *arguments, **options)
    with pytest.warns(UserWarning, match=f"{function.__name__} computes on the host"):
        found = function(device.put(y), *arguments, **options)
    if isinstance(expected, np.ndarray):
        found = device.get(found)
    elif isinstance(expected, tuple):
        found = [device.get(part) for part in found]
    np.testing.assert_equal(found, expected)


def test_batches_are_those_of_the_host(device: Any) -> None:
    y = table()[1]
    expected = list(temperature_batches(y, 8, 3, random_state=0))
    with pytest.warns(UserWarning, match="temperature_batches computes on the host"):
        found = list(temperature_batches(device.put(y), 8, 3, random_state=0))
    np.testing.assert_array_equal(found, expected)


@pytest.mark.slow
def test_diagnosis_is_that_of_the_host(device: Any) -> None:
    X, y = table()
    held_out = X[:60] + 0.1, y[:60]
    X_new, y_new = SMOTE(random_state=0).fit_resample(X, y)
    expected = diagnose(X, y, X_new, y_new, holdout=held_out, random_state=0)
    with pytest.warns(UserWarning, match="diagnose computes on the host"):
        found = diagnose(
            *(device.put(array) for array in (X, y, X_new, y_new)),
            holdout=tuple(device.put(array) for array in held_out),
            random_state=0,
        )
    np.testing.assert_equal(found.measures, expected.measures)


@pytest.mark.parametrize("sampler", [SMOTE(), TemperatureSampler()], ids=repr)
def test_parts_stay_on_the_device(device: Any, sampler: Any) -> None:
    X, y = table()
    X_parts, y_parts = np.split(X, 2), np.split(y, 2)
    expected = resample_partitions(sampler, X_parts, y_parts, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = resample_partitions(
            sampler,
            [device.put(part) for part in X_parts],
            [device.put(part) for part in y_parts],
            random_state=0,
        )
    for there, here in zip(found, expected, strict=True):
        np.testing.assert_array_equal(device.get(there.X), here.X)
        np.testing.assert_array_equal(device.get(there.y), here.y)
