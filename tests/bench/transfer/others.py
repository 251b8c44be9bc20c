"""Other programs that move the table `orders`: `others.py PROGRAM URL FOLDER`, in an environment with their packages.

Each is used as its own documentation shows it, with the database's 2 readers where it takes a number.
"""

import sys

FIELDS = "id, amount, at, note"


def dlt_to_iceberg(url: str, folder: str) -> None:
    """Loads the table by ConnectorX, and writes it to an Iceberg table below the folder."""
    import dlt  # type: ignore[import-not-found]
    from dlt.sources.sql_database import sql_table  # type: ignore[import-not-found]

    orders = sql_table(credentials=url, table="orders", backend="connectorx", reflection_level="full_with_precision")
    pipeline = dlt.pipeline(
        "orders",
        pipelines_dir=f"{folder}/pipelines",
        destination=dlt.destinations.filesystem(f"file://{folder}/lake"),
        dataset_name="raw",
    )
    pipeline.run(orders, table_format="iceberg", write_disposition="replace")


def connectorx_to_parquet(url: str, folder: str) -> None:
    """Reads the table by two connections, and writes one Parquet file."""
    import connectorx  # type: ignore[import-not-found]
    import pyarrow.parquet as pq

    found = connectorx.read_sql(
        url, f"SELECT {FIELDS} FROM orders", partition_on="id", partition_num=2, return_type="arrow"
    )
    pq.write_table(found, f"{folder}/orders.parquet")


def copy_to_nowhere(url: str, _: str) -> None:
    """Reads two binary COPYs at the same time: what the database and the network take."""
    from concurrent.futures import ThreadPoolExecutor

    import psycopg

    def read(half: int) -> None:
        with psycopg.connect(url) as connection, connection.cursor() as cursor:
            pages = "(SELECT pg_relation_size('orders') / 8192 / 2)"
            place = f"ctid {'<' if half == 0 else '>='} ('(' || {pages} || ',0)')::tid"
            with cursor.copy(f"COPY (SELECT {FIELDS} FROM orders WHERE {place}) TO STDOUT (FORMAT binary)") as rows:
                for _ in rows:
                    pass

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(read, (0, 1)))


PROGRAMS = {"dlt": dlt_to_iceberg, "connectorx": connectorx_to_parquet, "nowhere": copy_to_nowhere}

if __name__ == "__main__":
    PROGRAMS[sys.argv[1]](*sys.argv[2:])
