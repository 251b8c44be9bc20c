"""Descriptions of an environment's fields: the chart's own, and generated ones with settings that do not exist yet."""

from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

PATH = Path(__file__).parents[4] / "helm" / "environments" / "spec.yaml"
DESCRIPTION: dict[str, Any] = yaml.safe_load(PATH.read_text())
TEXTS = st.text("abcXYZ019 /:_é", min_size=1, max_size=20).filter(lambda text: text == text.strip())
_NAMES = st.from_regex(r"x[a-z]{1,8}([A-Z][a-z]{1,8})?", fullmatch=True)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "string": TEXTS,
    "integer": st.integers(min_value=0, max_value=2**31),
    "boolean": st.booleans(),
}
TIMEZONE: dict[str, Any] = {
    "schema": {
        "type": "string",
        "description": "The time zone of its DAGs.",
        "maxLength": 50,
        "pattern": "^[A-Za-z]+(/[A-Za-z_]+)*$",
    },
    "option": {"help": "The time zone of its DAGs."},
    "form": {"label": "Time zone"},
}
"""A setting that an environment does not have."""


@st.composite
def fields(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """A description with invented fields, and the values that a user gives for some of them."""
    described, values = {}, {}
    for name in draw(st.lists(_NAMES, min_size=1, max_size=4, unique_by=str.lower)):
        kind = draw(st.sampled_from(["string", "integer", "boolean", "enum"]))
        field: dict[str, Any] = {
            "schema": {"type": "string" if kind == "enum" else kind, "description": "A field."},
            "option": {"name": name.lower(), "help": "A field."},
            "form": {"label": "A field"},
        }
        value = VALUES.get(kind, TEXTS)
        if kind == "enum":
            choices = draw(st.lists(st.from_regex(r"[a-z]{1,9}", fullmatch=True), min_size=1, unique=True, max_size=4))
            field["schema"]["enum"], field["form"]["choices"] = choices, {each: each.title() for each in choices}
            value = st.sampled_from(choices)
        if kind != "boolean" and draw(st.booleans()):
            field["default"] = draw(value)
        described[name] = field
        if draw(st.booleans()):
            values[name] = draw(value)
    return {"fields": described}, values
