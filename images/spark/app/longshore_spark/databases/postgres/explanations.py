"""Explains errors of PostgreSQL, by their SQLSTATE, in sentences that a user can act on. Pure.

Source: PostgreSQL, "Error Codes".
"""

from longshore_spark.databases.postgres.faults import sentence_in

_STATES = {
    "55P03": (
        "A table is locked by another session, or one waits for its lock (VACUUM FULL, ALTER TABLE, TRUNCATE …), for "
        "longer than `lock_timeout`; run the transfer again when that has ended"
    ),
    "57014": (
        "The database has canceled a statement of the transfer (`statement_timeout`, pg_cancel_backend); raise the "
        "timeout, in the connection's options or for its role, or run the transfer again"
    ),
    "53300": (
        "The database has no connection left for the transfer, which needs one for each reader (`partitions`) and one "
        "more; lower partitions, or raise the limit of the role or the server"
    ),
    "40001": (
        "The database has canceled a statement of the transfer. A standby does that where it replays what removes rows "
        "that are still read: raise its max_standby_streaming_delay, turn its hot_standby_feedback on, or read from "
        "the primary"
    ),
    "25006": (
        "The database of the target takes no writes (default_transaction_read_only is on for it or the role); change "
        "that setting, or use another connection"
    ),
    **dict.fromkeys(
        ("57P01", "57P02", "57P05", "25P03", "25P04", "08006"),
        "The database has ended a session of the transfer (a restart, pg_terminate_backend, a timeout of the server); "
        "run the transfer again",
    ),
}
# By PgBouncer's messages, whose state is the same for all. Source: PgBouncer, src/client.c and src/janitor.c.
_POOLER = {
    "statement pooling mode": (
        "The pooler before the database gives each statement another session (pool_mode = statement), and a transfer "
        "needs transactions; use its pool_mode transaction or session, or connect to the database itself"
    ),
    "query_wait_timeout": (
        "The pooler before the database had no session left within its query_wait_timeout; a transfer needs one for "
        "each reader (`partitions`) and one more: lower partitions, or raise the pool's size"
    ),
}
_SNAPSHOT_LOST = (
    "The session that held the state of the source has ended (a restart, pg_terminate_backend, a timeout of the "
    "server), or is on another server than a reader's; run the transfer again"
)
_REFUSED = ("23", "44")
"""Begins the states of rows that break a constraint, or that a view does not have."""
_HIDDEN = "violates row-level security policy"


def explained(state: str | None, message: str, shown: str) -> str | None:
    """Returns the sentence for an error; None if its message says enough.

    Args:
        state: its SQLSTATE; None where it has none.
        shown: the message as users see it, on one line.
    """
    if sentence := sentence_in(message):
        return sentence
    if pooler := next((sentence for part, sentence in _POOLER.items() if part in message), None):
        return f"{pooler} ({shown})."
    if known := _STATES.get(str(state)):
        return f"{known} ({shown})."
    if str(state).startswith(_REFUSED) or _HIDDEN in message:
        rule = shown.removeprefix("ERROR: ").rstrip(".")
        return f"The database refuses a row: {rule}; change the row by SQL, or the rule of the table that it breaks."
    if "snapshot" in message and state in ("22023", "42704", "55000"):
        return f"{_SNAPSHOT_LOST} ({shown})."
    return None
