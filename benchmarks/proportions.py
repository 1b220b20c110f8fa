# SPDX-License-Identifier: BSD-3-Clause
"""Inference and fits from bags, within seconds that are wanted, and against peers.

llp-learn cannot be installed beside skx, as it asks for numpy 1.24 and scikit-learn
1.2. What it took, once, in an environment of its own is in
``results/proportions-stored.md``. PGMax wants jax below 0.5, see the README of this
folder. The other peers solve a neighbouring task: the same model with the share of its
bag as the label of every row, which is what one does without a library.

A sweep of propagation over a million rows is to take a quarter of a second whatever the
size of bags; its cases make twenty in one call, which also reads the graph.
"""

from functools import partial
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from benchmarks._case import Case, Peer
from benchmarks._device import device_case


class Rows(NamedTuple):
    """Rows to learn from, sorted by bag, and rows to be judged by."""

    X: np.ndarray
    bags: np.ndarray
    shares: np.ndarray
    test: np.ndarray
    labels: np.ndarray
    categorical: list[int]


def _bags(n: int, k: int) -> np.ndarray:
    """Return sorted bags of k rows; the last takes what is left over."""
    return np.minimum(np.arange(n) // k, n // k - 1)


def census(k: int, coded: bool = True) -> Rows:
    """Read adult and cut nine tenths of its rows, in random order, into bags."""
    from sklearn.compose import make_column_transformer
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    from skx.datasets import load_adult

    bunch = load_adult(as_frame=False)
    names = list(bunch.feature_names)
    nominal = [names.index(name) for name in bunch.categorical_features]
    numeric = [j for j in range(len(names)) if j not in nominal]
    X = bunch.data
    if coded:
        X = make_column_transformer(
            (StandardScaler(), numeric),
            (OneHotEncoder(sparse_output=False), nominal),
        ).fit_transform(X)
    order = np.random.default_rng(0).permutation(len(X))
    test, train = order[: len(X) // 10], order[len(X) // 10 :]
    y = (bunch.target == ">50K").astype(np.float64)
    return _with_shares(X, y, train, test, k, nominal)


def normal(n: int, d: int, k: int) -> Rows:
    """Draw normal columns and labels of a logistic model, in random bags."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n + 10_000, d))
    chance = 1.0 / (1.0 + np.exp(1.0 - X @ rng.normal(size=d) * 2.0 / np.sqrt(d)))
    y = (rng.random(len(X)) < chance).astype(np.float64)
    return _with_shares(X, y, np.arange(n), np.arange(n, len(X)), k, [])


def _with_shares(
    X: np.ndarray, y: np.ndarray, train: Any, test: Any, k: int, categorical: list[int]
) -> Rows:
    bags = _bags(len(train), k)
    means = np.bincount(bags, y[train]) / np.bincount(bags)
    return Rows(X[train], bags, means[bags], X[test], y[test], categorical)


class Predicted(NamedTuple):
    """Scores of the rows to be judged by."""

    scores: np.ndarray
    labels: np.ndarray


def _fit_linear(loss: str, rows: Rows) -> Predicted:
    from skx.proportions import ProportionLogisticRegression

    model = ProportionLogisticRegression(loss=loss)
    model.fit(rows.X, rows.shares, bags=rows.bags)
    return Predicted(model.decision_function(rows.test), rows.labels)


def _fit_shares(rows: Rows) -> Predicted:
    """Fit scikit-learn to every row twice, weighted by the share of its bag."""
    from sklearn.linear_model import LogisticRegression

    # The penalty is that of skx, 0.001 / 2 on the mean loss.
    model = LogisticRegression(C=1000 / len(rows.X), max_iter=300)
    X, labels = np.concatenate([rows.X, rows.X]), np.repeat([1, 0], len(rows.X))
    model.fit(X, labels, np.concatenate([rows.shares, 1.0 - rows.shares]))
    return Predicted(model.decision_function(rows.test), rows.labels)


def _fit_boosting(settings: dict[str, Any], rows: Rows) -> Predicted:
    from skx.proportions import ProportionBoostingClassifier

    model = ProportionBoostingClassifier(
        categorical_features=rows.categorical, random_state=0, **settings
    )
    model.fit(rows.X, rows.shares, bags=rows.bags)
    return Predicted(model.predict_proba(rows.test)[:, 1], rows.labels)


TREES: dict[str, Any] = {
    "init": "constant",
    "early_stopping": False,
    "n_estimators": 100,
    "n_jobs": 1,  # threads of LightGBM wait busily, which no other process may disturb
}


def _fit_lightgbm(rows: Rows) -> Predicted:
    """Fit as many trees of as many leaves to the share of every row."""
    import lightgbm

    data = lightgbm.Dataset(
        rows.X, rows.shares, categorical_feature=rows.categorical, free_raw_data=False
    )
    params = {
        "objective": "cross_entropy",
        "num_leaves": 31,
        "min_data_in_leaf": 100,
        "num_threads": TREES["n_jobs"],
        "verbose": -1,
    }
    model = lightgbm.train(params, data, TREES["n_estimators"])
    return Predicted(np.asarray(model.predict(rows.test)), rows.labels)


def check_ranking(ours: Predicted, theirs: Predicted) -> None:
    """Require that bags rank the test rows as well as shares of rows do."""
    from sklearn.metrics import roc_auc_score

    a = roc_auc_score(ours.labels, ours.scores)
    b = roc_auc_score(theirs.labels, theirs.scores)
    assert a >= b - 0.002, f"area under the ROC curve {a}, the peer's is {b}"


class Logits(NamedTuple):
    """Log-odds of rows, sorted by bag, and counts of bags."""

    logits: np.ndarray
    bags: np.ndarray
    counts: np.ndarray


def logits(n: int, k: int) -> Logits:
    """Draw log-odds, and counts of labels that have them."""
    rng = np.random.default_rng(0)
    scores = rng.normal(scale=2.0, size=n) - 1.0
    bags = _bags(n, k)
    ones = rng.random(n) < 1.0 / (1.0 + np.exp(-scores))
    return Logits(scores, bags, np.bincount(bags, ones))


def _count_posterior(data: Logits) -> np.ndarray:
    from skx.proportions import count_posterior

    return count_posterior(*data)


class Graph(NamedTuple):
    """Rows in bags and a graph over them."""

    affinity: Any
    bags: np.ndarray
    counts: np.ndarray
    unary: np.ndarray


def graph(n: int, k: int) -> Graph:
    """Draw five neighbours of each row, anywhere, and join both directions."""
    unary, bags, counts = logits(n, k)
    rng = np.random.default_rng(1)
    ends = np.repeat(np.arange(n), 5), rng.integers(0, n - 1, 5 * n)
    ends[1][ends[1] >= ends[0]] += 1  # no row is its own neighbour
    edges = sparse.csr_array((np.ones(5 * n), ends), shape=(n, n))
    edges = (edges + edges.T).tocsr()
    edges.sum_duplicates()
    edges.data[:] = 1.0
    return Graph(edges, bags, counts, unary)


def _sweep(n_sweeps: int, data: Graph) -> np.ndarray:
    from skx.proportions import propagate_labels

    return propagate_labels(
        data.affinity,
        data.bags,
        data.counts,
        unary=data.unary,
        max_iter=n_sweeps,
        tol=0.0,
    ).probabilities


class Pairs(NamedTuple):
    """Rows in bags, and a graph over them: edges (n_edges, 2) and their strengths."""

    affinity: Any
    edges: np.ndarray
    strength: np.ndarray
    bags: np.ndarray
    counts: np.ndarray


def neighbors(n: int, k: int) -> Pairs:
    """Join rows to their five nearest, with strengths as published."""
    from skx.proportions import neighbor_affinity

    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 4))
    y = rng.random(n) < 1.0 / (1.0 + np.exp(1.0 - 2.0 * X[:, 0]))
    bags = _bags(n, k)
    affinity = neighbor_affinity(X)
    upper = sparse.triu(affinity, k=1).tocoo()
    edges = np.column_stack([upper.row, upper.col])
    return Pairs(affinity, edges, upper.data, bags, np.bincount(bags, y))


# How much an edge counts for. Published are 10 for this and for pairs in a bag, with
# which messages never settle, and single and double precision part.
EDGE_STRENGTH = 0.3


def _bag_strength(data: Pairs) -> float:
    return 24.0 / np.bincount(data.bags).max()


def _pairwise(data: Pairs) -> np.ndarray:
    from skx.proportions import propagate_labels

    return propagate_labels(
        data.affinity,
        data.bags,
        data.counts,
        smoothness=EDGE_STRENGTH,
        bag_factor="pairwise",
        count_strength=_bag_strength(data),
        max_iter=100,
        tol=0.0,
    ).probabilities


def _pgmax(data: Pairs) -> np.ndarray:
    """Build the graph of factors, with the same potentials, and pass messages."""
    from pgmax import fgraph, fgroup, infer, vgroup

    n, bag_strength = len(data.bags), _bag_strength(data)
    # Pairs of rows in a bag and edges; both on one pair are one factor.
    sorter = np.argsort(data.bags, kind="stable")
    joined: dict[tuple[int, int], float] = {}
    for members in np.split(sorter, np.cumsum(np.bincount(data.bags))[:-1]):
        for a, i in enumerate(members.tolist()):
            for j in members[a + 1 :].tolist():
                joined[min(i, j), max(i, j)] = -2.0 * bag_strength
    for (i, j), w in zip(data.edges.tolist(), data.strength.tolist(), strict=True):
        joined[i, j] = joined.get((i, j), 0.0) + 2.0 * EDGE_STRENGTH * w
    unary = -bag_strength * (1.0 - 2.0 * data.counts[data.bags])
    for side in range(2):
        pull = EDGE_STRENGTH * data.strength
        unary -= np.bincount(data.edges[:, side], pull, n)
    potentials = np.zeros((len(joined), 2, 2))
    potentials[:, 1, 1] = list(joined.values())
    variables = vgroup.NDVarArray(num_states=2, shape=(n,))
    graph = fgraph.FactorGraph(variable_groups=[variables])
    graph.add_factors(
        fgroup.PairwiseFactorGroup(
            variables_for_factors=[[variables[i], variables[j]] for i, j in joined],
            log_potential_matrix=potentials,
        )
    )
    # As factors of their own these are damped as well, which is what was published.
    graph.add_factors(
        fgroup.EnumFactorGroup(
            variables_for_factors=[[variables[i]] for i in range(n)],
            factor_configs=np.array([[0], [1]]),
            log_potentials=np.column_stack([np.zeros(n), unary]),
        )
    )
    program = infer.build_inferer(graph.bp_state, backend="bp")
    state = program.init()
    state = program.run(state, num_iters=100, damping=0.5, temperature=1.0)
    marginals = infer.get_marginals(program.get_beliefs(state))[variables]
    return np.asarray(marginals)[:, 1]


def check_marginals(ours: np.ndarray, theirs: np.ndarray) -> None:
    """Require the same probabilities, of which theirs are in single precision."""
    far = np.abs(ours - theirs).max()
    assert far < 1e-4, f"probabilities differ by up to {far:.2g}"


def directions(n: int, d: int) -> np.ndarray:
    """Draw clustered rows."""
    rng = np.random.default_rng(0)
    centres = 3.0 * rng.normal(size=(20, d))
    return centres[rng.integers(20, size=n)] + rng.normal(size=(n, d))


def _affinity(X: np.ndarray) -> Any:
    from skx.proportions import neighbor_affinity

    return neighbor_affinity(X, kernel="constant")


def _brute_affinity(X: np.ndarray) -> Any:
    from sklearn.neighbors import kneighbors_graph

    edges = kneighbors_graph(X, 5, metric="cosine")
    return edges.maximum(edges.T)


def check_edges(ours: Any, theirs: Any) -> None:
    """Require the same graph, but for ties."""
    differ = abs(ours - theirs).sum()
    assert differ <= 1e-4 * ours.nnz, f"{differ} entries of {ours.nnz} differ"


def _linear(rows: Any, params: dict[str, Any], **more: Any) -> Case:
    return Case(
        task=more.pop("task"),
        params=params,
        make=partial(rows, **params),
        skx=partial(_fit_linear, more.pop("loss", "bag")),
        peer=Peer(
            name="scikit-learn, shares of rows",
            run=_fit_shares,
            requires=("scikit-learn",),
        ),
        check=check_ranking,
        **more,
    )


def _sweeps(n: int, k: int) -> Case:
    return Case(
        task="20 sweeps, five neighbours",
        params={"n": n, "k": k},
        make=partial(graph, n, k),
        skx=partial(_sweep, 20),
        growth_key="k",
        most_s=5e-6 * n,
        most_mib=1024 if n == 1_000_000 else None,
    )


def _counts(n: int, k: int, growth_key: str = "k") -> Case:
    return Case(
        task="count_posterior",
        params={"n": n, "k": k},
        make=partial(logits, n, k),
        skx=_count_posterior,
        growth_key=growth_key,
        most_s=0.06 if n == 1_000_000 and (k <= 128 or k >= 4096) else None,
    )


def _pairs(n: int, k: int, goal: float) -> Case:
    return Case(
        task="100 sweeps, all pairs of a bag",
        params={"n": n, "k": k},
        make=partial(neighbors, n, k),
        skx=_pairwise,
        peer=Peer(name="PGMax", run=_pgmax, requires=("pgmax",)),
        goal=goal,
        check=check_marginals,
    )


def _boosting(k: int) -> Case:
    return Case(
        task="boosting, adult",
        params={"k": k},
        make=partial(census, k, coded=False),
        skx=partial(_fit_boosting, {"n_jobs": -1}),
        growth_key="k",
        most_s=4.0,
    )


def _graph(n: int, d: int, goal: float | None = None) -> Case:
    return Case(
        task="graph of five neighbours by cosine",
        params={"n": n, "d": d},
        make=partial(directions, n, d),
        skx=_affinity,
        peer=Peer(
            name="scikit-learn, brute force",
            run=_brute_affinity,
            requires=("scikit-learn",),
        ),
        goal=goal,
        check=check_edges,
    )


def cases(scale: str) -> list[Case]:
    """S has most of the wanted seconds; M the growth; L ten million rows."""
    found = [
        *(_sweeps(1_000_000, k) for k in (64, 4096)),
        # Exact up to 256 rows, and by a saddle point for most bags of more.
        *(_counts(1_000_000, k) for k in (8, 128, 4096)),
        *(
            _linear(
                census,
                {"k": k},
                task="logistic regression, adult",
                growth_key="k",
                goal=1,
                most_s=0.3,
            )
            for k in (8, 128, 1024)
        ),
        _boosting(8),
        Case(
            task="100 trees, adult",
            params={"k": 32},
            make=partial(census, 32, coded=False),
            skx=partial(_fit_boosting, TREES),
            peer=Peer(
                name="lightgbm, shares of rows",
                run=_fit_lightgbm,
                requires=("lightgbm",),
            ),
            goal=0.5,
            check=check_ranking,
        ),
        _graph(10_000, 16),
        _pairs(4000, 8, goal=12),
    ]
    if scale != "S":
        found += [
            _linear(
                census,
                {"k": 8},
                task="logistic regression, adult, counts",
                loss="count",
            ),
            *(
                _linear(normal, {"n": n, "d": 20, "k": 32}, task="logistic regression")
                for n in (10_000, 100_000, 1_000_000)
            ),
            *(
                _linear(
                    normal,
                    {"n": 50_000, "d": d, "k": 32},
                    task="logistic regression, columns",
                    growth_key="d",
                )
                for d in (10, 100, 400)
            ),
            *(_counts(1_000_000, k) for k in (32, 512, 2048)),
            *(_sweeps(1_000_000, k) for k in (8, 512)),
            _boosting(128),
            _graph(27_000, 16, goal=10),
        ]
    if scale == "L":
        found += [
            _counts(10_000_000, 128),
            _sweeps(5_000_000, 64),
        ]
    return found


def _rows_of_fit(n: int, d: int, k: int) -> tuple[Any, ...]:
    rows = normal(n, d, k)
    return rows.X, rows.shares, rows.bags


def _estimates(loss: str, X: Any, shares: Any, bags: Any) -> np.ndarray:
    from skx.proportions import ProportionLogisticRegression

    model = ProportionLogisticRegression(loss=loss).fit(X, shares, bags=bags)
    return np.append(model.coef_, model.intercept_)


def _ridge(X: Any, shares: Any, bags: Any) -> np.ndarray:
    from skx.proportions import AggregateRidge

    return AggregateRidge().fit(X, shares, bags=bags).coef_


def _posterior(scores: Any, bags: Any, counts: Any) -> Any:
    return _count_posterior(Logits(scores, bags, counts))


def _marginals(affinity: Any, bags: Any, counts: Any, unary: Any) -> Any:
    return _sweep(20, Graph(affinity, bags, counts, unary))


def _one_table(n: int, d: int) -> tuple[Any, ...]:
    return (directions(n, d),)


def _edges(X: Any) -> tuple[np.ndarray, np.ndarray]:
    affinity = _affinity(X)
    return affinity.indptr, affinity.indices


def _check_near(there: np.ndarray, here: np.ndarray) -> None:
    far = np.abs(there - here).max()
    assert far < 1e-4 * np.abs(here).max(), f"results differ by up to {far:.2g}"


def _check_same_edges(there: Any, here: Any) -> None:
    differ = (there[0] != here[0]).mean()
    assert differ <= 1e-3, f"{differ:.2%} of rows have other numbers of edges"


def device_cases(scale: str) -> list[Case]:
    """Fits, sweeps and graphs: S has 100 000 rows, M a million, L five million."""
    n = {"S": 100_000, "M": 1_000_000, "L": 5_000_000}[scale]
    n_near = {"S": 27_000, "M": 100_000, "L": 500_000}[scale]
    found = [
        device_case(
            f"logistic regression, {loss}",
            _rows_of_fit,
            partial(_estimates, loss),
            _check_near,
            n=n,
            d=d,
            k=k,
        )
        for loss, d, k in (("bag", 20, 32), ("bag", 100, 32), ("count", 20, 32))
    ]
    found += [device_case("ridge", _rows_of_fit, _ridge, _check_near, n=n, d=100, k=32)]
    found += [
        device_case("count_posterior", logits, _posterior, _check_near, n=n, k=k)
        for k in (8, 128, 4096)
    ]
    found += [
        device_case("20 sweeps", graph, _marginals, _check_near, n=n, k=k)
        for k in (8, 64, 4096)
    ]
    found += [
        device_case(
            "graph by cosine", _one_table, _edges, _check_same_edges, n=n_near, d=d
        )
        for d in (16, 100)
    ]
    return found
