"""The address of a PostgreSQL, as the JDBC driver reads it. Pure.

Source: PostgreSQL JDBC driver, "Connecting to the Database".
"""

from urllib.parse import quote

CONN_TYPES = ("postgres", "postgresql")
"""The connection types of Airflow for PostgreSQL."""
PORT = 5432
DRIVER = "org.postgresql.Driver"


def url(hosts: str, port: int, database: str) -> str:
    """Returns the JDBC URL; it holds no secret. The database's name may have any characters.

    Args:
        hosts: names or addresses, with commas between.
    """
    each = (f"[{host}]" if ":" in host else host for host in hosts.split(","))
    where = ",".join(f"{host}:{port}" for host in each)
    return f"jdbc:postgresql://{where}/{quote(database, safe='')}"


def properties(application: str) -> dict[str, str]:
    """Returns the driver's properties where a connection says nothing else.

    Args:
        application: the name by which the server knows the session.
    """
    return {"connectTimeout": "10", "ApplicationName": application}
