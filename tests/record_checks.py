# SPDX-License-Identifier: BSD-3-Clause
"""Records which checks every estimator passes, for the table of the documentation.

``python tests/record_checks.py`` runs tests/test_common.py and writes docs/checks.json;
options are pytest's. With ``-k NAME`` it replaces the entries of some classes. A class
that fails a check has no entry.
"""

import json
import platform
import re
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
RECORD = HERE.parent / "docs" / "checks.json"
BATTERIES = {
    "test_scikit_learn_check": "scikit-learn",
    "test_imbalanced_learn_check": "imbalanced-learn",
    "test_every_parameter_is_validated": "parameters",
    "test_arrays_of_a_device_give_what_those_of_the_host_give": "device",
}
# What the copies in fit and in other methods say of a device.
PLACES = {
    (False, False): "computes there",
    (False, True): "fit there",
    (True, False): "predict there",
    (True, True): "copied",
}


def versions() -> dict[str, str]:
    """Return the versions on which the list of checks depends."""
    names = ("scikit-learn", "imbalanced-learn")
    return {name: version(name) for name in names}


def class_of(label: str, names: list[str]) -> tuple[str, str]:
    """Split the name of a class in a test into that of a public class and a rest.

    The rest is what tests/test_common.py appends to a class that the checks see through
    an adapter; pytest numbers names that repeat.
    """
    name = max((n for n in names if label.startswith(n)), key=len)
    return name, label.removeprefix(name).rstrip("0123456789")


class Recorder:
    """Plugin of pytest that gathers outcomes by class and battery."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        self.found: dict[str, dict[str, Any]] = {}
        self.failed: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        match = re.search(r"::(\w+)\[(.*)\]$", report.nodeid)
        if not match or match[1] not in BATTERIES:
            return
        # What is skipped or fails in its set-up has no call.
        if report.when != "call" and report.passed:
            return
        battery, case = BATTERIES[match[1]], match[2]
        if battery == "device":
            if case.startswith("cuda") or case.endswith("cuda"):
                return
            case = case.removeprefix("strict-").removesuffix("-strict")
        label = re.match(r"\w+", case)[0]  # type: ignore[index]
        name, adapter = class_of(label, self.names)
        entry = self.found.setdefault(name, {})
        if adapter:
            entry["adapter"] = adapter
        check = case.rpartition("-")[2]
        if report.failed:
            self.failed.add(name)
            return
        outcomes = entry.setdefault(battery, {"passed": 0})
        if report.passed:
            outcomes["passed"] += 1
        else:
            expected = hasattr(report, "wasxfail")
            kind = "expected failures" if expected else "skipped"
            reason = report.wasxfail if expected else report.longrepr[2]
            of_check = outcomes.setdefault(kind, {}).setdefault(check, {"times": 0})
            of_check["times"] += 1
            of_check["reason"] = str(reason).removeprefix("Skipped: ")
        for key, value in report.user_properties:
            if key == "copies":
                entry["place"] = PLACES[tuple(value)]


def main(options: list[str]) -> int:
    """Run the checks, write what they found, and return pytest's exit code."""
    from skx.testing import all_estimators

    recorder = Recorder([name for name, _ in all_estimators()])
    arguments = [str(HERE / "test_common.py"), "-q", *options]
    code = pytest.main(arguments, plugins=[recorder])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        return int(code)
    now = {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "versions": versions(),
    }
    entries = {}
    if options and RECORD.exists():
        old = json.loads(RECORD.read_text(encoding="utf-8"))
        if old["versions"] == versions():
            entries = {n: e for n, e in old["classes"].items() if n in recorder.names}
    entries.update(recorder.found)
    now["classes"] = {
        n: e for n, e in sorted(entries.items()) if n not in recorder.failed
    }
    RECORD.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
    return int(code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
