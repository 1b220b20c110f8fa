# SPDX-License-Identifier: BSD-3-Clause
"""
Whose rows are these? The parents of synthetic rows
===================================================

Over-sampling multiplies a few rare rows, and not all of them alike. ``parents_`` tells
which two rows each new one was made of. This page uses it to see which rows breed under
four methods, to find rows that should not breed at all, and to give new rows a machine
and a date, so that they go through a cross-validation by group and a split by time.
"""

# %%
# The data
# --------
# Generated: the load and temperature of four machines over a year, 700 hours, of which
# 40 preceded a fault. Faults come at high load and temperature. But the log of machine
# D is not to be trusted: its six faults were noted at any hour.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

rng = np.random.default_rng(3)
n_rows = 700
is_fault = np.arange(n_rows) < 40
machine = rng.choice(["A", "B", "C", "D"], n_rows)
machine[is_fault] = ["A"] * 15 + ["B"] * 11 + ["C"] * 8 + ["D"] * 6
hours = pd.DataFrame(rng.normal(size=(n_rows, 2)), columns=["load", "temperature"])
hours[is_fault & (machine != "D")] += 2.5
day = rng.integers(365, size=n_rows)
date = (pd.Timestamp("2024-01-01") + pd.to_timedelta(day, unit="D")).to_numpy()

# %%
# Four samplers
# -------------

from skx.resampling import ADASYN, SMOTE, BorderlineSMOTE, ProWSyn

samplers = {
    "SMOTE": SMOTE(random_state=0),
    "BorderlineSMOTE": BorderlineSMOTE(random_state=0),
    "ADASYN": ADASYN(random_state=0),
    "ProWSyn": ProWSyn(random_state=0),
}
for name, sampler in samplers.items():
    sampler.fit_resample(hours, is_fault)
    print(f"{name:16}{np.unique(sampler.parents_[:, 0]).size} rows breed")

# %%
# A line from the base of each new row to its partner; the larger the circle, the more
# new rows start there. SMOTE lets all rows breed equally. Borderline-SMOTE takes the
# few at the edge; ADASYN those beside normal hours, more where there are more; ProWSyn
# all of them, the near ones more, and draws its lines across the class.

figure, panels = plt.subplots(
    2, 2, figsize=(10, 8), sharex=True, sharey=True, layout="constrained"
)
colors = dict(
    zip("ABCD", ["tab:blue", "tab:green", "tab:purple", "tab:red"], strict=True)
)
points = hours.to_numpy()
for (name, sampler), axes in zip(samplers.items(), panels.flat, strict=True):
    axes.scatter(*points[~is_fault].T, s=4, color="lightgrey")
    for base, partner in np.unique(sampler.parents_, axis=0):
        axes.plot(*points[[base, partner]].T, color="black", linewidth=0.5, alpha=0.3)
    uses = np.bincount(sampler.parents_[:, 0], minlength=n_rows)
    for label, color in colors.items():
        rows = is_fault & (machine == label)
        axes.scatter(*points[rows].T, s=3 * uses[rows] + 6, color=color, label=label)
    axes.set(title=name, xlabel="load", ylabel="temperature")
    axes.label_outer()
legend = panels[0, 0].legend(title="fault of machine")
for handle in legend.legend_handles:
    handle.set_sizes([40])
plt.show()

# %%
# Who breeds
# ----------
# The share of each machine in the faults, and in what each method adds to them:

shares = pd.DataFrame({"faults": pd.Series(machine[is_fault]).value_counts()})
for name, sampler in samplers.items():
    shares[name] = pd.Series(machine[sampler.parents_[:, 0]]).value_counts()
(shares / shares.sum()).fillna(0).map("{:.0%}".format)

# %%
# Looking for the boundary, ADASYN and ProWSyn find the wrong labels of machine D.
# Borderline-SMOTE takes them for noise. The rows that ADASYN makes most of are the ones
# to have a look at:

uses = np.bincount(samplers["ADASYN"].parents_[:, 0], minlength=n_rows)
most = np.argsort(-uses, kind="stable")[:8]
hours.loc[most].round(1).assign(machine=machine[most], new_rows=uses[most])

# %%
# An attribute for new rows: groups
# ---------------------------------
# Cross-validation by group asks for the machine of each row. A new row is its base's,
# which is what :class:`~skx.resampling.ResampledClassifier` does with arguments of
# ``fit`` that have an entry for each row. But its partner may be of another machine.
# Rows between two machines can be left out, or drawn within each machine.

for name, sampler in samplers.items():
    base, partner = machine[sampler.parents_.T]
    print(f"{name:16}{np.mean(base != partner):.0%} of new rows between two machines")

# %%
# An attribute for new rows: dates
# --------------------------------
# A new row cannot be known before both of its parents are. With the later of their
# dates, a split by time keeps what came after it out of the training rows.

sampler = samplers["SMOTE"]
parent_dates = date[sampler.parents_]
split = np.datetime64("2024-09-01")
for name, new_date in [
    ("date of the base", parent_dates[:, 0]),
    ("later date", parent_dates.max(axis=1)),
]:
    known = new_date < split
    from_future = (parent_dates[known] >= split).any(axis=1)
    print(
        f"{name}: {known.sum()} new rows before the split, "
        f"{from_future.sum()} of them with a parent after it"
    )

# %%
# The order "resample, then split" is for such questions only. To score a classifier,
# resample the training rows alone, as ``ResampledClassifier`` does.
#
# What was learned
# ----------------
# The four methods differ in whom they multiply. Six wrong labels of forty stay six of
# forty under SMOTE; under ADASYN nearly half of the new rows come from them, while
# Borderline-SMOTE makes hundreds of rows of seven. So look at the parents before
# looking at scores: it takes a ``bincount``. And whatever belongs to rows, groups,
# dates or costs, can be given to new rows through their parents, if one says which of
# the two counts.
