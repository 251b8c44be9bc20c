"""The Job of a run, as the API gets it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from emr_containers.exceptions import ValidationException
from emr_containers.runtimes.kubernetes.manifest.jobs import build_job, build_name_holder
from emr_containers.runtimes.kubernetes.manifest.releases import ClusterRelease
from emr_containers.runtimes.kubernetes.names import RunIdentity, run_of
from emr_containers.settings import Release
from images.emr_containers.runtimes.kubernetes.manifest.test_pods import expanded
from images.emr_containers.runtimes.kubernetes.pod_security import violations
from images.emr_containers.runtimes.spark.test_submit import defaults, spec, sql

RUN = RunIdentity(id="0mwvdu3wj2qwiof98b9kp6kzz", virtual_cluster_id="vc1", namespace="jobs")
SPARK = ClusterRelease(
    release=Release(
        label="spark",
        kind="spark",
        command=("/opt/longshore/bin/spark-submit",),
        application_directory=Path("/opt/longshore"),
        spark_defaults={"spark.eventLog.dir": "s3a://logs/$x"},
        environment={"LONGSHORE_CONNECTIONS": "/etc/longshore/connections", "PRICE": "$(HOME) $$5"},
    ),
    image="registry/spark:1",
)
CONTAINER = ClusterRelease(
    release=replace(SPARK.release, label="report", kind="container", command=("/opt/longshore/.venv/bin/python", "-u")),
    image="registry/report:1",
)


def driver(job: dict[str, Any]) -> dict[str, Any]:
    container: dict[str, Any] = job["spec"]["template"]["spec"]["containers"][0]
    return container


def words(job: dict[str, Any], **fields: str) -> list[str]:
    """The command as the container gets it."""
    container = driver(job)
    variables = {"POD_IP": "10.0.0.7", "POD_NAME": "job-run-x-abcde"} | fields
    return [expanded(word, variables) for word in [*container["command"], *container["args"]]]


def test_a_run_is_one_job_that_repeats_as_the_retry_policy_says() -> None:
    job = build_job(spec() | {"retryPolicyConfiguration": {"maxAttempts": 3}}, SPARK, RUN)  # type: ignore[typeddict-item]
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "Job")
    assert (job["metadata"]["name"], job["metadata"]["namespace"]) == (f"job-run-{RUN.id}", "jobs")
    assert job["spec"].items() >= {"backoffLimit": 2, "completions": 1, "parallelism": 1}.items()
    assert job["spec"]["podReplacementPolicy"] == "Failed"  # never two drivers at a time
    assert job["spec"]["template"]["spec"]["restartPolicy"] == "Never"
    assert build_job(spec(), SPARK, RUN)["spec"]["backoffLimit"] == 0


def test_a_job_whose_end_no_server_has_read_is_kept_for_days() -> None:
    assert build_job(spec(), SPARK, RUN)["spec"]["ttlSecondsAfterFinished"] >= 24 * 3600


def test_job_and_pod_have_the_labels_that_aws_gives_them() -> None:
    job = build_job(spec(), SPARK, RUN)
    labels = {
        "emr-containers.amazonaws.com/job.id": RUN.id,
        "emr-containers.amazonaws.com/virtual-cluster-id": "vc1",
        "emr-containers.amazonaws.com/resource.type": "job.run",
        "app.kubernetes.io/managed-by": "emr-containers",
    }
    assert job["metadata"]["labels"] == labels
    assert job["spec"]["template"]["metadata"]["labels"] == labels | {
        "emr-containers.amazonaws.com/component": "driver"
    }


@pytest.mark.parametrize("release", [SPARK, CONTAINER])
def test_every_pod_passes_the_restricted_standard(release: ClusterRelease) -> None:
    assert violations(build_job(spec(), release, RUN)["spec"]["template"]["spec"]) == []
    assert violations(executor_template(build_job(spec(), SPARK, RUN))["spec"]) == []


def executor_template(job: dict[str, Any]) -> dict[str, Any]:
    """Returns the executors' template that the driver finds at its path."""
    template = job["spec"]["template"]
    container = template["spec"]["containers"][0]
    conf = [word for word in container["args"] if word.startswith("spark.kubernetes.executor.podTemplateFile=")]
    folder, _, name = conf[0].partition("=")[2].rpartition("/")
    [volume] = [mount["name"] for mount in container["volumeMounts"] if mount["mountPath"] == folder]
    [source] = [one["downwardAPI"] for one in template["spec"]["volumes"] if one["name"] == volume]
    [item] = [one for one in source["items"] if one["path"] == name]
    annotation = item["fieldRef"]["fieldPath"].removeprefix("metadata.annotations['").removesuffix("']")
    pod: dict[str, Any] = json.loads(template["metadata"]["annotations"][annotation])
    return pod


def test_the_driver_finds_its_executors_template() -> None:
    release = replace(SPARK, executor={"spec": {"nodeSelector": {"pool": "spot"}}})
    pod = executor_template(build_job(spec(), release, RUN))
    assert pod["kind"] == "Pod"
    assert pod["spec"]["nodeSelector"] == {"pool": "spot"}
    assert pod["spec"]["automountServiceAccountToken"] is False
    assert pod["spec"]["containers"][0]["name"] == "spark-kubernetes-executor"
    environment = {one["name"]: one["value"] for one in pod["spec"]["containers"][0]["env"]}
    assert environment["LONGSHORE_CONNECTIONS"] == "/etc/longshore/connections"
    assert expanded(environment["PRICE"], {"HOME": "/root"}) == "$(HOME) $$5"


def test_arguments_arrive_as_they_were_given_and_only_ours_are_filled_in() -> None:
    arguments = ["$(POD_NAME)", "$$", "$HOME", "100$", "a b", "", "$$(POD_IP)"]
    job = build_job(spec(entryPointArguments=arguments, sparkSubmitParameters="--conf spark.x=$(POD_IP)"), SPARK, RUN)
    command = words(job)
    assert command[-len(arguments) :] == arguments
    assert "spark.x=$(POD_IP)" in command
    assert "spark.eventLog.dir=s3a://logs/$x" in command
    assert "spark.driver.host=10.0.0.7" in command
    assert "spark.kubernetes.driver.pod.name=job-run-x-abcde" in command


def test_spark_submit_is_given_the_clusters_properties_last() -> None:
    job = build_job(
        spec(sparkSubmitParameters="--master local --driver-memory 2g", entryPointArguments=["--master"]), SPARK, RUN
    )
    command = words(job)
    assert command[0] == "/opt/longshore/bin/spark-submit"
    options = command[: command.index("/opt/longshore/transfer.py")]
    assert [options[at + 1] for at, word in enumerate(options) if word == "--master"][-1].startswith("k8s://")
    assert [options[at + 1] for at, word in enumerate(options) if word == "--driver-memory"] == ["2g", "2048m"]


def test_the_drivers_memory_is_its_heap_and_overhead() -> None:
    job = build_job(spec(sparkSubmitParameters="--conf spark.driver.memory=2g"), SPARK, RUN)
    assert driver(job)["resources"] == {
        "requests": {"cpu": "1", "memory": f"{2048 + 819}Mi"},
        "limits": {"memory": f"{2048 + 819}Mi"},
    }


def test_the_templates_resources_are_kept_where_spark_has_nothing_to_say() -> None:
    resources = {"requests": {"cpu": "9", "ephemeral-storage": "1Gi"}, "limits": {"cpu": "9", "memory": "9Gi"}}
    template = {"spec": {"containers": [{"resources": resources}]}}
    assert driver(build_job(spec(), replace(SPARK, driver=template), RUN))["resources"] == {
        "requests": {"cpu": "1", "memory": "1433Mi", "ephemeral-storage": "1Gi"},
        "limits": {"cpu": "9", "memory": "1433Mi"},
    }
    assert driver(build_job(spec(), replace(CONTAINER, driver=template), RUN))["resources"] == resources


def test_a_container_release_is_its_interpreter_without_the_clusters_api() -> None:
    job = build_job(spec("local:///opt/longshore/report.py", entryPointArguments=["$x"]), CONTAINER, RUN)
    assert words(job) == ["/opt/longshore/.venv/bin/python", "-u", "/opt/longshore/report.py", "$x"]
    assert job["spec"]["template"]["spec"]["automountServiceAccountToken"] is False
    assert "resources" not in driver(job)
    assert driver(job)["name"] == "spark-kubernetes-driver"


def test_a_spark_driver_has_the_clusters_api_and_a_place_for_shuffles() -> None:
    job = build_job(spec(), SPARK, RUN)
    pod = job["spec"]["template"]["spec"]
    assert (pod["serviceAccountName"], pod["automountServiceAccountToken"]) == ("spark", True)
    [local] = [one["value"] for one in driver(job)["env"] if one["name"] == "SPARK_LOCAL_DIRS"]
    assert local in {mount["mountPath"] for mount in driver(job)["volumeMounts"]}


def test_a_message_is_what_the_job_leaves_never_lines_of_its_log() -> None:
    container = driver(build_job(spec(), CONTAINER, RUN))
    assert (container["terminationMessagePath"], container["terminationMessagePolicy"]) == (
        "/dev/termination-log",
        "File",
    )
    assert {"name": "LONGSHORE_TERMINATION_LOG", "value": "/dev/termination-log"} in container["env"]


def test_a_run_in_an_environments_namespace_is_told_so_and_cannot_say_another() -> None:
    pretended = spec(overrides=defaults(**{"spark.kubernetes.driverEnv.LONGSHORE_ENVIRONMENT": "yours"}))
    run = replace(RUN, namespace="env-mine")
    for job in (build_job(pretended, SPARK, run), build_job(spec(), CONTAINER, run)):
        told = [one["value"] for one in driver(job)["env"] if one["name"] == "LONGSHORE_ENVIRONMENT"]
        assert told == ["mine"]
    assert "LONGSHORE_ENVIRONMENT" not in {one["name"] for one in driver(build_job(spec(), SPARK, RUN))["env"]}


def test_properties_of_the_drivers_pod_are_on_it_and_ours_win() -> None:
    properties = {
        "spark.kubernetes.driver.label.team": "a",
        "spark.kubernetes.driver.label.emr-containers.amazonaws.com/job.id": "other",
        "spark.kubernetes.driver.annotation.note": "b",
        "spark.kubernetes.node.selector.pool": "jobs",
        "spark.kubernetes.driver.node.selector.pool": "drivers",
        "spark.kubernetes.driverEnv.A": "$(POD_IP)",
        "spark.kubernetes.driverEnv.POD_NAME": "other",
    }
    template = build_job(spec(overrides=defaults(**properties)), SPARK, RUN)["spec"]["template"]
    assert template["metadata"]["labels"]["team"] == "a"
    assert template["metadata"]["labels"]["emr-containers.amazonaws.com/job.id"] == RUN.id
    assert template["metadata"]["annotations"]["note"] == "b"
    assert template["spec"]["nodeSelector"] == {"pool": "drivers"}
    environment = {one["name"]: one for one in template["spec"]["containers"][0]["env"]}
    assert environment["A"]["value"] == "$$(POD_IP)"
    assert environment["POD_NAME"]["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.name"


def test_every_process_of_a_run_is_told_its_id() -> None:
    for release in (SPARK, CONTAINER):
        template = build_job(spec(), release, RUN)["spec"]["template"]
        assert {"name": "LONGSHORE_JOB_RUN", "value": RUN.id} in template["spec"]["containers"][0]["env"]


def test_secrets_and_volumes_come_from_the_template() -> None:
    template = {
        "spec": {
            "containers": [
                {
                    "envFrom": [{"secretRef": {"name": "s3-credentials"}}],
                    "volumeMounts": [{"name": "connections", "mountPath": "/etc/longshore/connections"}],
                }
            ],
            "volumes": [{"name": "connections", "secret": {"secretName": "job-connections"}}],
        }
    }
    for release in (SPARK, CONTAINER):
        pod = build_job(spec(), replace(release, driver=template), RUN)["spec"]["template"]["spec"]
        assert pod["containers"][0]["envFrom"] == [{"secretRef": {"name": "s3-credentials"}}]
        mounted = {mount["name"] for mount in pod["containers"][0]["volumeMounts"]}
        assert mounted == {volume["name"] for volume in pod["volumes"]}
        assert "connections" in mounted


def configured(*configurations: dict[str, Any]) -> Any:
    return spec(overrides={"applicationConfiguration": list(configurations)})


LOG4J = {"classification": "spark-log4j2", "properties": {"rootLogger.level": "error"}}
EXPORT = {"classification": "export", "properties": {"A": "$(POD_IP)", "PRICE": "other"}}


def read_file(pod: dict[str, Any], path: str) -> str:
    """Returns what the pod's container reads at `path`: the text of an annotation."""
    folder, _, name = path.rpartition("/")
    [mount] = [one for one in pod["spec"]["containers"][0]["volumeMounts"] if one["mountPath"] == folder]
    [source] = [one["downwardAPI"] for one in pod["spec"]["volumes"] if one["name"] == mount["name"]]
    [field] = [one["fieldRef"]["fieldPath"] for one in source["items"] if one["path"] == name]
    text: str = pod["metadata"]["annotations"][field.removeprefix("metadata.annotations['").removesuffix("']")]
    return text


def test_driver_and_executors_find_the_jobs_log4j_file() -> None:
    job = build_job(configured(LOG4J), SPARK, RUN)
    for pod in (job["spec"]["template"], executor_template(job)):
        environment = {one["name"]: one.get("value") for one in pod["spec"]["containers"][0]["env"]}
        assert "rootLogger.level=error\n" in read_file(pod, environment["LOG4J_CONFIGURATION_FILE"])
        assert violations(pod["spec"]) == []
    plain = build_job(spec(), SPARK, RUN)
    assert "LOG4J_CONFIGURATION_FILE" not in str(plain)


def test_driver_and_executors_have_the_jobs_variables_under_the_releases() -> None:
    variables = {"classification": "spark-env", "configurations": [EXPORT]}
    job = build_job(configured(variables), SPARK, RUN)
    report = build_job(configured(variables), CONTAINER, RUN)
    for pod in (job["spec"]["template"], executor_template(job), report["spec"]["template"]):
        environment = {one["name"]: one.get("value") for one in pod["spec"]["containers"][0]["env"]}
        assert environment["A"] == "$$(POD_IP)"
        assert environment["PRICE"] == "$$(HOME) $$$$5"


def test_more_configuration_than_a_pod_can_hold_is_refused() -> None:
    many = {f"logger.{number}.name": "x" * 1024 for number in range(100)}
    with pytest.raises(
        ValidationException, match="bytes of annotations; at most 204800 are possible: shorten spark-log4j2"
    ):
        build_job(configured({"classification": "spark-log4j2", "properties": many}), SPARK, RUN)


def test_a_sql_script_is_a_driver_whose_log_says_why_it_failed() -> None:
    job = build_job(sql(sparkSqlParameters="-hivevar a=$(POD_IP)"), SPARK, RUN)
    command = words(job)
    assert command[-2:] == ["-f", "/opt/longshore/report.sql"]
    assert command[command.index("-hivevar") + 1] == "a=$(POD_IP)"
    assert driver(job)["terminationMessagePolicy"] == "FallbackToLogsOnError"
    assert not [word for word in command if word.startswith("spark.kubernetes.resource.type")]


@pytest.mark.parametrize(
    ("job", "message"),
    [
        (spec(sparkSubmitParameters="--driver-memory lots"), r"spark\.driver\.memory is 'lots'"),
        (spec("local:///bin/sh"), "must be below"),
        (spec(sparkSubmitParameters="x"), "where an option"),
    ],
)
def test_what_cannot_run_is_refused(job: Any, message: str) -> None:
    with pytest.raises(ValidationException, match=message):
        build_job(job, SPARK, RUN)


def test_a_job_that_only_holds_a_name_has_no_pod_and_goes_by_itself() -> None:
    job = build_name_holder(RUN, image="i:1")
    assert job["metadata"]["name"] == RUN.job_name
    assert (job["spec"]["completions"], job["spec"]["parallelism"]) == (0, 0)
    assert 60 < job["spec"]["ttlSecondsAfterFinished"] < 3600
    assert violations(job["spec"]["template"]["spec"]) == []


@pytest.mark.parametrize(
    ("name", "run"),
    [
        ("job-run-abc123", "abc123"),
        ("job-run-abc123-x7k2p", "abc123"),
        ("job-run-abc123-x7k2p-exec-12", "abc123"),
        ("job-run-", None),
        ("other-job-run-abc", None),
        ("spark-history", None),
    ],
)
def test_an_objects_name_says_whose_it_is(name: str, run: str | None) -> None:
    assert run_of(name) == run


def test_a_containers_resources_win_over_its_releases() -> None:
    own = {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "512Mi", "nvidia.com/gpu": "1"}}
    release = replace(CONTAINER, driver={"spec": {"containers": [{"resources": own}]}})
    assert driver(build_job(spec(), release, RUN))["resources"] == own
    asked = {"spark.driver.memory": "2g", "spark.kubernetes.driver.limit.cores": "1"}
    assert driver(build_job(spec(overrides=defaults(**asked)), release, RUN))["resources"] == {
        "requests": {"cpu": "100m", "memory": "2048Mi"},
        "limits": {"memory": "2048Mi", "nvidia.com/gpu": "1", "cpu": "1"},
    }


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"spark.driver.memory": "2Gi"}, "which Spark cannot read"),
        ({"spark.driver.memory": "0"}, "give at least 1m"),
        ({"spark.kubernetes.driver.request.cores": "many"}, "not a Kubernetes quantity"),
        (
            {"spark.kubernetes.driver.request.cores": "2", "spark.kubernetes.driver.limit.cores": "1"},
            "less than the 2 that are requested",
        ),
        ({"spark.executor.memory": "1g"}, "is not Spark: 'spark-defaults' would have no effect"),
    ],
)
def test_a_containers_resources_that_cannot_be_are_refused(asked: dict[str, str], message: str) -> None:
    with pytest.raises(ValidationException, match=message):
        build_job(spec(overrides=defaults(**asked)), CONTAINER, RUN)
