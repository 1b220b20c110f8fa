# SPDX-License-Identifier: BSD-3-Clause
"""
Which tasks are outliers, and which are only noisy
==================================================

A task that is badly predicted may follow another function than the others, or it may
have noise that nobody can predict. :class:`~skx.multitask.RMTGBRegressor` is to tell
them apart. Of twelve simulated sensors two follow another function, and one follows the
function of the rest with three times their noise.
"""

# %%
# Twelve sensors
# --------------

import matplotlib.pyplot as plt
import numpy as np

from skx.datasets import make_multitask
from skx.multitask import (
    MTGBRegressor,
    OutlierTaskDisplay,
    RMTGBRegressor,
    TaskSimilarityDisplay,
)

N_SENSORS, NOISY = 12, 3
noise = np.full(N_SENSORS, 0.5)
noise[NOISY] = 1.5
X, y, sensors = make_multitask(
    n_tasks=N_SENSORS, n_outlier_tasks=2, noise=noise, random_state=0
)

# %%
# The error alone does not tell
# -----------------------------
# What is left after a model that shares with all: the noisy sensor is predicted worse
# than the two that are unlike the others.

shared = MTGBRegressor(n_iter_task=0, random_state=0).fit(X, y, sensors)
model = RMTGBRegressor(random_state=0).fit(X, y, sensors)

colors = np.full(N_SENSORS, "C0")
colors[NOISY], colors[-2:] = "C1", "C3"
figure, axes = plt.subplots(1, 2, figsize=(9, 3.2))
axes[0].bar(range(N_SENSORS), np.sqrt(2 * shared.task_loss_), color=colors)
axes[0].set(xlabel="sensor", ylabel="error of training rows", title="one for all")
axes[1].bar(range(N_SENSORS), model.outlier_score_, color=colors)
axes[1].set(xlabel="sensor", ylabel="outlier score", title="R-MTGB", ylim=(0, 1))
for color, label in (("C0", "ordinary"), ("C1", "noisy"), ("C3", "unlike the others")):
    axes[0].bar(0, 0, color=color, label=label)
axes[0].legend(frameon=False)
figure.tight_layout()
print(model.outlier_score_.round(2))

# %%
# The score tells the two from the noisy one: a task counts as an outlier only if its
# validation rows fare better on the other side, and rows of noise do not.
#
# How the scores came about
# -------------------------
# Right: the score of each task, round by round of the outlier block.

OutlierTaskDisplay.from_estimator(model)

# %%
# Do the outliers have something in common?
# -----------------------------------------
# There are two sides, so all outliers share one. Whether they belong together is
# another question, which :class:`~skx.multitask.TaskSimilarityDisplay` answers: it
# compares what the model would predict for each task at the same rows.

TaskSimilarityDisplay.from_estimator(model, X, tasks=sensors)

# %%
# What has been learned: a high error is no reason to call a task odd. Look at
# ``outlier_score_`` for that, and at similarities before saying that the odd ones are
# alike. The scores need rows to judge by: of a task with a dozen rows, do not conclude
# much.
