# SPDX-License-Identifier: BSD-3-Clause
"""The experiments of the PRESTO paper: a rare last class, with a metric put right.

``python -m benchmarks.studies.presto_paper`` (some 20 minutes of one core; fewer
``--repetitions`` are quicker) writes ``benchmarks/results/study-presto.md``. With
``--records FILE`` each repetition is appended to that file, and a run that was stopped
goes on from there. Faletto and Bien 2023, sections 4 and 5. The data of the second
experiment may not be shipped; it runs where SKX_EXTRA_DATA names their folder.

Three estimates of the probability of the last class: a logistic regression of that
class against the others, proportional odds, and PRESTO with alpha chosen by random
folds, once by the Brier score as in the paper and once by the log loss.
"""

import argparse
import json
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import t as student
from sklearn.linear_model import LogisticRegression

from benchmarks._report import environment
from skx.model_selection import corrected_resampled_ttest
from skx.ordinal import PRESTO, OrdinalRegression, presto_path
from skx.ordinal.metrics import (
    get_scorer,
    observed_calibration_error,
    rare_class_brier,
    rare_class_log_loss,
)

RESULT = Path(__file__).parents[1] / "results" / "study-presto.md"
SEED = 0
N_FOLDS, N_BINS = 5, 10
N_ALPHAS, EPS = 20, 0.01
SCORES = ("brier", "neg_log_loss", "rare_log_loss")  # the last one for soup alone
SIMULATION_TEXT = """Each has 2500 rows of 10 uniform columns, and
four classes with linear logits of P(Y <= k). In the sparse settings the slopes of the
first boundary are 0.5 or 0, and the steps to the next boundary 0.5, -0.5 or 0, where 0
has one chance in two; in the dense ones all are uniform between -0.5 and 0.5. Slopes
are drawn anew for each sample, and again where a class would have a negative
probability. PRESTO takes 20 values of alpha, down to a hundredth of the largest, and
five random folds. The error is the mean over the rows of the squared distance between
the estimated and the true probability of the last class.

Mean errors in units of 1e-5, medians in brackets. Separable: samples in which the
logistic regression has no maximum. In the tables below are ratios of errors, the
paper's median of ratios, one-sided p-values of paired t-tests, and the number of
samples in which PRESTO is nearer."""
SOUP_TEXT = """1847 tastings by 185 respondents, six classes of sureness, the last one
(surely the known soup) with 12.3 % of the rows; 22 dummies. A tenth is left out, so
that every class is in both parts. PRESTO as above (the paper: 100 values of alpha, down
to a ten-thousandth), and with the log loss of the last class as a third score.

"Calibration" is the paper's measure: rows are sorted by their probability of the last
class, cut into ten bins, and each probability is compared with the rate in its bin; the
mean of squares. "As published" is what the paper's code computes: the rates of the
sorted rows less the probabilities of the unsorted ones. Its published medians are
0.00857 for PRESTO, 0.01482 for the logistic regression and 0.01271 for proportional
odds. "Training rate" predicts the same for all rows. The rate of some 18 rows is noisy:
if the probabilities p were true, the error would not be 0 but near the mean of
p (1 - p) / 18, about 0.005.

p-values are those of the corrected t-test of Nadeau and Bengio (2003), for the splits
share most of their training rows. They are many, and not corrected for that."""
Parts = list[tuple[NDArray[np.intp], NDArray[np.intp]]]


class Setting(NamedTuple):
    """A simulated population, and what the paper reports of it."""

    name: str
    share: float | None  # of the slopes and steps that are not 0; None: dense
    intercepts: tuple[float, ...]
    rare: float  # published share of the last class, in per cent
    to_logit: float  # published median of the ratios of squared errors
    to_odds: float


SETTINGS = (
    Setting("sparse", 0.5, (0.0, 3.0, 5.0), 1.1664, 0.748, 0.647),
    Setting("sparse", 0.5, (0.0, 3.5, 5.5), 0.7091, 0.562, 0.774),
    Setting("sparse", 0.5, (0.0, 4.0, 6.0), 0.4348, 0.345, 0.878),
    Setting("dense", None, (0.0, 3.0, 5.0), 0.994, 0.616, 0.730),
    Setting("dense", None, (0.0, 3.5, 5.5), 0.616, 0.464, 0.839),
    Setting("dense", None, (0.0, 4.0, 6.0), 0.364, 0.278, 0.910),
)


# -- Simulated rows --------------------------------------------------------------------


def slopes(
    setting: Setting, rng: np.random.Generator, n_features: int = 10
) -> NDArray[np.float64]:
    """Draw the slopes (n_boundaries, n_features), of logit P(Y <= k) = a_k + x'b_k."""
    shape = (len(setting.intercepts), n_features)
    if setting.share is None:
        return rng.uniform(-0.5, 0.5, shape).cumsum(axis=0)
    steps = np.where(rng.random(shape) < setting.share, 0.5, 0.0)
    steps[1:] *= rng.choice([-1.0, 1.0], (shape[0] - 1, n_features))
    return steps.cumsum(axis=0)


def simulate(
    setting: Setting, rng: np.random.Generator, n_rows: int = 2500
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Draw rows, classes and true probabilities.

    Slopes and rows are drawn anew until no class has a negative probability anywhere
    and every class has two rows, so that each fold can leave one in.
    """
    n_classes = len(setting.intercepts) + 1
    while True:
        b = slopes(setting, rng)
        X = rng.uniform(-1.0, 1.0, (n_rows, b.shape[1]))
        below = expit(np.array(setting.intercepts) + X @ b.T)
        truth = np.diff(below, axis=1, prepend=0.0, append=1.0)
        if truth.min() < 0.0:
            continue
        y = (rng.random((n_rows, 1)) >= below).sum(axis=1)
        if np.bincount(y, minlength=n_classes).min() > 1:
            return X, y, truth


# -- Methods ---------------------------------------------------------------------------


def random_parts(
    y: NDArray, rng: np.random.Generator, groups: NDArray | None = None
) -> Parts:
    """Draw folds, as pairs of rows left in and left out; every class is left in.

    ``groups`` are kept together.
    """
    units = np.arange(len(y)) if groups is None else groups
    _, owner = np.unique(units, return_inverse=True)
    n_classes = np.unique(y).size
    for _ in range(1000):
        fold = (rng.permutation(owner.max() + 1) % N_FOLDS)[owner]
        parts = [
            (np.flatnonzero(fold != f), np.flatnonzero(fold == f))
            for f in range(N_FOLDS)
        ]
        if all(np.unique(y[train]).size == n_classes for train, _ in parts):
            return parts
    raise ValueError(f"No folds leave each of {n_classes} classes in.")


def logistic(
    X: NDArray, rare: NDArray[np.bool_], X_new: NDArray
) -> tuple[NDArray[np.float64], bool]:
    """Probability of the class by maximum likelihood, and whether it is separable."""
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # separable classes
        model.fit(X, rare)
    separable = bool(((model.decision_function(X) > 0.0) == rare).all())
    return model.predict_proba(X_new)[:, 1], separable


def choose(
    X: NDArray, y: NDArray, parts: Parts, scores: Sequence[str]
) -> tuple[dict[str, PRESTO], dict[str, float]]:
    """Fits of PRESTO, one for each score, and their alphas as a share of the largest.

    The same as PRESTOCV with these folds, score by score; but one path for each fold
    serves all scores.
    """
    alphas, *fits, _ = presto_path(X, y, n_alphas=N_ALPHAS, eps=EPS)
    values = np.zeros((len(scores), len(alphas)))
    scorers = [get_scorer(name) for name in scores]
    for train, test in parts:
        path = presto_path(X[train], y[train], alphas=alphas)
        for i, fit in enumerate(zip(path[1], path[2], strict=True)):
            model = _fitted(y, *fit)
            values[:, i] += [scorer(model, X[test], y[test]) for scorer in scorers]
    best = values.argmax(axis=1)  # the largest alpha among equals
    models = {
        name: _fitted(y, fits[0][i], fits[1][i])
        for name, i in zip(scores, best, strict=True)
    }
    return models, dict(zip(scores, alphas[best] / alphas[0], strict=True))


def _fitted(y: NDArray, thresholds: NDArray, coef: NDArray) -> PRESTO:
    model = PRESTO()
    model.classes_, model.n_features_in_ = np.unique(y), coef.shape[1]
    model.thresholds_, model.coef_ = thresholds, coef
    return model


# -- Statistics ------------------------------------------------------------------------


def p_value(differences: NDArray) -> float:
    """One-sided p-value of a mean below 0, by Student's t, of independent samples."""
    n = len(differences)
    error = np.sqrt(differences.var(ddof=1) / n)
    return float(student.cdf(differences.mean() / error, n - 1))


def published_calibration_error(rare: NDArray, proba: NDArray) -> float:
    """Return the paper's error of calibration, as its code computes it.

    Rates are of rows sorted by probability, but probabilities are subtracted unsorted.
    """
    bins = np.array_split(np.argsort(proba, kind="stable"), N_BINS)
    rates = np.concatenate([np.full(len(rows), rare[rows].mean()) for rows in bins])
    return float(np.mean((proba - rates) ** 2))


# -- First experiment: simulated rows --------------------------------------------------


def simulated(setting: int, repetition: int) -> dict[str, Any]:
    """Squared errors of each method in one simulated sample."""
    rng = np.random.default_rng([SEED, setting, repetition])
    X, y, truth = simulate(SETTINGS[setting], rng)
    rare = truth[:, -1]
    proba = {}
    proba["logit"], separable = logistic(X, y == y.max(), X)
    proba["PO"] = OrdinalRegression().fit(X, y).predict_proba(X)[:, -1]
    models, strengths = choose(X, y, random_parts(y, rng), SCORES[:2])
    for name, model in models.items():
        proba[f"PRESTO, {name}"] = model.predict_proba(X)[:, -1]
    return {
        "share": float(rare.mean()),
        "separable": separable,
        "strengths": strengths,
        "errors": {m: float(np.mean((p - rare) ** 2)) for m, p in proba.items()},
    }


def simulation_report(found: list[list[dict[str, Any]]]) -> list[str]:
    """Tables of the first experiment, of repetitions by setting."""
    methods = list(found[0][0]["errors"])
    lines = [
        "## Simulated rows",
        "",
        f"{len(found[0])} samples a setting. {SIMULATION_TEXT}",
        "",
        f"| slopes | intercepts | rare, % (paper) | {' | '.join(methods)} "
        "| separable |",
        "|---" * (len(methods) + 4) + "|",
    ]
    errors = [
        {m: np.array([r["errors"][m] for r in records]) for m in methods}
        for records in found
    ]
    for setting, records, error in zip(SETTINGS, found, errors, strict=True):
        share = np.mean([r["share"] for r in records]) * 100
        cells = [
            f"{v.mean() * 1e5:.2f} ({np.median(v) * 1e5:.2f})" for v in error.values()
        ]
        lines.append(
            f"| {_name(setting)} | {share:.3f} ({setting.rare}) | {' | '.join(cells)} "
            f"| {sum(r['separable'] for r in records)} |"
        )
    for peer, title in (("logit", "logistic regression"), ("PO", "proportional odds")):
        lines += [
            "",
            f"PRESTO against {title}.",
            "",
            "| slopes | intercepts | score | ratio of means | mean ratio "
            "| median ratio | paper | p | wins |",
            "|---" * 9 + "|",
        ]
        for setting, error in zip(SETTINGS, errors, strict=True):
            paper = setting.to_logit if peer == "logit" else setting.to_odds
            for name in SCORES[:2]:
                ours, theirs = error[f"PRESTO, {name}"], error[peer]
                ratios = ours / theirs
                lines.append(
                    f"| {_name(setting)} | {name} | {ours.mean() / theirs.mean():.3f} "
                    f"| {ratios.mean():.3f} | {np.median(ratios):.3f} | {paper:.3f} "
                    f"| {p_value(ours - theirs):.1g} | {np.sum(ours < theirs)} |"
                )
    lines.append("")
    for name in SCORES[:2]:
        met = [_met(error, f"PRESTO, {name}") for error in errors]
        lines += [
            f"With the score {name}, the ratio of means is below 1 to proportional",
            "odds and below 0.75 to the logistic regression, both with p < 0.01, in",
            f"{sum(met)} of the {len(met)} settings.",
        ]
    return lines


def _name(setting: Setting) -> str:
    return f"{setting.name} | {', '.join(f'{a:g}' for a in setting.intercepts)}"


def _met(errors: dict[str, NDArray], method: str) -> bool:
    ours = errors[method]
    return all(
        ours.mean() < most * errors[peer].mean() and p_value(ours - errors[peer]) < 0.01
        for peer, most in (("logit", 0.75), ("PO", 1.0))
    )


# -- Second experiment: the soup data --------------------------------------------------


class Soup(NamedTuple):
    """Tastings: how sure a respondent is to taste the known soup or another one."""

    X: NDArray[np.float64]
    y: NDArray[np.int64]  # 0 to 5; the last is the rare one, SURENESS 1
    respondent: NDArray


def load_soup() -> Soup | None:
    """Read the data with the 22 dummies of the paper, None where they are not."""
    folder = os.environ.get("SKX_EXTRA_DATA")
    if not folder:
        return None
    import pandas as pd

    table = pd.read_csv(Path(folder) / "reference" / "ordinal" / "soup.csv")
    people = pd.read_csv(Path(folder) / "data" / "soup.csv.gz")
    sureness = table.pop("sureness").to_numpy()
    if not np.array_equal(sureness, people["SURENESS"]):
        raise ValueError("The two files of the soup data have different rows.")
    return Soup(table.to_numpy(np.float64), 6 - sureness, people["RESP"].to_numpy())


def split(
    y: NDArray, rng: np.random.Generator, groups: NDArray | None = None
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Leave a tenth of the rows or groups out; both parts hold every class."""
    units = np.arange(len(y)) if groups is None else groups
    names, owner = np.unique(units, return_inverse=True)
    n_classes = np.unique(y).size
    while True:
        out = np.zeros(names.size, dtype=bool)
        out[rng.choice(names.size, round(names.size / 10), replace=False)] = True
        train, test = np.flatnonzero(~out[owner]), np.flatnonzero(out[owner])
        if all(np.unique(y[rows]).size == n_classes for rows in (train, test)):
            return train, test


METRICS = {
    "calibration, sorted": partial(observed_calibration_error, n_bins=N_BINS),
    "rare Brier": rare_class_brier,
    "rare log loss": rare_class_log_loss,
    "calibration, as published": published_calibration_error,
}


def tasted(soup: Soup, repetition: int, *, by_respondent: bool) -> dict[str, Any]:
    """Scores of each method in one split of the soup data."""
    rng = np.random.default_rng([SEED, 100 + by_respondent, repetition])
    groups = soup.respondent if by_respondent else None
    train, test = split(soup.y, rng, groups)
    X, y, X_new = soup.X[train], soup.y[train], soup.X[test]
    rare = soup.y[test] == soup.y.max()
    proba = {}
    proba["logit"], separable = logistic(X, y == y.max(), X_new)
    proba["PO"] = OrdinalRegression().fit(X, y).predict_proba(X_new)[:, -1]
    parts = random_parts(y, rng, None if groups is None else groups[train])
    models, strengths = choose(X, y, parts, SCORES)
    for name, model in models.items():
        proba[f"PRESTO, {name}"] = model.predict_proba(X_new)[:, -1]
    proba["training rate"] = np.full(len(test), np.mean(y == y.max()))
    return {
        "separable": separable,
        "strengths": strengths,
        "crossing": {n: m.crossing_rate(X_new) for n, m in models.items()},
        "rows": [len(train), len(test)],
        "scores": {
            method: {name: metric(rare, p) for name, metric in METRICS.items()}
            for method, p in proba.items()
        },
    }


def soup_report(found: list[dict[str, Any]], title: str) -> list[str]:
    """Tables of the second experiment, of its splits."""
    methods = list(found[0]["scores"])
    values = {
        (method, metric): np.array([r["scores"][method][metric] for r in found])
        for method in methods
        for metric in METRICS
    }
    n_train, n_test = np.mean([r["rows"] for r in found], axis=0)
    lines = [
        "",
        f"### {title}",
        "",
        f"Means over {len(found)} splits of {n_train:.0f} and {n_test:.0f} rows, with",
        "medians in brackets.",
        "",
        f"| method | {' | '.join(METRICS)} |",
        "|---" * (len(METRICS) + 1) + "|",
    ]
    for method in methods:
        columns = [values[method, metric] for metric in METRICS]
        cells = [f"{v.mean():.4f} ({np.median(v):.4f})" for v in columns]
        lines.append(f"| {method} | {' | '.join(cells)} |")
    lines += [
        "",
        "Mean differences, below 0 where PRESTO is better; two-sided p-values; in how",
        "many splits PRESTO is better.",
        "",
        f"| PRESTO by | against | {' | '.join(METRICS)} |",
        "|---" * (len(METRICS) + 2) + "|",
    ]
    for score in SCORES:
        for peer in ("logit", "PO"):
            cells = []
            for metric in METRICS:
                ours, theirs = values[f"PRESTO, {score}", metric], values[peer, metric]
                test = corrected_resampled_ttest(
                    ours, theirs, n_train=n_train, n_test=n_test
                )
                cells.append(
                    f"{test.difference:+.5f}, p {test.p_value:.2g}, "
                    f"{np.sum(ours < theirs)}"
                )
            lines.append(f"| {score} | {peer} | {' | '.join(cells)} |")
    lines.append("")
    for score in SCORES:
        strengths = np.array([r["strengths"][score] for r in found])
        last = np.mean(strengths <= EPS * 1.001)
        crossing = np.mean([r["crossing"][score] for r in found])
        lines.append(
            f"- {score}: median alpha {np.median(strengths):.3f} of the largest; the "
            f"smallest one in {last:.0%} of the splits; boundaries cross at "
            f"{crossing:.2%} of the test rows."
        )
    separable = sum(r["separable"] for r in found)
    lines.append(f"- The logistic regression separates the classes in {separable}.")
    return lines


# -- Running ---------------------------------------------------------------------------


class Records:
    """Results of repetitions, kept in a file where there is one."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        lines = path.read_text().splitlines() if path and path.exists() else []
        self.known = {tuple(r["key"]): r["result"] for r in map(json.loads, lines)}

    def get(self, key: tuple[Any, ...], run: Callable[[], dict]) -> dict[str, Any]:
        """Return a result, computed if it is not known."""
        if key not in self.known:
            self.known[key] = run()
            if self.path:
                with self.path.open("a", encoding="utf-8") as file:
                    print(
                        json.dumps({"key": key, "result": self.known[key]}), file=file
                    )
        return self.known[key]


def main() -> None:
    """Run both experiments and write the report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--repetitions", type=int, default=100)
    parser.add_argument("--records", type=Path, help="file to go on from")
    arguments = parser.parse_args()
    # Along a path boundaries touch, and at other rows they cross.
    warnings.filterwarnings("ignore", "The boundaries (of|cross)", UserWarning)
    records = Records(arguments.records)
    found: list[list[dict[str, Any]]] = []
    for setting, described in enumerate(SETTINGS):
        found.append(
            [
                records.get(("simulated", setting, r), partial(simulated, setting, r))
                for r in range(arguments.repetitions)
            ]
        )
        print(*described[:3], "done", file=sys.stderr)
    lines = [
        "# The experiments of the PRESTO paper",
        "",
        (__doc__ or "").split("\n\n", 1)[1].strip(),
        "",
        *simulation_report(found),
    ]
    soup = load_soup()
    if soup is not None:
        lines += ["", "## The soup data", "", SOUP_TEXT]
        for title, by_respondent, part in (
            ("Random rows", False, 1),
            ("Other respondents", True, 2),
        ):
            run = partial(tasted, soup, by_respondent=by_respondent)
            splits = [
                records.get((title, r), partial(run, r))
                for r in range(-(-arguments.repetitions // part))
            ]
            lines += soup_report(splits, title)
            print(title, "done", file=sys.stderr)
    text = "\n".join([*lines, "", *environment_lines()])
    RESULT.write_text(text + "\n", encoding="utf-8")
    print(text)


def environment_lines() -> list[str]:
    """Describe machine and versions."""
    found = environment([])
    versions = ", ".join(f"{name} {v}" for name, v in found["versions"].items())
    return [
        f"{found['date'][:10]}, {found['cpu']}, {found['system']}, "
        f"Python {found['python']}, {versions}."
    ]


if __name__ == "__main__":
    main()
