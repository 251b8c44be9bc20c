"""The page's settings are read, or refused with the way out."""

import pytest
from longshore_page.exceptions import SettingsError
from longshore_page.settings import Settings, read


def test_what_the_chart_writes_is_read() -> None:
    option = '{"connections": ["flights_db"], "namespace": "environments", "repositories": ["git://a/b"]}'
    assert read(option) == Settings(namespace="environments", repositories=("git://a/b",), connections=("flights_db",))


@pytest.mark.parametrize(
    "option", ["", "[]", "{}", '{"namespace": "a"}', "x", '{"namespace": "a", "repositories": []}']
)
def test_anything_else_is_refused_with_the_way_out(option: str) -> None:
    with pytest.raises(SettingsError, match=r"set environments\.page.* of the chart airflow"):
        read(option)
