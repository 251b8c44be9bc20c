"""Every switch of every chart, under each values file: it renders, or the refusal names it and a way out that renders.

A switch is a value that the schema gives as true or false, or as one of some words.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from helm.conftest import CHARTS
from helm.rendering import Helm
from helm.values_files import at_path, choices, merged

NAMESPACES = {name: name for name in ("airflow", "environments", "longshore", "observability", "yunikorn")}
SET = re.compile(r"[A-Za-z][\w.-]*=[\w{}-]+")


def values_files(chart: str) -> Iterator[Path]:
    """The files that a user installs the chart with; Airflow's own lacks a repository, which a user has to name."""
    for path in sorted((CHARTS / chart).glob("values*.yaml")):
        if (chart, path.name) != ("airflow", "values.yaml"):
            yield path


def switches(chart: str, file: Path) -> Iterator[tuple[str, Any]]:
    """Every switch that is set otherwise in the values file, with each other value that it may have."""
    base = yaml.safe_load((CHARTS / chart / "values.yaml").read_text())
    values = merged(base, yaml.safe_load(file.read_text()) or {})
    for path, others in choices(json.loads((CHARTS / chart / "values.schema.json").read_text()), values):
        for other in others:
            if other != at_path(values, path):
                yield ".".join(key.replace(".", r"\.") for key in path), other


CASES = [
    pytest.param(chart, file, f"{name}={json.dumps(value).strip(chr(34))}", id=f"{chart}-{file.name}-{name}-{value}")
    for chart in NAMESPACES
    for file in values_files(chart)
    for name, value in switches(chart, file)
]


def ways_out(message: str) -> list[list[str]]:
    """The values that a refusal tells to use, in each of its ways."""
    _, _, told = message.partition("; use ")
    ways = [SET.findall(way) for way in re.split(r", or ", told.split(".\n")[0])]
    # A release's name has a dot, which `--set` takes for the next key.
    return [[pair.replace("spark-4.1", r"spark-4\.1") for pair in way] for way in ways]


@pytest.mark.parametrize(("chart", "file", "pair"), CASES)
def test_a_switch_renders_or_is_refused_by_its_name_with_a_way_out(
    helm: Helm, chart: str, file: Path, pair: str
) -> None:
    arguments: dict[str, Any] = {"namespace": NAMESPACES[chart], "values": [file]}
    refusal = helm.try_template(CHARTS / chart, sets=[pair], **arguments)
    if refusal is None:
        return
    assert pair.partition("=")[0].replace("\\", "") in refusal, refusal
    ways = ways_out(refusal)
    assert all(ways), refusal
    # One way is to leave it; each of the others goes with what the user wants.
    others = [way for way in ways if not {each.partition("=")[0] for each in way} & {pair.partition("=")[0]}]
    assert others, refusal
    for way in others:
        assert helm.try_template(CHARTS / chart, sets=[pair, *way], **arguments) is None, refusal


def test_there_are_as_many_switches_as_a_reader_finds_in_the_values_files() -> None:
    names = {case.values[2].partition("=")[0] for case in CASES if case.values[0] == "longshore"}
    assert {"server.enabled", "yunikorn.enabled", "jobs.emrOnEks", "server.service.type", "imagePullPolicy"} <= names
