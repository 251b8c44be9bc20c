"""The URIs of tables as Airflow's assets. Pure.

    x-longshore://lake/<namespace>/<table>
    x-longshore://database/<connection_id>/<schema>/<table>

Airflow leaves URIs that begin with `x-` as they are (AIP-60), and loads no other provider to read them. A connection is
in a URI by its id alone, so no host, user or password is part of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from longshore.grammar.table_names import lake_parts
from longshore.submission.databases import database_parts

SCHEME = "x-longshore"
_TEMPLATE_SIGNS = ("{{", "{%", "{#")


@dataclass(frozen=True)
class Table:
    """A table as an operator's arguments name it; they may still be templates."""

    name: Any
    connection_id: Any = None
    """The database's connection. None: the table is in the lake."""

    @property
    def rendered(self) -> bool:
        """False if a part is a template, or the result of another task, and known only when the task runs."""
        parts = [self.name] if self.connection_id is None else [self.name, self.connection_id]
        return all(isinstance(part, str) and not any(sign in part for sign in _TEMPLATE_SIGNS) for part in parts)

    @property
    def uri(self) -> str | None:
        """The asset's URI; None where the name is wrong, which the task itself refuses when it runs."""
        try:
            if self.connection_id is None:
                first, *parts = lake_parts(self.name)
                return _uri("lake", parts) if first == "lake" and parts else None
            return _uri("database", [self.connection_id, *database_parts(self.name)])
        except ValueError:
            return None


def uris(tables: Iterable[Table]) -> list[str]:
    """Returns the URIs of the tables that are known already, each once."""
    return list(dict.fromkeys(uri for table in tables if table.rendered and (uri := table.uri)))


def alias_name(dag_id: str, task_id: str) -> str:
    """Returns the name of the asset alias of a task whose target is known only when it runs."""
    return f"longshore:{dag_id}.{task_id}"


def _uri(kind: str, parts: Iterable[str]) -> str:
    return f"{SCHEME}://{kind}/{'/'.join(quote(part, safe='') for part in parts)}"
