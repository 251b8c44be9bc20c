"""The HTML of an answer; `page.html` is its template."""

from html import escape
from pathlib import Path
from string import Template

from environments.wake_page.answers import Answer

REFRESH_SECONDS = 3
"""Seconds after which the page reloads itself, if the situation will change."""
_TEMPLATE = Template((Path(__file__).parent / "page.html").read_text())


def page(answer: Answer) -> str:
    """Returns the answer as a page, which reloads itself while the situation may change. Pure."""
    rows = [("Phase", answer.phase or "", "")] if answer.phase else []
    rows += [(each["type"], each["status"], f"{each['reason']} {each['message']}") for each in answer.conditions]
    cells = "\n".join(f"<tr><th>{'<td>'.join(escape(cell) for cell in row)}" for row in rows)
    return _TEMPLATE.substitute(
        refresh=f'\n<meta http-equiv="refresh" content="{REFRESH_SECONDS}">' if answer.status == 503 else "",
        title=escape(answer.title),
        text=escape(answer.text),
        table=f"<table>\n{cells}\n</table>" if rows else "",
    )
