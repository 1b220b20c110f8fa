# SPDX-License-Identifier: BSD-3-Clause
import sys
import tomllib
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numba
import pytest

import skx
from skx import _info, _optional
from skx._backend.cuda import device_status


def test_show_versions_prints_every_section(capsys: pytest.CaptureFixture) -> None:
    skx.show_versions()
    lines = capsys.readouterr().out.splitlines()
    sections = [line for line in lines if not line.startswith(" ")]
    assert sections == ["Versions", "Threads", "Kernels", "GPU"]
    names = {line.split("  ")[1] for line in lines if line.startswith(" ")}
    assert {"skx", "Python", "numba", "lightgbm", "cupy", "cores", "CUDA"} <= names


def test_missing_packages_are_named_with_their_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_info, "installed_version", lambda package: None)
    found = _info.versions()
    assert found["scipy"] == "not installed"
    assert found["polars"] == 'not installed (pip install "skx[dataframe]")'
    assert found["cupy"] == 'not installed (pip install "skx[cuda12]")'


def test_extras_and_dependencies_are_those_of_pyproject() -> None:
    pyproject = Path(__file__).parents[1] / "pyproject.toml"
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    for package, extra in _optional.EXTRAS.items():
        packages = project["optional-dependencies"][extra]
        assert any(text.startswith(package) for text in packages)
    required = {text.split(">=")[0] for text in project["dependencies"]}
    assert required <= set(_info.versions())


def test_installed_version_knows_import_names() -> None:
    assert _optional.installed_version("sklearn") is not None
    assert _optional.installed_version("no_such_package") is None


def test_require_returns_the_module_or_names_the_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake = ModuleType("polars")
    monkeypatch.setitem(sys.modules, "polars", fake)
    assert _optional.require("polars", "The demo") is fake
    monkeypatch.setitem(sys.modules, "polars", None)
    message = r'^The demo needs polars, .* run pip install "skx\[dataframe\]"\.$'
    with pytest.raises(ModuleNotFoundError, match=message):
        _optional.require("polars", "The demo")


def test_require_leaves_a_broken_package_its_own_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "polars.py").write_text("import nothing_like_it")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "polars", raising=False)
    with pytest.raises(ModuleNotFoundError, match="nothing_like_it"):
        _optional.require("polars", "The demo")


def test_kernel_cache_names_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numba.config, "DISABLE_JIT", 0)
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    assert _info.kernel_cache() == str(tmp_path)


def test_kernel_cache_says_why_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba.config, "DISABLE_JIT", 0)
    monkeypatch.setattr("numba.core.caching.CacheImpl._locator_classes", [])
    assert "set NUMBA_CACHE_DIR to a writable one" in _info.kernel_cache()
    monkeypatch.setattr(numba.config, "DISABLE_JIT", 1)
    assert "NUMBA_DISABLE_JIT is set" in _info.kernel_cache()


class CUDARuntimeError(RuntimeError):
    pass


def fake_cupy(monkeypatch: pytest.MonkeyPatch, devices: list[dict] | None) -> None:
    """Stand in for CuPy with these devices; None is a machine without a driver."""

    def count_devices() -> int:
        if devices is None:
            raise CUDARuntimeError("cudaErrorInsufficientDriver: too old")
        return len(devices)

    cupy = SimpleNamespace(__version__="14.2.0", cuda=SimpleNamespace())
    cupy.cuda.runtime = SimpleNamespace(
        CUDARuntimeError=CUDARuntimeError,
        getDeviceCount=count_devices,
        getDeviceProperties=lambda device: devices[device],
    )
    monkeypatch.setitem(sys.modules, "cupy", cupy)


def test_device_status_without_cupy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cupy", None)
    expected = 'none (CuPy is not installed; run pip install "skx[cuda12]")'
    assert device_status() == expected


@pytest.mark.parametrize("statement", ["import nothing_like_it", "raise ImportError"])
def test_device_status_with_broken_cupy(
    statement: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cupy.py").write_text(statement)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "cupy", raising=False)
    assert device_status().startswith("none (CuPy cannot be imported: ")


def test_device_status_without_driver_or_device(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake_cupy(monkeypatch, None)
    assert device_status() == (
        "none (CuPy 14.2.0 finds no usable CUDA device: "
        "cudaErrorInsufficientDriver: too old)"
    )
    fake_cupy(monkeypatch, [])
    assert device_status() == "none (CuPy 14.2.0 finds no CUDA device)"


def test_device_status_lists_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    device = {"name": b"NVIDIA T4", "totalGlobalMem": 15 * 2**30}
    fake_cupy(monkeypatch, [device, device])
    assert device_status() == "NVIDIA T4, 15 GiB; NVIDIA T4, 15 GiB"
