# SPDX-License-Identifier: BSD-3-Clause
"""Two worker processes of dask.distributed give what one process gives."""

import itertools
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from joblib import parallel_config
from sklearn import config_context
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold

from skx.active import KCenterSampler, SubsetSampler, UncertaintySampler
from skx.multitask import MTGBClassifier, RMTGBRegressor, TaskStratifiedKFold
from skx.multitask import fit_partitions as fit_tasks
from skx.ordinal import OrdinalRegression
from skx.proportions import (
    BagKFold,
    ProportionBoostingClassifier,
    ProportionLogisticRegression,
    bag_target,
    make_bags,
)
from skx.resampling import SMOTE, ResampledClassifier, resample_partitions
from skx.rules import FOLDSEClassifier, fit_partitions

pytestmark = pytest.mark.slow
distributed = pytest.importorskip("distributed")
dask_array = pytest.importorskip("dask.array")

N = 400
random = np.random.RandomState(0)
X = random.normal(size=(N, 4))
SCORE = X[:, 0] - X[:, 1] + random.logistic(size=N)
Y = (SCORE > 1.5).astype(int)
LEVELS = np.digitize(SCORE, [-1.0, 1.0])
TASKS = np.arange(N) % 5
BAGS = make_bags(X, bag_size=8, random_state=1)
TARGET = bag_target(BAGS, y=Y)
FOLDS = StratifiedKFold(3)


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def with_missing_labels() -> np.ndarray:
    return np.where(np.arange(N) % 3 == 0, -1, Y)


FAMILIES: dict[str, Callable[[], tuple[GridSearchCV, Any]]] = {
    "resampling": lambda: (
        GridSearchCV(
            ResampledClassifier(LogisticRegression(), sampler=SMOTE(random_state=0)),
            {"sampler__k_neighbors": [2, 5]},
            cv=FOLDS,
        ),
        Y,
    ),
    "rules": lambda: (
        GridSearchCV(FOLDSEClassifier(), {"ratio": [0.3, 0.5]}, cv=FOLDS),
        Y,
    ),
    "multitask": lambda: (
        GridSearchCV(
            MTGBClassifier(
                n_iter_shared=5, n_iter_task=5, task_feature=0, random_state=0
            ),
            {"learning_rate": [0.1, 0.3]},
            cv=FOLDS,
        ),
        Y,
    ),
    "proportions": lambda: (
        GridSearchCV(
            ProportionLogisticRegression(), {"alpha": [1e-3, 1.0]}, cv=BagKFold(3)
        ),
        TARGET,
    ),
    "ordinal": lambda: (
        GridSearchCV(OrdinalRegression(), {"alpha": [0.1, 10.0]}, cv=FOLDS),
        LEVELS,
    ),
    "active": lambda: (
        GridSearchCV(
            UncertaintySampler(LogisticRegression()),
            {"estimator__C": [0.1, 10.0]},
            cv=FOLDS,
        ),
        with_missing_labels(),
    ),
}


def rows_of(family: str) -> np.ndarray:
    return np.column_stack([TASKS, X]) if family == "multitask" else X


def scores(search: GridSearchCV) -> np.ndarray:
    results = search.cv_results_
    return np.array([results[f"split{k}_test_score"] for k in range(3)])


@pytest.mark.parametrize("family", FAMILIES)
def test_search_on_a_cluster_is_the_serial_one(family: str, client: Any) -> None:
    search, y = FAMILIES[family]()
    rows = rows_of(family)
    expected = scores(search.fit(rows, y))
    with parallel_config("dask"):
        found = scores(search.set_params(n_jobs=-1).fit(rows, y))
    assert np.isfinite(expected).all()
    # Sums of a worker may have another order, as its arrays are aligned otherwise.
    np.testing.assert_allclose(found, expected, rtol=1e-10)


@pytest.mark.parametrize("family", ["multitask", "proportions"])
def test_routed_metadata_reach_the_workers(family: str, client: Any) -> None:
    with config_context(enable_metadata_routing=True):
        if family == "multitask":
            model = MTGBClassifier(n_iter_shared=5, n_iter_task=5, random_state=0)
            model.set_fit_request(tasks=True).set_score_request(tasks=True)
            folds: Any = TaskStratifiedKFold(3).set_split_request(groups="tasks")
            grid: dict[str, list] = {"learning_rate": [0.1, 0.3]}
            y, params = Y, {"tasks": TASKS}
        else:
            model = ProportionBoostingClassifier(n_estimators=5, random_state=0)
            folds = BagKFold(3).set_split_request(groups="bags")
            grid = {"learning_rate": [0.1, 0.3]}
            y, params = TARGET["value"], {"bags": BAGS}
        search = GridSearchCV(model, grid, cv=folds)
        expected = scores(search.fit(X, y, **params))
        with parallel_config("dask"):
            found = scores(search.set_params(n_jobs=-1).fit(X, y, **params))
    assert np.isfinite(expected).all()
    # Sums of a worker may have another order, as its arrays are aligned otherwise.
    np.testing.assert_allclose(found, expected, rtol=1e-10)


@pytest.mark.parametrize("family", [f for f in FAMILIES if f != "active"])
def test_prediction_by_blocks_is_that_of_all_rows(family: str, client: Any) -> None:
    search, y = FAMILIES[family]()
    rows = rows_of(family)
    model = search.estimator.fit(rows, y)
    expected = model.predict_proba(rows)
    blocks = dask_array.from_array(rows, chunks=(90, rows.shape[1]))
    found = blocks.map_blocks(
        model.predict_proba,
        dtype=np.float64,
        chunks=(blocks.chunks[0], (expected.shape[1],)),
    ).compute()
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-15)


def test_bags_are_fitted_whole_in_each_part(client: Any) -> None:
    # A part of the bags for each task, as their rows come from different files.
    parts = [np.flatnonzero(np.isin(BAGS, part)) for part in bags_in_three()]
    assert sum(len(part) for part in parts) == N
    model = ProportionLogisticRegression(alpha=0.01)

    def fit(rows: np.ndarray, target: np.ndarray) -> np.ndarray:
        return model.fit(rows, target).coef_

    found = client.gather(
        client.map(fit, [X[part] for part in parts], [TARGET[part] for part in parts])
    )
    for part, coef in zip(parts, found, strict=True):
        np.testing.assert_allclose(coef, fit(X[part], TARGET[part]), rtol=1e-10)
    cut = parts[0][1:]
    with pytest.raises(ValueError, match="bag"):
        client.submit(fit, X[cut], TARGET[cut]).result()


def bags_in_three() -> list[np.ndarray]:
    return np.array_split(np.unique(BAGS), 3)


def test_partitions_on_workers_reach_the_counts_of_the_whole(client: Any) -> None:
    X_parts, y_parts = np.array_split(X, 4), np.array_split(Y, 4)
    sampler = SMOTE(k_neighbors=3, random_state=0)
    expected = resample_partitions(sampler, X_parts, y_parts)
    found = client.gather(
        resample_partitions(sampler, X_parts, y_parts, mapper=client.map)
    )
    counts = sum(np.bincount(part.y, minlength=2) for part in found)
    assert counts[0] == counts[1] == (Y == 0).sum()
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one.X, other.X)
        np.testing.assert_array_equal(one.y, other.y)


def test_rules_are_learned_from_parts_on_workers(client: Any) -> None:
    parts = [0, 150, 151, N]
    X_parts = [X[a:b] for a, b in itertools.pairwise(parts)]
    y_parts = [LEVELS[a:b] for a, b in itertools.pairwise(parts)]
    model = FOLDSEClassifier(tail=0.01)
    found = fit_partitions(model, X_parts, y_parts, mapper=client.map)
    assert model.fit(X, LEVELS).n_rules_ > 2
    assert found.export("json") == model.export("json")
    np.testing.assert_array_equal(found.predict_proba(X), model.predict_proba(X))


@pytest.mark.parametrize("loads", [False, True])
def test_multi_task_trees_are_grown_from_parts_on_workers(
    loads: bool, client: Any
) -> None:
    parts = [np.flatnonzero(np.isin(TASKS, some)) for some in ([3], [0, 4], [1, 2])]
    X_parts: list[Any] = [X[rows] for rows in parts]
    if loads:
        X_parts = [partial(np.take, X, rows, axis=0) for rows in parts]
    order = np.concatenate(parts)
    model = RMTGBRegressor(
        n_iter_shared=5, n_iter_outlier=4, n_iter_task=5, early_stopping=True
    ).set_params(random_state=0)
    found = fit_tasks(
        model,
        X_parts,
        [SCORE[rows] for rows in parts],
        tasks_parts=[TASKS[rows] for rows in parts],
        mapper=client.map,
    )
    model.fit(X[order], SCORE[order], TASKS[order])
    ours, theirs = found._blocks.shared, model._blocks.shared
    assert ours.n_trees > 0
    for name in ("feature", "left", "threshold"):
        is_inner = theirs.nodes["left"] >= 0
        np.testing.assert_array_equal(
            ours.nodes[name][is_inner], theirs.nodes[name][is_inner]
        )
    np.testing.assert_allclose(found.theta_, model.theta_, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(
        found.predict(X, TASKS), model.predict(X, TASKS), rtol=1e-8
    )


@pytest.mark.parametrize("takes_part", [False, True])
def test_query_of_blocks_is_that_of_the_pool(takes_part: bool, client: Any) -> None:
    sampler: Any = UncertaintySampler(LogisticRegression())
    if takes_part:
        sampler = SubsetSampler(KCenterSampler(), subset_size=99, random_state=0)
    sampler.fit(X[:50], Y[:50])
    pool = dask_array.from_array(X[50:], chunks=(64, 4))
    blocks = (block.compute() for block in pool.blocks)
    expected = sampler.query(X[50:], n_samples=20)
    assert (sampler.query_blocks(blocks, n_samples=20) == expected).all()


def test_a_worker_loads_what_another_process_has_fitted(client: Any) -> None:
    for family in FAMILIES:
        search, y = FAMILIES[family]()
        rows = rows_of(family)
        stored = pickle.dumps(search.estimator.fit(rows, y))

        def predict(stored: bytes, rows: np.ndarray) -> np.ndarray:
            return pickle.loads(stored).predict(rows)

        found = client.submit(predict, stored, rows).result()
        assert (found == search.estimator.predict(rows)).all(), family


@pytest.mark.skipif(find_spec("ray") is None, reason="ray is not installed")
def test_search_on_ray_is_the_serial_one() -> None:
    # The script compares both.
    script = Path(__file__).parents[1] / "docs" / "search_on_ray.py"
    paths = os.pathsep.join(path for path in sys.path if path)
    found = subprocess.run(
        [sys.executable, script],
        env=os.environ | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert found.returncode == 0, found.stderr
    assert "ratio" in found.stdout
