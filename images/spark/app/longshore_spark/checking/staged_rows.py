"""Runs a transfer's checks on the rows that are staged, before readers can see them."""

from longshore_spark.checking.row_checks import StagedRows, failures
from longshore_spark.command_line.transfer import Transfer
from longshore_spark.exceptions import SinkError
from longshore_spark.grammar.check_grammar import RowCount
from longshore_spark.interfaces.source_rows import SourceRows


def run_checks(transfer: Transfer, staged: StagedRows, source: SourceRows) -> None:
    """Runs the transfer's checks on staged rows (see `row_checks`).

    Raises:
        SinkError: with what each check has found.
    """
    counted = any(isinstance(check, RowCount) and check.as_source for check in transfer.checks)
    found = failures(transfer.checks, staged, source_rows=source.count() if counted else staged.rows)
    if found:
        raise SinkError(
            f"Checks have stopped the rows for {transfer.target!r}: {'. '.join(found)}. Nothing was written."
        )
