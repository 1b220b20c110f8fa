# SPDX-License-Identifier: BSD-3-Clause
"""Text of CUDA kernels, twins of `add_trees` and `write_histogram` of `_kernels`."""

# A thread walks a row down its trees in their order, so sums are rounded as on the
# host. Trees of row i are those from spans[2 * g] to spans[2 * g + 1], g = groups[i].
# No node is of a set of categories.
ADD_TREES = """
extern "C" __global__ void add_trees(
    const REAL* X, const long long n_rows, const long long n_features,
    const int* groups, const long long* spans,
    const double* thresholds, const int* features, const int* lefts,
    const unsigned char* missing_left, const double* values, const long long width,
    const long long* roots, const long long* columns,
    const long long n_outputs, double* out
) {
    const long long step = (long long)gridDim.x * blockDim.x;
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
         i < n_rows; i += step) {
        const REAL* x = X + i * n_features;
        const long long* span = spans + 2 * (long long)groups[i];
        for (long long tree = span[0]; tree < span[1]; ++tree) {
            long long node = roots[tree];
            while (lefts[node] >= 0) {
                const double value = (double)x[features[node]];
                const bool is_right = value != value ? !missing_left[node]
                                                     : value > thresholds[node];
                node = roots[tree] + lefts[node] + (is_right ? 1 : 0);
            }
            double* own = out + i * n_outputs + columns[tree];
            for (long long c = 0; c < width; ++c) own[c] += values[node * width + c];
        }
    }
}
"""

# Sums are of integers, and know no order. A thread adds one column of a row, in one of
# several copies of the histogram, since threads that add to one place wait for each
# other. The last channel counts rows.
ADD_HISTOGRAM = """
extern "C" __global__ void add_histogram(
    const unsigned char* codes, const long long n_features,
    const int* rows, const long long n_items,
    const long long* units, const long long n_units,
    const long long* starts, const long long n_bins, const long long n_copies,
    unsigned long long* histogram
) {
    const long long step = (long long)gridDim.x * blockDim.x;
    const long long n_channels = n_units + 1;
    unsigned long long* own =
        histogram + blockIdx.x % n_copies * n_bins * n_channels;
    for (long long item = (long long)blockIdx.x * blockDim.x + threadIdx.x;
         item < n_items; item += step) {
        const long long i = rows[item / n_features], j = item % n_features;
        unsigned long long* at =
            own + (starts[j] + codes[i * n_features + j]) * n_channels;
        for (long long k = 0; k < n_units; ++k)
            atomicAdd(&at[k], (unsigned long long)units[i * n_units + k]);
        atomicAdd(&at[n_units], 1ull);
    }
}
"""
