# SPDX-License-Identifier: BSD-3-Clause
"""Text of the CUDA kernel of the rule learners, the twin of `_kernels.count_rows`."""

# CODE is the type of codes. Weights are integers: their sums know no order. A thread
# adds to the counts of all features, in one of several copies of them, since threads
# that add to one place wait for each other.
COUNT = """
extern "C" __global__ void count_codes(
    const CODE* codes, const long long n_features, const long long n_codes,
    const int* rows, const long long n_rows, const long long* units,
    const long long* offsets, const long long n_counts, const long long n_copies,
    unsigned long long* counts
) {
    const long long step = (long long)gridDim.x * blockDim.x;
    unsigned long long* own = counts + blockIdx.x % n_copies * n_counts;
    for (long long r = (long long)blockIdx.x * blockDim.x + threadIdx.x;
         r < n_rows; r += step) {
        const long long i = rows[r];
        const unsigned long long unit = units[i];
        for (long long j = 0; j < n_features; ++j)
            atomicAdd(&own[offsets[j] + codes[j * n_codes + i]], unit);
    }
}
"""
