"""`${name}` in job templates."""

from typing import Any

import pytest
from emr_containers.exceptions import ValidationException
from emr_containers.jobs.template_parameters import (
    MOST_CHARACTERS,
    MOST_REFERENCES,
    check_template,
    fill,
    fill_member,
    texts_in,
)
from hypothesis import given
from hypothesis import strategies as st


def template(text: str, **parameters: dict[str, str]) -> dict[str, Any]:
    driver = {"sparkSubmitJobDriver": {"entryPoint": "local:///x", "entryPointArguments": ["first", text]}}
    return {"jobDriver": driver, "parameterConfiguration": parameters}


def filled(data: dict[str, Any], **given: str) -> str:
    check_template(data)
    return str(fill(data, given)["jobDriver"]["sparkSubmitJobDriver"]["entryPointArguments"][1])


TEXT, NUMBER = {"type": "STRING"}, {"type": "NUMBER"}


@pytest.mark.parametrize(
    ("text", "parameters", "given", "result"),
    [
        ("none", {}, {}, "none"),
        ("${a}", {"a": TEXT}, {"a": "1"}, "1"),
        ("${a}${a}-${b}", {"a": TEXT, "b": TEXT}, {"a": "x", "b": "y"}, "xx-y"),
        ("${a}", {"a": {"type": "STRING", "defaultValue": "d"}}, {}, "d"),
        ("${a}", {"a": {"type": "STRING", "defaultValue": "d"}}, {"a": "given"}, "given"),
        ("${a}", {"a": {"defaultValue": "untyped"}}, {}, "untyped"),
        ("${a.b-c_d#1}", {"a.b-c_d#1": TEXT}, {"a.b-c_d#1": "1"}, "1"),
        ("${a}", {"a": TEXT, "b": TEXT}, {"a": "${b}", "b": "x"}, "${b}"),
        ("${a}", {"a": TEXT}, {"a": r"\1 \g<0> $&"}, r"\1 \g<0> $&"),
        ("$a {a} ${env:HOME} ${} $${a}", {"a": TEXT}, {"a": "1"}, "$a {a} ${env:HOME} ${} $1"),
        ("${n}", {"n": NUMBER}, {"n": "-1.5e3"}, "-1.5e3"),
    ],
)
def test_parameters_are_filled_in(
    text: str, parameters: dict[str, dict[str, str]], given: dict[str, str], result: str
) -> None:
    assert filled(template(text, **parameters), **given) == result


def test_every_place_of_a_template_is_filled_but_its_declarations() -> None:
    data = {
        "executionRoleArn": "${role}",
        "jobDriver": {"sparkSubmitJobDriver": {"entryPoint": "${entry}", "sparkSubmitParameters": "--conf a=${role}"}},
        "configurationOverrides": {
            "applicationConfiguration": [{"classification": "spark-defaults", "properties": {"${kept}": "${role}"}}]
        },
        "parameterConfiguration": {"role": TEXT, "entry": TEXT},
    }
    check_template(data)
    assert fill(data, {"role": "R", "entry": "E"}) == {
        "executionRoleArn": "R",
        "jobDriver": {"sparkSubmitJobDriver": {"entryPoint": "E", "sparkSubmitParameters": "--conf a=R"}},
        "configurationOverrides": {
            "applicationConfiguration": [{"classification": "spark-defaults", "properties": {"${kept}": "R"}}]
        },
    }
    assert data["executionRoleArn"] == "${role}"


@pytest.mark.parametrize(
    ("text", "parameters", "message"),
    [
        ("${b} ${a}", {}, "parameters 'a', 'b' are used but not declared"),
        ("${a}", {"A": TEXT}, "parameters 'a' are used but not declared"),
        ("x", {"a": {"type": "NUMBER", "defaultValue": "one"}}, "'one' of the job template parameter 'a' is not a num"),
        ("x", {"a": {"type": "NUMBER", "defaultValue": "NaN"}}, "is not a number"),
        ("x", {"a": {"type": "NUMBER", "defaultValue": "Infinity"}}, "is not a number"),
        ("x", {"a": {"type": "NUMBER", "defaultValue": "1_0"}}, "is not a number"),
        ("x", {"a": {"type": "NUMBER", "defaultValue": " 1"}}, "is not a number"),
        ("x", {"a": {"type": "NUMBER", "defaultValue": "1\n"}}, "is not a number"),
        ("x", {"a": {"type": "NUMBER", "defaultValue": "\u0663"}}, "is not a number"),
        ("x", {"a": {"type": "NUMBER", "defaultValue": "."}}, "is not a number"),
    ],
)
def test_a_template_that_cannot_work_is_refused(text: str, parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationException, match=message):
        check_template(template(text, **parameters))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "parameters 'a', 'n' have no default: give them"),
        ({"a": "1"}, "parameters 'n' have no default"),
        ({"a": "1", "n": "1", "z": "1"}, "has no parameters 'z'; it has 'a', 'n'"),
        ({"a": "1", "n": "ten"}, "The value 'ten' of the job template parameter 'n' is not a number"),
        ({"a": "1", "n": "1; rm -rf"}, "is not a number"),
        ({"a": "1", "n": "x" * 1000}, f"The value '{'x' * 80}' of"),
    ],
)
def test_values_that_do_not_fit_are_refused_by_name(given: dict[str, str], message: str) -> None:
    with pytest.raises(ValidationException, match=message):
        fill(template("${a} ${n}", a=TEXT, n=NUMBER), given)


@given(
    times=st.integers(0, 3_000),
    arguments=st.integers(1, 100),
    length=st.sampled_from([1, 3, 4, 5, 100, 1_024]),
    text=st.sampled_from(["", "é", "$", "${", "${env:HOME}"]),
)
def test_case_6_a_template_is_filled_exactly_where_its_result_is_not_too_large(
    times: int, arguments: int, length: int, text: str
) -> None:
    driver = {"entryPointArguments": [text + "${a}" * times] * arguments}
    data = {"jobDriver": driver, "jobTags": {"k": "${a}"}, "parameterConfiguration": {"a": TEXT}}
    size = (len(text) + times * length) * arguments + length
    if (references := times * arguments + 1) > MOST_REFERENCES:
        with pytest.raises(ValidationException, match=f"refers to parameters {references} times"):
            fill(data, {"a": "x" * length})
    elif size > MOST_CHARACTERS:
        with pytest.raises(ValidationException, match=f"has {size} characters, and a job may have {MOST_CHARACTERS}"):
            fill(data, {"a": "x" * length})
    else:
        assert sum(map(len, texts_in(fill(data, {"a": "x" * length})))) == size


@pytest.mark.parametrize("reference", ["${a}", "$''{a}", "'${a}'", '"$"{a}'])
@pytest.mark.parametrize("value", ["x", "'", '"', " "])
def test_case_6_a_command_line_is_counted_as_it_is_split_and_quoted(reference: str, value: str) -> None:
    parameters = "--conf spark.app.name=x" + reference * 9_000
    driver = {"sparkSubmitJobDriver": {"entryPoint": "local:///x", "sparkSubmitParameters": parameters}}
    data = {"jobDriver": driver, "parameterConfiguration": {"a": TEXT}}
    with pytest.raises(ValidationException, match=f"and a job may have {MOST_CHARACTERS}"):
        fill(data, {"a": value * 1_024})


def test_one_member_is_filled_as_with_all_others_however_many_references_they_have() -> None:
    arguments = ["${role}"] * (MOST_REFERENCES + 1)
    data = {
        "executionRoleArn": "arn:${role}",
        "jobTags": {"team": "${role}"},
        "jobDriver": {"sparkSubmitJobDriver": {"entryPoint": "local:///x", "entryPointArguments": arguments}},
        "parameterConfiguration": {"role": {"type": "STRING"}},
    }
    assert fill_member(data, {"role": "a"}, "executionRoleArn") == "arn:a"
    assert fill_member(data, {"role": "a"}, "jobTags") == {"team": "a"}
    with pytest.raises(ValidationException, match="have no default"):
        fill_member(data, {}, "jobTags")
