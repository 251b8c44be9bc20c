import logging
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG, Asset, AssetAlias
from airflow.sdk.execution_time.context import OutletEventAccessors
from longshore.operators import (
    JdbcToSparkContainerOperator,
    SparkContainerOperator,
    SparkToJdbcContainerOperator,
    SparkToSparkContainerOperator,
)

FLIGHTS = "x-longshore://lake/raw/flights"
RESULT = {
    "sink": {"rows": 3},
    "datasets": {"inputs": [], "outputs": [{"namespace": "s3://lake", "name": "raw/flights"}]},
}


def _load(**arguments: Any) -> JdbcToSparkContainerOperator:
    given = {"task_id": "load", "connection_id": "db", "table": "public.flights", "target": "lake.raw.flights"}
    return JdbcToSparkContainerOperator(**(given | arguments))


def _uris(assets: list[Any]) -> list[str]:
    return [asset.uri for asset in assets]


def _finished(operator: Any, *, map_index: int = -1, result: Any = RESULT) -> OutletEventAccessors:
    events = OutletEventAccessors()
    operator._result = result
    operator.post_execute({"outlet_events": events, "ti": SimpleNamespace(map_index=map_index)})
    return events


def _alias_events(events: OutletEventAccessors) -> list[tuple[str, str, Any]]:
    found = [event for accessor in events._dict.values() for event in accessor.asset_alias_events]
    return [(event.source_alias_name, event.dest_asset_key.uri, event.extra) for event in found]


def test_transfers_have_their_tables_as_assets() -> None:
    load = _load()
    assert (_uris(load.inlets), _uris(load.outlets)) == (["x-longshore://database/db/public/flights"], [FLIGHTS])
    build = SparkToSparkContainerOperator(task_id="b", table="lake.raw.flights", target="lake.mart.flights")
    assert (_uris(build.inlets), _uris(build.outlets)) == ([FLIGHTS], ["x-longshore://lake/mart/flights"])
    serve = SparkToJdbcContainerOperator(task_id="s", sql="SELECT 1", connection_id="db", target="serving.flights")
    assert (_uris(serve.inlets), _uris(serve.outlets)) == ([], ["x-longshore://database/db/serving/flights"])


def test_what_the_dag_gives_stays_and_is_not_repeated() -> None:
    given = [Asset("flights", FLIGHTS), Asset("s3://other/thing")]
    load = _load(outlets=given, inlets=[Asset.ref(uri="x-longshore://database/db/public/flights")])
    assert load.outlets == given
    assert len(load.inlets) == 1


def test_a_wrong_name_is_refused_by_the_task_and_not_by_the_import_of_the_dag() -> None:
    assert _load(target="nonsense").outlets == []


def test_any_other_job_declares_nothing() -> None:
    operator = SparkContainerOperator(task_id="t", job_template_id="x")
    assert (operator.inlets, operator.outlets) == ([], [])


def test_an_event_of_a_table_says_its_real_name_and_its_rows() -> None:
    load = _load()
    assert _finished(load)[load.outlets[0]].extra == {"namespace": "s3://lake", "name": "raw/flights", "rows": 3}


def test_a_templated_target_has_an_alias_and_its_event_the_rendered_table() -> None:
    with DAG("flights", schedule=None):
        load = _load(target="lake.raw.{{ name }}")
    assert load.outlets == [AssetAlias("longshore:flights.load")]
    load.render_template_fields({"name": "flights"})  # type: ignore[typeddict-unknown-key]
    ((alias, uri, extra),) = _alias_events(_finished(load))
    assert (alias, uri, extra["rows"]) == ("longshore:flights.load", FLIGHTS, 3)


def test_an_expanded_task_has_its_events_by_an_alias() -> None:
    load = _load()
    events = _finished(load, map_index=2)
    assert [uri for _, uri, _ in _alias_events(events)] == [FLIGHTS]
    assert [type(outlet) for outlet in load.outlets] == [AssetAlias]


MANY = {"table": None, "target": "lake.raw.{table}"}


def _many_result(*names: str) -> dict[str, Any]:
    def one(name: str) -> dict[str, Any]:
        datasets = {"inputs": [], "outputs": [{"namespace": "s3://lake", "name": f"raw/{name}"}]}
        return {"sink": {"name": f"lake.raw.{name}", "rows": len(name)}, "datasets": datasets}

    return {"tables": {name: one(name) for name in names}, "sink": {"rows": 9}}


def test_each_of_many_tables_is_an_asset() -> None:
    load = _load(**MANY, tables=["public.a", 'public."My b"'])
    assert _uris(load.inlets) == ["x-longshore://database/db/public/a", "x-longshore://database/db/public/My%20b"]
    assert _uris(load.outlets) == ["x-longshore://lake/raw/a", "x-longshore://lake/raw/My%20b"]
    events = _finished(load, result=_many_result("a"))
    assert events[load.outlets[0]].extra == {"namespace": "s3://lake", "name": "raw/a", "rows": 1}
    assert events[load.outlets[1]].extra == {}


@pytest.mark.parametrize("tables", ["public.fl*", "{{ tables }}", ["{{ table }}"]])
def test_tables_that_only_the_job_knows_have_an_alias_and_an_event_each(tables: Any) -> None:
    with DAG("flights", schedule=None):
        load = _load(**MANY, tables=tables)
    assert (load.inlets, load.outlets) == ([], [AssetAlias("longshore:flights.load")])
    load.tables = ["flight", "flights"] if tables == ["{{ table }}"] else "public.fl*"
    events = _alias_events(_finished(load, result=_many_result("flight", "flights")))
    assert [(uri, extra["rows"]) for _, uri, extra in events] == [("x-longshore://lake/raw/flight", 6), (FLIGHTS, 7)]


def test_lineage_fails_no_task(caplog: pytest.LogCaptureFixture) -> None:
    load = _load()
    with caplog.at_level(logging.WARNING):
        load.post_execute({})
    assert _finished(_load(), result="not a mapping")[Asset(FLIGHTS)].extra == {}


def test_openlineage_gets_the_sql_at_the_start_and_the_tables_at_the_end() -> None:
    load = _load(table=None, query="SELECT 1")
    assert load.get_openlineage_facets_on_start().job_facets["sql"].query == "SELECT 1"
    load._result = RESULT
    (output,) = load.get_openlineage_facets_on_complete(None).outputs
    assert (output.namespace, output.name) == ("s3://lake", "raw/flights")
    assert load.get_openlineage_facets_on_failure(None).outputs == []


def test_what_a_job_of_ones_own_reports_is_in_its_events() -> None:
    operator = SparkContainerOperator(task_id="t", job_template_id="x")
    operator._result = RESULT
    assert [each.name for each in operator.get_openlineage_facets_on_complete(None).outputs] == ["raw/flights"]
