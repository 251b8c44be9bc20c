"""An overwrite changes the rows of a table, and nothing else of it."""

import pytest
from embedded.transfers import to_database, to_lake

from transfers.conftest import World

_OWNED = """
CREATE SCHEMA owned; GRANT ALL ON SCHEMA owned TO flights;
CREATE TABLE owned.t (
  id bigint GENERATED ALWAYS AS IDENTITY, name varchar(10) NOT NULL DEFAULT 'x', price numeric(10,2) CHECK (price > 0),
  made timestamptz DEFAULT now(), amount numeric(10,2), twice numeric GENERATED ALWAYS AS (price * 2) STORED,
  CONSTRAINT the_key PRIMARY KEY (id), CONSTRAINT one_name UNIQUE (name)
);
COMMENT ON TABLE owned.t IS 'prices'; COMMENT ON COLUMN owned.t.price IS 'in euros';
CREATE INDEX by_price ON owned.t (price DESC);
CREATE TABLE owned.log (at timestamptz DEFAULT now());
CREATE FUNCTION owned.logs() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN INSERT INTO owned.log DEFAULT VALUES; RETURN NULL; END';
CREATE TRIGGER logged AFTER INSERT ON owned.t FOR EACH STATEMENT EXECUTE FUNCTION owned.logs();
CREATE ROLE looker; GRANT SELECT ON owned.t TO looker;
INSERT INTO owned.t (name, price) VALUES ('old', 1);
GRANT ALL ON ALL TABLES IN SCHEMA owned TO flights; ALTER TABLE owned.t OWNER TO flights;
"""
_LOOK = """
SELECT (SELECT array_agg(pg_get_constraintdef(oid) ORDER BY conname) FROM pg_constraint WHERE conrelid = OWNED),
  (SELECT array_agg(pg_get_indexdef(indexrelid) ORDER BY indexrelid) FROM pg_index WHERE indrelid = OWNED),
  (SELECT array_agg((adnum, pg_get_expr(adbin, adrelid))::text ORDER BY adnum) FROM pg_attrdef
   WHERE adrelid = OWNED),
  (SELECT array_agg(pg_get_triggerdef(oid) ORDER BY tgname) FROM pg_trigger WHERE tgrelid = OWNED),
  (SELECT array_agg((attname, attidentity, attnotnull)::text ORDER BY attnum) FROM pg_attribute
   WHERE attrelid = OWNED AND attnum > 0),
  obj_description(OWNED), col_description(OWNED, 3), relacl::text, oid
FROM pg_class WHERE oid = OWNED
""".replace("OWNED", "'owned.t'::regclass")


@pytest.fixture(scope="module")
def owned(world: World) -> None:
    with world.postgres.connect("flights") as connection:
        connection.execute(_OWNED)


@pytest.mark.usefixtures("owned")
def test_an_overwrite_of_a_database_table_keeps_its_definition(world: World) -> None:
    with world.postgres.connect("flights") as connection:
        before = connection.execute(_LOOK).fetchone()
    outcome = world.transfers.run(to_database("(SELECT 7L AS id, 'new' AS name, 2.50BD AS price)", "owned.t"))
    assert outcome["status"] == 0, outcome
    with world.postgres.connect("flights") as connection:
        assert connection.execute(_LOOK).fetchone() == before
        rows = connection.execute("SELECT id, name, price::text, twice::text, made IS NOT NULL FROM owned.t").fetchall()
        assert rows == [(7, "new", "2.50", "5.00", True)]
        assert connection.execute("SELECT count(*) FROM owned.log").fetchone() == (2,)


@pytest.mark.usefixtures("owned")
def test_a_column_more_or_a_wider_one_is_all_that_an_overwrite_changes(world: World) -> None:
    outcome = world.transfers.run(
        to_database("(SELECT 8L AS id, 'new' AS name, 2.5000BD AS price, 'a' AS email)", "owned.t")
    )
    assert "The column price is numeric(5,4) in the source" in outcome["error"]
    price = "(SELECT 8L AS id, 'new' AS name, CAST(2 AS DECIMAL(13,2)) AS price)"
    assert (
        "cannot alter type of a column used by a generated column"
        in world.transfers.run(to_database(price, "owned.t"))["error"]
    )
    amount = "CAST(12345678901.5 AS DECIMAL(13,2)) AS amount"
    amount = f"(SELECT 8L AS id, 'new' AS name, 2.50BD AS price, {amount}, 'a' AS email)"
    outcome = world.transfers.run(to_database(amount, "owned.t"))
    assert outcome["status"] == 0, outcome
    with world.postgres.connect("flights") as connection:
        definition = connection.execute(_LOOK).fetchone()
        kind = "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'owned.t'::regclass"
        assert connection.execute(f"{kind} AND attname = 'amount'").fetchone() == ("numeric(13,2)",)  # type: ignore[arg-type]
        assert connection.execute(f"{kind} AND attname = 'email'").fetchone() == ("text",)  # type: ignore[arg-type]
    assert definition is not None
    # PostgreSQL 18 lists NOT NULL among the constraints.
    assert len([one for one in definition[0] if not one.startswith("NOT NULL")]) == 3


def test_values_that_are_too_large_for_what_the_table_computes_name_table_and_column(world: World) -> None:
    with world.postgres.connect("flights") as connection:
        connection.execute(
            "SET ROLE flights; CREATE TABLE computed (id int, grams int GENERATED ALWAYS AS (id * 1000) STORED);"
            "INSERT INTO computed VALUES (1)"
        )
    for mode, key in (("append", None), ("merge", "id")):
        options = {"key": key} if key else {}
        outcome = world.transfers.run(
            to_database("(SELECT 5000000 AS id)", "public.computed", mode=mode, schema_changes="ignore", **options)
        )
        assert "The table 'public.computed' does not take a row: integer out of range." in outcome["error"]
        assert 'the generated column "grams"' in outcome["error"]
    with world.postgres.connect("flights") as connection:
        assert connection.execute("SELECT id FROM computed").fetchall() == [(1,)]


def test_a_new_table_has_the_default_privileges_of_its_schema_wherever_its_rows_have_waited(world: World) -> None:
    with world.postgres.connect("flights") as connection:
        connection.execute(
            "CREATE SCHEMA granted AUTHORIZATION flights; CREATE SCHEMA waiting AUTHORIZATION flights;"
            "CREATE ROLE reader;"
            "ALTER DEFAULT PRIVILEGES FOR ROLE flights IN SCHEMA granted GRANT SELECT ON TABLES TO reader"
        )
        outcome = world.transfers.run(to_database("(SELECT 1 AS id)", "granted.t", staging_schema="waiting"))
        assert outcome["status"] == 0, outcome
        assert connection.execute("SELECT has_table_privilege('reader', 'granted.t', 'SELECT')").fetchone() == (True,)


def test_an_overwrite_of_a_lake_table_keeps_its_definition(world: World) -> None:
    world.transfers.run(to_lake("(SELECT 1 AS id, date '2024-01-01' AS day, 'a'::text AS name)", "lake.kept.t"))
    table = world.lake.load_table("kept.t")
    with table.update_spec() as spec:
        spec.add_identity("day")
    with table.update_schema() as schema:
        schema.update_column("name", doc="who")
    with table.transaction() as transaction:
        transaction.set_properties({"write.parquet.compression-codec": "gzip", "mine": "yes"})
    before = world.lake.load_table("kept.t")
    columns = "n AS id, date '2024-01-01' + n AS day, 'b'::text AS name, n * 1.5 AS price"
    rows = f"(SELECT {columns} FROM generate_series(1, 9) n)"
    outcome = world.transfers.run(to_lake(rows, "lake.kept.t", columns='{"price": "decimal(10,1)"}'))
    assert outcome["status"] == 0, outcome
    after = world.lake.load_table("kept.t")
    assert after.metadata.table_uuid == before.metadata.table_uuid
    assert after.spec() == before.spec()
    assert after.sort_order() == before.sort_order()
    assert after.properties == before.properties
    assert [field.doc for field in after.schema().fields] == [None, None, "who", None]
    assert {field.field_id for field in before.schema().fields} < {field.field_id for field in after.schema().fields}
    assert len(after.scan().to_arrow()) == 9
    assert len({task.file.file_path for task in after.scan().plan_files()}) == 9
