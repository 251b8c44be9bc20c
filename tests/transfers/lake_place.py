"""Tables of the lake as their owner makes them, and as another reader than Spark sees them: by pyiceberg."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.schema import Schema
from pyiceberg.table import Table as IcebergTable
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import (
    BinaryType,
    BooleanType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IcebergType,
    IntegerType,
    ListType,
    LongType,
    NestedField,
    StringType,
    TimestampType,
    TimestamptzType,
    UUIDType,
)

from .oracle import Column, Table

_TYPES: list[IcebergType] = [
    *(IntegerType(), LongType(), FloatType(), DoubleType(), StringType(), BooleanType(), BinaryType(), DateType()),
    *(TimestampType(), TimestamptzType(), UUIDType()),
]
_BY_NAME = {str(kind): kind for kind in _TYPES}
COMMITS = "longshore.commit."


@dataclass(frozen=True)
class Layout:
    """The settings of a table that its owner has made, apart from its columns."""

    partition: str | None = None
    renamed: bool = False
    """Its columns had other names when its rows were written."""
    dropped: int = 0
    """So many columns came first, and are gone: field ids do not begin with 1."""


def create(catalog: SqlCatalog, name: str, table: Table, layout: Layout) -> None:
    """Makes a table as the layout says."""
    gone = [NestedField(at + 1, f"gone {at}", StringType(), required=False) for at in range(layout.dropped)]
    names = [f"before {at}" if layout.renamed else column.name for at, column in enumerate(table.columns)]
    fields = [
        NestedField(100 * at + 10, name, _type(column.type, 100 * at + 11), required=column.required)
        for at, (name, column) in enumerate(zip(names, table.columns, strict=True))
    ]
    made = catalog.create_table(name, Schema(*gone, *fields), properties={"owner.note": "mine"})
    if layout.partition is not None:
        at = [column.name for column in table.columns].index(layout.partition)
        with made.update_spec() as spec:
            spec.add_field(names[at], IdentityTransform(), f"part_{at}")
    if table.rows:
        made.append(_arrow(made, names, table))
    with made.update_schema() as update:
        for field in gone:
            update.delete_column((field.name,))
        for before, column in zip(names, table.columns, strict=True):
            if before != column.name:
                update.rename_column((before,), column.name)


def columns(made: IcebergTable) -> list[Column]:
    """A table's columns."""
    return [Column(field.name, str(field.field_type), field.required) for field in made.schema().fields]


def rows(made: IcebergTable) -> list[dict[str, Any]]:
    """A table's rows."""
    content = made.scan().to_arrow()
    names = content.column_names
    lists = [column.to_pylist() for column in content.columns]
    plain = ([str(one) if isinstance(one, UUID) else one for one in row] for row in zip(*lists, strict=True))
    return [dict(zip(names, row, strict=True)) for row in plain]


def kept(made: IcebergTable) -> Any:
    """Returns what no transfer changes: identity, ids of columns, partitions, order of rows, properties."""
    properties = {name: value for name, value in made.properties.items() if not name.startswith(COMMITS)}
    ids = {field.field_id: (field.name, field.required, field.doc) for field in made.schema().fields}
    return made.metadata.table_uuid, made.spec(), made.sort_order(), properties, ids


def _arrow(made: IcebergTable, names: list[str], table: Table) -> pa.Table:
    schema = made.schema().as_arrow()
    values = {
        name: [UUID(row[one.name]) if one.type == "uuid" and row[one.name] else row[one.name] for row in table.rows]
        for name, one in zip(names, table.columns, strict=True)
    }
    arrays = [pa.array(values.get(field.name, [None] * len(table.rows)), type=field.type) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def _type(kind: str, element: int) -> IcebergType:
    if kind.startswith("list<"):
        return ListType(element, _type(kind[5:-1], 0), element_required=False)
    if kind.startswith("decimal"):
        digits, scale = kind[8:-1].split(", ")
        return DecimalType(int(digits), int(scale))
    return _BY_NAME[kind]
