"""The part of the operators that declares assets and answers OpenLineage. It fails no task."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from longshore.lineage.assets import Table, alias_name, event_extras, uris
from longshore.lineage.datasets import reported

if TYPE_CHECKING:
    from airflow.providers.openlineage.extractors import OperatorLineage
    from airflow.sdk import Context


class LineageMixin:
    """The lineage of an operator; a subclass says which tables its arguments name."""

    if TYPE_CHECKING:
        inlets: list[Any]
        outlets: list[Any]
        dag_id: str
        task_id: str
        log: Any

    _result: Any = None
    """The result that the job has reported."""

    def tables_read(self) -> Sequence[Table]:
        """Returns the tables that the arguments name as read; those in SQL are known only to the job."""
        return ()

    def tables_written(self) -> Sequence[Table]:
        """Returns the tables that the arguments name as written."""
        return ()

    def sql_text(self) -> str | None:
        """Returns the SQL that the task runs; None: there is none."""
        return None

    def declare_lineage(self) -> None:
        """Adds the tables to the inlets and outlets that the DAG gives. A constructor calls it at its end."""
        from airflow.sdk import Asset

        self.inlets = [*self.inlets, *(Asset(uri) for uri in _new(uris(self.tables_read()), self.inlets))]
        own: list[Any] = [Asset(uri) for uri in _new(uris(self.tables_written()), self.outlets)]
        if not all(table.rendered for table in self.tables_written()):
            own.append(self._alias())
        self.outlets = [*self.outlets, *own]

    def post_execute(self, context: "Context", result: Any = None) -> None:  # noqa: ARG002
        """Adds to the task's asset events what is known only now: rendered names, real names, rows."""
        try:
            self._complete_events(context)
        except Exception as error:  # noqa: BLE001  the job has done its work
            self.log.warning("The task's asset events are incomplete: %s", error)

    def get_openlineage_facets_on_start(self) -> "OperatorLineage[Any, Any]":
        """Returns the SQL; the tables' real names are known when the job has ended."""
        from longshore.lineage.events import lineage_of

        return lineage_of(reported(None), sql=self.sql_text())

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> "OperatorLineage[Any, Any]":  # noqa: ARG002
        """Returns the tables that the job has reported, by their OpenLineage names."""
        from longshore.lineage.events import lineage_of

        return lineage_of(reported(self._result), sql=self.sql_text())

    def get_openlineage_facets_on_failure(self, task_instance: Any) -> "OperatorLineage[Any, Any]":  # noqa: ARG002
        """Returns the SQL: a failed job has no result. (One of many tables may have written some; its retry tells.)"""
        return self.get_openlineage_facets_on_start()

    def _alias(self) -> Any:
        from airflow.sdk import AssetAlias

        return AssetAlias(alias_name(self.dag_id, self.task_id))

    def _complete_events(self, context: "Context") -> None:
        from airflow.sdk import Asset

        written = uris(self.tables_written())
        extras = event_extras(written, self._result)
        events = context["outlet_events"]
        # Airflow knows the outlets of an expanded task from `partial` alone, where this operator was not made yet.
        expanded = getattr(context["ti"], "map_index", -1) >= 0
        for uri in written:
            extra = extras.get(uri, {})
            declared = next((each for each in self.outlets if getattr(each, "uri", None) == uri), None)
            if isinstance(declared, Asset) and not expanded:
                event = events[declared]
                event.extra = {**extra, **event.extra}
            elif declared is None or expanded:
                alias = self._alias()
                self.outlets = [each for each in self.outlets if each not in (declared, alias)] + [alias]
                events[alias].add(Asset(uri), extra=extra)


def _new(found: Sequence[str], given: Sequence[Any]) -> list[str]:
    """Returns the URIs that the DAG has not given itself, as an asset or a reference to one."""
    known = {getattr(each, "uri", None) for each in given} | {getattr(each, "name", None) for each in given}
    return [uri for uri in found if uri not in known]
