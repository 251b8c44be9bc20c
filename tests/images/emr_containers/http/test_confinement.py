"""Attacks on a key that may only start job runs from templates, against a real server: it can do exactly that."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from forked import Warm
from images.emr_containers.conftest import RELEASES, Server, prepare
from support.job_runs import ROLE, job, new_cluster, wait
from support.serving import ACCESS_KEY, SECRET_KEY, end_jobs

ROOT = "arn:aws:emr-containers:us-east-1:000000000000:"
PARAMETERS = "--name ${name} --conf spark.x=${text} --executor-memory ${executor_memory}"
JOB = {
    "releaseLabel": "recorder",
    "executionRoleArn": ROLE,
    "jobDriver": {
        "sparkSubmitJobDriver": {
            "entryPoint": "local:///opt/longshore/hello.sh",
            "entryPointArguments": ["${text}"],
            "sparkSubmitParameters": PARAMETERS,
        }
    },
    "configurationOverrides": {
        "applicationConfiguration": [{"classification": "spark-defaults", "properties": {"spark.y": "${text}"}}]
    },
    "parameterConfiguration": {
        name: {"type": "STRING", "defaultValue": default}
        for name, default in {"name": "n", "text": "t", "executor_memory": "1g", "team": "a"}.items()
    },
}
# Each is a kind of override that runs code, replaces the program, or reaches what the template's owner has not given.
ATTACKS = {
    "BASH_ENV": {"spark-env": {"export": {"BASH_ENV": "$(touch /tmp/x)"}}},
    "PYSPARK_DRIVER_PYTHON": {"spark-env": {"PYSPARK_DRIVER_PYTHON": "/x/python"}},
    "spark.pyspark.driver.python": {"spark-defaults": {"spark.pyspark.driver.python": "/x/python"}},
    "spark.driver.extraJavaOptions": {"spark-defaults": {"spark.driver.extraJavaOptions": "-javaagent:/tmp/a.jar"}},
    "spark.jars": {"spark-defaults": {"spark.jars": "/x/a.jar"}},
    "spark.plugins": {"spark-defaults": {"spark.plugins": "evil.Plugin"}},
    "spark.executor.memory": {"spark-defaults": {"spark.executor.memory": "${env:VARIABLE}"}},
    "spark.kubernetes.executor.secrets.admin": {"spark-defaults": {"spark.kubernetes.executor.secrets.admin": "/s"}},
    "fs.s3a.endpoint": {"core-site": {"fs.s3a.endpoint": "https://evil.example"}},
    "appender.console.type": {"spark-log4j2": {"appender.console.type": "Http"}},
    "rootLogger.level": {"spark-log4j2": {"rootLogger.level": "${env:VARIABLE}"}},
    "*.sink.x.class": {"spark-metrics": {"*.sink.x.class": "evil.Sink"}},
    "logging.eventLog.dir": {"emr-containers-defaults": {"logging.eventLog.dir": "s3://evil/"}},
    "any": {"emr-job-submitter": {"any": "x"}},
}


def overrides(classifications: dict[str, dict[str, Any]]) -> dict[str, Any]:
    def one(name: str, properties: dict[str, Any]) -> dict[str, Any]:
        nested = [one(key, value) for key, value in properties.items() if isinstance(value, dict)]
        plain = {key: value for key, value in properties.items() if isinstance(value, str)}
        return {"classification": name, **({"properties": plain} if plain else {}), "configurations": nested}

    return {"applicationConfiguration": [one(name, properties) for name, properties in classifications.items()]}


def logs(uri: str) -> dict[str, Any]:
    return {"monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": uri}}}


@dataclass(frozen=True)
class Confined:
    """A server, the client of a key that may only start templates, and the admin's."""

    server: Server
    cluster: str
    template: str

    def client(self, key: str) -> Any:
        return self.server.client(aws_access_key_id=key, aws_secret_access_key=SECRET_KEY)

    def create(self, *, tags: dict[str, str] | None = None, **changes: Any) -> str:
        request = {"name": "t", "jobTemplateData": JOB | changes} | ({"tags": tags} if tags else {})
        return str(self.client(ACCESS_KEY).create_job_template(**request)["id"])

    def start(self, key: str = "HELD", template: str | None = None, **members: Any) -> str:
        request = {"virtualClusterId": self.cluster, "jobTemplateId": template or self.template} | members
        return str(self.client(key).start_job_run(**request)["id"])

    def refusal(self, code: str = "AccessDeniedException", **members: Any) -> str:
        with pytest.raises(ClientError) as error:
            self.start(**members)
        assert error.value.response["Error"]["Code"] == code, error.value
        return str(error.value.response["Error"]["Message"])

    def words(self, run: str) -> list[str]:
        """Returns what the recording spark-submit was given."""
        emr = self.client(ACCESS_KEY)
        assert wait(emr, self.cluster, run)["state"] == "COMPLETED"
        (written,) = self.server.directory.glob(f"state/logs/*/jobs/{run}/**/stdout")
        return written.read_bytes().decode().split("\0")[:-1]


@pytest.fixture(scope="module")
def confined(tmp_path_factory: pytest.TempPathFactory, warm: Warm) -> Iterator[Confined]:
    directory = tmp_path_factory.mktemp("confined")
    prepare(directory)
    recorder = directory / "spark-submit"
    recorder.write_text('#!/bin/sh\nprintf "%s\\0" "$@"\n')
    recorder.chmod(0o755)
    row = f'[recorder]\nkind = "spark"\ncommand = ["{recorder}"]\napplication_directory = "application"\n'
    (directory / "releases.toml").write_text(RELEASES + row)
    keys = ("HELD", "PERMITTED", "TAGGER", "DENIED")
    with (directory / "credentials").open("a") as file:
        file.writelines(f"[{key}]\naws_access_key_id={key}\naws_secret_access_key={SECRET_KEY}\n" for key in keys)

    def allow(*actions: str, **condition: Any) -> dict[str, Any]:
        when = {"Condition": condition} if condition else {}
        return {"Effect": "Allow", "Action": [f"emr-containers:{a}" for a in actions], "Resource": "*"} | when

    only = {"ArnLike": {"emr-containers:JobTemplateArn": f"{ROOT}/jobtemplates/*"}}
    held = [allow("Describe*", "List*"), allow("StartJobRun", **only)]
    named = {"StringLike": {"longshore:ConfigurationOverride": ["spark-env:TZ", "spark-defaults:spark.sql.*"]}}
    statements = {
        ACCESS_KEY: [allow("*")],
        "HELD": held,
        "PERMITTED": [*held, allow("StartJobRun", **named)],
        "TAGGER": [*held, allow("TagResource", StringEquals={"aws:RequestTag/team": "a"})],
        "DENIED": [*held, allow("StartJobRun", **named) | {"Effect": "Deny"}],
    }
    policies = {key: {"Version": "2012-10-17", "Statement": value} for key, value in statements.items()}
    (directory / "policies.json").write_text(json.dumps(policies))
    server = Server(directory=directory, options=[f"--policies-file={directory / 'policies.json'}"], warm=warm)
    server.start()
    emr = server.client()
    made = Confined(server, new_cluster(emr), str(emr.create_job_template(name="t", jobTemplateData=JOB)["id"]))
    yield made
    server.stop()
    end_jobs(directory)


@pytest.mark.parametrize("name", ATTACKS)
def test_case_1_a_confined_key_overrides_nothing_that_runs_code(confined: Confined, name: str) -> None:
    (classification,) = ATTACKS[name]
    message = confined.refusal(configurationOverrides=overrides(ATTACKS[name]))
    assert f"'{classification}:{name}'" in message
    assert "longshore.dev/overrides" in message
    assert "longshore:ConfigurationOverride" in message


def test_case_1_a_confined_key_overrides_resources_and_logging(confined: Confined) -> None:
    properties = {"spark.executor.instances": "3", "spark.executor.memory": "2g", "spark.sql.shuffle.partitions": "8"}
    levels = {"rootLogger.level": "warn", "logger.x.name": "org.apache", "logger.x.level": "debug"}
    given = overrides({"spark-defaults": properties, "spark-log4j2": levels})
    words = confined.words(confined.start(configurationOverrides=given))
    assert [word for word in words if word.startswith("spark.e")] == [
        "spark.executor.instances=3",
        "spark.executor.memory=2g",
    ]


def test_case_1_a_value_with_any_character_stays_one_word(confined: Confined) -> None:
    text = 'it\'s "a" \\ b\n--conf spark.y=1 ; $HOME `id` * 1g'
    words = confined.words(confined.start(jobTemplateParameters={"text": text, "name": text}))
    assert words[-1] == text
    assert words[words.index("--name") + 1] == text
    assert [word for word in words if word.startswith("spark.")] == [f"spark.y={text}", f"spark.x={text}"]
    assert words.count("--conf") == 2


@pytest.mark.parametrize("value", ["1g --conf spark.pyspark.driver.python=/tmp/p", "--verbose", "1g,2g", "${env:PATH}"])
def test_case_1_a_value_is_no_second_option(confined: Confined, value: str) -> None:
    message = confined.refusal("ValidationException", jobTemplateParameters={"executor_memory": value})
    assert "'executor_memory'" in message
    assert "sparkSubmitParameters, --executor-memory" in message


def test_case_1_a_template_allows_overrides_by_its_tag(confined: Confined) -> None:
    template = confined.create(tags={"longshore.dev/overrides": "spark-defaults:spark.sql. spark-env:TZ"})
    given = overrides({"spark-defaults": {"spark.sql.ansi.enabled": "true"}, "spark-env": {"TZ": "UTC"}})
    assert "spark.sql.ansi.enabled=true" in confined.words(
        confined.start(template=template, configurationOverrides=given)
    )
    for attack in ({"spark-env": {"TZ2": "x"}}, {"spark-defaults": {"spark.sqlx": "x"}}, ATTACKS["spark.jars"]):
        confined.refusal(template=template, configurationOverrides=overrides(attack))
    with pytest.raises(ClientError, match="has 'spark-defaults', which names no override"):
        confined.create(tags={"longshore.dev/overrides": "spark-defaults"})


def test_case_1_a_policy_allows_overrides_by_name(confined: Confined) -> None:
    given = overrides({"spark-defaults": {"spark.sql.ansi.enabled": "true"}, "spark-env": {"export": {"TZ": "UTC"}}})
    assert confined.start("PERMITTED", configurationOverrides=given)
    confined.refusal(key="PERMITTED", configurationOverrides=overrides(ATTACKS["spark.jars"]))
    # Who may start anything from a template has not been given what lies over it.
    confined.refusal(key=ACCESS_KEY, configurationOverrides=given)
    assert "a policy denies it" in confined.refusal(key="DENIED", configurationOverrides=given)


def test_case_1_a_confined_key_gives_no_template_a_tag(confined: Confined) -> None:
    arn = f"{ROOT}/jobtemplates/{confined.template}"
    for key in ("HELD", "TAGGER", ACCESS_KEY):
        with pytest.raises(ClientError):
            confined.client(key).tag_resource(resourceArn=arn, tags={"longshore.dev/overrides": "spark-env:BASH_ENV"})
    with pytest.raises(ClientError, match="AccessDeniedException"):
        confined.client("TAGGER").create_job_template(
            name="own", jobTemplateData=JOB, tags={"longshore.dev/overrides": "spark-env:BASH_ENV"}
        )


def test_case_8_a_templates_tags_count_for_the_right_to_tag(confined: Confined) -> None:
    template = confined.create(jobTags={"team": "${team}"})
    assert confined.start("TAGGER", template)
    message = confined.refusal(key="TAGGER", template=template, jobTemplateParameters={"team": "b"})
    assert "emr-containers:TagResource" in message
    confined.refusal(key="HELD", template=template)
    # The request's tags win over the template's, and so they decide.
    assert confined.start("TAGGER", template, jobTemplateParameters={"team": "b"}, tags={"team": "a"})
    confined.refusal(key="TAGGER", template=template, tags={"team": "b"})


def test_case_10_a_confined_keys_logs_go_to_the_servers_or_the_templates_place(confined: Confined) -> None:
    own = confined.server.directory / "state" / "logs"
    place = confined.server.directory / "team"
    template = confined.create(configurationOverrides=logs(place.as_uri()))
    assert confined.start(configurationOverrides=logs((own / "mine").as_uri()))
    assert confined.start(template=template, configurationOverrides=logs((place / "mine").as_uri()))
    place.mkdir(exist_ok=True)
    (place / "link").symlink_to(confined.server.directory)
    for uri in (
        *("s3://evil/logs", "file:///tmp/evil", f"{own.as_uri()}-evil", f"{own.as_uri()}/../evil"),
        *(f"{own.as_uri()}/%2e%2e/evil", f"{place.as_uri()}/link/x", f"file://localhost{own}/x"),
    ):
        assert "--log-uri-prefix" in confined.refusal(template=template, configurationOverrides=logs(uri))
    free = confined.create(configurationOverrides=logs("${name}"))
    confined.refusal(template=free, jobTemplateParameters={"name": "file:///tmp/evil"})


def test_case_10_prefixes_hold_every_key(tmp_path: Path, warm: Warm) -> None:
    prepare(tmp_path)
    allowed = tmp_path / "allowed"
    server = Server(directory=tmp_path, options=[f"--log-uri-prefix={allowed.as_uri()}"], warm=warm)
    server.start()
    try:
        emr = server.client()
        cluster = new_cluster(emr)
        request = job("hello.sh") | {"virtualClusterId": cluster}
        run = emr.start_job_run(**request, configurationOverrides=logs(f"{allowed.as_uri()}/x"))["id"]
        assert wait(emr, cluster, run)["state"] == "COMPLETED"
        with pytest.raises(ClientError, match=r"AccessDeniedException.*is not below a place"):
            emr.start_job_run(**request, configurationOverrides=logs((tmp_path / "elsewhere").as_uri()))
    finally:
        server.stop()
        end_jobs(tmp_path)
