"""Keys and policies whose files change while the server runs."""

import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from botocore.exceptions import ClientError
from images.emr_containers.conftest import Server
from support.serving import ACCESS_KEY, SECRET_KEY
from support.waiting import until


def pair(name: str, secret: str = SECRET_KEY) -> str:
    return f"[{name}]\naws_access_key_id = {name}\naws_secret_access_key = {secret}\n"


def policy(*actions: str) -> dict[str, object]:
    statement = {"Effect": "Allow", "Action": [f"emr-containers:{action}" for action in actions], "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def outcome(server: Server, key: str) -> str:
    try:
        server.client(aws_access_key_id=key).list_virtual_clusters()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "done"


def becomes(server: Server, key: str, wanted: str) -> None:
    until(f"a list by {key} is {wanted}: {server.log()}", lambda: outcome(server, key) == wanted)


def mounted(folder: Path, version: str, files: dict[str, str]) -> None:
    """Changes files as Kubernetes changes a mounted Secret: each is a link through one that is replaced."""
    (folder / version).mkdir(parents=True)
    for name, text in files.items():
        (folder / version / name).write_text(text)
        # All versions were written in the same second, as the clock of a file system may have it.
        os.utime(folder / version / name, (1, 1))
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(Path("..data") / name)
    (folder / "..new").symlink_to(version)
    (folder / "..new").rename(folder / "..data")


def test_case_16_keys_and_policies_are_read_again_when_a_mounted_secret_changes(
    start_server: Callable[..., Server], tmp_path: Path
) -> None:
    folder = tmp_path / "mounted"
    files = {"credentials": pair(ACCESS_KEY), "policies": json.dumps({ACCESS_KEY: policy("*")})}
    mounted(folder, "v1", files)
    server = start_server(f"--credentials-file={folder / 'credentials'}", f"--policies-file={folder / 'policies'}")
    assert outcome(server, ACCESS_KEY) == "done"
    assert outcome(server, "ANOTHER") == "UnrecognizedClientException"
    mounted(folder, "v2", files | {"credentials": pair(ACCESS_KEY) + pair("ANOTHER")})
    becomes(server, "ANOTHER", "AccessDeniedException")
    mounted(folder, "v3", {"credentials": pair("ANOTHER"), "policies": json.dumps({"ANOTHER": policy("List*")})})
    becomes(server, "ANOTHER", "done")
    becomes(server, ACCESS_KEY, "UnrecognizedClientException")


def test_wrong_files_keep_the_keys_from_before_and_are_logged_once(
    start_server: Callable[..., Server], tmp_path: Path
) -> None:
    def refusals(server: Server, number: int) -> bool:
        return server.log().count("keys and policies were not read again") == number

    server = start_server()
    credentials = tmp_path / "credentials"
    for number, text in enumerate(("no file of keys", "", "[x]\naws_access_key_id = x\n", None), start=1):
        if text is None:
            credentials.unlink()
        else:
            credentials.write_text(text)
        until(f"refusal {number}", partial(refusals, server, number))
        assert outcome(server, ACCESS_KEY) == "done"
    credentials.write_text(pair("ANOTHER"))
    becomes(server, "ANOTHER", "done")
    # Each wrong content was read many times meanwhile; it was written down once.
    assert refusals(server, 4)
    assert SECRET_KEY not in server.log()


def test_a_key_that_is_taken_out_is_out_of_force_while_the_policies_still_name_it(
    start_server: Callable[..., Server], tmp_path: Path
) -> None:
    credentials, policies = tmp_path / "keys", tmp_path / "policies.json"
    credentials.write_text(pair(ACCESS_KEY) + pair("LEAKED"))
    policies.write_text(json.dumps({ACCESS_KEY: policy("*"), "LEAKED": policy("*")}))
    server = start_server(f"--credentials-file={credentials}", f"--policies-file={policies}")
    assert outcome(server, "LEAKED") == "done"
    credentials.write_text(pair(ACCESS_KEY))
    becomes(server, "LEAKED", "UnrecognizedClientException")
    assert outcome(server, ACCESS_KEY) == "done"
    assert "the policies were not read again" in server.log()
