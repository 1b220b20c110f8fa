# SPDX-License-Identifier: BSD-3-Clause
"""What ``python -m skx`` runs for this family."""

from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from skx._report import Report
from skx.active import (
    Adwin,
    DawidSkene,
    LCMDSampler,
    anchor_subpool,
    badge_greedy,
    batch_bald,
    d_optimal_greedy,
    entropy,
    greedy_distance,
    k_center_greedy,
    margin,
    prob_cover_greedy,
    ranked_batch,
    typicality,
)
from skx.datasets import load_letter

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = "Active: which rows to label next"
BATCH = 50
START = 4  # labels of each letter to begin with
# Of rows, their probabilities and the rows that have labels: positions to ask for.
Pick = Callable[[NDArray, NDArray, NDArray], NDArray]


def demo(report: Report, *, quick: bool) -> None:
    """Learn to read letters from some hundred labels, chosen in five ways."""
    report.step("reading letter")
    bunch = load_letter(as_frame=False)
    X = StandardScaler().fit_transform(bunch.data).astype(np.float32)
    y = np.unique(bunch.target, return_inverse=True)[1]
    order = np.random.default_rng(0).permutation(len(X))
    pool, test = order[:15_000], order[15_000:]
    n_rounds = 4 if quick else 12
    report.step("compiling the kernels, which is needed once")
    warmup()
    curves: dict[str, list[float]] = {}
    for method, pick in _methods().items():
        report.step(method)
        start = perf_counter()
        with threadpool_limits(1):
            curves[method] = _learn(X[pool], y[pool], X[test], y[test], pick, n_rounds)
        report.add_row(
            f"{len(pool)} letters, {BATCH} labels a round",
            method,
            scores={
                f"accuracy, {26 * START + BATCH * (1 + n)} labels": curves[method][n]
                for n in (n_rounds // 2 - 1, n_rounds - 1)
            },
            seconds=perf_counter() - start,
            is_skx=method != "random",
        )
    report.note(
        "Accuracy of logistic regression on 5000 other letters; seconds for all rounds "
        "in one thread, most of them for the fits. All begin with the same four labels "
        "of each letter. Rows with a small margin between the two most probable "
        "classes are worth more than random ones, if not by much here, and BADGE takes "
        "such rows that differ from each other. Entropy looks at all classes, and asks "
        "for rows of which this model knows nothing; spreading over the rows "
        "(k-center) asks for odd ones."
    )
    report.figure(
        "letters",
        lambda figure: _draw(figure, curves),
        "Accuracy against the number of labels.",
    )


def warmup() -> None:
    """Compile the kernels in single and double precision."""
    rng = np.random.default_rng(0)
    wide = rng.normal(size=(40, 3))
    proba = rng.dirichlet(np.ones(3), size=40)
    known = np.arange(4)
    for X in (wide, wide.astype(np.float32)):
        k_center_greedy(X, 3, initial=known)
        LCMDSampler().fit(X, [1.0] * 4 + [None] * 36).query(n_samples=3)
        badge_greedy(proba, X, 3, random_state=0)
        prob_cover_greedy(X, 3, 1.0, initial=known)
        typicality(X, n_neighbors=5)
        greedy_distance(X, 3, initial=known)
        ranked_batch(X, margin(proba), 3, X_labeled=X[known])
        d_optimal_greedy(X, 3, initial=known)
        anchor_subpool(X, known, np.arange(4, 40), n_neighbors=5, size=10)
    margin(proba)
    batch_bald(rng.dirichlet(np.ones(3), size=(40, 4)), 2)
    votes = rng.integers(2, size=30)
    items, annotators = np.repeat(np.arange(10), 3), np.tile(np.arange(3), 10)
    DawidSkene().fit(votes, items=items, annotators=annotators)
    Adwin().update(rng.random(40))


def _methods() -> dict[str, Pick]:
    rng = np.random.default_rng(1)

    def top(score: Callable[[NDArray], NDArray]) -> Pick:
        def pick(X: NDArray, proba: NDArray, labeled: NDArray) -> NDArray:
            scores = score(proba)
            scores[labeled] = -np.inf
            return np.argsort(-scores, kind="stable")[:BATCH]

        return pick

    def badge(X: NDArray, proba: NDArray, labeled: NDArray) -> NDArray:
        rest = np.setdiff1d(np.arange(len(X)), labeled)
        return rest[badge_greedy(proba[rest], X[rest], BATCH, random_state=0)]

    return {
        "random": top(lambda proba: rng.random(len(proba))),
        "margin": top(margin),
        "entropy": top(entropy),
        "k_center_greedy": lambda X, _, labeled: k_center_greedy(
            X, BATCH, initial=labeled
        ),
        "badge_greedy": badge,
    }


def _learn(
    X: NDArray,
    y: NDArray,
    X_test: NDArray,
    y_test: NDArray,
    pick: Pick,
    n_rounds: int,
) -> list[float]:
    """Return accuracies after each round of labels."""
    labeled = np.concatenate(
        [np.flatnonzero(y == letter)[:START] for letter in range(26)]
    )
    model = LogisticRegression(C=1.0, max_iter=200).fit(X[labeled], y[labeled])
    scores = []
    for _ in range(n_rounds):
        asked = pick(X, model.predict_proba(X), labeled)
        labeled = np.concatenate([labeled, asked])
        model.fit(X[labeled], y[labeled])
        scores.append(float(model.score(X_test, y_test)))
    return scores


def _draw(figure: "Figure", curves: dict[str, list[float]]) -> None:
    axes = figure.subplots()
    for method, scores in curves.items():
        n_labels = 26 * START + BATCH * (1 + np.arange(len(scores)))
        axes.plot(n_labels, scores, marker=".", label=method)
    axes.set(xlabel="labels", ylabel="accuracy on other letters")
    axes.legend(frameon=False)
