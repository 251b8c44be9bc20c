"""The settings of a transfer's sessions. Pure."""

LOCK_TIMEOUT = "30s"
"""The longest wait for another session's lock, if the connection sets no `lock_timeout`."""
# The texts of values must not depend on settings of the server, database or role.
SETTINGS = (
    "SET LOCAL standard_conforming_strings = on",
    "SET LOCAL TimeZone = 'UTC'",
    "SET LOCAL IntervalStyle = 'postgres'",
    "SET LOCAL extra_float_digits = 1",
    "SET LOCAL quote_all_identifiers = off",
    "SET LOCAL bytea_output = 'hex'",
    "SELECT pg_catalog.set_config('lock_timeout', CASE pg_catalog.current_setting('lock_timeout') "
    f"WHEN '0' THEN '{LOCK_TIMEOUT}' ELSE pg_catalog.current_setting('lock_timeout') END, true)",
)
