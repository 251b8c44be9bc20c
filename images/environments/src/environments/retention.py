"""Retention: rows that users made in an environment's Airflow pass to the next environment of that owner and name.

Both functions may be repeated after a crash at any point: rows are saved before their database is dropped, and nothing
is read from a database that is already dropped.
"""

from dataclasses import replace

from environments.build.credentials import Secrets, credentials
from environments.build.retained_rows import Retained, developer_rows, merged, read, secret
from environments.clients import Clients
from environments.exceptions import TakenError
from environments.requests.api_paths import retained_path
from environments.resource.names import KEYS_SECRET
from environments.resource.spec import Environment


async def retain(environment: Environment, clients: Clients, known: Secrets) -> None:
    """Saves the rows in the environment's database, if it still exists; discards them if the object asks for that.

    Args:
        known: the Secrets in the environment's namespace, as far as they still exist.

    Raises:
        RetentionError: the rows are too large, or those saved earlier cannot be read. ClientError: a system refuses.
    """
    where, name = retained_path(environment), environment.names.database
    if environment.forget:
        await clients.kubernetes.delete(where)
        return
    try:
        if not await clients.databases.exists(name, uid=environment.uid):
            return
    except TakenError:
        return
    password = credentials(known, owner=environment.owner).database_password
    await clients.databases.ensure(name, uid=environment.uid, password=password)  # it may be lost, or changed
    earlier = read(await clients.kubernetes.get(where))
    fernet_key = known.get(KEYS_SECRET, {}).get("fernet-key", "")
    if not fernet_key and earlier is not None and earlier.uid == environment.uid:
        fernet_key = earlier.fernet_key  # the namespace is deleted, and its Secrets with it
    tables = developer_rows(await clients.retained.read(name, password=password), fernet_key=fernet_key)
    retained = Retained(uid=environment.uid, fernet_key=fernet_key, tables=tables)
    if earlier is not None and earlier.uid != environment.uid:
        # The environment ends before it got the earlier rows. They keep the earlier UID, because with its own UID the
        # next call would take the rows that its database lacks for deleted ones.
        retained = replace(earlier, fernet_key=fernet_key or earlier.fernet_key, tables=merged(earlier.tables, tables))
    if any(retained.tables.values()):
        await clients.kubernetes.apply(secret(environment, retained))
    elif earlier is not None:
        await clients.kubernetes.delete(where)


async def give_back(environment: Environment, clients: Clients, known: Secrets) -> None:
    """Writes the retained rows into the environment's database, once; its tables must exist.

    Rows that the database already has stay as they are. The Secret stays, too, until the environment's end.

    Args:
        known: the Secrets in the environment's namespace.

    Raises:
        RetentionError: the retained rows cannot be read. ClientError: a system refuses.
    """
    retained = read(await clients.kubernetes.get(retained_path(environment)))
    if retained is None or retained.uid == environment.uid:
        return
    password = credentials(known, owner=environment.owner).database_password
    await clients.retained.write(environment.names.database, retained.tables, password=password)
    await clients.kubernetes.apply(secret(environment, replace(retained, uid=environment.uid)))
