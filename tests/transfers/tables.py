"""Tables of any types, names and values, for hypothesis; and what must be in the lake of each value."""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Context, Decimal
from typing import Any

from hypothesis import strategies as st
from longshore_spark.spark.names import folded

WIDE = Context(prec=200)
PRELUDE = """
CREATE TYPE mood AS ENUM ('ok', '"bad"', 'it''s', 'ünï');
CREATE TYPE pair AS (a int, b timestamptz);
CREATE DOMAIN percent AS numeric(5,2);
CREATE DOMAIN percents AS percent[];
CREATE DOMAIN word AS varchar(20);
"""
_ALPHABET = st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=("Cs",))
_EDGES = ["", " ", "\\", "'", '"', "NULL", "{}", "\n", "\u00e9", "\U0001f6a2", "a" * 3000]
TEXTS = st.one_of(st.sampled_from(_EDGES), st.text(_ALPHABET, max_size=20))
NAMES = st.one_of(
    st.sampled_from(
        [
            "order",
            "select",
            "Mixed Case",
            "größe",
            'quo"te',
            "tick`s",
            "dot.ted",
            "a,b",
            "2024",
            "a b",
            "x'y",
            "{0}",
            "$1",
            "?",
        ]
    ),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Z", "M")), min_size=1, max_size=12),
)


def _integers(bits: int) -> st.SearchStrategy[str]:
    low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    return st.one_of(st.sampled_from([low, -1, 0, high]), st.integers(low, high)).map(str)


def _decimals(precision: int, scale: int) -> st.SearchStrategy[str]:
    """Returns decimals of at most so many digits, whatever the scale's sign."""
    edge = 10**precision - 1
    digits = st.one_of(st.sampled_from([0, 1, -1, edge, -edge]), st.integers(-edge, edge))
    return digits.map(lambda number: f"{Decimal(number).scaleb(-scale, WIDE):f}")


def _floats(width: int) -> st.SearchStrategy[str]:
    return st.floats(width=width).map(lambda number: repr(number).replace("inf", "Infinity"))


_DATES = st.one_of(
    st.sampled_from(["0001-01-01", "1582-10-04", "1582-10-10", "1582-10-15", "1969-12-31", "9999-12-31"]),
    st.dates().map(date.isoformat),
)
_MOMENTS = st.one_of(
    st.sampled_from(
        [
            *("0001-01-01 00:00:00", "1582-10-10 12:00:00.000001", "1850-06-15 12:00:00", "1893-04-01 00:00:00"),
            *("2024-03-31 02:30:00", "2024-10-27 02:30:00.5", "1986-01-01 00:15:00", "9999-12-31 23:59:59.999999"),
            *("1969-12-31 23:59:59.999999", "2024-04-07 01:45:00", "2024-10-06 02:15:00"),
        ]
    ),
    st.datetimes().map(lambda at: at.isoformat(" ")),
)
_TIMES = st.one_of(
    st.sampled_from(["00:00:00", "23:59:59.999999", "24:00:00"]), st.times().map(lambda at: at.isoformat())
)


@dataclass(frozen=True)
class Kind:
    """A type: how its values are made, and what its text becomes in the lake."""

    declared: str
    values: st.SearchStrategy[str]
    """Texts that PostgreSQL reads."""
    lake: Callable[[str], Any]
    """From the source's own text to what pyiceberg says of the lake's value."""
    back: str
    """The type of the column that is written back to a database."""
    element: "Kind | None" = None


def _array(of: Kind, declared: str | None = None) -> Kind:
    values = st.lists(st.one_of(st.none(), of.values), max_size=5).map(_array_text)
    return Kind(declared or f"{of.declared}[]", values, of.lake, f"{of.back}[]", of)


def _array_text(values: list[str | None]) -> str:
    shown = (
        "NULL" if value is None else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values
    )
    return "{" + ",".join(shown) + "}"


def _moment(text: str) -> datetime:
    day, _, time = text.removesuffix("+00").partition(" ")
    whole, _, fraction = time.partition(".")
    return datetime.fromisoformat(f"{day} {whole}") + timedelta(microseconds=int(fraction.ljust(6, "0") or 0))


def _decimal(back: str, values: st.SearchStrategy[str], declared: str) -> Kind:
    return Kind(declared, values, Decimal, back)


_SCALARS = [
    Kind("boolean", st.sampled_from(["true", "false"]), lambda text: text in ("t", "true"), "boolean"),
    Kind("smallint", _integers(16), int, "integer"),
    Kind("integer", _integers(32), int, "integer"),
    Kind("bigint", _integers(64), int, "bigint"),
    Kind("oid", st.integers(0, 2**32 - 1).map(str), int, "bigint"),
    Kind("real", _floats(32), lambda text: struct.unpack("f", struct.pack("f", float(text)))[0], "real"),
    Kind("double precision", _floats(64), float, "double precision"),
    _decimal("numeric(12,2)", _decimals(12, 2), "numeric(12,2)"),
    _decimal("numeric(38,10)", _decimals(38, 10), "numeric(38,10)"),
    _decimal("numeric(38,0)", _decimals(38, 0), "numeric(38,0)"),
    _decimal("numeric(38,38)", _decimals(38, 38), "numeric(38,38)"),
    _decimal("numeric(7,0)", _decimals(5, -2), "numeric(5,-2)"),
    _decimal("numeric(5,5)", _decimals(2, 5), "numeric(2,5)"),
    _decimal("numeric(38,18)", _decimals(38, 18), "numeric"),
    _decimal("numeric(5,2)", _decimals(5, 2), "percent"),
    Kind("date", _DATES, date.fromisoformat, "date"),
    Kind("timestamp", _MOMENTS, _moment, "timestamp without time zone"),
    Kind("timestamptz", _MOMENTS.map(lambda text: f"{text}+00"), _moment, "timestamp with time zone"),
    Kind(
        "bytea",
        st.binary(max_size=20).map(lambda raw: "\\x" + raw.hex()),
        lambda text: bytes.fromhex(text[2:]),
        "bytea",
    ),
]
_AS_TEXT = {
    "text": TEXTS,
    "varchar(4000)": TEXTS,
    "char(5)": st.text("ab ", max_size=5),
    "name": st.text("abcé", max_size=20),
    '"char"': st.sampled_from(["a", "z"]),
    "word": st.text("abc", max_size=20),
    "time": _TIMES,
    "timetz": _TIMES.map(lambda text: f"{text}+05:30"),
    "interval": st.sampled_from(["1 mon -2 days 03:04:05.600001", "-1 year", "0", "178000000 years", "infinity"]),
    "uuid": st.uuids().map(str),
    "json": st.sampled_from(['{"a" : 1, "a": 2}', "null", '"\\u00e9"', "[1.0e5]"]),
    "jsonb": st.sampled_from(['{"b": 1, "a": [null, 1.50]}', "1e-20", '"é"']),
    "inet": st.sampled_from(["10.0.0.1/8", "::1", "192.168.0.1"]),
    "cidr": st.sampled_from(["10.0.0.0/8", "2001:db8::/32"]),
    "macaddr": st.just("08:00:2b:01:02:03"),
    "money": st.integers(-(10**6), 10**6).map(lambda cents: f"{cents / 100:.2f}"),
    "bit(3)": st.text("01", min_size=3, max_size=3),
    "bit(1)": st.text("01", min_size=1, max_size=1),
    "varbit": st.text("01", max_size=12),
    "mood": st.sampled_from(["ok", '"bad"', "it's", "ünï"]),
    "pair": st.sampled_from(["(1,)", '(,"2024-01-01 00:00:00+02")', "(-3,infinity)"]),
    "tstzrange": st.sampled_from(["empty", "[2024-01-01 00:00+02,)", "(,)"]),
    "int4multirange": st.sampled_from(["{}", "{[1,3),[5,9)}"]),
    "numrange": st.sampled_from(["[0.10,1e30)", "empty"]),
    "point": st.sampled_from(["(1.1,-0)", "(1e300,2)"]),
    "tsvector": st.just("'a':1 'b':2"),
    "pg_lsn": st.just("16/B374D848"),
    "int2vector": st.just("1 2 3"),
}
_TEXTUAL = [Kind(declared, values, str, "text") for declared, values in _AS_TEXT.items()]
_BY_NAME = {kind.declared: kind for kind in (*_SCALARS, *_TEXTUAL)}
KINDS = [
    *_SCALARS,
    *_TEXTUAL,
    *(_array(_BY_NAME[name]) for name in ("boolean", "smallint", "integer", "bigint", "real", "double precision")),
    *(
        _array(_BY_NAME[name])
        for name in ("numeric(12,2)", "date", "timestamp", "timestamptz", "text", "bytea", "uuid")
    ),
    *(_array(_BY_NAME[name]) for name in ("time", "jsonb", "mood", "interval", "inet", "numeric(38,0)")),
    _array(_BY_NAME["percent"], "percents"),
    _array(_BY_NAME["pair"]),
]


@dataclass(frozen=True)
class Table:
    """Columns by name, and rows of PostgreSQL's texts."""

    columns: dict[str, Kind]
    rows: list[list[str | None]]
    partitions: int
    split: str
    """`auto`, or a column."""


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Any table that moves without an option."""
    names = draw(st.lists(NAMES, min_size=1, max_size=12, unique_by=folded))
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=len(names), max_size=len(names)))
    columns = dict(zip(names, kinds, strict=True))
    row = st.tuples(*(st.one_of(st.none(), kind.values) for kind in kinds)).map(list)
    rows = draw(st.lists(row, max_size=draw(st.sampled_from([0, 3, 40]))))
    splits = [
        name
        for name, kind in columns.items()
        if kind.declared in ("integer", "bigint", "numeric(12,2)", "date", "timestamp", "timestamptz")
    ]
    return Table(columns, rows, draw(st.sampled_from([1, 2, 8])), draw(st.sampled_from(["auto", *splits])))
