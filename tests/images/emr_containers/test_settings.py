"""The table of runtimes: what is wrong in it is said at the start."""

from pathlib import Path

import pytest
from emr_containers.exceptions import ConfigurationError
from emr_containers.settings import check_service_url, load_releases

ROW = 'kind = "spark"\ncommand = ["bin/run", "-x"]\napplication_directory = "app"\n'


def test_a_release_has_absolute_paths_and_text_for_values(tmp_path: Path) -> None:
    path = tmp_path / "releases.toml"
    path.write_text(
        f'["spark-4.1"]\n{ROW}spark_defaults = {{ "spark.cores" = 2, "spark.ui.enabled" = false }}\n'
        'environment = { A = "b" }\n'
        '[python]\nkind = "container"\ncommand = ["python3"]\napplication_directory = "/app"\n'
    )
    spark, python = load_releases(path).values()
    assert (spark.label, spark.kind, spark.command) == ("spark-4.1", "spark", (str(tmp_path / "bin/run"), "-x"))
    assert (spark.application_directory, spark.spark_defaults) == (
        tmp_path / "app",
        {"spark.cores": "2", "spark.ui.enabled": "false"},
    )
    assert (spark.image, spark.driver_pod_template, spark.executor_pod_template) == (None, None, None)
    assert (python.command, python.environment, spark.environment) == (("python3",), {}, {"A": "b"})


def test_what_kubernetes_needs_of_a_release_may_be_there_for_any_runtime(tmp_path: Path) -> None:
    path = tmp_path / "releases.toml"
    path.write_text(
        f'[a]\n{ROW}image = "i:1"\ndriver_pod_template = "pods/driver.yaml"\n'
        'executor_pod_template = "/etc/executor.yaml"\n'
    )
    release = load_releases(path)["a"]  # the templates are not read here
    assert release.image == "i:1"
    assert release.driver_pod_template == tmp_path / "pods/driver.yaml"
    assert release.executor_pod_template == Path("/etc/executor.yaml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"[", "is not TOML"),
        (b"\xff", "is not TOML"),
        (b'a = "b"', "Release 'a' in .* must be a table with `kind`"),
        (b'[a]\nkind = "spark"', "Release 'a' in .* must be a table with `kind`"),
        (f"[a]\n{ROW}other = 1".encode(), "nothing else"),
        (f"[a]\n{ROW}".replace('"spark"', '"pod"').encode(), "kind 'pod'; use 'spark' or 'container'"),
        (f"[a]\n{ROW}".replace('["bin/run", "-x"]', '"bin/run -x"').encode(), "`command` must be a list of words"),
        (f"[a]\n{ROW}".replace('["bin/run", "-x"]', "[]").encode(), "`command` must be a list of words"),
        (f"[a]\n{ROW}".replace('"app"', "1").encode(), "`application_directory` a path"),
        (f"[a]\n{ROW}environment = 1".encode(), "`environment` tables"),
        (f"[a]\n{ROW}image = 1".encode(), "`image` a text"),
        (f"[a]\n{ROW}image = ''".encode(), "`image` a text"),
        (f"[a]\n{ROW}driver_pod_template = {{}}".encode(), "a pod template a path"),
        (f"[a]\n{ROW}[a.spark_defaults]\nspark.master = 'x'".encode(), "quotes around keys that hold points"),
    ],
)
def test_a_release_table_that_is_wrong_is_refused_by_name(tmp_path: Path, text: bytes, message: str) -> None:
    path = tmp_path / "releases.toml"
    path.write_bytes(text)
    with pytest.raises(ConfigurationError, match=message) as error:
        load_releases(path)
    assert str(path) in str(error.value)


def test_a_release_table_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        load_releases(tmp_path / "none.toml")
    with pytest.raises(ConfigurationError, match="cannot be read: Is a directory"):
        load_releases(tmp_path)


@pytest.mark.parametrize("url", ["http://yunikorn:9080", "https://yunikorn.example.com/api", "http://[::1]:9080/"])
def test_an_address_of_a_service_is_one_of_http(url: str) -> None:
    check_service_url("--yunikorn-url", url, example="http://yunikorn:9080")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "yunikorn:9080",
        "ftp://yunikorn:9080",
        "http://",
        "http://:9080",
        "http://yunikorn:port",
        "http://yunikorn:0",
        "http://yunikorn:99999",
        "http://user:canary@yunikorn:9080",
        "http://yunikorn:9080?a=b",
        "http://yunikorn:9080/#a",
    ],
)
def test_an_address_that_is_none_is_said_without_it(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"--logs-url must be .* as in http://logs:9428") as refused:
        check_service_url("--logs-url", url, example="http://logs:9428")
    assert "canary" not in str(refused.value)
