# SPDX-License-Identifier: BSD-3-Clause
# shared-kernels: 3441f9f2
"""Kernels of Shapley values.

A node belongs to the edge that leads to it. Of the edges on the path to a node, those
that ask the same feature are one. above (n_nodes,) int64 is the next such edge towards
the root, -1 if there is none, asked (n_nodes,) int64 the feature, and share (n_nodes,)
float64 the product of the parts of the rows that go the way of these edges.
"""

import numpy as np

from skx._numba import kernel
from skx.multitask._trees._kernels import LEAF, goes_right


@kernel
def find_edges(nodes, values, roots, above, asked, share, expected, n_asked):
    """Write what does not depend on rows.

    above, asked, share: see the file; expected (n_trees, any) is the mean value of a
    tree, and n_asked (n_trees,) the largest number of features on a path.
    """
    for tree in range(expected.shape[0]):
        root = roots[tree]
        here = nodes[root : roots[tree + 1]]
        parents = np.full(here.shape[0], -1)
        counts = np.zeros(here.shape[0], dtype=np.int64)
        expected[tree] = 0.0
        n_asked[tree] = 0
        for k in range(here.shape[0]):
            if here[k].left == LEAF:
                part = here[k].weight / here[0].weight
                for c in range(values.shape[1]):
                    expected[tree, c] += part * values[root + k, c]
                n_asked[tree] = max(n_asked[tree], counts[k])
                continue
            for child in range(here[k].left, here[k].left + 2):
                parents[child] = k
                same = k
                while same > 0 and asked[root + same] != here[k].feature:
                    same = parents[same]
                asked[root + child] = here[k].feature
                share[root + child] = here[child].weight / here[k].weight
                counts[child] = counts[k]
                if same > 0:
                    above[root + child] = same
                    share[root + child] *= share[root + same]
                else:
                    above[root + child] = -1
                    counts[child] += 1


@kernel
def add_shapley(
    X,
    rows,
    nodes,
    values,
    sets,
    roots,
    set_roots,
    columns,
    first,
    last,
    above,
    asked,
    share,
    n_asked,
    points,
    weights,
    out,
):
    """Add the Shapley values of trees first .. last - 1 to out (n_rows, d, n_outputs).

    The value of feature j is the integral over t in (0, 1) of the derivative by p_j of
    the expectation of the tree when each feature j is known with probability p_j, at
    p = (t, ..., t). For a leaf this expectation is its value times the product of

        f_j = t * [row goes the leaf's way at j] + (1 - t) * share_j

    over the features on its path, a polynomial in t, which Gauss's rule integrates
    exactly; points and weights (any, any) hold that of k points in row k. f_j > 0, so
    nothing cancels. Down the tree the products are made, upwards summed over leaves.
    """
    n_outputs = values.shape[1]
    most = 0
    for tree in range(first, last):
        most = max(most, roots[tree + 1] - roots[tree])
    n_points = points.shape[1]
    factor = np.empty((most, n_points))
    product = np.empty((most, n_points))
    below = np.empty((most, n_points, n_outputs))
    went = np.empty(most, dtype=np.bool_)
    block = 64
    for start in range(0, rows.shape[0], block):
        stop = min(start + block, rows.shape[0])
        for tree in range(first, last):
            root = roots[tree]
            here = nodes[root : roots[tree + 1]]
            bits = sets[set_roots[tree] : set_roots[tree + 1]]
            m = here.shape[0]
            n = (n_asked[tree] + 1) // 2
            column = columns[tree]
            for r in range(start, stop):
                i = rows[r]
                product[0, :n] = 1.0
                for k in range(m):
                    if here[k].left == LEAF:
                        continue
                    way = here[k].left + int(goes_right(X[i], here[k], bits))
                    for child in range(here[k].left, here[k].left + 2):
                        same = above[root + child]
                        went[child] = child == way and (same < 0 or went[same])
                        for q in range(n):
                            t = points[n, q]
                            f = (1.0 - t) * share[root + child]
                            f += t if went[child] else 0.0
                            factor[child, q] = f
                            product[child, q] = product[k, q] * f
                            if same >= 0:
                                product[child, q] /= factor[same, q]
                for k in range(m - 1, 0, -1):
                    left = here[k].left
                    same = above[root + k]
                    for c in range(n_outputs):
                        total = 0.0
                        for q in range(n):
                            if left == LEAF:
                                value = product[k, q] * values[root + k, c]
                            else:
                                value = below[left, q, c] + below[left + 1, q, c]
                            below[k, q, c] = value
                            slope = (int(went[k]) - share[root + k]) / factor[k, q]
                            if same >= 0:
                                slope -= (
                                    int(went[same]) - share[root + same]
                                ) / factor[same, q]
                            total += weights[n, q] * slope * value
                        out[i, asked[root + k], column + c] += total
