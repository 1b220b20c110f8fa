# SPDX-License-Identifier: BSD-3-Clause
"""Do outlier tasks stand out, and only they?"""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from skx.datasets import make_multitask
from skx.multitask import MTGBRegressor, RMTGBClassifier, RMTGBRegressor
from skx.multitask._boosting import Boosting
from skx.multitask._losses import CODES, Loss
from skx.multitask._memory import TableStore
from skx.multitask._rows import Rows


def tasks_like(
    seed: int, outliers: tuple = (), noisy: tuple = (), n: int = 100
) -> tuple[np.ndarray, ...]:
    """Return ten tasks of one function, but for outliers, which share another."""
    rng = np.random.default_rng(seed)
    X, tasks = rng.uniform(-1, 1, (10 * n, 3)), np.repeat(np.arange(10), n)
    y = np.sin(3.0 * X[:, 0]) + X[:, 1] * X[:, 2]
    y = np.where(np.isin(tasks, outliers), np.cos(4.0 * X[:, 1]) - X[:, 0], y)
    scale = np.where(np.isin(tasks, noisy), 0.6, 0.2)
    return X, y + scale * rng.normal(size=10 * n), tasks


def small(cls: type = RMTGBRegressor, **params: Any) -> Any:
    model = cls(n_iter_shared=30, n_iter_task=10, random_state=0)
    if hasattr(model, "n_iter_outlier"):
        model.set_params(n_iter_outlier=50)
    return model.set_params(**{"early_stopping": False, **params})


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_outlier_tasks_stand_out(seed: int) -> None:
    X, y, tasks = tasks_like(seed, outliers=(2, 7))
    is_outlier = np.isin(np.arange(10), (2, 7))
    for start in ("residual", "random"):
        model = small(theta_init=start).fit(X, y, tasks)
        assert roc_auc_score(is_outlier, model.outlier_score_) == 1.0
        assert ((model.outlier_score_ > 0.5) == is_outlier).all()
    labels = y > np.median(y)
    model = small(RMTGBClassifier).fit(X, labels, tasks)
    assert roc_auc_score(is_outlier, model.outlier_score_) == 1.0
    # It pays.
    X_test, y_test, _ = tasks_like(seed + 100, outliers=(2, 7))
    robust = small().fit(X, y, tasks).score(X_test, y_test, tasks)
    plain = small(MTGBRegressor).fit(X, y, tasks).score(X_test, y_test, tasks)
    assert robust > plain + 0.01


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_levels_of_tasks_do_not_make_outliers(seed: int) -> None:
    X, y, tasks = tasks_like(seed, outliers=(2, 7))
    y += np.random.default_rng(seed).permutation(np.linspace(-3.0, 3.0, 10))[tasks]
    is_outlier = np.isin(np.arange(10), (2, 7))
    model = small(early_stopping=True, l2_task_regularization=1.0).fit(X, y, tasks)
    assert ((model.outlier_score_ > 0.5) == is_outlier).all()


@pytest.mark.slow
def test_levels_of_tasks_do_not_hide_what_they_share() -> None:
    X, y, tasks = make_multitask(scenario="related", noise=0.1, random_state=0)
    X_test, test = X[::3], y[::3]
    train = np.arange(len(y)) % 3 > 0
    levels = np.random.default_rng(0).normal(scale=3.0 * y.std(), size=10)
    errors = []
    for level in (0.0 * levels, levels):
        model = MTGBRegressor(early_stopping=True, random_state=0)
        model.fit(X[train], (y + level[tasks])[train], tasks[train])
        found = model.predict(X_test, tasks[::3])
        errors.append(np.sqrt(np.mean((found - (test + level[tasks[::3]])) ** 2)))
    assert errors[1] < 1.1 * errors[0]


@pytest.mark.slow
@pytest.mark.parametrize("early_stopping", [True, False])
def test_a_noisy_ordinary_task_is_no_outlier(early_stopping: bool) -> None:
    scores = []
    for seed in range(10):
        X, y, tasks = tasks_like(seed, outliers=(2, 7), noisy=(4,))
        model = small(n_iter_outlier=100, early_stopping=early_stopping)
        model.fit(X, y, tasks)
        assert (model.outlier_score_[[2, 7]] > 0.5).all()
        scores.append(model.outlier_score_[4])
    assert np.mean(np.array(scores) < 0.5) >= 0.8


def test_outliers_that_validation_rows_do_not_show_are_doubted() -> None:
    X, y, tasks = tasks_like(0)
    rng = np.random.default_rng(0)
    valid = Rows(
        TableStore(X), y, np.ones(1000), np.ones(1000), np.arange(0, 1001, 100)
    )
    fit = Boosting.__new__(Boosting)
    fit.valid, fit.loss = valid, Loss(CODES["squared_error"])
    common, outlier = SimpleNamespace(), SimpleNamespace()
    # C is right in task 3 alone, and B in all others.
    noise = 0.1 * rng.normal(size=1000)
    common.raw_valid = (y + np.where(tasks == 3, 2.0, noise))[:, None]
    outlier.raw_valid = (y + np.where(tasks == 3, noise, 2.0))[:, None]
    theta = np.array([-3.0, -2.0, -1.0, 3.0, 3.0, -2.0, -2.0, -2.0, -2.0, -2.0])
    found = fit._doubt(theta, np.zeros((1000, 1)), common, outlier)
    expected = theta.copy()
    expected[4] = -2.0  # the median of the ordinary ones
    np.testing.assert_array_equal(found, expected)
    # A task with few rows is believed.
    few = np.r_[0:400, 400:404, 500:1000]
    fit.valid = Rows(
        TableStore(X), y[few], *[np.ones(904)] * 2, np.r_[0:401:100, 404:905:100]
    )
    common.raw_valid, outlier.raw_valid = (
        part.raw_valid[few] for part in (common, outlier)
    )
    found = fit._doubt(theta, np.zeros((904, 1)), common, outlier)
    np.testing.assert_array_equal(found, theta)
