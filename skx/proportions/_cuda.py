# SPDX-License-Identifier: BSD-3-Clause
"""Text of the kernels of sums over bags."""

# One thread for each segment and column. Both add in the order of rows, so that sums
# do not depend on how threads run.
SUMS = """
extern "C" __global__ void sum_rows(
    const double* rows, const long long* indptr, const long long n_segments,
    const long long n_columns, double* out
) {
    const long long step = (long long)gridDim.x * blockDim.x;
    for (long long item = (long long)blockIdx.x * blockDim.x + threadIdx.x;
         item < n_segments * n_columns; item += step) {
        const long long segment = item / n_columns, j = item % n_columns;
        double total = 0.0;
        for (long long r = indptr[segment]; r < indptr[segment + 1]; r++)
            total += rows[r * n_columns + j];
        out[item] = total;
    }
}

extern "C" __global__ void average_rows(
    const double* rows, const long long* order, const double* shares,
    const long long* indptr, const long long n_segments, const long long n_columns,
    double* out
) {
    const long long step = (long long)gridDim.x * blockDim.x;
    for (long long item = (long long)blockIdx.x * blockDim.x + threadIdx.x;
         item < n_segments * n_columns; item += step) {
        const long long segment = item / n_columns, j = item % n_columns;
        double total = 0.0;
        for (long long r = indptr[segment]; r < indptr[segment + 1]; r++)
            total += shares[r] * rows[order[r] * n_columns + j];
        out[item] = total;
    }
}
"""
