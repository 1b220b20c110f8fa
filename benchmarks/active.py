# SPDX-License-Identifier: BSD-3-Clause
"""Picks of rows to label, within seconds that are wanted, and against peers.

One query of 100 rows of 32 columns, with 500 labelled rows and probabilities of ten
classes at hand. scikit-activeml and modAL want a classifier; theirs hands out the same
probabilities, so that no side pays for a model.
"""

from functools import partial
from typing import Any, NamedTuple

import numpy as np

from benchmarks._case import Case, Peer
from benchmarks._device import device_case

N_PICKS, N_LABELED = 100, 500
RADIUS = 6.0  # of the balls of ProbCover


class Pool(NamedTuple):
    """Rows of which the first are labelled, with probabilities of classes."""

    X: np.ndarray
    proba: np.ndarray
    y: np.ndarray
    initial: np.ndarray


def pool(n: int) -> Pool:
    """Draw rows in fifty clusters and the classes of a linear model."""
    rng = np.random.default_rng(0)
    centres = 2.0 * rng.normal(size=(50, 32))
    X = (rng.normal(size=(n, 32)) + centres[rng.integers(50, size=n)]).astype("f4")
    odds = np.exp(0.3 * X @ rng.normal(size=(32, 10)))
    proba = odds / odds.sum(axis=1, keepdims=True)
    y = np.where(np.arange(n) < N_LABELED, proba.argmax(axis=1), np.nan)
    return Pool(X, proba, y, np.arange(N_LABELED))


def _margin(data: Pool) -> np.ndarray:
    from skx.active import margin, stochastic_top_k

    scores = margin(data.proba[N_LABELED:])
    return N_LABELED + stochastic_top_k(scores, N_PICKS, beta=np.inf)


def _k_center(data: Pool) -> np.ndarray:
    from skx.active import k_center_greedy

    return k_center_greedy(data.X, N_PICKS, initial=data.initial)


def _badge(data: Pool) -> np.ndarray:
    from skx.active import badge_greedy

    return badge_greedy(data.proba, data.X, N_PICKS, random_state=0)


def _prob_cover(data: Pool) -> np.ndarray:
    from skx.active import prob_cover_greedy

    return prob_cover_greedy(data.X, N_PICKS, RADIUS, initial=data.initial)


def _gsx(data: Pool) -> np.ndarray:
    from skx.active import greedy_distance

    return greedy_distance(data.X, N_PICKS, initial=data.initial)


def _ranked(n_picks: int, data: Pool) -> np.ndarray:
    from skx.active import least_confidence, ranked_batch

    scores = least_confidence(data.proba[N_LABELED:])
    return ranked_batch(data.X[N_LABELED:], scores, n_picks, data.X[:N_LABELED])


def _anchors(data: Pool) -> np.ndarray:
    from skx.active import anchor_subpool

    return anchor_subpool(data.X, data.initial[:100])[0]


def _given(data: Pool) -> Any:
    """Return a classifier for scikit-activeml that knows the probabilities by row."""
    from skactiveml.base import SkactivemlClassifier

    class Given(SkactivemlClassifier):
        def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
            self.classes_ = np.arange(10)
            return self

        def predict_proba(self, X: Any) -> np.ndarray:
            # The pool without its labelled rows, or all of it.
            return data.proba[len(data.proba) - len(X) :]

    return Given(classes=np.arange(10)).fit(data.X, data.y)


# What the strategies of scikit-activeml are told; those of distances ask no classifier.
DISTANCES = {
    "CoreSet": {},
    "ProbCover": {"deltas": [RADIUS], "n_classes": 10},
    "GreedySamplingX": {},
}
SCORES = {"Badge": {}, "UncertaintySampling": {"method": "margin_sampling"}}


def _activeml(name: str, data: Pool) -> np.ndarray:
    from skactiveml import pool as strategies

    told: dict[str, Any] = {**DISTANCES, **SCORES}[name]
    strategy = getattr(strategies, name)(random_state=0, **told)
    more = {"clf": _given(data), "fit_clf": False} if name in SCORES else {}
    return np.asarray(strategy.query(data.X, data.y, batch_size=N_PICKS, **more))


def _modal_margin(data: Pool) -> np.ndarray:
    from modAL.uncertainty import margin_sampling

    class Given:
        def predict_proba(self, X: Any) -> np.ndarray:
            return data.proba[N_LABELED:]

    found = margin_sampling(Given(), data.X[N_LABELED:], n_instances=N_PICKS)
    # Newer versions return the scores as well.
    return N_LABELED + np.asarray(found[0] if isinstance(found, tuple) else found)


def _modal_ranked(n_picks: int, data: Pool) -> np.ndarray:
    from modAL.batch import ranked_batch

    class Learner:
        X_training = data.X[:N_LABELED]
        on_transformed = False

    unlabeled, scores = data.X[N_LABELED:], 1.0 - data.proba[N_LABELED:].max(axis=1)
    return np.asarray(
        ranked_batch(
            Learner(),
            unlabeled,
            scores,
            n_instances=n_picks,
            metric="euclidean",
            n_jobs=None,
        )
    )


def check_same(ours: np.ndarray, theirs: np.ndarray) -> None:
    """Require the same rows, but for ties."""
    assert len(np.intersect1d(ours, theirs)) >= 0.95 * len(ours)


def _activeml_peer(name: str) -> Peer:
    return Peer(
        name=f"scikit-activeml {name}",
        run=partial(_activeml, name),
        requires=("scikit-activeml",),
    )


def cases(scale: str) -> list[Case]:
    """Cases of a family: up to 10 000, 100 000 or a million rows."""
    sizes = [10_000, 100_000, 1_000_000][: {"S": 1, "M": 2, "L": 3}[scale]]
    modal = Peer(name="modAL margin", run=_modal_margin, requires=("modAL-python",))
    listed = []
    for n in sizes:
        common: dict[str, Any] = {"params": {"n": n}, "make": partial(pool, n)}
        is_large = n == 1_000_000
        core_goal = {10_000: 40.0, 100_000: 30.0, 1_000_000: 9.0}[n]
        badge_goal = {10_000: 200.0, 100_000: 100.0, 1_000_000: 30.0}[n]
        listed += [
            *(
                Case(
                    task="margin",
                    skx=_margin,
                    peer=peer,
                    goal=goal if is_large else None,
                    check=check_same,
                    most_s=0.15 if is_large else None,
                    **common,
                )
                for peer, goal in (
                    (_activeml_peer("UncertaintySampling"), 4.0),
                    (modal, 1.0),
                )
            ),
            Case(
                task="k-center",
                skx=_k_center,
                peer=_activeml_peer("CoreSet"),
                goal=core_goal,
                check=check_same,
                most_s=1.5 if is_large else None,
                most_mib=40.0 if is_large else None,
                **common,
            ),
            Case(
                task="BADGE",
                skx=_badge,
                peer=_activeml_peer("Badge"),
                goal=badge_goal,
                most_s=1.5 if is_large else None,
                most_mib=40.0 if is_large else None,
                **common,
            ),
            Case(
                task="anchors", skx=_anchors, most_s=1.0 if is_large else None, **common
            ),
        ]
        if not is_large:
            ranked = Peer(
                name="modAL ranked batch",
                run=partial(_modal_ranked, 10),
                requires=("modAL-python",),
            )
            listed += [
                Case(
                    task="ProbCover",
                    skx=_prob_cover,
                    # Theirs holds all pairs at once, 75 GiB for a hundred thousand.
                    peer=_activeml_peer("ProbCover") if n == 10_000 else None,
                    goal=12.0 if n == 10_000 else None,
                    most_s=10.0 if n == 100_000 else None,
                    most_mib=2048.0,
                    **common,
                ),
                Case(
                    task="ranked batch of 10",
                    skx=partial(_ranked, 10),
                    peer=ranked,
                    goal=10.0 if n == 100_000 else None,
                    **common,
                ),
            ]
        if n == 10_000:
            peer = _activeml_peer("GreedySamplingX")
            listed.append(
                Case(
                    task="GSx",
                    skx=_gsx,
                    peer=peer,
                    goal=500.0,
                    check=check_same,
                    most_s=0.1,
                    **common,
                )
            )
    return listed


def _scored(name: str, proba: Any) -> Any:
    from skx import active

    return getattr(active, name)(proba)


def _arrays(*names: str) -> Any:
    return lambda n: tuple(getattr(pool(n), name) for name in names)


def _query(name: str, X: Any, y: Any) -> Any:
    from skx import active

    sampler = getattr(active, name)().fit(X, y)
    return sampler.query(n_samples=N_PICKS, return_scores=True)


def _drawn(proba: Any, X: Any) -> np.ndarray:
    from skx.active import badge_greedy

    return badge_greedy(proba, X, N_PICKS, random_state=0)


def _clustered(X: Any, y: Any) -> np.ndarray:
    from skx.active import KMeansSampler

    return KMeansSampler(random_state=0).fit(X, y).query(n_samples=N_PICKS)


def _near(X: Any) -> Any:
    from skx.active import anchor_subpool

    return anchor_subpool(X, np.arange(100))


def _check_scores(there: np.ndarray, here: np.ndarray) -> None:
    np.testing.assert_allclose(there, here, rtol=1e-9, atol=1e-12)


def _check_queries(there: tuple[np.ndarray, ...], here: tuple[np.ndarray, ...]) -> None:
    # Of rows that are nearly as far one may come before the other.
    np.testing.assert_allclose(np.mean(there[1]), np.mean(here[1]), rtol=1e-3)


def _check_draws(there: np.ndarray, here: np.ndarray) -> None:
    assert there[0] == here[0]
    assert len(np.unique(there)) == len(here)


def _check_picks(there: np.ndarray, here: np.ndarray) -> None:
    assert len(np.unique(there)) == len(here)


def _check_near(there: tuple[np.ndarray, ...], here: tuple[np.ndarray, ...]) -> None:
    check_same(there[0], here[0])
    np.testing.assert_allclose(there[1], here[1], rtol=1e-5)


def device_cases(scale: str) -> list[Case]:
    """Cases on a GPU: rows and probabilities are there."""
    listed = []
    for n in [10_000, 100_000, 1_000_000][: {"S": 1, "M": 2, "L": 3}[scale]]:
        listed += [
            device_case(
                name,
                _arrays("proba"),
                partial(_scored, name),
                _check_scores,
                n=n,
            )
            for name in ("margin", "entropy")
        ]
        listed += [
            device_case(
                task, _arrays("X", "y"), partial(_query, name), _check_queries, n=n
            )
            for task, name in (("k-center", "KCenterSampler"), ("LCMD", "LCMDSampler"))
        ]
        listed += [
            device_case("BADGE", _arrays("proba", "X"), _drawn, _check_draws, n=n),
            device_case("k-means", _arrays("X", "y"), _clustered, _check_picks, n=n),
            device_case("anchors", _arrays("X"), _near, _check_near, n=n),
        ]
    return listed
