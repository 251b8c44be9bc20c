"""Job templates read from YAML files."""

from pathlib import Path

import pytest
from longshore_cli.exceptions import TemplateError
from longshore_cli.templates.files import read_templates

YAML = "name: {name}\njobTemplateData:\n  releaseLabel: spark-4.1\n"


def test_comments_and_order_do_not_change_the_digest(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("name: x\njobTemplateData: {releaseLabel: r, executionRoleArn: e}\n")
    (first,) = read_templates(tmp_path)
    (tmp_path / "a.yaml").write_text("# why\njobTemplateData:\n  executionRoleArn: e\n  releaseLabel: r\nname: x\n")
    (second,) = read_templates(tmp_path)
    assert first.digest == second.digest


def test_another_value_changes_the_digest(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(YAML.format(name="x"))
    (first,) = read_templates(tmp_path)
    (tmp_path / "a.yaml").write_text(YAML.format(name="x").replace("4.1", "4.2"))
    (second,) = read_templates(tmp_path)
    assert first.digest != second.digest


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: [", "is not valid YAML"),
        ("- a list", "must have `name`, `jobTemplateData`"),
        ("name: x\n", "must have `name`, `jobTemplateData`"),
        ("name: x\njobTemplateData: {}\nmore: 1\n", "must have `name`, `jobTemplateData`"),
        ("name: 5\njobTemplateData: {}\n", "must have a text as `name`"),
        ("name: [x]\njobTemplateData: {}\n", "must have a text as `name`"),
        ("name: x\njobTemplateData: []\n", "an object as `jobTemplateData`"),
        ("name: x\njobTemplateData: {day: 2024-01-01}\n", "Quote texts that YAML reads as numbers or dates"),
        ("name: x\njobTemplateData: {a: {1: b, c: d}}\n", "Quote texts"),
        ("name: x\njobTemplateData: {}\ntags: [a, b]\n", "one as `tags`"),
        ("name: x\njobTemplateData: {}\ntags: {a: 1}\n", "must have texts as `tags`"),
    ],
)
def test_an_invalid_template_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "bad.yaml").write_text(text)
    with pytest.raises(TemplateError, match=message) as error:
        read_templates(tmp_path)
    assert "bad.yaml" in str(error.value)


def test_tags_may_be_missing(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(YAML.format(name="x") + "tags:\n")
    (template,) = read_templates(tmp_path)
    assert template.tags == {}


def test_a_folder_with_a_files_name_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").mkdir()
    with pytest.raises(TemplateError, match=r"a\.yaml' cannot be read: Is a directory"):
        read_templates(tmp_path)


def test_two_templates_of_the_same_name_are_refused(tmp_path: Path) -> None:
    for file in ("a.yaml", "b.yaml"):
        (tmp_path / file).write_text(YAML.format(name="x"))
    with pytest.raises(TemplateError, match="both have the name 'x'"):
        read_templates(tmp_path)


def test_an_empty_or_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="has no job template"):
        read_templates(tmp_path)
    with pytest.raises(TemplateError, match="does not exist"):
        read_templates(tmp_path / "nothing")


def test_the_projects_own_templates_can_be_read() -> None:
    names = {template.name for template in read_templates(Path(__file__).parents[3] / "job-templates")}
    assert names == {"clean-transfers", "jdbc-to-spark", "spark-to-jdbc", "spark-to-spark"}
