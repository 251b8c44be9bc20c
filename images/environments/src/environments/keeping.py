"""What was made in an environment's Airflow is kept at its end, and given to the next of the same owner and name.

Each may be done again after a crash at any point: what is kept is written before the database goes, and nothing is read
from a database that is gone.
"""

from dataclasses import replace

from environments.build.credentials import Secrets, credentials
from environments.clients import Clients
from environments.clients.kubernetes import path
from environments.exceptions import TakenError
from environments.kept import Kept, developer_made, merged, read, secret, secret_name
from environments.names import KEYS_SECRET
from environments.spec import Environment


async def keep(environment: Environment, clients: Clients, known: Secrets) -> None:
    """Keeps what is in the environment's database, if that is there; nothing, if the object says so.

    Args:
        known: the Secrets in its namespace, as far as they are still there.

    Raises:
        KeepError: it is too much, or what is kept already cannot be read. ClientError: something refuses.
    """
    where, name = kept_path(environment), environment.names.database
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
        fernet_key = earlier.fernet_key  # the namespace is gone, and its Secrets with it
    tables = developer_made(await clients.kept.read(name, password=password), fernet_key=fernet_key)
    kept = Kept(uid=environment.uid, fernet_key=fernet_key, tables=tables)
    if earlier is not None and earlier.uid != environment.uid:
        # It goes before it has got them: they stay the earlier one's, or the next call would take them for lost.
        kept = replace(earlier, fernet_key=fernet_key or earlier.fernet_key, tables=merged(earlier.tables, tables))
    if any(kept.tables.values()):
        await clients.kubernetes.apply(secret(environment, kept))
    elif earlier is not None:
        await clients.kubernetes.delete(where)


async def give_back(environment: Environment, clients: Clients, known: Secrets) -> None:
    """Puts what is kept into the environment's database, whose tables are there: once.

    What is in the database already stays as it is. The Secret stays, too, until the environment's end.

    Args:
        known: the Secrets in its namespace.

    Raises:
        KeepError: what is kept cannot be read. ClientError: something refuses.
    """
    kept = read(await clients.kubernetes.get(kept_path(environment)))
    if kept is None or kept.uid == environment.uid:
        return
    password = credentials(known, owner=environment.owner).database_password
    await clients.kept.write(environment.names.database, kept.tables, password=password)
    await clients.kubernetes.apply(secret(environment, replace(kept, uid=environment.uid)))


def kept_path(environment: Environment) -> str:
    """Where the Secret is. Pure."""
    return path("v1", "secrets", namespace=environment.namespace, name=secret_name(environment))
