"""The table of runtimes, the keys and the database: what is wrong in them is said at the start."""

from pathlib import Path

import pytest
from emr_containers.credentials import load_keys
from emr_containers.database import Database
from emr_containers.exceptions import ConfigurationError
from emr_containers.settings import load_releases

ROW = 'kind = "spark"\ncommand = ["bin/run", "-x"]\napplication_directory = "app"\n'


def test_a_release_has_absolute_paths_and_text_for_values(tmp_path: Path) -> None:
    path = tmp_path / "releases.toml"
    path.write_text(
        f'["spark-4.1"]\n{ROW}spark_defaults = {{ "spark.cores" = 2 }}\nenvironment = {{ A = "b" }}\n'
        '[python]\nkind = "container"\ncommand = ["python3"]\napplication_directory = "/app"\n'
    )
    spark, python = load_releases(path).values()
    assert (spark.label, spark.kind, spark.command) == ("spark-4.1", "spark", (str(tmp_path / "bin/run"), "-x"))
    assert (spark.application_directory, spark.spark_defaults) == (tmp_path / "app", {"spark.cores": "2"})
    assert (python.command, python.environment, spark.environment) == (("python3",), {}, {"A": "b"})


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


def test_every_profile_of_a_credentials_file_counts(tmp_path: Path) -> None:
    path = tmp_path / "credentials"
    path.write_text(
        "[default]\naws_access_key_id = A\naws_secret_access_key = a%b\n[two]\naws_access_key_id=B\n"
        "aws_secret_access_key=b\n[half]\naws_access_key_id=C\n"
    )
    assert load_keys(path, {"AWS_ACCESS_KEY_ID": "E", "AWS_SECRET_ACCESS_KEY": "e"}) == {"A": "a%b", "B": "b"}
    assert load_keys(None, {"AWS_ACCESS_KEY_ID": "E", "AWS_SECRET_ACCESS_KEY": "e"}) == {"E": "e"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "No key pair in .*--credentials-file"),
        (b"[default]\naws_access_key_id = A\n", "No key pair in"),
        (b"canary", "not in the format of ~/.aws/credentials"),
        (b"[a]\n[a]\naws_secret_access_key = canary", "not in the format of ~/.aws/credentials"),
        (b"[a]\naws_secret_access_key = canary\xff", "not in the format of ~/.aws/credentials"),
    ],
)
def test_a_credentials_file_that_is_wrong_is_refused_and_not_shown(tmp_path: Path, text: bytes, message: str) -> None:
    path = tmp_path / "credentials"
    path.write_bytes(text)
    with pytest.raises(ConfigurationError, match=message) as error:
        load_keys(path, {})
    assert "canary" not in str(error.value)


def test_keys_that_are_nowhere_are_missed(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        load_keys(tmp_path / "none")
    with pytest.raises(ConfigurationError, match="No key pair in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"):
        load_keys(None, {"AWS_ACCESS_KEY_ID": "A"})


@pytest.mark.parametrize(
    "url", ["nonsense canary", "sqlite://", "sqlite:///:memory:", "mystery://u:canary@h/d", "sqlite:////dev/null/x/y"]
)
def test_a_database_that_cannot_be_opened_is_named_without_its_password(url: str) -> None:
    with pytest.raises(ConfigurationError, match="database") as error:
        Database(url)
    assert "canary" not in str(error.value)
