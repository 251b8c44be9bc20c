"""The report of sizes as one HTML file: its plots are SVG within it, and it loads nothing. Pure."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from html import escape

from longshore_cli.sizing.memory_use import Use
from longshore_cli.sizing.report import Prices, Report, TaskReport

_BARS = 20
"""The number of tasks in the plot; the table has all."""
_WIDTH, _BAR, _LABEL, _NUMBER = 900, 26, 300, 150
"""Pixels of the plot, of a bar's row, of the names at its left and of the numbers at its right."""
_SPARK_WIDTH, _SPARK_HEIGHT = 140, 28
_STYLE = """
:root { color-scheme: light dark; --given: #b9c4d0; --used: #2b6cb0; --line: #d5dbe1; --dim: #5b6875; --bad: #b3261e }
@media (prefers-color-scheme: dark) {
  :root { --given: #4a5663; --used: #74a9e0; --line: #39424c; --dim: #9aa7b4; --bad: #f2b8b5 }
}
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1020px; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem; margin-bottom: 0 } h2 { font-size: 1.15rem; margin-top: 2.2rem }
p.dim, .dim { color: var(--dim) } svg { max-width: 100%; height: auto } svg text { fill: currentColor; font-size: 13px }
.tiles { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1.2rem 0 }
.tiles div { border: 1px solid var(--line); border-radius: 8px; padding: .6rem 1rem; flex: 1 }
.tiles b { display: block; font-size: 1.5rem; font-weight: 600 }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { text-align: right; padding: .3rem .5rem; border-bottom: 1px solid var(--line); white-space: nowrap }
th:first-child, td:first-child { text-align: left; white-space: normal; overflow-wrap: anywhere }
.given { fill: var(--given) } .used { fill: var(--used) } .bad { color: var(--bad) }
.spark-given { stroke: var(--dim); fill: none; stroke-dasharray: 3 2 } .spark-used { stroke: var(--used); fill: none }
.key span { display: inline-block; width: .9em; height: .9em; margin: 0 .3em 0 1em; vertical-align: -.1em }
"""


def page(report: Report, *, prices: Prices, cluster: str, now: datetime) -> str:
    """Returns the report as HTML.

    Args:
        cluster: the ID of the virtual cluster.
    """
    since = "" if report.began is None else f" since {datetime.fromtimestamp(report.began, UTC):%Y-%m-%d}"
    body = (
        f"<h1>Memory of Spark jobs: given and used</h1><p class='dim'>Virtual cluster {escape(cluster)}, "
        f"{report.total.runs} run(s) of {len(report.tasks)} task(s){since}. Made on {now:%Y-%m-%d %H:%M} UTC.</p>"
        f"{_tiles(report.total, prices)}<h2>By task</h2>{_key()}"
        f"{_bars((task.name, task.total) for task in report.tasks[:_BARS])}{_tasks(report, prices)}"
        f"<h2>By owner</h2>{_bars(report.owners.items())}{_owners(report.owners, prices)}{_notes(report, prices)}"
    )
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'><meta name='viewport' "
        f"content='width=device-width'><title>Memory of Spark jobs</title><style>{_STYLE}</style></head>"
        f"<body>{body}</body></html>\n"
    )


def _tiles(total: Use, prices: Prices) -> str:
    share = f"{total.used_memory / total.memory:.0%}" if total.memory else "unknown"
    tiles = [
        (f"{_number(total.memory)}", "GiB-hours given"),
        (f"{_number(total.used_memory)}", "GiB-hours used"),
        (share, "of the memory used"),
        (f"{_number(total.wasted_memory)}", "GiB-hours wasted"),
    ]
    if prices.known:
        tiles.append((_money(total, prices), "for what was not used"))
    return f"<div class='tiles'>{''.join(f'<div><b>{value}</b>{escape(label)}</div>' for value, label in tiles)}</div>"


def _key() -> str:
    spots = (("used", "used at most"), ("given", "given, and not used"))
    shown = "".join(f"<span style='background: var(--{name})'></span>{text}" for name, text in spots)
    return f"<p class='key dim'>GiB-hours:{shown}</p>"


def _bars(rows: Iterable[tuple[str, Use]]) -> str:
    shown = list(rows)
    most = max((use.memory for _, use in shown), default=0.0)
    if not most:
        return "<p class='dim'>No run with known peaks.</p>"
    scale = (_WIDTH - _LABEL - _NUMBER) / most
    lines = []
    for at, (name, use) in enumerate(shown):
        y = at * _BAR
        given, used = use.memory * scale, min(use.used_memory, use.memory) * scale
        text = f"{_number(use.used_memory)} of {_number(use.memory)}"
        lines.append(
            f"<text x='{_LABEL - 8}' y='{y + 17}' text-anchor='end'>{escape(_cut(name))}"
            f"<title>{escape(name)}</title></text>"
            f"<rect class='given' x='{_LABEL}' y='{y + 4}' width='{given:.1f}' height='{_BAR - 8}' rx='2'/>"
            f"<rect class='used' x='{_LABEL}' y='{y + 4}' width='{used:.1f}' height='{_BAR - 8}' rx='2'/>"
            f"<text x='{_LABEL + given + 8:.1f}' y='{y + 17}'>{text}</text>"
        )
    height = len(shown) * _BAR
    return f"<svg viewBox='0 0 {_WIDTH} {height}' width='{_WIDTH}' height='{height}' role='img'>{''.join(lines)}</svg>"


def _tasks(report: Report, prices: Prices) -> str:
    heads = ["task", "owner", "runs", "each run", "given", "used", "wasted", *_money_head(prices), "lacked memory"]
    rows = [
        [
            escape(task.name).replace("/", "/<wbr>"),
            escape(task.owner),
            str(task.total.runs),
            _spark(task),
            *_sums(task.total, prices),
            f"<span class='bad'>{task.lacked}</span>" if task.lacked else "0",
        ]
        for task in report.tasks
    ]
    return _table(heads, rows)


def _owners(owners: Mapping[str, Use], prices: Prices) -> str:
    heads = ["owner", "runs", "given", "used", "wasted", *_money_head(prices)]
    return _table(heads, [[escape(name), str(use.runs), *_sums(use, prices)] for name, use in owners.items()])


def _spark(task: TaskReport) -> str:
    """Returns a small plot of the memory of each run, given as a dashed line and used as a whole one."""
    runs = [run for run in task.runs if not run.unmeasured]
    most = max((max(run.memory, run.used_memory) for run in runs), default=0.0)
    if not most:
        return "not measured"
    step = (_SPARK_WIDTH - 4) / max(len(runs) - 1, 1)
    lines = ""
    for kind, values in (("given", [run.memory for run in runs]), ("used", [run.used_memory for run in runs])):
        values = values * 2 if len(values) == 1 else values
        points = " ".join(
            f"{2 + at * step:.1f},{_SPARK_HEIGHT - 3 - value / most * (_SPARK_HEIGHT - 6):.1f}"
            for at, value in enumerate(values)
        )
        lines += f"<polyline class='spark-{kind}' stroke-width='1.5' points='{points}'/>"
    size = f"viewBox='0 0 {_SPARK_WIDTH} {_SPARK_HEIGHT}' width='{_SPARK_WIDTH}' height='{_SPARK_HEIGHT}'"
    return f"<svg {size}>{lines}</svg>"


def _notes(report: Report, prices: Prices) -> str:
    notes = [
        "Only jobs that ask to be sized by earlier runs are known. The sizes of others are in no sum.",
        "A run's use is its largest use over its whole time: the heap with its garbage, and the memory beside it. "
        "So what is called wasted was certainly not used.",
        "The server keeps the newest 20 runs of a task.",
    ]
    if report.total.unmeasured:
        notes.append(f"{report.total.unmeasured} run(s) have no known peaks, and their memory is in no sum.")
    if prices.known:
        notes.append(
            f"Prices: {prices.gib_hour:g} {prices.currency} for a GiB and an hour, {prices.core_hour:g} "
            f"{prices.currency} for a core and an hour."
        )
    return f"<h2>Notes</h2><ul class='dim'>{''.join(f'<li>{escape(note)}</li>' for note in notes)}</ul>"


def _table(heads: list[str], rows: list[list[str]]) -> str:
    head = "".join(f"<th>{escape(each)}</th>" for each in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _sums(use: Use, prices: Prices) -> list[str]:
    sums = [_number(use.memory), _number(use.used_memory), _number(use.wasted_memory)]
    return [*sums, _money(use, prices)] if prices.known else sums


def _money_head(prices: Prices) -> list[str]:
    return ["price of waste"] if prices.known else []


def _money(use: Use, prices: Prices) -> str:
    return escape(f"{prices.of_waste(use):,.2f} {prices.currency}")


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.3f}"


def _cut(name: str) -> str:
    return name if len(name) <= 42 else f"…{name[-41:]}"
