"""Installed Python packages beside a lock of uv, and Spark's jars."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from longshore_cli.doctor.embedded.facts import Packages

_DIST_INFO = re.compile(r"(?P<name>.+)-(?P<version>[^-]+)\.dist-info")
_LAKE = "longshore-lake.jar"
"""The lake's catalog, which `images/spark/bin/build-jar` compiles."""


def packages(environment: Path, lock: Path) -> Packages:
    """Returns the packages of an environment beside those of its lock."""
    installed = installed_versions(environment)
    if installed is None:
        return Packages(folder=str(environment), present=False)
    if not lock.is_file():
        return Packages(folder=str(environment), present=True)
    missing, differing = compared(tomllib.loads(lock.read_text()), installed)
    return Packages(folder=str(environment), present=True, missing=missing, differing=differing)


def installed_versions(environment: Path) -> dict[str, str] | None:
    """Returns the versions of an environment's packages by normal name; None if it does not exist."""
    if not (environment / "bin/python").exists():
        return None
    names = [each.name for each in environment.glob("lib/python3.*/site-packages/*.dist-info")]
    return {normal(match["name"]): match["version"] for name in names if (match := _DIST_INFO.fullmatch(name))}


def normal(name: str) -> str:
    """Returns a package's name in its normal form. Pure. Source: PyPA, "Names and normalization"."""
    return re.sub(r"[-_.]+", "-", name).lower()


def compared(lock: Mapping[str, Any], installed: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Returns the names that the lock's projects ask for and that are missing, and sentences on other versions. Pure.

    Packages of the lock that only another platform needs are not missing, so only the projects' own dependencies
    without a condition are looked for.
    """
    ours = [each for each in lock["package"] if "registry" not in each.get("source", {})]
    wanted = {
        normal(dependency["name"])
        for project in ours
        for dependency in project.get("dependencies", ())
        if "marker" not in dependency
    }
    versions: dict[str, set[str]] = {}
    for each in lock["package"]:
        if "registry" in each.get("source", {}):
            versions.setdefault(normal(each["name"]), set()).add(each["version"])
    differing = [
        f"{name} is {installed[name]}, the lock has {' or '.join(sorted(known))}"
        for name, known in sorted(versions.items())
        if name in installed and installed[name] not in known
    ]
    missing = wanted - installed.keys()
    return tuple(sorted(missing & versions.keys())), tuple(differing)


def missing_jars(image: Path) -> tuple[str, ...]:
    """Returns the names of the jars that `images/spark` needs on one machine and does not have."""
    pins = tomllib.loads((image / "jars.toml").read_text())["jars"]
    wanted = ["{1}-{2}.jar".format(*coordinate.split(":")) for coordinate in pins]
    return tuple(name for name in [*wanted, _LAKE] if not (image / ".jars" / name).exists())
