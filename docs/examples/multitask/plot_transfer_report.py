# SPDX-License-Identifier: BSD-3-Clause
"""
Who gains by sharing, and does anybody lose?
============================================

A model of all tasks may be better on average, and worse for the very task one has to
answer for. :func:`~skx.multitask.transfer_report` compares models task by task, at
rows that none has seen, and tests the differences with a correction for their number.
"""

# %%
# Small tasks and large ones
# --------------------------
# Sixteen simulated shops, four of which are unlike the others. Half of the shops have
# 60 rows, half have 600.

import matplotlib.pyplot as plt
import numpy as np

from skx.datasets import make_multitask
from skx.multitask import MTGBRegressor, RMTGBRegressor, transfer_report

N_SHOPS = 16
sizes = np.where(np.arange(N_SHOPS) % 2 == 0, 60, 600)
X, y, shops = make_multitask(
    n_tasks=N_SHOPS,
    n_outlier_tasks=4,
    n_samples_per_task=sizes,
    noise=0.3,
    random_state=0,
)

# %%
# Against one model for all, and against one for each
# ---------------------------------------------------
# ``generic`` knows of no shops, ``personal`` learns each shop from its own rows alone.

rounds = {"n_iter_task": 60, "random_state": 0}
report = transfer_report(
    RMTGBRegressor(n_iter_shared=60, n_iter_outlier=60, **rounds),
    X,
    y,
    tasks=shops,
    generic=MTGBRegressor(n_iter_task=0, task_intercept=False, random_state=0),
    personal=MTGBRegressor(n_iter_shared=0, **rounds),
    cv=3,
    random_state=0,
).sort_index()
print(report[["n", "gain", "verdict", "gain_personal", "verdict_personal"]].round(3))

# %%
# Gains of each shop
# ------------------
# A bar is two standard errors to either side. Filled dots are differences that the test
# takes for real.

figure, axes = plt.subplots(1, 2, figsize=(9, 4), sharey=True)
panels = ("", "gain over one for all"), ("_personal", "gain over one for each")
for axis, (suffix, title) in zip(axes, panels, strict=True):
    for place, (shop, row) in enumerate(report.iterrows()):
        color = "C3" if shop >= N_SHOPS - 4 else "C0"
        known = row["verdict" + suffix] != "undecided"
        gain, error = row["gain" + suffix], row["std_error" + suffix]
        axis.errorbar(gain, place, xerr=2 * error, color=color, lw=1)
        axis.plot(gain, place, "o", color=color, mfc=color if known else "white")
    axis.axvline(0, color="0.7", lw=0.8)
    axis.set(xlabel="squared error saved", title=title)
labels = [f"{shop} ({int(n)} rows)" for shop, n in report["n"].items()]
axes[0].set_yticks(range(N_SHOPS), labels)
axes[0].invert_yaxis()
figure.tight_layout()

for column in ("verdict", "verdict_personal"):
    print(report[column].value_counts().to_dict())

# %%
# What has been learned: one model for all is wrong for the shops that are unlike the
# others (red), and one for each has too little to learn from where shops are small. The
# large ones of the four have few others to learn from, and need none. They are
# "undecided", which is not unharmed: their bars show what the rows cannot rule out.
