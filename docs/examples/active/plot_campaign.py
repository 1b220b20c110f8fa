# SPDX-License-Identifier: BSD-3-Clause
"""
Killed in the middle: what is left of a labelling campaign?
===========================================================

Somebody reads digits for an hour, and the process is killed. How many of the answers
are still there, and does the campaign go on as if nothing had happened?
"""

# %%
# A campaign
# ----------
# Handwritten digits, of which the first 30 have labels. The questions of a sampler and
# the answers go into a file, by :class:`~skx.active.LabelCampaign`.

import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from skx.active import LabelCampaign, RandomSampler, UncertaintySampler
from skx.datasets import load_optdigits

X, truth = load_optdigits(return_X_y=True, as_frame=False)
order = np.random.default_rng(0).permutation(len(X))
pool, test = order[:2000], order[2000:]
X_pool, y_pool = X[pool], truth[pool]
model = make_pipeline(MinMaxScaler(), LogisticRegression(max_iter=500))
sampler = UncertaintySampler(model)

folder = Path(tempfile.mkdtemp())
np.savez(folder / "digits.npz", X=X_pool, y=y_pool)

with LabelCampaign(sampler, X_pool, folder / "labels.sqlite") as campaign:
    campaign.tell(np.arange(30), y_pool[:30])

# %%
# The accident
# ------------
# A process of its own answers seven batches of ten questions and four of an eighth, and
# is killed. It has no chance to close anything: ``SIGKILL`` cannot be caught.

SCRIPT = """
import os, signal
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from skx.active import LabelCampaign, UncertaintySampler

digits = np.load("digits.npz")
model = make_pipeline(MinMaxScaler(), LogisticRegression(max_iter=500))
campaign = LabelCampaign.open(
    "labels.sqlite", X=digits["X"], sampler=UncertaintySampler(model)
)
for _ in range(7):
    rows = campaign.ask(10)
    campaign.tell(rows, digits["y"][rows])
rows = campaign.ask(10)
campaign.tell(rows[:4], digits["y"][rows[:4]])
print("waiting for answers about", *rows[4:], flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
done = subprocess.run(
    [sys.executable, "-c", SCRIPT], cwd=folder, capture_output=True, text=True
)
print(done.stdout, "exit code", done.returncode)

# %%
# The next day
# ------------
# The file has every answer that was given, and asks for what is missing.

campaign = LabelCampaign.open(folder / "labels.sqlite", X=X_pool, sampler=sampler)
print(campaign)
print("asked again", *campaign.ask(6))

rows = campaign.ask(6)
campaign.tell(rows, y_pool[rows])
for _ in range(7):
    rows = campaign.ask(10)
    campaign.tell(rows, y_pool[rows])
resumed = campaign.export()
campaign.close()

# %%
# The same without an accident, and with rows at random.


def run(sampler, name):
    """Return the answers of a campaign that nothing happens to."""
    with LabelCampaign(sampler, X_pool, folder / name) as campaign:
        campaign.tell(np.arange(30), y_pool[:30])
        campaign.run(lambda rows: y_pool[rows], 150, batch_size=10)
        return campaign.export()


untouched = run(sampler, "untouched.sqlite")
at_random = run(RandomSampler(random_state=0), "random.sqlite")
print("same questions:", bool((resumed.row == untouched.row).all()))

sizes = np.arange(30, 181, 25)


def curve(answers):
    """Return shares of test rows that models of the first answers get right."""
    scores = []
    for size in sizes:
        first = answers[:size]
        model.fit(X_pool[first.row], first.label)
        scores.append(model.score(X[test], truth[test]))
    return scores


figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
axes.plot(sizes, curve(untouched), lw=6, alpha=0.3, label="uncertain, undisturbed")
axes.plot(sizes, curve(resumed), "o-", ms=4, label="uncertain, killed and resumed")
axes.plot(sizes, curve(at_random), "s--", ms=4, color="0.5", label="at random")
axes.axvline(104, color="k", lw=0.8, ls=":")
axes.annotate("killed", (104, axes.get_ylim()[0]), (107, axes.get_ylim()[0] + 0.01))
axes.set(xlabel="answers", ylabel="accuracy on other digits")
axes.legend(frameon=False)

# %%
# What has been learned: nothing was lost, and the questions that came after are those
# that would have come anyway, as they depend on the answers alone. What to do against
# crashes is nothing but to use the same path again.
