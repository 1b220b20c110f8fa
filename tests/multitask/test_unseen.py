# SPDX-License-Identifier: BSD-3-Clause
"""Rows of tasks that the fit has not seen."""

from typing import Any

import numpy as np
import pytest

from skx.multitask import MTGBClassifier, RMTGBRegressor

rng = np.random.default_rng(0)
X, TASKS = rng.integers(0, 9, (200, 2)).astype(float), np.repeat([0, 1, 2, 3, 4], 40)
Y = (
    np.where(TASKS == 4, -3.0, 1.0) * X[:, 0]
    + 0.2 * TASKS * X[:, 1]
    + rng.normal(size=200)
)


def fitted(**params: Any) -> Any:
    model = RMTGBRegressor(n_iter_shared=3, n_iter_outlier=8, n_iter_task=3)
    model.set_params(early_stopping=False, random_state=0, **params)
    return model.fit(X, Y, TASKS)


def test_unseen_tasks_are_ordinary_and_have_no_trees() -> None:
    model = fitted()
    with pytest.warns(UserWarning, match=r"200 rows .* not seen: 9; .*='shared'"):
        found = model.predict_blocks(X, np.full(200, 9))
    own = model.predict_blocks(X, TASKS)
    s = model.outlier_score_
    assert s[4] > 0.5
    assert (s[:4] < 0.5).all()
    share = s[:4].mean()  # of as many rows each
    np.testing.assert_array_equal(found["shared"], own["shared"])
    np.testing.assert_allclose(
        found["outlier"] / share, own["outlier"] / s[TASKS], rtol=1e-9
    )
    np.testing.assert_allclose(
        found["non_outlier"] / (1 - share), own["non_outlier"] / (1 - s[TASKS])
    )
    assert not found["task"].any()


@pytest.mark.slow
def test_unseen_tasks_may_have_the_mean_of_all_trees() -> None:
    model = fitted(unseen_task="mean")
    with pytest.warns(UserWarning, match="='mean'"):
        found = model.predict_blocks(X, np.full(200, 9))["task"]
    each = [model.predict_blocks(X, np.full(200, t))["task"] for t in range(5)]
    np.testing.assert_allclose(found, np.mean(each, axis=0))


def test_unseen_tasks_may_be_refused() -> None:
    model = fitted(unseen_task="error")
    tasks = [*TASKS[:193], "a", "b", 77, 78, 79, 80, None]
    message = r"7 rows .* not seen: 'a', 'b', 77, 78, 79 and 2 more. Use unseen_task="
    with pytest.raises(ValueError, match=message):
        model.predict(X, tasks)
    model.predict(X, TASKS)


@pytest.mark.parametrize("missing", [None, np.nan])
def test_missing_ids_are_unseen(missing: Any) -> None:
    model = fitted()
    tasks = TASKS.astype(object)
    tasks[:3] = missing
    with pytest.warns(UserWarning, match="3 rows .* not seen: None"):
        found = model.predict(X, tasks)
    with pytest.warns(UserWarning, match="3 rows .* not seen: 9"):
        expected = model.predict(X, np.r_[[9] * 3, TASKS[3:]])
    np.testing.assert_array_equal(found, expected)


def test_one_warning_is_enough() -> None:
    y = Y > 0.0
    model = MTGBClassifier(n_iter_shared=2, n_iter_task=2).fit(X, y, TASKS)
    for method in (model.predict, model.predict_proba, model.decision_function):
        with pytest.warns(UserWarning, match="not seen") as found:
            method(X, np.full(200, 9))
        assert len(found) == 1
        assert found[0].filename == __file__
    with pytest.warns(UserWarning, match="not seen") as found:
        model.score(X, y, np.full(200, 9))
    assert len(found) == 1
