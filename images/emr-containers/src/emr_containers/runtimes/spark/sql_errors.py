"""The error of a failed SQL script, from the output of Spark's SQL CLI, which leaves no termination message.

Source: Spark 4.1, SparkSQLCLIDriver: an error's message begins a line with its condition in brackets; problems with the
script file itself are logged.
"""

import re
from pathlib import Path

TAIL = 64 * 1024
"""The number of bytes at the end of the output that contain the message; a stack trace may follow it."""
_CONDITION = re.compile(r"^(?:Caused by: [\w.$]+: )?(\[[A-Z][A-Z0-9_.]+\] )", re.MULTILINE)
_LOGGED = re.compile(r"ERROR SparkSQLCLIDriver: (.+)")
_END = re.compile(r"\n\n|\n== SQL|;\n'|\n\tat ")


def sql_error(output: str) -> str:
    """Returns the error that ended the script, on one line; empty if the output has none.

    Args:
        output: the end of the CLI's stderr, perhaps after the output of earlier attempts.
    """
    if found := [*_CONDITION.finditer(output)]:
        message = _END.split(output[found[-1].start(1) :], maxsplit=1)[0]
        # Spark quotes each part of a name; users do not.
        return " ".join(message.split()).replace("`.`", ".").replace("`", "'")
    logged = _LOGGED.findall(output)
    return str(logged[-1]).strip() if logged else ""


def sql_error_in(log: Path) -> str:
    """Returns the `sql_error` of the file `log`; empty if the file cannot be read."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - TAIL))
            return sql_error(file.read(TAIL).decode(errors="replace").replace("\0", ""))
    except OSError:
        return ""
