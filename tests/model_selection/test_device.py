# SPDX-License-Identifier: BSD-3-Clause
"""Arrays on a device are copied to the host, and the scores are the same."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB

from skx.model_selection import (
    bootstrap_632plus,
    compare_estimators,
    nested_cross_validate,
)


def differences(X: Any, y: Any) -> Any:
    models = {"bayes": GaussianNB(), "logistic": LogisticRegression()}
    return compare_estimators(models, X, y, random_state=0).scores["bayes"]


def nested(X: Any, y: Any) -> Any:
    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]})
    return nested_cross_validate(search, X, y, cv=3, random_state=0).scores


def error(X: Any, y: Any) -> Any:
    return bootstrap_632plus(GaussianNB(), X, y, n_bootstraps=20, random_state=0).error


@pytest.mark.parametrize("run", [differences, nested, error])
def test_arrays_of_a_device_are_copied(device: Any, run: Callable) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 3))
    y = (X[:, 0] + rng.normal(size=90) > 0).astype(int)
    expected = run(X, y)
    with pytest.warns(UserWarning, match="computes on the host"):
        found = run(device.put(X), device.put(y))
    np.testing.assert_array_equal(np.asarray(found), np.asarray(expected))
