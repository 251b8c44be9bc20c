"""The arguments that all transfers have, and the rules of the names in them.

A part of a table's name needs no quotes where it holds letters, digits, `_` and `$` alone, reserved words among them;
any other is in double quotes: `lake.raw."my table"`. Of a database's table, source or target, A to Z without quotes are
a to z, as PostgreSQL reads them: `n."MixedCase"`. A target whose name differs from that of a table there in case only
is refused. So is a name that cannot be read everywhere: `/`, `#`, `?`, control characters, outer spaces and more than
200 bytes in the lake, `.` in its namespaces, more than 63 bytes in a database.

SQL is one statement; semicolons and comments after it are left out.

`longshore.submission.transfer_parameters` translates the arguments into template parameters, once they are rendered.
"""

from collections.abc import Sequence
from typing import Any

from longshore.operators.spark_container import SparkContainerOperator

SQL_FILES: Sequence[str] = (".sql",)
WRITING: Sequence[str] = ("schema_changes", "delete_missing", "checks", "lock_timeout")
"""The arguments by which all transfers write."""


def renderers(**own: str) -> dict[str, str]:
    """Returns the `template_fields_renderers` of a transfer whose other arguments are shown as `own` says."""
    return {**SparkContainerOperator.template_fields_renderers, **own, "checks": "json"}


def writing(operator: SparkContainerOperator) -> dict[str, Any]:
    """Returns the values of the arguments `WRITING` of a transfer."""
    return {name: getattr(operator, name) for name in WRITING}
