# SPDX-License-Identifier: BSD-3-Clause
"""Over-samplers on KEEL's imbalanced data: do they help, and are they as their peers.

``python -m benchmarks.studies.keel`` (some ten minutes) writes
``benchmarks/results/study-keel.md``. Numeric columns of 21 tables with 1.9 to 129
common rows for a rare one, standardised on the training rows; five stratified folds,
three times; classifiers with their default parameters. Every class grows to the size of
the largest. Ranks are means over the pairs of table and classifier, 1 is best. Nothing
is tuned.

The peers are imbalanced-learn, smote-variants and mgs-grf, where they are installed.
"""

import logging
import sys
import warnings
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    average_precision_score,
    balanced_accuracy_score,
    log_loss,
    roc_auc_score,
)
from sklearn.model_selection import RepeatedStratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from benchmarks.studies._data import KEEL, load_keel

RESULT = Path(__file__).parents[1] / "results" / "study-keel.md"
N_FOLDS, N_REPEATS = 5, 3
SEED = 0

CLASSIFIERS: dict[str, Callable[[], Any]] = {
    "logistic": lambda: LogisticRegression(max_iter=2000),
    "CART": lambda: DecisionTreeClassifier(random_state=SEED),
    "5-NN": KNeighborsClassifier,
}
# Name, is more better.
METRICS = {
    "AUC": True,
    "average precision": True,
    "balanced accuracy": True,
    "log loss": False,
}


def _skx(name: str, **params: Any) -> Callable[[NDArray, NDArray], Any]:
    def resample(X: NDArray, y: NDArray) -> Any:
        sampler = getattr(import_module("skx.resampling"), name)(
            random_state=SEED, **params
        )
        return sampler.fit_resample(X, y)

    return resample


def _imblearn(name: str) -> Callable[[NDArray, NDArray], Any]:
    def resample(X: NDArray, y: NDArray) -> Any:
        module = import_module("imblearn.over_sampling")
        return getattr(module, name)(random_state=SEED).fit_resample(X, y)

    return resample


def _smote_variants(name: str) -> Callable[[NDArray, NDArray], Any]:
    def resample(X: NDArray, y: NDArray) -> Any:
        logging.disable(logging.CRITICAL)
        module = import_module("smote_variants")
        return getattr(module, name)(random_state=SEED).sample(X, y)

    return resample


def _mgs_grf(X: NDArray, y: NDArray) -> Any:
    sampler = import_module("mgs_grf").MGSGRFOverSampler(
        K=X.shape[1] + 1, random_state=SEED
    )
    return sampler.fit_resample(X, y)


Resample = Callable[[NDArray, NDArray], Any]
SHRINK = {"small_class": "shrink"}
# Ours, the peer's package, the peer.
METHODS: dict[str, tuple[Resample, str | None, Resample | None]] = {
    "none": (lambda X, y: (X, y), None, None),
    "random over-sampling": (
        _skx("RandomOverSampler"),
        "imblearn",
        _imblearn("RandomOverSampler"),
    ),
    "SMOTE": (_skx("SMOTE", **SHRINK), "imblearn", _imblearn("SMOTE")),
    "Borderline-SMOTE 1": (
        _skx("BorderlineSMOTE", on_empty="smote", **SHRINK),
        "imblearn",
        _imblearn("BorderlineSMOTE"),
    ),
    "ADASYN": (
        _skx("ADASYN", on_empty="smote", **SHRINK),
        "imblearn",
        _imblearn("ADASYN"),
    ),
    "polynomial fit, star": (
        _skx("PolynomialFitSMOTE"),
        "smote_variants",
        _smote_variants("polynom_fit_SMOTE_star"),
    ),
    "MGS": (_skx("MultivariateGaussianSMOTE"), "mgs_grf", _mgs_grf),
    "ProWSyn": (_skx("ProWSyn"), "smote_variants", _smote_variants("ProWSyn")),
    "Geometric SMOTE": (_skx("GeometricSMOTE", **SHRINK), None, None),
}


def score(
    X: NDArray, y: NDArray, train: NDArray, test: NDArray, resample: Resample
) -> NDArray[np.float64]:
    """Scores (classifier, metric) of one fold."""
    scaler = StandardScaler().fit(X[train])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        X_new, y_new = resample(scaler.transform(X[train]), y[train])
        found = []
        for make in CLASSIFIERS.values():
            classifier = make().fit(X_new, y_new)
            shares = classifier.predict_proba(scaler.transform(X[test]))[:, 1]
            found.append(
                (
                    roc_auc_score(y[test], shares),
                    average_precision_score(y[test], shares),
                    balanced_accuracy_score(y[test], shares > 0.5),
                    log_loss(y[test], shares),
                )
            )
    return np.array(found)


def study(name: str, side: int) -> NDArray[np.float64]:
    """Mean scores (method, classifier, metric) of skx (0) or of the peers (1)."""
    X, y = load_keel(name)
    folds = RepeatedStratifiedKFold(
        n_splits=N_FOLDS, n_repeats=N_REPEATS, random_state=SEED
    )
    means = np.full((len(METHODS), len(CLASSIFIERS), len(METRICS)), np.nan)
    for row, (ours, package, peer) in enumerate(METHODS.values()):
        resample = ours if side == 0 else peer
        if resample is None or (side == 1 and find_spec(package or "") is None):
            continue
        try:
            means[row] = np.mean(
                [score(X, y, *fold, resample) for fold in folds.split(X, y)], axis=0
            )
        except (ValueError, RuntimeError) as error:  # a peer refuses some tables
            if side == 0:
                raise
            print(f"{name}, {list(METHODS)[row]}: {error}", file=sys.stderr)
    print(f"{name} ({'skx' if side == 0 else 'peers'}) done", file=sys.stderr)
    return means


def mean_ranks(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks (method, metric) from scores (table, method, classifier, metric)."""
    ranks = np.empty((len(METHODS), len(METRICS)))
    for column, more_is_better in enumerate(METRICS.values()):
        values = scores[..., column] * (-1 if more_is_better else 1)
        ranks[:, column] = rankdata(values, axis=1).mean(axis=(0, 2))
    return ranks


def report(scores: NDArray[np.float64], peers: NDArray[np.float64]) -> str:
    """Both tables, in Markdown."""
    ranks = mean_ranks(scores)
    auc = scores[..., 0].mean(axis=0)
    lines = ["# Over-samplers on KEEL's data", ""]
    lines += [(__doc__ or "").split("\n\n", 1)[1].strip(), ""]
    heads = [f"AUC, {name}" for name in CLASSIFIERS] + [f"rank: {m}" for m in METRICS]
    lines += [f"| method | {' | '.join(heads)} |", "|---" * (len(heads) + 1) + "|"]
    for row, name in enumerate(METHODS):
        cells = [f"{value:.3f}" for value in auc[row]]
        cells += [f"{value:.2f}" for value in ranks[row]]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += [
        "",
        "Mean AUC of skx less that of the peer, over the tables both took.",
        "",
    ]
    heads = [*CLASSIFIERS, "all"]
    lines += [
        f"| method | tables | {' | '.join(heads)} |",
        "|---" * (len(heads) + 2) + "|",
    ]
    for row, (name, (_, package, _)) in enumerate(METHODS.items()):
        both = ~np.isnan(peers[:, row, 0, 0])
        if both.any():
            gaps = (scores - peers)[both, row, :, 0].mean(axis=0)
            cells = [f"{value:+.4f}" for value in (*gaps, gaps.mean())]
            name = f"{name} vs {package}"
            lines.append(f"| {name} | {both.sum()} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run both sides on every table and write the report."""
    jobs = [(name, side) for name in KEEL for side in (0, 1)]
    found = Parallel(n_jobs=-1)(delayed(study)(*job) for job in jobs)
    text = report(np.array(found[::2]), np.array(found[1::2]))
    RESULT.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
