# SPDX-License-Identifier: BSD-3-Clause
"""Text of the kernels of graphs: nearest rows, lengths of edges, and messages."""

# Rows that a thread compares its own with at a time; arrays are padded to whole tiles.
TILE = 8

# One thread for each row, which looks at all others in their order: of equally near
# rows the first ones stay.
NEAREST = (
    f"""
#define TILE {TILE}
"""
    + """
extern "C" __global__ void find_nearest(
    const double* columns, const long long n_rows, const long long n_padded,
    const long long n_columns, const long long wanted, double* squares,
    long long* found
) {
    const long long step = (long long)gridDim.x * blockDim.x;
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
         i < n_rows; i += step) {
        double* best = squares + i * wanted;
        long long* who = found + i * wanted;
        long long n_found = 0;
        for (long long first = 0; first < n_rows; first += TILE) {
            double totals[TILE];
            for (int q = 0; q < TILE; q++) totals[q] = 0.0;
            for (long long c = 0; c < n_columns; c++) {
                const double* column = columns + c * n_padded;
                const double own = column[i];
                for (int q = 0; q < TILE; q++) {
                    const double gap = own - column[first + q];
                    totals[q] += gap * gap;
                }
            }
            for (int q = 0; q < TILE; q++) {
                const long long j = first + q;
                const double total = totals[q];
                if (j == i || j >= n_rows) continue;
                if (n_found == wanted && !(total < best[wanted - 1])) continue;
                long long at = n_found < wanted ? n_found++ : wanted - 1;
                for (; at > 0 && total < best[at - 1]; at--) {
                    best[at] = best[at - 1];
                    who[at] = who[at - 1];
                }
                best[at] = total;
                who[at] = j;
            }
        }
    }
}

extern "C" __global__ void edge_distances(
    const double* rows, const long long* indptr, const int* indices,
    const long long n_rows, const long long n_columns, double* out
) {
    const long long step = (long long)gridDim.x * blockDim.x;
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
         i < n_rows; i += step)
        for (long long e = indptr[i]; e < indptr[i + 1]; e++) {
            double total = 0.0;
            for (long long c = 0; c < n_columns; c++) {
                const double gap
                    = rows[i * n_columns + c] - rows[indices[e] * n_columns + c];
                total += gap * gap;
            }
            out[e] = sqrt(total);
        }
}
"""
)

# One thread for each receiver, which works out what was sent to it from what senders
# believed: `send` and `receive` of the host in one, from old messages to new ones.
MESSAGES = """
enum { SUM, MAX, PAIR_SUM, PAIR_MAX };

__device__ double softplus(double x) {
    return (x > 0.0 ? x : 0.0) + log1p(exp(-fabs(x)));
}

extern "C" __global__ void pass_messages(
    const long long* indptr, const int* indices, const long long* reverse,
    const double* strength, const int rule, const double* totals,
    const double damping, const double* message, const long long n_rows,
    double* renewed, double* sums, double* residuals
) {
    const long long step = (long long)gridDim.x * blockDim.x;
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
         i < n_rows; i += step) {
        double residual = 0.0, total = 0.0;
        for (long long e = indptr[i]; e < indptr[i + 1]; e++) {
            const double c = totals[indices[e]] - message[reverse[e]];
            const double s = strength[reverse[e]];
            double sent;
            if (rule == SUM) {
                const double x = exp(-fabs(c)), up = 1.0 + s, down = 1.0 - s;
                const double size = log((up + x * down) / (down + x * up));
                sent = c > 0.0 ? size : -size;
            } else if (rule == MAX) {
                sent = c < -s ? -s : (c > s ? s : c);
            } else if (rule == PAIR_SUM) {
                sent = softplus(c + s) - softplus(c);
            } else {
                sent = (c + s > 0.0 ? c + s : 0.0) - (c > 0.0 ? c : 0.0);
            }
            const double change = sent - message[e];
            if (fabs(change) > residual) residual = fabs(change);
            renewed[e] = message[e] + (1.0 - damping) * change;
            total += renewed[e];
        }
        sums[i] = total;
        residuals[i] = residual;
    }
}
"""
