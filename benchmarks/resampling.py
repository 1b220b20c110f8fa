# SPDX-License-Identifier: BSD-3-Clause
"""Samplers on a Gaussian mixture with a rare class 1, against peers if any."""

from functools import partial
from importlib import import_module
from typing import Any

import numpy as np
from scipy import sparse

from benchmarks._case import Case, Peer
from benchmarks._device import device_case

N_CLUSTERS = 5  # of each class


def gaussian_mixture(
    n: int,
    d: int,
    *,
    spread: float = 4.0,
    share: float = 0.1,
    dtype: str = "float64",
    density: float = 1.0,
    seed: int = 0,
) -> tuple[Any, np.ndarray]:
    """``n`` rows in random order, a share of them of class 1; CSR if density < 1.

    ``spread`` is that of the cluster centres; rows have unit variance round theirs.
    """
    rng = np.random.default_rng(seed)
    y = rng.permutation((np.arange(n) < round(n * share)).astype(np.int64))
    centres = spread * rng.normal(size=(2, N_CLUSTERS, d))
    X = centres[y, rng.integers(N_CLUSTERS, size=n)] + rng.normal(size=(n, d))
    X = X.astype(dtype)
    if density < 1:
        X = sparse.csr_matrix(np.where(rng.random((n, d)) < density, X, 0))
    return X, y


def mixed_table(
    n: int,
    d: int,
    columns: int,
    levels: int,
    *,
    share: float = 0.1,
    longest: int = 0,
    seed: int = 0,
) -> tuple[Any, np.ndarray]:
    """Frame of a mixture: ``d`` numbers and ``columns`` categories of ``levels`` each.

    A share of the rows is of class 1. In six of ten rows, a category is one of three
    that its cluster prefers. The last column has ``longest`` levels, if that is not 0.
    """
    import pandas as pd

    rng = np.random.default_rng(seed)
    y = rng.permutation((np.arange(n) < n * share).astype(np.int64))
    cluster = rng.integers(N_CLUSTERS, size=n)
    centres = 4.0 * rng.normal(size=(2, N_CLUSTERS, d))
    numbers = centres[y, cluster] + rng.normal(size=(n, d))
    table = {f"x{j}": numbers[:, j] for j in range(d)}
    for j in range(columns):
        n_levels = longest if longest and j == columns - 1 else levels
        preferred = rng.integers(n_levels, size=(2, N_CLUSTERS, 3))
        codes = np.where(
            rng.random(n) < 0.6,
            preferred[y, cluster, rng.integers(3, size=n)],
            rng.integers(n_levels, size=n),
        )
        names = [f"level {v}" for v in range(n_levels)]
        table[f"c{j}"] = pd.Categorical.from_codes(codes, names)
    return pd.DataFrame(table), y


def _resample(
    library: str, sampler: str, data: tuple[Any, Any], **params: Any
) -> tuple[Any, Any]:
    make_sampler = getattr(import_module(library), sampler)
    return make_sampler(random_state=0, **params).fit_resample(*data)


def _dense(X: Any) -> np.ndarray:
    return (X.toarray() if sparse.issparse(X) else X).astype(np.float64)


def check_oversampled(
    n: int, skx: tuple[Any, np.ndarray], peer: tuple[Any, np.ndarray]
) -> None:
    """Require equal originals and labels, and new rows of about the same mean."""
    (X, y), (X_peer, y_peer) = skx, peer
    assert X.shape == X_peer.shape, f"shapes {X.shape} and {X_peer.shape} differ"
    np.testing.assert_array_equal(y, y_peer)
    check_new_rows(n, skx, peer)


def check_new_rows(
    n: int, skx: tuple[Any, np.ndarray], peer: tuple[Any, np.ndarray]
) -> None:
    """Require equal originals and about as many new rows of about the same mean."""
    (X, _), (X_peer, _) = skx, peer
    assert X.dtype == X_peer.dtype, f"dtypes {X.dtype} and {X_peer.dtype} differ"
    changed = X[:n] != X_peer[:n]
    assert changed.sum() == 0, f"{changed.sum()} entries of the given rows changed"
    new, new_peer = _dense(X[n:]), _dense(X_peer[n:])
    assert 0.98 < len(new) / len(new_peer) < 1.02, "numbers of new rows differ"
    # Two independent draws differ by over 5 standard errors once in 10^6.
    bound = 5 * new_peer.std(axis=0) * np.sqrt(2 / len(new))
    gap = abs(new.mean(axis=0) - new_peer.mean(axis=0))
    assert (gap <= bound).all(), "means of the new rows differ"


def oversampler(name: str, goal: float | None, **params: Any) -> Case:
    """Case of a class that both libraries have under one name."""
    return Case(
        task=name,
        params=params,
        make=partial(gaussian_mixture, **params),
        skx=partial(_resample, "skx.resampling", name),
        peer=Peer(
            name="imbalanced-learn",
            run=partial(_resample, "imblearn.over_sampling", name),
            requires=("imbalanced-learn",),
        ),
        goal=goal,
        # imbalanced-learn's ADASYN misses the number of rows asked for.
        check=partial(
            check_new_rows if name == "ADASYN" else check_oversampled, params["n"]
        ),
    )


def check_categories(
    n: int, voted: bool, skx: tuple[Any, np.ndarray], peer: tuple[Any, np.ndarray]
) -> None:
    """Require equal originals, types and labels, and new values of the class.

    If the votes of both libraries have the same law, require about the same shares.
    """
    (X, y), (X_peer, y_peer) = skx, peer
    assert X.dtypes.equals(X_peer.dtypes), "types of columns differ"
    assert X[:n].equals(X_peer[:n]), "given rows changed"
    np.testing.assert_array_equal(y, y_peer)
    old, new, new_peer = X[:n][y[:n] == 1], X[n:], X_peer[n:]
    for name in X:
        if name[0] == "x":
            bound = 5 * new_peer[name].std() * np.sqrt(2 / len(new))
            gap = abs(new[name].mean() - new_peer[name].mean())
            assert gap <= bound, f"means of {name} differ"
            continue
        assert set(new[name]) <= set(old[name]), f"{name} has values of no row"
        if voted:
            shares, theirs = (
                frame[name].value_counts(normalize=True) for frame in (new, new_peer)
            )
            gap = shares.sub(theirs, fill_value=0).abs().max()
            # Bases are drawn by different laws, each of about these many votes.
            assert gap <= 5 * np.sqrt(0.5 / len(old)), f"shares in {name} differ"


def with_categories(
    name: str, goal: float | None, *, peer: bool = True, **params: Any
) -> Case:
    """Case of SMOTENC, or of SMOTEN if d is 0."""
    given = {"categorical_features": "auto"} if name == "SMOTENC" else {}
    return Case(
        task=name,
        params=params,
        make=partial(mixed_table, **params),
        skx=partial(_resample, "skx.resampling", name, **given),
        peer=Peer(
            name="imbalanced-learn",
            run=partial(_resample, "imblearn.over_sampling", name, **given),
            requires=("imbalanced-learn",),
        )
        if peer
        else None,
        goal=goal,
        check=partial(check_categories, params["n"], name == "SMOTENC"),
    )


def without_peer(name: str, **params: Any) -> Case:
    """Case of a class that no other library has, or has by another law."""
    return Case(
        task=name,
        params=params,
        make=partial(gaussian_mixture, **params),
        skx=partial(_resample, "skx.resampling", name),
    )


def _run_prowsyn(data: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    import logging

    from smote_variants import ProWSyn

    logging.getLogger("smote_variants").setLevel(logging.CRITICAL)
    return ProWSyn(random_state=0).sample(*data)


def prowsyn(goal: float | None, **params: Any) -> Case:
    """Case of ProWSyn, which smote-variants has too."""
    return Case(
        task="ProWSyn",
        params=params,
        make=partial(gaussian_mixture, **params),
        skx=partial(_resample, "skx.resampling", "ProWSyn"),
        peer=Peer(
            name="smote-variants", run=_run_prowsyn, requires=("smote-variants",)
        ),
        goal=goal,
        check=partial(check_oversampled, params["n"]),
    )


def _run_star(data: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    from smote_variants import polynom_fit_SMOTE_star

    return polynom_fit_SMOTE_star(random_state=0).sample(*data)


def check_same_rows(
    n: int, skx: tuple[np.ndarray, np.ndarray], peer: tuple[np.ndarray, np.ndarray]
) -> None:
    """Require the same new rows in any order; "star" draws nothing in these cases."""
    new, new_peer = (np.sort(X[n:], axis=0) for X, _ in (skx, peer))
    np.testing.assert_allclose(new, new_peer, rtol=1e-9, atol=1e-12)


def polynomial_fit(**params: Any) -> Case:
    """Case of topology "star", of which smote-variants has the same rows."""
    return Case(
        task="PolynomialFitSMOTE",
        params=params,
        make=partial(gaussian_mixture, **params),
        skx=partial(_resample, "skx.resampling", "PolynomialFitSMOTE"),
        peer=Peer(name="smote-variants", run=_run_star, requires=("smote-variants",)),
        check=partial(check_same_rows, params["n"]),
    )


def _clean(library: str, sampler: str, data: tuple[Any, Any]) -> np.ndarray:
    cleaner = getattr(import_module(library), sampler)()
    cleaner.fit_resample(*data)
    return np.sort(cleaner.sample_indices_)


def check_cleaned(n: int, skx: np.ndarray, peer: np.ndarray) -> None:
    """Require that both keep the same rows, and not all."""
    np.testing.assert_array_equal(skx, peer)
    assert 0 < len(skx) < n, f"{len(skx)} of {n} rows are kept"


def cleaner(
    name: str, goal: float | None, *, has_peer: bool = True, **params: Any
) -> Case:
    """Case of a class that removes rows by a rule without draws."""
    peer = Peer(
        name="imbalanced-learn",
        run=partial(_clean, "imblearn.under_sampling", name),
        requires=("imbalanced-learn",),
    )
    return Case(
        task=name,
        params=params,
        make=partial(gaussian_mixture, **params),
        skx=partial(_clean, "skx.resampling", name),
        peer=peer if has_peer else None,
        goal=goal,
        check=partial(check_cleaned, params["n"]) if has_peer else None,
    )


def _run_smote_ipf(data: tuple[np.ndarray, np.ndarray]) -> tuple[Any, np.ndarray]:
    from skx.resampling import SMOTEENN, IterativePartitioningFilter

    sampler = SMOTEENN(enn=IterativePartitioningFilter(), random_state=0)
    return sampler.fit_resample(*data)


def _run_peer_ipf(data: tuple[np.ndarray, np.ndarray]) -> tuple[Any, np.ndarray]:
    import logging

    from smote_variants import SMOTE_IPF

    logging.getLogger("smote_variants").setLevel(logging.CRITICAL)
    return SMOTE_IPF(random_state=0).sample(*data)


def smote_ipf(goal: float | None, **params: Any) -> Case:
    """Case of SMOTE-IPF; smote-variants trains on all parts but one, which differs."""
    return Case(
        task="SMOTE-IPF",
        params=params,
        make=partial(gaussian_mixture, **params),
        skx=_run_smote_ipf,
        peer=Peer(
            name="smote-variants", run=_run_peer_ipf, requires=("smote-variants",)
        ),
        goal=goal,
    )


def cases(scale: str) -> list[Case]:
    """S takes minutes; M adds other input forms and n=300k; L adds n=1M."""
    found = [
        oversampler("SMOTE", 0.9, n=1_000, d=10),
        oversampler("SMOTE", 0.9, n=1_000, d=30),
        oversampler("SMOTE", None, n=10_000, d=10),
        oversampler("SMOTE", None, n=10_000, d=30),
        oversampler("SMOTE", 2.5, n=100_000, d=10),
        oversampler("SMOTE", 1.2, n=100_000, d=30),
        oversampler("SMOTE", 1.2, n=100_000, d=100),
        # Classes overlap, or there is no boundary.
        oversampler("BorderlineSMOTE", None, n=10_000, d=10, spread=1.0),
        oversampler("BorderlineSMOTE", 4, n=100_000, d=10, spread=1.0),
        oversampler("BorderlineSMOTE", None, n=10_000, d=30, spread=1.0),
        oversampler("BorderlineSMOTE", None, n=100_000, d=30, spread=1.0),
        oversampler("ADASYN", None, n=10_000, d=10, spread=1.0),
        oversampler("ADASYN", 4, n=100_000, d=10, spread=1.0),
        oversampler("ADASYN", None, n=10_000, d=30, spread=1.0),
        oversampler("ADASYN", None, n=100_000, d=30, spread=1.0),
        prowsyn(15, n=10_000, d=10, spread=1.0),
        prowsyn(None, n=10_000, d=30, spread=1.0),
        without_peer("ProWSyn", n=100_000, d=10, spread=1.0),
        without_peer("MultivariateGaussianSMOTE", n=10_000, d=50),
        # 100 000 new rows of 12 500 old ones.
        without_peer("MultivariateGaussianSMOTE", n=125_000, d=50),
        without_peer("GeometricSMOTE", n=100_000, d=10),
        polynomial_fit(n=100_000, d=30),
        cleaner("TomekLinks", None, n=10_000, d=10, spread=1.0),
        cleaner("TomekLinks", 7, n=30_000, d=30, spread=1.0),
        cleaner("EditedNearestNeighbours", None, n=10_000, d=10, spread=1.0),
        cleaner("EditedNearestNeighbours", None, n=30_000, d=30, spread=1.0),
        cleaner("RepeatedEditedNearestNeighbours", None, n=10_000, d=10, spread=1.0),
        smote_ipf(1.5, n=10_000, d=10, spread=1.0),
        with_categories("SMOTENC", 100, n=10_000, d=5, columns=5, levels=1000),
        with_categories("SMOTENC", None, n=10_000, d=5, columns=5, levels=10),
        with_categories("SMOTENC", 15, n=100_000, d=5, columns=5, levels=10),
        with_categories("SMOTEN", None, n=10_000, d=0, columns=10, levels=10),
        with_categories("SMOTEN", 30, n=50_000, d=0, columns=10, levels=10),
    ]
    if scale != "S":
        found += [
            oversampler("SMOTE", None, n=300_000, d=10),
            oversampler("SMOTE", None, n=100_000, d=30, dtype="float32"),
            oversampler("SMOTE", None, n=20_000, d=200, density=0.02),
            cleaner("TomekLinks", 25, n=100_000, d=10, spread=1.0),
            cleaner("EditedNearestNeighbours", 6, n=100_000, d=10, spread=1.0),
        ]
    if scale == "L":
        alone = partial(with_categories, goal=None, peer=False)
        large = {"share": 0.05, "longest": 100_000, "columns": 10, "levels": 10}
        found += [
            oversampler("SMOTE", None, n=1_000_000, d=10),
            alone("SMOTENC", n=200_000, d=10, **large),
            alone("SMOTENC", n=1_000_000, d=10, **large),
            alone("SMOTEN", n=100_000, d=0, columns=20, levels=10),
            alone("SMOTEN", n=500_000, d=0, columns=20, levels=10),
            cleaner(
                "EditedNearestNeighbours",
                None,
                n=300_000,
                d=10,
                spread=1.0,
                has_peer=False,
            ),
            cleaner(
                "TomekLinks",
                None,
                n=1_000_000,
                d=10,
                spread=1.0,
                share=0.05,
                has_peer=False,
            ),
        ]
    return found


def _sample(sampler: str, seed: int | None, X: Any, y: Any) -> tuple[Any, Any]:
    params = {} if seed is None else {"random_state": seed}
    made = getattr(import_module("skx.resampling"), sampler)(**params)
    return made.fit_resample(X, y)


def check_equal(there: tuple[Any, Any], here: tuple[Any, Any]) -> None:
    """Require the same rows and labels."""
    for a, b in zip(there, here, strict=True):
        np.testing.assert_array_equal(a, b)


def on_device(sampler: str, seed: int | None = None, **params: Any) -> Case:
    """Case of a class on the device and on the host."""
    call = partial(_sample, sampler, seed)
    return device_case(sampler, gaussian_mixture, call, check_equal, **params)


def device_cases(scale: str) -> list[Case]:
    """S has up to 100 000 rows; M has more of them, and of the rare class."""
    found = [
        on_device("SMOTE", 0, n=10_000, d=30),
        on_device("SMOTE", 0, n=100_000, d=30),
        on_device("SMOTE", 0, n=100_000, d=100),
        on_device("SMOTE", 0, n=100_000, d=100, dtype="float32"),
        on_device("BorderlineSMOTE", 0, n=100_000, d=30, spread=1.0),
        on_device("ADASYN", 0, n=100_000, d=30, spread=1.0),
        on_device("RandomOverSampler", 0, n=100_000, d=100),
        on_device("TomekLinks", n=100_000, d=10, spread=1.0),
        on_device("TomekLinks", n=30_000, d=30, spread=1.0),
        on_device("EditedNearestNeighbours", n=30_000, d=30, spread=1.0),
        on_device("RepeatedEditedNearestNeighbours", n=30_000, d=30, spread=1.0),
    ]
    if scale != "S":
        found += [
            on_device("SMOTE", 0, n=500_000, d=100, share=0.2),
            on_device("EditedNearestNeighbours", n=100_000, d=30, spread=1.0),
        ]
    if scale == "L":
        found.append(on_device("SMOTE", 0, n=1_000_000, d=100, share=0.2))
    return found
