# SPDX-License-Identifier: BSD-3-Clause
"""
What does privacy cost? Noise, bag sizes and a model that knows of both
=======================================================================

Incomes are nobody's business. Suppose that they may leave only as shares of bags of
people, and with noise, so that whoever sees the shares can tell nobody's income by more
than a factor :math:`e^\\varepsilon` in odds. How good can a model of single people be,
and how large should the bags be?
"""

# %%
# People in bags
# --------------
# 16,000 people of the census of 1994 to learn from, in random bags, and 8,000 to judge
# models by. :func:`~skx.proportions.privatize_bag_target` adds the noise, once for each
# bag, and says what law of the count it makes: that is public, unlike the noise.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.compose import make_column_transformer
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skx.datasets import load_adult
from skx.proportions import (
    ProportionLogisticRegression,
    bag_target,
    make_bags,
    privatize_bag_target,
)

bunch = load_adult()
people, rich = bunch.data, (bunch.target == ">50K").to_numpy().astype(int)
nominal = bunch.categorical_features
X = make_column_transformer(
    (StandardScaler(), people.columns.difference(nominal)),
    (OneHotEncoder(sparse_output=False), nominal),
).fit_transform(people)

EPSILONS = [0.1, 0.3, 1.0, 3.0]
SIZES = [4, 16, 64, 256]


def area(model, y, train, test):
    """Return the area under the ROC curve of single people."""
    model.fit(X[train], y)
    return roc_auc_score(rich[test], model.decision_function(X[test]))


# %%
# A model that is told
# --------------------
# ``loss="count"`` is the likelihood of the count that was published, summed over all
# that the true one may have been. Beside it the same model without noise, and one that
# is not told of the law, for which shares are clipped to what is possible.

areas = np.empty((2, len(EPSILONS) + 1, len(SIZES)))
untold = np.empty((2, len(EPSILONS)))
for seed in range(2):
    order = np.random.default_rng(seed).permutation(len(X))
    train, test = order[:16_000], order[16_000:24_000]
    for column, size in enumerate(SIZES):
        bags = make_bags(n_samples=len(train), bag_size=size, random_state=seed)
        y = bag_target(bags, y=rich[train])
        model = ProportionLogisticRegression(loss="count")
        areas[seed, -1, column] = area(model, y, train, test)
        for row, epsilon in enumerate(EPSILONS):
            private, law = privatize_bag_target(
                y, epsilon=epsilon, random_state=seed, return_count_noise=True
            )
            model = ProportionLogisticRegression(loss="count", count_noise=law)
            areas[seed, row, column] = area(model, private, train, test)
            if size == 16:
                private["value"] = private["value"].clip(0, 1)
                model = ProportionLogisticRegression()
                untold[seed, row] = area(model, private, train, test)

figure, axes = plt.subplots(1, 2, figsize=(9, 3.8), sharey=True)
names = [*(f"epsilon {epsilon:g}" for epsilon in EPSILONS), "no noise"]
colors = [*(f"C{i}" for i in range(len(EPSILONS))), "k"]
for row, (name, color) in enumerate(zip(names, colors, strict=True)):
    axes[0].plot(SIZES, areas[:, row].mean(axis=0), "o-", color=color, label=name)
axes[0].set(xscale="log", xlabel="rows of a bag", ylabel="area under the ROC curve")
axes[0].set_xticks(SIZES, SIZES)
axes[0].legend(frameon=False, fontsize="small")
axes[1].plot(EPSILONS, areas[:, :-1, 1].mean(axis=0), "o-", label="told of noise")
axes[1].plot(EPSILONS, untold.mean(axis=0), "s--", label="not told")
axes[1].axhline(areas[:, -1, 1].mean(), color="k", lw=0.8, label="no noise")
axes[1].set(xscale="log", xlabel="epsilon, in bags of 16 rows")
axes[1].legend(frameon=False, fontsize="small")
figure.tight_layout()

for name, row in zip(names, areas.mean(axis=0), strict=True):
    print(f"{name:12}", row.round(3))

# %%
# From an epsilon of 1 upward, privacy of labels costs less here than aggregation does,
# and the smallest bags are the best. Stronger privacy, most of all 0.1, has a best size
# between: the noise of a share falls with the size of its bag, while the number of bags
# falls, too. All of this is the mean of two draws, and differences of .01 are chance.
# What size is best depends on the table: :func:`~skx.proportions.optimal_bag_size`
# reckons it for linear regression, and :class:`~skx.proportions.PrivacyCurveDisplay`
# draws the curve of any estimator by held-out bags.
#
# The right panel is for those who get such shares: without the law of the noise, shares
# below 0 and above 1 mislead the model, the more the stronger the privacy.
#
# What has been learned: publish the law of the noise with the shares, and fit the
# likelihood that knows it; then privacy that can be proven costs a few hundredths of
# area, and not the use of the data.
