"""Helm is called as it should be, and what a killed one left is set right: with a program that notes its calls."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
from environments.clients.helm import Helm
from environments.exceptions import ConfigurationError, HelmError
from environments.requests.helm_arguments import status_of
from images.environments.world import SETTINGS

DOUBLE = """#!/bin/sh
printf '%s\\n' "$*" >> {folder}/calls
case $1 in
  list) cat {folder}/listed ;;
  upgrade) cat > {folder}/values; cat {folder}/error >&2; exit "$(cat {folder}/code)" ;;
esac
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {"listed": "[]", "error": "", "code": "0", "calls": ""}.items():
        (tmp_path / name).write_text(text)
    program = tmp_path / "helm"
    program.write_text(DOUBLE.format(folder=tmp_path))
    program.chmod(0o755)
    return tmp_path


def helm(folder: Path) -> Helm:
    return Helm(replace(SETTINGS, helm=str(folder / "helm")))


def calls(folder: Path) -> list[str]:
    return [line.split()[0] for line in (folder / "calls").read_text().splitlines()]


def test_values_go_over_standard_input(folder: Path) -> None:
    asyncio.run(helm(folder).upgrade("env-mine", {"config": {"a": "b; rm -rf /"}}, wait=False))
    assert json.loads((folder / "values").read_text()) == {"config": {"a": "b; rm -rf /"}}
    assert "rm -rf" not in (folder / "calls").read_text()


@pytest.mark.parametrize(
    ("status", "before"),
    [
        ("deployed", []),
        ("failed", []),
        ("pending-install", ["uninstall"]),
        ("uninstalling", ["uninstall"]),
        ("pending-upgrade", ["rollback"]),
        ("pending-rollback", ["rollback"]),
    ],
)
def test_what_a_killed_helm_left_is_set_right_first(folder: Path, status: str, before: list[str]) -> None:
    (folder / "listed").write_text(json.dumps([{"name": "airflow", "status": status}]))
    asyncio.run(helm(folder).upgrade("env-mine", {}, wait=True))
    assert calls(folder) == ["list", *before, "upgrade"]
    assert ("--rollback-on-failure" in (folder / "calls").read_text()) == (status == "deployed")


def test_a_failure_is_told_in_helms_own_words(folder: Path) -> None:
    (folder / "error").write_text("level=WARN msg=x\nError: UPGRADE FAILED: not ready\ncontext deadline exceeded\n")
    (folder / "code").write_text("1")
    with pytest.raises(HelmError, match=r"^UPGRADE FAILED: not ready; context deadline exceeded$"):
        asyncio.run(helm(folder).upgrade("env-mine", {}, wait=True))


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(HelmError, match="no-helm"):
        asyncio.run(Helm(replace(SETTINGS, helm=str(tmp_path / "no-helm"))).uninstall("env-mine"))


def test_what_helm_prints_otherwise_is_no_status(folder: Path) -> None:
    (folder / "listed").write_text("nonsense")
    with pytest.raises(HelmError, match="status"):
        asyncio.run(helm(folder).status("env-mine"))
    assert status_of([]) == "none"


def test_a_chart_is_known_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "Chart.yaml").write_text("name: airflow")
    settings = replace(SETTINGS, chart=str(tmp_path))
    first = Helm(settings).chart_digest
    assert Helm(settings).chart_digest == first
    (tmp_path / "values.yaml").write_text("a: b")
    assert Helm(settings).chart_digest != first


def test_a_chart_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no chart"):
        _ = Helm(replace(SETTINGS, chart=str(tmp_path))).chart_digest
