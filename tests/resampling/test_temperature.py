# SPDX-License-Identifier: BSD-3-Clause
"""Temperature: weights, and the sampler that repeats rows instead."""

from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from imblearn.pipeline import make_pipeline as make_sampling_pipeline
from scipy import sparse, stats
from sklearn import config_context
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_validate
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skx.resampling import (
    ResampledClassifier,
    TemperatureSampler,
    temperature_class_weight,
    temperature_weights,
)

VECTORS = Path(__file__).parents[1] / "vectors" / "resampling_temperature.npz"
sizes_of_groups = st.lists(st.integers(1, 10**6), min_size=1, max_size=6)
temperatures = st.floats(0.2, 1e3) | st.just(np.inf)


def labels_of(counts: Any) -> np.ndarray:
    return np.repeat(np.arange(len(counts)), counts)


@pytest.mark.parametrize("table", range(3))
@pytest.mark.parametrize("temperature", ["1.0", "2.0", "5.0", "inf"])
def test_weights_are_those_of_the_vectors(table: int, temperature: str) -> None:
    with np.load(VECTORS) as vectors:
        counts = vectors[f"temp{table}_counts"]
        shares = vectors[f"temp{table}_p_{temperature}"]
        expected = vectors[f"temp{table}_w_{temperature}"]
    y = labels_of(counts)
    weights = temperature_weights(y, temperature=float(temperature))
    np.testing.assert_allclose(weights, expected[y], rtol=1e-12, atol=0)
    found = np.bincount(y, weights=weights) / y.size
    np.testing.assert_allclose(found, shares, rtol=1e-12, atol=0)


@given(sizes_of_groups, temperatures)
def test_class_weights_follow_the_formula(
    counts: list[int], temperature: float
) -> None:
    y = labels_of([min(n, 300) for n in counts])
    n = np.bincount(y).astype(float)
    powers = n ** (1 / temperature)
    expected = powers / powers.sum() / (n / n.sum())
    found = temperature_class_weight(y, temperature=temperature)
    assert list(found) == list(range(n.size))
    np.testing.assert_allclose(list(found.values()), expected, rtol=1e-12)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=60), temperatures)
def test_weights_have_mean_one_and_belong_to_the_class(
    y: list[int], temperature: float
) -> None:
    weights = temperature_weights(y, temperature=temperature)
    assert weights.dtype == np.float64
    assert weights.mean() == pytest.approx(1, abs=1e-14)
    by_class = temperature_class_weight(y, temperature=temperature)
    assert weights.tolist() == [by_class[label] for label in y]


def test_temperature_one_weighs_nothing() -> None:
    y = labels_of([7, 3, 31, 1])
    assert temperature_weights(y, temperature=1).tolist() == [1.0] * 42


def test_infinite_temperature_is_balanced_class_weight() -> None:
    generator = np.random.RandomState(0)
    y = labels_of([60, 25, 9])
    X = generator.normal(size=(y.size, 3)) + y[:, np.newaxis]
    class_weight = temperature_class_weight(y, temperature=np.inf)
    assert class_weight == {0: 94 / 180, 1: 94 / 75, 2: 94 / 27}
    ours = LogisticRegression(class_weight=class_weight).fit(X, y)
    theirs = LogisticRegression(class_weight="balanced").fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-6)


def test_small_groups_gain_with_temperature() -> None:
    y = labels_of([100, 10])
    weights = [
        temperature_class_weight(y, temperature=T)[1]
        for T in (0.1, 0.5, 0.9, 1, 1.1, 2, 5, 100, np.inf)
    ]
    assert weights == sorted(weights)
    assert len(set(weights)) == 9


@pytest.mark.parametrize("temperature", [5e-324, 1e-300, 1e-3])
def test_tiny_temperature_leaves_the_largest_groups(temperature: float) -> None:
    weights = temperature_class_weight(
        labels_of([20, 5, 20, 1]), temperature=temperature
    )
    assert weights == {0: 1.15, 1: 0, 2: 1.15, 3: 0}


@pytest.mark.parametrize("temperature", [1e17, 1e308, float("inf"), np.float32(np.inf)])
def test_huge_temperature_is_like_infinite(temperature: float) -> None:
    weights = temperature_class_weight(labels_of([20, 4]), temperature=temperature)
    assert weights == {0: 0.6, 1: 3.0}


@pytest.mark.parametrize(
    "y",
    [
        ["b", "a", "b", "b"],
        ("b", "a", "b", "b"),
        np.array(["b", "a", "b", "b"], object),
        pd.Series(["b", "a", "b", "b"], index=[5, 6, 7, 7]),
        pd.Series(["b", "a", "b", "b"], dtype="category"),
        pd.Series(["b", "a", "b", "b"], dtype="string"),
        pd.DataFrame({"language": ["b", "a", "b", "b"]}),
        pl.Series(["b", "a", "b", "b"]),
        pl.Series(["b", "a", "b", "b"], dtype=pl.Categorical),
        [True, False, True, True],
        [7, -7, 7, 7],
        np.array([7, -7, 7, 7], np.float32),
        np.array(["2025-01-02", "2025-01-01", "2025-01-02", "2025-01-02"], "M8[D]"),
    ],
    ids=lambda y: f"{type(y).__name__}-{getattr(y, 'dtype', '')}",
)
def test_groups_may_be_of_any_kind(y: Any) -> None:
    weights = temperature_weights(y, temperature=np.inf)
    np.testing.assert_allclose(weights, [2 / 3, 2, 2 / 3, 2 / 3])


def test_keys_of_class_weight_are_python_objects() -> None:
    for y in (np.array(["a", "b"]), np.array([1, 2], np.uint8), np.array([True])):
        found = temperature_class_weight(y, temperature=2)
        assert list(found) == np.unique(y).tolist()
        assert [type(key) for key in found] == [type(key) for key in y.tolist()]
        assert all(type(weight) is float for weight in found.values())


@pytest.mark.parametrize("temperature", [0, -1, -np.inf, np.nan])
def test_temperature_must_be_positive(temperature: float) -> None:
    for function in (temperature_weights, temperature_class_weight):
        with pytest.raises(ValueError, match=r"temperature is .*; it must be above 0"):
            function([0, 1], temperature=temperature)


@pytest.mark.parametrize("temperature", [None, "5", [1.0], 1j])
def test_temperature_must_be_a_number(temperature: Any) -> None:
    with pytest.raises(TypeError, match=r"temperature is .*, which is no number"):
        temperature_weights([0, 1], temperature=temperature)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([], "y is empty; give the group of at least one row"),
        ([0.0, np.nan, 1], r"y is missing in row 1; drop such rows or give them"),
        (np.array(["2025-01-01", "NaT"], "M8[D]"), "y is missing in row 1"),
        ([0, 1, 0.5], r"Unknown label type: y holds 0.5, a number that is no label"),
        (
            ["a", None],
            r"cannot be put in order \(of type NoneType, str\); use one type",
        ),
        (pd.Series(["a", np.nan], dtype=object), r"in order \(of type float, str\)"),
        (np.array(["a", 1], object), r"cannot be put in order \(of type int, str\)"),
        (pd.Series(["a", pd.NA], dtype="string"), "cannot be put in order"),
        ([[0, 1], [1, 0]], r"should be a 1d array, got an array of shape \(2, 2\)"),
        (3, "should be a 1d array"),
    ],
    ids=repr,
)
def test_groups_that_are_none_are_refused(y: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        temperature_weights(y, temperature=2)


# The sampler


def sample(
    y: Any, groups: Any = None, **parameters: Any
) -> tuple[np.ndarray, TemperatureSampler]:
    """Row numbers of a sample."""
    sampler = TemperatureSampler(**{"random_state": 0, **parameters})
    X = np.arange(len(y))[:, np.newaxis]
    X_out, _ = sampler.fit_resample(X, y, groups=groups)
    np.testing.assert_array_equal(X_out[:, 0], sampler.sample_indices_)
    return sampler.sample_indices_, sampler


@pytest.mark.parametrize("table", range(3))
@pytest.mark.parametrize("temperature", [1.0, 2.0, 5.0, np.inf])
@pytest.mark.parametrize("n_samples", [None, 997])
def test_quotas_are_the_largest_remainders_of_the_vectors(
    table: int, temperature: float, n_samples: int | None
) -> None:
    with np.load(VECTORS) as vectors:
        counts = vectors[f"temp{table}_counts"]
        shares = vectors[f"temp{table}_p_{temperature}"]
    y = labels_of(counts)
    n = y.size if n_samples is None else n_samples
    quotas = n * shares
    expected = np.floor(quotas + 1e-9).astype(int)
    remainders = quotas - expected
    up = np.argsort(-np.round(remainders, 9), kind="stable")[: n - expected.sum()]
    expected[up] += 1
    rows, sampler = sample(y, temperature=temperature, n_samples=n_samples)
    assert np.bincount(y[rows]).tolist() == expected.tolist()
    assert sampler.sampling_strategy_ == dict(enumerate(expected.tolist()))


@pytest.mark.filterwarnings("ignore:.*groups, .* first, get none of")
@given(
    st.lists(st.integers(1, 30), min_size=2, max_size=5),
    st.floats(1, 50) | st.just(np.inf),
    st.integers(5, 200) | st.none() | st.just("keep-largest"),
    st.integers(0, 2**32 - 1),
)
def test_rows_are_chosen_evenly_within_groups(
    counts: list[int], temperature: float, n_samples: Any, seed: int
) -> None:
    y = np.random.RandomState(seed).permutation(labels_of(counts))
    sampler = TemperatureSampler(
        temperature=temperature, n_samples=n_samples, random_state=seed
    )
    X, weights = (
        np.random.RandomState(0).normal(size=(y.size, 2)),
        np.arange(1, y.size + 1),
    )
    X_out, y_out, weights_out = sampler.fit_resample(X, y, sample_weight=weights)
    rows = sampler.sample_indices_
    assert (np.diff(rows) >= 0).all()
    np.testing.assert_array_equal(X_out, X[rows])
    np.testing.assert_array_equal(y_out, y[rows])
    np.testing.assert_array_equal(weights_out, weights[rows])
    uses = np.bincount(rows, minlength=y.size)
    for group, count in enumerate(counts):
        quota = sampler.sampling_strategy_[group]
        assert uses[y == group].sum() == quota
        assert set(uses[y == group]) <= {quota // count, -(-quota // count)}
    if isinstance(n_samples, int):
        assert rows.size == n_samples
    elif n_samples is None:
        assert rows.size == y.size
    else:
        assert uses.min() >= 1
        assert set(uses[y == np.argmax(counts)]) == {1}


def test_temperature_one_chooses_every_row_once() -> None:
    rows, _ = sample(labels_of([7, 13, 1]), temperature=1)
    assert rows.tolist() == list(range(21))


@pytest.mark.parametrize(
    ("temperature", "expected"),
    [(1, [900, 100]), (2, [900, 300]), (np.inf, [900, 900]), (0.5, [900, 12])],
)
def test_largest_group_can_be_kept(temperature: float, expected: list[int]) -> None:
    y = labels_of([900, 100])
    rows, _ = sample(y, temperature=temperature, n_samples="keep-largest")
    assert np.bincount(y[rows]).tolist() == expected
    assert np.bincount(rows)[:900].tolist() == [1] * 900


def test_ties_go_to_the_first_group() -> None:
    # The shares are 3/4 and 1/4, irrational powers on the way: 751.5 and 250.5 rows.
    rows, _ = sample(labels_of([900, 100]), temperature=2, n_samples=1002)
    assert Counter((rows >= 900).tolist()) == {False: 752, True: 250}
    rows, _ = sample(labels_of([100, 900]), temperature=2, n_samples=1002)
    assert Counter((rows < 100).tolist()) == {False: 751, True: 251}
    for T in (0.3, 1, 3, 7.7, np.inf):
        _, sampler = sample(labels_of([5] * 7), temperature=T, n_samples=10)
        assert list(sampler.sampling_strategy_.values()) == [2, 2, 2, 1, 1, 1, 1]


@pytest.mark.filterwarnings("ignore:.*groups, .* first, get none of")
@given(
    st.lists(st.integers(1, 40), min_size=2, max_size=5),
    st.sampled_from([1, 2, 3]),
    st.integers(10, 500),
)
def test_quotas_are_exact_for_perfect_powers(
    roots: list[int], temperature: int, n_samples: int
) -> None:
    # Groups of r^T rows have shares r / sum(r), exactly.
    present = {g: root**temperature for g, root in enumerate(roots)}
    sampler = TemperatureSampler(temperature=temperature, n_samples=n_samples)
    found = list(sampler._read_quotas(present, "groups").values())
    quotas = [Fraction(n_samples * root, sum(roots)) for root in roots]
    floors = [quota.__floor__() for quota in quotas]
    order = sorted(range(len(roots)), key=lambda g: floors[g] - quotas[g])
    for g in order[: n_samples - sum(floors)]:
        floors[g] += 1
    assert found == floors


def test_who_is_chosen_is_random() -> None:
    y, uses = labels_of([20, 10]), np.zeros(30)
    for seed in range(400):
        rows, _ = sample(y, n_samples={0: 7, 1: 13}, random_state=seed)
        uses += np.bincount(rows, minlength=30)
    assert stats.chisquare(uses[:20]).pvalue > 1e-4
    assert stats.chisquare(uses[20:] - 400).pvalue > 1e-4


def test_seed_decides() -> None:
    y = labels_of([50, 10])
    assert (sample(y, random_state=1)[0] == sample(y, random_state=1)[0]).all()
    assert (sample(y, random_state=1)[0] != sample(y, random_state=2)[0]).any()


def test_numbers_of_rows_can_be_given() -> None:
    y = np.array(["a", "b", "c"])[labels_of([9, 5, 2])]
    rows, sampler = sample(y, n_samples={"c": 3, "a": 0, "b": 5}, temperature=1e-9)
    assert sampler.sampling_strategy_ == {"a": 0, "b": 5, "c": 3}
    assert Counter(y[rows].tolist()) == {"b": 5, "c": 3}
    rows, _ = sample(["a"] * 4, n_samples={"a": 2})
    assert rows.size == 2


@pytest.mark.parametrize(
    ("n_samples", "message"),
    [
        ({0: 1, 1: 2, 7: 3}, r"n_samples names group 7, .* groups are \[0, 1\]"),
        ({0: 1}, "n_samples asks for None rows of group 1; give every group a whole"),
        ({0: 1, 1: -1}, "n_samples asks for -1 rows of group 1"),
        ({0: 1, 1: 2.5}, "n_samples asks for 2.5 rows of group 1"),
    ],
)
def test_given_numbers_are_checked(n_samples: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sample(labels_of([4, 4]), n_samples=n_samples)


def test_groups_without_rows_bring_a_warning() -> None:
    message = r"2 of 3 groups, 1 first, get none of 2 rows at temperature 1; raise"
    with pytest.warns(UserWarning, match=message):
        rows, _ = sample(labels_of([20, 1, 1]), temperature=1, n_samples=2)
    assert rows.max() < 20
    with pytest.warns(UserWarning, match="1 of 2 groups, 1 first, get none of 9 rows"):
        rows, _ = sample(labels_of([6, 3]), temperature=5e-324)
    assert set(rows) == set(range(6))


def test_groups_need_not_be_the_classes() -> None:
    y = np.tile([0, 1], 50)
    groups = np.array(["is", "de"])[labels_of([10, 90])]
    rows, sampler = sample(y, groups, temperature=np.inf)
    assert sampler.sampling_strategy_ == {"de": 50, "is": 50}
    assert Counter(groups[rows].tolist()) == {"de": 50, "is": 50}


@pytest.mark.parametrize(
    "y",
    [
        np.random.RandomState(0).normal(size=12),
        np.random.RandomState(0).normal(size=(12, 3)),
        pd.DataFrame({"a": np.arange(12.0), "b": list("abcdefghijkl")}),
        np.zeros(12),
        [None] * 12,
    ],
    ids=["continuous", "columns", "frame", "one class", "nothing"],
)
def test_with_groups_the_target_may_be_anything(y: Any) -> None:
    sampler = TemperatureSampler(temperature=np.inf, random_state=0)
    _, y_out = sampler.fit_resample(np.zeros((12, 1)), y, groups=["a"] * 10 + ["b"] * 2)
    rows = sampler.sample_indices_
    assert Counter((rows >= 10).tolist()) == {False: 6, True: 6}
    if isinstance(y, pd.DataFrame):
        pd.testing.assert_frame_equal(y_out, y.iloc[rows].reset_index(drop=True))
    else:
        np.testing.assert_array_equal(y_out, np.asarray(y)[rows])


def test_one_group_keeps_its_rows_but_one_class_is_an_error() -> None:
    rows, _ = sample([0, 1, 0], ["x"] * 3)
    assert rows.tolist() == [0, 1, 2]
    message = "y holds one class only, 'x'; TemperatureSampler needs at least 2 classes"
    with pytest.raises(ValueError, match=message):
        sample(["x"] * 3)


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (["a", "b"], "inconsistent numbers of samples"),
        (["a", "b", np.nan], None),
        ([0, 1, np.nan], "groups is missing in row 2"),
        (np.zeros((3, 2)), "should be a 1d array"),
        ([0.5, 1, 2], "Unknown label type: groups holds 0.5"),
    ],
    ids=repr,
)
def test_groups_are_checked(groups: Any, message: str | None) -> None:
    if message is None:
        groups = np.array(groups, object)
        message = "groups holds labels that cannot be put in order"
    with pytest.raises(ValueError, match=message):
        sample([0, 1, 0], groups)


def test_target_is_required_with_groups_too() -> None:
    with pytest.raises(ValueError, match="requires y to be passed"):
        TemperatureSampler().fit_resample(np.zeros((2, 1)), None, groups=[0, 1])


@pytest.mark.parametrize(
    "X",
    [
        [["a", 1], ["b", None], ["c", 2]],
        ["one text", "another", "third"],
        np.array([["a", 1.5], ["b", None], ["c", 2]], object),
        sparse.coo_array(np.array([[0, 1], [2, 0], [0, 0]])),
        pd.DataFrame({"a": ["x", None, "y"], "b": [1, 2, 3]}, index=[9, 9, 5]),
        pl.DataFrame({"a": ["x", None, "y"], "b": [1, 2, 3]}),
    ],
    ids=lambda X: type(X).__name__,
)
def test_any_container_will_do(X: Any) -> None:
    sampler = TemperatureSampler(n_samples={0: 1, 1: 3}, random_state=0)
    X_out, y_out = sampler.fit_resample(X, pd.Series([0, 0, 1], index=[9, 9, 5]))
    rows = sampler.sample_indices_
    assert type(X_out) is type(X)
    assert y_out.index.tolist() == [0, 1, 2, 3]
    if isinstance(X, pd.DataFrame):
        pd.testing.assert_frame_equal(X_out, X.iloc[rows].reset_index(drop=True))
    elif isinstance(X, pl.DataFrame):
        assert X_out.equals(X[rows])
    elif sparse.issparse(X):
        np.testing.assert_array_equal(X_out.toarray(), X.toarray()[rows])
    elif isinstance(X, list):
        assert X_out == [X[row] for row in rows]
    else:
        np.testing.assert_array_equal(X_out, X[rows])


def test_rows_stay_on_the_device(device: Any) -> None:
    X, y = np.arange(12.0).reshape(6, 2), labels_of([4, 2])
    sampler = TemperatureSampler(random_state=0)
    X_out, _ = sampler.fit_resample(device.put(X), y)
    np.testing.assert_array_equal(device.get(X_out), X[sampler.sample_indices_])


def test_rows_of_weight_zero_are_as_good_as_removed() -> None:
    generator = np.random.RandomState(0)
    y = generator.permutation(labels_of([30, 9, 4]))
    weights = generator.randint(0, 3, size=y.size).astype(float)
    X, kept = np.arange(y.size)[:, np.newaxis], weights > 0
    sampler = TemperatureSampler(temperature=3, random_state=0)
    found = sampler.fit_resample(X, y, sample_weight=weights)
    assert (weights[sampler.sample_indices_] > 0).all()
    expected = sampler.fit_resample(X[kept], y[kept], sample_weight=weights[kept])
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)


def test_weights_and_samples_give_the_same_model() -> None:
    # 900 and 100 rows at temperature 2: each rare row thrice, or weights 5/6 and 5/2.
    generator = np.random.RandomState(0)
    y = labels_of([900, 100])
    X = generator.normal(size=(1000, 3)) + y[:, np.newaxis]
    sampler = TemperatureSampler(temperature=2, n_samples="keep-largest")
    sampled = LogisticRegression(C=1.0, tol=1e-10).fit(*sampler.fit_resample(X, y))
    weights = temperature_weights(y, temperature=2)
    weighted = LogisticRegression(C=1.2, tol=1e-10).fit(X, y, sample_weight=weights)
    np.testing.assert_allclose(weighted.coef_, sampled.coef_, rtol=1e-5)
    np.testing.assert_allclose(weighted.intercept_, sampled.intercept_, rtol=1e-5)


@pytest.mark.parametrize("temperature", [0, -1.0, np.nan, "hot"])
def test_temperature_of_the_sampler_is_checked(temperature: Any) -> None:
    with pytest.raises(ValueError, match="The 'temperature' parameter of Temperature"):
        sample([0, 1], temperature=temperature)


# Groups inside a classifier


def make_groups() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.RandomState(0)
    groups = generator.permutation(np.array(["de", "is"])[labels_of([250, 50])])
    y = generator.randint(0, 2, size=300)
    return generator.normal(size=(300, 3)) + y[:, np.newaxis], y, groups


BALANCED = TemperatureSampler(temperature=np.inf)


@pytest.mark.parametrize("routing", [False, True])
@pytest.mark.parametrize("calibrate", [None, "prior", "sigmoid"])
def test_classifier_passes_groups_to_the_sampler(
    routing: bool, calibrate: str | None
) -> None:
    X, y, groups = make_groups()
    with config_context(enable_metadata_routing=routing):
        sampler = TemperatureSampler(temperature=np.inf)
        if routing:
            sampler.set_fit_resample_request(groups=True)
        classifier = ResampledClassifier(
            LogisticRegression(), sampler=sampler, calibrate=calibrate, random_state=0
        ).fit(X, y, groups=groups)
    assert classifier.sampler_.sampling_strategy_ == {"de": 150, "is": 150}
    if calibrate is None:
        rows = classifier.sampler_.sample_indices_
        expected = LogisticRegression().fit(X[rows], y[rows])
        np.testing.assert_array_equal(classifier.estimator_.coef_, expected.coef_)


def test_groups_and_weights_follow_the_rows() -> None:
    X, y, groups = make_groups()
    weights = np.random.RandomState(1).uniform(size=300)
    classifier = ResampledClassifier(
        LogisticRegression(), sampler=BALANCED, random_state=0
    ).fit(X, y, groups=groups, sample_weight=weights)
    rows = classifier.sampler_.sample_indices_
    assert Counter(groups[rows].tolist()) == {"de": 150, "is": 150}
    expected = LogisticRegression().fit(X[rows], y[rows], sample_weight=weights[rows])
    np.testing.assert_array_equal(classifier.estimator_.coef_, expected.coef_)


def test_estimator_that_names_groups_gets_them_too() -> None:
    class Listener(DecisionTreeClassifier):
        def fit(self, X: Any, y: Any, *, groups: Any = None) -> "Listener":
            self.heard_ = groups
            return super().fit(X, y)

    X, y, groups = make_groups()
    classifier = ResampledClassifier(Listener(), sampler=BALANCED, random_state=0)
    classifier.fit(X, y, groups=groups)
    expected = groups[classifier.sampler_.sample_indices_]
    np.testing.assert_array_equal(classifier.estimator_.heard_, expected)


def test_weights_for_an_estimator_without_are_still_an_error() -> None:
    X, y, groups = make_groups()
    classifier = ResampledClassifier(KNeighborsClassifier(), sampler=BALANCED)
    with pytest.raises(TypeError, match="sample_weight"):
        classifier.fit(X, y, groups=groups, sample_weight=np.ones(300))


def test_cross_validation_slices_groups() -> None:
    X, y, groups = make_groups()
    classifier = ResampledClassifier(
        LogisticRegression(), sampler=BALANCED, random_state=0
    )
    found = cross_validate(
        classifier, X, y, params={"groups": groups}, return_estimator=True
    )
    for fold in found["estimator"]:
        assert fold.sampler_.sampling_strategy_ == {"de": 120, "is": 120}


def test_routing_sends_groups_to_splitter_and_sampler() -> None:
    X, y, _ = make_groups()
    tenants = labels_of([150, 60, 60, 30])
    with config_context(enable_metadata_routing=True):
        sampler = TemperatureSampler(temperature=np.inf)
        sampler.set_fit_resample_request(groups=True)
        model = make_pipeline(
            StandardScaler(),
            ResampledClassifier(LogisticRegression(), sampler=sampler, random_state=0),
        )
        found = cross_validate(
            model,
            X,
            y,
            params={"groups": tenants},
            cv=GroupKFold(4),
            return_estimator=True,
        )
    for fold in found["estimator"]:
        assert len(fold[-1].sampler_.sampling_strategy_) == 3
        assert len(set(fold[-1].sampler_.sampling_strategy_.values())) == 1


def test_imbalanced_learn_pipeline_takes_the_sampler() -> None:
    X, y, _ = make_groups()
    model = make_sampling_pipeline(
        StandardScaler(), TemperatureSampler(random_state=0), LogisticRegression()
    )
    assert model.fit(X, y).score(X, y) > 0.7
