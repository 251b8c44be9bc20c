"""Options follow from the description that the schema follows from, too."""

from hypothesis import given
from images.environments.resource.descriptions import DESCRIPTION, TIMEZONE, fields
from longshore_cli.environments.resource.fields import FIELDS, Field, read


def test_the_command_line_has_the_charts_description() -> None:
    assert read(DESCRIPTION) == FIELDS
    names = {"size", "ttl", "idle", "image", "connection", "variable", "keep-schema"}
    assert names <= {each.option for each in FIELDS}


def test_a_new_field_has_an_option_by_its_description_alone() -> None:
    (added,) = read({"fields": {"timezone": TIMEZONE}})
    assert added == Field(
        name="timezone",
        option="timezone",
        help="The time zone of its DAGs.",
        kind="text",
        choices=(),
        default=None,
    )


@given(fields())
def test_each_described_option_is_read_with_its_default(drawn: tuple[dict[str, dict[str, object]], object]) -> None:
    description, _ = drawn
    assert {each.name: each.default for each in read(description)} == {
        name: field.get("default")  # type: ignore[attr-defined]
        for name, field in description["fields"].items()
    }
