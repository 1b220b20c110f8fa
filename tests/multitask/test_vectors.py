# SPDX-License-Identifier: BSD-3-Clause
"""Results of the published code, and scores that its authors published."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import softmax

from skx.multitask import (
    MTGBClassifier,
    MTGBRegressor,
    RMTGBClassifier,
    RMTGBRegressor,
)

STORED = np.load(Path(__file__).parents[1] / "vectors" / "multitask_reference.npz")
CASES = sorted({key.rpartition(".")[0] for key in STORED.files})


def read(case: str) -> dict[str, np.ndarray]:
    return {
        key.rpartition(".")[2]: STORED[key]
        for key in STORED.files
        if key.startswith(f"{case}.")
    }


def as_published(case: str, stored: dict[str, np.ndarray]) -> Any:
    shared, outlier, task = map(int, stored["n_iter"])
    cls = RMTGBRegressor if case.startswith("reg") else RMTGBClassifier
    model = cls(n_iter_shared=shared, n_iter_outlier=outlier, n_iter_task=task)
    model.set_params(learning_rate=float(stored["learning_rate"]))
    model.set_params(**cls.paper_params())
    return model.set_params(theta_init=stored["theta_init"] if outlier else "random")


def test_cases_are_found() -> None:
    assert len(CASES) == 18
    assert {case.partition("_")[0] for case in CASES} == {"reg", "bin", "multi"}


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_published_code_agrees(case: str) -> None:
    stored = read(case)
    model = as_published(case, stored)
    model.fit(stored["X"].astype(float), stored["y"], stored["tasks"])
    X, tasks, raw = stored["X_test"], stored["tasks_test"], stored["raw_test"]
    if case.startswith("reg"):
        found, expected = model.predict(X, tasks), raw
    elif case.startswith("bin"):
        # It keeps a column for each class, which mirror each other.
        found, expected = model.decision_function(X, tasks), raw[:, 1] - raw[:, 0]
    else:
        found, expected = model.predict_proba(X, tasks), softmax(raw, axis=1)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)
    if model.n_iter_outlier:
        np.testing.assert_allclose(model.theta_, stored["theta"], rtol=0, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["reg", "bin"])
def test_without_the_outlier_block_it_is_mtgb(kind: str) -> None:
    case = f"{kind}_15_0_10_s{40 if kind == 'reg' else 70}"
    stored = read(case)
    X, tasks = stored["X"].astype(float), stored["tasks"]
    cls = MTGBRegressor if kind == "reg" else MTGBClassifier
    for paper in (True, False):
        robust = as_published(case, stored)
        plain = cls(n_iter_shared=15, n_iter_task=10)
        if paper:
            plain.set_params(**cls.paper_params())
        else:
            robust = type(robust)(n_iter_shared=15, n_iter_outlier=0, n_iter_task=10)
        expected = plain.fit(X, stored["y"], tasks).predict_blocks(X, tasks)
        found = robust.fit(X, stored["y"], tasks).predict_blocks(X, tasks)
        for name in expected:
            np.testing.assert_array_equal(found[name], expected[name])
        assert not found["outlier"].any()


# The settings of rows of the authors' tables that no seed decides, and what skx gets.
PUBLISHED = [
    ("school", 50, 20, 10.193196, 10.193196),
    ("school", 0, 50, 10.347051, 10.347051),
    ("computer", 50, 0, 2.540863, 2.540863),
    # The authors' code counts tasks anew in each batch, of which one is missing here:
    # it predicts most of them by the trees of another. Done so, skx gets it but for
    # 4e-4, and scikit-learn's stumps but for 4e-5: columns that cut the few rows of a
    # task alike cut those of another differently.
    ("computer", 0, 20, 2.798076, 2.1716),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "shared", "task", "published", "right"), PUBLISHED)
def test_published_scores_are_met(
    name: str, shared: int, task: int, published: float, right: float, extra_data: Path
) -> None:
    data = np.load(extra_data / "reference" / "multitask" / f"data_{name}.npz")
    model = MTGBRegressor(n_iter_shared=shared, n_iter_task=task)
    model.set_params(**MTGBRegressor.paper_params())
    model.fit(data["X"].astype(float), data["y"], data["tasks"])

    def error(tasks: np.ndarray) -> float:
        predicted = model.predict(data["X_test"], tasks)
        return np.sqrt(np.mean((data["y_test"] - predicted) ** 2))

    tasks = data["tasks_test"]
    assert error(tasks) == pytest.approx(right, abs=1e-4)
    if published != right:
        renumbered = np.unique(tasks, return_inverse=True)[1]
        assert error(model.tasks_[renumbered]) == pytest.approx(published, rel=1e-3)
