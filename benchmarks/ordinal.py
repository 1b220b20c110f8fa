# SPDX-License-Identifier: BSD-3-Clause
"""Fits, paths and searches of ordinal models, against maximum-likelihood peers."""

from functools import partial
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse, special

from benchmarks._case import Case, Peer
from benchmarks._device import device_case

# Both of total log-likelihoods: what rounding leaves of equal ones, and how much nearer
# to the maximum ours may be where a peer with the same maximum stops.
ROUNDING = 1e-6
SLACK = 0.1


class Fitted(NamedTuple):
    """P(Y <= k) = expit(thresholds[k] - x @ coef), and standard errors of coef."""

    thresholds: np.ndarray
    coef: np.ndarray
    errors: np.ndarray | None = None


def ordered_classes(
    n: int,
    p: int,
    K: int,
    *,
    correlation: float = 0.0,
    density: float = 1.0,
    dtype: str = "float64",
    seed: int = 0,
) -> tuple[Any, np.ndarray]:
    """Draw normal columns and classes of proportional odds, the last ones rarer.

    ``correlation`` is that of neighbouring columns; CSR if density < 1, and then fifty
    columns matter.
    """
    rng = np.random.default_rng(seed)
    if density < 1:
        X = sparse.random_array((n, p), density=density, rng=rng, format="csr")
        coef = np.where(np.arange(p) < 50, rng.normal(size=p), 0.0) * 3.0
    else:
        X = rng.standard_normal((n, p), dtype=dtype)
        for j in range(1, p) if correlation else ():
            X[:, j] *= np.sqrt(1.0 - correlation**2)
            X[:, j] += correlation * X[:, j - 1]
        coef = rng.normal(size=p) / np.sqrt(p)
    latent = X @ coef + rng.logistic(size=n)
    shares = np.arange(K, 0, -1) / (K * (K + 1) / 2)
    edges = np.quantile(latent, np.cumsum(shares)[:-1])
    return X, np.searchsorted(edges, latent)


def rare_class(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Draw ten uniform columns and four classes, the last with half a percent.

    Half of the slopes change between boundaries, as in the first experiment of the
    paper on PRESTO; rows at which boundaries would cross are drawn again.
    """
    rng = np.random.default_rng(seed)
    steps = 0.5 * rng.choice([-1, 1], (2, 10)) * (rng.random((2, 10)) < 0.5)
    slopes = np.cumsum(np.vstack([0.5 * (rng.random(10) < 0.5), steps]), axis=0)
    X = rng.uniform(-1.0, 1.0, (2 * n, 10))
    eta = np.array([0.0, 3.5, 5.5]) - X @ slopes.T
    kept = np.flatnonzero((np.diff(eta, axis=1) > 0.0).all(axis=1))[:n]
    y = (rng.random((len(kept), 1)) > special.expit(eta[kept])).sum(axis=1)
    return X[kept], y


def survey(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Draw answers in six grades, and 22 dummies of nine questions."""
    rng = np.random.default_rng(seed)
    levels = [2, 2, 2, 3, 3, 3, 4, 5, 7]
    answers = [rng.integers(size, size=n) for size in levels]
    X = np.column_stack(
        [
            np.arange(1, size) == answer[:, None]
            for size, answer in zip(levels, answers, strict=True)
        ]
    ).astype(np.float64)
    latent = X @ rng.normal(scale=0.5, size=X.shape[1]) + rng.logistic(size=n)
    return X, np.searchsorted(np.quantile(latent, [0.3, 0.5, 0.65, 0.8, 0.9]), latent)


def loglik(X: np.ndarray, y: np.ndarray, fitted: Fitted) -> float:
    """Return the total log-likelihood of proportional odds."""
    location = X.astype(np.float64) @ fitted.coef
    edges = np.concatenate([[-np.inf], fitted.thresholds, [np.inf]])
    upper, lower = edges[y + 1] - location, edges[y] - location
    with np.errstate(divide="ignore", invalid="ignore"):
        inner = np.log(-np.expm1(lower - upper))
    total = special.log_expit(upper) + special.log_expit(-lower) + inner
    return float(total.sum())


def check_likelihood(make: Any, slack: float | None, skx: Fitted, peer: Fitted) -> None:
    """Require a log-likelihood at least that of the peer, and at most slack more.

    Where the peer has standard errors, they must be ours.
    """
    X, y = make()
    ours, theirs = loglik(X, y, skx), loglik(X, y, peer)
    assert ours >= theirs - ROUNDING, f"log-likelihood {ours} is below {theirs}"
    if slack is not None:
        assert ours <= theirs + slack, f"log-likelihood {ours} is far above {theirs}"
    if skx.errors is not None and peer.errors is not None:
        np.testing.assert_allclose(skx.errors, peer.errors, rtol=1e-3)
        off = np.abs(skx.coef - peer.coef) / skx.errors
        assert off.max() < 0.01, f"coefficients differ by {off.max()} standard errors"


def _fit(cov_type: str | None, data: tuple[Any, np.ndarray]) -> Fitted:
    from skx.ordinal import OrdinalRegression

    model = OrdinalRegression(cov_type=cov_type).fit(*data)
    errors = None if cov_type is None else model.standard_errors_["coef"][0]
    return Fitted(model.thresholds_, model.coef_[0], errors)


def _fit_skordinal(data: tuple[Any, np.ndarray]) -> Fitted:
    from skordinal.classifiers import POM

    model = POM(tol=1e-9).fit(*data)
    return Fitted(model.thresholds_, model.coef_)


def _fit_mord(data: tuple[Any, np.ndarray]) -> Fitted:
    from mord import LogisticAT

    model = LogisticAT(alpha=0).fit(*data)
    return Fitted(model.theta_, model.coef_)


def _fit_statsmodels(data: tuple[Any, np.ndarray]) -> Fitted:
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    X, y = data
    model = OrderedModel(y, X, distr="logit")
    found = model.fit(method="bfgs", maxiter=1000, disp=False)
    p = X.shape[1]
    thresholds = model.transform_threshold_params(found.params)[1:-1]
    return Fitted(thresholds, found.params[:p], found.bse[:p])


# How to run each peer, and how far below ours its log-likelihood may stay.
PEERS = {
    "skordinal": (_fit_skordinal, SLACK),
    "mord": (_fit_mord, None),  # another objective, whose fits are less likely
    "statsmodels": (_fit_statsmodels, SLACK),
}


def proportional_odds(
    peer: str | None,
    goal: float | None = None,
    *,
    growth_key: str = "n",
    errors: bool = False,
    **params: Any,
) -> Case:
    """Case of maximum likelihood, with standard errors or not."""
    make = partial(ordered_classes, **params)
    run, slack = PEERS[peer] if peer else (None, None)
    return Case(
        task="proportional odds" + (" with errors" if errors else ""),
        params=params,
        make=make,
        skx=partial(_fit, "nonrobust" if errors else None),
        peer=Peer(name=peer, run=run, requires=(peer,)) if peer and run else None,
        goal=goal,
        growth_key=growth_key,
        check=partial(check_likelihood, make, slack) if peer else None,
    )


def _run_path(n_alphas: int, data: tuple[Any, np.ndarray]) -> Any:
    from skx.ordinal import presto_path

    found = presto_path(*data, n_alphas=n_alphas)
    violation = found[3]["kkt_violation"].max()
    assert violation < 1e-6, f"conditions of optimality are violated by {violation}"
    return found


def _run_lasso_path(data: tuple[Any, np.ndarray]) -> Any:
    """Run the path of proportional odds with a lasso, choosing by AIC."""
    from skx.ordinal import OrdinalRegressionCV

    model = OrdinalRegressionCV(
        l1_ratio=1.0, standardize=True, n_alphas=50, eps=0.1, criterion="aic"
    )
    return model.fit(*data)


def _run_search(data: tuple[Any, np.ndarray]) -> Any:
    from skx.ordinal import PRESTOCV

    return PRESTOCV().fit(*data)


def alone(task: str, run: Any, make: Any, **params: Any) -> Case:
    """Case of what no other library in Python has."""
    return Case(task=task, params=params, make=partial(make, **params), skx=run)


def cases(scale: str) -> list[Case]:
    """S has 50 000 rows; M 100 000, more peers, growth and sparse; L a million."""
    fit = proportional_odds
    path20 = partial(_run_path, 20)
    found = [
        *(fit("skordinal", 2, n=50_000, p=p, K=5) for p in (10, 50, 200)),
        *(fit("mord", 10, n=50_000, p=p, K=5) for p in (10, 50)),
        fit("statsmodels", 100, errors=True, n=10_000, p=10, K=5),
        alone("PRESTO path of 20", path20, rare_class, n=2_500),
        alone("PRESTOCV", _run_search, rare_class, n=2_500),
        alone("PRESTOCV of dummies", _run_search, survey, n=1_847),
    ]
    if scale != "S":
        found += [
            fit("skordinal", None, n=1_000, p=10, K=5),
            *(fit("skordinal", 2, n=100_000, p=p, K=5) for p in (10, 50, 200)),
            fit("skordinal", None, n=100_000, p=50, K=5, correlation=0.9),
            *(fit("mord", 10, n=100_000, p=p, K=5) for p in (10, 50)),
            *(fit("mord", 10, n=n, p=200, K=5) for n in (50_000, 100_000)),
            fit("statsmodels", 100, errors=True, n=50_000, p=10, K=5),
            *(
                fit(None, growth_key="K", n=100_000, p=50, K=K, dtype="float32")
                for K in (3, 5, 10)
            ),
            alone("PRESTO path of 20", path20, rare_class, n=25_000),
            alone("PRESTO path of 20", path20, ordered_classes, n=100_000, p=50, K=5),
            alone(
                "lasso path of 50",
                _run_lasso_path,
                ordered_classes,
                n=10_000,
                p=5_000,
                K=5,
                density=0.01,
            ),
        ]
    if scale == "L":
        found += [
            *(fit(None, n=n, p=50, K=5) for n in (10_000, 100_000, 1_000_000)),
            *(
                fit(None, growth_key="p", n=100_000, p=p, K=3)
                for p in (25, 50, 100, 200, 400)
            ),
            fit(None, n=1_000_000, p=200, K=5),
        ]
    return found


def _estimates(X: Any, y: Any) -> np.ndarray:
    from skx.ordinal import OrdinalRegression

    model = OrdinalRegression(cov_type=None).fit(X, y)
    return np.append(model.thresholds_, model.coef_[0])


def _slopes_of_path(X: Any, y: Any) -> np.ndarray:
    from skx.ordinal import presto_path

    return presto_path(X, y, n_alphas=20)[2]


def _fitted(**params: Any) -> tuple[Any, np.ndarray]:
    """Return a model fitted to some of the rows, and all of them."""
    from skx.ordinal import OrdinalRegression

    X, y = ordered_classes(**params)
    return OrdinalRegression(cov_type=None).fit(X[:10_000], y[:10_000]), X


def _predict(model: Any, X: Any) -> Any:
    return model.predict_proba(X)


def _check_near(there: np.ndarray, here: np.ndarray) -> None:
    np.testing.assert_allclose(there, here, rtol=1e-6, atol=1e-9)


def device_cases(scale: str) -> list[Case]:
    """Fits, paths and probabilities: S has 50 000 rows, M 200 000, L a million."""
    n = {"S": 50_000, "M": 200_000, "L": 1_000_000}[scale]
    fit = partial(
        device_case, "proportional odds", ordered_classes, _estimates, _check_near
    )
    path = partial(
        device_case,
        "PRESTO path of 20",
        ordered_classes,
        _slopes_of_path,
        _check_near,
    )
    predict = partial(device_case, "probabilities", _fitted, _predict, _check_near)
    return [
        *(fit(n=n, p=p, K=5) for p in (10, 50, 200)),
        fit(n=n, p=50, K=5, dtype="float32"),
        path(n=n, p=50, K=5),
        predict(n=n, p=50, K=5),
    ]
