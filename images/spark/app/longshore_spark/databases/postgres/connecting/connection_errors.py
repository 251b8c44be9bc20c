"""The error of a connection that could not be opened: the connection, the reason and the way out. Pure."""

from longshore_spark.exceptions import ConnectionSettingsError
from longshore_spark.interfaces.connection import JdbcConnection

# By the driver's messages, which tell more than its states. Source: PostgreSQL JDBC driver 42.7,
# ConnectionFactoryImpl, MakeSSL and LibPQFactory; Java, CertPathBuilder.
_TLS = (
    ("does not support SSL", "has no TLS; turn `ssl` on there, or ask for less by sslmode"),
    ("unable to find valid certification path", "{unknown}; put its authority into the file of sslrootcert"),
    ("Path does not chain", "{unknown}; put its authority into the file of sslrootcert"),
    ("signature check failed", "{unknown}; put its authority into the file of sslrootcert"),
    ("could not be verified by hostnameverifier", "has a certificate of another host; use a host that it names"),
    ("Could not open SSL root", "cannot be verified without an authority; name its file in sslrootcert"),
    ("has group or world access", "cannot be given the sslkey, whose file others may read; give it the mode 0600"),
)
# By PgBouncer's messages. Source: PgBouncer, src/client.c.
_POOLER = (
    (
        "unsupported startup parameter: options",
        "is behind a pooler that takes no `options`; connect to the database itself, or set them for the role (ALTER "
        "ROLE … SET) and remove them from the connection",
    ),
    (
        "unsupported startup parameter",
        "is behind a pooler that does not take what the driver sets; name it in ignore_startup_parameters there",
    ),
    (
        "query_wait_timeout",
        "is behind a pooler that had no session left; a transfer needs one for each reader (`partitions`) and one "
        "more: lower partitions, or raise the pool's size",
    ),
)
_UNKNOWN = "has a certificate of an authority that this connection does not trust"


def connection_error(connection: JdbcConnection, state: str, messages: str) -> ConnectionSettingsError:
    """Returns the error of a connection that could not be opened.

    Args:
        state: the SQLSTATE, empty where there is none. Source: PostgreSQL, "Error Codes".
        messages: the driver's, with its causes', on one line.
    """
    where = f"database {connection.database!r} at {connection.host}:{connection.port}"
    return ConnectionSettingsError(
        f"The {where} (connection {connection.id!r}) {_reason(connection, state, messages)}."
    )


def _reason(connection: JdbcConnection, state: str, messages: str) -> str:
    for part, reason in _TLS:
        if part in messages:
            mode = connection.driver.get("sslmode", "prefer")
            return f"{reason.format(unknown=_UNKNOWN)} (sslmode {mode!r}: {messages})"
    for part, reason in _POOLER:
        if part in messages:
            return f"{reason} ({messages})"
    if state == "28P01":
        return f"refused the password or the user {connection.user!r}; correct them in the connection"
    if state.startswith("3D"):
        return "does not exist; correct the connection's schema"
    if "SSL error" in messages or "key" in messages.lower():
        return f"could not be connected to by TLS; check sslcert, sslkey and what the server asks for ({messages})"
    if state in ("08001", "08004"):
        return f"cannot be reached; is it running, and reachable from where the job runs ({messages})"
    return f"refused the connection of {connection.user!r}; correct the connection or the server ({messages})"
