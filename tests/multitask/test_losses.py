# SPDX-License-Identifier: BSD-3-Clause
"""Losses, what is best for them, and how theta follows them."""

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import expit
from sklearn.metrics import (
    d2_pinball_score,
    log_loss,
    mean_pinball_loss,
    mean_poisson_deviance,
)

from skx.multitask import RMTGBRegressor, _kernels
from skx.multitask._boosting import Boosting
from skx.multitask._losses import CODES, Loss
from skx.multitask._memory import TableStore
from skx.multitask._rows import Rows
from skx.multitask._trees import SPLIT

LOSSES = {
    "squared_error": Loss(CODES["squared_error"]),
    "absolute_error": Loss(CODES["absolute_error"]),
    "huber": Loss(CODES["huber"], parameter=0.8),
    "quantile": Loss(CODES["quantile"], parameter=0.3),
    "poisson": Loss(CODES["poisson"]),
    "logistic": Loss(_kernels.LOGISTIC),
    "softmax": Loss(_kernels.SOFTMAX, 3),
}
KINKED = {"absolute_error", "quantile"}


def rows(name: str, n: int = 40, seed: int = 0) -> tuple[np.ndarray, ...]:
    """Return targets, scores and weights that suit a loss."""
    rng = np.random.default_rng(seed)
    y = rng.normal(size=n)
    if name == "poisson":
        y = rng.poisson(2.0, n).astype(float)
    if name in ("logistic", "softmax"):
        y = rng.integers(0, LOSSES[name].n_outputs + (name == "logistic"), n)
        y = y.astype(float)
    raw = 1.5 * rng.normal(size=(n, LOSSES[name].n_outputs))
    return y, raw, rng.uniform(0.2, 2.0, n)


def losses_of(loss: Loss, y: np.ndarray, raw: np.ndarray) -> np.ndarray:
    pairs = zip(y, raw, strict=True)
    return np.array([_kernels.row_loss(loss.code, loss.parameter, *p) for p in pairs])


def derive(loss: Loss, y: np.ndarray, raw: np.ndarray, w: np.ndarray) -> tuple:
    gradient, hessian = np.empty((2, *raw.shape))
    _kernels.derive(loss.code, loss.parameter, y, raw, w, gradient, hessian)
    return gradient, hessian


def test_losses_are_those_of_scikit_learn() -> None:
    y, raw, _ = rows("quantile")
    ours = losses_of(LOSSES["quantile"], y, raw).mean()
    assert ours == pytest.approx(mean_pinball_loss(y, raw[:, 0], alpha=0.3))
    y, raw, _ = rows("poisson")
    ours = 2.0 * losses_of(LOSSES["poisson"], y, raw).mean()
    assert ours == pytest.approx(mean_poisson_deviance(y, np.exp(raw[:, 0])))
    y, raw, _ = rows("logistic")
    ours = losses_of(LOSSES["logistic"], y, raw).mean()
    assert ours == pytest.approx(log_loss(y, expit(raw[:, 0])))
    y, raw, _ = rows("softmax")
    shares = np.exp(raw) / np.exp(raw).sum(axis=1, keepdims=True)
    ours = losses_of(LOSSES["softmax"], y, raw).mean()
    assert ours == pytest.approx(log_loss(y, shares))
    y, raw, _ = rows("huber")
    far = np.abs(y - raw[:, 0])
    inside = 0.5 * far**2
    expected = np.where(far <= 0.8, inside, 0.8 * (far - 0.4))
    np.testing.assert_allclose(losses_of(LOSSES["huber"], y, raw), expected)


def test_scores_far_out_do_not_overflow() -> None:
    y, raw = np.array([0.0, 1.0]), np.array([[800.0], [-800.0]])
    assert losses_of(LOSSES["logistic"], y, raw).tolist() == [800.0, 800.0]
    gradient, hessian = derive(LOSSES["logistic"], y, raw, np.ones(2))
    assert gradient.tolist() == [[1.0], [-1.0]]
    assert (hessian > 0.0).all()
    raw = np.array([[800.0, 0.0, -800.0]])
    assert losses_of(LOSSES["softmax"], np.array([2.0]), raw).tolist() == [1600.0]
    gradient, _ = derive(LOSSES["softmax"], np.array([2.0]), raw, np.ones(1))
    np.testing.assert_allclose(gradient, [[1.0, 0.0, -1.0]], atol=1e-12)


@pytest.mark.parametrize("name", LOSSES)
def test_derivatives_are_finite_differences(name: str) -> None:
    loss = LOSSES[name]
    y, raw, w = rows(name)
    gradient, hessian = derive(loss, y, raw, w)
    step = 1e-5
    for k in range(loss.n_outputs):
        shift = np.zeros(raw.shape)
        shift[:, k] = step
        up, here, down = (losses_of(loss, y, raw + s * shift) for s in (1.0, 0.0, -1.0))
        np.testing.assert_allclose(
            gradient[:, k], w * (up - down) / (2 * step), atol=1e-8
        )
        if name in KINKED | {"huber"}:
            np.testing.assert_array_equal(hessian[:, k], w)
        else:
            second = w * (up - 2.0 * here + down) / step**2
            np.testing.assert_allclose(hessian[:, k], second, atol=1e-4)


@pytest.mark.parametrize("q", [0.1, 0.25, 0.5, 0.9])
def test_weighted_quantiles_are_quantiles_of_repeated_values(q: float) -> None:
    rng = np.random.default_rng(0)
    for n in (1, 2, 3, 10, 37):
        values = rng.normal(size=n).round(1)
        weights = rng.integers(0, 4, n)
        weights[0] = 1
        expected = np.quantile(
            np.repeat(values, weights), q, method="averaged_inverted_cdf"
        )
        found = _kernels.weighted_quantile(values, weights.astype(float), q)
        assert found == pytest.approx(expected)
        # It does not know in what the weights are counted.
        assert _kernels.weighted_quantile(values, 0.1 * weights, q) == found


def test_leaves_are_quantiles_of_their_rows() -> None:
    rng = np.random.default_rng(0)
    residual, w = rng.normal(size=30), rng.integers(1, 4, 30).astype(float)
    order = rng.permutation(30).astype(np.int32)
    splits = np.zeros(3, dtype=SPLIT)
    splits["left"] = [1, -1, -1]
    splits["first"], splits["last"] = [0, 0, 12], [30, 12, 30]
    values = np.zeros((3, 1))
    h, l2, free = rng.uniform(size=30), 0.7, np.zeros(1, dtype=np.int64)
    _kernels.set_quantiles(splits, 3, order, residual, w, h, 0.3, l2, free, values)
    for k, here in ((1, order[:12]), (2, order[12:])):
        repeated = np.repeat(residual[here], w[here].astype(int))
        expected = np.quantile(repeated, 0.3, method="averaged_inverted_cdf")
        total = h[here].sum()
        assert values[k, 0] == pytest.approx(expected * total / (total + l2))


@pytest.mark.parametrize("name", [name for name in LOSSES if name != "huber"])
def test_the_baseline_is_the_best_constant(name: str) -> None:
    loss = LOSSES[name]
    y, _, w = rows(name)
    found = loss.baseline(y, w)

    def total(constant: np.ndarray) -> float:
        return w @ losses_of(loss, y, np.tile(constant, (len(y), 1)))

    best = total(found)
    for k in range(loss.n_outputs):
        for shift in (-1e-3, 1e-3):
            moved = found.copy()
            moved[k] += shift
            assert total(moved) >= best - 1e-12


@pytest.mark.parametrize("l2", [0.0, 0.7])
@pytest.mark.parametrize("name", ["squared_error", "poisson", "logistic"])
def test_intercepts_are_the_best_shrunken_constants(name: str, l2: float) -> None:
    loss = LOSSES[name]
    y, raw, w = rows(name)
    # One step of Newton's from here would go much too far.
    raw = raw - 6.0

    def objective(c: float) -> float:
        return w @ losses_of(loss, y, raw + c) + 0.5 * l2 * c**2

    expected = minimize_scalar(objective, bounds=(-20, 20), method="bounded").x
    moved = raw.copy()
    found = loss.add_intercept(y, moved, w, l2)
    assert found[0] == pytest.approx(expected, abs=1e-4)
    np.testing.assert_allclose(moved, raw + found)


def test_intercepts_of_classes_balance_their_probabilities() -> None:
    loss = LOSSES["softmax"]
    y, raw, w = rows("softmax")
    raw[:, 2] -= 5.0
    for l2 in (0.0, 0.7):
        moved = raw.copy()
        start = loss.add_intercept(y, moved, w, l2)
        gradient, _ = derive(loss, y, moved, w)
        # Of 40 rows.
        np.testing.assert_allclose(gradient.sum(axis=0) + l2 * start, 0.0, atol=1e-3)


def test_intercepts_of_linear_losses_are_shrunken_quantiles() -> None:
    y, raw, w = rows("quantile")
    residual = y - raw[:, 0]
    found = LOSSES["quantile"].add_intercept(y, raw.copy(), w, 10.0)
    best = _kernels.weighted_quantile(residual, w, 0.3)
    assert found[0] == pytest.approx(best * w.sum() / (w.sum() + 10.0))


def test_huber_s_distance_is_a_quantile_of_the_residuals() -> None:
    y, raw, w = rows("huber")
    loss = Loss(CODES["huber"], alpha=0.75).refreshed(y, raw, w)
    expected = _kernels.weighted_quantile(np.abs(y - raw[:, 0]), w, 0.75)
    assert loss.parameter == expected
    assert loss.baseline(y, w)[0] == pytest.approx(np.median(y), abs=0.3)


def test_task_sums_are_those_of_slices() -> None:
    y, raw, w = rows("softmax")
    offsets = np.array([0, 7, 8, 40])
    found = np.empty(3)
    loss = LOSSES["softmax"]
    _kernels.sum_losses(loss.code, 0.0, y, raw, w, offsets, found)
    each = w * losses_of(loss, y, raw)
    np.testing.assert_allclose(found, np.add.reduceat(each, offsets[:-1]))
    other = raw[::-1].copy()
    _kernels.sum_tasks(raw, other, offsets, found)
    expected = np.add.reduceat((raw * other).sum(axis=1), offsets[:-1])
    np.testing.assert_allclose(found, expected)


def boosting(name: str, **changes: Any) -> tuple[Any, np.ndarray, np.ndarray]:
    """Return a fit to be, scores of the first block, and C - B."""
    y, raw, w = rows(name)
    X = np.random.default_rng(1).normal(size=(40, 2))
    train = Rows(TableStore(X), y, w, w, np.array([0, 12, 25, 40]))
    model = RMTGBRegressor(**changes)
    model._reader = type("Columns", (), {"columns": [0, 1]})
    model._reader.n_categories = np.zeros(2, dtype=np.int64)
    model._reader.is_categorical = np.zeros(2, dtype=bool)
    model._has_tasks, model._task_column = True, None
    settings = model._settings(train, LOSSES[name])
    gap = np.random.default_rng(2).normal(size=raw.shape)
    return Boosting(train, None, settings), raw, gap


@pytest.mark.parametrize("name", LOSSES)
def test_theta_goes_down_the_slope_of_the_loss(name: str) -> None:
    fit, base, gap = boosting(
        name,
        theta_update="gradient",
        theta_reduction="sum",
        theta_learning_rate=1.0,
        theta_regularization=0.0,
    )
    theta = np.array([-0.4, 0.1, 0.9])
    common = np.random.default_rng(3).normal(size=base.shape)
    loss, w = LOSSES[name], fit.train.weights

    def scores(theta: np.ndarray) -> np.ndarray:
        s = fit.train.spread(expit(theta))[:, None]
        return base + (1.0 - s) * common + s * (common + gap)

    def total(theta: np.ndarray) -> float:
        return w @ losses_of(loss, fit.train.y, scores(theta))

    fit._derive(scores(theta))
    moved = fit._move(theta, gap, np.zeros(3), 1.0)
    for t in range(3):
        step = np.zeros(3)
        step[t] = 1e-6
        slope = (total(theta + step) - total(theta - step)) / 2e-6
        assert theta[t] - moved[t] == pytest.approx(slope, rel=1e-5)


def test_mean_steps_of_theta_are_sums_by_weight() -> None:
    steps = {}
    theta = np.array([-0.4, 0.1, 0.9])
    for reduction in ("sum", "mean"):
        fit, raw, gap = boosting(
            "squared_error", theta_update="gradient", theta_reduction=reduction
        )
        fit._derive(raw)
        steps[reduction] = fit._move(theta, gap, np.zeros(3), 1.0) - theta
    weights = np.add.reduceat(fit.train.weights, fit.train.offsets[:-1])
    np.testing.assert_allclose(steps["mean"] * weights, steps["sum"])


def test_a_newton_step_of_theta_divides_by_the_curvature() -> None:
    fit, raw, gap = boosting("logistic", theta_learning_rate=0.5)
    theta, penalty = np.array([-0.4, 0.1, 0.9]), np.array([0.2, 0.0, 0.1])
    fit._derive(raw)
    gradient, hessian = derive(
        LOSSES["logistic"], *[fit.train.y, raw, fit.train.weights]
    )
    s = expit(theta)
    bent = s * (1.0 - s)
    starts = fit.train.offsets[:-1]
    slope = bent * np.add.reduceat((gradient * gap)[:, 0], starts) + penalty * theta
    curve = bent**2 * np.add.reduceat((hessian * gap**2)[:, 0], starts) + penalty
    expected = theta - 0.5 * np.clip(slope / curve, -2.0, 2.0)
    found = fit._move(theta, gap, penalty, 1.0)
    np.testing.assert_allclose(found, expected)
    # Where nothing tells B from C, theta stays.
    still = fit._move(theta, np.zeros(raw.shape), np.zeros(3), 1.0)
    np.testing.assert_array_equal(still, theta)


@pytest.mark.slow
def test_quantile_regression_finds_quantiles() -> None:
    rng = np.random.default_rng(0)
    X = rng.integers(0, 4, (600, 1)).astype(float)
    tasks = rng.integers(0, 3, 600)
    y = X[:, 0] * (1 + tasks) + rng.exponential(size=600)
    model = RMTGBRegressor(loss="quantile", quantile=0.8, early_stopping=False)
    model.set_params(n_iter_shared=30, n_iter_outlier=20, n_iter_task=20)
    predicted = model.fit(X, y, tasks).predict(X, tasks)
    for t in range(3):
        assert np.mean(y[tasks == t] <= predicted[tasks == t]) == pytest.approx(
            0.8, abs=0.05
        )
    assert d2_pinball_score(y, predicted, alpha=0.8) > 0.6
