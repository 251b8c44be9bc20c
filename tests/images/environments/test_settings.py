"""The settings' file is read, and what is wrong in it is named."""

import dataclasses
from pathlib import Path

import pytest
import yaml
from environments.exceptions import ConfigurationError
from environments.settings import Settings, load
from images.environments.world import SETTINGS


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(yaml.safe_dump(dataclasses.asdict(SETTINGS)))
    assert load(file) == SETTINGS


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"databse_host": "x"}, "'databse_host'"),
        ({"public_url": ""}, "'public_url'"),
        ({"bucket": None}, "'bucket'"),
        ({"refresh_seconds": "10"}, "'refresh_seconds'"),
        ({"base_connections": "aws_default"}, "'base_connections'"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, change: dict[str, object], named: str) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(yaml.safe_dump({**dataclasses.asdict(SETTINGS), **change}))
    with pytest.raises(ConfigurationError, match=named):
        load(file)


@pytest.mark.parametrize("text", ["- a", "a: [", ""])
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(text)
    with pytest.raises(ConfigurationError, match="settings"):
        load(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        load(tmp_path / "none.yaml")


def test_every_setting_is_explained() -> None:
    source = Path(__import__("environments.settings", fromlist=["x"]).__file__).read_text()
    body = source[source.index("class Settings") : source.index("def load")]
    plain = {"environments_per_owner", "database_port"}  # their names say it all
    for each in dataclasses.fields(Settings):
        line = body.index(f"    {each.name}: ")
        after = body[line:].split("\n", 1)[1]
        assert after.lstrip().startswith('"""') or each.name in plain, each.name
