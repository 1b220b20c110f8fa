# SPDX-License-Identifier: BSD-3-Clause
"""The objective of a penalised ordinal model, as a function of one vector."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from skx._numba import map_pieces
from skx.ordinal import _kernels
from skx.ordinal._design import BLOCK, Design, Slab, add_gram, pieces_of, weighted_gram
from skx.ordinal._links import Likelihood

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Effects:
    """How the coefficients make the slopes of each boundary.

    The vector of unknowns holds the thresholds, one coefficient for each column with
    the same slope at every boundary, and for the others ``mixing.shape[1]`` blocks of
    one coefficient each: the slopes of boundary k are the sum of mixing[k, r] times
    block r.

    Parameters
    ----------
    shared : (p,) bool, columns with the same slope at every boundary
    mixing : (n_boundaries, n_blocks)
    """

    shared: NDArray[np.bool_]
    mixing: NDArray[np.float64]

    @property
    def n_boundaries(self) -> int:
        """Number of classes less one."""
        return int(self.mixing.shape[0])

    @property
    def n_unknowns(self) -> int:
        """Length of the vector."""
        n_shared = int(self.shared.sum())
        n_free = len(self.shared) - n_shared
        return self.n_boundaries + n_shared + n_free * self.mixing.shape[1]

    def split(self, z: Vector) -> tuple[Vector, Vector, Vector]:
        """Return views: thresholds, shared coefficients, blocks (n_blocks, n_free)."""
        q, n_shared = self.n_boundaries, int(self.shared.sum())
        free = z[q + n_shared :]
        return z[:q], z[q : q + n_shared], free.reshape(self.mixing.shape[1], -1)

    def slopes(self, z: Vector) -> Vector:
        """Return the slopes (n_boundaries, p)."""
        _, common, blocks = self.split(z)
        slopes = np.empty((self.n_boundaries, len(self.shared)))
        slopes[:, self.shared] = common
        slopes[:, ~self.shared] = self.mixing @ blocks
        return slopes

    def unknowns_of(self, features: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Mask of the unknowns that belong to some columns, and of the thresholds."""
        blocks = np.tile(features[~self.shared], self.mixing.shape[1])
        thresholds = np.ones(self.n_boundaries, dtype=bool)
        return np.concatenate([thresholds, features[self.shared], blocks])

    def features_of(self) -> NDArray[np.intp]:
        """Column that each coefficient belongs to; the thresholds are left out."""
        columns = np.arange(len(self.shared))
        blocks = np.tile(columns[~self.shared], self.mixing.shape[1])
        return np.concatenate([columns[self.shared], blocks])

    def restrict(self, features: NDArray[np.bool_]) -> "Effects":
        """Effects of some of the columns."""
        return replace(self, shared=self.shared[features])


@dataclass(frozen=True)
class Penalty:
    """Elastic net on the unknowns; the arrays are as long as the vector of them.

    The sum of l1 * abs(z) + l2 / 2 * z**2; where ``positive``, z is at least 0.
    """

    l1: Vector
    l2: Vector
    positive: NDArray[np.bool_]

    @property
    def is_smooth(self) -> bool:
        """Whether Newton's method alone will do."""
        return not (self.l1.any() or self.positive.any())

    def value(self, z: Vector) -> float:
        """Return the penalty of z."""
        return float(self.l1 @ np.abs(z) + 0.5 * self.l2 @ np.square(z))

    def violation(self, z: Vector, gradient: Vector) -> Vector:
        """Distance of the gradient from what makes z optimal, per unknown."""
        smooth = gradient + self.l2 * z
        kink = np.maximum(np.abs(smooth) - self.l1, 0.0)
        bound = np.maximum(-smooth - self.l1, 0.0)
        moved = np.abs(smooth + self.l1 * np.sign(z))
        return np.where(z != 0.0, moved, np.where(self.positive, bound, kink))

    def restrict(self, unknowns: NDArray[np.bool_]) -> "Penalty":
        """Penalty of some of the unknowns."""
        return Penalty(self.l1[unknowns], self.l2[unknowns], self.positive[unknowns])


@dataclass(frozen=True)
class ElasticNet:
    """Penalties of one shape: factors of the unknowns, and which are at least 0."""

    factor: Vector
    positive: NDArray[np.bool_]

    def at(self, alpha: float, l1_ratio: float) -> Penalty:
        """Return the penalty of a strength and a share of the lasso."""
        return Penalty(
            alpha * l1_ratio * self.factor,
            alpha * (1.0 - l1_ratio) * self.factor,
            self.positive,
        )


def no_penalty(effects: Effects) -> Penalty:
    """Return a penalty of nothing."""
    zeros = np.zeros(effects.n_unknowns)
    return Penalty(zeros, zeros, np.zeros(len(zeros), dtype=bool))


@dataclass(frozen=True)
class Walls:
    """Rows of ``normals`` @ z >= gap, as an augmented Lagrangian.

    Each wall adds (max(0, multiplier - weight * slack)**2 - multiplier**2) / (2 weight)
    to the objective, with slack = normal'z - gap.
    """

    normals: NDArray[np.float64]  # (n_walls, n_unknowns)
    gap: float
    multipliers: Vector
    weight: float

    def terms(self, z: Vector) -> tuple[float, Vector, NDArray[np.float64]]:
        """Return value, gradient and Hessian."""
        push = self.multipliers - self.weight * (self.normals @ z - self.gap)
        active = push > 0.0
        push = np.where(active, push, 0.0)
        value = float(push @ push - self.multipliers @ self.multipliers)
        value /= 2.0 * self.weight
        pressed = self.normals[active]
        return value, -push @ self.normals, self.weight * pressed.T @ pressed

    def restrict(self, unknowns: NDArray[np.bool_]) -> "Walls":
        """Walls in some of the unknowns."""
        return replace(self, normals=self.normals[:, unknowns])


class Problem:
    """Minus the mean weighted log-likelihood, its derivatives, and the penalty.

    Parameters
    ----------
    design, likelihood, effects, penalty : the four parts
    walls : Walls or None
    """

    def __init__(
        self,
        design: Design,
        likelihood: Likelihood,
        effects: Effects,
        penalty: Penalty,
        walls: Walls | None = None,
    ) -> None:
        self.design = design
        self.likelihood = likelihood
        self.effects = effects
        self.penalty = penalty
        self.walls = walls
        # What the last reading of the rows found on its way, and where it read them.
        self._reached: tuple[Vector, float] | None = None

    def with_(self, **parts: Any) -> "Problem":
        """Return the problem with other parts."""
        own: dict[str, Any] = {
            "design": self.design,
            "likelihood": self.likelihood,
            "effects": self.effects,
            "penalty": self.penalty,
            "walls": self.walls,
        }
        return type(self)(**(own | parts))

    def restrict(self, features: NDArray[np.bool_]) -> "Problem":
        """Return the problem in some of the columns."""
        unknowns = self.effects.unknowns_of(features)
        return type(self)(
            self.design.select(np.flatnonzero(features)),
            self.likelihood,
            self.effects.restrict(features),
            self.penalty.restrict(unknowns),
            self.walls.restrict(unknowns) if self.walls else None,
        )

    def start(self) -> Vector:
        """Return thresholds that fit the frequencies, and no slopes."""
        z = np.zeros(self.effects.n_unknowns)
        z[: self.effects.n_boundaries] = self.likelihood.start(self.design.frequencies)
        return z

    def on_scale_of_columns(self, z: Vector) -> tuple[Vector, Vector]:
        """Return thresholds and slopes (n_boundaries, p) for the columns of X."""
        slopes = self.effects.slopes(z) / self.design.scale
        return z[: self.effects.n_boundaries] + slopes @ self.design.center, slopes

    def objective(self, z: Vector) -> float:
        """Return loss and penalty."""
        return self.loss(z) + self.penalty.value(z)

    def loss(self, z: Vector) -> float:
        """Return the loss, inf where a row's class has no probability."""
        if self.reads_rows_once:
            return self._read_once(z, 0)[0]
        total = 0.0
        for slab in self.design.slabs():
            eta = self._eta(slab, z, expected=False)
            total += self.likelihood.rows(eta, slab.starts, slab.weights, 0)[0]
            if not np.isfinite(total):
                return np.inf
        return total + (self.walls.terms(z)[0] if self.walls else 0.0)

    def reach(self, z: Vector) -> float:
        """Return the largest predictor, in absolute value, that z makes at a row."""
        if self._reached is not None and np.array_equal(self._reached[0], z):
            return self._reached[1]
        if self.reads_rows_once:
            parts = self._predictors_once(z)
        else:
            parts = (
                eta[k, self.likelihood.touched(slab.starts, k)]
                for slab in self.design.slabs()
                for eta in [self._eta(slab, z, expected=False)]
                for k in range(len(eta))
            )
        return max(float(np.abs(part).max(initial=0.0)) for part in parts)

    def _predictors_once(self, z: Vector) -> Iterator[NDArray[np.float64]]:
        """Yield the predictors of each boundary at the rows that it touches."""
        design, likelihood = self.design, self.likelihood
        slopes = self.effects.slopes(z) * design.unit
        starts = design.starts
        if self.effects.shared.all():
            everyone = slice(0, len(design.codes))
            location = design.locations(design.X, slopes[0], everyone)[design.order]
        for k in range(self.effects.n_boundaries):
            rows = likelihood.touched(starts, k)
            if self.effects.shared.all():
                yield z[k] - location[rows]
            else:
                columns = design.sorted_rows.columns
                yield z[k] - design.locations(columns, slopes[k], rows)

    def reach_at_most(self, z: Vector) -> float:
        """Return a bound of `reach` that takes no reading of the rows."""
        slopes = np.abs(self.effects.slopes(z)) @ self.design.extent_at_most
        return float((np.abs(z[: len(slopes)]) + slopes).max())

    @property
    def reads_rows_once(self) -> bool:
        """Whether a reading of X as it is gives the derivatives, without a copy."""
        shared = self.effects.shared
        return (
            self.likelihood.kind == 0
            and not self.design.is_sparse
            and (bool(shared.all()) or not shared.any())
        )

    def gradient(self, z: Vector) -> tuple[float, Vector]:
        """Return the loss and its gradient."""
        if self.reads_rows_once:
            return self._read_once(z, 1)[:2]
        loss, gradient, _ = self._derivatives(z, 1)
        return loss, gradient

    def curvature(
        self, z: Vector, *, expected: bool = False
    ) -> tuple[float, Vector, NDArray[np.float64]]:
        """Return the loss, its gradient and its Hessian, or its expectation."""
        if self.reads_rows_once and not expected:
            return self._read_once(z, 2)
        return self._derivatives(z, 2, expected)

    def _read_once(
        self, z: Vector, order: int
    ) -> tuple[float, Vector, NDArray[np.float64]]:
        """Return the loss and its derivatives up to ``order``, from X as it is."""
        m = len(z)
        gradient = np.zeros(m)
        hessian = np.zeros((m, m) if order > 1 else (0, 0))
        read = self._read_parallel if self.effects.shared.all() else self._read_free
        loss = read(z, order, gradient, hessian)
        if not np.isfinite(loss):
            return np.inf, gradient, hessian
        if self.walls:
            value, slope, bend = self.walls.terms(z)
            loss += value
            gradient += slope
            if order > 1:
                hessian += bend
        return loss, gradient, hessian

    def _read_parallel(
        self, z: Vector, order: int, gradient: Vector, hessian: NDArray[np.float64]
    ) -> float:
        """Write the derivatives of a model without free columns, return the loss."""
        design, q = self.design, self.effects.n_boundaries
        unit, link = design.unit, self.likelihood.code
        edges = np.concatenate([[-np.inf], z[:q], [np.inf]])
        if not (np.diff(edges) > 0.0).all():
            return np.inf
        log_ratio, odds = np.zeros(q + 1), np.zeros(q + 1)
        add_up = _kernels.parallel_pass
        if link == _kernels.LOGIT:
            _kernels.logit_tables(edges, log_ratio, odds)
            add_up = _kernels.logit_pass
        second = order > 1
        bend = np.empty(len(design.codes) if second else 0)

        def read(rows: slice) -> tuple[Any, ...]:
            by_edge, by_slope = np.zeros(q + 2), np.zeros(len(unit))
            corner = np.zeros((q + 2, q + 2))
            across = np.zeros((q + 2 if second else 1, len(unit)))
            reach = np.zeros(1)
            loss = add_up(
                design.X[rows],
                design.codes[rows],
                design.weights[rows],
                design.center,
                edges,
                log_ratio,
                odds,
                z[q:] * unit,
                link,
                order,
                by_edge,
                by_slope,
                corner,
                across,
                bend[rows],
                reach,
                _room(len(unit)),
            )
            return reach[0], loss, by_edge, by_slope, corner, across

        parts = map_pieces(read, pieces_of(*design.X.shape))
        loss, by_edge, by_slope, corner, across = _add_up([part[1:] for part in parts])
        if np.isfinite(loss):
            self._reached = z.copy(), max(float(part[0]) for part in parts)
        gradient[:q] = by_edge[1:-1]
        gradient[q:] = by_slope
        gradient[q:] *= unit
        if second and np.isfinite(loss):
            upper = corner[1:-1, 1:-1]
            hessian[:q, :q] = upper + np.triu(upper, 1).T
            hessian[:q, q:] = across[1:-1] * unit
            hessian[q:, :q] = hessian[:q, q:].T
            within = np.zeros((1 + len(unit), 1 + len(unit)))
            everyone = slice(0, len(bend))
            add_gram(design.X, design.center, bend, everyone, 1.0, within)
            hessian[q:, q:] = within[1:, 1:] * np.outer(unit, unit)
        return loss

    def _read_free(
        self, z: Vector, order: int, gradient: Vector, hessian: NDArray[np.float64]
    ) -> float:
        """Write the derivatives of a model without shared columns, return the loss."""
        design, q = self.design, self.effects.n_boundaries
        unit, mixing = design.unit, self.effects.mixing
        slopes = (mixing @ self.effects.split(z)[2]) * unit
        columns, starts, weights = design.sorted_rows
        second = np.empty((3, len(weights)) if order > 1 else (3, 0))

        def read(rows: slice) -> tuple[Any, ...]:
            by_threshold, by_slope = np.zeros(q), np.zeros_like(slopes)
            loss = _kernels.free_pass(
                columns,
                starts.clip(rows.start, rows.stop),
                weights,
                design.center,
                z[:q],
                slopes,
                self.likelihood.code,
                order,
                by_threshold,
                by_slope,
                second,
                _room(len(unit)),
            )
            return loss, by_threshold, by_slope

        parts = map_pieces(read, pieces_of(*columns.shape))
        loss, gradient[:q], by_boundary = _add_up(parts)
        if order == 0 or not np.isfinite(loss):
            return loss
        self.effects.split(gradient)[2][:] = mixing.T @ (by_boundary * unit)
        if order == 1:
            return loss
        grams = design.boundary_grams(second)
        units = np.append(1.0, unit)
        grams *= units * units[:, None]
        hessian[:q, :q] = grams[:, :, 0, 0]
        hessian[:q, q:] = (mixing.T @ grams[:, :, 0, 1:]).reshape(q, -1)
        hessian[q:, :q] = hessian[:q, q:].T
        hessian[q:, q:] = mixed_grams(grams[:, :, 1:, 1:], mixing).reshape(
            len(z) - q, -1
        )
        return loss

    def _eta(self, slab: Slab, z: Vector, *, expected: bool) -> NDArray[np.float64]:
        thresholds, common, blocks = self.effects.split(z)
        shared, mixing = self.effects.shared, self.effects.mixing
        q = self.effects.n_boundaries
        n = len(slab.weights)
        eta = np.empty((q, n))
        free_slopes = mixing @ blocks
        location = np.zeros(n)
        if len(common):
            location = _columns(slab, shared) @ common
        free = _columns(slab, ~shared) if free_slopes.shape[1] else None
        for k in range(q):
            rows = slice(0, n) if expected else self.likelihood.touched(slab.starts, k)
            np.subtract(thresholds[k], location[rows], out=eta[k, rows])
            if free is not None:
                eta[k, rows] -= free[rows] @ free_slopes[k]
        return eta

    def _derivatives(
        self, z: Vector, order: int, expected: bool = False
    ) -> tuple[float, Vector, NDArray[np.float64]]:
        m = self.effects.n_unknowns
        gradient = np.zeros(m)
        hessian = np.zeros((m, m) if order > 1 else (0, 0))
        loss = 0.0
        for slab in self.design.slabs():
            eta = self._eta(slab, z, expected=expected)
            part, scores, pairs = self.likelihood.rows(
                eta, slab.starts, slab.weights, order, expected
            )
            loss += part
            if not np.isfinite(loss):
                return np.inf, gradient, hessian
            self._add_scores(slab, scores, gradient)
            if order > 1:
                self._add_pairs(slab, pairs, hessian)
        if order > 1:
            _mirror(hessian)
        if self.walls:
            value, slope, bend = self.walls.terms(z)
            loss += value
            gradient += slope
            if order > 1:
                hessian += bend
        return loss, gradient, hessian

    def score_products(self, z: Vector) -> NDArray[np.float64]:
        """Return the weighted mean over rows of a row's score times its transpose."""
        m = self.effects.n_unknowns
        products = np.zeros((m, m))
        for slab, scores in self._scores(z):
            pairs = []
            for k in range(self.effects.n_boundaries):
                for l in range(k, self.effects.n_boundaries):
                    rows = _overlap(
                        self.likelihood.touched(slab.starts, k),
                        self.likelihood.touched(slab.starts, l),
                    )
                    values = scores[k, rows] * scores[l, rows] / slab.weights[rows]
                    pairs.append((k, l, rows, values))
            self._add_pairs(slab, pairs, products)
        _mirror(products)
        return products

    def score_sums(self, z: Vector, groups: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return the weighted sums of the rows' scores over groups.

        Parameters
        ----------
        z : (n_unknowns,)
        groups : (n_rows,) 0 .. n_groups - 1, in the order of the rows handed over

        Returns
        -------
        sums : (n_groups, n_unknowns)
        """
        n_groups = int(groups.max()) + 1
        sums = np.zeros((n_groups, self.effects.n_unknowns))
        q, shared = self.effects.n_boundaries, self.effects.shared
        common = slice(q, q + int(shared.sum()))
        blocks = np.zeros((n_groups, q, int((~shared).sum())))
        first = 0
        for slab, scores in self._scores(z):
            n = len(slab.weights)
            owners = groups[self.design.order[first : first + n]]
            first += n
            total = np.zeros(n)
            for k in range(q):
                rows = self.likelihood.touched(slab.starts, k)
                score = scores[k, rows]
                total[rows] += score
                shape = (n_groups, len(score))
                at = (owners[rows], np.arange(len(score)))
                adding = sparse.csr_array((score, at), shape=shape)
                sums[:, k] += adding.sum(axis=1)
                blocks[:, k] -= adding @ _columns(slab, ~shared)[rows]
            adding = sparse.csr_array((total, (owners, np.arange(n))), (n_groups, n))
            sums[:, common] -= adding @ _columns(slab, shared)
        mixed = np.einsum("gkj,kr->grj", blocks, self.effects.mixing)
        sums[:, common.stop :] = mixed.reshape(n_groups, -1)
        return sums

    def _scores(self, z: Vector) -> Iterator[tuple[Slab, NDArray[np.float64]]]:
        """Yield slabs, and derivatives of the loss by each predictor (q, n_rows)."""
        for slab in self.design.slabs():
            eta = self._eta(slab, z, expected=False)
            yield slab, self.likelihood.rows(eta, slab.starts, slab.weights, 1)[1]

    def count_touching(self, z: Vector, gap: float) -> int:
        """Return the number of rows with two boundaries less than ``gap`` apart."""
        return sum(int((gaps < gap).any(axis=0).sum()) for _, gaps in self._gaps(z))

    def crossing_rows(
        self, z: Vector, gap: float, most: int
    ) -> Iterator[tuple[int, list[Vector]]]:
        """Yield boundaries, and rows at which the next one is less than ``gap`` above.

        The worst rows first, at most so many of a slab; their standardised columns.
        """
        for row_of, gaps in self._gaps(z):
            for k in range(len(gaps)):
                rows = np.flatnonzero(gaps[k] < gap)
                rows = rows[np.argsort(gaps[k, rows], kind="stable")[:most]]
                yield k, [row_of(row) for row in rows.tolist()]

    def _gaps(
        self, z: Vector
    ) -> list[tuple[Callable[[int], Vector], NDArray[np.float64]]]:
        """Return, slab by slab, rows' predictors of boundary k + 1 less those of k.

        Pairs of what gives the standardised columns of a row, and of the gaps
        (n_boundaries - 1, n_rows).
        """
        design = self.design
        steps = np.diff(self.effects.slopes(z), axis=0)
        apart = np.diff(z[: self.effects.n_boundaries])[:, None]
        if self.reads_rows_once:
            columns = design.sorted_rows.columns
            everyone = slice(0, len(columns))
            moved = [
                design.locations(columns, step * design.unit, everyone)
                for step in steps
            ]
            return [
                (
                    lambda row: (columns[row] - design.center) * design.unit,
                    apart - moved,
                )
            ]
        return [
            (partial(_dense_row, slab.columns), apart - (slab.columns @ steps.T).T)
            for slab in design.slabs()
        ]

    def _add_scores(
        self, slab: Slab, scores: NDArray[np.float64], gradient: Vector
    ) -> None:
        effects, q = self.effects, self.effects.n_boundaries
        thresholds, common, blocks = effects.split(gradient)
        total = np.zeros(len(slab.weights))
        has_free = blocks.shape[1] > 0
        free = _columns(slab, ~effects.shared) if has_free else None
        by_boundary = np.zeros((q, blocks.shape[1]))
        for k in range(q):
            rows = self.likelihood.touched(slab.starts, k)
            score = scores[k, rows]
            thresholds[k] += score.sum()
            total[rows] += score
            if free is not None:
                by_boundary[k] = free[rows].T @ score
        if len(common):
            common -= _columns(slab, effects.shared).T @ total
        if has_free:
            blocks -= effects.mixing.T @ by_boundary

    def _add_pairs(
        self, slab: Slab, pairs: list[Any], hessian: NDArray[np.float64]
    ) -> None:
        """Add to the upper triangle: blocks of thresholds, shared and free unknowns."""
        effects, q = self.effects, self.effects.n_boundaries
        n = len(slab.weights)
        n_shared = int(effects.shared.sum())
        n_free = len(effects.shared) - n_shared
        n_blocks = effects.mixing.shape[1]
        by_boundary = np.zeros((q, n))  # sums of second derivatives over the other one
        thresholds = hessian[:q, :q]
        for k, l, rows, values in pairs:
            thresholds[k, l] += values.sum()
            by_boundary[k, rows] += values
            if k != l:
                by_boundary[l, rows] += values
        if n_shared:
            shared = _columns(slab, effects.shared)
            common = slice(q, q + n_shared)
            hessian[:q, common] -= _product(by_boundary, shared)
            hessian[common, common] += weighted_gram(
                shared, by_boundary.sum(axis=0), shared
            )
        if not n_free:
            return
        free = _columns(slab, ~effects.shared)
        first = q + n_shared
        mixing = effects.mixing
        # Boundary by boundary, then mixed into blocks.
        cross = np.zeros((q, q, n_free))  # thresholds against slopes
        grams = np.zeros((q, q, n_free, n_free))
        for k, l, rows, values in pairs:
            part = free[rows]
            line = part.T @ values
            cross[k, l] += line
            gram = weighted_gram(part, values, part)
            grams[k, l] += gram
            if k != l:
                cross[l, k] += line
                grams[l, k] += gram
        mixed = np.einsum("klj,lr->krj", cross, mixing).reshape(q, -1)
        hessian[:q, first:] -= mixed
        if n_shared:
            lines = np.stack(
                [weighted_gram(shared, by_boundary[k], free) for k in range(q)]
            )
            mixed = np.einsum("kij,kr->irj", lines, mixing)
            hessian[common, first:] += mixed.reshape(n_shared, -1)
        mixed = mixed_grams(grams, mixing).reshape(n_blocks * n_free, -1)
        hessian[first:, first:] += mixed


def _add_up(parts: list[tuple[Any, ...]]) -> list[Any]:
    """Return the sums of what pieces of the rows returned."""
    return [sum(part[1:], part[0]) for part in zip(*parts, strict=True)]


def _room(n_features: int) -> NDArray[np.float64]:
    """Return what the kernels work in, for as many rows as stay in the cache."""
    return np.empty((7, min(256, max(8, BLOCK // max(1, n_features)))))


def mixed_grams(grams: NDArray[np.float64], mixing: NDArray[np.float64]) -> NDArray:
    """Return (r, i, s, j), from products (k, l, i, j) of boundaries those of blocks."""
    q, n_blocks = mixing.shape
    shape = grams.shape[2:]
    mixed = mixing.T @ grams.reshape(q, q, -1)  # (k, s, i and j)
    mixed = mixing.T @ mixed.reshape(q, -1)
    return mixed.reshape(n_blocks, n_blocks, *shape).transpose(0, 2, 1, 3)


def _mirror(matrix: NDArray[np.float64], step: int = 64) -> None:
    """Copy the upper triangle to the lower one, blocks at a time."""
    for first in range(0, len(matrix), step):
        last = first + step
        block = matrix[first:last, first:last]
        block[:] = np.triu(block) + np.triu(block, 1).T
        matrix[last:, first:last] = matrix[first:last, last:].T


def _columns(slab: Slab, mask: NDArray[np.bool_]) -> Any:
    return slab.columns if mask.all() else slab.columns[:, np.flatnonzero(mask)]


def _dense_row(columns: Any, row: int) -> Vector:
    x = columns[[row]]
    return np.asarray(x.todense() if sparse.issparse(x) else x).ravel()


def _overlap(a: slice, b: slice) -> slice:
    """Return the rows of two slices of rows."""
    first = max(a.start, b.start)
    return slice(first, max(first, min(a.stop, b.stop)))


def _product(left: NDArray[np.float64], right: Any) -> NDArray[np.float64]:
    """Return left @ right, dense, where right may be sparse."""
    return (right.T @ left.T).T if sparse.issparse(right) else left @ right
