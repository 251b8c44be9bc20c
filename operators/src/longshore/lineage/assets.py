"""The URIs of tables as Airflow's assets. Pure.

    x-longshore://lake/<namespace>/<table>
    x-longshore://database/<connection_id>/<schema>/<table>

Airflow leaves URIs that begin with `x-` as they are (AIP-60), and loads no other provider to read them. A connection is
in a URI by its id alone, so no host, user or password is part of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from longshore.grammar.many_tables import target_of
from longshore.grammar.table_names import lake_parts
from longshore.lineage.datasets import Datasets, of_each_table, reported
from longshore.submission.databases import database_parts
from longshore.submission.many_tables import names_in

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


def tables_read(tables: Any, connection_id: Any) -> list[Table]:
    """Returns the tables that the argument `tables` names. Those of a pattern are not known to Airflow."""
    return [Table(name, connection_id) for name in names_in(tables)]


def tables_written(tables: Any, target: Any, result: Any) -> list[Table]:
    """Returns the target of each table; of a pattern, they are known when the job has reported its result."""
    if names := names_in(tables):
        return [Table(_target(target, name)) for name in names]
    return [_sink(one) for one in of_each_table(result)] or [Table(None)]


def event_extras(written: Sequence[str], result: Any) -> dict[str, dict[str, Any]]:
    """Returns what the event of each written table says beside its URI: its real name, and its rows.

    Args:
        written: the URIs.
        result: the one that the job has reported.
    """
    if each := of_each_table(result):
        return {uri: _extra(reported(one)) for one in each for uri in uris([_sink(one)])}
    return {uri: _extra(reported(result)) for uri in written} if len(written) == 1 else {}


def alias_name(dag_id: str, task_id: str) -> str:
    """Returns the name of the asset alias of a task whose target is known only when it runs."""
    return f"longshore:{dag_id}.{task_id}"


def _target(template: Any, name: Any) -> str | None:
    """Returns a table's target; None where it is not known yet, and empty where it is wrong."""
    if not Table(name).rendered or not Table(template).rendered:
        return None
    try:
        return target_of(template, database_parts(name)[-1])
    except ValueError:
        return ""


def _sink(result: Mapping[str, Any]) -> Table:
    sink = result.get("sink")
    return Table(sink.get("name") if isinstance(sink, Mapping) else None)


def _extra(datasets: Datasets) -> dict[str, Any]:
    if len(datasets.outputs) != 1:
        return {}
    (output,) = datasets.outputs
    rows = {} if output.rows_written is None else {"rows": output.rows_written}
    return {"namespace": output.namespace, "name": output.name, **rows}


def _uri(kind: str, parts: Iterable[str]) -> str:
    return f"{SCHEME}://{kind}/{'/'.join(quote(part, safe='') for part in parts)}"
