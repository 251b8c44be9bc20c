"""The lock of a table of the lake, held in the catalog's database."""

import os
from contextlib import AbstractContextManager

from longshore_spark.databases.postgres.connecting.jdbc import Jdbc
from longshore_spark.databases.postgres.sessions.target_session import TargetSession, lock_key, target_session


def lake_lock(
    catalog: Jdbc, namespace: str, table: str, *, target: str, lock_timeout: int
) -> AbstractContextManager[TargetSession]:
    """Waits for the lock, and holds it until the block ends.

    Args:
        target: the table's name in messages.
        lock_timeout: seconds to wait while another transfer has it.

    Raises:
        SinkError: another transfer still has it.
    """
    # Environments have tables of the same names, and each its own.
    key = lock_key("lake", os.environ.get("LONGSHORE_ENVIRONMENT", ""), namespace, table)
    return target_session(catalog, target, key, lock_timeout)
