# SPDX-License-Identifier: BSD-3-Clause
"""
The three blocks in a picture
=============================

What does each block of :class:`~skx.multitask.RMTGBRegressor` learn? With one column and
simulated rows, it can be drawn. Eight tasks follow a wave, two of ten an inverted one,
and each task has a slope of its own.
"""

# %%
# Ten tasks
# ---------

import matplotlib.pyplot as plt
import numpy as np

from skx.multitask import RMTGBRegressor

N_TASKS = 10
rng = np.random.default_rng(0)
slopes = rng.normal(scale=0.4, size=N_TASKS)
signs = np.repeat([1, -1], [8, 2])


def target(x, task):
    """What a task's rows follow."""
    return np.sin(3 * x) * signs[task] + slopes[task] * x


x = rng.uniform(-2, 2, size=1500)
tasks = rng.integers(0, N_TASKS, size=1500)
y = target(x, tasks) + rng.normal(scale=0.2, size=1500)
model = RMTGBRegressor(random_state=0).fit(x[:, None], y, tasks)
print(model.outlier_score_.round(2))

# %%
# The scores of the last two tasks are high: they are the outliers.
#
# Terms of the prediction
# -----------------------
# ``predict_blocks`` returns the terms that predictions are sums of. The shared block
# learns from all rows, most of which follow the wave, so it is a compromise: a wave that
# is too flat. The second block has two sides. An ordinary task gets the one that lifts
# the wave, an outlier task the one that turns it round. The last block adds the slope.

grid = np.linspace(-2, 2, 200)
figure, axes = plt.subplots(2, 4, figsize=(10, 5), sharex=True, sharey=True)
titles = ["shared", "two sides", "task", "sum"]
for row, task in zip(axes, (0, 9), strict=True):
    terms = model.predict_blocks(grid[:, None], np.full(200, task))
    shared = terms["baseline"] + terms["shared"]
    sides = terms["non_outlier"] + terms["outlier"]
    for axis, term in zip(row, (shared, sides, terms["task"]), strict=False):
        axis.plot(grid, term, color="C0")
    row[3].plot(grid, sum(terms.values()), color="C0", label="model")
    row[3].plot(grid, target(grid, task), color="C1", ls="--", label="truth")
    kind = "ordinary" if task == 0 else "outlier"
    row[0].set_ylabel(f"{kind} task\n(score {model.outlier_score_[task]:.2f})")
for axis, title in zip(axes[0], titles, strict=True):
    axis.set_title(title)
for axis in axes[:, :3].ravel():
    axis.axhline(0, color="0.8", lw=0.8, zorder=0)
axes[0, 3].legend(frameon=False)
figure.tight_layout()

# %%
# What has been learned: the shared block is not "the function of the ordinary tasks". It
# is what is best for all rows, and the other two blocks correct it. Therefore look at
# sums, or at :meth:`~skx.multitask.RMTGBRegressor.shap_values` by block, and not at one
# block alone.
