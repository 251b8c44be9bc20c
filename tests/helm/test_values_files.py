"""The functions that read values files find what is missing."""

from helm.values_files import in_schema, marked, open_tables, schema_keys, without_comment

VALUES = """\
# A part.
part:
  # How many.
  count: 3
  name: a  # what it is called
  lost: true
  # What it asks for.
  resources: { requests: { cpu: 1 } }
"""
SCHEMA = {
    "additionalProperties": False,
    "properties": {"part": {"$ref": "#/$defs/part"}},
    "$defs": {
        "part": {
            "properties": {"count": {}, "name": {}, "labels": {"additionalProperties": {"type": "string"}}},
        }
    },
}


def test_a_key_without_a_comment_is_found() -> None:
    assert without_comment(VALUES) == ["part.lost"]


def test_a_key_is_looked_up_through_references_and_free_names() -> None:
    assert in_schema(("part", "count"), SCHEMA)
    assert in_schema(("part", "labels", "any"), SCHEMA)
    assert not in_schema(("part", "lost"), SCHEMA)
    assert schema_keys(SCHEMA) == {("part",), ("part", "count"), ("part", "name"), ("part", "labels")}
    assert open_tables(SCHEMA) == ["/$defs/part"]


def test_values_are_marked_one_by_one() -> None:
    values, marks = marked("a: {b: x, c: 3, d: true, e: [y, z], f: []}")
    assert values["a"]["d"] is True
    assert values["a"]["f"] == []
    assert marks[values["a"]["b"]] == ("a", "b")
    assert marks[str(values["a"]["c"])] == ("a", "c")
    assert [marks[item] for item in values["a"]["e"]] == [("a", "e"), ("a", "e")]
