"""Settings in a connection's options, and versions of the server (`transfers/servers` has real poolers and servers)."""

from typing import Any

import pytest
from longshore_spark.databases.postgres.connecting.server_checks import check_server, settings_of
from longshore_spark.exceptions import ConnectionSettingsError
from longshore_spark.interfaces.connection import JdbcConnection


@pytest.mark.parametrize(
    ("options", "settings"),
    [
        ("", {}),
        ("-c lock_timeout=7s  -csearch_path=a,b", {"lock_timeout": "7s", "search_path": "a,b"}),
        ("--statement-timeout=1h -c Work_Mem=4MB", {"statement_timeout": "1h", "work_mem": "4MB"}),
        (r"-c app.tenant=a\ b\\c= -c x.y=1=2", {"app.tenant": "a b\\c=", "x.y": "1=2"}),
        ("-c lock_timeout=1s -c lock_timeout=2s", {"lock_timeout": "2s"}),
        ("-c TimeZone=Europe/Berlin -c DateStyle=SQL -c extra_float_digits=-9", {}),
        ("-e -d 3 -c", {}),
    ],
)
def test_options_are_split_as_the_server_splits_them(options: str, settings: dict[str, str]) -> None:
    assert settings_of(options) == settings


def test_a_server_that_is_too_old_is_refused_by_name() -> None:
    class Session:
        def getMetaData(self) -> Any:  # noqa: N802  as Java names it
            return self

        def getDatabaseMajorVersion(self) -> int:  # noqa: N802
            return 13

    connection = JdbcConnection(
        id="old_db",
        conn_type="postgres",
        host="db",
        port=5432,
        database="shop",
        user="shop",
        password="",
        extra={},
        url="",
        driver_class="",
        driver={},
    )
    with pytest.raises(
        ConnectionSettingsError, match=r"'shop' \(connection 'old_db'\) is PostgreSQL 13, and transfers"
    ):
        check_server(Session(), connection)
