# SPDX-License-Identifier: BSD-3-Clause
"""Campaigns and their rounds as scikit-learn's callbacks see them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import sklearn
from sklearn.base import BaseEstimator

from skx._base.sklearn import CallbackSupportMixin, fit_context, open_callbacks


@dataclass(frozen=True)
class Watch:
    """Tells callbacks of one campaign, in the process that plays it."""

    owner: Any
    context: Any

    def begin(self) -> None:
        """Tell that the campaign begins."""
        self.context.call_on_fit_task_begin(estimator=self.owner)

    def note(self, n_labels: int, score: float) -> bool:
        """Tell of a round; return whether a callback wants no more."""
        done = self.context.subcontext(task_name="round")
        done.call_on_fit_task_begin(estimator=self.owner)
        told = {"n_labels": n_labels, "score": score}
        return bool(done.call_on_fit_task_end(estimator=self.owner, metadata=told))

    def end(self) -> None:
        """Tell that the campaign is over."""
        self.context.call_on_fit_task_end(estimator=self.owner)


class Campaigns(CallbackSupportMixin, BaseEstimator):
    """Stands for the estimator that callbacks belong to."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {}

    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        labels: Sequence[str],
        n_rounds: int,
        play: Callable[[Sequence[Watch]], Any],
    ) -> Any:
        """Return what ``play`` does, given who watches each campaign."""
        context = open_callbacks(
            self,
            task_name="campaigns",
            max_subtasks=len(labels),
            sequential_subtasks=False,
        )
        context.call_on_fit_task_begin(estimator=self)
        watches = [
            Watch(self, context.subcontext(label, k, max_subtasks=n_rounds + 1))
            for k, label in enumerate(labels)
        ]
        found = play(watches)
        context.call_on_fit_task_end(estimator=self)
        return found


def watched(
    callbacks: Any,
    labels: Sequence[str],
    n_rounds: int,
    play: Callable[[Sequence[Watch | None]], Any],
) -> Any:
    """Return what ``play`` does, given for each campaign who watches it, or None."""
    if not callbacks:
        return play([None] * len(labels))
    campaigns = Campaigns()
    if not hasattr(campaigns, "set_callbacks"):
        raise ValueError(
            f"callbacks need scikit-learn 1.9 or later, and this is "
            f"{sklearn.__version__}; upgrade it, or use verbose."
        )
    return campaigns.set_callbacks(*callbacks).fit(labels, n_rounds, play)
