"""Targets, and transfers to them whose columns and modes change, for hypothesis."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from .exact_values import TAKEN, UUIDS
from .lake_place import Layout
from .oracle import Column, Run, Source, Table

_SMALL = [0, 1, 2, 3, 4, 5]
_WORDS = ["", "a", "b", "ab", "ab ", "abcd", "é", "NULL", "x" * 30]
_MOMENTS = [datetime(2024, 3, 31, 2, 30), datetime(1850, 6, 15, 12), datetime(2024, 1, 1, 0, 0, 0, 1000)]
_FINE = [*_MOMENTS, datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999)]
_DAYS = [date(2024, 2, 29), date(1582, 10, 10), date(1, 1, 1), date(9999, 12, 31), date(2024, 1, 1)]


def _with_zone(moments: list[datetime]) -> list[datetime]:
    return [at.replace(tzinfo=UTC) for at in moments]


def _decimals(digits: int, scale: int) -> list[Decimal]:
    edge = 10**digits - 1
    return [Decimal(f"{number}E-{scale}") for number in (*_SMALL, 249, -7, edge, -edge)]


SOURCE_VALUES: dict[str, list[Any]] = {
    "int": [*_SMALL, *_SMALL, -1, 2**31 - 1, -(2**31)],
    "long": [*_SMALL, *_SMALL, 2**31, 2**63 - 1, -(2**63)],
    "float": [0.5, 1.0, 2.75, -0.0, 0.25, float("nan"), float("-inf")],
    "double": [0.1, 2.75, -0.9, 1e300, 5e-324, float("nan"), float("inf")],
    "decimal(10, 2)": _decimals(10, 2),
    "decimal(12, 2)": _decimals(12, 2),
    "decimal(12, 4)": _decimals(12, 4),
    "decimal(38, 10)": _decimals(38, 10),
    "decimal(5, 0)": _decimals(5, 0),
    "words": _WORDS,
    "uuids": [*UUIDS, UUIDS[0].upper()],
    "jsons": ["{}", "1", '{"b":1, "a":[null,1.50]}', '{"a": [null, 1.50], "b": 1}', "null"],
    "moods": ["ok", "ünï", "ok", "sad"],
    "times": ["12:00:00", "23:59:59.5", "12:00"],
    "date": _DAYS,
    "timestamp": _FINE,
    "timestamptz": _with_zone(_FINE),
    "boolean": [True, False],
    "binary": [b"", b"\0", b"\xff\\"],
    "list<int>": [[], [1, None], [2**31 - 1], [3]],
    "list<long>": [[2**31], [None], [-1, 1]],
    "list<decimal(10, 2)>": [[Decimal("1.50"), None], [Decimal("99999999.99")]],
    "list<decimal(12, 2)>": [[Decimal("1.50")], [Decimal("9999999999.99")]],
    "list<string>": [["a", None], ["abcd"], [], ['"', "\\"]],
}
"""Kinds of a source's columns; those that are no type of Iceberg's are texts."""
_NUMBERS = ["int", "long", "float", "double", "decimal(10, 2)", "decimal(12, 2)", "decimal(12, 4)", "decimal(38, 10)"]
_TEXTS = ["words", "uuids", "jsons", "moods", "times"]
_LISTS = ["list<int>", "list<long>", "list<decimal(10, 2)>", "list<decimal(12, 2)>", "list<string>"]
_TIMES = ["timestamp", "timestamptz", "date"]
RELATED: dict[str, dict[str, list[str]]] = {
    "lake": {
        **{kind: [kind, *_NUMBERS, "decimal(5, 0)"] for kind in (*_NUMBERS, "decimal(5, 0)")},
        "string": _TEXTS,
        "uuid": ["uuids", "words"],
        **{kind: [kind, *_TIMES] for kind in _TIMES},
        **{kind: [kind, "words"] for kind in ("boolean", "binary")},
        **{kind: [kind, *_LISTS] for kind in _LISTS},
    },
    "database": {
        "smallint": ["int", "int", "long", "decimal(5, 0)"],
        **{kind: ["int", *_NUMBERS] for kind in ("integer", "bigint", "double precision", "numeric")},
        "real": ["float", *_NUMBERS],
        "numeric(10,2)": ["decimal(10, 2)", *_NUMBERS],
        "numeric(5,2)": ["decimal(10, 2)", "decimal(5, 0)", "int"],
        **{kind: ["words", *_TEXTS] for kind in ("text", "character varying(3)", "character(4)")},
        "uuid": ["uuids", "words"],
        "jsonb": ["jsons", "words"],
        "mood": ["moods", "words"],
        "time without time zone": ["times", "words"],
        "date": ["date", "timestamp", "words"],
        **{f"timestamp{n} without time zone": ["timestamp", *_TIMES] for n in ("", "(3)")},
        **{f"timestamp{n} with time zone": ["timestamptz", *_TIMES] for n in ("", "(3)")},
        "boolean": ["boolean", "int"],
        "bytea": ["binary", "words"],
        "integer[]": ["list<int>", *_LISTS],
        "numeric(10,2)[]": ["list<decimal(10, 2)>", *_LISTS],
        **{kind: ["list<string>", *_LISTS] for kind in ("text[]", "character varying(3)[]")},
    },
}
"""The kinds of a source's columns that meet a column of a target's; the natural one first."""
_KEYS = {
    "lake": ["uuid", "int", "long", "string", "decimal(10, 2)", "date", "timestamp"],
    "database": [
        *("integer", "bigint", "text", "character varying(3)", "uuid", "jsonb", "numeric(10,2)", "date", "mood"),
        *("integer", "bigint", "timestamp(3) without time zone"),
    ],
}
_WIDER = {
    "int": "long",
    "float": "double",
    "decimal(10, 2)": "decimal(12, 2)",
    "decimal(5, 0)": "long",
    "list<int>": "list<long>",
    "list<decimal(10, 2)>": "list<decimal(12, 2)>",
}
_CHANGES = [*["kept"] * 13, *["wider"] * 4, "other", "other", "case", "other", "renamed", "renamed", "dropped"]
"""The changes to a column in the source; the last ones are not for keys."""
_NAMES = ["id", "name", "score", "day", "note", "Größe", "order", "Mixed Case", 'quo"te', "tick`s", "dot.ted", "a,b"]


@dataclass(frozen=True)
class Case:
    """A target, and the transfers to it, one after the other."""

    place: str
    """The target's place: `lake` or `database`."""
    owned: Table | None
    """The target as its owner has made it; None: the first transfer makes it."""
    layout: Layout
    runs: list[Run]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Any target, and one transfer to it, or two where the first one makes it."""
    place = draw(st.sampled_from(["lake", "database"]))
    names = draw(st.lists(st.sampled_from(_NAMES), min_size=2, max_size=5, unique=True))
    number = draw(st.sampled_from([1, 1, 1, 2]))
    types = [draw(st.sampled_from(_KEYS[place])) for _ in names[:number]]
    types += [draw(st.sampled_from(list(RELATED[place]))) for _ in names[number:]]
    columns = dict(zip(names, types, strict=True))
    owned = _owned(draw, place, columns, names[:number]) if draw(st.booleans()) else None
    partitions = [None, *(name for name, kind in columns.items() if kind in ("int", "string", "date", "boolean"))]
    layout = Layout(draw(st.sampled_from(partitions)), draw(st.booleans()), draw(st.sampled_from([0, 2])))
    first = [] if owned else [_run(draw, place, columns, names[:number], changed=False)]
    return Case(place, owned, layout, [*first, _run(draw, place, columns, names[:number], changed=True)])


def _seldom(draw: st.DrawFn) -> bool:
    return draw(st.sampled_from([False] * 7 + [True]))


def _owned(draw: st.DrawFn, place: str, types: dict[str, str], key: list[str]) -> Table:
    columns = []
    for name, kind in types.items():
        if place == "lake":
            columns.append(Column(name, kind, required=_seldom(draw)))
            continue
        identity = (
            draw(st.sampled_from(["", "", "a", "d"])) if kind in ("integer", "bigint") and name != key[-1] else ""
        )
        default = (
            {"integer": 7, "text": "x", "numeric(10,2)": Decimal("1.50")}.get(kind) if draw(st.booleans()) else None
        )
        positive = kind in ("integer", "bigint") and _seldom(draw)
        required = identity != "" or _seldom(draw)
        domain = "percent" if kind == "numeric(5,2)" else ""
        columns.append(Column(name, kind, required, None if identity else default, identity, positive, domain))
    unique = tuple(key) if place == "database" and draw(st.booleans()) else ()
    columns = [Column(**{**vars(one), "required": one.required or one.name in unique}) for one in columns]
    if sum(one.identity != "" for one in columns) > 1:
        columns = [Column(**{**vars(one), "identity": ""}) for one in columns]
    pools = {one.name: [v for v in _owned_values(place, one.type) if not one.positive or v > 0] for one in columns}
    rows = _rows(draw, pools, key, nullable={one.name for one in columns if not one.required}, twice=not unique)
    return Table(tuple(columns), tuple(dict(zip(pools, row, strict=True)) for row in rows), unique)


def _owned_values(place: str, kind: str) -> list[Any]:
    if kind in TAKEN:
        return sorted(set(TAKEN[kind].values()))
    natural = SOURCE_VALUES[RELATED[place][kind][0]]
    if kind in ("numeric(5,2)", "smallint"):
        return [Decimal(number) for number in _SMALL] if kind != "smallint" else [*_SMALL, 32767]
    if kind.startswith("character"):
        return [["abc", None], []] if kind.endswith("[]") else ["", "a", "b", "ab", "é"]
    return _MOMENTS if kind.startswith("timestamp(3) without") else _with_zone(_MOMENTS) if "(3)" in kind else natural


def _run(draw: st.DrawFn, place: str, target: dict[str, str], key: list[str], *, changed: bool) -> Run:
    kinds: dict[str, str] = {}
    keys = []
    for name, kind in target.items():
        related = RELATED[place][kind]
        what = draw(st.sampled_from(_CHANGES[: 20 if name in key else None])) if changed else "kept"
        if what == "dropped":
            continue
        given = {"renamed": f"new {name}", "case": name.swapcase()}.get(what, name)
        kinds[given] = related[0]
        if what == "wider":
            kinds[given] = _WIDER.get(related[0], related[0])
        if what == "other":
            kinds[given] = draw(st.sampled_from(list(SOURCE_VALUES) if _seldom(draw) else related))
        keys += [given] if name in key else []
    if changed and draw(st.sampled_from([True, False, False])):
        kinds["added"] = draw(st.sampled_from(list(SOURCE_VALUES)))
    order = draw(st.permutations(list(kinds))) if changed else list(kinds)
    pools = {name: SOURCE_VALUES[kinds[name]] for name in order}
    nullable = {name for name in pools if name not in keys or _seldom(draw)}
    rows = _rows(draw, pools, keys, nullable=nullable, twice=_seldom(draw))
    source = Source({name: "string" if kinds[name] in _TEXTS else kinds[name] for name in order}, rows)
    mode = draw(st.sampled_from(["append", "overwrite", "merge", "merge"]))
    rule = draw(st.sampled_from(["evolve", "evolve", "fail", "ignore"]))
    deletes = mode == "merge" and draw(st.booleans())
    checks = [draw(_checks(order))] if _seldom(draw) or _seldom(draw) else []
    return Run(source, mode, tuple(keys) if mode == "merge" else (), rule, deletes, checks)


def _rows(
    draw: st.DrawFn, pools: dict[str, list[Any]], key: list[str], *, nullable: set[str], twice: bool
) -> list[list[Any]]:
    values = [st.sampled_from([*pool, *pool[:2], None] if name in nullable else pool) for name, pool in pools.items()]
    places = [list(pools).index(name) for name in key]
    rows = st.tuples(*values).map(list)
    unique = None if twice else lambda row: json.dumps([str(row[at]) for at in places])
    possible = max([len(set(map(str, pools[name]))) for name in key], default=6)
    return draw(st.lists(rows, min_size=min(possible, draw(st.sampled_from([0, 3, 3]))), max_size=6, unique_by=unique))


def _checks(names: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    column = st.sampled_from(names).map(lambda name: [name])
    return st.one_of(
        column.map(lambda names: {"not_null": names}),
        column.map(lambda names: {"unique": names}),
        st.sampled_from([{"row_count": "source"}, {"row_count": {"min": 2}}, {"row_count": {"max": 4}}]),
        st.just({"sql": "SELECT count(*) AS n FROM rows HAVING count(*) > 3"}),
    )
