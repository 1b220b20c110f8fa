# SPDX-License-Identifier: BSD-3-Clause
"""Ridge regression from means of bags."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn import config_context
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skx.proportions import AggregateRidge, bag_target, make_bags

VECTORS = Path(__file__).parents[1] / "vectors" / "proportions_aggregate_ridge.npz"


def data(
    n: int = 240, d: int = 4, bag_size: int = 5, n_targets: int = 1, seed: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)) + 2.0
    y = X @ rng.normal(size=(d, n_targets)) + 0.3 * rng.normal(size=(n, n_targets))
    y = y[:, 0] if n_targets == 1 else y
    return X, y, make_bags(X, bag_size=bag_size, random_state=seed)


def solve(
    X: np.ndarray, y: np.ndarray, bags: np.ndarray, rho: float, alpha: float, w: Any
) -> np.ndarray:
    """Coefficients by the equations as they are written, with P of n rows."""
    same = bags[:, None] == bags
    mean = same * w / (same * w).sum(axis=1, keepdims=True)
    W, I = np.diag(w), np.eye(len(X))
    X = X - w @ X / w.sum()
    y = mean @ y - w @ mean @ y / w.sum()
    left = X.T @ W @ ((1 - rho) * mean + rho * I) @ X
    left += w.sum() * alpha * np.eye(X.shape[1])
    return np.linalg.solve(left, X.T @ W @ y)


@pytest.mark.parametrize("as_sparse", [False, True])
def test_vectors(as_sparse: bool) -> None:
    with np.load(VECTORS) as stored:
        file = dict(stored)
    keys = [key.split("_") for key in file if "_coef_" in key]
    assert len(keys) >= 14
    for case, _, rho, alpha in keys:
        X, bags = file[f"{case}_X"], file[f"{case}_bags"].astype(int)
        target = bag_target(bags, means=file[f"{case}_means"])
        X = sparse.csr_array(X) if as_sparse else X
        model = AggregateRidge(interpolation=float(rho), alpha=float(alpha))
        model.fit(X, target)
        for name in ("coef", "intercept"):
            expected = file[f"{case}_{name}_{rho}_{alpha}"]
            np.testing.assert_allclose(
                getattr(model, f"{name}_"), expected, atol=1e-6, err_msg=f"{case} {rho}"
            )


@pytest.mark.parametrize("rho", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("d", [3, 80])
def test_weighted_equations(rho: float, d: int) -> None:
    X, y, bags = data(60, d)
    w = np.random.default_rng(1).uniform(0.2, 2.0, size=len(X))
    means = np.bincount(bags, w * y) / np.bincount(bags, w)
    expected = solve(X, y, bags, rho, 0.2, w)
    model = AggregateRidge(alpha=0.2, interpolation=rho)
    dense = model.fit(X, means[bags], w, bags=bags)
    np.testing.assert_allclose(dense.coef_, expected, atol=1e-9)
    # Predictions are right on average.
    np.testing.assert_allclose(w @ dense.predict(X), w @ means[bags])
    thin = AggregateRidge(alpha=0.2, interpolation=rho)
    thin.fit(sparse.csc_array(X), means[bags], w, bags=bags)
    np.testing.assert_allclose(thin.coef_, expected, atol=1e-9)


def test_bags_of_one_row_are_ridge() -> None:
    X, y, _ = data(n_targets=2)
    for rho in (0.0, 0.5, 1.0):
        model = AggregateRidge(alpha=0.1, interpolation=rho, debias=True)
        model.fit(X, y, bags=np.arange(len(X)))
        peer = Ridge(alpha=0.1 * len(X)).fit(X, y)
        np.testing.assert_allclose(model.coef_, peer.coef_, atol=1e-10)
        np.testing.assert_allclose(model.intercept_, peer.intercept_, atol=1e-10)
        assert model.score(X, y) == pytest.approx(peer.score(X, y))


def test_full_interpolation_is_ridge_of_repeated_means() -> None:
    X, y, bags = data()
    repeated = bag_target(bags, y=y)["value"]
    model = AggregateRidge(alpha=0.1, interpolation=1.0).fit(X, repeated, bags=bags)
    peer = Ridge(alpha=0.1 * len(X)).fit(X, repeated)
    np.testing.assert_allclose(model.coef_, peer.coef_, atol=1e-10)


@pytest.mark.parametrize("as_sparse", [False, True])
def test_no_penalty_takes_the_smallest_solution(as_sparse: bool) -> None:
    X, y, bags = data(40, 30)
    target = bag_target(bags, y=y)
    model = AggregateRidge(alpha=0.0)
    model.fit(sparse.csr_array(X) if as_sparse else X, target)
    means = np.array([X[bags == b].mean(axis=0) for b in range(8)])
    known = np.array([y[bags == b].mean() for b in range(8)])
    np.testing.assert_allclose(means @ model.coef_ + model.intercept_, known)
    expected = np.linalg.pinv(means - X.mean(axis=0), rcond=1e-10) @ (known - y.mean())
    np.testing.assert_allclose(model.coef_, expected, atol=1e-7)


def test_a_column_without_variation_has_no_coefficient() -> None:
    X, y, bags = data()
    X[:, 1] = 3.0
    for alpha in (0.0, 1e-30):
        model = AggregateRidge(alpha=alpha).fit(X, bag_target(bags, y=y))
        assert abs(model.coef_[1]) < 1e-10
        rest = AggregateRidge(alpha=alpha).fit(X[:, [0, 2, 3]], bag_target(bags, y=y))
        np.testing.assert_allclose(model.coef_[[0, 2, 3]], rest.coef_, atol=1e-8)


def test_no_intercept() -> None:
    X, y, bags = data(bag_size=1)
    for rows in (X, sparse.csr_array(X)):
        model = AggregateRidge(fit_intercept=False).fit(rows, y, bags=bags)
        peer = Ridge(alpha=len(X), fit_intercept=False).fit(X, y)
        np.testing.assert_allclose(model.coef_, peer.coef_, atol=1e-10)
        assert model.intercept_ == 0.0


@pytest.mark.parametrize(("bag_size", "rho"), [(4, 0.1), (16, 0.1), (8, 1.0)])
def test_interpolation_shrinks_random_bags_and_debias_undoes_it(
    bag_size: int, rho: float
) -> None:
    # The law: coefficients times 1 / (1 + rho (k - 1)). One that falls short by the
    # spread of 20 draws would be noticed.
    ratios = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(2000, 3))
        truth = np.array([1.0, -2.0, 0.5])
        y = X @ truth + rng.normal(size=2000)
        target = bag_target(make_bags(X, bag_size=bag_size, random_state=seed), y=y)
        plain = AggregateRidge(alpha=0.0, interpolation=rho).fit(X, target)
        ratios.append(plain.coef_ @ truth / (truth @ truth))
        undone = AggregateRidge(alpha=0.0, interpolation=rho, debias=True)
        undone.fit(X, target)
        np.testing.assert_allclose(
            undone.coef_, plain.coef_ * (1 + rho * (bag_size - 1)), atol=1e-10
        )
        np.testing.assert_allclose(undone.predict(X).mean(), y.mean(), atol=1e-10)
    expected = 1 / (1 + rho * (bag_size - 1))
    error = np.std(ratios) / np.sqrt(len(ratios))
    assert np.mean(ratios) == pytest.approx(expected, abs=4 * error)
    assert error < 0.02


def test_variance_grows_with_the_bag_size() -> None:
    # The law: sigma^2 k / n for a column of variance 1.
    for bag_size in (2, 10):
        coef = []
        for seed in range(120):
            rng = np.random.default_rng(seed)
            X = rng.normal(size=(400, 1))
            y = X[:, 0] + rng.normal(size=400)
            target = bag_target(np.arange(400) // bag_size, y=y)
            coef.append(AggregateRidge(alpha=0.0).fit(X, target).coef_[0])
        n_bags = 400 / bag_size
        expected = bag_size / 400 * n_bags / (n_bags - 3)  # of few bags: exact
        assert np.var(coef) == pytest.approx(expected, rel=4 * np.sqrt(2 / 120))


def test_weights_of_zero_and_two() -> None:
    X, y, bags = data(bag_size=6)
    target = bag_target(bags, y=y)["value"]
    rng = np.random.default_rng(0)
    w = rng.integers(0, 3, size=len(X)).astype(float)
    for rho in (0.0, 0.5):
        one = AggregateRidge(interpolation=rho).fit(X, target, w, bags=bags)
        rows = np.repeat(np.arange(len(X)), w.astype(int))
        two = AggregateRidge(interpolation=rho)
        two.fit(X[rows], target[rows], bags=bags[rows])
        np.testing.assert_allclose(one.coef_, two.coef_, atol=1e-10)


def test_order_and_names_of_bags_do_not_matter() -> None:
    X, y, bags = data()
    base = AggregateRidge(interpolation=0.2).fit(X, bag_target(bags, y=y))
    order = np.random.default_rng(0).permutation(len(X))
    names = np.array([f"bag {(b * 7) % 48}" for b in bags])
    value = bag_target(bags, y=y)["value"]
    other = AggregateRidge(interpolation=0.2)
    other.fit(X[order], value[order], bags=names[order])
    np.testing.assert_allclose(base.coef_, other.coef_, atol=1e-12)


def test_both_forms_in_a_search() -> None:
    X, y, bags = data()
    target = bag_target(bags, y=y)
    model = make_pipeline(StandardScaler(), AggregateRidge())
    grid = {
        "aggregateridge__alpha": [0.01, 1.0],
        "aggregateridge__interpolation": [0, 1],
    }
    splits = list(GroupKFold(4).split(X, groups=bags))
    first = GridSearchCV(model, grid, cv=splits).fit(X, target)
    second = GridSearchCV(AggregateRidge(), {"alpha": [0.01, 1.0]}, cv=splits)
    with config_context(enable_metadata_routing=True):
        second.fit(X, target["value"], bags=bags)
    assert first.best_params_["aggregateridge__interpolation"] == 0
    assert second.best_params_["alpha"] == 0.01
    with pytest.raises(ValueError, match="splitting a bag changes its proportion"):
        cross_val_score(AggregateRidge(), X, target, error_score="raise")


def test_bad_input() -> None:
    X, y, bags = data()
    with pytest.raises(ValueError, match="AggregateRidge was given no bags"):
        AggregateRidge().fit(X, y)
    with pytest.raises(ValueError, match="y is not constant within bag"):
        AggregateRidge().fit(X, y, bags=bags)
    X[3, 1] = np.nan
    with pytest.raises(ValueError, match="contains NaN"):
        AggregateRidge().fit(X, bag_target(bags, y=y))


def test_debias_is_wrong_for_bags_that_did_not_meet_at_random() -> None:
    # Bags of neighbours differ more: there is hardly any shrinkage to undo.
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, 1))
    y = 2.0 * X[:, 0] + rng.normal(size=2000)
    bags = np.empty(2000, dtype=int)
    bags[np.argsort(X[:, 0])] = np.arange(2000) // 10
    target = bag_target(bags, y=y)
    model = AggregateRidge(alpha=0.0, interpolation=1.0)
    assert model.fit(X, target).coef_[0] == pytest.approx(2.0, abs=0.1)
    assert model.set_params(debias=True).fit(X, target).coef_[0] > 15


def test_a_search_needs_routing_for_means_that_come_with_bags() -> None:
    X, y, bags = data()
    target = bag_target(bags, y=y)
    means, splits = target["value"], list(GroupKFold(4).split(X, groups=bags))
    model, grid = AggregateRidge(), {"alpha": [0.01, 1.0, 10.0]}
    expected = GridSearchCV(model, grid, cv=splits).fit(X, target).cv_results_
    with config_context(enable_metadata_routing=True):
        routed = GridSearchCV(model, grid, cv=splits).fit(X, means, bags=bags)
    for name in ("mean_test_score", "std_test_score"):
        np.testing.assert_allclose(routed.cv_results_[name], expected[name])
    # What the guide warns of: fits the same, and scores means as targets of rows.
    alone = GridSearchCV(model, grid, cv=splits).fit(X, means, bags=bags)
    assert alone.best_params_["alpha"] > routed.best_params_["alpha"]
