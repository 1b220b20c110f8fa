# SPDX-License-Identifier: BSD-3-Clause
"""Exact k-nearest-neighbour kernels under the total order (distance, row index)."""

import numpy as np

from skx._numba import kernel


@kernel
def select_nth(keys, order, start, stop, nth):
    """Partly sort ``order[start:stop]`` by (key, row) so that ``nth`` is in its place.

    keys (n,) float64, order (n,) int64. ``order`` is changed in place.
    """
    left = start
    right = stop - 1
    while left < right:
        pivot = order[(left + right) // 2]
        i = left
        j = right
        while i <= j:
            while keys[order[i]] < keys[pivot] or (
                keys[order[i]] == keys[pivot] and order[i] < pivot
            ):
                i += 1
            while keys[order[j]] > keys[pivot] or (
                keys[order[j]] == keys[pivot] and order[j] > pivot
            ):
                j -= 1
            if i <= j:
                order[i], order[j] = order[j], order[i]
                i += 1
                j -= 1
        if nth <= j:
            right = j
        elif nth >= i:
            left = i
        else:
            return


@kernel
def last_bytes(codes, rows, start, stop, width):
    """Copy the last bytes of codes, column by column, of rows[start:stop].

    codes (n, c) int32, rows (m,) int64. Returns (min(c, 255), width) uint8, padded with
    0. Where bytes differ, codes do, and there are few enough columns to count in bytes.
    """
    out = np.zeros((min(codes.shape[1], 255), width), np.uint8)
    for position in range(start, stop):
        for j in range(out.shape[0]):
            out[j, position - start] = codes[rows[position], j] & 255
    return out


@kernel
def build_tree(X, codes, among, centre, leaf_size):
    """Build a balanced kd-tree of some rows by median splits of the widest side.

    X (n, d) float64, codes (n, c) int32, among (m,) int64 rows of them, centre (d,)
    float64. Children of node v are 2v+1 and 2v+2. Returns order (m,): the rows leaf by
    leaf, edges (n_nodes, 2) in it, low and high (n_nodes, d) of the boxes, categories
    (n_leaves, min(c, 255), capacity) uint8: the last bytes of the codes of each leaf,
    and blocks (n_leaves, d, capacity) float32: its centred rows, one column after the
    other, padded with infinity. The boxes and the shape of the tree leave out codes.
    """
    n_rows = among.shape[0]
    n_columns = X.shape[1]
    depth = 0
    while (n_rows - 1) >> depth >= leaf_size:
        depth += 1
    n_leaves = 1 << depth
    n_nodes = 2 * n_leaves - 1
    order = among.copy()
    keys = np.empty(X.shape[0])
    edges = np.empty((n_nodes, 2), np.int64)
    low = np.full((n_nodes, n_columns), np.inf)
    high = np.full((n_nodes, n_columns), -np.inf)
    edges[0, 0] = 0
    edges[0, 1] = n_rows
    capacity = 0
    for node in range(n_nodes):
        start, stop = edges[node, 0], edges[node, 1]
        for position in range(start, stop):
            row = order[position]
            for j in range(n_columns):
                low[node, j] = min(low[node, j], X[row, j])
                high[node, j] = max(high[node, j], X[row, j])
        if node >= n_leaves - 1:
            capacity = max(capacity, stop - start)
            continue
        widest = 0
        for j in range(n_columns):
            if high[node, j] - low[node, j] > high[node, widest] - low[node, widest]:
                widest = j
        for position in range(start, stop):
            keys[order[position]] = X[order[position], widest]
        middle = (start + stop) // 2
        select_nth(keys, order, start, stop, middle)
        edges[2 * node + 1, 0] = start
        edges[2 * node + 1, 1] = middle
        edges[2 * node + 2, 0] = middle
        edges[2 * node + 2, 1] = stop
    capacity = (capacity + 31) // 32 * 32  # whole vectors
    blocks = np.full((n_leaves, n_columns, capacity), np.inf, np.float32)
    categories = np.zeros((n_leaves, min(codes.shape[1], 255), capacity), np.uint8)
    for leaf in range(n_leaves):
        start, stop = edges[n_leaves - 1 + leaf, 0], edges[n_leaves - 1 + leaf, 1]
        categories[leaf] = last_bytes(codes, order, start, stop, capacity)
        for position in range(start, stop):
            for j in range(n_columns):
                blocks[leaf, j, position - start] = X[order[position], j] - centre[j]
    return order, edges, low, high, categories, blocks


# Order of summation is free: the caller lowers the bound by more than the rounding.
@kernel(fastmath={"reassoc", "contract", "nsz"})
def box_distance(x, low, high):
    """Squared distance of x (d,) to the box [low, high]; 0 inside."""
    total = 0.0
    for j in range(x.shape[0]):
        gap = max(max(low[j] - x[j], x[j] - high[j]), 0.0)
        total += gap * gap
    return total


@kernel
def place_rows(X, queries, chosen, edges, low, high, places):
    """Find where rows that are not in a tree would lie in its order.

    X (n, d) float64, queries (q,) int64 rows, chosen (c,) int64 positions in queries;
    edges, low and high as build_tree returns. places (q,) int64 is written in place:
    the start of the leaf whose boxes are nearest all the way down.
    """
    n_leaves = (edges.shape[0] + 1) // 2
    for position in chosen:
        x = X[queries[position]]
        node = 0
        while node < n_leaves - 1:
            node = 2 * node + 1
            if box_distance(x, low[node + 1], high[node + 1]) < box_distance(
                x, low[node], high[node]
            ):
                node += 1
        places[position] = edges[node, 0]


# Contraction is free: the caller widens the radius by more than the rounding.
@kernel(fastmath={"contract"})
def screen_block(x, block, out):
    """Write approximate squared distances of x (d,) to the columns of block (d, m).

    x and block float32; out (m,) float32 is written in place.
    """
    out[:] = np.float32(0.0)
    for j in range(block.shape[0]):
        for position in range(block.shape[1]):
            gap = x[j] - block[j, position]
            out[position] += gap * gap


@kernel
def squared_distance(a, b):
    """Squared Euclidean distance, summed in column order: the ranking value."""
    total = 0.0
    for j in range(a.shape[0]):
        gap = a[j] - b[j]
        total += gap * gap
    return total


@kernel
def count_mismatches(key, block, counts):
    """Write to counts (m,) in how many columns key (c,) and block (c, m) differ.

    All are uint8, and c is below 256.
    """
    counts[:] = np.uint8(0)
    for j in range(block.shape[0]):
        for position in range(block.shape[1]):
            counts[position] += np.uint8(block[j, position] != key[j])


@kernel
def add_mismatches(distance, codes, penalty, a, b):
    """Return the distance of rows a and b with their categories, and the rank of b.

    distance: squared, of the numbers; ``penalty`` is added to it for each column of
    codes (n, c) in which the rows differ. The rank settles equal distances. It is the
    row number b; where the categories have no say in the distance, because the penalty
    is 0 or the distance infinite, fewer differing columns come before that.
    """
    mismatches = 0
    for j in range(codes.shape[1]):
        mismatches += codes[a, j] != codes[b, j]
    if penalty == 0.0 or distance == np.inf:
        return distance, mismatches * codes.shape[0] + b
    return distance + penalty * mismatches, b


@kernel
def insert_neighbor(distance, row, distances, rows):
    """Insert (distance, row) into the sorted (k,) lists unless it comes after them.

    Equal distances are ordered by row; the lists are changed in place.
    """
    place = distances.shape[0] - 1
    if distance > distances[place] or (
        distance == distances[place] and row > rows[place]
    ):
        return
    while place > 0 and (
        distance < distances[place - 1]
        or (distance == distances[place - 1] and row < rows[place - 1])
    ):
        distances[place] = distances[place - 1]
        rows[place] = rows[place - 1]
        place -= 1
    distances[place] = distance
    rows[place] = row


@kernel
def query_tree(
    X,
    codes,
    penalty,
    queries,
    centre,
    radius,
    order,
    edges,
    low,
    high,
    categories,
    blocks,
    out,
):
    """Find for each of ``queries`` the k nearest other rows in a tree, nearest first.

    X (n, d) float64 with |X - centre| <= 1, codes (n, c) int32, penalty >= 0: what a
    differing category adds to a squared distance, queries (q,) int64 row numbers,
    centre (d,), radius: largest distance of a row from the centre; the rest as
    build_tree returns. out (q, k) int64 is written in place. Leaves are screened in
    float32, with a margin that covers its rounding, and by the last bytes of the codes,
    then ranked by squared_distance and add_mismatches in float64. Returns the number of
    leaves visited.
    """
    n_columns = X.shape[1]
    n_bytes = categories.shape[1]
    n_leaves = blocks.shape[0]
    k = out.shape[1]
    unit = 2.0**-24
    slack = 4.0 * unit * radius
    growth = 1.0 + (n_columns + 12) * 2.0 * unit
    shrink = 1.0 - (n_columns + 8) * 2.0**-51
    penalty32 = np.float32(penalty)
    distances = np.empty(k)
    x32 = np.empty(n_columns, np.float32)
    key = np.empty(n_bytes, np.uint8)
    screened = np.empty(blocks.shape[2], np.float32)
    mismatches = np.empty(blocks.shape[2], np.uint8)
    nodes = np.empty(128, np.int64)
    bounds = np.empty(128)
    n_visited = 0
    for q in range(queries.shape[0]):
        query = queries[q]
        x = X[query]
        for j in range(n_columns):
            x32[j] = x[j] - centre[j]
        for j in range(n_bytes):
            key[j] = codes[query, j] & 255
        rows = out[q]
        distances[:] = np.inf
        rows[:] = X.shape[0] * (codes.shape[1] + 1)  # beyond all ranks
        limit = np.float32(np.inf)
        nodes[0] = 0
        bounds[0] = 0.0
        depth = 1
        while depth > 0:
            depth -= 1
            node = nodes[depth]
            bound = bounds[depth]
            if bound > distances[k - 1]:
                continue
            while node < n_leaves - 1:
                near = 2 * node + 1
                far = near + 1
                near_bound = shrink * box_distance(x, low[near], high[near])
                far_bound = shrink * box_distance(x, low[far], high[far])
                if far_bound < near_bound:
                    near, far = far, near
                    near_bound, far_bound = far_bound, near_bound
                nodes[depth] = far
                bounds[depth] = far_bound
                depth += 1
                node = near
                bound = near_bound
                if bound > distances[k - 1]:
                    break
            if node < n_leaves - 1:
                continue
            n_visited += 1
            leaf = node - (n_leaves - 1)
            if n_bytes > 0:
                count_mismatches(key, categories[leaf], mismatches)
                fewest = np.uint8(255)
                for position in range(mismatches.shape[0]):
                    fewest = min(fewest, mismatches[position])
                if bound + penalty * fewest > distances[k - 1]:
                    continue
            screen_block(x32, blocks[leaf], screened)
            if n_bytes > 0:
                for position in range(mismatches.shape[0]):
                    screened[position] += penalty32 * np.float32(mismatches[position])
            n_hits = 0  # counted first, since this loop is vectorised
            for position in range(screened.shape[0]):
                n_hits += screened[position] <= limit
            if n_hits == 0:
                continue
            start = edges[node, 0]
            for position in range(edges[node, 1] - start):
                if screened[position] <= limit:
                    row = order[start + position]
                    if row != query:
                        before = distances[k - 1]
                        distance, rank = add_mismatches(
                            squared_distance(x, X[row]), codes, penalty, query, row
                        )
                        insert_neighbor(distance, rank, distances, rows)
                        if distances[k - 1] < before:
                            reach = np.sqrt(distances[k - 1]) + slack
                            # Plus more than float32's underflow can lose.
                            limit = np.float32(reach * reach * growth + 2.0**-120)
        for place in range(k):
            rows[place] %= X.shape[0]
    return n_visited


@kernel
def find_clear_rows(
    X,
    n_neighbors,
    first_leaf,
    last_leaf,
    centre,
    radius,
    order,
    edges,
    blocks,
    other_edges,
    low,
    high,
    other_blocks,
    out,
):
    """Mark rows of a tree whose k nearest rows in two trees are all of the first.

    The rows of leaves first_leaf .. last_leaf - 1 are judged: with u an upper bound of
    the distance to the k-th nearest other row of the same leaf, a row is clear if no
    row of the other tree is within u. Arguments as query_tree has them; order, edges
    and blocks of the first tree, other_edges, low, high and other_blocks of the other,
    as build_tree returns them. out (n,) bool is written in place at the rows judged.
    Distances are screened in float32; margins for its rounding make the test stricter.
    """
    n_columns = X.shape[1]
    n_leaves = blocks.shape[0]
    n_others = other_blocks.shape[0]
    unit = 2.0**-24
    slack = 4.0 * unit * radius
    growth = 1.0 + (n_columns + 8) * 2.0 * unit
    shrink = 1.0 - (n_columns + 8) * 2.0**-51
    x32 = np.empty(n_columns, np.float32)
    screened = np.empty(blocks.shape[2], np.float32)
    other_screened = np.empty(other_blocks.shape[2], np.float32)
    nearest = np.empty(n_neighbors + 1, np.float32)  # with the row itself
    nodes = np.empty(128, np.int64)
    for leaf in range(first_leaf, last_leaf):
        node = n_leaves - 1 + leaf
        for place in range(edges[node, 0], edges[node, 1]):
            row = order[place]
            x = X[row]
            for j in range(n_columns):
                x32[j] = x[j] - centre[j]
            screen_block(x32, blocks[leaf], screened)
            nearest[:] = np.inf
            for position in range(screened.shape[0]):
                distance = screened[position]
                if distance < nearest[n_neighbors]:
                    rank = n_neighbors
                    while rank > 0 and distance < nearest[rank - 1]:
                        nearest[rank] = nearest[rank - 1]
                        rank -= 1
                    nearest[rank] = distance
            if nearest[n_neighbors] == np.inf:
                out[row] = False
                continue
            reach = np.sqrt(np.float64(nearest[n_neighbors])) + slack
            bound = reach * reach * growth
            reach = np.sqrt(bound) + slack
            limit = np.float32(reach * reach * growth)
            n_hits = 0
            nodes[0] = 0
            depth = 1
            while depth > 0 and n_hits == 0:
                depth -= 1
                node = nodes[depth]
                is_near = True
                while is_near and node < n_others - 1:
                    near = 2 * node + 1
                    far = near + 1
                    near_gap = box_distance(x, low[near], high[near])
                    far_gap = box_distance(x, low[far], high[far])
                    if far_gap < near_gap:
                        near, far = far, near
                        near_gap, far_gap = far_gap, near_gap
                    if shrink * far_gap <= bound:
                        nodes[depth] = far
                        depth += 1
                    is_near = shrink * near_gap <= bound
                    node = near
                if is_near:
                    block = other_blocks[node - n_others + 1]
                    screen_block(x32, block, other_screened)
                    for position in range(other_screened.shape[0]):
                        n_hits += other_screened[position] <= limit
            out[row] = n_hits == 0


@kernel
def add_penalties(codes, penalty, queries, block, scores):
    """Add to scores what differing categories add to squared distances, or less.

    codes (n, c) int32, queries (q,) int64 rows of it, block (c, b): last_bytes of other
    rows, scores (q, b) float32 is changed in place.
    """
    n_bytes, width = block.shape
    penalty32 = np.float32(penalty)
    key = np.empty(n_bytes, np.uint8)
    mismatches = np.empty(width, np.uint8)
    for q in range(queries.shape[0]):
        for j in range(n_bytes):
            key[j] = codes[queries[q], j] & 255
        count_mismatches(key, block, mismatches)
        mine = scores[q]
        for position in range(width):
            mine[position] += penalty32 * np.float32(mismatches[position])


@kernel
def keep_smallest(scores, rows, best, candidates):
    """Merge a block of scores into the m smallest of each query so far.

    scores (q, b) float32 of the rows ``rows`` (b,) int64; best (q, m) float32, sorted,
    and candidates (q, m) int64 are changed in place.
    """
    width = scores.shape[1]
    n_kept = best.shape[1]
    for q in range(scores.shape[0]):
        for start in range(0, width, 32):
            stop = min(start + 32, width)
            n_hits = 0  # counted first, since this loop is vectorised
            for position in range(start, stop):
                n_hits += scores[q, position] < best[q, n_kept - 1]
            if n_hits == 0:
                continue
            for position in range(start, stop):
                score = scores[q, position]
                if score < best[q, n_kept - 1]:
                    place = n_kept - 1
                    while place > 0 and score < best[q, place - 1]:
                        best[q, place] = best[q, place - 1]
                        candidates[q, place] = candidates[q, place - 1]
                        place -= 1
                    best[q, place] = score
                    candidates[q, place] = rows[position]


@kernel
def rank_candidates(X, codes, penalty, queries, candidates, out):
    """Rank ``candidates`` (q, m) of each of ``queries`` exactly; write the k nearest.

    out (q, k) int64 is written in place. Returns the squared distances (q, k).
    """
    distances = np.full(out.shape, np.inf)
    out[:] = X.shape[0] * (codes.shape[1] + 1)
    for q in range(queries.shape[0]):
        query = queries[q]
        for candidate in candidates[q]:
            if candidate != query:
                distance, rank = add_mismatches(
                    squared_distance(X[query], X[candidate]),
                    codes,
                    penalty,
                    query,
                    candidate,
                )
                insert_neighbor(distance, rank, distances[q], out[q])
        for place in range(out.shape[1]):
            out[q, place] %= X.shape[0]
    return distances


@kernel
def query_missing(X, codes, penalty, among, blocks, known, categories, queries, out):
    """Find the k nearest other rows under the nan-Euclidean distance, nearest first.

    d2 = (d / number of columns present in both) * sum over those columns; without a
    common column the distance is infinite. Categories are added as add_mismatches does.
    X (n, d) float64, codes (n, c) int32, penalty >= 0; among (m,) int64: rows that may
    be neighbours; blocks and known (n_blocks, d, width) float64: these rows column by
    column, zero where missing, and 1 where present, else 0; categories (n_blocks,
    min(c, 255), width) uint8: their last_bytes; queries (q,) int64. out (q, k) int64 is
    written in place.
    """
    n_rows = among.shape[0]
    n_columns = X.shape[1]
    n_bytes = categories.shape[1]
    n_blocks, _, width = blocks.shape
    n_queries, k = out.shape
    distances = np.full((n_queries, k), np.inf)
    out[:] = X.shape[0] * (codes.shape[1] + 1)
    totals = np.empty(width)
    present = np.empty(width)
    key = np.empty(n_bytes, np.uint8)
    mismatches = np.empty(width, np.uint8)
    for b in range(n_blocks):
        for q in range(n_queries):
            query = queries[q]
            totals[:] = 0.0
            present[:] = 0.0
            for j in range(n_columns):
                x = X[query, j]
                if np.isnan(x):
                    continue
                for position in range(width):
                    gap = x - blocks[b, j, position]
                    totals[position] += known[b, j, position] * (gap * gap)
                    present[position] += known[b, j, position]
            for position in range(width):
                # Multiplied first: equal ratios of integers then stay equal.
                totals[position] = totals[position] * n_columns / present[position]
            for j in range(n_bytes):
                key[j] = codes[query, j] & 255
            count_mismatches(key, categories[b], mismatches)
            for position in range(min(width, n_rows - b * width)):
                least = totals[position] + penalty * mismatches[position]
                if least > distances[q, k - 1]:
                    continue
                row = among[b * width + position]
                if row != query:
                    distance = totals[position]
                    if present[position] == 0.0:
                        distance = np.inf
                    distance, rank = add_mismatches(
                        distance, codes, penalty, query, row
                    )
                    insert_neighbor(distance, rank, distances[q], out[q])
    for q in range(n_queries):
        for place in range(k):
            out[q, place] %= X.shape[0]


@kernel
def sparse_distance(data, indices, indptr, a, b):
    """Squared distance of rows a and b of a CSR matrix with sorted column indices."""
    i, i_stop = indptr[a], indptr[a + 1]
    j, j_stop = indptr[b], indptr[b + 1]
    total = 0.0
    while i < i_stop or j < j_stop:
        if j >= j_stop or (i < i_stop and indices[i] < indices[j]):
            gap = data[i]
            i += 1
        elif i >= i_stop or indices[j] < indices[i]:
            gap = data[j]
            j += 1
        else:
            gap = data[i] - data[j]
            i += 1
            j += 1
        total += gap * gap
    return total


@kernel
def query_sparse(data, indices, indptr, n_columns, squares, among, queries, out):
    """Find for each of ``queries`` the k nearest other rows of a CSR matrix.

    data float64 with |data| <= 1, indices sorted within rows, squares (n,): squared
    norms, among (m,) int64: rows that may be neighbours, queries (q,) int64. out (q, k)
    int64 is written in place. Pairs are screened by |x|^2 + |y|^2 - 2xy with a margin
    for its rounding, then ranked exactly.
    """
    n_rows = indptr.shape[0] - 1
    k = out.shape[1]
    distances = np.empty(k)
    dense = np.zeros(n_columns)
    for q in range(queries.shape[0]):
        query = queries[q]
        rows = out[q]
        distances[:] = np.inf
        rows[:] = n_rows
        for p in range(indptr[query], indptr[query + 1]):
            dense[indices[p]] = data[p]
        n_stored = indptr[query + 1] - indptr[query]
        for row in among:
            if row == query:
                continue
            product = 0.0
            for p in range(indptr[row], indptr[row + 1]):
                product += dense[indices[p]] * data[p]
            size = squares[query] + squares[row]
            terms = n_stored + indptr[row + 1] - indptr[row] + 8
            margin = 4.0 * terms * 2.0**-53 * size
            if size - 2.0 * product - margin <= distances[k - 1]:
                distance = sparse_distance(data, indices, indptr, query, row)
                insert_neighbor(distance, row, distances, rows)
        for p in range(indptr[query], indptr[query + 1]):
            dense[indices[p]] = 0.0
