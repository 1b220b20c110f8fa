# SPDX-License-Identifier: BSD-3-Clause
"""The rules of the code base that no linter knows."""

import ast
import hashlib
import inspect
import json
import os
import pydoc
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest
from numpydoc.validate import validate

import skx

ROOT = Path(skx.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
PACKAGES = sorted(
    p.name for p in iter_modules(skx.__path__) if p.ispkg and not p.name.startswith("_")
)
# Public packages that hold no estimators: data for demos, functions around estimators,
# and checks for tests.
WITHOUT_ESTIMATORS = ("datasets", "model_selection", "testing")
FAMILIES = [name for name in PACKAGES if name not in WITHOUT_ESTIMATORS]
# Modules whose kernels other files may call.
SHARED_KERNELS = [
    "skx._random",
    "skx.multitask._trees._kernels",
    "skx.multitask._trees._coarse._kernels",
]
DOCUMENTED = ["GL08", "PR01", "PR02", "PR03", "PR04", "PR10", "RT03", "SS03", "EX01"]


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(path: Path) -> set[str]:
    """Dotted names that a file imports, at any depth: modules and their members."""
    found = set()
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def is_in(name: str, *packages: str) -> bool:
    return any(name == p or name.startswith(f"{p}.") for p in packages)


@cache
def kernels_in(path: Path) -> set[str]:
    """Names of the functions decorated with ``kernel``."""
    return {
        node.name
        for node in ast.walk(parse(path))
        if isinstance(node, ast.FunctionDef)
        and any(ast.unparse(d).startswith("kernel") for d in node.decorator_list)
    }


def offenders(*packages: str, but: tuple[str, ...] = ()) -> dict[str, set[str]]:
    """Modules outside ``but`` that import something of ``packages``, and what."""
    found = {}
    for path in FILES:
        names = {name for name in imports(path) if is_in(name, *packages)}
        if names and not is_in(name_of(path), *but):
            found[name_of(path)] = names
    return found


def test_files_and_families_are_found() -> None:
    assert "resampling" in FAMILIES
    assert {"skx", "skx._random", "skx.resampling._smote"} <= set(map(name_of, FILES))
    assert "skx._numba.kernel" in imports(ROOT / "resampling" / "_kernels.py")
    assert "interpolate_rows" in kernels_in(ROOT / "resampling" / "_kernels.py")


@pytest.mark.parametrize("family", FAMILIES)
def test_families_are_imported_by_nobody_else(family: str) -> None:
    assert offenders(f"skx.{family}", but=(f"skx.{family}",)) == {}


def test_data_sets_are_for_demos_and_checks_for_tests() -> None:
    users = offenders("skx.datasets", but=("skx.datasets",))
    assert all(module.endswith("._commands") for module in users), users
    assert offenders("skx.testing", but=("skx.testing",)) == {}


def test_model_selection_imports_no_family_and_is_imported_by_none() -> None:
    package = "skx.model_selection"
    assert offenders(package, but=(package,)) == {}
    families = offenders(*(f"skx.{name}" for name in FAMILIES))
    assert not any(is_in(module, package) for module in families), families


def test_kernel_files_import_only_arrays_and_other_kernels() -> None:
    allowed = ["numpy", "math", "skx._numba.kernel", *SHARED_KERNELS]
    found = {
        name_of(path): {name for name in imports(path) if not is_in(name, *allowed)}
        for path in FILES
        if path.stem == "_kernels"
    }
    assert len(found) >= 2
    assert not any(found.values()), found


def test_kernels_call_kernels_of_their_own_file_or_shared_ones() -> None:
    # Numba keys its cache by the file of the outer kernel: it would go on using machine
    # code of an inner one that has changed in another file.
    everywhere = {
        f"{name_of(path)}.{kernel}" for path in FILES for kernel in kernels_in(path)
    }
    wrong = {
        name_of(path): {
            name
            for name in imports(path) & everywhere
            if not is_in(name, *SHARED_KERNELS)
        }
        for path in FILES
        if kernels_in(path)
    }
    assert not any(wrong.values()), wrong


def test_callers_of_shared_kernels_carry_a_stamp_of_their_source() -> None:
    # The stamp changes the caller's file, and with it its key in numba's cache.
    sources = {
        module: Path(import_module(module).__file__) for module in SHARED_KERNELS
    }
    shared = {
        module: {f"{module}.{kernel}" for kernel in kernels_in(source)}
        for module, source in sources.items()
    }
    assert "skx._random.random_bits" in shared["skx._random"]
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        stamps = re.findall(r"^# shared-kernels: (.*)$", text, re.MULTILINE)
        called = [m for m in SHARED_KERNELS if imports(path) & shared[m]]
        if kernels_in(path) and called:
            source = b"".join(sources[module].read_bytes() for module in called)
            expected = hashlib.sha256(source).hexdigest()[:8]
            message = f"{path}: write the line '# shared-kernels: {expected}'"
            assert stamps == [expected], message
        else:
            assert stamps == [], f"{path} calls no shared kernel: drop the stamp"


def test_numba_is_behind_its_door() -> None:
    users = offenders("numba", but=("skx._numba",))
    assert users == {"skx._info": {"numba"}}  # reports its threads and folders
    info = (ROOT / "_info.py").read_text(encoding="utf-8")
    assert not re.search(r"\b(n?jit|g?u?vectorize|stencil|cfunc)\b", info)


def test_private_names_of_scikit_learn_are_behind_their_door() -> None:
    users = offenders("sklearn")
    private = {
        module: {name for name in names if "._" in name}
        for module, names in users.items()
    }
    assert private.pop("skx._base.sklearn")
    assert not any(private.values()), private


def test_cupy_and_imbalanced_learn_are_behind_their_doors() -> None:
    assert offenders("cupy", but=("skx._backend",)) == {}
    # The demo compares with the peer.
    doors = ("skx.resampling._base", "skx.resampling._commands")
    assert offenders("imblearn", but=doors) == {}


def test_fast_mathematics_keeps_nan() -> None:
    flags = {
        (name_of(path), ast.unparse(node.value))
        for path in FILES
        for node in ast.walk(parse(path))
        if isinstance(node, ast.keyword) and node.arg == "fastmath"
    }
    assert flags
    for module, text in flags:
        # fastmath=True folds isnan to False.
        value = ast.literal_eval(text)
        assert isinstance(value, set), module
        assert value <= {"reassoc", "contract", "nsz"}, module


def test_licence_is_on_the_first_line() -> None:
    for path in [*FILES, *Path(__file__).parent.rglob("*.py")]:
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        assert first == "# SPDX-License-Identifier: BSD-3-Clause", path


def loaded_modules(statement: str) -> set[str]:
    """Names in ``sys.modules`` after a statement in a fresh process."""
    code = f"{statement}\nimport sys, json; print(json.dumps(list(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_importing_skx_loads_nothing_heavy() -> None:
    loaded = loaded_modules("import skx")
    heavy = ["numpy", "numba", "sklearn", "lightgbm", "imblearn", "cupy", "matplotlib"]
    heavy += ["pandas", "polars", *(f"skx.{name}" for name in PACKAGES)]
    assert "skx" in loaded
    assert not loaded & set(heavy)


@pytest.mark.slow
@pytest.mark.parametrize("family", [*FAMILIES, "model_selection"])
def test_importing_a_family_loads_no_other(family: str) -> None:
    loaded = loaded_modules(f"import skx.{family}")
    others = [f"skx.{name}" for name in PACKAGES if name != family]
    assert f"skx.{family}" in loaded
    assert not loaded & {"cupy", "matplotlib", "polars", *others}


@pytest.mark.slow
def test_importing_resampling_loads_neither_lightgbm_nor_more_than_its_peers() -> None:
    loaded = loaded_modules("import skx.resampling")
    peers = loaded_modules("import sklearn.neighbors, imblearn.over_sampling, numba")
    assert "lightgbm" not in loaded
    ours = {name.partition(".")[0] for name in loaded - peers}
    assert ours - sys.stdlib_module_names <= {"skx", "joblib"}


def public_objects() -> Iterator[str]:
    yield from (f"skx.{name}" for name in skx._LAZY_FUNCTIONS)
    for package in PACKAGES:
        module = import_module(f"skx.{package}")
        for name in getattr(module, "__all__", []):
            value = getattr(module, name)
            if inspect.ismodule(value):
                yield from (f"{value.__name__}.{name}" for name in value.__all__)
                continue
            yield f"skx.{package}.{name}"
            if inspect.isclass(value):
                for method, function in inspect.getmembers(value, inspect.isfunction):
                    # Methods of scikit-learn's and imbalanced-learn's mixins, and the
                    # generated set_..._request, are theirs to document.
                    if function.__module__.startswith("skx.") and method[0] != "_":
                        yield f"skx.{package}.{name}.{method}"


@pytest.mark.parametrize("name", list(public_objects()))
def test_documentation_is_complete(name: str) -> None:
    codes = set(DOCUMENTED)
    if inspect.isclass(pydoc.locate(name.rpartition(".")[0])):
        codes.discard("EX01")  # the class shows its methods
    errors = [error for error in validate(name)["errors"] if error[0] in codes]
    assert errors == []


NO_CACHE = """
import numba.core.caching as caching

caching.CacheImpl._locator_classes = []
import numba

try:
    numba.njit(lambda x: x, cache=True)
except RuntimeError as error:
    assert "no locator available" in str(error)
else:
    raise AssertionError("numba found a place for its cache")

import numpy as np
from skx.resampling import SMOTE

X = np.random.RandomState(0).normal(size=(30, 2))
X_out, y_out = SMOTE(random_state=0, k_neighbors=3).fit_resample(X, [0] * 20 + [1] * 10)
print(X_out.shape, np.bincount(y_out))
"""


@pytest.mark.slow
def test_smote_runs_where_no_cache_can_be_written() -> None:
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("NUMBA_")
    }
    done = subprocess.run(
        [sys.executable, "-c", NO_CACHE],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.stdout == "(40, 2) [20 20]\n", done.stderr
