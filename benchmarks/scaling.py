# SPDX-License-Identifier: BSD-3-Clause
"""How single calls of each family grow with rows, at their defaults and without peers.

The page on scaling reads its table from the results of scale L.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks import multitask, ordinal, proportions, resampling, rules
from benchmarks._case import Case
from benchmarks.active import pool
from benchmarks.active_crowd import make_votes

SIZES = {"S": 10_000, "M": 100_000, "L": 1_000_000}


def _oversample(data: Any) -> Any:
    from skx.resampling import SMOTE

    return SMOTE(random_state=0).fit_resample(*data)


def _edit(data: Any) -> Any:
    from skx.resampling import EditedNearestNeighbours

    return EditedNearestNeighbours().fit_resample(*data)


def _boost(data: Any) -> Any:
    from skx.multitask import RMTGBRegressor

    model = RMTGBRegressor(
        n_iter_shared=100,
        n_iter_outlier=100,
        n_iter_task=200,
        early_stopping=False,
        random_state=0,
    )
    return model.fit(data.X, data.y, tasks=data.tasks)


def _fit_to_bags(data: Any) -> Any:
    from skx.proportions import ProportionLogisticRegression

    return ProportionLogisticRegression().fit(data.X, data.shares, bags=data.bags)


def _propagate(data: Any) -> Any:
    from skx.proportions import propagate_labels

    affinity, bags, counts, unary = data
    return propagate_labels(affinity, bags, counts, unary=unary, max_iter=20, tol=0.0)


def _count(data: Any) -> Any:
    from skx.proportions import count_posterior

    return count_posterior(*data)


def _fit_ordered(data: Any) -> Any:
    from skx.ordinal import OrdinalRegression

    return OrdinalRegression(cov_type=None).fit(*data)


def _margin(data: Any) -> Any:
    from skx.active import margin

    return margin(data.proba)


def _k_center(data: Any) -> Any:
    from skx.active import k_center_greedy

    return k_center_greedy(data.X, 100, initial=data.initial)


def _badge(data: Any) -> Any:
    from skx.active import badge_greedy

    return badge_greedy(data.proba, data.X, 100, random_state=0)


def _agree(data: Any) -> Any:
    from skx.active import DawidSkene

    model = DawidSkene(max_iter=20, tol=0)
    return model.fit(data.y, items=data.items, annotators=data.annotators)


def _learned(n: int) -> rules.Learned:
    found = rules.thresholds(max(n, 20_000))  # of which rules are learnt
    return found._replace(X=found.X[:n])


# What is run, the rows it is run on, and the largest number of them.
CALLS: dict[str, tuple[Callable[[Any], Any], Callable[[int], Any], int]] = {
    "SMOTE": (_oversample, partial(resampling.gaussian_mixture, d=10), 1_000_000),
    "EditedNearestNeighbours": (
        _edit,
        partial(resampling.gaussian_mixture, d=10, spread=1.0),
        300_000,
    ),
    "FOLDSEClassifier": (
        partial(rules.fit_fold_se, None),
        partial(rules.mixed, d=30),
        1_000_000,
    ),
    "rules, prediction": (rules.predict, _learned, 1_000_000),
    "RMTGBRegressor": (_boost, partial(multitask.table, d=20, n_tasks=10), 300_000),
    "ProportionLogisticRegression": (
        _fit_to_bags,
        partial(proportions.normal, d=20, k=32),
        1_000_000,
    ),
    "propagate_labels": (_propagate, partial(proportions.graph, k=64), 1_000_000),
    "count_posterior": (_count, partial(proportions.logits, k=128), 1_000_000),
    "OrdinalRegression": (
        _fit_ordered,
        partial(ordinal.ordered_classes, p=50, K=5),
        1_000_000,
    ),
    "margin": (_margin, pool, 1_000_000),
    "k_center_greedy": (_k_center, pool, 1_000_000),
    "badge_greedy": (_badge, pool, 1_000_000),
    "DawidSkene": (_agree, make_votes, 1_000_000),
}


def cases(scale: str) -> list[Case]:
    """Up to 10 000, 100 000 or a million rows, or the most that take half a minute."""
    largest = SIZES[scale]
    return [
        Case(task=name, params={"n": n}, make=partial(make, n), skx=run)
        for name, (run, make, most) in CALLS.items()
        for n in sorted({min(n, most) for n in SIZES.values() if n <= largest})
    ]
