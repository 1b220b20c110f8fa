# SPDX-License-Identifier: BSD-3-Clause
"""
Five letters that look alike: which images should be labelled?
==============================================================

C, D, G, O and Q are round, and classifiers mix them up. Each label costs somebody's
time. How many fewer does it take when a sampler chooses the images, and which one?
"""

# %%
# The data
# --------
# Images of letters in many fonts, as sixteen numbers each. A third of them is kept for
# the test, drawn anew for each of five campaigns; copies of an image are left out, or
# some would be on both sides.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skx.datasets import load_letter

X, y = load_letter(return_X_y=True)
X = X[y.isin(list("CDGOQ"))].drop_duplicates()
y = y[X.index].astype(str).to_numpy()
X = X.to_numpy(float)
pd.Series(y).value_counts().sort_index()

# %%
# The campaigns
# -------------
# All begin with the same ten labels and ask for fifteen more, ten times. The model is
# a logistic regression. :func:`~skx.active.compare` plays every campaign with every
# sampler.

from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skx.active import (
    BadgeSampler,
    KCenterSampler,
    RandomSampler,
    TypiClustSampler,
    UncertaintySampler,
    compare,
)

model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
samplers = {
    "random": RandomSampler(model),
    "margin": UncertaintySampler(model),
    "entropy": UncertaintySampler(model, measure="entropy"),
    "BADGE": BadgeSampler(model),
    "k-center": KCenterSampler(model),
    "TypiClust": TypiClustSampler(model),
}
comparison = compare(
    samplers, X, y, initial=10, n_rounds=10, n_samples=15, cv=5, random_state=0
)
comparison

# %%
comparison.plot(markersize=3)
comparison.ax_.set_ylabel("accuracy")
plt.show()

# %%
# Is the difference more than luck?
# ---------------------------------
# The test allows for splits that share most of their rows, and p values for there
# being five tests.

for test in comparison.paired_tests("random"):
    print(
        f"{test.first:10} {test.difference:+.3f} in area, better in {test.wins:.0%} of "
        f"splits, p = {test.p_holm:.3f}"
    )

# %%
means = {name: curve.scores.mean(axis=0) for name, curve in comparison.curves.items()}
n_labeled = comparison.curves["margin"].n_labeled
best = max(means, key=lambda name: means[name].mean())
goal = means["random"][-1]
reached = n_labeled[np.argmax(means[best] >= goal)]
print(
    f"{best!r} needs {reached} labels for the accuracy of {goal:.3f} that random "
    f"choice has with {n_labeled[-1]}."
)
