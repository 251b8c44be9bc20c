"""`longshore transfers clean` as a user calls it, against a real job server whose job is a shell script."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from .conftest import JobServer, Longshore

TEMPLATE = Path(__file__).parents[3] / "job-templates" / "clean-transfers.yaml"


@pytest.fixture
def applied(job_server: JobServer) -> Iterator[Callable[[str], None]]:
    """Creates the project's own template, which runs a script of the job server instead."""
    made = []

    def apply(script: str) -> None:
        content: dict[str, Any] = yaml.safe_load(TEMPLATE.read_text())
        data = content["jobTemplateData"] | {"releaseLabel": "shell"}
        driver = data["jobDriver"]["sparkSubmitJobDriver"]
        data["jobDriver"] = {
            "sparkSubmitJobDriver": {
                "entryPoint": f"local:///opt/longshore/{script}",
                "entryPointArguments": driver["entryPointArguments"],
            }
        }
        # What is Spark's alone a script has not.
        del data["configurationOverrides"]
        data["parameterConfiguration"] = {
            name: one
            for name, one in data["parameterConfiguration"].items()
            if f"${{{name}}}" in driver["entryPointArguments"]
        }
        made.append(job_server.emr.create_job_template(name=content["name"], jobTemplateData=data)["id"])

    yield apply
    for template in made:
        job_server.emr.delete_job_template(id=template)


def test_what_was_removed_is_listed(applied: Callable[[str], None], cluster: str, longshore: Longshore) -> None:
    applied("clean.sh")
    named = ["--virtual-cluster", cluster]
    done = longshore("transfers", "clean", "--connection", "flights_db", "--lake", "--dry-run", *named)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "removed  --connection flights_db --lake true --older-than 24 --dry-run true",
        "left alone  x: used",
    ]
    assert "COMPLETED after" in done.stderr
    done = longshore("transfers", "clean", "--lake", "--older-than", "48", *named)
    assert done.stdout.splitlines()[0] == "removed  --connection - --lake true --older-than 48 --dry-run false"


def test_without_leftovers_the_command_says_so(
    applied: Callable[[str], None], cluster: str, longshore: Longshore
) -> None:
    applied("nothing.sh")
    assert longshore("transfers", "clean", "--lake", "--virtual-cluster", cluster).stdout == "Nothing is left over.\n"


def test_a_failed_run_still_lists_what_it_removed(
    applied: Callable[[str], None], cluster: str, longshore: Longshore
) -> None:
    applied("clean.sh")
    done = longshore("transfers", "clean", "--connection", "broken", "--virtual-cluster", cluster)
    assert done.returncode == 1
    assert done.stdout.startswith("removed  --connection broken")
    assert "FAILED after" in done.stderr.splitlines()[-1]


def test_a_missing_template_is_named_with_the_way_out(cluster: str, longshore: Longshore) -> None:
    done = longshore("transfers", "clean", "--lake", "--virtual-cluster", cluster)
    assert done.returncode == 2
    assert "There is no job template 'clean-transfers' at http" in done.stderr
    assert "`longshore templates apply`" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "There is nothing to clean. Name a database (--connection flights_db), the lake (--lake), or both."),
        (["--lake", "--older-than", "0"], "--older-than 0 is too short: a program may still be writing younger files."),
    ],
)
def test_an_invalid_request_starts_no_job(
    cluster: str, longshore: Longshore, arguments: list[str], message: str
) -> None:
    done = longshore("transfers", "clean", *arguments, "--virtual-cluster", cluster)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
