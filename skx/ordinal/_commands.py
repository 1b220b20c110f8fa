# SPDX-License-Identifier: BSD-3-Clause
"""What ``python -m skx`` runs for this family."""

from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skx._report import Report
from skx.datasets import load_wine_quality_red
from skx.ordinal import PRESTO, PRESTOCV, OrdinalRegression, metrics
from skx.ordinal._links import FAMILIES, LINKS

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
    n_folds, n_repeats = (3, 1) if quick else (5, 4)
    for method, (model, is_skx) in _methods().items():
        report.step(f"{method}, {n_repeats} x {n_folds} folds")
        start = perf_counter()
        repeats = [_cross_validate(model, X, y, n_folds, i) for i in range(n_repeats)]
        seconds = (perf_counter() - start) / (n_folds * n_repeats)
        scores: dict[str, float | str] = {
            name: float(np.mean([scores[name] for scores in repeats]))
            for name in repeats[0]
        }
        task = f"grades of {len(y)} wines"
        report.add_row(task, method, scores=scores, seconds=seconds, is_skx=is_skx)
    report.note(
        "Out-of-fold scores, lower is better; seconds for one fit and prediction. Log "
        "loss and ranked probability score judge the probabilities of all grades, the "
        "absolute error the grade named, the last score the probability of an 8, of "
        f"which there are {(y == 8).sum()}. Regression names grades as well as the "
        "others, and has no probabilities. Proportional odds has a sixth of the "
        "classifier's slopes and predicts all grades about as well; PRESTO adds "
        "differences of slopes where they pay. For the rare grade models that borrow "
        "from the others are ahead, but with so few of it the scores are rough."
    )
    report.figure(
        "alcohol",
        lambda figure: _draw_shares(figure, X, y),
        "Probability of each grade as alcohol rises, by proportional odds; the other "
        "measures at their means.",
    )


def warmup() -> None:
    """Compile the kernels for each family, for dense and sparse columns."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 2)), np.tile([0, 1, 2], 20)
    for family in FAMILIES:
        for data in (X, X.astype(np.float32), sparse.csr_array(X)):
            PRESTO(family=family).fit(data, y).predict(data)
    for link in LINKS:
        OrdinalRegression(link=link).fit(X, y)
    crossing = OrdinalRegression(nonparallel="all", feasibility="none").fit(X, y)
    crossing.coef_[:] = [[9.0, 0.0], [-9.0, 0.0]]
    crossing.set_params(crossing="clip").predict(X)


def _methods() -> dict[str, tuple[Any, bool]]:
    """Every way to a grade, behind the same preprocessing."""
    return {
        "Ridge, rounded": (make_pipeline(StandardScaler(), Ridge()), False),
        "LogisticRegression": (
            make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
            False,
        ),
        "LogisticRegression, 8 or not": (
            make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
            False,
        ),
        "OrdinalRegression": (OrdinalRegression(), True),
        "PRESTOCV": (PRESTOCV(family="sratio", base_penalty=0), True),
    }
