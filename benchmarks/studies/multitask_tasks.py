# SPDX-License-Identifier: BSD-3-Clause
"""Multi-task boosting with its defaults: real tasks, and drawn ones of four kinds.

``SKX_EXTRA_DATA=folder python -m benchmarks.studies.multitask_tasks`` (some fifteen
minutes) writes ``benchmarks/results/study-multitask.md``. Real tables: ten random
splits, a fifth of the rows for the test, seeds 0 to 9; the defaults were chosen on
other splits (seeds 100 to 105) of the first five tables and on other draws (seeds 20 to
23). LightGBM has 150 trees of 8 leaves and its other defaults, the paper's setting
50, 50 and 20 rounds of stumps. Nothing else is tuned.
"""

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier, LGBMRegressor
from numpy.typing import NDArray
from scipy import stats
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import train_test_split

from benchmarks.studies._data import extra_folder
from skx.model_selection import corrected_resampled_ttest
from skx.multitask import (
    MTGBClassifier,
    MTGBRegressor,
    RMTGBClassifier,
    RMTGBRegressor,
)

RESULT = Path(__file__).parents[1] / "results" / "study-multitask.md"
SPLITS = range(10)
DRAWS = range(10)

# Table, column of the tasks, whether the target is a class, columns left out.
REAL: dict[str, tuple[str, str, bool, list[str]]] = {
    "School": ("school_ilea", "task", False, []),
    "Computer": ("computer_survey", "task", False, []),
    "exam_london": ("exam_london", "school", False, []),
    "hsb82": ("hsb82", "school", False, []),
    "contraception": ("contraception", "district", True, []),
    "chem97 (schools)": ("chem97", "school", False, []),
    "chem97 (authorities)": ("chem97", "lea", False, ["school"]),
    "avila": ("avila", "Task", True, []),
}


class Split(NamedTuple):
    """Rows, targets and tasks to learn from and to predict."""

    X: Any
    y: NDArray[Any]
    tasks: NDArray[Any]
    X_test: Any
    y_test: NDArray[Any]
    tasks_test: NDArray[Any]
    is_class: bool


def load(name: str) -> tuple[Any, NDArray[Any], NDArray[Any], bool]:
    """Read a table, categories as such."""
    table, task, is_class, left_out = REAL[name]
    folder = extra_folder() / "data"
    schema = json.loads((folder / "schema.json").read_text())[table]
    frame = pd.read_csv(
        folder / f"{table}.csv.gz", keep_default_na=False, na_values=[""]
    )
    y, tasks = frame.pop(schema["target"]), frame.pop(task)
    for column in frame:
        if schema["fields"][column]["kind"] != "numeric":
            frame[column] = frame[column].astype("category")
    return frame.drop(columns=left_out), y.to_numpy(), tasks.to_numpy(), is_class


def real_split(name: str, seed: int) -> Split:
    """Split a table at random."""
    X, y, tasks, is_class = load(name)
    a, b = train_test_split(np.arange(len(y)), test_size=0.2, random_state=seed)
    return Split(X.iloc[a], y[a], tasks[a], X.iloc[b], y[b], tasks[b], is_class)


def drawn_split(scenario: str, seed: int) -> tuple[Split, NDArray[np.bool_]]:
    """Draw ten tasks of 300 rows and as many to predict; say which are outliers.

    Functions are random Fourier series. "pooled": the same for all; "independent": one
    each; "related": nine tenths in common; "outlier": two tasks have another common
    part; "noisy": as "related", but one task has noise.
    """
    rng = np.random.default_rng(seed)
    n_tasks, n, d, n_waves = 10, 300, 5, 500

    def function() -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
        waves, phases = (
            rng.normal(size=(n_waves, d)),
            rng.uniform(0, 2 * np.pi, n_waves),
        )
        heights = rng.normal(size=n_waves) * np.sqrt(2.0 / n_waves)
        return lambda x: np.cos(x @ waves.T / (0.25 * d) + phases) @ heights

    common, other = function(), function()
    X = rng.uniform(-1.0, 1.0, (2 * n * n_tasks, d))
    tasks = np.repeat(np.arange(n_tasks), 2 * n)
    y = np.empty(len(tasks))
    is_outlier = np.zeros(n_tasks, dtype=bool)
    is_outlier[-2:] = scenario == "outlier"
    for t in range(n_tasks):
        own, rows = function(), tasks == t
        base = other if is_outlier[t] else common
        share = {"pooled": 0.0, "independent": 1.0}.get(scenario, 0.1)
        y[rows] = (1.0 - share) * base(X[rows]) + share * own(X[rows])
    is_train = np.tile(np.arange(2 * n) < n, n_tasks)
    if scenario == "noisy":
        rows = (tasks == 0) & is_train
        y[rows] += 3.0 * y.std() * rng.normal(size=rows.sum()) / np.sqrt(3.0)
    a, b = is_train, ~is_train
    return Split(X[a], y[a], tasks[a], X[b], y[b], tasks[b], False), is_outlier


def lightgbm(split: Split) -> Any:
    """Return an unfitted LightGBM."""
    cls = LGBMClassifier if split.is_class else LGBMRegressor
    return cls(n_estimators=150, num_leaves=8, n_jobs=1, verbose=-1)


def answer(model: Any, X: Any, classes: NDArray[Any] | None) -> NDArray[np.float64]:
    """Return predictions, of classes their probabilities."""
    if classes is None:
        return model.predict(X)
    out = np.zeros((len(X), len(classes)))
    out[:, np.searchsorted(classes, model.classes_)] = model.predict_proba(X)
    return out


def run_pooled(split: Split, classes: Any) -> NDArray[np.float64]:
    """LightGBM that knows of no tasks."""
    return answer(lightgbm(split).fit(split.X, split.y), split.X_test, classes)


def run_category(split: Split, classes: Any) -> NDArray[np.float64]:
    """LightGBM with the task as a category."""
    known = np.unique(split.tasks)

    def joined(X: Any, tasks: NDArray[Any]) -> Any:
        return pd.DataFrame(X).assign(task_=pd.Categorical(tasks, categories=known))

    model = lightgbm(split).fit(joined(split.X, split.tasks), split.y)
    return answer(model, joined(split.X_test, split.tasks_test), classes)


def run_per_task(split: Split, classes: Any) -> NDArray[np.float64]:
    """LightGBM for each task; the pooled one for tasks that it cannot learn from."""
    out = run_pooled(split, classes)
    for t in np.unique(split.tasks_test):
        a, b = split.tasks == t, split.tasks_test == t
        if a.sum() > 1 and (classes is None or len(np.unique(split.y[a])) > 1):
            model = lightgbm(split).fit(split.X[a], split.y[a])
            out[b] = answer(model, split.X_test[b], classes)
    return out


def run_skx(
    regressor: Any, classifier: Any, *, paper: bool = False
) -> Callable[..., NDArray[np.float64]]:
    """Return a run of ours."""

    def run(split: Split, classes: Any) -> NDArray[np.float64]:
        cls = classifier if split.is_class else regressor
        model = cls(random_state=0)
        if paper:
            model.set_params(
                n_iter_shared=50,
                n_iter_outlier=50,
                n_iter_task=20,
                **cls.paper_params(),
            )
        model.fit(split.X, split.y, tasks=split.tasks)
        if split.is_class:
            return model.predict_proba(split.X_test, tasks=split.tasks_test)
        return model.predict(split.X_test, tasks=split.tasks_test)

    return run


METHODS: dict[str, Callable[..., NDArray[np.float64]]] = {
    "RMTGB": run_skx(RMTGBRegressor, RMTGBClassifier),
    "MTGB": run_skx(MTGBRegressor, MTGBClassifier),
    "R-MTGB, paper": run_skx(RMTGBRegressor, RMTGBClassifier, paper=True),
    "LightGBM, task as category": run_category,
    "LightGBM, pooled": run_pooled,
    "LightGBM, per task": run_per_task,
}


def error(split: Split, predicted: NDArray[np.float64], classes: Any) -> float:
    """Return the root mean squared error, or the log loss of classes."""
    if classes is None:
        return float(np.sqrt(np.mean((split.y_test - predicted) ** 2)))
    predicted = np.clip(predicted, 1e-6, None)
    predicted /= predicted.sum(axis=1, keepdims=True)
    return float(log_loss(split.y_test, predicted, labels=classes))


def real_tables() -> tuple[list[str], NDArray[np.float64]]:
    """Return the lines of the table, and the mean error of each table and method."""
    lines = [f"| table | {' | '.join(METHODS)} |", "| --- " * (len(METHODS) + 1) + "|"]
    means = []
    for name in REAL:
        errors = np.empty((len(SPLITS), len(METHODS)))
        for s in SPLITS:
            split = real_split(name, s)
            classes = np.unique(split.y) if split.is_class else None
            for k, run in enumerate(METHODS.values()):
                errors[s, k] = error(split, run(split, classes), classes)
            print(name, s, errors[s].round(4), flush=True)
        means.append(errors.mean(axis=0))
        cells = [f"{value:.4f}" for value in means[-1]]
        for k in range(2, len(METHODS)):
            # A fifth of the rows are left out.
            test = corrected_resampled_ttest(
                errors[:, k], errors[:, 0], n_train=4, n_test=1
            )
            cells[k] += f" (p {test.p_value:.3f})"
        lines.append(f"| {name} | {' | '.join(cells)} |")
    ranks = stats.rankdata(means, axis=1).mean(axis=0)
    lines.append(f"| mean rank | {' | '.join(f'{rank:.2f}' for rank in ranks)} |")
    return lines, np.array(means)


def drawn_tables() -> list[str]:
    """Return the lines on drawn tasks."""
    lines = [f"| tasks | {' | '.join(METHODS)} |", "| --- " * (len(METHODS) + 1) + "|"]
    aucs, noisy = [], []
    for scenario in ("outlier", "related", "pooled", "independent"):
        errors = np.empty((len(DRAWS), len(METHODS)))
        for s in DRAWS:
            split, is_outlier = drawn_split(scenario, s)
            for k, run in enumerate(METHODS.values()):
                errors[s, k] = error(split, run(split, None), None)
            if scenario == "outlier":
                model = RMTGBRegressor(random_state=0)
                model.fit(split.X, split.y, tasks=split.tasks)
                aucs.append(roc_auc_score(is_outlier, model.outlier_score_))
        cells = [f"{value:.4f}" for value in errors.mean(axis=0)]
        lines.append(f"| {scenario} | {' | '.join(cells)} |")
    for s in DRAWS:
        split, _ = drawn_split("noisy", s)
        model = RMTGBRegressor(random_state=0).fit(split.X, split.y, tasks=split.tasks)
        noisy.append(model.outlier_score_[0])
    n, found = len(DRAWS), np.sum(np.array(aucs) == 1.0)
    quiet = np.sum(np.array(noisy) < 0.5)
    return [
        *lines,
        "",
        f"Outliers: the AUC of `outlier_score_` is 1 in {found} of {n} draws. A task "
        "like the others with much noise has a score below one half in "
        f"{quiet} of {n}.",
    ]


def main() -> None:
    """Run the study and write the tables."""
    warnings.filterwarnings("ignore", category=UserWarning)
    drawn = drawn_tables()
    real, _ = real_tables()
    text = [
        "# Multi-task boosting with its defaults",
        "",
        "How it was made: `benchmarks/studies/multitask_tasks.py`. Root mean squared "
        "error, log loss of classes (contraception, avila); less is better. p: "
        "corrected resampled t-test of the method against RMTGB, ten splits.",
        "",
        "## Real tasks",
        "",
        *real,
        "",
        "## Drawn tasks, ten draws",
        "",
        *drawn,
    ]
    RESULT.write_text("\n".join(text) + "\n", encoding="utf-8")
    print("\n".join(text))


if __name__ == "__main__":
    main()
