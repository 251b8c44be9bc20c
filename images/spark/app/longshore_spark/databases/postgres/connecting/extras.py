"""A connection's extra, as Airflow's PostgreSQL provider documents it, as the JDBC driver's properties.

Members that the driver cannot honour are refused by name: a connection that asks for TLS must not be made without it.
`ConnectionExtras` (Java) does the same for the lake's catalog, which jobs without this package open, too; a test
compares them.
Sources: apache-airflow-providers-postgres, "PostgreSQL Connection"; PostgreSQL 18, "Parameter Key Words"; PostgreSQL
JDBC driver 42.7, "Connection Parameters".
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from longshore_spark.databases.postgres.connecting.private_keys import key_properties
from longshore_spark.exceptions import ConnectionSettingsError

_NAMES = {
    "sslmode": "sslmode",
    "sslpassword": "sslpassword",
    "options": "options",
    "application_name": "ApplicationName",
    "connect_timeout": "connectTimeout",
    "gssencmode": "gssEncMode",
    "krbsrvname": "kerberosServerName",
    "channel_binding": "channelBinding",
    "require_auth": "requireAuth",
    "sslnegotiation": "sslNegotiation",
    "keepalives": "tcpKeepAlive",
    "load_balance_hosts": "loadBalanceHosts",
    "target_session_attrs": "targetServerType",
}
_FILES = ("sslcert", "sslkey", "sslrootcert")
_KEEPALIVES = ("keepalives_idle", "keepalives_interval", "keepalives_count")
_VERIFIED = ("require", "verify-ca", "verify-full")
_VALUES: Mapping[str, Mapping[str, str]] = {
    "sslmode": {mode: mode for mode in ("disable", "allow", "prefer", *_VERIFIED)},
    "gssencmode": {mode: mode for mode in ("disable", "prefer", "require")},
    "channel_binding": {mode: mode for mode in ("disable", "prefer", "require")},
    "sslnegotiation": {mode: mode for mode in ("postgres", "direct")},
    "keepalives": {"0": "false", "1": "true"},
    "load_balance_hosts": {"disable": "false", "random": "true"},
    "target_session_attrs": {
        "any": "any",
        "read-write": "primary",
        "primary": "primary",
        "read-only": "secondary",
        "standby": "secondary",
        "prefer-standby": "preferSecondary",
    },
}
"""The driver's word for each value."""
_MET: Mapping[str, tuple[str, ...]] = {
    "client_encoding": ("utf8", "utf-8", "unicode"),
    "ssl_min_protocol_version": ("tlsv1", "tlsv1.1", "tlsv1.2"),  # Java takes nothing older than 1.2
    "sslsni": ("1",),
    "sslcompression": ("0",),
    "sslcertmode": ("allow",),
    "replication": ("0",),
    "iam": ("0",),
}
"""Values that the driver always has."""
_ALWAYS = {
    "tcpKeepAlive": "true",  # PostgreSQL's own default, not the driver's
    # A pooler that gives each transaction any session (PgBouncer) mixes up statements that the driver has named there.
    "prepareThreshold": "0",
}
_OTHERS = ("warehouse", "path", "cursor", "sqlalchemy_scheme", "sqlalchemy_query")
"""Members that are not for the database: Longshore's own, and those of Airflow's hook."""
_WAYS_OUT = {
    "passfile": "put the password into the connection",
    "service": "put host, port and database into the connection",
    "iam": "use a role with a password or a client certificate",
    **dict.fromkeys(("statement_timeout", "lock_timeout", "search_path"), "set it in options, as '-c name=value'"),
}


def driver_properties(connection_id: str, extra: Mapping[str, Any], folder: Path) -> dict[str, str]:
    """Returns the driver's properties of a connection's extra.

    Args:
        folder: where a file lies that is named without a leading `/`.

    Raises:
        ConnectionSettingsError: a member is not known, cannot be honoured, or has no such value.
    """
    asked = {
        name: _text(connection_id, name, value)
        for name, value in extra.items()
        if name not in _OTHERS and value is not None and value != ""
    }
    found = dict(_ALWAYS)
    for name, value in asked.items():
        if name in _NAMES:
            found[_NAMES[name]] = _value(connection_id, name, value)
        elif name not in _FILES + _KEEPALIVES and value.lower() not in _MET.get(name, ()):
            way_out = _WAYS_OUT.get(name, "remove it")
            raise _refusal(connection_id, name, f"cannot be {value!r} here, or is not known; {way_out}")
    return found | _keepalives(connection_id, asked) | _tls(connection_id, asked, folder)


def _value(connection_id: str, name: str, value: str) -> str:
    if name in _VALUES and value not in _VALUES[name]:
        raise _refusal(connection_id, name, f"is {value!r}; it may be {', '.join(_VALUES[name])}")
    if name == "connect_timeout":
        _check_number(connection_id, name, value)
    return _VALUES.get(name, {}).get(value, value)


def _keepalives(connection_id: str, asked: Mapping[str, str]) -> dict[str, str]:
    given = {name: asked[name] for name in _KEEPALIVES if name in asked}
    for name, value in given.items():
        _check_number(connection_id, name, value)
    if not any(map(int, given.values())):  # 0 is the system's default
        return {}
    numbers = ",".join(given.get(name, "0") for name in _KEEPALIVES)
    return {"socketFactory": "dev.longshore.lake.KeepAliveSockets", "socketFactoryArg": numbers}


def _tls(connection_id: str, asked: Mapping[str, str], folder: Path) -> dict[str, str]:
    mode, root = asked.get("sslmode"), asked.get("sslrootcert")
    if asked.get("sslnegotiation") == "direct" and mode not in _VERIFIED:
        raise _refusal(
            connection_id, "sslnegotiation", f"is 'direct', which needs an sslmode of {', '.join(_VERIFIED)}"
        )
    found: dict[str, str] = {}
    if root == "system":
        if mode not in (None, "verify-full"):
            raise _refusal(connection_id, "sslrootcert", "is 'system', which needs the sslmode 'verify-full'")
        if "sslkey" in asked:
            raise _refusal(
                connection_id, "sslrootcert", "cannot be 'system' beside a client's certificate; name a file"
            )
        found = {"sslmode": "verify-full", "sslfactory": "org.postgresql.ssl.DefaultJavaSSLFactory"}
    elif root is not None:
        found["sslrootcert"] = str(_file(connection_id, "sslrootcert", root, folder))
        if mode == "require":  # with a file of authorities libpq verifies the authority, and the driver does not
            found["sslmode"] = "verify-ca"
    if "sslkey" in asked:
        key = _file(connection_id, "sslkey", asked["sslkey"], folder)
        properties = key_properties(key, lambda what: _refusal(connection_id, "sslkey", what))
        certificate_inside = key.suffix.lower() in (".p12", ".pfx")
        if certificate_inside == ("sslcert" in asked):
            what = "holds its certificate, too; remove sslcert" if certificate_inside else "needs sslcert beside it"
            raise _refusal(connection_id, "sslkey", what)
        found |= properties
    elif "sslcert" in asked:
        raise _refusal(connection_id, "sslcert", "needs sslkey beside it")
    if "sslcert" in asked:
        found["sslcert"] = str(_file(connection_id, "sslcert", asked["sslcert"], folder))
    return found


def _file(connection_id: str, name: str, value: str, folder: Path) -> Path:
    path = folder / value
    if not (path.is_file() and os.access(path, os.R_OK)):
        raise _refusal(connection_id, name, f"names the file {str(path)!r}, which this job cannot read; add it there")
    return path


def _text(connection_id: str, name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int | str):
        return str(value)
    raise _refusal(connection_id, name, "must be a text or a whole number")


def _check_number(connection_id: str, name: str, value: str) -> None:
    if not re.fullmatch("[0-9]{1,6}", value):
        raise _refusal(connection_id, name, f"is {value!r}; it must be a whole number of at most six digits")


def _refusal(connection_id: str, name: str, what: str) -> ConnectionSettingsError:
    return ConnectionSettingsError(f"The extra {name!r} of the connection {connection_id!r} {what}.")
