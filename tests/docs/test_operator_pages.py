"""The pages of docs/operators follow from the code; `make operator-pages` writes them."""

import inspect
import os
import re

import pytest
from airflow.providers.amazon.aws.hooks.base_aws import AwsGenericHook
from airflow.providers.amazon.aws.utils.connection_wrapper import AwsConnectionWrapper
from docs.operator_pages import (
    DECORATOR,
    FOLDER,
    OPERATORS,
    ROOT,
    keys_table,
    page_name,
    pages,
    undocumented,
    wrong_ranges,
)
from longshore.connection.extras import AMAZON_EXTRAS
from longshore.connection.settings import PlatformSettings
from longshore.get_provider_info import get_provider_info

# Read by the amazon provider for its own, older ways to keep keys, or only to warn of them.
OLD_EXTRAS = {"profile", "s3_config_file"}


def test_the_pages_are_those_of_the_docstrings() -> None:
    expected = pages()
    if os.environ.get("LONGSHORE_WRITE_OPERATOR_PAGES") == "1":
        for path, text in expected.items():
            path.write_text(text)
    outdated = [path.name for path, text in expected.items() if not path.exists() or path.read_text() != text]
    assert outdated == [], "these pages of docs/operators are out of date: `make operator-pages` writes them again"
    assert sorted(path.name for path in FOLDER.glob("*.md")) == sorted(path.name for path in expected)


@pytest.mark.parametrize("name", OPERATORS)
def test_every_argument_of_an_operator_is_explained(name: str) -> None:
    assert undocumented(OPERATORS[name]) == []
    assert wrong_ranges(OPERATORS[name]) == []
    assert "| required | " in pages()[FOLDER / page_name(name)]


def test_the_decorators_page_has_the_arguments_that_it_takes_and_no_other() -> None:
    page = pages()[FOLDER / page_name(DECORATOR)]
    shown = re.findall(r"^\| `(\w+)` \| ", page, re.MULTILINE)
    operators = re.findall(r"^\| `(\w+)` \| ", pages()[FOLDER / page_name("ContainerOperator")], re.MULTILINE)
    assert set(shown) == {"multiple_outputs", *operators} - {"entry_point", "arguments"}
    assert len(shown) == len(set(shown))


def test_airflow_is_told_of_every_page() -> None:
    (integration,) = get_provider_info()["integrations"]
    told = {ROOT / guide.lstrip("/") for guide in integration["how-to-guide"]}
    assert {path for path in pages() if path not in told} == set()


def test_the_table_of_the_connection_has_every_key_that_is_read() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+) \|$", keys_table(), re.MULTILINE)
    ours = [name for name, place, _ in rows if place == "`emr-containers`"]
    fields = [name for name in PlatformSettings.__dataclass_fields__ if name not in ("connection_id", "region_name")]
    assert ours == fields
    assert [name for name, place, _ in rows if place == "the extra"] == list(AMAZON_EXTRAS)
    assert all(meaning.endswith(".") for _, _, meaning in rows)


def test_the_table_of_the_connection_has_the_keys_that_the_amazon_provider_reads() -> None:
    assert _read_by_the_amazon_provider() - OLD_EXTRAS == set(AMAZON_EXTRAS)


def _read_by_the_amazon_provider() -> set[str]:
    wrapper, session = inspect.getsource(AwsConnectionWrapper), inspect.getsource(inspect.getmodule(AwsGenericHook))  # type: ignore[arg-type]
    keys = set(re.findall(r'\bextra(?:\.get\(|\[)"(\w+)"|"(\w+)" (?:not )?in extra\b', wrapper))
    keys |= set(re.findall(r'\bextra_config(?:\.get\(|\[)\s*"(\w+)"()', session))
    found = {one or other for one, other in keys}
    for method in (AwsConnectionWrapper._get_credentials, AwsConnectionWrapper._get_assume_role_configs):
        parameters = inspect.signature(method).parameters.values()
        found |= {parameter.name for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY}
    return found
