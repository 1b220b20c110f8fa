# SPDX-License-Identifier: BSD-3-Clause
"""SMOTER: which bins, which rows stay, where the new ones lie, and their targets."""

import pickle
from collections.abc import Callable

import hypothesis.extra.numpy as hnp
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from imblearn.pipeline import make_pipeline
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse, stats
from sklearn import config_context
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.metrics.pairwise import nan_euclidean_distances

from skx.resampling import SMOTER, _kernels, relevance


def make_table(n: int = 300, d: int = 3, seed: int = 0) -> tuple[np.ndarray, ...]:
    """Gaussian rows and a target with outliers on both sides, in random order."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    return X, np.sinh(1.3 * X[:, 0]) + 0.1 * rng.normal(size=n)


def resample(X, y, **parameters):
    sampler = SMOTER(**{"random_state": 0} | parameters)
    return *sampler.fit_resample(X, y), sampler


def bins_of(y: np.ndarray, sampler: SMOTER) -> np.ndarray:
    """Bin of each value, from the limits that the sampler tells."""
    low, high = sampler.bin_limits_.T
    inside = (low <= y[:, np.newaxis]) & (y[:, np.newaxis] <= high)
    assert (inside.sum(axis=1) == 1).all()
    return inside.argmax(axis=1)


def blocks(sampler: SMOTER) -> list[slice]:
    """Where the new rows of each bin are among the new rows."""
    before, after = sampler.bin_counts_.T
    stops = np.cumsum(np.maximum(after - before, 0))
    return [slice(a, b) for a, b in zip([0, *stops], stops, strict=False)]


# Bins


@pytest.mark.parametrize("kind", ["both", "high", "low"])
@pytest.mark.parametrize("threshold", [0.1, 0.8, 1.0])
def test_bins_are_runs_of_rare_and_common_values(kind: str, threshold: float) -> None:
    X, y = make_table()
    sampler = SMOTER(kind=kind, threshold=threshold).fit(X, y)
    values = np.sort(y)
    rare = relevance(values, kind=kind) >= threshold
    # One run after the other, by hand.
    runs = [[0]]
    for i in range(1, len(values)):
        if rare[i] == rare[i - 1]:
            runs[-1].append(i)
        else:
            runs.append([i])
    limits = [(values[run[0]], values[run[-1]]) for run in runs]
    assert_array_equal(sampler.bin_limits_, limits)
    assert_array_equal(sampler.bin_is_rare_, [rare[run[0]] for run in runs])
    assert_array_equal(sampler.bin_counts_[:, 0], [len(run) for run in runs])
    assert len(runs) == (3 if kind == "both" else 2)


def test_bins_between_control_points() -> None:
    y = np.arange(12.0)
    points = [[0, 0], [3, 1], [6, 0], [9, 1], [11, 0]]
    sampler = SMOTER(control_points=points).fit(y.reshape(-1, 1), y)
    assert sampler.bin_limits_.tolist() == [[0, 2], [3, 3], [4, 8], [9, 9], [10, 11]]
    assert sampler.bin_is_rare_.tolist() == [False, True, False, True, False]
    assert_array_equal(sampler.control_points_, points)


def test_equal_targets_are_in_one_bin() -> None:
    y = np.repeat([0.0, 1, 2, 9], [5, 50, 5, 7])
    X = np.random.default_rng(0).normal(size=(y.size, 2))
    sampler = SMOTER(sampling_strategy="oversample", k_neighbors=4, random_state=0)
    _, y_out = sampler.fit_resample(X, y)
    assert sampler.bin_counts_[:, 0].tolist() == [5, 50, 12]
    assert_array_equal(np.unique(y_out[y.size :][:45]), [0])


def test_control_points_rate_other_values() -> None:
    X, y = make_table()
    sampler = SMOTER().fit(X, y)
    found = relevance(y, control_points=sampler.control_points_)
    assert_allclose(found, relevance(y), atol=1e-12)


# How many


def test_strategies_by_hand() -> None:
    y = np.concatenate([np.full(6, -9.0), np.linspace(-1, 1, 80), np.full(14, 9.0)])
    X = np.random.default_rng(0).normal(size=(100, 2))
    points = [[-8, 1], [-2, 0], [2, 0], [8, 1]]
    for strategy, expected in [
        ("balance", [34, 33, 33]),
        # In proportion to 1/6 : 1/80 : 1/14.
        ("extreme", [67, 5, 28]),
        ("oversample", [80, 80, 80]),
        ({"rare": 2.5}, [15, 80, 35]),
        ({"common": 0.25}, [6, 20, 14]),
        ({"rare": 0.5, "common": 1.1}, [3, 88, 7]),
        ({"common": 1e-9}, [6, 1, 14]),
        ({}, [6, 80, 14]),
    ]:
        X_out, y_out, sampler = resample(
            X, y, sampling_strategy=strategy, control_points=points
        )
        assert sampler.bin_counts_[:, 1].tolist() == expected
        found = np.bincount(bins_of(y_out, sampler), minlength=3)
        assert found.tolist() == expected
        assert len(X_out) == sum(expected)


@pytest.mark.parametrize("strategy", ["balance", "extreme"])
@given(sizes=st.lists(st.integers(1, 3000), min_size=2, max_size=8))
def test_total_is_kept(strategy: str, sizes: list[int]) -> None:
    y = np.repeat(np.arange(len(sizes), dtype=float), sizes)
    points = [[i, i % 2] for i in range(len(sizes))]
    sampler = SMOTER(sampling_strategy=strategy, control_points=points)
    before, after = sampler.fit(np.zeros((y.size, 1)), y).bin_counts_.T
    assert before.tolist() == sizes
    share = 1 / before if strategy == "extreme" else np.ones(len(sizes))
    quota = share / share.sum() * y.size
    assert (np.abs(after - quota) < 1 + 1e-9).all()
    assert after.min() > 0
    assert after.sum() == y.size or after.min() == 1


# Rows


def test_rows_that_stay_come_first_in_order_and_untouched(
    layout: Callable, float_dtype: type
) -> None:
    X, y = make_table()
    X = layout(X.astype(float_dtype))
    X_out, y_out, sampler = resample(X, y)
    kept = sampler.kept_indices_
    assert X_out.dtype == float_dtype
    assert (np.diff(kept) > 0).all()
    assert X_out[: kept.size].tobytes() == X[kept].tobytes()
    assert_array_equal(y_out[: kept.size], y[kept])
    before, after = sampler.bin_counts_.T
    codes = bins_of(y, sampler)
    assert_array_equal(np.bincount(codes[kept]), np.minimum(before, after))
    # New rows, bin by bin.
    grown = np.repeat(np.arange(before.size), np.maximum(after - before, 0))
    assert_array_equal(codes[sampler.parents_[:, 0]], grown)
    assert_array_equal(codes[sampler.parents_[:, 1]], grown)
    assert_array_equal(bins_of(y_out[kept.size :], sampler), grown)


@pytest.mark.parametrize("k", [1, 5, 14])
def test_rows_lie_between_neighbours_of_one_bin(k: int, float_dtype: type) -> None:
    X, y = make_table()
    X = X.astype(float_dtype)
    X_out, y_out, sampler = resample(X, y, k_neighbors=k)
    n_kept, shares = sampler.kept_indices_.size, sampler.parent_weights_
    pairs = X[sampler.parents_].astype(float)
    mixed = (shares[:, :, np.newaxis] * pairs).sum(axis=1)
    tolerance = 1e-5 if float_dtype == np.float32 else 1e-14
    assert_allclose(X_out[n_kept:], mixed, rtol=0, atol=tolerance)
    assert_allclose(y_out[n_kept:], (shares * y[sampler.parents_]).sum(axis=1))
    assert not sampler.is_noisy_.any()
    codes = bins_of(y, sampler)
    for base, partner in sampler.parents_:
        others = np.flatnonzero(codes == codes[base])
        others = others[others != base]
        distances = ((X[others].astype(float) - X[base].astype(float)) ** 2).sum(axis=1)
        assert partner in others[np.lexsort((others, distances))][:k]


def test_target_is_weighted_by_the_distances_to_the_other_parent() -> None:
    # The formula of the paper, from the rows alone.
    X, y = make_table(d=4)
    X_out, y_out, sampler = resample(X, y)
    n_kept = sampler.kept_indices_.size
    base, partner = sampler.parents_.T
    d1 = np.linalg.norm(X_out[n_kept:] - X[base], axis=1)
    d2 = np.linalg.norm(X_out[n_kept:] - X[partner], axis=1)
    expected = (d2 * y[base] + d1 * y[partner]) / (d1 + d2)
    assert_allclose(y_out[n_kept:], expected, rtol=1e-9)


def test_rows_of_a_bin_serve_as_base_equally_often() -> None:
    X, y = make_table()
    _, _, sampler = resample(X, y, sampling_strategy="oversample")
    codes = bins_of(y, sampler)
    for code, block in enumerate(blocks(sampler)):
        uses = np.bincount(sampler.parents_[block, 0], minlength=y.size)[codes == code]
        assert np.ptp(uses) <= 1


def test_rows_to_remove_are_a_random_subset() -> None:
    X, y = make_table(100)
    kept = np.zeros(100)
    for seed in range(400):
        sampler = SMOTER(sampling_strategy={"common": 0.5}, random_state=seed)
        sampler.fit_resample(X, y)
        kept[sampler.kept_indices_] += 1
    common = bins_of(y, sampler) == np.flatnonzero(~sampler.bin_is_rare_)
    assert (kept[~common] == 400).all()
    # Variance of a draw without replacement, so that the test is not too lenient.
    n = common.sum()
    statistic = ((kept[common] - 200) ** 2).sum() / 100 * (n - 1) / n
    assert 1e-3 < stats.chi2(n - 1).cdf(statistic) < 1 - 1e-3


def test_bins_have_their_own_draws() -> None:
    X = np.random.default_rng(0).normal(size=(20, 2))
    X = np.vstack([X, X + 64, np.random.default_rng(1).normal(size=(100, 2))])
    y = np.repeat([-50.0, 50.0, 0.0], [20, 20, 100])
    points = [[-9, 1], [0, 0], [9, 1]]
    _, _, sampler = resample(
        X, y, sampling_strategy="oversample", control_points=points
    )
    first, _, second = (sampler.parent_weights_[b, 1] for b in blocks(sampler))
    assert first.size == second.size == 80
    assert not np.isin(first, second).any()


# What must change nothing


@pytest.mark.parametrize("noise", [None, "gaussian"])
def test_layout_and_threads_change_nothing(layout: Callable, noise: str | None) -> None:
    X, y = make_table()
    X[::7, 1] = np.nan
    expected = resample(X, y, noise=noise)
    for n_jobs in (1, 2):
        found = resample(layout(X), y, noise=noise, n_jobs=n_jobs)
        assert_array_equal(found[0], expected[0])
        assert_array_equal(found[1], expected[1])


def test_sparse_is_as_dense() -> None:
    X, y = make_table(d=6)
    X[np.abs(X) < 1] = 0
    expected, y_expected, _ = resample(X, y)
    for kind in (
        sparse.csr_array,
        sparse.csc_matrix,
        sparse.coo_array,
        sparse.lil_array,
    ):
        X_out, y_out, _ = resample(kind(X), y)
        assert type(X_out) is kind
        assert_allclose(X_out.toarray(), expected, atol=1e-14)
        assert_array_equal(y_out, y_expected)


def test_seeds() -> None:
    X, y = make_table()
    first, *_ = resample(X, y)
    again, *_ = resample(X, y)
    other, *_ = resample(X, y, random_state=1)
    assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    state = np.random.RandomState(0)
    moved = [resample(X, y, random_state=state)[0] for _ in range(2)]
    assert not np.array_equal(*moved)


def test_clone_and_pickle_give_the_same() -> None:
    X, y = make_table()
    sampler = SMOTER(noise="gaussian", kind="high", random_state=3)
    expected, _ = sampler.fit_resample(X, y)
    for copy in (clone(sampler), pickle.loads(pickle.dumps(sampler))):
        assert_array_equal(copy.fit_resample(X, y)[0], expected)


def test_input_is_never_changed() -> None:
    X, y = make_table()
    X_before, y_before = X.copy(), y.copy()
    resample(X, y, noise="gaussian")
    assert_array_equal(X, X_before)
    assert_array_equal(y, y_before)


def test_works_in_the_pipelines_of_imblearn() -> None:
    X, y = make_table()
    model = make_pipeline(SMOTER(random_state=0), Ridge()).fit(X, y)
    by_hand = Ridge().fit(*resample(X, y)[:2])
    assert_array_equal(model.predict(X), by_hand.predict(X))


# Noise


def test_distance_kernel_is_nan_euclidean() -> None:
    X, _ = make_table(30, 4)
    X[np.random.default_rng(0).random(X.shape) < 0.3] = np.nan
    X[3] = np.nan
    expected = nan_euclidean_distances(X)
    expected[np.isnan(expected)] = np.inf
    out = np.empty(30)
    for row in range(30):
        _kernels.measure_distances(X, row, out)
        expected[row, row] = np.inf if row == 3 else 0
        assert_allclose(out, expected[row], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("missing", [False, True])
def test_noise_is_for_partners_beyond_half_the_median_distance(missing: bool) -> None:
    X, y = make_table(400)
    if missing:
        X[np.random.default_rng(0).random(X.shape) < 0.1] = np.nan
    _, _, sampler = resample(X, y, noise="gaussian", sampling_strategy="oversample")
    codes = bins_of(y, sampler)
    expected = []
    for base, partner in sampler.parents_:
        others = np.flatnonzero(codes == codes[base])
        others = others[others != base]
        distances = nan_euclidean_distances(X[[base]], X[others])[0]
        distances[np.isnan(distances)] = np.inf
        reach = distances[others == partner][0]
        expected.append(reach >= np.median(distances) / 2)
    assert_array_equal(sampler.is_noisy_, expected)
    assert 0.1 < sampler.is_noisy_.mean() < 0.9


def test_other_rows_are_those_without_noise() -> None:
    X, y = make_table()
    X_plain, y_plain, plain = resample(X, y)
    X_out, y_out, sampler = resample(X, y, noise="gaussian")
    assert_array_equal(sampler.kept_indices_, plain.kept_indices_)
    assert_array_equal(sampler.parents_, plain.parents_)
    same = np.ones(len(y_out), bool)
    same[sampler.kept_indices_.size :] = ~sampler.is_noisy_
    assert_array_equal(X_out[same], X_plain[same])
    assert_array_equal(y_out[same], y_plain[same])
    assert (X_out[~same] != X_plain[~same]).any(axis=1).all()
    noisy, weights = sampler.is_noisy_, sampler.parent_weights_
    assert_array_equal(weights[noisy], np.tile([1.0, 0.0], (noisy.sum(), 1)))
    assert_array_equal(weights[~noisy], plain.parent_weights_[~noisy])


def test_noise_is_normal_in_units_of_the_bin() -> None:
    X, y = make_table(500)
    X, y = X * 1000, y / 1000
    X_out, y_out, sampler = resample(
        X, y, noise="gaussian", noise_scale=0.05, sampling_strategy={"rare": 80}
    )
    codes = bins_of(y, sampler)
    noisy = np.flatnonzero(sampler.is_noisy_)
    bases, new = sampler.parents_[noisy, 0], noisy + sampler.kept_indices_.size
    values = np.column_stack([X, y])
    spread = np.array([values[codes == code].std(axis=0) for code in range(3)])
    moved = np.column_stack([X_out, y_out])[new] - values[bases]
    normal = moved / (0.05 * spread[codes[bases]])
    assert noisy.size > 1000
    low, high = values.min(axis=0), values.max(axis=0)
    for j in range(4):
        # Some rows at the edge were held back by the range of the column.
        room = 4 * 0.05 * spread[codes[bases], j]
        inner = (values[bases, j] > low[j] + room) & (values[bases, j] < high[j] - room)
        assert inner.sum() > 500
        assert stats.kstest(normal[inner, j], "norm").pvalue > 1e-3
    correlation = np.corrcoef(normal[inner].T) - np.eye(4)
    assert np.abs(correlation).max() < 0.15


def test_noise_stays_within_the_range_of_columns_and_target() -> None:
    rng = np.random.default_rng(0)
    y = np.concatenate([rng.uniform(0, 1, 90), rng.uniform(8, 9, 20)])
    X = np.column_stack(
        [rng.integers(0, 2, 110), rng.integers(250, 256, 110), rng.integers(0, 9, 110)]
    ).astype(np.uint8)
    X_out, y_out, sampler = resample(
        X, y, noise="gaussian", noise_scale=5, sampling_strategy={"rare": 50}
    )
    assert sampler.is_noisy_.sum() > 100
    assert X_out.dtype == np.uint8
    assert_array_equal(X_out.min(axis=0), X.min(axis=0))
    assert_array_equal(X_out.max(axis=0), X.max(axis=0))
    assert y_out.max() == y.max()
    assert y_out.min() == y.min()


def test_noise_leaves_missing_values_missing() -> None:
    X, y = make_table()
    X[::3, 2] = np.nan
    X[:, 0] = np.nan
    X_out, _, sampler = resample(X, y, noise="gaussian", noise_scale=0.5)
    new = X_out[sampler.kept_indices_.size :]
    assert sampler.is_noisy_.any()
    assert_array_equal(np.isnan(new), np.isnan(X[sampler.parents_[:, 0]]))


def test_noise_follows_the_unit_of_the_columns() -> None:
    X, y = make_table()
    X_out, y_out, _ = resample(X, y, noise="gaussian")
    for scale in (2.0**-40, 2.0**60):
        X_scaled, y_scaled, _ = resample(X * scale, y * 8, noise="gaussian")
        assert_allclose(X_scaled, X_out * scale, rtol=1e-12)
        assert_allclose(y_scaled, y_out * 8, rtol=1e-12)


# Awkward tables


@pytest.mark.parametrize("noise", [None, "gaussian"])
def test_duplicates_and_constant_columns_are_no_obstacle(noise: str | None) -> None:
    X, y = make_table(60)
    X = np.repeat(X, 5, axis=0)
    X[:, 2] = 7
    X_out, y_out, _ = resample(X, np.repeat(y, 5), noise=noise)
    assert np.isfinite(X_out).all()
    assert np.isfinite(y_out).all()
    assert (X_out[:, 2] == 7).all()


@pytest.mark.parametrize("noise", [None, "gaussian"])
@pytest.mark.parametrize("size", [1e307, 1e-310])
def test_extreme_floats_stay_finite(noise: str | None, size: float) -> None:
    X, y = make_table()
    X_out, y_out, _ = resample(X * size, y / 100 * size, noise=noise, noise_scale=9)
    assert np.isfinite(X_out).all()
    assert np.isfinite(y_out).all()


@given(
    X=hnp.arrays(float, (40, 2), elements=st.floats(-1e6, 1e6)),
    y=hnp.arrays(float, 40, elements=st.integers(-9, 9).map(float)),
    noise=st.sampled_from([None, "gaussian"]),
    strategy=st.sampled_from(["balance", "extreme", "oversample", {"rare": 2}]),
)
def test_any_table_keeps_the_promises(X, y, noise, strategy) -> None:
    sampler = SMOTER(
        control_points=[[-9, 1], [0, 0], [9, 1]],
        threshold=0.5,
        sampling_strategy=strategy,
        small_class="shrink",
        noise=noise,
        random_state=0,
    )
    is_rare = np.abs(y) >= 4.5
    runs = np.split(np.sort(y), 1 + np.flatnonzero(np.diff(is_rare[np.argsort(y)])))
    assume(len(runs) > 1)
    assume(min(map(len, runs)) > 1)
    X_out, y_out = sampler.fit_resample(X, y)
    n_kept = sampler.kept_indices_.size
    assert_array_equal(X_out[:n_kept], X[sampler.kept_indices_])
    counts = np.bincount(bins_of(y, sampler)[sampler.parents_[:, 0]], minlength=1)
    counts.resize(len(sampler.bin_counts_), refcheck=False)
    before, after = sampler.bin_counts_.T
    assert_array_equal(counts, np.maximum(after - before, 0))
    assert len(X_out) == len(y_out) == after.sum()
    low, high = X[sampler.parents_].min(axis=1), X[sampler.parents_].max(axis=1)
    between = (low <= X_out[n_kept:]) & (X_out[n_kept:] <= high)
    assert between[~sampler.is_noisy_].all()


# Weights


def test_rows_of_weight_zero_are_no_parents_and_weights_are_mixed() -> None:
    X, y = make_table()
    weight = np.random.default_rng(0).uniform(0.5, 2, y.size)
    weight[::3] = 0
    sampler = SMOTER(random_state=0, noise="gaussian")
    X_out, _, weight_out = sampler.fit_resample(X, y, sample_weight=weight)
    assert weight_out.shape == (len(X_out),)
    assert (weight[sampler.parents_] > 0).all()
    n_kept = sampler.kept_indices_.size
    assert_array_equal(weight_out[:n_kept], weight[sampler.kept_indices_])
    mixed = (sampler.parent_weights_ * weight[sampler.parents_]).sum(axis=1)
    assert_allclose(weight_out[n_kept:], mixed)


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (np.full(300, -1.0), r"sample_weight\[0\] is -1\.0"),
        (np.zeros(300), "non-zero number|is 0 for all 300 rows"),
        (np.ones(7), r"sample_weight.shape == \(7,\)"),
    ],
)
def test_bad_weights(weight: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SMOTER().fit_resample(*make_table(), sample_weight=weight)


def test_weights_can_be_requested() -> None:
    with config_context(enable_metadata_routing=True):
        sampler = SMOTER().set_fit_resample_request(sample_weight=True)
        requests = sampler.get_metadata_routing().fit_resample.requests
    assert requests == {"sample_weight": True}


# Containers

TARGETS = {
    "list": (lambda y: y.tolist(), list),
    "float32": (lambda y: y.astype(np.float32), np.ndarray),
    "int8": (lambda y: np.rint(y).astype(np.int8), np.ndarray),
    "series": (lambda y: pd.Series(y, index=range(9, 309), name="price"), pd.Series),
    "nullable": (lambda y: pd.Series(np.rint(y), dtype="Int32"), pd.Series),
    "frame": (lambda y: pd.DataFrame({"price": y}), pd.DataFrame),
    "polars": (lambda y: pl.Series("price", y), pl.Series),
    "polars frame": (lambda y: pl.DataFrame({"price": y}), pl.DataFrame),
}


@pytest.mark.filterwarnings("ignore:A column-vector y was passed")
@pytest.mark.parametrize("name", TARGETS)
def test_target_comes_back_as_what_it_was(name: str) -> None:
    X, y = make_table()
    convert, kind = TARGETS[name]
    given = convert(y)
    X_out, y_out, sampler = resample(X, given)
    assert type(y_out) is kind
    assert len(y_out) == len(X_out)
    if hasattr(given, "dtype"):
        assert y_out.dtype == given.dtype
    if hasattr(given, "name"):
        assert y_out.name == given.name
    values = np.asarray(given, float).ravel()
    found = np.asarray(y_out, float).ravel()
    n_kept = sampler.kept_indices_.size
    assert_array_equal(found[:n_kept], values[sampler.kept_indices_])
    mixed = (sampler.parent_weights_ * values[sampler.parents_]).sum(axis=1)
    tolerance = 0.5 if "int" in str(getattr(given, "dtype", "")).lower() else 1e-5
    assert_allclose(found[n_kept:], mixed, atol=tolerance)


@pytest.mark.filterwarnings("ignore:A column-vector y was passed")
def test_column_of_targets_stays_a_column() -> None:
    X, y = make_table()
    _, y_out, _ = resample(X, y.reshape(-1, 1))
    assert_array_equal(y_out, resample(X, y)[1].reshape(-1, 1))


def test_frames_come_back_as_what_they_were() -> None:
    X, y = make_table()
    expected, *_ = resample(X, y)
    frame = pd.DataFrame(X, columns=list("abc"), index=range(5, 305))
    frame["n"] = pd.array([1, None, 3] * 100, dtype="Int16")
    X_out, _, sampler = resample(frame, y)
    assert X_out.dtypes.tolist() == frame.dtypes.tolist()
    assert_array_equal(X_out.index, range(300))
    assert sampler.feature_names_in_.tolist() == ["a", "b", "c", "n"]
    X_out, _, _ = resample(pl.DataFrame(X, schema=list("abc")), y)
    assert isinstance(X_out, pl.DataFrame)
    assert_array_equal(X_out.to_numpy(), expected)
    assert_array_equal(resample(X.tolist(), y)[0], expected.tolist())


def test_nothing_to_do_gives_the_rows_back() -> None:
    X, y = make_table()
    X_out, y_out, sampler = resample(X, y, sampling_strategy={})
    assert_array_equal(X_out, X)
    assert_array_equal(y_out, y)
    assert not np.shares_memory(X_out, X)
    assert sampler.parents_.shape == sampler.parent_weights_.shape == (0, 2)
    assert_array_equal(sampler.kept_indices_, np.arange(300))


# Errors


def refuse(message: str, X=None, y=None, **parameters) -> None:
    table = make_table()
    X, y = table[0] if X is None else X, table[1] if y is None else y
    with pytest.raises(ValueError, match=message):
        SMOTER(**parameters).fit_resample(X, y)


def test_bins_that_are_too_small() -> None:
    y = np.append(np.zeros(50), [9.0, 9.5, 10])
    X = np.random.default_rng(0).normal(size=(53, 2))
    message = (
        r"y has 3 rows \(of positive weight, if there are weights\) in its bin from 9 "
        r"to 10, fewer than k_neighbors \+ 1 = 6; lower k_neighbors to 2, pass "
        "small_class='shrink', or lower threshold or coef"
    )
    refuse(message, X, y)
    X_out, _, sampler = resample(X, y, small_class="shrink")
    assert set(sampler.parents_.ravel()) == {50, 51, 52}
    assert len(X_out) == 53
    resample(X, y, k_neighbors=2)
    # A bin that does not grow may be small.
    resample(X, y, sampling_strategy={"common": 0.5})
    for policy in ("raise", "shrink"):
        message = r"y has 1 row .* in its bin from 10 to 10, .* = 6; lower threshold"
        refuse(message, X[2:], y[[*range(50), 52]], small_class=policy)


def test_weights_count_for_small_bins() -> None:
    X, y = make_table()
    sampler = SMOTER(kind="high", small_class="shrink")
    weight = np.where(y >= sampler.fit(X, y).bin_limits_[1, 0], 0.0, 1.0)
    with pytest.raises(ValueError, match=r"y has 0 rows .* in its bin"):
        sampler.fit_resample(X, y, sample_weight=weight)


def test_no_rare_values_or_nothing_else() -> None:
    X = np.zeros((20, 1))
    refuse("none is relevant; lower coef below 0.45", X, np.arange(20.0))
    points = [[0, 1], [9, 0]]
    refuse(
        "Every value of y has .* threshold=0.8", X, -np.ones(20), control_points=points
    )
    refuse(
        "No value of y has .* change threshold or",
        X,
        y=np.full(20, 9.0),
        control_points=points,
    )
    refuse("sort its rows", control_points=[[2, 0], [1, 1]])


@pytest.mark.parametrize(
    ("strategy", "message"),
    [
        ({"rar": 2}, r"has the keys \['rar'\]; it takes factors on the number of rows"),
        (
            {"rare": 0},
            r"sampling_strategy\['rare'\] is 0; it must be a positive number",
        ),
        ({"common": "half"}, r"sampling_strategy\['common'\] is 'half'"),
        ({"common": np.nan}, r"sampling_strategy\['common'\] is nan"),
        ("balanced", "The 'sampling_strategy' parameter of SMOTER"),
        (0.5, "The 'sampling_strategy' parameter of SMOTER"),
    ],
)
def test_bad_strategies(strategy: object, message: str) -> None:
    refuse(message, sampling_strategy=strategy)


@pytest.mark.parametrize(
    "parameters",
    [
        {"threshold": 0},
        {"threshold": 1.1},
        {"kind": "tails"},
        {"coef": -1},
        {"k_neighbors": 0},
        {"noise": "uniform"},
        {"noise_scale": 0},
        {"small_class": "skip"},
    ],
)
def test_bad_parameters(parameters: dict) -> None:
    (name,) = parameters
    refuse(f"The '{name}' parameter of SMOTER must be", **parameters)


def test_bad_input() -> None:
    X, y = make_table()
    frame = pd.DataFrame(X).assign(shop="north")
    refuse("y begins with 'a', .* a method for classes such as SMOTE", y=["a"] * 300)
    refuse("Input y contains NaN", y=np.where(y > 3, np.nan, y))
    refuse("Input y contains infinity", y=np.where(y > 3, np.inf, y))
    refuse(r"should be a 1d array, got an array of shape \(300, 2\)", y=X[:, :2])
    refuse("inconsistent numbers of samples", y=y[:-1])
    refuse("Input contains infinity", X=np.where(X > 2, np.inf, X))
    refuse("Expected 2D array, got 1D array", X=X[:, 0])
    refuse("Column 'shop' has dtype .* but SMOTER computes with numbers", X=frame)
    refuse("X has 1 sample; SMOTER needs at least 2", X=X[:1], y=y[:1])
    message = "X is sparse, but noise='gaussian' would leave no zero"
    refuse(message, X=sparse.csr_array(X), noise="gaussian")
    with pytest.raises(ValueError, match="requires y to be passed, but the target y"):
        SMOTER().fit_resample(X, None)
