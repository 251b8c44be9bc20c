"""The datasets that a job reports in its result, by OpenLineage's names. Pure.

    {"datasets": {"inputs": [{"namespace": "postgres://db:5432", "name": "flights.public.planes"}], "outputs": […]}}

Any program may report them. `columns` (name to type) and `symlinks` (other names) are optional.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
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


@dataclass(frozen=True)
class Datasets:
    """The datasets that a job has read and written."""

    inputs: tuple[Dataset, ...] = ()
    outputs: tuple[Dataset, ...] = ()
    rows_written: int | None = None
    """Rows that were written, where there is one output."""


def reported(result: Any) -> Datasets:
    """Returns the datasets in a job's result. What has another form is left out, and so is a name with a password."""
    found = result.get("datasets") if isinstance(result, Mapping) else None
    if not isinstance(found, Mapping):
        return Datasets()
    inputs, outputs = _each(found.get("inputs")), _each(found.get("outputs"))
    sink = result.get("sink")
    rows = sink.get("rows") if isinstance(sink, Mapping) and len(outputs) == 1 else None
    return Datasets(inputs, outputs, rows if isinstance(rows, int) else None)


def _each(values: Any) -> tuple[Dataset, ...]:
    datasets = map(_dataset, values if isinstance(values, list) else [])
    return tuple({(each.namespace, each.name): each for each in datasets if each}.values())


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
