# SPDX-License-Identifier: BSD-3-Clause
"""What must hold whatever the data are."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from skx.ordinal import PRESTO, OrdinalRegression
from tests.conftest import Layout

LINKS = ["logit", "probit", "cloglog", "loglog", "cauchit"]
FAMILIES = ["cumulative", "sratio", "cratio", "acat"]
SYMMETRIC = ["logit", "probit", "cauchit"]
N_CLASSES = 3
TIGHT = {"tol": 1e-13}

MODELS: dict[str, Any] = {
    "parallel": lambda **more: OrdinalRegression(**TIGHT | more),
    "lbfgs": lambda **more: OrdinalRegression(tol=1e-16, solver="lbfgs", **more),
    "ridge": lambda **more: OrdinalRegression(alpha=0.1, **TIGHT | more),
    "lasso": lambda **more: OrdinalRegression(alpha=0.02, l1_ratio=1, **TIGHT | more),
    "partial": lambda **more: OrdinalRegression(nonparallel=[1], **TIGHT | more),
    "PRESTO": lambda **more: PRESTO(0.01, **TIGHT | more),
    "PRESTO ridge": lambda **more: PRESTO(0.1, l1_ratio=0.0, **TIGHT | more),
}
SCALED = ["parallel", "lbfgs", "partial", "PRESTO", "PRESTO ridge"]


def grades(seed: int = 0, n: int = 120, p: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Balanced classes that overlap, whatever the seed."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    latent = X @ rng.uniform(-1, 1, size=p) + rng.logistic(size=n)
    return X, np.digitize(latent, np.quantile(latent, [1 / 3, 2 / 3]))


def fitted(model: Any, *data: Any) -> Any:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The boundaries of .* rows touch")
        return model.fit(*data)


def assert_same(first: Any, second: Any, atol: float = 1e-7) -> None:
    assert_allclose(first.coef_, second.coef_, atol=atol)
    assert_allclose(first.thresholds_, second.thresholds_, atol=atol)
    assert first.objective_ == pytest.approx(second.objective_, abs=1e-10)


# --- rows and weights ----------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
@given(seed=st.integers(0, 1000))
def test_integer_weights_are_repeated_rows(name: str, seed: int) -> None:
    X, y = grades(seed)
    weights = np.random.default_rng(seed).integers(0, 4, size=len(y))
    weighted = fitted(MODELS[name](), X, y, weights)
    repeated = fitted(MODELS[name](), X.repeat(weights, axis=0), y.repeat(weights))
    assert_same(weighted, repeated)
    assert weighted.loglik_ == pytest.approx(repeated.loglik_, rel=1e-10)
    assert weighted.bic_ == pytest.approx(repeated.bic_, rel=1e-10)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("name", MODELS)
def test_weight_zero_is_no_row(name: str, family: str) -> None:
    X, y = grades()
    weights = np.random.default_rng(0).choice([0.0, 0.7, 1.9], size=len(y))
    kept = weights > 0
    # A class that only rows without weight have, and what they hold, do not matter.
    labels, columns = np.where(kept, y, 9), np.where(kept[:, None], X, 1e9)
    assert_same(
        fitted(MODELS[name](family=family), columns, labels, weights),
        fitted(MODELS[name](family=family), X[kept], y[kept], weights[kept]),
        atol=1e-10,
    )


@pytest.mark.parametrize("name", MODELS)
def test_scale_of_the_weights_does_not_matter(name: str) -> None:
    X, y = grades()
    weights = np.random.default_rng(0).uniform(0.5, 1.5, size=len(y))
    base = fitted(MODELS[name](), X, y, weights)
    for factor in (1e-8, 1e-3, 1e6, 1e12):
        other = fitted(MODELS[name](), X, y, weights * factor)
        assert_same(base, other)
        assert other.loglik_ == pytest.approx(base.loglik_ * factor, rel=1e-9)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("name", MODELS)
def test_order_of_rows_and_doubled_rows(name: str, family: str) -> None:
    X, y = grades()
    base = fitted(MODELS[name](family=family), X, y)
    order = np.random.default_rng(1).permutation(len(y))
    assert_same(fitted(MODELS[name](family=family), X[order], y[order]), base)
    twice = fitted(MODELS[name](family=family), np.vstack([X, X]), np.tile(y, 2))
    assert_same(twice, base)
    assert twice.loglik_ == pytest.approx(2 * base.loglik_, rel=1e-10)


# --- columns -------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCALED)
@given(
    seed=st.integers(0, 1000),
    scale=st.floats(-6, 6).map(lambda power: 10.0**power),
    sign=st.sampled_from([-1.0, 1.0]),
    shift=st.floats(-1e4, 1e4),
)
def test_columns_of_another_unit(
    name: str, seed: int, scale: float, sign: float, shift: float
) -> None:
    X, y = grades(seed)
    c = np.array([1.0, sign * scale, 1.0])
    d = np.array([shift, 0.0, -shift])
    base = fitted(MODELS[name](standardize=True), X, y)
    other = fitted(MODELS[name](standardize=True), X * c + d, y)
    assert_allclose(other.coef_ * c, base.coef_, atol=1e-6)
    assert_allclose(other.thresholds_ - other.coef_ @ d, base.thresholds_, atol=1e-5)
    assert other.objective_ == pytest.approx(base.objective_, abs=1e-8)
    assert_allclose(other.predict_proba(X * c + d), base.predict_proba(X), atol=1e-6)


@pytest.mark.parametrize("name", MODELS)
def test_shift_of_columns_moves_thresholds_only(name: str) -> None:
    X, y = grades()
    for shift in (1e2, 1e5):
        base = fitted(MODELS[name](), X, y)
        other = fitted(MODELS[name](), X + shift, y)
        assert_allclose(other.coef_, base.coef_, atol=1e-6)
        assert other.objective_ == pytest.approx(base.objective_, abs=1e-9)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("name", MODELS)
def test_order_of_columns(name: str, family: str) -> None:
    X, y = grades()
    base = fitted(MODELS[name](family=family), X, y)
    order = [2, 1, 0]
    other = fitted(MODELS[name](family=family), X[:, order], y)
    assert_allclose(other.coef_[:, order], base.coef_, atol=1e-6)


# --- classes -------------------------------------------------------------------------


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("family", ["cumulative", "acat"])
@pytest.mark.parametrize("name", ["parallel", "lbfgs", "ridge", "lasso", "partial"])
def test_reversed_classes(name: str, family: str, link: str) -> None:
    X, y = grades()
    mirror = {"cloglog": "loglog", "loglog": "cloglog"}.get(link, link)
    base = fitted(MODELS[name](family=family, link=link), X, y)
    other = fitted(MODELS[name](family=family, link=mirror), X, 2 - y)
    assert_allclose(other.coef_, -base.coef_[::-1], atol=1e-6)
    assert_allclose(other.thresholds_, -base.thresholds_[::-1], atol=1e-6)
    assert other.loglik_ == pytest.approx(base.loglik_, rel=1e-9)
    listed = MODELS[name](family=family, link=mirror, categories=[2, 1, 0])
    assert_array_equal(fitted(listed, X, y).classes_, [2, 1, 0])
    assert_allclose(listed.coef_, other.coef_)
    assert_allclose(listed.predict_proba(X), other.predict_proba(X))


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("name", MODELS)
def test_ratios_meet_where_the_link_is_symmetric(name: str, link: str) -> None:
    X, y = grades()
    mirror = {"cloglog": "loglog", "loglog": "cloglog"}.get(link, link)
    stopping = fitted(MODELS[name](family="sratio", link=link), X, y)
    going_on = fitted(MODELS[name](family="cratio", link=mirror), X, y)
    assert_allclose(stopping.predict_proba(X), going_on.predict_proba(X), atol=1e-12)
    assert_allclose(stopping.coef_, going_on.coef_, atol=1e-12)
    if link not in SYMMETRIC:
        other = fitted(MODELS[name](family="cratio", link=link), X, y)
        assert abs(other.loglik_ - stopping.loglik_) > 1e-6


def test_labels_do_not_matter_but_their_order() -> None:
    X, y = grades()
    base = OrdinalRegression().fit(X, y)
    for labels in (
        np.array([-3.0, 5.0, 11.0]),
        np.array([1, 2, 7], dtype=np.uint8),
        np.array(["a", "b", "c"]),
    ):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "y holds text")
            model = OrdinalRegression().fit(X, labels[y])
        assert_allclose(model.coef_, base.coef_)
        assert_array_equal(model.predict(X), labels[base.predict(X)])
        assert model.predict(X).dtype == labels.dtype


# --- strength of the penalty ---------------------------------------------------------


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("fusion", ["adjacent", "reference", "none", "semiparallel"])
def test_alpha_of_the_largest_gradient_leaves_thresholds(
    fusion: str, family: str, link: str
) -> None:
    X, y = grades()
    model = fitted(PRESTO(100.0, fusion=fusion, family=family, link=link), X, y)
    assert_array_equal(model.coef_, 0.0)
    assert model.loglik_ == pytest.approx(model.null_loglik_, rel=1e-12)
    assert_allclose(model.predict_proba(X[:1])[0], np.bincount(y) / len(y), rtol=1e-9)
    assert model.n_parameters_ == 2


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("family", FAMILIES)
def test_without_base_penalty_a_large_alpha_is_proportional_odds(
    family: str, link: str
) -> None:
    X, y = grades()
    free = OrdinalRegression(family=family, link=link, **TIGHT).fit(X, y)
    for fusion in ("adjacent", "reference", "semiparallel"):
        model = PRESTO(1e3, base_penalty=0.0, fusion=fusion, family=family, link=link)
        model.set_params(**TIGHT)
        assert_same(fitted(model, X, y), free, atol=1e-6)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("fusion", ["adjacent", "none"])
def test_without_penalty_every_slope_is_free(fusion: str, family: str) -> None:
    X, y = grades()
    free = OrdinalRegression(nonparallel="all", family=family, **TIGHT)
    model = PRESTO(0.0, fusion=fusion, family=family, **TIGHT)
    assert_allclose(fitted(model, X, y).coef_, fitted(free, X, y).coef_, atol=1e-5)


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("l1_ratio", [0.0, 0.5, 1.0])
def test_loglik_rises_as_alpha_falls(l1_ratio: float, family: str, link: str) -> None:
    X, y = grades()
    objectives, logliks = [], []
    for alpha in (1.0, 0.3, 0.1, 0.03, 0.01, 0.003):
        model = fitted(PRESTO(alpha, l1_ratio=l1_ratio, family=family, link=link), X, y)
        objectives.append(model.objective_)
        logliks.append(model.loglik_)
    assert (np.diff(objectives) <= 1e-9).all()
    assert (np.diff(logliks) >= -1e-6).all()


# --- predictions ---------------------------------------------------------------------


@given(
    seed=st.integers(0, 1000),
    family=st.sampled_from(FAMILIES),
    link=st.sampled_from(LINKS),
    name=st.sampled_from(list(MODELS)),
    spread=st.sampled_from([0.1, 1.0, 30.0, 1e4, 1e9]),
)
def test_probabilities_add_up(
    seed: int, family: str, link: str, name: str, spread: float
) -> None:
    X, y = grades(seed)
    model = fitted(MODELS[name](family=family, link=link), X, y)
    rows = np.random.default_rng(seed).normal(size=(50, 3)) * spread
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The boundaries cross for")
        proba = model.predict_proba(rows)
        log_proba = model.predict_log_proba(rows)
        cumproba = model.predict_cumproba(rows)
    assert (proba >= 0).all()
    assert_allclose(proba.sum(axis=1), 1.0, rtol=1e-12)
    with np.errstate(under="ignore"):
        assert_array_equal(np.exp(log_proba), proba)
    assert (np.diff(cumproba, axis=1) >= -1e-15).all()
    assert_array_equal(cumproba[:, -1], 1.0)
    assert (cumproba <= 1).all()


@pytest.mark.parametrize(
    ("family", "link"),
    [(family, link) for family in FAMILIES for link in ("logit", "probit")]
    + [("cumulative", "loglog"), ("sratio", "loglog")]
    + [("cratio", "cloglog"), ("acat", "cloglog")],
)
def test_small_exceedance_keeps_its_digits(family: str, link: str) -> None:
    X, y = grades()
    model = OrdinalRegression(family=family, link=link).fit(X, y)
    away = -model.coef_[:1] / np.linalg.norm(model.coef_[0]) * 12.0
    step = away / 1000
    proba = [model.predict_exceedance(away + k * step, 1)[0] for k in range(4)]
    assert 0 < proba[0] < 1e-3
    # Smooth to many digits: third differences of the logarithms vanish.
    assert abs(np.diff(np.log(proba), 3)[0]) < 1e-6


# --- containers and layouts ----------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
def test_layouts_give_equal_results(
    name: str, layout: Layout, float_dtype: type[np.floating]
) -> None:
    X, y = grades()
    X = X.astype(float_dtype)
    base = fitted(MODELS[name](), np.ascontiguousarray(X), y)
    other = fitted(MODELS[name](), layout(X), y)
    assert_array_equal(other.coef_, base.coef_)
    # Sums over columns may be taken in another order.
    assert_allclose(other.predict_proba(layout(X)), base.predict_proba(X), rtol=1e-12)
    assert other.coef_.dtype == np.float64


@pytest.mark.parametrize("name", MODELS)
def test_float32_is_the_model_of_the_rounded_numbers(name: str) -> None:
    X, y = grades()
    X = X.astype(np.float32)
    narrow = fitted(MODELS[name](), X, y)
    wide = fitted(MODELS[name](), X.astype(np.float64), y)
    assert_allclose(narrow.coef_, wide.coef_, atol=1e-12)
    assert_allclose(narrow.predict_proba(X), wide.predict_proba(X), atol=1e-12)


@pytest.mark.parametrize("name", MODELS)
def test_frames_give_the_results_of_arrays(name: str) -> None:
    X, y = grades()
    names = ["a", "b", "c"]
    base = fitted(MODELS[name](), X, y)
    for frame, labels in (
        (pd.DataFrame(X, columns=names), pd.Series(y)),
        (pl.DataFrame(X, schema=names), pl.Series(y)),
        (X.tolist(), y.tolist()),
    ):
        model = fitted(MODELS[name](), frame, labels)
        assert_array_equal(model.coef_, base.coef_)
        assert_array_equal(model.predict(frame), base.predict(X))
    frame = pd.DataFrame(X, columns=names)
    assert list(fitted(MODELS[name](), frame, y).feature_names_in_) == names


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(
    "kind", [sparse.csr_array, sparse.csc_array, sparse.coo_matrix]
)
def test_sparse_columns_give_the_results_of_dense(
    kind: Any, name: str, family: str
) -> None:
    X, y = grades(p=5)
    X[:, 1:4] *= np.random.default_rng(0).random(size=(len(X), 3)) < 0.2
    X[:, 4] += 1e5  # no zero at all
    columns = kind(X)
    for standardize in (False, True):
        options = {"family": family, "standardize": standardize}
        dense = fitted(MODELS[name](**options), X, y)
        other = fitted(MODELS[name](**options), columns, y)
        assert_allclose(other.coef_, dense.coef_, atol=1e-9)
        assert_allclose(other.predict_proba(columns), dense.predict_proba(X), atol=1e-9)


def test_sparse_columns_with_an_entry_twice() -> None:
    X, y = grades()
    X[np.abs(X) < 1] = 0.0
    half = sparse.coo_array(X / 2)
    at = np.concatenate([half.coords[0]] * 2), np.concatenate([half.coords[1]] * 2)
    order = np.lexsort(at[::-1])
    twice = sparse.csr_array(X.shape)
    twice.data = np.concatenate([half.data] * 2)[order]
    twice.indices = at[1][order].astype(np.int32)
    twice.indptr = np.concatenate(
        [[0], np.cumsum(np.bincount(at[0], minlength=len(X)))]
    )
    twice.indptr = twice.indptr.astype(np.int32)
    assert twice.nnz == 2 * np.count_nonzero(X)
    model = PRESTO(0.01).fit(twice, y)
    assert_allclose(model.coef_, PRESTO(0.01).fit(X, y).coef_, atol=1e-10)
    assert twice.nnz == 2 * np.count_nonzero(X)  # what was handed over stays


def test_fit_writes_nothing_that_it_was_given() -> None:
    X, y = grades()
    weights = np.ones(len(y))
    copies = X.copy(), y.copy(), weights.copy()
    for name in MODELS:
        fitted(MODELS[name](standardize=True), X, y, weights).predict(X)
    for array, copy in zip((X, y, weights), copies, strict=True):
        assert_array_equal(array, copy)
