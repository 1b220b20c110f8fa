# SPDX-License-Identifier: BSD-3-Clause
"""Text of the kernels that rank candidates on a device; twins of those of the host."""

RANK = """
// Squared Euclidean distances of m pairs of rows of X (n, d), summed in column order.
extern "C" __global__ void pair_distances(
    const double* X, const long long d, const long long* left,
    const long long* right, const long long m, double* out
) {
    const long long step = (long long)gridDim.x * blockDim.x;
    for (long long p = (long long)blockIdx.x * blockDim.x + threadIdx.x; p < m;
         p += step) {
        const double* a = X + left[p] * d;
        const double* b = X + right[p] * d;
        double total = 0.0;
        for (long long j = 0; j < d; j++) {
            const double gap = a[j] - b[j];
            total += gap * gap;
        }
        out[p] = total;
    }
}

// The k nearest candidates of each of q queries, equal distances by row number. Those
// of query i are starts[i] to starts[i + 1] - 1, itself perhaps among them. best (q, k)
// and out (q, k) come filled with numbers beyond all distances and rows.
extern "C" __global__ void keep_nearest(
    const double* distances, const long long* rows, const long long* starts,
    const long long* queries, const long long q, const long long k, double* best,
    long long* out
) {
    const long long step = (long long)gridDim.x * blockDim.x;
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < q;
         i += step) {
        double* near = best + i * k;
        long long* found = out + i * k;
        for (long long p = starts[i]; p < starts[i + 1]; p++) {
            const double distance = distances[p];
            const long long row = rows[p];
            long long place = k - 1;
            if (row == queries[i] || distance > near[place]
                || (distance == near[place] && row > found[place]))
                continue;
            while (place > 0 && (distance < near[place - 1]
                   || (distance == near[place - 1] && row < found[place - 1]))) {
                near[place] = near[place - 1];
                found[place] = found[place - 1];
                place--;
            }
            near[place] = distance;
            found[place] = row;
        }
    }
}
"""
