# SPDX-License-Identifier: BSD-3-Clause
"""Fits in several threads of one process do not meet."""

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from skx.active import badge_greedy, k_center_greedy
from skx.multitask import RMTGBClassifier
from skx.ordinal import OrdinalRegressionCV
from skx.proportions import ProportionBoostingClassifier, bag_target, make_bags
from skx.resampling import SMOTE, ResampledClassifier
from skx.rules import FOLDSEClassifier

pytestmark = pytest.mark.slow

N = 20_000
random = np.random.RandomState(0)
X = random.normal(size=(N, 6))
SCORE = X[:, 0] - X[:, 1] + random.logistic(size=N)
Y = (SCORE > 2.0).astype(int)
LEVELS = np.digitize(SCORE, [-1.0, 2.0])
TABLE = np.column_stack([np.arange(N) % 7, X])
BAGS = make_bags(X, bag_size=16, random_state=1)
TARGET = bag_target(BAGS, y=Y)
PROBA = np.column_stack([1 / (1 + np.exp(SCORE)), 1 / (1 + np.exp(-SCORE))])

FITS: dict[str, Callable[[], Any]] = {
    "resampling": lambda: SMOTE(n_jobs=2, random_state=0).fit_resample(X, Y)[0],
    "resampled": lambda: (
        ResampledClassifier(LogisticRegression(), sampler=SMOTE(random_state=0))
        .fit(X, Y)
        .predict_proba(X)
    ),
    "rules": lambda: FOLDSEClassifier(n_jobs=2).fit(X, Y).predict_proba(X),
    "multitask": lambda: (
        RMTGBClassifier(
            n_iter_shared=3, n_iter_task=3, task_feature=0, n_jobs=2, random_state=0
        )
        .fit(TABLE, Y)
        .predict_proba(TABLE)
    ),
    "proportions": lambda: (
        ProportionBoostingClassifier(n_estimators=5, n_jobs=2, random_state=0)
        .fit(X, TARGET)
        .predict_proba(X)
    ),
    "ordinal": lambda: (
        OrdinalRegressionCV(alphas=[0.1, 10.0], cv=3, n_jobs=2)
        .fit(X[:3000], LEVELS[:3000])
        .predict_proba(X)
    ),
    "active": lambda: np.concatenate(
        [
            k_center_greedy(X, 50, initial=np.arange(100)),
            badge_greedy(PROBA, X, 50, random_state=0),
        ]
    ),
}


@pytest.mark.parametrize("name", FITS)
def test_two_threads_at_once_find_what_one_finds(name: str) -> None:
    fit = FITS[name]
    expected = fit()
    with ThreadPoolExecutor(2) as pool:
        for found in pool.map(lambda _: fit(), range(4)):
            np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_families_side_by_side_find_what_they_find_alone() -> None:
    expected = {name: fit() for name, fit in FITS.items()}
    with ThreadPoolExecutor(3) as pool:
        found = dict(zip(FITS, pool.map(lambda fit: fit(), FITS.values()), strict=True))
    for name in FITS:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-12)


def test_no_threading_layer_of_numba_is_started() -> None:
    # Its simplest one, which is always there, ends the process when two threads meet.
    code = """
import numba
from test_threads import FITS
for fit in FITS.values():
    fit()
try:
    print(numba.threading_layer())
except ValueError:
    print("none")
"""
    paths = [str(Path(__file__).parent), *filter(None, sys.path)]
    found = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == "none"
