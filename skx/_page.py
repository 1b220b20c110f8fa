# SPDX-License-Identifier: BSD-3-Clause
"""Demo reports as one HTML page that needs no other file."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

from skx._info import versions
from skx._report import Plot, Report

# The policy makes the browser itself refuse anything that the page would fetch.
_HEAD = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<link rel="icon" href="data:,">
<title>skx demo</title>
<style>
:root {
  color-scheme: light dark;
  --text: #1c2024; --quiet: #5b6570; --page: #fff; --line: #d5dae0; --skx: #e8f1fb;
  --accent: #0b5cad; --error: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e4e8ec; --quiet: #a0aab4; --page: #14181c; --line: #38414a;
    --skx: #1b2f45; --accent: #7db8f5; --error: #ff8a80;
  }
}
body {
  max-width: 52rem; margin: 0 auto; padding: 1.5rem 1rem 3rem;
  font: 1rem/1.55 system-ui, sans-serif; color: var(--text); background: var(--page);
}
h1, h2 { line-height: 1.2; }
h2 { margin-top: 3rem; }
a { color: var(--accent); }
.quiet, figcaption, footer { color: var(--quiet); }
.error { color: var(--error); font-weight: 600; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: .35rem .75rem; text-align: left; vertical-align: top; }
thead, tbody { border-bottom: 1px solid var(--line); }
tbody th { font-weight: 400; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
td { white-space: nowrap; }
.skx > :not([scope="rowgroup"]) { background: var(--skx); font-weight: 600; }
figure { margin: 2rem 0; }
img { max-width: 100%; height: auto; background: #fff; border-radius: .25rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; }
dd { margin: 0; overflow-wrap: anywhere; }
</style>
</head>
"""


def page(reports: Sequence[Report], *, quick: bool) -> str:
    """Lay ``reports`` out one below the other, with the versions they were made by."""
    now = datetime.now(UTC)
    sections = "\n".join(_section(report) for report in reports)
    packages = "\n".join(
        f"<dt>{escape(name)}</dt><dd>{escape(version)}</dd>"
        for name, version in versions().items()
    )
    return f"""{_HEAD}<body>
<header>
<h1>skx demo</h1>
<p>Each family of skx against what a scikit-learn user would do today, on real data.</p>
<p class="quiet">{"Quick" if quick else "Full"} run of
<time datetime="{now:%Y-%m-%dT%H:%MZ}">{now:%Y-%m-%d %H:%M} UTC</time>.</p>
{_contents(reports)}</header>
<main>
{sections}
</main>
<footer>
<h2>Versions</h2>
<dl>
{packages}
</dl>
</footer>
</body>
</html>
"""


def _contents(reports: Sequence[Report]) -> str:
    if len(reports) == 1:
        return ""
    links = "\n".join(
        f'<li><a href="#{escape(report.family)}">{escape(report.title)}</a></li>'
        for report in reports
    )
    return f'<nav aria-label="Families">\n<ul>\n{links}\n</ul>\n</nav>\n'


def _section(report: Report) -> str:
    family = escape(report.family)
    parts = [
        f'<section id="{family}" aria-labelledby="{family}-title">',
        f'<h2 id="{family}-title">{escape(report.title)}</h2>',
    ]
    if report.failure:
        text = f"This demo stopped early: {report.failure}"
        parts.append(f'<p class="error">{escape(text)}</p>')
    if report.rows_by_task:
        parts.append(_table(report))
    parts += [f"<p>{escape(note)}</p>" for note in report.notes]
    parts += [_figure(plot) for plot in report.plots]
    return "\n".join([*parts, "</section>"])


def _table(report: Report) -> str:
    score_names = report.score_names
    head = "".join(
        f'<th scope="col" class="number">{escape(name)}</th>'
        for name in [*score_names, "seconds"]
    )
    # A wide table scrolls in its own box, which the keyboard must be able to reach.
    parts = [
        '<div class="scroll" role="region" tabindex="0" aria-label="Comparison">',
        "<table>",
        f'<thead><tr><th scope="col">task</th><th scope="col">method</th>{head}</tr>'
        "</thead>",
    ]
    for task, rows in report.rows_by_task.items():
        parts.append("<tbody>")
        first = f'<th scope="rowgroup" rowspan="{len(rows)}">{escape(task)}</th>'
        for row in rows:
            cells = "".join(
                f'<td class="number">{escape(cell)}</td>'
                for cell in row.cells(score_names)
            )
            parts.append(
                ('<tr class="skx">' if row.is_skx else "<tr>")
                + f'{first}<th scope="row">{escape(row.label)}</th>{cells}</tr>'
            )
            first = ""
        parts.append("</tbody>")
    return "\n".join([*parts, "</table>", '<p class="quiet">* skx</p>', "</div>"])


def _figure(plot: Plot) -> str:
    data = b64encode(plot.path.read_bytes()).decode("ascii")
    caption = escape(plot.caption)
    return (
        f'<figure>\n<img src="data:image/png;base64,{data}" alt="{caption}">\n'
        f"<figcaption>{caption}</figcaption>\n</figure>"
    )
