"""Why a SQL script failed, from what Spark's SQL CLI wrote: it leaves no termination message. Pure.

Source: Spark 4.1, SparkSQLCLIDriver: an error's own message begins a line with its condition in brackets; what was
wrong with the script as a file is logged.
"""

import re
from pathlib import Path

TAIL = 64 * 1024
"""Bytes from the end of the output in which the message lies: a stack trace may follow it."""
_CONDITION = re.compile(r"^(?:Caused by: [\w.$]+: )?(\[[A-Z][A-Z0-9_.]+\] )", re.MULTILINE)
_LOGGED = re.compile(r"ERROR SparkSQLCLIDriver: (.+)")
_END = re.compile(r"\n\n|\n== SQL|;\n'|\n\tat ")


def sql_error(output: str) -> str:
    """The error that ended the script, on one line; empty where the output has none.

    Args:
        output: the end of what the CLI wrote to stderr; earlier attempts may stand before it.
    """
    if found := [*_CONDITION.finditer(output)]:
        message = _END.split(output[found[-1].start(1) :], maxsplit=1)[0]
        # Spark quotes each part of a name; its users do not.
        return " ".join(message.split()).replace("`.`", ".").replace("`", "'")
    logged = _LOGGED.findall(output)
    return str(logged[-1]).strip() if logged else ""


def sql_error_in(log: Path) -> str:
    """`sql_error` of the file `log`; empty where it cannot be read."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - TAIL))
            return sql_error(file.read(TAIL).decode(errors="replace").replace("\0", ""))
    except OSError:
        return ""
