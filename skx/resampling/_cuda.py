# SPDX-License-Identifier: BSD-3-Clause
"""Text of the kernels that make new rows on a device; twins of those of the host."""

from skx._backend.cuda import RANDOM

INTERPOLATE = """
// weights[s, 0] * X[base] + weights[s, 1] * X[partner] for each of m pairs (m, 2) of
// rows of X (n, d), clamped between the two, in out (m, d).
extern "C" __global__ void interpolate_rows(
    const REAL* X, const long long d, const long long* parents, const REAL* weights,
    const long long m, REAL* out
) {
    const long long step = (long long)gridDim.x * blockDim.x;
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < m * d;
         i += step) {
        const long long s = i / d, j = i % d;
        const REAL a = X[parents[2 * s] * d + j], b = X[parents[2 * s + 1] * d + j];
        const REAL low = a < b ? a : b, high = a < b ? b : a;
        REAL value = weights[2 * s] * a + weights[2 * s + 1] * b;
        value = value < low ? low : value;
        out[i] = value > high ? high : value;
    }
}
"""

SMOOTH = (
    RANDOM
    + """
// X[bases[s]] plus normal noise of standard deviation spread[j] in column j, in out
// (m, d). Whole columns are rounded and stay between low[j] and high[j]; a column of
// spread 0 is copied. Noise takes two uniforms of row s, from number draw + 2 j on.
extern "C" __global__ void smooth_rows(
    const REAL* X, const long long d, const long long* bases, const long long m,
    const double* spread, const double* low, const double* high, const bool* whole,
    const bits64 seed, const long long stream, const long long draw, REAL* out
) {
    const long long step = (long long)gridDim.x * blockDim.x;
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < m * d;
         i += step) {
        const long long s = i / d, j = i % d;
        const REAL x = X[bases[s] * d + j];
        if (!(spread[j] > 0.0)) {
            out[i] = x;
            continue;
        }
        const double share = random_uniform(seed, stream, s, draw + 2 * j);
        const double turn = random_uniform(seed, stream, s, draw + 2 * j + 1);
        const double radius = sqrt(-2.0 * log1p(-share));
        double value = x + spread[j] * (radius * cos(6.283185307179586 * turn));
        if (whole[j]) {
            value = rint(value);
            value = value < low[j] ? low[j] : value;
            value = value > high[j] ? high[j] : value;
        }
        out[i] = (REAL)value;
    }
}
"""
)
