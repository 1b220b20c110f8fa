# SPDX-License-Identifier: BSD-3-Clause
"""What ``python -m skx`` runs for this family."""

from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from imblearn import over_sampling
from imblearn.pipeline import make_pipeline as make_imblearn_pipeline
from numpy.typing import NDArray
from scipy import sparse
from sklearn.calibration import calibration_curve
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    average_precision_score,
    balanced_accuracy_score,
    log_loss,
    roc_auc_score,
)
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skx._report import Report
from skx.datasets import load_nass_cds
from skx.resampling import (
    SMOTE,
    SMOTEN,
    SMOTENC,
    SMOTER,
    EditedNearestNeighbours,
    GeometricSMOTE,
    MultivariateGaussianSMOTE,
    ProWSyn,
    ResampledClassifier,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = "Resampling: rare classes (SMOTE)"


def demo(report: Report, *, quick: bool) -> None:
    """Predict which occupants die in a crash: 4.5 % of 26 217."""
    report.step("reading nass_cds")
    bunch = load_nass_cds(as_frame=False)
    X, y = bunch.data, bunch.target == "dead"
    n_folds = 2 if quick else 5
    report.step("compiling the kernels, which is needed once")
    SMOTE().fit_resample(np.arange(40.0).reshape(-1, 1), np.repeat([0, 1], [30, 10]))
    curves = {}
    for task, classifier in {
        "logistic regression": LogisticRegression(max_iter=1000),
        "decision tree": DecisionTreeClassifier(min_samples_leaf=5, random_state=0),
    }.items():
        for method, (model, is_skx) in _methods(bunch, classifier).items():
            report.step(f"{task}: {method}, {n_folds} folds")
            start = perf_counter()
            scores, probability = _cross_validate(model, X, y, n_folds)
            seconds = (perf_counter() - start) / n_folds
            report.add_row(task, method, scores=scores, seconds=seconds, is_skx=is_skx)
            curves[task, method] = probability
    report.note(
        "Out-of-fold scores; seconds for one fit and prediction. AUC and average "
        "precision judge the ranking, balanced accuracy the default decision, log loss "
        "the probabilities. SMOTE moves the default decision as class weights do and "
        "makes the probabilities too high. It leaves the ranking of logistic "
        "regression as it was; the tree gains AUC and loses average precision. "
        "Calibration mends the probabilities and takes the decision back: then choose "
        "a threshold by what the errors cost."
    )
    report.figure(
        "calibration",
        lambda figure: _draw_calibration(figure, y, curves),
        "Predicted against observed share of deaths, logistic regression.",
    )
    report.figure("rows", _draw_rows, "A rare class and its SMOTE rows.")


def warmup() -> None:
    """Compile the kernels for float64 and float32, dense, missing and sparse."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 3)), np.repeat([0, 1], [30, 10])
    missing = X.copy()
    missing[0, 0] = missing[35, 1] = np.nan
    for data in (X, missing, sparse.csr_array(X)):
        for dtype in (np.float64, np.float32):
            SMOTE(random_state=0).fit_resample(data.astype(dtype), y)
            EditedNearestNeighbours().fit_resample(data.astype(dtype), y)
    mixed = np.column_stack([X, y])
    SMOTENC(categorical_features=[3]).fit_resample(mixed, y)
    SMOTEN().fit_resample(mixed, y)
    SMOTEN().fit_resample(mixed, np.repeat([0, 1, 2], [20, 10, 10]))
    for sampler in (MultivariateGaussianSMOTE(), GeometricSMOTE(), ProWSyn()):
        for dtype in (np.float64, np.float32):
            sampler.fit_resample(X.astype(dtype), y)
    SMOTER(control_points=[[0, 0], [1, 1]], noise="gaussian").fit_resample(X, y)


def _methods(bunch: Any, classifier: Any) -> dict[str, tuple[Any, bool]]:
    """Every way to a classifier, behind the same preprocessing."""
    nominal = [bunch.feature_names.index(name) for name in bunch.categorical_features]
    numeric = [j for j in range(len(bunch.feature_names)) if j not in nominal]
    columns = make_column_transformer(
        (OneHotEncoder(drop="if_binary"), nominal),
        (make_pipeline(SimpleImputer(), StandardScaler()), numeric),
    )
    balanced = type(classifier)(
        **{**classifier.get_params(), "class_weight": "balanced"}
    )
    resampled = ResampledClassifier(classifier, sampler=SMOTE(), random_state=0)
    calibrated = ResampledClassifier(
        classifier, sampler=SMOTE(), calibrate="sigmoid", random_state=0
    )
    peer = over_sampling.SMOTE(random_state=0)
    return {
        "as it is": (make_pipeline(columns, classifier), False),
        "class_weight": (make_pipeline(columns, balanced), False),
        "imblearn SMOTE": (make_imblearn_pipeline(columns, peer, classifier), False),
        "SMOTE": (make_pipeline(columns, resampled), True),
        "SMOTE, calibrated": (make_pipeline(columns, calibrated), True),
    }


def _cross_validate(
    model: Any, X: NDArray, y: NDArray, n_folds: int
) -> tuple[dict[str, float | str], NDArray]:
    probability = np.empty(y.shape[0])
    for train, test in StratifiedKFold(n_folds).split(X, y):
        probability[test] = model.fit(X[train], y[train]).predict_proba(X[test])[:, 1]
    return {
        "AUC": roc_auc_score(y, probability),
        "average precision": average_precision_score(y, probability),
        "balanced accuracy": balanced_accuracy_score(y, probability > 0.5),
        "log loss": log_loss(y, probability),
    }, probability


def _draw_calibration(figure: "Figure", y: NDArray, curves: dict) -> None:
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":", label="perfect")
    for (task, method), probability in curves.items():
        if task == "logistic regression":
            observed, predicted = calibration_curve(
                y, probability, n_bins=10, strategy="quantile"
            )
            axes.plot(predicted, observed, marker="o", label=method)
    axes.set(xlabel="predicted share of deaths", ylabel="observed share of deaths")
    axes.legend()


def _draw_rows(figure: "Figure") -> None:
    rng = np.random.default_rng(3)
    angle = rng.uniform(0, np.pi, 25)
    rare = np.column_stack([np.cos(angle), np.sin(angle)]) + rng.normal(0, 0.1, (25, 2))
    common = rng.normal([0, -0.2], 0.5, (150, 2))
    X, y = np.vstack([common, rare]), np.repeat([0, 1], [150, 25])
    X_new, _ = SMOTE(random_state=0).fit_resample(X, y)
    axes = figure.subplots()
    for rows, color, label in (
        (X_new[175:], "tab:orange", "synthetic"),
        (common, "lightgrey", "common class"),
        (rare, "tab:red", "rare class"),
    ):
        axes.scatter(rows[:, 0], rows[:, 1], s=20, color=color, label=label)
    axes.legend()
