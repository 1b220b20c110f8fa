# SPDX-License-Identifier: BSD-3-Clause
"""Results as JSON (every figure) and as a Markdown table."""

import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks._case import Case, installed_version
from benchmarks._results import RESULTS
from skx._backend.cuda import device_status

INSTALL_PEERS = 'pip install "skx[bench]"'
_LIBRARIES = ("skx", "numpy", "scipy", "scikit-learn", "numba")
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
_HEADER = (
    "case",
    "skx",
    "peer",
    "peer / skx (quartiles)",
    "CPU ratio",
    "goal",
    "result",
    "extra MiB, skx : peer",
    "first call, s, skx : peer",
    "growth, skx : peer",
)


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    models = [line.split(":", 1)[1] for line in lines if line.startswith("model name")]
    return (models[0] if models else platform.processor() or "unknown").strip()


def _cpu_count() -> int | None:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def environment(cases: list[Case], device: str = "cpu") -> dict[str, Any]:
    """Machine, versions and date."""
    peers = {name for case in cases if case.peer for name in case.peer.requires}
    libraries = (*_LIBRARIES, *sorted(peers.difference(_LIBRARIES)))
    found = {} if device == "cpu" else {"device": device_status()}
    return found | {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "system": f"{platform.system()} {platform.machine()}",
        "cpu": _cpu_model(),
        "cores": _cpu_count(),
        "threads": {key: os.environ[key] for key in _THREADS if key in os.environ},
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
        "versions": {name: installed_version(name) for name in libraries},
    }


def seconds(value: float) -> str:
    return f"{value:.3g} s" if value >= 1 else f"{value * 1e3:.3g} ms"


def both(row: dict[str, Any], key: str, form: str) -> str:
    values = [row["sides"].get(side, {}).get(key) for side in ("skx", "peer")]
    if values == [None, None]:
        return ""
    return " : ".join("-" if v is None else format(v, form) for v in values)


def goals(row: dict[str, Any]) -> str:
    found = []
    if row["goal"] is not None:
        found.append(f"{row['goal']:g}")
    if row.get("most_s") is not None:
        found.append(f"<= {seconds(row['most_s'])}")
    if row.get("most_mib") is not None:
        found.append(f"<= {row['most_mib']:g} MiB")
    return ", ".join(found)


def _cells(row: dict[str, Any]) -> list[str]:
    if row["error"] is not None:
        text = " ".join(row["error"].split()).replace("|", r"\|")
        return [row["case"], f"error: {text}"]
    sides = row["sides"]
    if row["peer_missing"]:
        peer = f"{', '.join(row['peer_missing'])} not installed (`{INSTALL_PEERS}`)"
    else:
        peer = seconds(sides["peer"]["median_wall_s"]) if "peer" in sides else ""
    return [
        row["case"],
        seconds(sides["skx"]["median_wall_s"]),
        peer,
        "{ratio:.2f} ({lower:.2f}-{upper:.2f})".format(**row["wall_ratio"])
        if "wall_ratio" in row
        else "",
        f"{row['cpu_ratio']:.2f}" if "cpu_ratio" in row else "",
        goals(row),
        row.get("result", ""),
        both(row, "peak_mib", ".1f"),
        both(row, "first_call_s", ".2f"),
        both(row, "growth", ".2f"),
    ]


def markdown(family: str, scale: str, env: dict[str, Any], rows: list[Any]) -> str:
    """Table of the rows under a line on where they were measured."""
    versions = ", ".join(f"{k} {v or 'absent'}" for k, v in env["versions"].items())
    lines = [_HEADER, ["---"] * len(_HEADER)]
    for row in rows:
        cells = _cells(row)
        lines.append([*cells, *[""] * (len(_HEADER) - len(cells))])
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    where = f"{env['cpu']}, {env['cores']} cores, load {env['load']} at the start"
    if "device" in env:
        where = f"{env['device']}; {where}"
    libraries = f"Python {env['python']}, {versions}"
    top = f"# {family}, scale {scale}\n\n{env['date']}: {where}; {libraries}."
    return f"{top}\n\n{table}\n"


def write(
    family: str, scale: str, env: dict[str, Any], rows: list[Any], table: str
) -> Path:
    """Write both files; return the path of the table."""
    RESULTS.mkdir(exist_ok=True)
    device = "-cuda" if "device" in env else ""
    path = RESULTS / f"{family}-{scale}{device}.md"
    path.write_text(table, encoding="utf-8")
    document = {"family": family, "scale": scale, "environment": env, "rows": rows}
    text = json.dumps(document, indent=1) + "\n"
    path.with_suffix(".json").write_text(text, encoding="utf-8")
    return path
