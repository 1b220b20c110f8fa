# SPDX-License-Identifier: BSD-3-Clause
"""Rounds of a fit as scikit-learn's callbacks see them."""

from typing import Any


class Rounds:
    """Tells callbacks of blocks, and of the rounds in them.

    A fit has a task for each block that is grown, in turn: with early stopping those of
    the second fit follow. A block that tasks share has a task for each round.
    """

    def __init__(self, estimator: Any, context: Any) -> None:
        self.estimator = estimator
        self.context = context
        self.block: Any = None
        context.call_on_fit_task_begin(estimator=estimator)

    def note(self, block: str, n: int, most: int, losses: dict[str, Any]) -> bool:
        """Tell of round n of a block; return whether a callback wants no more."""
        if n == 0 or block == "task":
            self._end_block()
            n_rounds = 0 if block == "task" else most
            self.block = self.context.subcontext(
                task_name=f"{block} block", max_subtasks=n_rounds
            )
            self.block.call_on_fit_task_begin(estimator=self.estimator)
            return False
        done = self.block.subcontext(task_name="round")
        done.call_on_fit_task_begin(estimator=self.estimator)
        return done.call_on_fit_task_end(estimator=self.estimator, metadata=losses)

    def _end_block(self) -> None:
        if self.block is not None:
            self.block.call_on_fit_task_end(estimator=self.estimator)
            self.block = None

    def end(self) -> None:
        """Tell that the fit is done."""
        self._end_block()
        self.context.call_on_fit_task_end(estimator=self.estimator)
