# SPDX-License-Identifier: BSD-3-Clause
"""What the pages on coming from other libraries say of results, tried on both sides.

``python -m benchmarks.studies.migration`` (some 15 seconds) writes
``benchmarks/results/study-migration.md``. It wants mord, statsmodels, foldrpp, modAL
and scikit-activeml; imbalanced-learn is compared in its page itself, and llp-learn,
which cannot be installed beside skx, in ``proportions-stored.md``.
"""

import sys
import tempfile
import warnings
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from skx.active import (
    BalancedQuantileStream,
    FixedUncertaintyStream,
    GreedyDistanceSampler,
    KCenterSampler,
    RankedBatchSampler,
    UncertaintySampler,
    VariableUncertaintyStream,
)
from skx.datasets import load_adult, load_wine_quality_red
from skx.ordinal import OrdinalRegression
from skx.rules import FOLDRClassifier

RESULT = Path(__file__).parents[1] / "results" / "study-migration.md"
COLUMNS = ["volatile_acidity", "sulphates", "alcohol"]
# Question and answer.
Found = Iterator[tuple[str, str]]


def of_statsmodels() -> Found:
    """Compare ``OrderedModel`` with maximum likelihood on red wines."""
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    X, y = load_wine_quality_red(return_X_y=True)
    X = X[COLUMNS]
    ours = OrdinalRegression().fit(X, y)
    theirs = OrderedModel(y, X, distr="logit")
    default = theirs.fit(disp=0)
    yield "log-likelihood, default method", f"{default.llf:.2f}"
    yield "has converged", str(bool(default.mle_retvals["converged"]))
    fitted = theirs.fit(method="bfgs", maxiter=1000, disp=0)
    n_columns = X.shape[1]
    slopes, steps = np.split(np.asarray(fitted.params), [n_columns])
    errors = np.asarray(fitted.bse)
    thresholds = np.cumsum(np.r_[steps[0], np.exp(steps[1:])])
    yield "log-likelihood, bfgs; ours", f"{fitted.llf:.2f}; {ours.loglik_:.2f}"
    yield "slopes, apart by", f"{abs(slopes - ours.coef_[0]).max():.0e}"
    yield "thresholds, apart by", f"{abs(thresholds - ours.thresholds_).max():.0e}"
    apart = abs(errors[:n_columns] - ours.standard_errors_["coef"][0]).max()
    yield "standard errors of slopes, apart by", f"{apart:.0e}"
    apart = abs(errors[n_columns] - ours.standard_errors_["thresholds"][0])
    yield "that of the first threshold, apart by", f"{apart:.0e}"


def of_mord() -> Found:
    """Compare ``LogisticAT`` with maximum likelihood on red wines."""
    import mord

    X, y = load_wine_quality_red(return_X_y=True)
    X, grade = X[COLUMNS].to_numpy(), y.astype(int).to_numpy()
    ours = OrdinalRegression().fit(X, grade)
    theirs = mord.LogisticAT(alpha=0.0, max_iter=100_000).fit(X, grade)
    yield "slopes without penalty", ", ".join(f"{b:.3f}" for b in theirs.coef_)
    yield "slopes, ours", ", ".join(f"{b:.3f}" for b in ours.coef_[0])
    predicted = mord.LogisticAT(alpha=1.0, max_iter=100_000).fit(X, grade).predict(X)
    for decision in ("median", "mode"):
        ours = OrdinalRegression(alpha=1 / len(grade), decision=decision).fit(X, grade)
        share = np.mean(ours.predict(X) == predicted)
        yield f'same grade with decision="{decision}"', f"{share:.1%}"
    good = (grade > 5).astype(int)
    theirs = mord.LogisticAT(alpha=3.0, max_iter=100_000).fit(X, good)
    ours = OrdinalRegression(alpha=3.0 / len(good)).fit(X, good)
    apart = abs(theirs.coef_ - ours.coef_[0]).max()
    yield "two classes, alpha=3: slopes apart by", f"{apart:.0e}"


def of_foldrpp() -> Found:
    """Compare the rules of FOLD-R++ on the first rows of adult."""
    from foldrpp import Foldrpp, num_predicates

    X, y = load_adult(return_X_y=True)
    X, y = X[:3000], np.asarray(y[:3000])
    numbers = [name for name in X if X[name].dtype.kind in "if"]
    texts = [name for name in X if name not in numbers]
    X = X[texts + numbers]
    for positive in np.unique(y):
        model = Foldrpp(texts, numbers, "label", positive)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "adult.csv"
            X.assign(label=y).to_csv(path, index=False)
            rows = model.load_data(str(path))
        model.fit(rows)
        ours = FOLDRClassifier(
            positive_class=positive, min_coverage=0, stall="stop", max_bins=None
        ).fit(X, y)
        same = np.mean(np.array(model.predict(rows)) == (ours.predict(X) == positive))
        model.asp()
        yield f"same prediction, {positive} positive", f"{same:.1%}"
        n_conditions = num_predicates(model.flat_rules)
        yield "conditions; ours", f"{n_conditions}; {ours.n_conditions_}"


def digits() -> tuple[NDArray[Any], NDArray[Any]]:
    """Return digits of which the first 50 have a label, and -1 for the others."""
    X, y = load_digits(return_X_y=True)
    return X / 16, np.where(np.arange(len(y)) < 50, y, -1)


def of_modal() -> Found:
    """Compare the rows that modAL picks."""
    from modAL import batch, uncertainty
    from modAL.models import ActiveLearner

    X, y = digits()
    known, pool = X[:50], X[50:]
    for name, measure in (
        ("uncertainty_sampling", "least_confidence"),
        ("margin_sampling", "margin"),
        ("entropy_sampling", "entropy"),
    ):
        learner = ActiveLearner(
            LogisticRegression(max_iter=500), getattr(uncertainty, name), known, y[:50]
        )
        sampler = UncertaintySampler(LogisticRegression(max_iter=500), measure=measure)
        ours = sampler.fit(known, y[:50]).query(pool, n_samples=5)
        theirs = learner.query(pool, n_instances=5)[0]
        yield f"five rows of {name}", agreement(theirs, ours)
    learner = ActiveLearner(
        LogisticRegression(max_iter=500),
        batch.uncertainty_batch_sampling,
        known,
        y[:50],
    )
    ranked = RankedBatchSampler(LogisticRegression(max_iter=500)).fit(known, y[:50])
    ours = ranked.query(pool[:350], n_samples=5)
    theirs = learner.query(pool[:350], n_instances=5)[0]
    yield "five rows of uncertainty_batch_sampling", agreement(theirs, ours)


def of_activeml() -> Found:
    """Compare the rows that scikit-activeml picks, and its decisions about streams."""
    from skactiveml import pool
    from skactiveml.classifier import SklearnClassifier
    from skactiveml.stream import budgetmanager

    X, y = digits()
    missing = np.where(y < 0, np.nan, y)
    for method, measure in (
        ("least_confident", "least_confidence"),
        ("margin_sampling", "margin"),
        ("entropy", "entropy"),
    ):
        model = SklearnClassifier(LogisticRegression(max_iter=500), classes=range(10))
        strategy = pool.UncertaintySampling(method=method, random_state=0)
        sampler = UncertaintySampler(LogisticRegression(max_iter=500), measure=measure)
        theirs = strategy.query(X, missing, model, batch_size=5)
        yield (
            f"five rows by {method}",
            agreement(theirs, sampler.fit(X, y).query(n_samples=5)),
        )
    theirs = pool.CoreSet(random_state=0).query(X, missing, batch_size=8)
    ours = KCenterSampler().fit(X, y).query(n_samples=8)
    yield "eight rows of CoreSet", agreement(theirs, ours)
    theirs = pool.GreedySamplingX(random_state=0).query(X, missing, batch_size=5)
    ours = GreedyDistanceSampler(method="gsx").fit(X, missing).query(n_samples=5)
    yield "five rows of GreedySamplingX", agreement(theirs, ours)

    utilities = np.random.default_rng(0).beta(1, 3, size=3000)
    streams = {
        "FixedUncertainty": (
            FixedUncertaintyStream(n_classes=2),
            budgetmanager.FixedUncertaintyBudgetManager(classes=[0, 1]),
        ),
        "VariableUncertainty": (
            VariableUncertaintyStream(),
            budgetmanager.VariableUncertaintyBudgetManager(),
        ),
        "BalancedIncrementalQuantileFilter": (
            BalancedQuantileStream(),
            budgetmanager.BalancedIncrementalQuantileFilter(),
        ),
    }
    for name, (stream, manager) in streams.items():
        same = stream.decide(utilities) == decisions(manager, utilities)
        yield f"decisions of {name}, 3000 rows, the same", f"{same.mean():.1%}"


def decisions(manager: Any, utilities: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return for which rows a budget manager asks, one at a time."""
    asked = np.zeros(len(utilities), dtype=bool)
    for i in range(len(utilities)):
        one = utilities[i : i + 1]
        queried = manager.query_by_utility(one)
        asked[i] = len(queried) > 0
        # The quantile filter alone wants to see the utilities again.
        seen = {"utilities": one} if hasattr(manager, "w_tol") else {}
        manager.update(one.reshape(-1, 1), queried, **seen)
    return asked


def agreement(theirs: Any, ours: Any) -> str:
    """Say how far two picks agree."""
    if np.array_equal(theirs, ours):
        return "the same, in the same order"
    return f"{np.isin(theirs, ours).sum()} in common"


PEERS = {
    "statsmodels": of_statsmodels,
    "mord": of_mord,
    "foldrpp": of_foldrpp,
    "modAL-python": of_modal,
    "scikit-activeml": of_activeml,
}


def main() -> int:
    """Compare with each library, and write the table."""
    lines = ["# Coming from other libraries", "", str(__doc__).split("\n\n", 1)[1]]
    lines += ["| library | what | found |", "| --- | --- | --- |"]
    for name, compare in PEERS.items():
        with warnings.catch_warnings():
            # Peers warn of their own doing.
            warnings.simplefilter("ignore")
            found = list(compare())
        lines += [f"| {name} {version(name)} | {what} | {is_} |" for what, is_ in found]
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
