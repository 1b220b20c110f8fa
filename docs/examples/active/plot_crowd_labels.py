# SPDX-License-Identifier: BSD-3-Clause
"""
Cheap labels from many hands: how many votes does a letter need?
================================================================

Images of letters are labelled by thirty people at a cent per vote. Some are careful,
some take O for Q, some click without looking. Voting is the obvious way out. How much
does it help to learn who is who?
"""

# %%
# The votes
# ---------
# The images are real, the people are made up: ten good ones, who are right nineteen
# times in twenty, fourteen middling ones, three who confuse the round letters O, Q, G
# and D, and three who answer anything.

import matplotlib.pyplot as plt
import numpy as np

from skx.datasets import load_letter

X, y = load_letter(return_X_y=True)
X, y = X.to_numpy(float)[:6000], np.asarray(y)[:6000]
letters = np.unique(y)
truth = np.searchsorted(letters, y)
C, ROUND = len(letters), np.searchsorted(letters, list("DGOQ"))


def confusion(right):
    table = np.full((C, C), (1 - right) / (C - 1))
    np.fill_diagonal(table, right)
    return table


blind = confusion(0.95)
blind[np.ix_(ROUND, ROUND)] = 0.25
blind[ROUND] /= blind[ROUND].sum(axis=1, keepdims=True)
people = [confusion(0.95)] * 10 + [confusion(0.6)] * 14 + [blind] * 3
people = np.array([*people, *[confusion(1 / C)] * 3])


def draw_votes(n_votes, seed=0):
    """Return votes, and the image and the person of each."""
    rng = np.random.default_rng(seed)
    items = np.repeat(np.arange(len(y)), n_votes)
    order = np.argsort(rng.random((len(y), len(people))), axis=1)
    who = order[:, :n_votes].ravel()
    ends = people[who, truth[items]].cumsum(axis=1)
    votes = (rng.random((len(items), 1)) > ends[:, :-1]).sum(axis=1)
    return letters[votes], items, who


# %%
# Who is right how often
# ----------------------
# :class:`~skx.active.DawidSkene` learns a table of confusions for each person, which
# has 650 numbers for 26 letters; ``one_coin=True`` learns one number.

from skx.active import MACE, DawidSkene, MajorityVote, Wawa

models = {
    "majority": MajorityVote(),
    "Wawa": Wawa(),
    "one coin": DawidSkene(one_coin=True),
    "confusions": DawidSkene(smoothing=0.1),
    "MACE": MACE(n_restarts=1, max_iter=500, random_state=0),
}
counts = [1, 2, 3, 5, 7]
right = {name: [] for name in models}
for n_votes in counts:
    votes, items, who = draw_votes(n_votes)
    for name, model in models.items():
        model.fit(votes, items=items, annotators=who)
        right[name].append(np.mean(model.predict(np.arange(len(y))) == y))

fig, ax = plt.subplots(figsize=(6, 4))
for name, values in right.items():
    ax.plot(counts, values, "o-", label=name)
ax.set_xlabel("votes per image")
ax.set_ylabel("labels that are right")
ax.legend()
fig.tight_layout()

# %%
# The one who takes O for Q
# -------------------------
# What the model has learned of a person who is blind for round letters, beside the
# truth.

votes, items, who = draw_votes(5)
crowd = DawidSkene(smoothing=0.1).fit(votes, items=items, annotators=who)
place = list(crowd.annotators_).index(24)
fig, axes = plt.subplots(1, 2, figsize=(8, 4), layout="constrained")
for ax, table, title in (
    (axes[0], crowd.confusion_[place], "learned"),
    (axes[1], people[24], "true"),
):
    image = ax.imshow(table, vmin=0, vmax=1, cmap="Blues")
    ax.set_xticks(range(C), letters, fontsize=6)
    ax.set_yticks(range(C), letters, fontsize=6)
    ax.set_title(title)
    ax.set_xlabel("vote")
axes[0].set_ylabel("letter")
fig.colorbar(image, ax=axes)

# %%
# A classifier from doubtful labels
# ---------------------------------
# :class:`~skx.active.SoftLabelClassifier` trains any classifier on the distributions,
# so that an image nobody is sure of counts for several letters. Two votes per image,
# tested on images that nobody has labelled.

from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, log_loss

from skx.active import SoftLabelClassifier

X_test, y_test = load_letter(return_X_y=True)
X_test, y_test = X_test.to_numpy(float)[6000:10000], np.asarray(y_test)[6000:10000]
votes, items, who = draw_votes(2)
forest = RandomForestClassifier(100, min_samples_leaf=2, n_jobs=2, random_state=0)
results = {}
for name in ("majority", "one coin"):
    model = models[name].fit(votes, items=items, annotators=who)
    shares = model.predict_proba(np.arange(len(y)))
    hard = forest.fit(X, model.classes_[shares.argmax(axis=1)]).predict_proba(X_test)
    soft = SoftLabelClassifier(forest, classes=model.classes_).fit(X, shares)
    for kind, proba in (("hard", hard), ("soft", soft.predict_proba(X_test))):
        results[name, kind] = (
            accuracy_score(y_test, letters[proba.argmax(axis=1)]),
            log_loss(y_test, proba),
        )
for (name, kind), (accuracy, loss) in results.items():
    print(f"{name:10} {kind} labels: accuracy {accuracy:.3f}, log loss {loss:.3f}")

# %%
three = counts.index(3)
best = max(right, key=lambda name: right[name][three])
enough = counts[np.argmax(np.array(right["majority"]) >= right[best][three])]
print(
    f"With three votes {best!r} is right for {right[best][three]:.3f} of the images "
    f"and majority for {right['majority'][three]:.3f}, which needs {enough} votes "
    "for the same."
)
