"""Template parameters from the arguments by which all transfers write: mode, key, checks and the rest. Pure."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from longshore.exceptions import InvalidArgumentError
from longshore.grammar.check_grammar import checks_of
from longshore.submission.artifacts import VALUE_LENGTH
from longshore.submission.parameters import Number, whole_number

MODES = ("overwrite", "append", "merge")
SCHEMA_CHANGES = ("evolve", "fail", "ignore")


def writing_parameters(
    mode: str | None,
    key: str | Sequence[str] | None,
    *,
    table: str | None,
    statement: Callable[[str], str],
    schema_changes: str | None = None,
    delete_missing: bool | str | None = None,
    checks: Sequence[Mapping[str, Any]] | None = None,
    lock_timeout: Number | None = None,
) -> dict[str, str | None]:
    """Returns the parameters by which a transfer writes; None for those that were not given.

    Args:
        mode, key, schema_changes, delete_missing, checks, lock_timeout: as the operators take them.
        table: the source, if it is a whole table.
        statement: reads one statement in the SQL of the place where rows are staged; raises ValueError.

    Raises:
        InvalidArgumentError: a value is wrong, or contradicts another one.
    """
    if mode is not None and mode not in MODES:
        raise InvalidArgumentError(f"mode is {mode!r}: give one of {', '.join(MODES)}.")
    columns = [key] if isinstance(key, str) else list(key or [])
    if key is not None and not all(isinstance(column, str) and column.strip() for column in columns or [""]):
        raise InvalidArgumentError(f"key is {key!r}: give the name of a column, or a list of names.")
    if mode == "merge" and not columns:
        raise InvalidArgumentError("mode is 'merge' without a key: name the columns that identify a row as key.")
    if columns and mode != "merge":
        raise InvalidArgumentError(f"key is given, but mode is {mode!r}: only mode 'merge' uses a key.")
    if schema_changes is not None and schema_changes not in SCHEMA_CHANGES:
        raise InvalidArgumentError(f"schema_changes is {schema_changes!r}: give one of {', '.join(SCHEMA_CHANGES)}.")
    return {
        "mode": mode,
        "key": _key(columns),
        "schema_changes": schema_changes,
        "delete_missing": _delete_missing(delete_missing, mode=mode, table=table),
        "checks": _checks(checks, statement),
        "lock_timeout": whole_number("lock_timeout", lock_timeout, least=0),
    }


def _delete_missing(given: bool | str | None, *, mode: str | None, table: str | None) -> str | None:
    if given is None:
        return None
    text = str(given).strip().lower()
    if text not in ("true", "false"):
        raise InvalidArgumentError(f"delete_missing is {given!r}: give True or False.")
    if text == "true" and mode != "merge":
        raise InvalidArgumentError(f"delete_missing is given, but mode is {mode!r}: only mode 'merge' deletes rows.")
    if text == "true" and table is None:
        raise InvalidArgumentError(
            "delete_missing is given with SQL, which may leave out rows that are not missing: name a whole table as "
            "table, or leave delete_missing out."
        )
    return text


def _checks(checks: Sequence[Mapping[str, Any]] | None, statement: Callable[[str], str]) -> str | None:
    if checks is None or checks == []:
        return None
    if isinstance(checks, str):
        raise InvalidArgumentError(
            f"checks is {checks!r}: give a list of mappings. (Where a template makes it, the DAG needs "
            "render_template_as_native_obj=True.)"
        )
    try:
        checks_of(checks, statement)
    except ValueError as error:
        raise InvalidArgumentError(f"{error}.") from None
    text = json.dumps([dict(check) for check in checks], ensure_ascii=False)
    if len(text) > VALUE_LENGTH:
        raise InvalidArgumentError(
            f"checks have {len(text)} characters as JSON, and a template parameter takes {VALUE_LENGTH}: give fewer, "
            "or put the SQL of a check into a view."
        )
    return text


def _key(columns: Sequence[str]) -> str | None:
    # Simple names are joined by commas, as templates have always taken them; others need JSON.
    simple = all(re.fullmatch(r"\w+", column) for column in columns)
    return (",".join(columns) if simple else json.dumps(list(columns), ensure_ascii=False)) or None
