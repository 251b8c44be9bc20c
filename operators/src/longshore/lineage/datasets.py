"""The datasets that a job reports in its result, by OpenLineage's names. Pure.

    {"datasets": {"inputs": [{"namespace": "postgres://db:5432", "name": "flights.public.planes"}], "outputs": […]}}

Any program may report them. `columns` (name to type) and `symlinks` (other names) are optional. A job that moves many
tables reports a result like this for each: `{"tables": {"planes": {"sink": …, "datasets": …}, …}}`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Dataset:
    """A dataset by its name."""

    namespace: str
    name: str
    columns: Mapping[str, str] = field(default_factory=dict)
    """The type of each column."""
    symlinks: tuple[tuple[str, str], ...] = ()
    """Namespace and name of each other name."""
    rows_written: int | None = None
    """The rows that were written to it, where they are known."""


@dataclass(frozen=True)
class Datasets:
    """The datasets that a job has read and written."""

    inputs: tuple[Dataset, ...] = ()
    outputs: tuple[Dataset, ...] = ()


def reported(result: Any) -> Datasets:
    """Returns the datasets in a job's result. What has another form is left out, and so is a name with a password."""
    found = _reported(result)
    rows = {_key(one): one.rows_written for each in of_each_table(result) for one in _reported(each).outputs}
    outputs = (replace(one, rows_written=rows.get(_key(one), one.rows_written)) for one in found.outputs)
    return replace(found, outputs=tuple(outputs))


def of_each_table(result: Any) -> list[Mapping[str, Any]]:
    """Returns the result of each of many tables; none where the job has moved one, or has another result."""
    tables = result.get("tables") if isinstance(result, Mapping) else None
    return [one for one in tables.values() if isinstance(one, Mapping)] if isinstance(tables, Mapping) else []


def _reported(result: Any) -> Datasets:
    found = result.get("datasets") if isinstance(result, Mapping) else None
    if not isinstance(found, Mapping):
        return Datasets()
    inputs, outputs = _each(found.get("inputs")), _each(found.get("outputs"))
    sink = result.get("sink")
    rows = sink.get("rows") if isinstance(sink, Mapping) else None
    if len(outputs) == 1 and isinstance(rows, int):
        outputs = (replace(outputs[0], rows_written=rows),)
    return Datasets(inputs, outputs)


def _each(values: Any) -> tuple[Dataset, ...]:
    datasets = map(_dataset, values if isinstance(values, list) else [])
    return tuple({_key(each): each for each in datasets if each}.values())


def _key(dataset: Dataset) -> tuple[str, str]:
    return dataset.namespace, dataset.name


def _dataset(value: Any) -> Dataset | None:
    if (name := _name(value)) is None:
        return None
    columns, symlinks = value.get("columns"), value.get("symlinks")
    return Dataset(
        *name,
        columns={str(key): str(kind) for key, kind in columns.items()} if isinstance(columns, Mapping) else {},
        symlinks=tuple(filter(None, map(_name, symlinks if isinstance(symlinks, list) else []))),
    )


def _name(value: Any) -> tuple[str, str] | None:
    if not isinstance(value, Mapping):
        return None
    namespace, name = value.get("namespace"), value.get("name")
    if not isinstance(namespace, str) or not isinstance(name, str) or not namespace or not name:
        return None
    return None if _has_password(namespace) or _has_password(name) else (namespace, name)


def _has_password(text: str) -> bool:
    try:
        return urlsplit(text).password is not None
    except ValueError:  # brackets that are not closed
        return "@" in text
