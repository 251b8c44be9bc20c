import pytest
from longshore.lineage.assets import Table, alias_name, uris


@pytest.mark.parametrize(
    ("table", "uri"),
    [
        (Table("lake.raw.flights"), "x-longshore://lake/raw/flights"),
        (Table('lake.raw."my table/2"'), "x-longshore://lake/raw/my%20table%2F2"),
        (Table("lake.raw.`é`"), "x-longshore://lake/raw/%C3%A9"),
        (Table("serving.route_delays", "db"), "x-longshore://database/db/serving/route_delays"),
        (Table('Serving."MixedCase"', "db"), "x-longshore://database/db/serving/MixedCase"),
        (Table("flights", "db"), "x-longshore://database/db/flights"),
    ],
)
def test_a_table_has_one_uri_however_it_is_written(table: Table, uri: str) -> None:
    assert (table.rendered, table.uri) == (True, uri)


@pytest.mark.parametrize("name", ["lake", "raw.flights", "lake.raw.a b", ""])
def test_a_wrong_name_has_no_uri(name: str) -> None:
    assert Table(name).uri is None


@pytest.mark.parametrize("name", ["lake.raw.{{ ds_nodash }}", "lake.raw.a{% if x %}b{% endif %}", None, object()])
def test_a_template_has_no_uri_before_it_is_rendered(name: object) -> None:
    assert not Table(name).rendered
    assert not Table("flights", name or "{{ params.db }}").rendered
    assert uris([Table(name), Table("lake.raw.a"), Table("lake.raw.a")]) == ["x-longshore://lake/raw/a"]


def test_an_alias_is_named_for_its_task() -> None:
    assert alias_name("flights", "group.load") == "longshore:flights.group.load"
