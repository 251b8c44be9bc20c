"""Drops the lake schema of the environment that it runs in: `spark-submit drop_schema.py`, when the environment goes.

It takes no name: the job server says which environment a job is in, so that none can drop another's.
"""

import os
import sys

from longshore_spark.application import exit_status
from longshore_spark.connections import read_connection
from longshore_spark.lake_schema import schema_of
from longshore_spark.lake_schema_drop import drop_schema
from longshore_spark.session import open_session


def main() -> None:
    catalog = read_connection("lake_catalog")
    schema = schema_of(os.environ.get("LONGSHORE_ENVIRONMENT", ""))
    drop_schema(open_session(catalog), catalog, schema)
    print(f"The schema {schema} is not in the lake any more.", flush=True)


if __name__ == "__main__":
    sys.exit(exit_status("drop_schema", main))
