"""The lasting changes of a range as Markdown (performance notes) and as a small page. Nothing in a repository acts in them."""

import html
from collections.abc import Mapping, Sequence

from bench_agent.render import backfill as words
from bench_agent.results.backfill import Backfill, LastingChange
from bench_agent.text.markup import code, prose

MAX_CHANGES = 60  # rows
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1c2128;background:#fff}"
    ".scroll{overflow-x:auto}li,code{overflow-wrap:anywhere}"
    "table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{padding:.3rem .6rem;border-bottom:1px solid #d0d7de;"
    "text-align:left;vertical-align:top}td.n{text-align:right;white-space:nowrap}.slower{color:#b3261e}.faster{color:#1a7f37}"
    "pre{font-size:13px;overflow-x:auto}@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}"
    "th,td{border-color:#30363d}.slower{color:#ff8a80}.faster{color:#7ee787}}"
)


def render_markdown(found: Backfill, names: Mapping[str, str], command: str) -> str:
    """Performance notes: what changed for those who upgrade, then how fast each release was, then how it was measured."""
    parts = ["## Performance notes", f"{prose(words.headline(found))}."]
    if found.changes:
        rows = [_markdown_row(change, names) for change in found.changes[:MAX_CHANGES]]
        head = "| Commit | What changed | Change | 95 % interval | Lasts | Where |\n|---|---|---:|---:|---|---|"
        parts.append("\n".join([head, *rows]))
        if len(found.changes) > MAX_CHANGES:
            parts.append(f"_and {len(found.changes) - MAX_CHANGES} more_")
    releases = words.release_rows(found, names)
    if releases:
        head = "| " + " | ".join(releases[0]) + " |\n|---|---|---:|---:|---|"
        parts.append("\n".join([head, *("| " + " | ".join(map(prose, row)) + " |" for row in releases[1:])]))
    chart = words.chart_lines(found, names)
    if chart:
        parts.append("```\n" + "\n".join(line.replace("`", "'") for line in chart) + "\n```")
    parts.append("\n".join(f"- {prose(line)}" for line in words.foot_lines(found, names)))
    parts.append(f"Each commit was measured against its parent in turns on one machine. Repeat it: {code(command)}")
    return "\n\n".join(parts) + "\n"


def _markdown_row(change: LastingChange, names: Mapping[str, str]) -> str:
    cells = [words.cells_of(each) for each in change.benchmarks]
    what = "<br>".join(code(names.get(each.benchmark, each.benchmark), limit=80) for each in change.benchmarks)
    columns = ["<br>".join(cell[column] for cell in cells) for column in (0, 1, 3)]
    where = ", ".join(code(f.name, limit=80) for f in change.functions[:2]) or ", ".join(
        code(path, limit=80) for path in change.files[:2]
    )
    commit = f"{code(change.sha[:8])} {prose(change.subject, limit=80)}"
    return "| " + " | ".join([commit, what, *columns, where]) + " |"


def render_page(found: Backfill, names: Mapping[str, str], command: str) -> str:
    """One file that loads nothing."""
    changes = [_page_row(row) for row in words.change_rows(found, names)]
    why = [html.escape(line) for change in found.changes for line in words.why_lines(change)]
    releases = words.release_rows(found, names)
    chart = "\n".join(html.escape(line) for line in words.chart_lines(found, names))
    foot = "".join(f"<li>{html.escape(line)}</li>" for line in words.foot_lines(found, names))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>Lasting changes</title><style>{_STYLE}</style></head><body><h1>Lasting changes</h1>"
        f"<p>{html.escape(words.headline(found))}.</p>"
        f"{_table('Changes', words.COLUMNS, changes)}<ul>{''.join(f'<li>{line}</li>' for line in why)}</ul>"
        f"<h2>How fast it was</h2><pre>{chart}</pre>"
        f"{_table('Releases', releases[0], [_plain_row(row) for row in releases[1:]]) if releases else ''}"
        f"<ul>{foot}</ul><p>Repeat it: <code>{html.escape(command)}</code></p></body></html>\n"
    )


def _table(label: str, columns: Sequence[str], rows: Sequence[str]) -> str:
    """Where the window is narrower, it scrolls by itself, by keys too."""
    if not rows:
        return ""
    head = "".join(f"<th>{html.escape(column)}</th>" for column in columns)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{html.escape(label)}">{table}</div>'


def _page_row(row: Sequence[str]) -> str:
    state = "faster" if row[2].startswith("-") or row[2].endswith("less") else "slower"
    cells = "".join(
        f'<td class="n {state if number == 2 else ""}">{html.escape(cell)}</td>'
        if number in (2, 3, 4)
        else f"<td>{html.escape(cell)}</td>"
        for number, cell in enumerate(row)
    )
    return f"<tr>{cells}</tr>"


def _plain_row(row: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
