# SPDX-License-Identifier: BSD-3-Clause
"""Rounds as scikit-learn's callbacks see them, from its version 1.9 on."""

from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from skx.datasets import make_multitask
from skx.multitask import (
    MTGBRegressor,
    RMTGBClassifier,
    RMTGBRegressor,
    fit_partitions,
)

callback = pytest.importorskip("sklearn.callback")
X, y, TASKS = make_multitask(
    n_tasks=4, n_outlier_tasks=1, n_samples_per_task=40, random_state=0
)


class Record:
    """Keeps what it is told, and stops a block after some rounds."""

    def __init__(self, block: str = "", stop: int = 0) -> None:
        self.block = block
        self.stop = stop
        self.begun: list[str] = []
        self.ended: list[tuple[str, Any]] = []
        self.calls: list[str] = []

    def setup(self, estimator: Any, context: Any) -> None:
        self.calls.append("setup")

    def teardown(self, estimator: Any, context: Any) -> None:
        self.calls.append("teardown")

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        self.begun.append(context.task_name)

    def on_fit_task_end(
        self, estimator: Any, context: Any, *, metadata: Any = None
    ) -> bool:
        self.ended.append((context.task_name, metadata))
        is_here = context.parent is not None and context.parent.task_name == self.block
        return is_here and context.task_id + 1 >= self.stop > 0


def small(cls: Any = RMTGBRegressor, **params: Any) -> Any:
    rounds = {"n_iter_shared": 3, "n_iter_task": 2, "early_stopping": False}
    if cls is not MTGBRegressor:
        rounds["n_iter_outlier"] = 2
    return cls(random_state=0, **(rounds | params))


def test_a_callback_sees_blocks_and_rounds() -> None:
    record = Record()
    model = small().set_callbacks(record).fit(X, y, TASKS)
    names = ["fit", "shared block", *["round"] * 3, "outlier block", *["round"] * 2]
    assert record.begun == [*names, "task block"]
    assert sorted(name for name, _ in record.ended) == sorted(record.begun)
    assert record.ended[-1][0] == "fit"
    assert record.calls == ["setup", "teardown"]
    losses = [m["train_loss"] for name, m in record.ended if name == "round"]
    np.testing.assert_array_equal(losses[:3], model.train_score_["shared"][1:])
    assert all(m["validation_loss"] is None for _, m in record.ended if m)
    assert not hasattr(model, "_callback_fit_ctx")


def test_callbacks_change_no_result() -> None:
    plain = small(early_stopping=True).fit(X, y, TASKS)
    seen = small(early_stopping=True).set_callbacks(Record()).fit(X, y, TASKS)
    np.testing.assert_array_equal(plain.predict(X, TASKS), seen.predict(X, TASKS))


def test_the_second_fit_follows_the_first() -> None:
    record = Record()
    small(early_stopping=True).set_callbacks(record).fit(X, y, TASKS)
    assert record.begun.count("shared block") == 2
    assert record.begun.count("fit") == 1


@pytest.mark.parametrize("block", ["shared", "outlier"])
def test_a_callback_stops_a_block(block: str) -> None:
    model = small(n_iter_shared=9, n_iter_outlier=9)
    model.set_callbacks(Record(f"{block} block", 2)).fit(X, y, TASKS)
    found = {"shared": model.n_iter_shared_, "outlier": model.n_iter_outlier_}
    assert found.pop(block) == 2
    assert list(found.values()) == [9]


def test_classifiers_and_mtgb_have_callbacks_too() -> None:
    for cls, target in ((MTGBRegressor, y), (RMTGBClassifier, y > 0)):
        record = Record()
        clone(small(cls).set_callbacks(record)).fit(X, target, TASKS)
        assert record.begun.count("round") == (3 if cls is MTGBRegressor else 5)


def test_teardown_follows_a_failed_fit() -> None:
    record = Record()
    model = small(n_iter_shared=0, n_iter_outlier=0, n_iter_task=0)
    with pytest.raises(ValueError, match="Nothing to grow"):
        model.set_callbacks(record).fit(X, y, TASKS)
    assert record.calls == ["setup", "teardown"]


def test_a_progress_bar_runs() -> None:
    pytest.importorskip("rich")
    bar = callback.ProgressBar()
    small().set_callbacks(bar).fit(X, y, TASKS)
    frame = np.column_stack([X, TASKS])
    model = small(task_feature=X.shape[1])
    pipeline = make_pipeline("passthrough", model).set_callbacks(bar)
    assert np.isfinite(pipeline.fit(frame, y).predict(frame)).all()


def test_rounds_of_parts_are_those_of_a_fit() -> None:
    whole, parted = Record("shared block", 2), Record("shared block", 2)
    small(early_stopping=True).set_callbacks(whole).fit(X, y, TASKS)
    halves = np.array(TASKS) < 2, np.array(TASKS) >= 2
    fit_partitions(
        small(early_stopping=True).set_callbacks(parted),
        [X[half] for half in halves],
        [y[half] for half in halves],
        tasks_parts=[np.array(TASKS)[half] for half in halves],
    )
    assert parted.begun == whole.begun
    assert parted.calls == whole.calls
    assert len(parted.ended) == len(whole.ended)
