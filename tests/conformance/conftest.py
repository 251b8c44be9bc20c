"""The conformance suite: the same tests run against our server, and against moto and AWS when it is asked for.

With `LONGSHORE_TEST_MOTO=1` (as `make test-all` and `make conformance` set it) they run against moto as well. What moto
does otherwise is no failure: it is noted, and stands in `docs/conformance.md`, which `make conformance` writes anew. A
module whose operations moto lacks says so by `TARGETS`.

With `LONGSHORE_TEST_AWS=1` the tests run against AWS as well. They make job runs, job templates, security
configurations and a virtual cluster there, cost money, take an hour, and remove what they made. They need:

    LONGSHORE_TEST_AWS_REGION                   such as eu-central-1
    LONGSHORE_TEST_AWS_VIRTUAL_CLUSTER_ID       an EMR on EKS virtual cluster, in which job runs are started
    LONGSHORE_TEST_AWS_ROLE_ARN                 the execution role of job runs
    LONGSHORE_TEST_AWS_RELEASE_LABEL            such as emr-7.9.0-latest
    LONGSHORE_TEST_AWS_ENTRY_POINT              where tests/conformance/entry_point.py was copied to: s3://…
    LONGSHORE_TEST_AWS_FREE_CONTAINER_PROVIDER  a namespace for a virtual cluster, as the API takes it (JSON):
                                                {"type": "EKS", "id": "…", "info": {"eksInfo": {"namespace": "…"}}}
    LONGSHORE_TEST_AWS_PROFILE                  of ~/.aws, where the default one is not meant
    LONGSHORE_TEST_AWS_ENDPOINT_URL             of a VPC endpoint, where there is one
"""

import os
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from . import targets
from .record import Record
from .targets import Target

EVERY_TARGET = ("ours", "moto", "aws")
FOLDER = Path(__file__).parent
COLLECTED, RAN = pytest.StashKey[set[str]](), pytest.StashKey[set[str]]()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None]:
    # Before anything is left out by `-k`, and after all have their place: the page is of what ran before it.
    config.stash[COLLECTED] = {_id(item) for item in items if FOLDER in item.path.parents}
    config.stash[RAN] = set()
    for item in items:
        if FOLDER in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("conformance"))  # the servers, and what was seen of them
    yield
    items.sort(key=lambda item: item.path == FOLDER / "test_page.py")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "target" in metafunc.fixturenames:
        names = getattr(metafunc.module, "TARGETS", EVERY_TARGET)
        chosen = [name for name in names if name == "ours" or os.environ.get(f"LONGSHORE_TEST_{name.upper()}") == "1"]
        metafunc.parametrize("target", chosen, indirect=True, scope="session")


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    pyfuncitem.config.stash[RAN].add(_id(pyfuncitem))
    try:
        return (yield)
    except (AssertionError, ClientError) as error:
        target = pyfuncitem.funcargs.get("target")
        if not isinstance(target, Target) or target.name != "moto":
            raise
        seen = target.record.differs(pyfuncitem.function, error)
    pytest.xfail(f"moto: {seen}")


@pytest.fixture(scope="session")
def all_targets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Target]]:
    """Those that were used so far; they end with the session."""
    with ExitStack() as stack:

        class Targets(dict[str, Target]):
            def __missing__(self, name: str) -> Target:
                starts = {"moto": targets.moto, "aws": targets.aws}
                made = starts[name]() if name in starts else targets.our_server(tmp_path_factory.mktemp("server"))
                self[name] = stack.enter_context(made)
                return self[name]

        yield Targets()


@pytest.fixture(scope="session")
def records(all_targets: dict[str, Target]) -> dict[str, Record]:
    """Returns the record of each target, by the target's name."""
    return {name: target.record for name, target in all_targets.items()}


@pytest.fixture
def not_run(request: pytest.FixtureRequest) -> set[str]:
    """The suite's other tests, or files of tests, that this session has left out."""
    collected, ran = request.config.stash[COLLECTED], request.config.stash[RAN] | {_id(request.node)}
    files = {path.name for path in FOLDER.rglob("test_*.py")}
    return collected - ran | files - {test.split("::")[0] for test in collected}


def _id(item: pytest.Item) -> str:
    # Not the node ID, to which xdist adds the name of the group.
    return f"{item.path.name}::{item.name}"


@pytest.fixture(scope="session")
def target(request: pytest.FixtureRequest, all_targets: dict[str, Target]) -> Target:
    """The service that a test runs against."""
    return all_targets[request.param]


@pytest.fixture(scope="session")
def emr(target: Target) -> Any:
    """A boto3 client of the target."""
    return target.client()


@pytest.fixture
def cluster(target: Target, emr: Any) -> str:
    """The ID of a virtual cluster; except with AWS, each test has its own."""
    return target.new_cluster(emr)


@pytest.fixture(scope="session")
def retried(target: Target, emr: Any) -> tuple[str, str]:
    """Virtual cluster and ID of a run that fails and is repeated once."""
    cluster = target.new_cluster(emr)
    job = target.job("fail", retryPolicyConfiguration={"maxAttempts": 2})
    return cluster, emr.start_job_run(virtualClusterId=cluster, **job)["id"]
