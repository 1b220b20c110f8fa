# SPDX-License-Identifier: BSD-3-Clause
"""MultivariateGaussianSMOTE: the law of its rows, and whose they are."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import stats

from skx._random import draw_seed
from skx.resampling import MultivariateGaussianSMOTE, _kernels
from skx.resampling._base import ClassDraw

VECTORS = Path(__file__).parents[1] / "vectors" / "resampling_smote.npz"


def resample(X: Any, y: Any, **parameters: Any) -> tuple[Any, Any, Any]:
    sampler = MultivariateGaussianSMOTE(random_state=0, **parameters)
    return *sampler.fit_resample(X, y), sampler


def one_neighborhood(
    n_rows: int, n_features: int, n_new: int, **parameters: Any
) -> tuple[np.ndarray, np.ndarray]:
    """A class that is one neighbourhood, and many new rows of it."""
    generator = np.random.RandomState(0)
    mixing = generator.normal(size=(n_features, n_features))
    rows = generator.normal(size=(n_rows, n_features)) @ mixing + 5
    X = np.vstack([rows, np.zeros((n_rows + n_new, n_features))])
    y = np.repeat([1, 0], [n_rows, n_rows + n_new])
    X_out, _, _ = resample(X, y, n_neighbors=n_rows - 1, **parameters)
    return rows, X_out[len(X) :]


# Kernels


def draw_normals(size: int, index: int = 0) -> np.ndarray:
    out = np.empty(size)
    with np.errstate(over="ignore"):
        _kernels.draw_normals(draw_seed(0), 1, index, 4, out)
    return out


@pytest.mark.parametrize("size", [1, 2, 7])
def test_normals_are_box_and_muller_s(size: int) -> None:
    draw = ClassDraw(draw_seed(0), 1)
    index = 3
    share, angle = (
        np.array([draw.uniform(4 + j + p, index + 1)[index] for j in range(0, size, 2)])
        for p in (0, 1)
    )
    radius = np.sqrt(-2 * np.log1p(-share))
    pairs = [radius * np.cos(2 * np.pi * angle), radius * np.sin(2 * np.pi * angle)]
    expected = np.column_stack(pairs).ravel()[:size]
    np.testing.assert_allclose(draw_normals(size, index), expected, rtol=1e-13)


@pytest.mark.slow  # without compilation
def test_normals_are_normal_and_independent() -> None:
    z = draw_normals(100_000)
    assert stats.kstest(z, "norm").pvalue > 1e-3
    # Both members of a pair, and pairs that follow each other.
    for first, second in ((z[::2], z[1::2]), (z[1:-1:2], z[2::2])):
        assert stats.pearsonr(first, second).pvalue > 1e-3
        assert stats.pearsonr(first**2, second**2).pvalue > 1e-3


@pytest.mark.parametrize("k", [2, 5, 8])
@pytest.mark.parametrize("scale", [0.0, 1.0, 2.5])
def test_shares_have_the_moments_of_the_formula(k: int, scale: float) -> None:
    m = 4000
    shares = np.empty((m, k))
    with np.errstate(over="ignore"):
        _kernels.draw_gaussian_shares(scale, draw_seed(0), 0, 4, 0, shares)
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-12)
    covariance = scale / k * (np.eye(k) - 1 / k)
    error = np.sqrt(np.diag(covariance) / m)
    assert (np.abs(shares.mean(axis=0) - 1 / k) <= 5 * error + 1e-12).all()
    # A product of normals x, y has the variance var x var y + cov(x, y)^2.
    found = (shares - 1 / k).T @ (shares - 1 / k) / m
    variances = np.diag(covariance)
    error = np.sqrt((np.outer(variances, variances) + covariance**2) / m)
    assert (np.abs(found - covariance) <= 5 * error + 1e-12).all()


def test_shares_of_a_row_do_not_depend_on_its_piece() -> None:
    whole, piece = np.empty((10, 3)), np.empty((4, 3))
    with np.errstate(over="ignore"):
        _kernels.draw_gaussian_shares(1.0, draw_seed(0), 0, 4, 0, whole)
        _kernels.draw_gaussian_shares(1.0, draw_seed(0), 0, 4, 5, piece)
    np.testing.assert_array_equal(piece, whole[5:9])


def test_rows_are_mixed_as_by_a_matrix_product(float_dtype: type) -> None:
    generator = np.random.RandomState(0)
    X = generator.normal(size=(20, 4)).astype(float_dtype)
    parents = generator.randint(0, 20, (30, 5))
    shares = generator.normal(size=(30, 5))
    shares /= shares.sum(axis=1, keepdims=True)
    out = np.empty((30, 4), float_dtype)
    _kernels.mix_rows(X, parents, shares, out)
    expected = np.einsum("sj,sjd->sd", shares, X[parents].astype(float))
    tolerance = 1e-5 if float_dtype == np.float32 else 1e-10
    np.testing.assert_allclose(out, expected, rtol=tolerance, atol=tolerance)


# The law of new rows


@pytest.mark.parametrize("scale", [0.25, 1.0, 4.0])
def test_mean_and_covariance_are_those_of_the_neighborhood(scale: float) -> None:
    m, d = 8000, 4
    rows, new = one_neighborhood(9, d, m, scale=scale)
    mean, covariance = rows.mean(axis=0), scale * np.cov(rows.T, bias=True)
    error = np.sqrt(np.diag(covariance) / m)
    assert (np.abs(new.mean(axis=0) - mean) <= 5 * error).all()
    found = (new - mean).T @ (new - mean) / m
    variances = np.diag(covariance)
    error = np.sqrt((np.outer(variances, variances) + covariance**2) / m)
    assert (np.abs(found - covariance) <= 5 * error).all()


def test_law_is_that_of_a_cholesky_sampler() -> None:
    m, d = 8000, 4
    rows, new = one_neighborhood(9, d, m)
    mean, covariance = rows.mean(axis=0), np.cov(rows.T, bias=True)
    # What the published code does: factorise the covariance, map standard normals.
    factor = np.linalg.cholesky(covariance)
    brute = mean + np.random.RandomState(1).normal(size=(m, d)) @ factor.T
    for direction in np.random.RandomState(2).normal(size=(5, d)):
        pair = new @ direction, brute @ direction
        assert stats.ks_2samp(*pair).pvalue > 1e-3
    # Squared Mahalanobis distances tell joint from marginal normality.
    standard = np.linalg.solve(factor, (new - mean).T)
    assert stats.kstest(np.square(standard).sum(axis=0), stats.chi2(d).cdf).pvalue > (
        1e-3
    )


def test_few_neighbors_give_flat_clouds_of_the_same_law() -> None:
    # Three rows span a plane of the seven dimensions, where there is no factorisation.
    rows, new = one_neighborhood(3, 7, 8000)
    mean = rows.mean(axis=0)
    _, strengths, axes = np.linalg.svd(rows - mean)
    inside, outside = (new - mean) @ axes[:2].T, (new - mean) @ axes[2:].T
    assert np.abs(outside).max() < 1e-12
    standard = inside / (strengths[:2] / np.sqrt(3))
    for j in range(2):
        assert stats.kstest(standard[:, j], "norm").pvalue > 1e-3
    assert stats.pearsonr(*standard.T).pvalue > 1e-3


def test_class_keeps_the_moments_of_its_neighborhoods() -> None:
    # Each row counts by the number of neighbourhoods it is in.
    generator = np.random.RandomState(0)
    X = generator.normal(size=(8000, 3)) + 1
    y = np.repeat([1, 0], [500, 7500])
    X_out, _, sampler = resample(X, y)
    new, around = X_out[8000:], X[sampler.parents_]
    for power in (1, 2):
        gap = new**power - (around**power).mean(axis=1)
        error = gap.std(axis=0) / np.sqrt(len(new))
        assert (np.abs(gap.mean(axis=0)) < 5 * error).all()


def test_scale_0_gives_the_means_of_neighborhoods() -> None:
    X, y = np.random.RandomState(0).normal(size=(60, 3)), np.repeat([0, 1], [40, 20])
    X_out, _, sampler = resample(X, y, scale=0)
    np.testing.assert_allclose(X_out[60:], X[sampler.parents_].mean(axis=1), atol=1e-14)


# Whose rows they are


@pytest.mark.parametrize("label", [1, 2])
def test_parents_are_the_base_and_its_nearest(label: int) -> None:
    with np.load(VECTORS) as vectors:
        X, y = vectors["gauss3_X"], vectors["gauss3_y"]
        nearest = vectors[f"gauss3_knn5_{label}"]
    strategy = {label: 2 * int((y == label).sum())}
    X_out, _, sampler = resample(X, y, n_neighbors=5, sampling_strategy=strategy)
    rows = np.flatnonzero(y == label)
    expected = np.column_stack([rows, nearest])
    np.testing.assert_array_equal(sampler.parents_, expected)
    shares = sampler.parent_weights_
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-12)
    assert (shares < 0).any()
    mixed = (shares[:, :, np.newaxis] * X[sampler.parents_]).sum(axis=1)
    np.testing.assert_allclose(X_out[len(X) :], mixed, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", ["pima", "yeast3", "ecoli3"])
def test_parents_on_real_tables(extra_data: Path, name: str) -> None:
    with np.load(extra_data / "reference/resampling/reference.npz") as vectors:
        X, y = vectors[f"{name}_X"], vectors[f"{name}_y"]
        nearest = vectors[f"{name}_knn5_1"]
    rows = np.flatnonzero(y == 1)
    _, _, sampler = resample(X, y, n_neighbors=5, sampling_strategy={1: 2 * rows.size})
    np.testing.assert_array_equal(sampler.parents_, np.column_stack([rows, nearest]))


def test_default_neighborhood_is_one_larger_than_there_are_columns() -> None:
    X, y = np.random.RandomState(0).normal(size=(90, 4)), np.repeat([0, 1], [60, 30])
    _, _, sampler = resample(X, y)
    assert sampler.parents_.shape == sampler.parent_weights_.shape == (30, 6)


def test_small_classes_fill_up_with_missing_parents() -> None:
    X = np.random.RandomState(0).normal(size=(72, 4))
    y = np.repeat([0, 1, 2], [40, 30, 2])
    X_out, _, sampler = resample(X, y)
    np.testing.assert_array_equal(np.sort(sampler.parents_[10:, :2]), [[70, 71]] * 38)
    assert (sampler.parents_[10:, 2:] == -1).all()
    assert (sampler.parent_weights_[10:, 2:] == 0).all()
    mixed = sampler.parent_weights_[:, :, np.newaxis] * X[sampler.parents_]
    np.testing.assert_allclose(X_out[72:], mixed.sum(axis=1), atol=1e-12)


def test_too_small_a_class_raises_or_shrinks() -> None:
    X, y = np.random.RandomState(0).normal(size=(45, 2)), np.repeat([0, 1], [40, 5])
    message = r"Class 1 has 5 samples, fewer than n_neighbors \+ 1 = 8; lower n_neighb"
    with pytest.raises(ValueError, match=message):
        resample(X, y, n_neighbors=7)
    _, _, sampler = resample(X, y, n_neighbors=7, small_class="shrink")
    assert sampler.parents_.shape == (35, 5)


# Categories


def make_mixed(n_rare: int = 40) -> tuple[pd.DataFrame, np.ndarray]:
    generator = np.random.RandomState(0)
    y = generator.permutation(np.repeat([0, 1], [400, n_rare]))
    group = generator.randint(0, 3, y.size)
    frame = pd.DataFrame(
        {
            "city": pd.Categorical(np.array(["a", "b", "c"])[group], list("abcd")),
            "x": generator.normal(size=y.size) + 9 * group,
            "code": 10 * group + generator.randint(0, 2, y.size),
            "z": generator.normal(size=y.size) * 0.01,
        }
    )
    return frame, y


@pytest.mark.parametrize("columns", [["city", "code"], [0, 2], [True, False, True, 0]])
def test_categories_are_lent_by_one_row_of_the_neighborhood(columns: Any) -> None:
    frame, y = make_mixed()
    if columns[-1] == 0:
        columns = np.array(columns, bool)
    X_out, _, sampler = resample(frame, y, categorical_features=columns)
    assert X_out.dtypes.tolist() == frame.dtypes.tolist()
    lent = X_out[["city", "code"]].to_numpy(object)[len(frame) :]
    around = frame[["city", "code"]].to_numpy(object)[sampler.parents_]
    assert (lent[:, np.newaxis] == around).all(axis=2).any(axis=1).all()
    numbers = frame[["x", "z"]].to_numpy()
    mixed = sampler.parent_weights_[:, :, np.newaxis] * numbers[sampler.parents_]
    np.testing.assert_allclose(
        X_out[["x", "z"]].to_numpy()[len(frame) :], mixed.sum(axis=1), atol=1e-12
    )


def test_categories_play_no_part_in_distances() -> None:
    frame, y = make_mixed()
    _, _, sampler = resample(frame, y, categorical_features=["city", "code"])
    _, _, numeric = resample(frame[["x", "z"]], y)
    assert sampler.parents_.shape[1] == 4  # two numeric columns, and two more
    np.testing.assert_array_equal(sampler.parents_, numeric.parents_)
    np.testing.assert_array_equal(sampler.parent_weights_, numeric.parent_weights_)


def test_categories_keep_their_shares() -> None:
    generator = np.random.RandomState(0)
    y = np.repeat([0, 1], [6000, 200])
    kind = generator.permutation(np.repeat(["often", "rare"], [5580, 620]))
    frame = pd.DataFrame({"x": generator.normal(size=y.size), "kind": kind})
    X_out, _, sampler = resample(frame, y, categorical_features="auto", n_neighbors=9)
    is_rare = (frame["kind"] == "rare").to_numpy()
    # Each member of the neighbourhood is the lender equally often; a vote of ten
    # would wipe out what is rare.
    expected = is_rare[sampler.parents_].mean(axis=1)
    found = (X_out["kind"] == "rare").to_numpy()[len(frame) :]
    error = np.sqrt((expected * (1 - expected)).sum()) / len(found)
    assert abs(found.mean() - expected.mean()) < 5 * error
    assert found.mean() > 0.02


@pytest.mark.parametrize("kind", [pl.DataFrame, lambda frame: frame.to_numpy(object)])
def test_categories_of_other_containers(kind: Any) -> None:
    frame, y = make_mixed()
    frame["city"] = frame["city"].astype(str)
    expected, _, _ = resample(frame, y, categorical_features=[0])
    table = pl.DataFrame(frame.to_dict("list")) if kind is pl.DataFrame else kind(frame)
    found, _, _ = resample(table, y, categorical_features=[0])
    found = pd.DataFrame(np.asarray(found), columns=frame.columns).astype(frame.dtypes)
    pd.testing.assert_frame_equal(found, expected)


@pytest.mark.parametrize("choice", ["all", [0, 1, 2, 3]])
def test_numeric_columns_are_needed(choice: Any) -> None:
    frame, y = make_mixed()
    with pytest.raises(ValueError, match=r"All columns of X are categorical.* SMOTEN"):
        resample(frame, y, categorical_features=choice)


def test_unknown_column_is_refused() -> None:
    frame, y = make_mixed()
    with pytest.raises(ValueError, match="names column 'town'"):
        resample(frame, y, categorical_features=["town"])
