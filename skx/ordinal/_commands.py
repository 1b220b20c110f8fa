# SPDX-License-Identifier: BSD-3-Clause
"""What ``python -m skx`` runs for this family."""

import warnings
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skx._report import Report
from skx.datasets import load_wine_quality_red
from skx.ordinal import PRESTO, PRESTOCV, OrdinalRegression, metrics
from skx.ordinal._design import KEEP, Design
from skx.ordinal._links import FAMILIES, Likelihood
from skx.ordinal._problem import Effects, Problem, no_penalty

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = "Ordinal: ordered classes, a rare one at the end"


def demo(report: Report, *, quick: bool) -> None:
    """Predict the grades of red wines, 3 to 8, of which an 8 is rare."""
    report.step("reading wine_quality_red, one of each wine")
    X, y = load_wine_quality_red(return_X_y=True, as_frame=False)
    wines = np.unique(np.column_stack([X, y]), axis=0)
    X, y = wines[:, :-1], wines[:, -1].astype(int)
    report.step("compiling the kernels, which is needed once")
    OrdinalRegression().fit(X, y)
    PRESTO(family="sratio").fit(X, y)
    n_folds, n_repeats = (3, 1) if quick else (5, 4)
    for method, (model, score) in METHODS.items():
        report.step(f"{method}, {n_repeats} x {n_folds} folds")
        start = perf_counter()
        repeats = [
            score(model, X, y, StratifiedKFold(n_folds, shuffle=True, random_state=i))
            for i in range(n_repeats)
        ]
        seconds = (perf_counter() - start) / (n_folds * n_repeats)
        report.add_row(
            f"grades of {len(y)} wines",
            method,
            scores={
                name: float(np.mean([scores[name] for scores in repeats]))
                for name in repeats[0]
            },
            seconds=seconds,
            is_skx=isinstance(model, OrdinalRegression | PRESTO),
        )
    report.note(
        "Out-of-fold scores, lower is better; seconds for one fit and prediction. Log "
        "loss and ranked probability score judge the probabilities of all grades, the "
        "absolute error the grade that is named (where there are probabilities, the "
        "middle one), the last score the probability of an 8, which only "
        f"{(y == 8).sum()} wines have."
    )
    report.note(
        "Rounded regression names grades about as well as the others, but has no "
        "probabilities. Proportional odds has one slope for each column, a sixth of "
        "the classifier's, and predicts nearly as well; PRESTO adds differences of "
        "slopes where they pay. For the rare grade it helps to borrow from the others, "
        "but so few wines make rough scores."
    )
    report.figure(
        "alcohol",
        lambda figure: _draw_shares(figure, X, y),
        "Probability of each grade as alcohol rises, by proportional odds; the other "
        "measures at their means.",
    )


def warmup() -> None:
    """Compile the kernels: both precisions, dense and sparse, small and large."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 2)), np.tile([0, 1, 2], 20)
    for family in FAMILIES:
        for data in (X, X.astype(np.float32), sparse.csr_array(X)):
            PRESTO(family=family).fit(data, y).predict(data)
        OrdinalRegression(family=family, link="cauchit").fit(X, y)  # mean curvature
    crossing = OrdinalRegression(nonparallel="all").fit(X, y)
    crossing.coef_ = np.array([[9.0, 0.0], [-9.0, 0.0]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        crossing.predict(X)
    # Columns that are too large to be copied are read by kernels of their own.
    n_rows = KEEP // 2 + 1
    for dtype in (np.float64, np.float32):
        design = Design(
            np.zeros((n_rows, 2), dtype=dtype),
            np.arange(n_rows) % 3,
            np.ones(n_rows),
            3,
            standardize=False,
        )
        for shared in (True, False):
            effects = Effects(np.full(2, shared), np.eye(2))
            likelihood = Likelihood("cumulative", "logit")
            problem = Problem(design, likelihood, effects, no_penalty(effects))
            problem.gradient(problem.start())


def _score_all(
    model: Any, X: NDArray, y: NDArray, folds: StratifiedKFold
) -> dict[str, float]:
    """Score probabilities of all grades."""
    grades = np.unique(y)
    proba = cross_val_predict(model, X, y, cv=folds, method="predict_proba")
    middle = grades[(proba.cumsum(axis=1)[:, :-1] < 0.5).sum(axis=1)]
    return {
        "log loss": metrics.multiclass_log_loss(y, proba, labels=grades),
        "RPS": metrics.ranked_probability_score(y, proba, labels=grades),
        "abs. error": metrics.ordinal_mae(y, middle),
        "log loss of 8": metrics.rare_class_log_loss(y, proba, labels=grades),
    }


def _score_rounded(
    model: Any, X: NDArray, y: NDArray, folds: StratifiedKFold
) -> dict[str, float]:
    """Score predictions of a regressor, rounded to a grade."""
    named = cross_val_predict(model, X, y, cv=folds.split(X, y)).round()
    named = named.clip(y.min(), y.max()).astype(int)
    return {"abs. error": metrics.ordinal_mae(y, named)}


def _score_rare(
    model: Any, X: NDArray, y: NDArray, folds: StratifiedKFold
) -> dict[str, float]:
    """Score probabilities of the highest grade against all others."""
    is_rare = y == y.max()
    proba = cross_val_predict(
        model, X, is_rare, cv=folds.split(X, y), method="predict_proba"
    )
    return {"log loss of 8": metrics.rare_class_log_loss(is_rare, proba)}


def _draw_shares(figure: "Figure", X: NDArray, y: NDArray) -> None:
    alcohol = X[:, -1]
    rows = np.tile(X.mean(axis=0), (100, 1))
    rows[:, -1] = np.linspace(alcohol.min(), alcohol.max(), 100)
    model = OrdinalRegression().fit(X, y)
    axes = figure.subplots()
    colors = [(1 - t, 0.9 - 1.25 * t, 0.85 - t) for t in np.linspace(0, 0.7, 6)]
    shares = model.predict_proba(rows).T
    axes.stackplot(rows[:, -1], shares, labels=model.classes_, colors=colors)
    axes.set(xlabel="alcohol, per cent", ylabel="probability", ylim=(0, 1))
    axes.margins(x=0)
    axes.legend(title="grade", loc="center left", bbox_to_anchor=(1, 0.5), reverse=True)


# What is done today and what skx does, and how each is scored.
METHODS = {
    "LogisticRegression": (
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
        _score_all,
    ),
    "LogisticRegression, 8 or not": (
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
        _score_rare,
    ),
    "Ridge, rounded": (make_pipeline(StandardScaler(), Ridge()), _score_rounded),
    "OrdinalRegression": (OrdinalRegression(), _score_all),
    "PRESTOCV, stopping ratio": (PRESTOCV(family="sratio"), _score_all),
}
