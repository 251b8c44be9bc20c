"""Drops the lake schema of an environment that is deleted, and runs in it: `spark-submit drop_schema.py`.

It takes no name: the job server sets the environment of a job, so that no environment can drop another's schema.
"""

import os
import sys

from longshore_spark.applications.exit_status import exit_status
from longshore_spark.connections import read_connection
from longshore_spark.lake.schema import schema_of
from longshore_spark.lake.schema_drop import drop_schema
from longshore_spark.lake.session import open_session


def main() -> None:
    catalog = read_connection("lake_catalog")
    schema = schema_of(os.environ.get("LONGSHORE_ENVIRONMENT", ""))
    drop_schema(open_session(catalog), catalog, schema)
    print(f"The schema {schema} is not in the lake any more.", flush=True)


if __name__ == "__main__":
    sys.exit(exit_status("drop_schema", main))
