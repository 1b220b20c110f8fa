# SPDX-License-Identifier: BSD-3-Clause
"""
How likely is the rare last level? Three ways to borrow
=======================================================

One visitor in two hundred buys. A logistic regression of buying has few buyers to learn
from; proportional odds takes the slopes of the commoner steps before it, right or
wrong; PRESTO takes as much of them as cross-validation allows. Which of the three knows
the probability of the last level best? The rows are simulated, so that the true
probabilities are known.
"""

# %%
# A world with four levels
# ------------------------
# Ten columns, three boundaries, each a logistic regression. At each boundary after the
# first, the slopes of four columns change by ``difference``, up or down. With 0 the
# odds are proportional.

import matplotlib.pyplot as plt
import numpy as np
from scipy.special import expit

N_COLUMNS = 10
THRESHOLDS = np.array([0, 3, 5.5])


def draw_world(rng, difference):
    """Draw the slopes of the three boundaries."""
    steps = np.zeros((3, N_COLUMNS))
    steps[0] = rng.choice([-1, 1], N_COLUMNS) * 0.5
    for step in steps[1:]:
        columns = rng.choice(N_COLUMNS, 4, replace=False)
        step[columns] = rng.choice([-1, 1], 4) * difference
    return steps.cumsum(axis=0)


def draw_rows(rng, slopes, n_rows):
    """Draw rows and their levels."""
    X = rng.uniform(-1, 1, (n_rows, N_COLUMNS))
    below = expit(THRESHOLDS - X @ slopes.T)
    return X, (rng.random((n_rows, 1)) > below).sum(axis=1)


# %%
# Three models
# ------------
# ``base_penalty=0`` makes PRESTO shrink towards proportional odds, and not towards no
# slopes at all; the strength is chosen by the log loss of the last level.

from sklearn.linear_model import LogisticRegression

from skx.ordinal import PRESTOCV, OrdinalRegression

METHODS = {
    "logistic regression of the last level": LogisticRegression(C=np.inf),
    "proportional odds": OrdinalRegression(),
    "PRESTO": PRESTOCV(base_penalty=0, scoring="rare_log_loss", n_alphas=8, cv=3),
}


def errors(difference, n_rows, n_worlds=5):
    """Errors of the last level's probability: a row a world, a column a method."""
    found = []
    for seed in range(n_worlds):
        rng = np.random.default_rng([seed, n_rows])
        slopes = draw_world(rng, difference)
        X, y = draw_rows(rng, slopes, n_rows)
        X_new = rng.uniform(-1, 1, (5000, N_COLUMNS))
        truth = expit(X_new @ slopes[-1] - THRESHOLDS[-1])
        row = []
        for name, model in METHODS.items():
            model.fit(X, y == 3 if name.startswith("logistic") else y)
            guess = model.predict_proba(X_new)[:, -1]
            row.append(np.sqrt(np.mean((guess - truth) ** 2)))
        found.append(row)
    return np.array(found)


rng = np.random.default_rng(0)
is_last = [draw_rows(rng, draw_world(rng, 0.3), 2500)[1] == 3 for _ in range(40)]
print(f"share of the last level, on average: {np.mean(is_last):.2%}")

# %%
# More rows, and slopes that differ more
# --------------------------------------
# Left, the number of rows varies and slopes differ by 0.4. Right, 2500 rows, and the
# difference of the slopes varies. The error is the root of the mean squared distance
# from the true probability, at new rows; lines are medians over five worlds, points are
# single worlds.

import warnings

sizes, differences = [1000, 2500, 10000], [0, 0.2, 0.4, 0.6]
with warnings.catch_warnings():
    # With a handful of rare rows, boundaries meet and classes are separated.
    warnings.simplefilter("ignore")
    by_size = {n: errors(0.4, n) for n in sizes}
    by_difference = {
        d: by_size[2500] if d == 0.4 else errors(d, 2500) for d in differences
    }

figure, axes = plt.subplots(1, 2, figsize=(10, 4.5), sharey=True, layout="constrained")
for ax, results, label in (
    (axes[0], by_size, "rows"),
    (axes[1], by_difference, "difference of slopes"),
):
    for j, (name, marker) in enumerate(zip(METHODS, "sDo", strict=True)):
        places = list(results)
        medians = [100 * np.median(found[:, j]) for found in results.values()]
        (line,) = ax.plot(places, medians, marker=marker, label=name)
        for place, found in results.items():
            ax.plot(
                [place] * len(found),
                100 * found[:, j],
                marker=".",
                linestyle="none",
                color=line.get_color(),
                alpha=0.4,
            )
    ax.set(xlabel=label)
axes[0].set(xscale="log", yscale="log")
axes[0].set_xticks(sizes, sizes)
axes[0].minorticks_off()
axes[0].set(ylabel="error in percentage points (down is better)")
axes[0].set(title="Slopes that differ by 0.4")
axes[1].set(title="2500 rows")
axes[1].legend()
plt.show()

# %%
# What was learned
# ----------------
# A model of the last level alone is worst where that level has few rows: with 1000 rows
# it has about seven to learn from. Proportional odds is best where its assumption
# holds, and even with differing slopes it is right to borrow as long as rows are few;
# but more rows do not make it better, for what is wrong with it is not their number.
# PRESTO is nearer to the better of the two than to the worse, without being told which
# that is, and in between it is ahead of both. It does not perform wonders: it saves a
# choice, and the loss of a wrong one.
