# SPDX-License-Identifier: BSD-3-Clause
"""What a fitted booster tells beside its predictions: stages, leaves, contributions."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_is_fitted

from skx._backend import like
from skx.multitask._base import MultiTaskBooster
from skx.multitask._blocks import rows_by_task
from skx.multitask._shap import Explainer
from skx.multitask._tasks import read_ids
from skx.multitask._trees import Forest

Array = NDArray[np.float64]


class Inspection(MultiTaskBooster):
    """Base of the boosters that can be looked into."""

    @property
    def feature_importances_by_block_(self) -> dict[str, Array]:
        """Part of each block in ``feature_importances_``."""
        check_is_fitted(self)
        gains = {name: self._gains(f) for name, f in self._forests().items()}
        total = sum(part.sum() for part in gains.values())
        return {name: part / (total or 1.0) for name, part in gains.items()}

    @property
    def feature_importances_task_(self) -> Array:
        """Importances in the trees of each task, 1 in sum or all 0."""
        check_is_fitted(self)
        blocks = self._blocks
        ends = blocks.own.roots[blocks.own_starts]
        out = np.zeros((self.n_tasks_, self.n_features_in_))
        for t, nodes in enumerate(map(slice, ends[:-1], ends[1:])):
            out[t] = self._gains(blocks.own, nodes)
        total = out.sum(axis=1, keepdims=True)
        return np.divide(out, total, out=out, where=total > 0.0)

    def staged_raw_predict(
        self, X: ArrayLike, tasks: ArrayLike | None = None
    ) -> Iterator[Array]:
        """Yield the raw scores of rows after each round, block by block.

        Rounds count those of the shared block, then those of the outlier block with
        the weights that tasks had by then, then those of the task block, as many as
        the task with most has; other tasks rest meanwhile. The constants of the tasks
        come with the first round of their block.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        tasks : array-like of shape (n_samples,) or None, default=None
            Task of each row, unless a column of X holds it.

        Yields
        ------
        raw : ndarray of shape (n_samples,) or (n_samples, n_classes)
            Scores; the last are those that predictions come from.
        """
        return (_flat(raw) for raw in self._stages(X, tasks))

    def _stages(self, X: Any, tasks: Any) -> Iterator[Array]:
        numbers, codes = self._query(X, tasks)
        return self._blocks.stages(
            numbers,
            codes,
            unseen_share=self._unseen_share,
            unseen_mean=self.unseen_task == "mean",
        )

    def predict_for_task(self, X: ArrayLike, task: Any) -> NDArray[Any]:
        """Return predictions of rows as if they belonged to one task.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows, with the same columns as in ``fit``; what a column of task ids holds
            does not matter.
        task : int, str, bool or None
            Id of a task. One that ``fit`` has not seen, or None, is treated as
            ``unseen_task`` says.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            As ``predict`` returns.
        """
        check_is_fitted(self)
        numbers = self._reader.numbers(self._open(X, reset=False), self)
        n, ids = numbers.shape[0], None
        if self._has_tasks or task is not None:
            ids = read_ids(np.full(n, task, dtype=object), n)
        return self._answer(self._sum(numbers, like(numbers, self._code(ids, n))))

    def apply(
        self, X: ArrayLike, tasks: ArrayLike | None = None
    ) -> dict[str, NDArray[np.int64]]:
        """Return the leaf of each tree that each row falls into.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        tasks : array-like of shape (n_samples,) or None, default=None
            Task of each row, unless a column of X holds it.

        Returns
        -------
        leaves : dict of ndarray of shape (n_samples, n_trees), int64
            For the blocks "shared", "non_outlier", "outlier" and "task" the numbers of
            the leaves among the nodes of each tree, in the order they were grown; of
            more than two classes, one tree for each in turn. Columns of "task" are
            trees of the row's own task: -1 where it has fewer than others, and for
            tasks that ``fit`` has not seen.
        """
        numbers, codes = self._query(X, tasks)
        blocks = self._blocks
        most = int(np.diff(blocks.own_starts).max())
        own = np.full((len(numbers), most), -1, dtype=np.int64)
        for t, rows in rows_by_task(codes):
            if t >= 0:
                first, last = blocks.own_starts[t], blocks.own_starts[t + 1]
                own[rows, : last - first] = blocks.own.leaves(
                    numbers[rows], first, last
                )
        return {
            "shared": blocks.shared.leaves(numbers),
            "non_outlier": blocks.common.leaves(numbers),
            "outlier": blocks.outlier.leaves(numbers),
            "task": own,
        }

    def shap_values(
        self, X: ArrayLike, tasks: ArrayLike | None = None, *, by_block: bool = False
    ) -> tuple[Any, Any]:
        """Return what each column of X adds to the raw score of each row.

        Exact Shapley values of the trees. What a row would score if some of its columns
        were unknown is taken from the paths of the rows of the fit: at a split by an
        unknown column both ways are taken, by the weights of the rows that went there
        (path-dependent TreeSHAP). Shapley values of sums are sums, so that the values
        of the blocks are added with the weights that the task gives them.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        tasks : array-like of shape (n_samples,) or None, default=None
            Task of each row, unless a column of X holds it.
        by_block : bool, default=False
            Whether to keep the blocks apart.

        Returns
        -------
        values : ndarray of shape (n_samples, n_features) or \
                (n_samples, n_features, n_classes)
            With more than two classes one value for the score of each. A column of task
            ids has 0. With ``by_block``, a dict of such arrays for "shared",
            "non_outlier", "outlier" and "task".
        expected : ndarray of shape (n_samples,) or (n_samples, n_classes)
            What the values of a row add up to its raw score with: the expectation if
            nothing but the task is known. It holds the baseline and the constant of the
            task, so rows of a task share it. With ``by_block``, a dict that has the
            baseline as "baseline"; ``values[name].sum(axis=1) + expected[name]`` is
            then ``predict_blocks(X, tasks)[name]``.

        Notes
        -----
        The method of Lundberg et al. (2020), computed as the integral of Owen (1972)
        over the probability with which columns are known; it is a polynomial, for which
        Gauss's rule with half as many points as columns meet on a path is exact. Cost
        for a row and tree: number of nodes times number of points, independent of the
        number of columns.

        References
        ----------
        S. M. Lundberg, G. Erion, H. Chen et al., 2020, "From Local Explanations to
        Global Understanding with Explainable AI for Trees", Nature Machine Intelligence
        2, 56-67.

        G. Owen, 1972, "Multilinear Extensions of Games", Management Science 18(5-2),
        64-79.
        """
        numbers, codes = self._query(X, tasks)
        blocks = self._blocks
        m, n = blocks.n_outputs, len(numbers)
        values, expected = {}, {"baseline": np.tile(blocks.baseline, (n, 1))}
        s = np.append(blocks.share, self._unseen_share(blocks.share))[codes]
        shares = {"shared": np.ones(n), "non_outlier": 1.0 - s, "outlier": s}
        for name, forest in self._forests().items():
            inner = np.zeros((n, len(self._reader.columns), m))
            mean = np.zeros((n, m))
            explainer = Explainer(forest)
            if name == "task":
                self._explain_tasks(explainer, numbers, codes, inner, mean)
            else:
                explainer.add(numbers, inner, n_jobs=self.n_jobs)
                mean += explainer.mean(0, forest.n_trees, m)
                inner *= shares[name][:, None, None]
                mean *= shares[name][:, None]
            whole = np.zeros((n, self.n_features_in_, m))
            whole[:, self._reader.columns] = inner
            values[name], expected[name] = whole, mean
        if by_block:
            return (
                {name: _flat(part) for name, part in values.items()},
                {name: _flat(part) for name, part in expected.items()},
            )
        total = sum(values.values(), np.zeros(1))
        return _flat(total), _flat(sum(expected.values(), np.zeros(1)))

    def _explain_tasks(
        self,
        explainer: Explainer,
        X: NDArray[np.floating],
        codes: NDArray[np.int64],
        values: Array,
        expected: Array,
    ) -> None:
        """Write what the trees of tasks add, and the means of their scores."""
        blocks, n_jobs = self._blocks, self.n_jobs
        m, n_trees = blocks.n_outputs, blocks.own.n_trees
        for t, rows in rows_by_task(codes):
            if t >= 0:
                first, last = blocks.own_starts[t], blocks.own_starts[t + 1]
                explainer.add(X, values, rows, first, last, n_jobs)
                expected[rows] = blocks.intercepts[t] + explainer.mean(first, last, m)
            elif self.unseen_task == "mean":
                explainer.add(X, values, rows, 0, n_trees, n_jobs)
                values[rows] /= self.n_tasks_
                mean = explainer.mean(0, n_trees, m) / self.n_tasks_
                expected[rows] = blocks.intercepts.mean(axis=0) + mean

    def _forests(self) -> dict[str, Forest]:
        """Return the trees of each block."""
        blocks = self._blocks
        return {
            "shared": blocks.shared,
            "non_outlier": blocks.common,
            "outlier": blocks.outlier,
            "task": blocks.own,
        }

    def _answer(self, raw: Array) -> NDArray[Any]:
        """Return predictions, given scores (n_rows, n_outputs)."""
        raise NotImplementedError


def _flat(array: Array) -> Array:
    """Drop the last axis if there is one output."""
    return array[..., 0] if array.shape[-1] == 1 else array
