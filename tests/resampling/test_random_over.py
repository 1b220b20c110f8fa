# SPDX-License-Identifier: BSD-3-Clause
"""Random over-sampling: which rows come again, and how far smoothing moves them."""

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from imblearn.over_sampling import RandomOverSampler as Peer
from scipy import sparse, stats
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

from skx.resampling import RandomOverSampler, ResampledClassifier


def make_table(
    counts: tuple[int, ...] = (60, 23, 31), n_features: int = 3, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.RandomState(seed)
    y = generator.permutation(np.repeat(np.arange(len(counts)), counts))
    return generator.normal(size=(y.size, n_features)) + y[:, np.newaxis], y


# Rows as they are


@pytest.mark.parametrize(
    "strategy",
    ["auto", "minority", "all", {1: 50}, {0: 60, 2: 1000}, lambda y: {1: 70}],
)
def test_classes_grow_as_in_imbalanced_learn(strategy: Any) -> None:
    X, y = make_table()
    sampler = RandomOverSampler(sampling_strategy=strategy, random_state=0)
    _, y_out = sampler.fit_resample(X, y)
    peer = Peer(sampling_strategy=strategy, random_state=0)
    _, y_peer = peer.fit_resample(X, y)
    assert Counter(y_out.tolist()) == Counter(y_peer.tolist())
    assert sampler.sampling_strategy_ == dict(peer.sampling_strategy_)
    assert sampler.sample_indices_.shape == peer.sample_indices_.shape


def test_rows_come_first_and_again() -> None:
    X, y = make_table()
    sampler = RandomOverSampler(random_state=0)
    X_out, y_out = sampler.fit_resample(X, y)
    n_new = 180 - y.size
    np.testing.assert_array_equal(X_out, X[sampler.sample_indices_])
    np.testing.assert_array_equal(y_out, y[sampler.sample_indices_])
    np.testing.assert_array_equal(sampler.sample_indices_[: y.size], np.arange(y.size))
    assert sampler.parents_.shape == sampler.parent_weights_.shape == (n_new, 1)
    assert sampler.parents_[:, 0].tolist() == sampler.sample_indices_[y.size :].tolist()
    assert (sampler.parent_weights_ == 1).all()
    assert sampler.shrinkage_ is None


@given(st.integers(1, 20), st.integers(0, 70), st.integers(0, 2**32 - 1))
def test_repeats_are_balanced(n_rows: int, n_new: int, seed: int) -> None:
    X, y = np.zeros((n_rows + 5, 1)), np.repeat([0, 1], [5, n_rows])
    sampler = RandomOverSampler(
        sampling_strategy={1: n_rows + n_new}, random_state=seed
    )
    sampler.fit_resample(X, y)
    uses = np.bincount(sampler.parents_[:, 0], minlength=y.size)
    assert (uses[:5] == 0).all()
    assert set(uses[5:]) <= {n_new // n_rows, -(-n_new // n_rows)}


def test_who_comes_once_more_is_random() -> None:
    X, y = np.zeros((27, 1)), np.repeat([0, 1], [20, 7])
    uses = np.zeros(7)
    for seed in range(400):
        sampler = RandomOverSampler(sampling_strategy={1: 10}, random_state=seed)
        sampler.fit_resample(X, y)
        uses += np.bincount(sampler.parents_[:, 0] - 20, minlength=7)
    assert stats.chisquare(uses).pvalue > 1e-4


def test_classes_have_draws_of_their_own() -> None:
    X, y = np.zeros((120, 1)), np.repeat([0, 1, 2], [60, 30, 30])
    sampler = RandomOverSampler(sampling_strategy={1: 40, 2: 40}, random_state=0)
    sampler.fit_resample(X, y)
    first, second = sampler.parents_[:10, 0] - 60, sampler.parents_[10:, 0] - 90
    assert set(first) != set(second)


def test_balanced_classes_get_no_rows() -> None:
    X, y = make_table((9, 9))
    sampler = RandomOverSampler()
    X_out, _ = sampler.fit_resample(X, y)
    np.testing.assert_array_equal(X_out, X)
    assert sampler.parents_.shape == sampler.parent_weights_.shape == (0, 1)


def test_one_row_is_enough() -> None:
    X_out, _ = RandomOverSampler().fit_resample([[0.0], [1.0], [2.0]], [0, 0, 1])
    assert X_out == [[0.0], [1.0], [2.0], [2.0]]


Y = np.array([0, 0, 0, 1])
CONTAINERS = [
    np.array([[1, 2], [3, 4], [5, 6], [7, 8]], np.uint8),
    np.asfortranarray(np.array([[1, 2], [3, 4], [5, np.inf], [7, np.nan]])),
    np.array([["a", 1], ["b", None], ["c", 2.5], ["d", "x"]], object),
    np.array([["a", "b"], ["c", "d"], ["e", "f"], ["g", "h"]]),
    np.array([["2025-01-01"], ["2025-01-02"], ["NaT"], ["2025-01-03"]], "M8[D]"),
    np.arange(24).reshape(4, 3, 2),
    [[1, "a"], [2, None], [3, "b"], [4, "c"]],
    ([1.5], [2.5], [3.5], [4.5]),
    ["one text", "another", "third", ""],
    np.array(["one text", "another", "third", ""], object),
    pd.Series(["one text", "another", "third", None], name="text"),
    pl.Series("text", ["one text", "another", "third", None]),
    pd.DataFrame(
        {
            "category": pd.Categorical(["a", "b", "a", None], ["b", "unseen", "a"]),
            "string": pd.array(["x", None, "y", "z"], dtype="string"),
            "whole": pd.array([1, None, 2**60 + 1, 4], dtype="Int64"),
            "time": pd.to_datetime(["2025-01-01"] * 3 + [None], utc=True),
            "single": np.array([0.5, 1.5, np.nan, np.inf], np.float32),
            "object": [[], {}, None, ()],
        },
        index=["r", "s", "s", "t"],
    ),
    pd.DataFrame({"a": [0.0, 1, 0, 2]}, dtype=pd.SparseDtype(float, 0)),
    pl.DataFrame(
        {
            "enum": pl.Series(["a", "b", None, "a"], dtype=pl.Enum(["b", "a", "c"])),
            "list": [[1], [], None, [2, 3]],
            "number": [1.5, None, float("nan"), 4],
        }
    ),
]


@pytest.mark.parametrize("X", CONTAINERS, ids=lambda X: type(X).__name__)
def test_any_container_is_copied_as_it_is(X: Any) -> None:
    X_out, _ = RandomOverSampler().fit_resample(X, Y)
    rows = [0, 1, 2, 3, 3, 3]
    assert type(X_out) is (list if isinstance(X, tuple) else type(X))
    if isinstance(X, pd.DataFrame):
        pd.testing.assert_frame_equal(X_out, X.iloc[rows].reset_index(drop=True))
    elif isinstance(X, pd.Series):
        pd.testing.assert_series_equal(X_out, X.iloc[rows].reset_index(drop=True))
    elif isinstance(X, pl.DataFrame | pl.Series):
        assert X_out.equals(X[rows])
    elif isinstance(X, np.ndarray):
        assert X_out.dtype == X.dtype
        np.testing.assert_array_equal(X_out, X[rows])
    else:
        assert X_out == [X[row] for row in rows]


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "lil", "dok", "dia", "bsr"])
@pytest.mark.parametrize("kind", [sparse.csr_array, sparse.csr_matrix])
def test_sparse_formats_come_back(form: str, kind: type) -> None:
    X = kind(np.array([[0, 1], [0, 0], [2, 0], [3, 4]])).asformat(form)
    X_out, _ = RandomOverSampler().fit_resample(X, Y)
    assert type(X_out) is type(X)
    assert X_out.dtype == X.dtype
    np.testing.assert_array_equal(X_out.toarray(), X.toarray()[[0, 1, 2, 3, 3, 3]])


def test_names_and_width_are_noted() -> None:
    frame = pd.DataFrame({"a": ["x"] * 4, "b": [1, 2, 3, 4]})
    sampler = RandomOverSampler().fit(frame, Y)
    assert sampler.feature_names_in_.tolist() == ["a", "b"]
    assert sampler.n_features_in_ == 2
    assert not hasattr(
        RandomOverSampler().fit(["a", "b", "c", "d"], Y), "n_features_in_"
    )


def test_documents_can_be_repeated_inside_a_classifier() -> None:
    texts = ["good film", "good cast", "fine film", "good plot", "dull film"]
    y = ["yes", "yes", "yes", "yes", "no"]
    model = make_pipeline(CountVectorizer(), MultinomialNB())
    classifier = ResampledClassifier(model, sampler=RandomOverSampler(), random_state=0)
    classifier.fit(texts, y)
    assert classifier.estimator_[-1].class_count_.tolist() == [4, 4]
    assert classifier.predict(["dull cast"]).tolist() == ["no"]


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.zeros(4), "Expected 2D array, got 1D array"),
        ([1, 2, 3, 4], "Expected 2D array, got 1D array"),
        (np.zeros((4, 0)), r"0 feature\(s\)"),
        (pd.DataFrame(index=range(4)), r"0 feature\(s\)"),
        (np.zeros((4, 2), complex), "Complex data not supported"),
        (sparse.csr_array(np.zeros((4, 2), complex)), "Complex data not supported"),
        (np.zeros((3, 2)), "inconsistent numbers of samples"),
        (["a", "b", "c"], "inconsistent numbers of samples"),
        (np.float64(3), "Expected 2D array, got scalar"),
    ],
    ids=lambda value: "",
)
def test_shapes_are_checked(X: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RandomOverSampler().fit_resample(X, Y)


# Weights


def test_weights_go_with_the_rows() -> None:
    X, y = make_table()
    weights = np.random.RandomState(1).uniform(size=y.size)
    sampler = RandomOverSampler(random_state=0)
    _, _, out = sampler.fit_resample(X, y, sample_weight=weights)
    np.testing.assert_array_equal(out, weights[sampler.sample_indices_])


@pytest.mark.parametrize("shrinkage", [None, 1.0])
def test_rows_of_weight_zero_are_as_good_as_removed(shrinkage: float | None) -> None:
    X, y = make_table((40, 12))
    weights = np.random.RandomState(1).randint(0, 2, size=y.size) * 2.0
    kept = weights > 0
    sampler = RandomOverSampler(
        sampling_strategy={1: 50}, random_state=0, shrinkage=shrinkage
    )
    X_out, _, _ = sampler.fit_resample(X, y, sample_weight=weights)
    n_new = 50 - 12
    smaller = RandomOverSampler(
        sampling_strategy={1: int((y[kept] == 1).sum()) + n_new},
        random_state=0,
        shrinkage=shrinkage,
    )
    expected, _ = smaller.fit_resample(X[kept], y[kept])
    np.testing.assert_array_equal(X_out[-n_new:], expected[-n_new:])
    np.testing.assert_array_equal(X_out[: y.size], X)


def test_class_without_weight_is_named() -> None:
    X, y = make_table((9, 4))
    message = "Class 1 has no sample of positive weight to repeat"
    with pytest.raises(ValueError, match=message):
        RandomOverSampler().fit_resample(X, y, sample_weight=y == 0)


# Smoothing


def peer_scale(X: np.ndarray, y: np.ndarray, label: int, shrinkage: Any) -> np.ndarray:
    """Standard deviations of imbalanced-learn's noise, read off its result."""
    strategy = {label: int((y == label).sum()) + 1}
    X_out, _ = Peer(
        sampling_strategy=strategy, random_state=0, shrinkage=shrinkage
    ).fit_resample(X, y)
    generator = np.random.RandomState(0)
    (base,) = generator.choice(np.flatnonzero(y == label), size=1, replace=True)
    return (X_out[-1] - X[base]) / generator.randn(1, X.shape[1])[0]


@pytest.mark.parametrize("shrinkage", [0.3, {0: 0.1, 1: 2.0, 2: 0.7}])
@pytest.mark.parametrize("n_features", [1, 4])
def test_noise_has_the_law_of_imbalanced_learn(shrinkage: Any, n_features: int) -> None:
    X, y = make_table(n_features=n_features)
    X *= 10.0 ** np.arange(n_features)
    sampler = RandomOverSampler(
        sampling_strategy={1: 8_023, 2: 8_031}, random_state=0, shrinkage=shrinkage
    )
    X_out, _ = sampler.fit_resample(X, y)
    noise = X_out[y.size :] - X[sampler.parents_[:, 0]]
    noise[:8_000] /= peer_scale(X, y, 1, shrinkage)
    noise[8_000:] /= peer_scale(X, y, 2, shrinkage)
    for part in (noise[:8_000], noise[8_000:]):
        for j in range(n_features):
            assert stats.kstest(part[:, j], "norm").pvalue > 1e-4
    if n_features > 1:
        correlations = np.corrcoef(noise.T)[np.triu_indices(n_features, 1)]
        assert abs(correlations).max() < 5 / np.sqrt(16_000)
    np.testing.assert_array_equal(X_out[: y.size], X)


def test_noise_is_proportional_to_shrinkage() -> None:
    X, y = make_table()
    plain, _ = RandomOverSampler(random_state=0).fit_resample(X, y)
    once, _ = RandomOverSampler(random_state=0, shrinkage=1).fit_resample(X, y)
    twice, _ = RandomOverSampler(random_state=0, shrinkage=2.0).fit_resample(X, y)
    zero, _ = RandomOverSampler(random_state=0, shrinkage=0).fit_resample(X, y)
    np.testing.assert_allclose(twice - plain, 2 * (once - plain), atol=1e-12)
    np.testing.assert_array_equal(zero, plain)
    assert (once[y.size :] != plain[y.size :]).all()


def test_shrinkage_is_noted_for_the_classes_that_grow() -> None:
    X, y = make_table()
    assert RandomOverSampler(shrinkage=0.5).fit(X, y).shrinkage_ == {1: 0.5, 2: 0.5}
    sampler = RandomOverSampler(shrinkage={2: 1, 1: 0, 0: 7}).fit(X, y)
    assert sampler.shrinkage_ == {1: 0.0, 2: 1.0}


@pytest.mark.parametrize("form", ["csr", "csc", "coo"])
def test_sparse_rows_are_smoothed_like_dense_ones(form: str) -> None:
    X, y = make_table(n_features=5)
    X[np.abs(X) < 0.5] = 0
    X[y == 1, 3] = 0  # does not vary in the class, so stays empty
    sampler = RandomOverSampler(random_state=0, shrinkage=0.5)
    expected, _ = sampler.fit_resample(X, y)
    X_out, _ = sampler.fit_resample(sparse.csr_array(X).asformat(form), y)
    assert X_out.format == form
    np.testing.assert_allclose(X_out.toarray(), expected, atol=1e-14)
    rows = np.flatnonzero(y[sampler.sample_indices_] == 1)
    assert X_out.tocsc()[:, [3]].tocsr()[rows].nnz == 0


def test_frames_are_smoothed_like_arrays() -> None:
    X, y = make_table()
    sampler = RandomOverSampler(random_state=0, shrinkage=0.5)
    expected, _ = sampler.fit_resample(X, y)
    frame = pd.DataFrame(X, columns=list("abc"))
    for X_in in (frame, pl.from_pandas(frame)):
        X_out, _ = sampler.fit_resample(X_in, y)
        assert type(X_out) is type(X_in)
        np.testing.assert_array_equal(X_out.to_numpy(), expected)
    out, _ = sampler.fit_resample(X.astype(np.float32), y)
    assert out.dtype == np.float32
    np.testing.assert_allclose(out, expected, rtol=1e-4, atol=1e-5)


def test_integers_stay_in_their_range() -> None:
    generator = np.random.RandomState(0)
    y = np.repeat([0, 1], [400, 60])
    X = np.where(generator.uniform(size=(460, 2)) < 0.5, 0, 255).astype(np.uint8)
    X[y == 0] = 7
    out, _ = RandomOverSampler(random_state=0, shrinkage=3.0).fit_resample(X, y)
    assert out.dtype == np.uint8
    new = out[460:]
    assert new.min() == 0
    assert new.max() == 255
    assert np.unique(new).size > 50
    frame = pd.DataFrame(
        {
            "flag": generator.uniform(size=460) < 0.5,
            "count": pd.array(generator.randint(3, 6, size=460), dtype="Int16"),
            "size": generator.normal(size=460),
        }
    )
    out, _ = RandomOverSampler(random_state=0, shrinkage=3.0).fit_resample(frame, y)
    assert out.dtypes.tolist() == frame.dtypes.tolist()
    assert 0.3 < out["flag"][460:].mean() < 0.7
    assert set(out["count"][460:]) == {3, 4, 5}


def test_missing_values_stay_missing() -> None:
    X, y = make_table()
    X[np.random.RandomState(0).uniform(size=X.shape) < 0.2] = np.nan
    X[y == 2, 0] = np.nan
    sampler = RandomOverSampler(random_state=0, shrinkage=1.0)
    out, _ = sampler.fit_resample(X, y)
    np.testing.assert_array_equal(np.isnan(out), np.isnan(X[sampler.sample_indices_]))


def test_constant_columns_are_not_moved() -> None:
    X, y = make_table()
    X[:, 1] = 0.1
    out, _ = RandomOverSampler(random_state=0, shrinkage=1.0).fit_resample(X, y)
    assert (out[:, 1] == 0.1).all()


def test_scale_of_columns_does_not_matter() -> None:
    X, y = make_table()
    sampler = RandomOverSampler(random_state=0, shrinkage=1.0)
    expected, _ = sampler.fit_resample(X, y)
    factors = np.array([2.0**1000, 2.0**-500, 1.0])
    out, _ = sampler.fit_resample(X * factors, y)
    np.testing.assert_allclose(out / factors, expected, rtol=1e-12)


@pytest.mark.parametrize(
    "X",
    [
        np.array([["a"], ["b"], ["c"], ["d"]], object),
        pd.DataFrame({"a": ["x", "y", "z", "x"]}),
        pl.DataFrame({"a": ["x", "y", "z", "x"]}),
    ],
    ids=lambda X: type(X).__name__,
)
def test_strings_cannot_be_smoothed(X: Any) -> None:
    message = r"computes with numbers.*pass shrinkage=None|could not convert"
    with pytest.raises(ValueError, match=message):
        RandomOverSampler(shrinkage=1.0).fit_resample(X, Y)


def test_infinity_cannot_be_smoothed() -> None:
    X, y = make_table()
    X[3, 1] = np.inf
    with pytest.raises(ValueError, match="contains infinity"):
        RandomOverSampler(shrinkage=1.0).fit_resample(X, y)


def test_class_that_grows_needs_a_factor() -> None:
    X, y = make_table()
    message = r"shrinkage has no factor for class 2, .* give one for each of \[1, 2\]"
    with pytest.raises(ValueError, match=message):
        RandomOverSampler(shrinkage={1: 0.5}).fit_resample(X, y)


@pytest.mark.parametrize("factor", [-0.1, np.nan, np.inf, None, "much"])
def test_factor_must_be_a_number(factor: Any) -> None:
    X, y = make_table()
    message = r"shrinkage of class 1 is .*; it must be a number of at least 0"
    with pytest.raises(ValueError, match=message):
        RandomOverSampler(shrinkage={1: factor, 2: 1}).fit_resample(X, y)


@pytest.mark.parametrize("shrinkage", [None, 1.0])
def test_result_does_not_depend_on_layout(shrinkage: float | None, layout: Any) -> None:
    X, y = make_table()
    sampler = RandomOverSampler(random_state=0, shrinkage=shrinkage)
    expected, _ = sampler.fit_resample(X, y)
    found, _ = sampler.fit_resample(layout(X), y)
    np.testing.assert_array_equal(found, expected)


def test_prior_calibration_is_exact() -> None:
    # Repeating a whole class k times adds log(k) to the intercept and nothing else,
    # up to the penalty, which is next to nothing here.
    X, y = make_table((300, 100), n_features=2)
    model = LogisticRegression(C=1e8, tol=1e-8, max_iter=1000)
    classifier = ResampledClassifier(
        model, sampler=RandomOverSampler(), calibrate="prior", random_state=0
    ).fit(X, y)
    assert classifier.prior_ratio_.tolist() == pytest.approx([1.5, 0.5])
    weighted = model.fit(X, y, sample_weight=np.where(y == 1, 3, 1))
    raw = classifier.estimator_.predict_proba(X)
    np.testing.assert_allclose(raw, weighted.predict_proba(X), atol=1e-3)
