# SPDX-License-Identifier: BSD-3-Clause
"""Campaigns as scikit-learn's callbacks see them, from its version 1.9 on."""

from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.naive_bayes import GaussianNB

from skx.active import RandomSampler, UncertaintySampler, compare, simulate

X, y = make_classification(120, 5, n_informative=3, n_classes=3, random_state=0)
MARGIN = UncertaintySampler(GaussianNB(var_smoothing=0.5))
HAS_CALLBACKS = find_spec("sklearn.callback") is not None


class Record:
    """Keeps what it is told, and stops campaigns at a number of labels."""

    def __init__(self, most: float = np.inf) -> None:
        self.most = most
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
        return context.task_name == "round" and metadata["n_labels"] >= self.most


def play(**settings: Any) -> Any:
    settings = {"n_rounds": 3, "n_samples": 5, "initial": 9, **settings}
    rows = {"X": X[:80], "y": y[:80], "X_test": X[80:], "y_test": y[80:]}
    return simulate(MARGIN, **rows, random_state=0, **settings)


@pytest.mark.skipif(HAS_CALLBACKS, reason="scikit-learn has callbacks")
def test_callbacks_that_scikit_learn_lacks_are_told() -> None:
    with pytest.raises(ValueError, match=r"callbacks need scikit-learn 1\.9"):
        play(callbacks=[Record()])


needs_callbacks = pytest.mark.skipif(
    not HAS_CALLBACKS, reason="callbacks came with scikit-learn 1.9"
)


@needs_callbacks
def test_a_callback_sees_campaigns_and_rounds() -> None:
    record = Record()
    curve = play(n_repeats=2, callbacks=[record])
    assert record.calls == ["setup", "teardown"]
    first, *names = record.begun
    assert first == "campaigns"
    each = [f"UncertaintySampler, repeat {r} of 2" for r in (1, 2)]
    assert names == [each[0], *["round"] * 4, each[1], *["round"] * 4]
    assert [name for name, _ in record.ended][-2:] == [each[1], "campaigns"]
    told = [metadata for name, metadata in record.ended if name == "round"]
    assert [t["n_labels"] for t in told] == [9, 14, 19, 24] * 2
    np.testing.assert_array_equal([t["score"] for t in told], curve.scores.ravel())
    np.testing.assert_array_equal(curve.scores, play(n_repeats=2).scores)


@needs_callbacks
def test_a_callback_ends_campaigns() -> None:
    curve = play(n_repeats=2, callbacks=[Record(14)])
    np.testing.assert_array_equal(curve.n_labeled, [9, 14])
    assert [len(rows) for rows in curve.indices] == [14, 14]


@needs_callbacks
def test_comparisons_have_callbacks_too() -> None:
    record = Record()
    samplers = {"margin": MARGIN, "random": RandomSampler(MARGIN.estimator)}
    settings = {"initial": 9, "n_rounds": 2, "n_samples": 5, "random_state": 0}
    seen = compare(samplers, X, y, cv=2, callbacks=[record], **settings)
    assert [name for name in record.begun if "split" in name] == [
        f"{name}, split {s} of 2" for s in (1, 2) for name in samplers
    ]
    assert record.begun.count("round") == 12
    plain = compare(samplers, X, y, cv=2, **settings)
    for name in samplers:
        np.testing.assert_array_equal(
            seen.curves[name].scores, plain.curves[name].scores
        )


@needs_callbacks
def test_teardown_follows_what_fails() -> None:
    record = Record()
    with pytest.raises(ValueError, match="bad score"):
        play(callbacks=[record], scoring=broken)
    assert record.calls == ["setup", "teardown"]


def broken(*_: Any) -> float:
    raise ValueError("bad score")


@needs_callbacks
def test_wrong_callbacks_are_told() -> None:
    with pytest.raises(TypeError, match="instances following the FitCallback"):
        play(callbacks=[object()])
    with pytest.raises(ValueError, match="'callbacks' parameter of simulate"):
        play(callbacks=Record())


@needs_callbacks
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_progress_bar_runs(n_jobs: int) -> None:
    pytest.importorskip("rich")
    from sklearn.callback import ProgressBar

    seen = play(n_repeats=2, n_jobs=n_jobs, callbacks=[ProgressBar()])
    np.testing.assert_array_equal(seen.scores, play(n_repeats=2).scores)
