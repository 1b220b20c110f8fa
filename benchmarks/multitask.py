# SPDX-License-Identifier: BSD-3-Clause
"""Multi-task boosting against LightGBM, with as many trees of as many leaves.

The published setting is compared with a stand-in for the authors' program, `StandIn`.
"""

from functools import partial
from typing import Any, NamedTuple

import numpy as np

from benchmarks._case import Case, Peer
from benchmarks._device import device_case


class Rows(NamedTuple):
    """Rows of tasks; predictions are judged on the rows that were learned from."""

    X: np.ndarray
    y: np.ndarray
    tasks: np.ndarray


def table(n: int, d: int, n_tasks: int, seed: int = 0) -> Rows:
    """Draw normal columns, and targets to which every fifth task is an exception."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d))
    tasks = np.arange(n) % n_tasks
    own = rng.normal(scale=0.5, size=n_tasks)[tasks]
    wave = np.sin(3.0 * X[:, 2]) * np.where(tasks % 5 == 0, -1.0, 1.0)
    return Rows(X, X[:, 0] * X[:, 1] + wave + own + rng.normal(size=n), tasks)


def fit(kind: str, n_jobs: int | None, rounds: tuple[int, int, int], rows: Rows) -> Any:
    """Fit with fixed numbers of rounds, and return the model and the rows."""
    from skx.multitask import MTGBRegressor, RMTGBRegressor

    shared, outlier, task = rounds
    params: dict[str, Any] = {
        "n_iter_shared": shared,
        "n_iter_task": task,
        "early_stopping": False,
        "n_jobs": n_jobs,
        "random_state": 0,
    }
    if kind == "RMTGB":
        model = RMTGBRegressor(n_iter_outlier=outlier, **params)
    else:
        model = MTGBRegressor(**params)
    return model.fit(rows.X, rows.y, tasks=rows.tasks), rows


def error(fitted: Any) -> float:
    """Return the mean squared error on the rows."""
    model, rows = fitted
    return float(np.mean((model.predict(rows.X, tasks=rows.tasks) - rows.y) ** 2))


class LightGBM:
    """LightGBM, one model for all tasks under None, or one for each."""

    def __init__(self, models: dict[Any, Any]) -> None:
        self.models = models

    def predict(self, X: np.ndarray, tasks: np.ndarray) -> np.ndarray:
        """Predict with the model of each task, or with that of all."""
        if None in self.models:
            return self.models[None].predict(X)
        out = np.empty(len(X))
        for t, model in self.models.items():
            here = tasks == t
            out[here] = model.predict(X[here])
        return out


def fit_lightgbm(n_trees: int, per_task: bool, rows: Rows) -> Any:
    """Fit LightGBM, one model for all tasks or one for each."""
    from lightgbm import LGBMRegressor

    make = partial(
        LGBMRegressor, n_estimators=n_trees, num_leaves=8, n_jobs=1, verbose=-1
    )
    if not per_task:
        return LightGBM({None: make().fit(rows.X, rows.y)}), rows
    models = {}
    for t in np.unique(rows.tasks):
        here = rows.tasks == t
        models[t] = make(min_child_samples=5).fit(rows.X[here], rows.y[here])
    return LightGBM(models), rows


def check(ours: Any, theirs: Any) -> None:
    """Require a mean squared error at most a tenth above the peer's."""
    a, b = error(ours), error(theirs)
    assert a <= 1.1 * b, f"mean squared error {a}, the peer's is {b}"


def fit_paper(rounds: tuple[int, int, int], rows: Rows) -> Any:
    """Fit R-MTGB as published: stumps, and plain steps of theta."""
    from skx.multitask import RMTGBRegressor

    shared, outlier, task = rounds
    model = RMTGBRegressor(
        n_iter_shared=shared,
        n_iter_outlier=outlier,
        n_iter_task=task,
        random_state=0,
        **RMTGBRegressor.paper_params(),
    )
    return model.fit(rows.X, rows.y, tasks=rows.tasks), rows


class StandIn:
    """R-MTGB as published, of scikit-learn's exact stumps and sums by NumPy.

    Written by us to stand in for the authors' program, which is built in the same way
    but does not run with today's scikit-learn.
    """

    def __init__(self, rounds: tuple[int, int, int], rows: Rows) -> None:
        X, y, tasks = rows
        n_tasks = int(tasks.max()) + 1
        self.theta = np.random.default_rng(0).normal(0.0, 0.1, n_tasks)
        self.shared: list[Any] = []
        self.common: list[Any] = []
        self.outlier: list[Any] = []
        self.own: list[list[Any]] = [[] for _ in range(n_tasks)]
        raw = np.zeros(len(y))
        for _ in range(rounds[0]):
            raw += self.grow(self.shared, X, y - raw)
        b, c = np.zeros(len(y)), np.zeros(len(y))
        for _ in range(rounds[1]):
            s = self.share[tasks]
            residual = y - raw - (1.0 - s) * b - s * c
            slope = self.share * (1.0 - self.share)
            slope *= np.bincount(tasks, residual * (c - b), n_tasks)
            c += self.grow(self.outlier, X, s * residual)
            b += self.grow(self.common, X, (1.0 - s) * residual)
            self.theta += 0.1 * slope
        s = self.share[tasks]
        raw += (1.0 - s) * b + s * c
        for t in range(n_tasks):
            here = tasks == t
            X_own, residual = X[here], y[here] - raw[here]
            for _ in range(rounds[2]):
                residual -= self.grow(self.own[t], X_own, residual)

    @property
    def share(self) -> np.ndarray:
        """The s of each task."""
        return 0.5 * (1.0 + np.tanh(0.5 * self.theta))

    def grow(self, trees: list[Any], X: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Add a stump, and return what it adds at the rows."""
        from sklearn.tree import DecisionTreeRegressor

        trees.append(DecisionTreeRegressor(max_leaf_nodes=2, random_state=0).fit(X, y))
        return 0.1 * trees[-1].predict(X)

    def predict(self, X: np.ndarray, tasks: np.ndarray) -> np.ndarray:
        """Predict rows."""

        def total(trees: list[Any], X: np.ndarray) -> np.ndarray:
            out = np.zeros(len(X))
            for tree in trees:
                out += 0.1 * tree.predict(X)
            return out

        s = self.share[tasks]
        out = total(self.shared, X) + (1.0 - s) * total(self.common, X)
        out += s * total(self.outlier, X)
        for t, trees in enumerate(self.own):
            here = tasks == t
            out[here] += total(trees, X[here])
        return out


def fit_stand_in(rounds: tuple[int, int, int], rows: Rows) -> Any:
    """Fit the stand-in, and return it and the rows."""
    return StandIn(rounds, rows), rows


def predict(fitted: Any) -> np.ndarray:
    """Predict all rows."""
    model, rows = fitted
    return model.predict(rows.X, tasks=rows.tasks)


def fitted_rows(n: int, d: int, n_tasks: int, rounds: tuple[int, int, int]) -> Any:
    """Fit on a tenth of the rows, and return the model and all of them."""
    rows = table(n, d, n_tasks)
    few = Rows(*(part[: n // 10] for part in rows))
    return fit("RMTGB", 1, rounds, few)[0], rows


def alone(
    task: str,
    kind: str,
    n: int,
    d: int,
    n_tasks: int,
    rounds: tuple[int, int, int],
    n_jobs: int | None = None,
    growth_key: str = "n",
) -> Case:
    """Case without a peer."""
    return Case(
        task=task,
        params={"n": n, "d": d, "tasks": n_tasks},
        make=partial(table, n, d, n_tasks),
        skx=partial(fit, kind, n_jobs, rounds),
        growth_key=growth_key,
    )


def cases(scale: str) -> list[Case]:
    """S has small tables; M the growth; L a million rows, and ten thousand tasks."""
    found = [
        Case(
            task="100 shared trees",
            params={"n": 100_000, "d": 20},
            make=partial(table, 100_000, 20, 10),
            skx=partial(fit, "MTGB", 1, (100, 0, 0)),
            peer=Peer(
                name="lightgbm, pooled",
                run=partial(fit_lightgbm, 100, False),
                requires=("lightgbm",),
            ),
            goal=0.5,
            check=check,
        ),
        Case(
            task="20 trees for each task",
            params={"n": 20_000, "d": 20, "tasks": 400},
            make=partial(table, 20_000, 20, 400),
            skx=partial(fit, "MTGB", -1, (0, 0, 20)),
            peer=Peer(
                name="lightgbm, per task",
                run=partial(fit_lightgbm, 20, True),
                requires=("lightgbm",),
            ),
            goal=5,
        ),
        alone("RMTGB 100/100/200", "RMTGB", 10_000, 20, 10, (100, 100, 200), -1),
    ]
    if scale != "S":
        found += [
            Case(
                task="published R-MTGB 20/20/20",
                params={"n": 100_000, "d": 20, "tasks": 10},
                make=partial(table, 100_000, 20, 10),
                skx=partial(fit_paper, (20, 20, 20)),
                peer=Peer(
                    name="stand-in of scikit-learn's stumps",
                    run=partial(fit_stand_in, (20, 20, 20)),
                    requires=("scikit-learn",),
                ),
                goal=50,
                check=check,
            ),
            alone("RMTGB 100/100/200", "RMTGB", 100_000, 20, 10, (100, 100, 200), -1),
            *(
                alone(
                    "RMTGB 10/10/10",
                    "RMTGB",
                    100_000,
                    20,
                    n_tasks,
                    (10, 10, 10),
                    growth_key="tasks",
                )
                for n_tasks in (10, 100, 1000)
            ),
            Case(
                task="predict, 400 trees",
                params={"n": 300_000, "d": 20, "tasks": 10},
                make=partial(fitted_rows, 300_000, 20, 10, (100, 100, 100)),
                skx=predict,
            ),
        ]
    if scale == "L":
        found += [
            alone("MTGB 0/20", "MTGB", 200_000, 20, 10_000, (0, 0, 20), -1),
            alone("RMTGB 5/5/5", "RMTGB", 1_000_000, 20, 1000, (5, 5, 5), -1),
        ]
    return found


# On a device


def losses_of_fit(
    kind: str, rounds: tuple[int, int, int], X: Any, y: Any, tasks: Any
) -> np.ndarray:
    """Fit, and return the losses after each round of the shared block."""
    model, _ = fit(kind, None, rounds, Rows(X, y, tasks))
    return model.train_score_["shared"]


def fitted(n: int, d: int) -> tuple[Any, ...]:
    """Return rows, their tasks, and a model of 400 trees, 100 of them of each task."""
    model, rows = fitted_rows(n, d, 10, (100, 100, 100))
    return rows.X, rows.tasks, model


def predict_there(X: Any, tasks: Any, model: Any) -> Any:
    return model.predict(X, tasks=tasks)


def check_close(there: np.ndarray, here: np.ndarray) -> None:
    """Require numbers of the device that differ by rounding alone."""
    np.testing.assert_allclose(there, here, rtol=1e-6)


def device_cases(scale: str) -> list[Case]:
    """S has few rows, where the device may not pay, M a million, L ten."""
    n = {"S": 100_000, "M": 1_000_000, "L": 10_000_000}[scale]
    sizes = {"n": n, "d": 20}
    return [
        device_case(
            f"{kind} {shared}/{outlier}/0",
            table,
            partial(losses_of_fit, kind, (shared, outlier, 0)),
            check_close,
            **sizes,
            n_tasks=10,
        )
        for kind, shared, outlier in (("MTGB", 100, 0), ("RMTGB", 20, 20))
    ] + [device_case("predict, 400 trees", fitted, predict_there, check_close, **sizes)]
