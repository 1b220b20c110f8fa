# SPDX-License-Identifier: BSD-3-Clause
"""What ``python -m skx`` runs for this family."""

import warnings
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_limits

from skx._report import Report
from skx.datasets import load_covid_testing
from skx.multitask import (
    MTGBClassifier,
    MTGBRegressor,
    RMTGBClassifier,
    RMTGBRegressor,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = "Multi-task: one model for many clinics, some unlike the others"


def demo(report: Report, *, quick: bool) -> None:
    """Predict positive tests of 88 clinics, most of which have few."""
    report.step("reading covid_testing")
    bunch = load_covid_testing(as_frame=False)
    names = list(bunch.feature_names)
    X, y = bunch.data, bunch.target == "positive"
    clinic = names.index("clinic_name")
    nominal = [names.index(name) for name in bunch.categorical_features]
    report.step("compiling the kernels, which is needed once")
    warmup()
    folds = StratifiedKFold(3 if quick else 10, shuffle=True, random_state=0)
    counts = np.bincount(X[:, clinic].astype(int))
    is_small = counts[X[:, clinic].astype(int)] < np.sort(counts)[-2]
    for method, (model, is_skx) in _methods(clinic, nominal, X.shape[1]).items():
        report.step(f"{method}, {folds.n_splits} folds")
        proba = np.empty(len(y))
        start = perf_counter()
        with threadpool_limits(1), warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*that fit has not seen")
            for train, test in folds.split(X, y):
                fitted = clone(model).fit(X[train], y[train])
                proba[test] = fitted.predict_proba(X[test])[:, 1]
        seconds = (perf_counter() - start) / folds.n_splits
        scores = {
            "log loss": log_loss(y, proba),
            "AUC": roc_auc_score(y, proba),
            "log loss, small clinics": log_loss(y[is_small], proba[is_small]),
        }
        report.add_row(
            f"{len(y)} tests, {int(y.sum())} positive",
            method,
            scores=scores,
            seconds=seconds,
            is_skx=is_skx,
        )
    report.note(
        "Scores of rows that the models did not see; seconds for one fit and "
        "prediction in one thread. The last score leaves out the two clinics with most "
        f"tests, which have {int((~is_small).sum())} of them. Rows of a clinic that a "
        "fit has not seen are predicted as those of an ordinary one."
    )
    report.figure(
        "outliers",
        lambda figure: _draw(figure, fitted),
        "Outlier scores of the clinics in the last fold, and their numbers of tests.",
    )


def warmup() -> None:
    """Compile the kernels for both precisions and all ways of growing."""
    rng = np.random.default_rng(0)
    numbers = np.column_stack([rng.normal(size=60), np.arange(60) % 3])
    classes, tasks = np.arange(60) % 3, np.arange(60) % 2
    y = rng.uniform(0.5, 1.5, 60)
    few: dict[str, Any] = {"n_iter_shared": 1, "n_iter_task": 1, "random_state": 0}
    both = {"n_iter_outlier": 1, "early_stopping": True, **few}
    for dtype in (np.float64, np.float32):
        X = numbers.astype(dtype)
        X.flags.writeable = False
        for rows in (X, X.copy()):
            for model, target in (
                (RMTGBRegressor(categorical_features=[1], **both), y),
                (RMTGBRegressor("absolute_error", subsample=0.5, **both), y),
                (RMTGBClassifier(leaf_update="gradient", **both), classes),
                (MTGBRegressor("huber", **few), y),
                (MTGBClassifier(**few), classes),
            ):
                model.fit(rows, target, tasks, sample_weight=y).predict(rows, tasks)


def _methods(clinic: int, nominal: list[int], n: int) -> dict[str, tuple[Any, bool]]:
    others = [j for j in range(n) if j != clinic]
    of_others = [others.index(j) for j in nominal if j != clinic]
    ours: dict[str, Any] = {
        "task_feature": clinic,
        "categorical_features": nominal,
        "random_state": 0,
    }
    return {
        "HistGradientBoosting, no clinics": (
            make_pipeline(
                make_column_transformer(("passthrough", others)),
                HistGradientBoostingClassifier(
                    categorical_features=of_others, random_state=0
                ),
            ),
            False,
        ),
        "HistGradientBoosting, clinic as category": (
            HistGradientBoostingClassifier(
                categorical_features=nominal, random_state=0
            ),
            False,
        ),
        "MTGBClassifier": (MTGBClassifier(**ours), True),
        "RMTGBClassifier": (RMTGBClassifier(**ours), True),
    }


def _draw(figure: "Figure", model: RMTGBClassifier) -> None:
    axes = figure.subplots()
    axes.scatter(model.task_counts_, model.outlier_score_, alpha=0.6)
    axes.set(xscale="log", xlabel="tests of a clinic", ylabel="outlier score")
    axes.axhline(0.5, color="grey", linestyle=":")
