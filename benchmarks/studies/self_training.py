# SPDX-License-Identifier: BSD-3-Clause
"""Labels by a model for rows that nobody labelled: whose confidence to trust.

``python -m benchmarks.studies.self_training [data ...]`` writes
``benchmarks/results/study-self-training.md``, in MINUTES on a busy core; the
lines of data that are not named are kept. All tables come with skx. A quarter of the
rows test, of the others at most 3 000 train. Few of them keep their label: 10 per
class, 80 at least, in proportion to the classes. Which, is drawn in two ways. At random
within the class; or biased as in the paper (Odonnat, Feofanov and Redko, 2024): within
the class, with a chance that grows as exp(r |z|), z being the row's place on the first
principal component of the class's rows, in standardised columns. As there, r is 2 for
tables and 0.5 for images.

All methods have the same estimator. "labels alone" is fitted to the rows that kept
their label, "scikit-learn" is `SelfTrainingClassifier` with its defaults, which trusts
the estimator's own probabilities above 0.75. The others are `TSimilaritySelfTraining`
with each criterion, its other parameters at their defaults, and, as an ablation, with
``diversity=0``, where the heads are one logistic regression. All rows without a label
are at hand in fit; test rows are not. Defaults were chosen on other data.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier

from skx import datasets
from skx.active import TSimilaritySelfTraining

# The tables, and the strength of the bias.
DATA = {
    "spambase": 2.0,
    "mushroom": 2.0,
    "letter": 2.0,
    "satimage": 0.5,
    "optdigits": 0.5,
}
N_REPEATS = 20
MAX_TRAIN = 3000
RESULT = Path(__file__).parents[1] / "results" / "study-self-training.md"


def logistic() -> Any:
    """Return a linear model."""
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))


def boosted() -> Any:
    """Return boosted trees that few rows suffice for."""
    return HistGradientBoostingClassifier(
        max_iter=30, min_samples_leaf=5, early_stopping=False
    )


ESTIMATORS = {"logistic regression": logistic, "boosted trees": boosted}


def trained(criterion: str, **params: Any) -> Callable[[Any, int], Any]:
    """Return what makes a self-training model of an estimator and a seed."""
    return lambda estimator, seed: TSimilaritySelfTraining(
        estimator, criterion=criterion, random_state=seed, **params
    )


METHODS: dict[str, Callable[[Any, int], Any]] = {
    "labels alone": lambda estimator, seed: estimator,
    "scikit-learn": lambda estimator, seed: SelfTrainingClassifier(estimator),
    "curriculum": trained("curriculum"),
    "threshold": trained("threshold"),
    "bound": trained("bound"),
    "curriculum, no diversity": trained("curriculum", diversity=0.0),
}


def load(name: str) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return columns as numbers, categories in one-hot coding, and codes of classes."""
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    columns = pd.get_dummies(X).to_numpy(np.float64)
    return columns, np.unique(np.asarray(y), return_inverse=True)[1]


def keep_labels(
    X: NDArray, y: NDArray, biased: bool, strength: float, rng: np.random.RandomState
) -> NDArray:
    """Return y with -1 where the label is taken away."""
    scaled = StandardScaler().fit_transform(X)
    given = np.full(len(y), -1)
    n_labels = max(80, 10 * (y.max() + 1))
    for code in range(y.max() + 1):
        rows = np.flatnonzero(y == code)
        chances = np.ones(len(rows))
        if biased:
            pca = PCA(n_components=1, svd_solver="full")
            places = np.abs(pca.fit_transform(scaled[rows])[:, 0])
            # No chance rounds to 0.
            chances = np.exp(np.maximum(strength * (places - places.max()), -300.0))
        n = max(2, round(n_labels * len(rows) / len(y)))
        kept = rng.choice(rows, n, replace=False, p=chances / chances.sum())
        given[kept] = code
    return given


def study(name: str, biased: bool, make: Callable[[], Any]) -> NDArray[np.float64]:
    """Return test accuracies in per cent, by repeat and method."""
    X, y = load(name)
    scores = np.empty((N_REPEATS, len(METHODS)))
    for seed in range(N_REPEATS):
        rows, test = train_test_split(
            np.arange(len(y)), test_size=0.25, stratify=y, random_state=seed
        )
        if len(rows) > MAX_TRAIN:
            rows, _ = train_test_split(
                rows, train_size=MAX_TRAIN, stratify=y[rows], random_state=seed
            )
        rng = np.random.RandomState(seed)
        given = keep_labels(X[rows], y[rows], biased, DATA[name], rng)
        known = given >= 0
        for k, (method, build) in enumerate(METHODS.items()):
            model = build(make(), seed)
            if method == "labels alone":
                model.fit(X[rows[known]], given[known])
            else:
                model.fit(X[rows], given)
            scores[seed, k] = 100.0 * model.score(X[test], y[test])
    print(name, biased, scores.mean(axis=0).round(2), file=sys.stderr, flush=True)
    return scores
