# SPDX-License-Identifier: BSD-3-Clause
"""Text of the kernel of labels given their count: the twin of `infer_bags`.

One thread for each bag; what the host's kernels allocate is cut from ``room``. Powers
are written out as the host computes them, and so results are the same to the last bit
but for sums that the host may add up in another order.
"""

INFER = """
enum { AUTO, EXACT, SADDLEPOINT };
enum { HARD, GAUSSIAN, LAPLACE };
const long long MOST_CELLS = 32768;

__device__ double most_of(double a, double b) { return b > a ? b : a; }
__device__ double least_of(double a, double b) { return b < a ? b : a; }
__device__ double within(double x, double low, double high) {
    return least_of(most_of(x, low), high);
}

__device__ double tilt(
    const double* logits, long long k, double sign, double count, int noise,
    double scale, double guess, bool precise, double* p, double* c, double* spread
) {
    const double infinity = -log(0.0);
    double least = infinity, most = -infinity, total = 0.0;
    for (long long i = 0; i < k; i++) {
        const double s = sign * logits[i];
        least = least_of(least, s);
        most = most_of(most, s);
        total += s;
    }
    const double v = noise == GAUSSIAN ? scale * scale : 0.0;
    double low, high;
    if (0.0 < count && count < k) {
        const double level = log(count / (k - count));
        low = level - most;
        high = level - least;
        if (noise == GAUSSIAN) {
            low = most_of(least_of(low, 0.0), (count - k) / v);
            high = least_of(most_of(high, 0.0), count / v);
        } else if (noise == LAPLACE) {
            low = within(low, -1.0 / scale, 1.0 / scale);
            high = within(high, -1.0 / scale, 1.0 / scale);
        }
    } else if (noise == LAPLACE) {
        low = high = count > 0.0 ? 1.0 / scale : -1.0 / scale;
    } else {
        low = (count - k) / v;
        high = count / v;
    }
    if (guess != guess) {
        const double near = least_of(most_of(count, 0.5), k - 0.5);
        guess = log(near / (k - near)) - total / k;
    }
    double t = within(guess, low, high);
    double base = infinity, variance = 0.0;
    for (int n = 0; n < 200; n++) {
        if (fabs(t - base) > 20.0) {
            base = t;
            for (long long i = 0; i < k; i++)
                c[i] = exp(within(sign * logits[i] + base, -690.0, 690.0));
        }
        const double factor = exp(t - base);
        double mean = 0.0;
        variance = 0.0;
        for (long long i = 0; i < k; i++) {
            const double odds = c[i] * factor;
            const double share = 1.0 / (1.0 + odds);
            mean += odds * share;
            variance += odds * share * share;
        }
        const double gap = mean + v * t - count;
        const double slope = variance + v;
        if (fabs(gap) <= (precise ? 1e-10 * slope : 0.25)) break;
        if (gap > 0.0) high = t;
        else low = t;
        if (high - low <= 1e-14 * (fabs(high) + fabs(low))) break;
        const double to = slope > 0.0 ? t - gap / slope : infinity;
        t = low <= to && to <= high && to != t ? to : 0.5 * (low + high);
    }
    const double factor = exp(t - base);
    for (long long i = 0; i < k; i++) {
        const double odds = c[i] * factor;
        c[i] = 1.0 / (1.0 + odds);
        p[i] = odds * c[i];
    }
    *spread = variance;
    return t;
}

__device__ double log_partition(
    const double* logits, long long k, double sign, double shift
) {
    double total = 0.0, product = 1.0;
    for (long long i = 0; i < k; i++) {
        const double s = sign * logits[i] + shift;
        total += most_of(s, 0.0);
        product *= 1.0 + exp(-fabs(s));
        if (product > 1e290) {
            total += log(product);
            product = 1.0;
        }
    }
    return total + log(product);
}

__device__ double log_weight(int noise, double scale, double count, double s) {
    const double gap = s - count;
    if (noise == GAUSSIAN) return -0.5 * ((gap / scale) * (gap / scale));
    return -fabs(gap) / scale;
}

__device__ void step_forward(
    double p, double c, bool moved, const double* here, double* there, long long width
) {
    if (moved) {
        for (long long x = 0; x < width - 1; x++)
            there[x] = c * here[x + 1] + p * here[x];
        there[width - 1] = p * here[width - 1];
    } else {
        there[0] = c * here[0];
        for (long long x = 1; x < width; x++)
            there[x] = c * here[x] + p * here[x - 1];
    }
}

__device__ void step_backward(
    double p, double c, bool moved, const double* law, const double* after, double* now,
    long long width, double* if_one, double* if_zero
) {
    double one = 0.0, zero = 0.0;
    if (moved) {
        one = law[0] * after[0];
        now[0] = p * after[0];
        for (long long x = 1; x < width; x++) {
            one += law[x] * after[x];
            zero += law[x] * after[x - 1];
            now[x] = c * after[x - 1] + p * after[x];
        }
    } else {
        for (long long x = 0; x < width - 1; x++) {
            one += law[x] * after[x + 1];
            zero += law[x] * after[x];
            now[x] = c * after[x] + p * after[x + 1];
        }
        zero += law[width - 1] * after[width - 1];
        now[width - 1] = c * after[width - 1];
    }
    *if_one = one;
    *if_zero = zero;
}

__device__ void place_windows(
    const double* p, long long k, long long top, long long width, long long* lows
) {
    double mean = 0.0;
    const long long half = (width - 2) / 2;
    lows[0] = 0;
    for (long long i = 0; i < k; i++) {
        mean += p[i];
        long long low = (long long)mean - half;
        if (low < lows[i]) low = lows[i];
        if (low > top + 1 - width) low = top + 1 - width;
        lows[i + 1] = low;
    }
}

__device__ double walk(
    const double* p, const double* c, long long k, long long width, double* ends,
    const long long* lows, double* table, double* marks, long long block,
    long long n_blocks, double* ones, double* zeros
) {
    for (long long x = 0; x < width; x++) marks[x] = 0.0;
    marks[0] = 1.0;
    for (long long b = 0; b < n_blocks - 1; b++) {
        for (long long x = 0; x < width; x++) table[x] = marks[b * width + x];
        for (long long i = 0; i < block; i++) {
            const long long row = b * block + i;
            step_forward(
                p[row], c[row], lows[row + 1] > lows[row], table + i * width,
                table + (i + 1) * width, width
            );
        }
        for (long long x = 0; x < width; x++)
            marks[(b + 1) * width + x] = table[block * width + x];
    }
    double *after = ends, *now = ends + width;
    for (long long b = n_blocks - 1; b >= 0; b--) {
        const long long first = b * block;
        const long long last = first + block < k ? first + block : k;
        for (long long x = 0; x < width; x++) table[x] = marks[b * width + x];
        for (long long row = first; row < last - 1; row++) {
            double* here = table + (row - first) * width;
            step_forward(
                p[row], c[row], lows[row + 1] > lows[row], here, here + width, width
            );
        }
        for (long long row = last - 1; row >= first; row--) {
            step_backward(
                p[row], c[row], lows[row + 1] > lows[row],
                table + (row - first) * width, after, now, width,
                ones + row, zeros + row
            );
            double* before = after;
            after = now;
            now = before;
        }
    }
    return p[0] * ones[0] + c[0] * zeros[0];
}

__device__ double walk_all(
    const double* p, const double* c, long long k, long long width, double* ends,
    double* table, double* ones, double* zeros
) {
    table[0] = 1.0;
    for (long long i = 0; i < k - 1; i++) {
        const long long n_sums = i + 1 < width ? i + 1 : width;
        const double* here = table + i * width;
        double* there = table + (i + 1) * width;
        double before = 0.0;
        for (long long x = 0; x < n_sums; x++) {
            const double now = here[x];
            there[x] = c[i] * now + p[i] * before;
            before = now;
        }
        if (n_sums < width) there[n_sums] = p[i] * before;
    }
    for (long long i = k - 1; i >= 0; i--) {
        const long long n_sums = i + 1 < width ? i + 1 : width;
        double if_one = 0.0, if_zero = 0.0, now = ends[0];
        for (long long x = 0; x < n_sums; x++) {
            const double after = ends[x + 1];
            if_one += table[i * width + x] * after;
            if_zero += table[i * width + x] * now;
            ends[x] = c[i] * now + p[i] * after;
            now = after;
        }
        ones[i] = if_one;
        zeros[i] = if_zero;
    }
    return p[0] * ones[0] + c[0] * zeros[0];
}

__device__ double saddle(
    const double* p, const double* c, long long k, double variance, double* out
) {
    double third = 0.0, fourth = 0.0;
    for (long long i = 0; i < k; i++) {
        const double own = p[i] * c[i];
        third += own * (c[i] - p[i]);
        fourth += own * (1.0 - 6.0 * own);
    }
    for (long long i = 0; i < k; i++) {
        const double own = p[i] * c[i], rest = variance - own;
        const double skew = (third - own * (c[i] - p[i])) / (6.0 * rest * rest);
        const double at_one = 1.0 + skew * c[i] * (3.0 - c[i] * c[i] / rest);
        const double at_zero = 1.0 + skew * p[i] * (p[i] * p[i] / rest - 3.0);
        out[i] = exp(0.5 * (p[i] - c[i]) / rest) * at_one / at_zero;
    }
    const double square = variance * variance;
    const double higher = fourth / (8.0 * square)
        - 5.0 * (third * third) / (24.0 * (square * variance));
    return -0.5 * log(2.0 * 3.141592653589793 * variance) + higher;
}

extern "C" __global__ void infer_bags(
    const double* all_logits, const long long* indptr, const double* counts,
    const long long first, const long long last, const int method,
    const double min_variance, const long long min_size, const int noise,
    const double scale, const int as_messages, double* tilts, double* all_out,
    double* likelihood, const int has_likelihood, const long long* places, double* rooms
) {
    const long long step = (long long)gridDim.x * blockDim.x;
    for (long long b = first + (long long)blockIdx.x * blockDim.x + threadIdx.x;
         b < last; b += step) {
        const long long k = indptr[b + 1] - indptr[b];
        const double* logits = all_logits + indptr[b];
        double* out = all_out + indptr[b];
        double count = counts[b];
        if (noise == HARD && (count <= 0.0 || count >= k)) {
            const bool full = count >= k;
            const double infinity = -log(0.0);
            double told = full ? 1.0 : 0.0;
            if (as_messages) told = full ? infinity : -infinity;
            for (long long i = 0; i < k; i++) out[i] = told;
            tilts[b] = infinity - infinity;
            if (has_likelihood)
                likelihood[b] = -log_partition(logits, k, full ? -1.0 : 1.0, 0.0);
            continue;
        }
        double* p = rooms + places[b];
        double *c = p + k, *ones = p + 2 * k, *zeros = p + 3 * k, *ends = p + 4 * k;
        long long* lows = (long long*)(ends + k + 2);
        double* room = ends + 2 * k + 3;
        const bool flip = noise == HARD && 2.0 * count > k;
        const double sign = flip ? -1.0 : 1.0;
        if (flip) count = k - count;
        double variance, level;
        double t = tilt(
            logits, k, sign, count, noise, scale, sign * tilts[b], false, p, c,
            &variance
        );
        bool approximate = variance >= (method == SADDLEPOINT ? 1.0 : min_variance);
        approximate = approximate
            && (noise == HARD || (noise == GAUSSIAN && scale >= 1.0))
            && method != EXACT && (method == SADDLEPOINT || k > min_size);
        if (approximate) {
            t = tilt(
                logits, k, sign, count, noise, scale, t, true, p, c, &variance
            );
            level = saddle(
                p, c, k, variance + (noise == GAUSSIAN ? scale * scale : 0.0), ones
            );
            double factor = 1.0;
            if (noise == HARD) {
                double total = 0.0, slope = 0.0;
                for (long long i = 0; i < k; i++) {
                    const double one = p[i] * ones[i], both = one + c[i];
                    total += one / both;
                    slope += one * c[i] / (both * both);
                }
                factor = exp((count - total) / slope);
            }
            for (long long i = 0; i < k; i++) {
                if (as_messages) {
                    out[i] = sign * (log(factor * ones[i]) + t);
                } else {
                    const double one = p[i] * (factor * ones[i]);
                    out[i] = (flip ? c[i] : one) / (one + c[i]);
                }
            }
            if (noise == GAUSSIAN) {
                level += 0.5 * ((scale * t) * (scale * t));
                level += 0.5 * log(2.0 * 3.141592653589793 * scale * scale);
            }
            level -= t * count;
        } else {
            const long long top = noise == HARD ? (long long)count : k;
            const double far = 13.4 + sqrt(178.0 + 80.0 * variance);
            long long width = 2 * ((long long)far + 1) + 2;
            if (width > top + 1) width = top + 1;
            const bool holds_all = width == top + 1 && (k + 1) * width <= MOST_CELLS;
            long long low = 0;
            if (!holds_all) {
                place_windows(p, k, top, width, lows);
                low = lows[k];
            }
            level = -t * count;
            if (noise == HARD) {
                for (long long x = 0; x < width; x++) ends[x] = 0.0;
                ends[top - low] = 1.0;
            } else {
                level = log(0.0);
                for (long long x = 0; x < width; x++) {
                    const double s = low + x;
                    ends[x] = log_weight(noise, scale, count, s) - t * s;
                    level = most_of(level, ends[x]);
                }
                for (long long x = 0; x < width; x++) ends[x] = exp(ends[x] - level);
            }
            double total;
            if (holds_all) {
                ends[width] = 0.0;
                total = walk_all(p, c, k, width, ends, room, ones, zeros);
            } else {
                long long block = k;
                if ((k + 1) * width > MOST_CELLS)
                    block = (long long)sqrt((double)k) + 1;
                const long long n_blocks = (k + block - 1) / block;
                for (long long x = 0; x < width; x++) room[x] = ends[x];
                double *marks = room + 2 * width, *table = marks + n_blocks * width;
                total = walk(
                    p, c, k, width, room, lows, table, marks, block, n_blocks,
                    ones, zeros
                );
            }
            level += log(total);
            for (long long i = 0; i < k; i++) {
                if (as_messages) {
                    out[i] = sign * (log(ones[i]) - log(zeros[i]) + t);
                } else {
                    const double one = ones[i] * p[i], zero = zeros[i] * c[i];
                    out[i] = (flip ? zero : one) / (one + zero);
                }
            }
        }
        tilts[b] = sign * t;
        if (has_likelihood) {
            level += log_partition(logits, k, sign, t);
            level -= log_partition(logits, k, sign, 0.0);
            likelihood[b] = level;
        }
    }
}
"""
