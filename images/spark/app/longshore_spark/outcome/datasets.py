"""The datasets that a job reads and writes, by OpenLineage's names. Pure.

Source: OpenLineage, "Naming conventions" (spec/Naming.md). It has no names for tables of Iceberg; these are named as
OpenLineage's integration for Spark names them: by their location, with the name in the catalog as a symlink.
"""

from collections.abc import Mapping
from typing import TypedDict

_SCHEMES = {"s3a": "s3", "s3n": "s3"}
"""Hadoop's schemes for a store, and OpenLineage's."""

_BUCKETS = {"s3", "gs", "abfss", "wasbs"}
"""Stores of objects, whose keys begin without a slash."""


class Name(TypedDict):
    """The two parts of a dataset's name."""

    namespace: str
    name: str


class Dataset(Name, total=False):
    """A dataset, with what else is known of it."""

    symlinks: list[Name]
    """Other names of the same dataset."""
    columns: dict[str, str]
    """The type of each column, as the dataset's own system writes it."""


class Datasets(TypedDict):
    """The datasets of one job run."""

    inputs: list[Dataset]
    outputs: list[Dataset]


def postgres_name(hosts: str, port: int, database: str, schema: str, table: str) -> Name:
    """Returns the name of a table of PostgreSQL.

    Args:
        hosts: names or addresses, with commas between.
        port: of each host.
    """
    each = (f"[{host}]" if ":" in host else host for host in hosts.split(","))
    authority = ",".join(f"{host}:{port}" for host in each)
    return Name(namespace=f"postgres://{authority}", name=f"{database}.{schema}.{table}")


def location_name(uri: str) -> Name:
    """Returns the name of a folder in an object store or a file system.

    Args:
        uri: such as `s3a://bucket/key` or `file:/path`; no user and no password is part of it.
    """
    scheme, _, rest = uri.partition(":")
    scheme = _SCHEMES.get(scheme, scheme)
    authority, path = "", rest
    if rest.startswith("//"):
        authority, slash, path = rest[2:].partition("/")
        path = slash + path
    path = path.rstrip("/") or "/"
    if scheme not in _BUCKETS:  # Azure's have the container before the @
        authority = authority.rpartition("@")[2]
    if scheme == "file":
        return Name(namespace=f"file://{authority}" if authority else "file", name=path)
    keeps_slash = scheme not in _BUCKETS or path == "/"
    return Name(namespace=f"{scheme}://{authority}", name=path if keeps_slash else path.removeprefix("/"))


def dataset(name: Name, *, columns: Mapping[str, str] | None = None, symlink: Name | None = None) -> Dataset:
    """Returns a dataset of this name."""
    found = Dataset(namespace=name["namespace"], name=name["name"])
    if symlink is not None:
        found["symlinks"] = [symlink]
    if columns:
        found["columns"] = dict(columns)
    return found


def names_only(datasets: Datasets) -> Datasets:
    """Returns the datasets without their columns and other names."""
    return Datasets(
        inputs=[Dataset(namespace=one["namespace"], name=one["name"]) for one in datasets["inputs"]],
        outputs=[Dataset(namespace=one["namespace"], name=one["name"]) for one in datasets["outputs"]],
    )
