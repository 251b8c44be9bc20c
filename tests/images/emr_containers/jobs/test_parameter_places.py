"""Values of parameters against every place of a template, as attacks: what spark-submit receives is the template's."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from emr_containers.exceptions import ValidationException
from emr_containers.jobs.template_parameters import check_template, fill
from emr_containers.runtimes.spark.submit import build_command
from emr_containers.settings import Release
from hypothesis import given
from hypothesis import strategies as st

SPARK = Release(label="s", kind="spark", command=("submit",), application_directory=Path("/apps"))
PIECES = (
    *(" ", "\n", "\t", "'", '"', "\\", "--conf", "--jars", "-", "--", "=", ",", ":", ";", "#", "$", "{", "(", "}", ")"),
    *("${env:HOME}", "$(POD_IP)", "..", "/", "%2e", "*", "@", "\r", "\u2028", "\u00a0", "a", "1g", "é"),
)
VALUES = st.one_of(st.lists(st.sampled_from(PIECES), max_size=6).map("".join), st.text(max_size=12)).filter(
    lambda text: "\0" not in text and not re.search("[\ud800-\udfff]", text)
)
# A place that takes any text, but for expansions; and places that something splits.
TEXTS = ("--name ${v}", "--conf spark.acme.x=${v}", "--conf 'spark.acme.x=<${v}>'", '--conf "spark.app.name=${v}"')
SPLIT = (
    *("--executor-memory ${v}", "--conf spark.executor.memory=${v}", "--executor-memory=${v}", "--jars /a,/b/${v}.jar"),
    *("--conf spark.sql.extensions=a,${v}", "--driver-class-path /a:/b/${v}", "--conf spark.extraListeners=${v}"),
    *("--conf 'spark.driver.extraJavaOptions=-Da=${v} -Db'", "--driver-java-options '-Da=1 ${v}'", "${v}"),
    *(
        "--conf ${v}",
        "--conf spark.${v}.x=1",
        "--${v}=x",
        "--py-files /a/${v}",
        "--conf spark.executorEnv.PATH=/a:${v}",
    ),
)


def template(parameters: str, **members: Any) -> dict[str, Any]:
    driver = {"entryPoint": "local:///opt/longshore/x.py", "sparkSubmitParameters": parameters}
    return {
        "releaseLabel": "s",
        "executionRoleArn": "r",
        "jobDriver": {"sparkSubmitJobDriver": driver | members.pop("driver", {})},
        "parameterConfiguration": {"v": {"type": "STRING"}},
    } | members


def words(data: dict[str, Any], value: str) -> list[str]:
    """Returns what spark-submit receives."""
    check_template(data)
    return build_command(fill(data, {"v": value}), SPARK)  # type: ignore[arg-type]


def received(data: dict[str, Any], value: str) -> tuple[list[str], str]:
    """Returns what spark-submit receives, or why nothing."""
    try:
        return words(data, value), ""
    except ValidationException as error:
        return [], str(error)


@given(VALUES, st.sampled_from(TEXTS), st.sampled_from(("", "--conf spark.b=2 ", "--verbose ")))
def test_case_1_a_value_is_a_part_of_one_word_whatever_it_holds(value: str, place: str, before: str) -> None:
    expected = [word.replace("${v}", value) for word in shlex.split(before + place)]
    command, refusal = received(template(before + place), value)
    if refusal:
        assert "'v'" in refusal
        # Refused is what would be expanded, and what would be an option or nothing at all.
        assert "${" in value or "$(" in value or value == "" or value.startswith("-")
        return
    assert command == ["submit", *expected, "/apps/x.py"]


@given(VALUES, st.sampled_from(SPLIT))
def test_case_1_a_value_makes_no_second_element_of_a_place_that_is_split(value: str, place: str) -> None:
    command, refusal = received(template(place), value)
    if refusal:
        assert "'v'" in refusal
        return
    expected = [word.replace("${v}", value) for word in shlex.split(place)]
    assert command == ["submit", *expected, "/apps/x.py"]
    plain = [word.replace("${v}", "v") for word in shlex.split(place)]
    splits = r"\s" if "java" in place.lower() else r"[\s,;]"  # the JVM's options are no list
    for ours, theirs in zip(expected, plain, strict=True):
        assert len(re.split(splits, ours)) == len(re.split(splits, theirs))
        assert ours.startswith("-") == theirs.startswith("-")
        assert not re.search(r"(^|/)\.\.?(/|$)", ours)
        assert "${" not in ours
        assert "$(" not in ours
        if "lass-path" in place or "PATH" in place:
            assert ours.count(":") == theirs.count(":")


@given(VALUES)
def test_case_1_an_argument_is_its_value(value: str) -> None:
    command = words(template("--conf a=b", driver={"entryPointArguments": ["--x", "${v}", "a ${v} b"]}), value)
    assert command[-3:] == ["--x", value, f"a {value} b"]


@given(VALUES)
def test_case_1_a_property_of_the_configuration_is_one_word(value: str) -> None:
    properties = {"spark.acme.x": "<${v}>", "spark.z": "1"}
    configuration = [{"classification": "spark-defaults", "properties": properties}]
    data = template("--conf a=b", configurationOverrides={"applicationConfiguration": configuration})
    command, refusal = received(data, value)
    if refusal:
        assert "${" in value or "$(" in value
        return
    assert command[1:5] == ["--conf", f"spark.acme.x=<{value}>", "--conf", "spark.z=1"]


@given(VALUES)
def test_case_1_an_entry_point_does_not_leave_the_templates_folder(value: str) -> None:
    command, refusal = received(template("--conf a=b", driver={"entryPoint": "s3://jobs/team/${v}.py"}), value)
    if refusal:
        return
    assert command[-1] == f"s3://jobs/team/{value}.py"
    assert not {".", ".."} & set(command[-1].split("/"))
    assert not set(",%?#\\") & set(command[-1])


def test_case_1_an_entry_point_or_a_log_uri_is_no_second_file() -> None:
    value = "a,s3://evil/b"
    for data in (
        template("--conf a=b", driver={"entryPoint": "s3://jobs/${v}.jar"}),
        template(
            "--conf a=b",
            configurationOverrides={
                "monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": "s3://bucket/logs/${v}"}}
            },
        ),
    ):
        assert fill(data, {"v": "a"})
        with pytest.raises(ValidationException, match="holds one of , "):
            fill(data, {"v": value})


@pytest.mark.parametrize("entry_point", ["--conf", "-x"])
def test_case_1_an_entry_point_is_no_option(entry_point: str) -> None:
    with pytest.raises(ValidationException, match="begins with '-'"):
        words(template("--conf a=b", driver={"entryPoint": entry_point}), "x")
    with pytest.raises(ValidationException, match="'v' makes a word that begins with '-'"):
        words(template("--conf a=b", driver={"entryPoint": "${v}"}), entry_point)


@pytest.mark.parametrize(
    ("place", "value", "why"),
    [
        ("--name ${v}", "", "is empty"),
        ("--name ${v}", "--conf", "begins with '-'"),
        ("--name $${v}", "{env:HOME}", r"would make '\$\{'"),
        ("--conf spark.acme.x=$${v}", "(POD_IP)", r"would make '\$\('"),
        ("--driver-java-options '-Da=1 ${v}'", "@/tmp/options", "would begin an option of Java's"),
        ("--driver-java-options -Da=${v}", "1 -javaagent:/tmp/a.jar", "would not stay one option"),
        ("--conf spark.executor.extraJavaOptions=-Da=${v}", '1"', "would not stay one option"),
        ("--conf ${v}", "spark.a=b", "would name a property"),
        ("--conf spark.${v}.x=1", "a=b", "part of a property's name"),
        ("--${v}", "conf", "part of an option's name"),
        ("${v}", "x", "where an option must stand"),
        ("--jars /a/${v}.jar", "*", "more than one file"),
        ("--jars /a/${v}.jar", "../b", "the segment '.' or '..'"),
        ("--driver-class-path /a/${v}", "b:/tmp/c", "more than one path"),
        ("--conf spark.executorEnv.JAVA_TOOL_OPTIONS=-Da=${v}", "1 -Db", "would not stay one option"),
    ],
)
def test_case_1_a_refusal_names_parameter_place_and_reason(place: str, value: str, why: str) -> None:
    with pytest.raises(ValidationException, match=f"parameter 'v' .*{why}.* in sparkSubmitParameters"):
        words(template(place), value)


def test_parameters_that_cannot_be_split_are_refused_with_their_template() -> None:
    with pytest.raises(ValidationException, match="sparkSubmitParameters cannot be split into words"):
        check_template(template("--name '${v}"))


def test_a_reference_that_quotes_hide_is_found() -> None:
    with pytest.raises(ValidationException, match="'hidden' are used but not declared"):
        check_template(template("--name $'{hidden}'"))


def test_a_classification_has_its_own_variables_and_lists() -> None:
    def filled(classification: str, key: str, value: str) -> None:
        one = {"classification": classification, "properties": {key: "${v}"}}
        nested = [{"classification": "spark-env", "configurations": [one]}] if classification == "export" else [one]
        fill(template("--verbose", configurationOverrides={"applicationConfiguration": nested}), {"v": value})

    filled("spark-env", "GREETING", "good morning")
    filled("export", "GREETING", "good morning")
    for classification, key, value in (
        ("export", "PYTHONPATH", "/a:/b"),
        ("spark-env", "SPARK_SUBMIT_OPTS", "-Da -Db"),
        ("core-site", "fs.s3a.aws.credentials.provider", "a,b"),
        ("spark-defaults", "spark.kubernetes.driver.annotation.x", "a b"),
    ):
        with pytest.raises(ValidationException, match=re.escape(key)):
            filled(classification, key, value)


def test_the_keys_of_tags_and_properties_are_not_taken_for_members() -> None:
    data = template("--verbose", jobTags={"sparkSubmitParameters": "it's ${v}", "entryPoint": "-${v}"})
    check_template(data)
    assert fill(data, {"v": "x"})["jobTags"] == {"sparkSubmitParameters": "it's x", "entryPoint": "-x"}
