# SPDX-License-Identifier: BSD-3-Clause
"""What ``python -m skx`` runs for this family."""

import warnings
from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from threadpoolctl import threadpool_limits

from skx._report import Report
from skx.datasets import load_adult
from skx.proportions import (
    ProportionBoostingClassifier,
    ProportionLogisticRegression,
    bag_target,
    count_posterior,
    make_bags,
    neighbor_affinity,
    propagate_labels,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = "Proportions: labels of bags, models of rows"
BAG_SIZE = 32


def demo(report: Report, *, quick: bool) -> None:
    """Learn who earns more than 50,000 from shares of 32 people each."""
    report.step("reading adult")
    bunch = load_adult(as_frame=False)
    X, labels = bunch.data, (bunch.target == ">50K").astype(int)
    names = list(bunch.feature_names)
    nominal = [names.index(name) for name in bunch.categorical_features]
    order = np.random.default_rng(0).permutation(len(X))
    test, train = np.split(order[: 12_000 if quick else len(X)], [4000])
    bags = make_bags(n_samples=len(train), bag_size=BAG_SIZE, random_state=0)
    target = bag_target(bags, y=labels[train])
    report.step("compiling the kernels, which is needed once")
    warmup()
    proba = {}
    for method, (fit, is_skx) in _methods(nominal, len(names)).items():
        report.step(method)
        start = perf_counter()
        with threadpool_limits(1):
            model = fit(X[train], target, labels[train])
            proba[method] = model.predict_proba(X[test])[:, 1]
        seconds = perf_counter() - start
        report.add_row(
            f"{len(train)} people in {len(np.unique(bags))} bags of {BAG_SIZE}",
            method,
            scores={
                "AUC": roc_auc_score(labels[test], proba[method]),
                "log loss": log_loss(labels[test], proba[method]),
            },
            seconds=seconds,
            is_skx=is_skx,
        )
    report.note(
        "Scores of 4000 other people, one by one; seconds for fit and prediction in "
        "one thread. All that is known of those in bags is how many of each bag earn "
        "more than 50,000, but for the last two models, which saw every label. The "
        "first two take the share of a bag as the probability of each of its rows: "
        "they rank, but hardly any prediction leaves the overall share, as their log "
        "loss says."
    )
    report.figure(
        "calibration",
        lambda figure: _draw(figure, labels[test], proba),
        "How many earn more than 50,000 where a model says how many: models of bags "
        "are near the diagonal, repeated shares are squeezed together.",
    )


def warmup() -> None:
    """Compile the kernels for hard and noisy counts, two classes and three."""
    rng = np.random.default_rng(0)
    n = 30
    X, bags = rng.normal(size=(n, 2)), np.repeat([0, 1, 2], 10)
    counts, both = np.full(3, 4.0), np.array([[2.0, 3.0, 5.0]] * 3)
    logits, several = rng.normal(size=n), rng.normal(size=(n, 3))
    for is_writeable in (True, False):  # workers share rows that cannot be written to
        X.flags.writeable = is_writeable
        graph = neighbor_affinity(X, n_neighbors=2)
    for places in (bags, bags[::-1]):
        count_posterior(logits, places, counts)
        count_posterior(several, places, both)
        _propagate(graph, places, counts, logits)
        _propagate(graph, places, counts, None, algorithm="max")
        _propagate(graph, places, both, several)
    _propagate(graph, bags, counts, None, bag_factor="pairwise", count_strength=1.0)


def _propagate(
    graph: sparse.csr_array, bags: Any, counts: Any, unary: Any, **params: Any
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        propagate_labels(graph, bags, counts, unary=unary, max_iter=2, **params)


Fit = Callable[[NDArray, NDArray, NDArray], Any]


def _methods(nominal: list[int], n_columns: int) -> dict[str, tuple[Fit, bool]]:
    """Return fits to columns, bag target and labels, and whether they are skx's."""
    numeric = [j for j in range(n_columns) if j not in nominal]

    def coded(model: Any) -> Any:
        return make_pipeline(
            make_column_transformer(
                (StandardScaler(), numeric),
                (OneHotEncoder(handle_unknown="ignore"), nominal),
            ),
            model,
        )

    def trees() -> Any:
        return HistGradientBoostingClassifier(
            categorical_features=nominal, random_state=0
        )

    def lines() -> Any:
        return coded(LogisticRegression(max_iter=300))

    def repeated(model: Any, step: str = "") -> Fit:
        """Fit to each row as 1 with the share of its bag as weight, and as 0."""
        prefix = f"{step}__" if step else ""

        def fit(X: NDArray, target: NDArray, _: NDArray) -> Any:
            share = target["value"]
            weight = np.concatenate([share, 1.0 - share])
            return model.fit(
                np.concatenate([X, X]),
                np.repeat([1, 0], len(X)),
                **{f"{prefix}sample_weight": weight},
            )

        return fit

    linear = coded(ProportionLogisticRegression())
    boosting = ProportionBoostingClassifier(
        categorical_features=nominal, random_state=0
    )
    return {
        "LogisticRegression, share for each row": (
            repeated(lines(), "logisticregression"),
            False,
        ),
        "HistGradientBoosting, share for each row": (repeated(trees()), False),
        "ProportionLogisticRegression": (lambda X, bags, _: linear.fit(X, bags), True),
        "ProportionBoostingClassifier": (
            lambda X, bags, _: boosting.fit(X, bags),
            True,
        ),
        "LogisticRegression, labels": (lambda X, _, y: lines().fit(X, y), False),
        "HistGradientBoosting, labels": (lambda X, _, y: trees().fit(X, y), False),
    }


def _draw(figure: "Figure", labels: NDArray, proba: dict[str, NDArray]) -> None:
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":")
    for method, p in proba.items():
        if not method.endswith("labels"):
            groups = np.array_split(np.argsort(p), 20)
            means = [(p[g].mean(), labels[g].mean()) for g in groups]
            axes.plot(*np.transpose(means), marker=".", label=method)
    axes.set(xlabel="predicted probability", ylabel="share of those people")
    axes.legend(frameon=False, fontsize="small")
