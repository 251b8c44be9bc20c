"""A chart's values.yaml with its comments: which keys it has, and which of them say what they are for. Pure."""

from collections.abc import Iterator
from typing import Any

import yaml

Path = tuple[str, ...]
KUBERNETES = {"resources", "podLabels"}
"""Keys whose content is of Kubernetes' own shape, and explained there."""


def keys(text: str) -> Iterator[tuple[Path, int, Any]]:
    """Every key of the YAML text but those of Kubernetes' own shapes: its path, its line (from 0), its value's node."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    yield from _keys(root, ())


def _keys(node: Any, path: Path) -> Iterator[tuple[Path, int, Any]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*path, key.value)
            yield here, key.start_mark.line, value
            if key.value not in KUBERNETES:
                yield from _keys(value, here)


def without_comment(text: str) -> list[str]:
    """The keys that have no comment, neither in the line before nor behind them."""
    lines = text.splitlines()
    return [
        ".".join(path)
        for path, line, _ in keys(text)
        if not (line and lines[line - 1].lstrip().startswith("#"))
        and " #" not in lines[line]
        and not _one_line(lines[line], path)
    ]


def _one_line(line: str, path: Path) -> bool:
    # `requests: { cpu: 100m }` is explained by what stands before it.
    return not line.lstrip().startswith((f"{path[-1]}:", f'"{path[-1]}":'))


def in_schema(path: Path, schema: dict[str, Any]) -> bool:
    """Returns whether the JSON schema knows the key at `path` by name, or as one of a table of free names."""
    at: dict[str, Any] = schema
    for key in path:
        at = _resolved(at, schema)
        properties = at.get("properties", {})
        if key in properties:
            at = properties[key]
        elif isinstance(at.get("additionalProperties"), dict):
            at = at["additionalProperties"]
        else:
            return False
    return True


def schema_keys(schema: dict[str, Any]) -> set[Path]:
    """The keys that the schema knows by name, below keys that it knows by name."""
    found: set[Path] = set()

    def descend(at: dict[str, Any], path: Path) -> None:
        for key, below in _resolved(at, schema).get("properties", {}).items():
            found.add((*path, key))
            if key not in KUBERNETES:
                descend(below, (*path, key))

    descend(schema, ())
    return found


def choices(schema: dict[str, Any], values: dict[str, Any]) -> Iterator[tuple[Path, list[Any]]]:
    """Each value that is one of few: its path, and what it may be. Of free names, those that `values` has."""

    def descend(at: dict[str, Any], below: Any, path: Path) -> Iterator[tuple[Path, list[Any]]]:
        at = _resolved(at, schema)
        if at.get("type") == "boolean":
            yield path, [False, True]
        elif "enum" in at:
            yield path, at["enum"]
        elif isinstance(below, dict):
            free = at.get("additionalProperties")
            known = {name: free for name in below if isinstance(free, dict)} | at.get("properties", {})
            for name, sub in known.items():
                if name in below:
                    yield from descend(sub, below[name], (*path, name))

    yield from descend(schema, values, ())


def at_path(values: dict[str, Any], path: Path) -> Any:
    """The value at `path`."""
    at: Any = values
    for key in path:
        at = at[key]
    return at


def open_tables(schema: dict[str, Any]) -> list[str]:
    """The places where the schema says `properties` and lets others pass."""

    def descend(at: Any, path: str) -> Iterator[str]:
        if isinstance(at, dict):
            if "properties" in at and at.get("additionalProperties") is not False:
                yield path
            for key, below in at.items():
                yield from descend(below, f"{path}/{key}")

    return list(descend(schema, ""))


def marked(text: str) -> tuple[dict[str, Any], dict[str, Path]]:
    """The values with every text and number replaced by one of its own, and the path of each.

    Truth values, empty lists and empty tables stay as they are.
    """
    marks: dict[str, Path] = {}

    def mark(value: Any, path: Path) -> Any:
        if isinstance(value, dict):
            return {key: mark(below, (*path, key)) for key, below in value.items()}
        if isinstance(value, list):
            return [mark(below, path) for below in value]
        if isinstance(value, bool):
            return value
        number = 10000 + len(marks)
        made = number if isinstance(value, int) else f"mark-{number}"
        marks[str(made)] = path
        return made

    return mark(yaml.safe_load(text), ()), marks


def _resolved(at: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    reference = at.get("$ref")
    return schema["$defs"][reference.rpartition("/")[2]] | at if reference else at


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Values with others over them, table by table, as Helm does it."""
    return base | {
        key: merged(base[key], value) if isinstance(value, dict) and isinstance(base.get(key), dict) else value
        for key, value in over.items()
    }
