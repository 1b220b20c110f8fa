# SPDX-License-Identifier: BSD-3-Clause
"""Rows on a device: the `Design` and the `Problem` that read them, and predictions.

Only what is as long as the rows lives there. Unknowns, gradients and Hessians are on
the host, where the solvers work; a reading of the rows copies each of them once.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skx._backend import blocks, is_device_array, like, namespace_of, to_numpy
from skx.ordinal._design import Design, Moments, Slab, moments_about
from skx.ordinal._problem import Problem, Vector, mixed_grams

# Entries of X up to which a standardised copy is kept; beyond, it is made at every
# reading.
KEEP = 2**27


def here(value: Any) -> Any:
    """Return an argument on the host, untouched if it is there already."""
    return to_numpy(value) if is_device_array(value) else value


def fetch(*arrays: Any) -> list[NDArray[np.float64]]:
    """Return copies on the host of arrays of float64, in one transfer."""
    xp = namespace_of(arrays[0])
    flat = to_numpy(xp.concat([xp.reshape(array, (-1,)) for array in arrays]))
    ends = np.cumsum([array.size for array in arrays])[:-1]
    parts = zip(np.split(flat, ends), arrays, strict=True)
    return [part.reshape(array.shape) for part, array in parts]


def take_rows(X: Any, rows: NDArray[np.intp]) -> Any:
    """Return some rows of a table, which may be on a device, by position."""
    if not is_device_array(X):
        return X[rows]
    return namespace_of(X).take(X, like(X, rows), axis=0)


class DeviceDesign(Design):
    """The `Design` of a dense X on a device; its other arrays are on the host."""

    _rows: tuple[Any, Any]  # positions sorted by class, and weights in that order

    def _moments(self) -> Moments:
        with np.errstate(over="ignore", invalid="ignore"):
            return moments_about(
                to_numpy(self.X[0, :]).astype(np.float64), self._shifted
            )

    def _shifted(
        self, shift: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        xp = namespace_of(self.X)
        weights, shift = like(self.X, self.weights), like(self.X, shift)
        parts = []
        for rows in blocks(self.X.shape[0], 8 * self.X.shape[1]):
            moved = xp.astype(self.X[rows, :], xp.float64) - shift
            share = weights[rows]
            parts.append(
                [share @ moved, share @ (moved * moved), xp.max(xp.abs(moved), axis=0)]
            )
        sums = np.array([fetch(*part) for part in parts])
        mean, square = sums[:, :2].sum(axis=0)
        variance = np.maximum(square - np.square(mean), 0.0)
        return mean, variance, sums[:, 2].max(axis=0)

    def slabs(self) -> Iterator[Slab]:
        """Yield the rows, a slab at a time; every row is in one of them."""
        if self._kept is not None:
            yield from self._kept
            return
        n = len(self.codes)
        if "_rows" not in self.__dict__:
            self._rows = (
                like(self.X, self.order),
                like(self.X, self.weights[self.order]),
            )
        # A slab's predictors and their derivatives take room, too.
        made = map(self._part, blocks(n, 8 * self.n_features + 128 * self.n_classes))
        if n * self.n_features > KEEP:
            yield from made
            return
        self._kept = list(made)
        yield from self._kept

    def _part(self, rows: slice) -> Slab:
        """Return a slab of the sorted rows."""
        xp = namespace_of(self.X)
        order, weights = self._rows
        columns = xp.take(self.X, order[rows], axis=0)
        columns = xp.astype(columns, xp.float64, copy=False)
        columns -= like(columns, self.center)
        columns *= like(columns, self.unit)
        starts = self.starts.clip(rows.start, rows.stop) - rows.start
        return Slab(columns, starts, weights[rows])

    def extent(self) -> NDArray[np.float64]:
        """Return the largest entry of each column, in absolute value."""
        xp = namespace_of(self.X)
        parts = [xp.max(xp.abs(slab.columns), axis=0) for slab in self.slabs()]
        return np.max(fetch(*parts), axis=0)

    def sample(self, n_rows: int) -> "DeviceDesign":
        """Return the design of about n_rows rows, evenly taken from the sorted ones."""
        part = super().sample(n_rows)
        part.__dict__.pop("_rows", None)
        return part  # type: ignore[return-value]

    def _take_columns(self, table: Any, features: NDArray[np.intp]) -> Any:
        return namespace_of(table).take(table, like(table, features), axis=1)

    def _take_rows(self, rows: NDArray[np.intp]) -> Any:
        return take_rows(self.X, rows)


class DeviceProblem(Problem):
    """The `Problem` of a `DeviceDesign` and a `DeviceLikelihood`."""

    @property
    def reads_rows_once(self) -> bool:
        """Whether the kernels of the host read X as it is: never."""
        return False

    def reach(self, z: Vector) -> float:
        """Return the largest predictor, in absolute value, that z makes at a row."""
        parts = []
        for slab in self.design.slabs():
            eta = self._eta(slab, z, expected=False)
            xp = namespace_of(eta)
            for k in range(eta.shape[0]):
                rows = self.likelihood.touched(slab.starts, k)
                if rows.start < rows.stop:
                    parts.append(xp.max(xp.abs(eta[k, rows])))
        return max(map(float, fetch(*parts)))

    def _eta(self, slab: Slab, z: Vector, *, expected: bool) -> Any:
        slopes = self.effects.slopes(z)
        thresholds = like(slab.columns, z[: len(slopes)])
        if self.effects.shared.all():
            return thresholds[:, None] - slab.columns @ like(slab.columns, slopes[0])
        return thresholds[:, None] - like(slab.columns, slopes) @ slab.columns.T

    def _add_scores(self, slab: Slab, scores: Any, gradient: Vector) -> None:
        effects = self.effects
        xp = namespace_of(scores)
        by_boundary = scores
        if effects.shared.all():
            by_boundary = xp.sum(scores, axis=0, keepdims=True)
        sums, lines = fetch(xp.sum(scores, axis=1), by_boundary @ slab.columns)
        thresholds, common, free = effects.split(gradient)
        thresholds += sums
        common -= lines[:, effects.shared].sum(axis=0)
        if free.size:
            free -= effects.mixing.T @ lines[:, ~effects.shared]

    def _add_pairs(
        self, slab: Slab, pairs: list[Any], hessian: NDArray[np.float64]
    ) -> None:
        if self.effects.shared.all():
            self._add_parallel_pairs(slab, pairs, hessian)
        else:
            self._add_free_pairs(slab, pairs, hessian)

    def _add_parallel_pairs(
        self, slab: Slab, pairs: list[Any], hessian: NDArray[np.float64]
    ) -> None:
        """Add to the upper triangle: all boundaries have the same slopes."""
        xp = namespace_of(slab.columns)
        q, n = self.effects.n_boundaries, slab.weights.shape[0]
        by_boundary = xp.zeros((q, n), dtype=xp.float64, device=slab.weights.device)
        for k, l, rows, values in pairs:
            by_boundary[k, rows] += values
            if k != l:
                by_boundary[l, rows] += values
        sums, lines, gram = fetch(
            xp.stack([xp.sum(values) for *_, values in pairs]),
            by_boundary @ slab.columns,
            _gram(slab.columns, xp.sum(by_boundary, axis=0)),
        )
        for (k, l, *_), total in zip(pairs, sums, strict=True):
            hessian[k, l] += total
        hessian[:q, q:] -= lines
        hessian[q:, q:] += gram

    def _add_free_pairs(
        self, slab: Slab, pairs: list[Any], hessian: NDArray[np.float64]
    ) -> None:
        """Add to the upper triangle: boundary by boundary, then mixed into blocks."""
        effects, q = self.effects, self.effects.n_boundaries
        shared, mixing = effects.shared, effects.mixing
        xp = namespace_of(slab.columns)
        made: tuple[list[Any], ...] = ([], [], [])
        for _, _, rows, values in pairs:
            part = slab.columns[rows, :]
            made[0].append(xp.sum(values))
            made[1].append(values @ part)
            made[2].append(_gram(part, values))
        fetched = zip(pairs, *fetch(*map(xp.stack, made)), strict=True)
        lines = np.zeros((q, q, len(shared)))
        grams = np.zeros((q, q, len(shared), len(shared)))
        for (k, l, *_), total, line, gram in fetched:
            hessian[k, l] += total
            lines[k, l] = lines[l, k] = line
            grams[k, l] = grams[l, k] = gram
        first = q + int(shared.sum())
        n_own = len(hessian) - first
        common, own = slice(q, first), slice(first, len(hessian))
        hessian[:q, common] -= lines[:, :, shared].sum(axis=1)
        mixed = np.einsum("klj,lr->krj", lines[:, :, ~shared], mixing)
        hessian[:q, own] -= mixed.reshape(q, n_own)
        by_boundary = grams.sum(axis=1)[:, shared]
        hessian[common, common] += by_boundary[:, :, shared].sum(axis=0)
        mixed = np.einsum("kij,kr->irj", by_boundary[:, :, ~shared], mixing)
        hessian[common, own] += mixed.reshape(first - q, n_own)
        free = grams[:, :, ~shared][:, :, :, ~shared]
        hessian[own, own] += mixed_grams(free, mixing).reshape(n_own, n_own)

    def count_touching(self, z: Vector, gap: float) -> int:
        """Return the number of rows with two boundaries less than ``gap`` apart."""
        total = 0
        for _, gaps in self._gaps_there(z):
            xp = namespace_of(gaps)
            touching = xp.any(gaps < gap, axis=0)
            total += int(xp.sum(xp.astype(touching, xp.int64)))
        return total

    def crossing_rows(
        self, z: Vector, gap: float, most: int
    ) -> Iterator[tuple[int, list[Vector]]]:
        """Yield boundaries, and rows at which the next one is less than ``gap`` above.

        The worst rows first, at most so many of a slab; their standardised columns.
        """
        for slab, gaps in self._gaps_there(z):
            xp = namespace_of(gaps)
            counts = xp.sum(xp.astype(gaps < gap, xp.int64), axis=1)
            for k, count in enumerate(to_numpy(counts).tolist()):
                rows = xp.argsort(gaps[k, :], stable=True)[: min(most, count)]
                yield k, list(to_numpy(xp.take(slab.columns, rows, axis=0)))

    def _gaps_there(self, z: Vector) -> Iterator[tuple[Slab, Any]]:
        """Yield slabs, and gaps (n_boundaries - 1, n_rows) between boundaries."""
        steps = np.diff(self.effects.slopes(z), axis=0)
        apart = np.diff(z[: self.effects.n_boundaries])[:, None]
        for slab in self.design.slabs():
            moved = like(slab.columns, steps) @ slab.columns.T
            yield slab, like(moved, apart) - moved


def _gram(columns: Any, weights: Any) -> Any:
    """Return columns' diag(weights) columns."""
    return columns.T @ (columns * weights[:, None])


# Predictions


def predictors(
    X: Any, thresholds: NDArray[np.float64], slopes: NDArray[np.float64]
) -> Any:
    """Return the linear predictors (n_rows, n_boundaries)."""
    xp = namespace_of(X)
    slopes, thresholds = like(X, slopes.T), like(X, thresholds)
    parts = [
        thresholds - xp.astype(X[rows, :], xp.float64, copy=False) @ slopes
        for rows in blocks(X.shape[0], 8 * X.shape[1])
    ]
    return parts[0] if len(parts) == 1 else xp.concat(parts)


def log_probabilities(likelihood: Any, eta: Any) -> Any:
    """Return log P (n_rows, n_classes) for eta (n_rows, n_boundaries)."""
    parts = [
        likelihood.log_probabilities(eta[rows, :].T)
        for rows in blocks(eta.shape[0], 128 * eta.shape[1])
    ]
    return parts[0] if len(parts) == 1 else namespace_of(eta).concat(parts)


def rows_with_nan(table: Any, eta: Any) -> tuple[Any, NDArray[np.float64]]:
    """Return a mask of the rows of a table with NaN, and their ``eta`` on the host."""
    xp = namespace_of(table)
    mask = xp.any(xp.isnan(table), axis=1)
    if not bool(xp.any(mask)):
        return mask, np.empty((0, eta.shape[1]))
    return mask, to_numpy(xp.take(eta, xp.nonzero(mask)[0], axis=0))


def replace_rows(table: Any, mask: Any, rows: NDArray[np.float64]) -> Any:
    """Return a table in which the rows of a mask are others, in their order."""
    xp = namespace_of(table)
    n = table.shape[0]
    own = xp.arange(n, device=table.device)
    other = n - 1 + xp.cumulative_sum(xp.astype(mask, own.dtype))
    both = xp.concat([table, like(table, rows)])
    return xp.take(both, xp.where(mask, other, own), axis=0)


def cumulate(proba: Any) -> Any:
    """Return the probabilities of at most each class; the last ones are 1."""
    xp = namespace_of(proba)
    cumulative = xp.clip(xp.cumulative_sum(proba, axis=1)[:, :-1], 0.0, 1.0)
    return xp.concat([cumulative, xp.ones_like(proba[:, :1])], axis=1)


def crossing_rate(eta: Any) -> float:
    """Return the share of rows whose predictors fall somewhere."""
    xp = namespace_of(eta)
    falls = xp.any(eta[:, 1:] < eta[:, :-1], axis=1)
    return float(xp.mean(xp.astype(falls, xp.float64)))


def place(draws: Any, cumulative: Any) -> Any:
    """Return the position of the class that uniform draws (n_rows, 1) fall on."""
    xp = namespace_of(draws)
    return xp.sum(xp.astype(draws >= cumulative[:, :-1], xp.int64), axis=1)


def choose_class(proba: Any, decision: str, cost_matrix: Any) -> Any:
    """Return the position of the class that a decision rule takes, row by row."""
    xp = namespace_of(proba)
    if decision == "mode":
        return xp.argmax(proba, axis=1)
    if decision == "median":
        below = xp.cumulative_sum(proba, axis=1)[:, :-1] < 0.5
        return xp.sum(xp.astype(below, xp.int64), axis=1)
    if decision == "mean":
        ranks = like(proba, np.arange(proba.shape[1], dtype=float))
        return xp.astype(xp.floor(proba @ ranks + 0.5), xp.int64)
    costs = like(proba, np.asarray(cost_matrix, dtype=float))
    return xp.argmin(proba @ costs, axis=1)


def labels_of(classes: NDArray, positions: Any) -> Any:
    """Return the classes at some positions: on the device if they are numbers."""
    if classes.dtype.kind not in "biuf":
        return classes[to_numpy(positions)]
    return namespace_of(positions).take(like(positions, classes), positions)
