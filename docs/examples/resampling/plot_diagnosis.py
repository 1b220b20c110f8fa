# SPDX-License-Identifier: BSD-3-Clause
"""
Are these synthetic rows any good? Three samplers under examination
===================================================================

Before synthetic rows are trained on, or handed to somebody who may not see the real
ones, two questions want an answer: are they like the real rows, and are they more than
the real rows once again? :func:`skx.resampling.diagnose` measures both. Here it looks
at SMOTE, at random over-sampling and at a sampler that is wrong on purpose.
"""

# %%
# The data
# --------
# Windows of a satellite picture: 36 brightness values, four spectral bands of nine
# pixels, and the kind of ground at the centre. Damp grey soil is rare, and hard to
# tell from grey soil and very damp grey soil. Half of the rows are held out: no sampler
# sees them, and they show how far new real rows are from those that the samplers saw.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from skx.datasets import load_satimage

X, y = load_satimage(return_X_y=True)
y = (y == "damp grey soil").map({True: "damp", False: "other"}).astype(str)
X, X_holdout, y, y_holdout = train_test_split(
    X, y, test_size=0.5, stratify=y, random_state=0
)
X, y = X.reset_index(drop=True), y.reset_index(drop=True)
y.value_counts()

# %%
# Three samplers
# --------------
# Each adds 1,000 rows of damp grey soil. The wrong one draws every column for itself
# from the values of the class: each column comes out right, and nothing else does.

from skx.resampling import SMOTE, RandomOverSampler, diagnose


class ColumnByColumn:
    """Draws each value of a new row from another real row."""

    def fit_resample(self, X, y):
        """Return the rows of X and 1,000 more."""
        rng = np.random.default_rng(0)
        real = X[y == "damp"]
        new = pd.DataFrame({name: rng.choice(real[name], 1000) for name in real})
        labels = pd.Series(["damp"] * 1000)
        return (
            pd.concat([X, new], ignore_index=True),
            pd.concat([y, labels], ignore_index=True),
        )


target = {"damp": int((y == "damp").sum()) + 1000}
samplers = {
    "SMOTE": SMOTE(sampling_strategy=target, random_state=0),
    "random over-sampling": RandomOverSampler(sampling_strategy=target, random_state=0),
    "column by column": ColumnByColumn(),
}
reports = {
    name: diagnose(
        X,
        y,
        *sampler.fit_resample(X, y),
        holdout=(X_holdout, y_holdout),
        random_state=0,
    )
    for name, sampler in samplers.items()
}

# %%
# What was found
# --------------
# A report shows itself as a table of measures and of what faithful, new rows would
# have, with a sentence where the two are too far apart:

reports["SMOTE"]

# %%
# Side by side, with the reference in the last column:

frames = {name: report.to_frame() for name, report in reports.items()}
table = pd.DataFrame({n: f.set_index("measure")["value"] for n, f in frames.items()})
table["reference"] = frames["SMOTE"].set_index("measure")["reference"]
table.round(2)

# %%
# And in sentences:

for name, report in reports.items():
    print(name)
    for flag in report.flags:
        print(" -", flag)

# %%
# Which columns of SMOTE's rows differ most, and how are they spread?

columns = reports["SMOTE"].to_frame(by="column")
columns.nlargest(5, "distance")[["column", "distance", "chance_distance", "std_ratio"]]

# %%
# The same in pictures
# --------------------
# One row for each sampler. Left: the columns that differ most; a grey bar is what
# chance makes of two samples of these sizes. Middle: how far rows are from the closest
# real row. Right: the measures that are shares.

figure, axes = plt.subplots(3, 3, figsize=(12, 10), layout="constrained")
for row, (name, report) in zip(axes, reports.items(), strict=True):
    report.plot(axes=row, max_columns=6)
    row[0].set_title(name)
    row[1].set_xlim(right=4)
plt.show()

# %%
# What to make of it
# ------------------
# No single number would have told the three apart. The wrong sampler's columns are
# nearer to the real ones than SMOTE's and its rows are new, but the classifier
# recognises nearly all of them, the correlations are gone, and they are further from
# the real rows than new real rows are. Random over-sampling is faithful in everything,
# since it says nothing that was not said before: every row is a real one. SMOTE is in
# between. Its rows lie between neighbours, so they are less spread out and much closer
# to real rows than new ones would be; and as the values are whole numbers, some are
# rounded onto a real row. For training, that may be what one wants. As a substitute for
# rows that must not be shared, neither will do: whoever holds SMOTE's rows knows
# roughly where the real ones are.
