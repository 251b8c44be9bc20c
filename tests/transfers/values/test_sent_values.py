"""Values of Spark's go to a database by binary COPY: they arrive as they are, or are refused by name."""

import pytest
from embedded.transfers import to_database

from transfers.conftest import World

EXACT = [
    ("CAST(-128 AS tinyint)", "-128"),
    ("CAST(-32768 AS smallint)", "-32768"),
    ("-2147483648", "-2147483648"),
    ("-9223372036854775808L", "-9223372036854775808"),
    ("true", "true"),
    ("CAST('NaN' AS float)", "NaN"),
    ("CAST('1.4E-45' AS float)", "1e-45"),
    ("CAST('-Infinity' AS double)", "-Infinity"),
    ("CAST('-0.0' AS double)", "-0"),
    ("1.7976931348623157E308D", "1.7976931348623157e+308"),
    ("CAST(0 AS decimal(5,2))", "0.00"),
    ("CAST('-0.01' AS decimal(5,2))", "-0.01"),
    ("CAST('100000000' AS decimal(9,0))", "100000000"),
    ("CAST('10000.0001' AS decimal(12,4))", "10000.0001"),
    ("CAST('12345678.9' AS decimal(9,1))", "12345678.9"),
    ("CAST('0.00000001' AS decimal(10,8))", "0.00000001"),
    ("CAST('999999999999999999' AS decimal(18,0))", "9" * 18),
    ("CAST('0.999999999999999999' AS decimal(18,18))", f"0.{'9' * 18}"),
    ("CAST('1000000000000000000' AS decimal(19,0))", "1000000000000000000"),
    ("CAST('-99999999999999999999999999999999999999' AS decimal(38,0))", f"-{'9' * 38}"),
    ("CAST('0.12345678901234567890123456789012345678' AS decimal(38,38))", "0.12345678901234567890123456789012345678"),
    ("CAST('-1234567890123456789012345678.9012345678' AS decimal(38,10))", "-1234567890123456789012345678.9012345678"),
    ("CAST('1000000000000000000000000.000001' AS decimal(38,6))", "1000000000000000000000000.000001"),
    ("CAST(0 AS decimal(38,18))", f"0.{'0' * 18}"),
    ("date '0001-01-01'", "0001-01-01"),
    ("date '1582-10-10'", "1582-10-10"),
    ("date '+5874897-12-31'", "5874897-12-31"),
    ("timestamp '0001-01-01 00:00:00Z'", "0001-01-01 00:00:00+00"),
    ("timestamp '9999-12-31 23:59:59.999999Z'", "9999-12-31 23:59:59.999999+00"),
    ("timestamp_ntz '1969-12-31 23:59:59.999999'", "1969-12-31 23:59:59.999999"),
    ("timestamp_ntz '2024-03-31 02:30:00'", "2024-03-31 02:30:00"),
    ("''", ""),
    ("'ü€😀 \t\n'", "ü€😀 \t\n"),
    ("repeat('wide ', 40000)", "wide " * 40000),
    ("X''", "\\x"),
    ("X'00ff'", "\\x00ff"),
    ("CAST(NULL AS string)", None),
    ("CAST(array() AS array<int>)", "{}"),
    ("CAST(NULL AS array<int>)", None),
    ("array(1, NULL, -3)", "{1,NULL,-3}"),
    ("array(true, false)", "{t,f}"),
    ("array(CAST('1.5' AS decimal(12,2)), NULL)", "{1.50,NULL}"),
    ("array(CAST('-1.5' AS decimal(38,18)))", f"{{-1.5{'0' * 17}}}"),
    ("array('a\"b', '', 'NULL', NULL)", '{"a\\"b","","NULL",NULL}'),
    ("array(X'00', X'')", '{"\\\\x00","\\\\x"}'),
    ("array(date '2024-02-29')", "{2024-02-29}"),
    ("array(timestamp '2024-01-01 00:00:00+01:00')", '{"2023-12-31 23:00:00+00"}'),
    ("array(CAST('NaN' AS double), 1D)", "{NaN,1}"),
]
"""Expressions of Spark's, and the text of their values in PostgreSQL."""
REFUSED = {
    "CAST(X'ff' AS string)": "a text that is not valid UTF-8",
    "array('a', CAST(X'c0' AS string))": "a text that is not valid UTF-8",
    "concat('a', char(0))": "a character with the code 0",
    "array(concat('a', char(0)))": "a character with the code 0",
    "date '0001-01-01' - 1": "a time before the year 1: 0000-12-31",
    "date '+5881580-07-11'": "a date after the last one of PostgreSQL's: +5881580-07-11",
    "array(timestamp_ntz '0000-12-31 23:59:59')": "a time before the year 1: 0000-12-31 23:59:59",
}


@pytest.fixture(scope="module", autouse=True)
def _lake(world: World) -> None:
    with world.postgres.connect("flights") as connection:
        connection.execute("CREATE SCHEMA sent AUTHORIZATION flights")


def test_each_value_arrives_as_it_is(world: World) -> None:
    columns = [f"c{number}" for number in range(len(EXACT))]
    select = ", ".join(f"{value} AS {name}" for (value, _), name in zip(EXACT, columns, strict=True))
    done = world.transfers.run(to_database(f"(SELECT {select})", "sent.exact"))
    assert done["status"] == 0, done["error"]
    texts = ", ".join(f"{name}::text" for name in columns)
    with world.postgres.connect("flights") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        (row,) = connection.execute(f"SELECT {texts} FROM sent.exact").fetchall()  # type: ignore[arg-type]
    assert list(row) == [text for _, text in EXACT]


def test_a_value_that_postgresql_does_not_have_is_refused_by_its_column(world: World) -> None:
    transfers = {value: to_database(f"(SELECT 1 AS id, {value} AS x)", "sent.never") for value in REFUSED}
    for value, outcome in world.transfers.run_all(transfers).items():
        assert f"The column 'x' holds {REFUSED[value]}" in outcome.get("error", "nothing"), value
    with world.postgres.connect("flights") as connection:
        left = connection.execute("SELECT relname FROM pg_class WHERE relnamespace = 'sent'::regnamespace").fetchall()
    assert ("never",) not in left
    assert not [name for (name,) in left if name.startswith("_longshore")]


def test_rows_of_many_statements_and_writers_arrive_once_however_wide_they_are(world: World) -> None:
    wide = "CASE WHEN id % 500 = 0 THEN repeat('x', 9000000) ELSE repeat('y', id % 100) END"
    source = f"(SELECT id, {wide} AS pad FROM range(0, 2000, 1, 7))"
    done = world.transfers.run(to_database(source, "sent.many", partitions="3", batch_size="100"))
    assert done["status"] == 0, done["error"]
    assert done["source"]["rows"] == done["sink"]["rows"] == done["sink"]["total_rows"] == 2000
    with world.postgres.connect("flights") as connection:
        found = connection.execute("SELECT count(*), count(DISTINCT id), sum(id), sum(length(pad)) FROM sent.many")
        assert found.fetchone() == (2000, 2000, 1999 * 1000, 4 * 9000000 + 20 * 4950)
    nothing = world.transfers.run(to_database("(SELECT id FROM range(5) WHERE id > 5)", "sent.empty"))
    assert nothing["status"] == 0, nothing["error"]
    assert nothing["sink"]["rows"] == 0
