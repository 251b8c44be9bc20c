"""Requests made at random from the model, most of them wrong somewhere: whatever is sent is the client's fault.

The server answers in this process, without sockets, so that thousands are sent in seconds; nothing is dispatched. The
same requests are made every time. `LONGSHORE_FUZZ_EXAMPLES` makes more of them (requests an operation; default 40).
"""

import asyncio
import json
import os
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlencode

import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape
from emr_containers.api.model import operations, service_model
from emr_containers.api.validation import validate
from emr_containers.exceptions import ApiError, ValidationException
from emr_containers.http.app import build_application
from emr_containers.http.service import Service
from emr_containers.operations import HANDLERS
from emr_containers.runtimes.process.runtime import ProcessRuntime
from emr_containers.settings import Settings, load_releases
from emr_containers.store.database import Database
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from images.emr_containers.conftest import RELEASES
from images.emr_containers.raw_http import Answer, sign
from support.job_runs import ROLE, job
from support.serving import ACCESS_KEY, SECRET_KEY

EXAMPLES = int(os.environ.get("LONGSHORE_FUZZ_EXAMPLES", "40"))
FUZZ = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    phases=[Phase.generate],  # a request that fails is short enough; to make it shorter takes minutes
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
ENDPOINT = "http://localhost"
ARN = "arn:aws:emr-containers:us-east-1:000000000000:"
# What is there; `@…` stands for an ID that is not known before the server is.
SAMPLES = (
    "a",
    "shell",
    "local",
    "jobs",
    "EKS",
    "RUNNING",
    "spark-defaults",
    "STRING",
    "NUMBER",
    "10MB",
    "0" * 25,
    ROLE,
    f"{ARN}/virtualclusters/@cluster",
    f"{ARN}/virtualclusters/@cluster/jobruns/@run",
    "arn:aws:acm:us-east-1:000000000000:certificate/x",
    "arn:aws:kms:us-east-1:000000000000:key/x",
    "arn:aws:secretsmanager:us-east-1:000000000000:secret:x",
    "local:///opt/longshore/hello.sh",
    "s3://bucket/prefix",
    "file:///tmp/x",
    "--conf spark.executor.memory=1g",
    "${p}",
)
IDS = {
    "virtualClusterId": "@cluster",
    "templateId": "@template",
    "jobRunId": "@run",
    "jobTemplateId": "@template",
    "securityConfigurationId": "@configuration",
}
RIGHT: dict[str, dict[str, Any]] = {
    "CreateVirtualCluster": {
        "name": "t",
        "clientToken": "t",
        "containerProvider": {"type": "EKS", "id": "local", "info": {"eksInfo": {"namespace": "another"}}},
        "schedulerConfiguration": {"maxConcurrentJobRuns": 1},
    },
    "StartJobRun": {"virtualClusterId": "@cluster", "clientToken": "t", "tags": {"a": "b"}} | job("hello.sh", "a"),
    "CreateJobTemplate": {
        "name": "t",
        "clientToken": "t",
        "jobTemplateData": job("hello.sh", "${p}", parameterConfiguration={"p": {"type": "NUMBER"}}, jobTags={}),
    },
}
"""Requests that are accepted, where too few of those made from the model are."""
NEVER = {
    "CreateManagedEndpoint",
    "DeleteManagedEndpoint",
    "DescribeManagedEndpoint",
    "GetManagedEndpointSessionCredentials",
    "DeleteVirtualCluster",  # the one that there is has a job run that waits
}
"""Operations that never succeed here."""
NASTY: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    2**31,
    2**63,
    10**400,
    1.5,
    -0.0,
    1e308,
    "",
    " ",
    "\0",
    "\n",
    "\ud800",
    "😀" * 20,
    "a" * 300,
    "${",
    "%s%n",
    "'; DROP TABLE job_runs; --",
    "../../../etc/passwd",
    "s3://[",
    "file://[::1",
    "'unbalanced",
    "99999-99-99T99:99:99Z",
    "0001-01-01T00:00:00+14:00",
    "inf",
    "nan",
    "1e999",
    [],
    {},
    [[[[[]]]]],
    {"": {"": None}},
    ["a"] * 200,
    {"a": "a" * 2000},
)


def fits(shape: Shape, sample: str) -> bool:
    try:
        validate(shape, sample)
    except ApiError:
        return False
    return True


def texts(shape: Shape) -> SearchStrategy[Any]:
    allowed = shape.metadata.get("enum") or [sample for sample in SAMPLES if fits(shape, sample)]
    return st.sampled_from(allowed) if allowed else st.text(max_size=20)


@st.composite
def values(draw: DrawFn, shape: Shape) -> Any:
    """A value of the shape; now and then, at any depth, something else."""
    if draw(st.integers(0, 24)) == 7:
        return draw(st.sampled_from(NASTY) | st.text() | st.integers() | st.floats(allow_nan=False))
    if isinstance(shape, StructureShape):
        required = shape.required_members
        given = [name for name in shape.members if draw(st.integers(0, 19)) < (19 if name in required else 7)]
        if shape.metadata.get("union"):
            given = [draw(st.sampled_from(sorted(shape.members)))]
        return {name: draw(member(name, shape.members[name])) for name in given}
    if isinstance(shape, ListShape):
        return draw(st.lists(values(shape.member), max_size=3))
    if isinstance(shape, MapShape):
        return draw(st.dictionaries(texts(shape.key) | st.text(max_size=5), values(shape.value), max_size=3))
    if shape.type_name == "integer":
        low, high = shape.metadata.get("min", 0), shape.metadata.get("max", 100)
        return draw(st.integers(low - 1, high + 1))
    if shape.type_name == "boolean":
        return draw(st.booleans())
    if shape.type_name == "timestamp":
        return draw(st.sampled_from(["2026-01-31T23:59:59Z", "1700000000", 1700000000.5, -1]))
    return draw(texts(shape) | st.text(max_size=10))


@st.composite
def nearly(draw: DrawFn, value: Any) -> Any:
    """The value with something in it changed, or nothing."""
    kind = draw(st.integers(0, 4))
    if kind == 4:
        return draw(st.sampled_from(NASTY))
    if kind == 0 or not isinstance(value, dict | list) or not value:
        return value
    if isinstance(value, list):
        return [draw(nearly(value[0])), *value[1:]]
    key = draw(st.sampled_from(sorted(value)))
    if kind == 1:
        return {name: item for name, item in value.items() if name != key}
    return value | {key: draw(nearly(value[key]))}


def member(name: str, shape: Shape) -> SearchStrategy[Any]:
    known = IDS.get(shape.serialization.get("name", name))
    return st.just(known) | values(shape) if known else values(shape)


@st.composite
def requests(draw: DrawFn, name: str) -> tuple[str, str, bytes, dict[str, str]]:
    """Method, target, body and headers of a request for the operation; sometimes something of it is changed."""
    model = service_model().operation_model(name)
    assert isinstance(model.input_shape, StructureShape)
    right = [nearly(RIGHT[name])] if name in RIGHT else []
    given = draw(st.one_of(values(model.input_shape), *right))
    target, method = model.http["requestUri"], model.http["method"]
    query: list[tuple[str, str]] = []
    document: Any = {} if isinstance(given, dict) else given
    for key, shape in model.input_shape.members.items():
        place, wire = shape.serialization.get("location"), shape.serialization.get("name", key)
        value = given.get(key) if isinstance(given, dict) else None
        if place == "uri":
            text = value if isinstance(value, str) else draw(st.sampled_from(["a", "0" * 25]))
            target = target.replace(f"{{{wire}}}", quote(text.encode(errors="surrogatepass"), safe="@") or "a")
        elif place == "querystring" and value is not None:
            listed = value if isinstance(value, list) else [value]
            query += [(wire, str(item).encode(errors="replace").decode()) for item in listed]
        elif place is None and isinstance(document, dict) and key in (given if isinstance(given, dict) else {}):
            document[wire] = value
    if draw(st.integers(0, 9)) == 7:
        junk = st.text(string.printable, max_size=10)
        query += draw(st.lists(st.tuples(junk, junk), max_size=3))
    if query:
        target += f"?{urlencode(query)}"
    if draw(st.integers(0, 24)) == 7:
        target += draw(st.sampled_from(["/", "//", "/..", "%2F", "%00", "?", "&", "?a", "&&=", "%", "%zz", "#x", "/x"]))
    if draw(st.integers(0, 24)) == 7:
        method = draw(st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "BREW"]))
    body = b"" if method == "GET" and document == {} else json.dumps(document).encode()
    if draw(st.integers(0, 24)) == 7:
        body = draw(
            st.binary(max_size=20) | st.sampled_from([b"[" * 5000, b'{"a":' * 5000, b"{", b"null", b'"x"', b"1e999"])
        )
    kinds = ["application/json", "text/xml", "", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"]
    return method, target, body, {"Content-Type": draw(st.sampled_from(kinds))}


class Called:
    """The server as a function: a request in, its answer out."""

    def __init__(self, directory: Path, runner: asyncio.Runner) -> None:
        (directory / "releases.toml").write_text(RELEASES)
        releases = load_releases(directory / "releases.toml")
        runtime = ProcessRuntime(state_directory=directory, default_logs=directory, releases=releases)
        service = Service(
            settings=Settings(state_directory=directory, database_url="", releases=releases),
            keys={ACCESS_KEY: SECRET_KEY},
            database=Database(f"sqlite:///{directory / 'jobs.sqlite'}"),
            runtime=runtime,
        )
        self._application = build_application(service)
        self._runner = runner
        self._known: dict[str, str] = {}
        self._renewed = 0

    def renew(self) -> None:
        """Makes what requests may name: the ones before may have deleted it."""
        self._renewed += 1
        info = {"eksInfo": {"namespace": f"renewed-{self._renewed}"}}
        provider = {"type": "EKS", "id": "local", "info": info}
        self._create("cluster", "/virtualclusters", {"name": "fuzz", "containerProvider": provider})
        self._create("template", "/jobtemplates", {"name": "fuzz", "jobTemplateData": job("hello.sh")})
        self._create("configuration", "/securityconfigurations", {"name": "fuzz", "securityConfigurationData": {}})
        self._create("run", "/virtualclusters/@cluster/jobruns", job("hello.sh"))

    def _create(self, name: str, target: str, document: dict[str, Any]) -> None:
        answer = self("POST", target, json.dumps(document | {"clientToken": f"{name}-{self._renewed}"}).encode(), {})
        assert answer.status == 200, answer
        self._known[name] = json.loads(answer.body)["id"]

    def __call__(self, method: str, target: str, body: bytes, headers: dict[str, str]) -> Answer:
        for name, identifier in self._known.items():
            target = target.replace(f"@{name}", identifier)
            body = body.replace(f"@{name}".encode(), identifier.encode())
        signed = sign(ENDPOINT, method, target, body, **headers)
        path, _, query = target.partition("?")
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(key.lower().encode(), value.encode()) for key, value in signed.items()],
        }
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        self._runner.run(self._application(scope, receive, send))  # type: ignore[arg-type]
        return Answer(
            sent[0]["status"],
            {key.decode(): value.decode() for key, value in sent[0]["headers"]},
            b"".join(message.get("body", b"") for message in sent[1:]),
        )


@pytest.fixture(scope="module")
def called(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Called]:
    with asyncio.Runner() as runner:
        yield Called(tmp_path_factory.mktemp("fuzz"), runner)


@pytest.fixture
def call(called: Called) -> Called:
    called.renew()
    return called


def check(answer: Answer) -> None:
    assert answer.status < 500, answer
    assert answer.headers["x-amzn-requestid"]
    if answer.status != 200:
        assert answer.code.isalpha()
        assert answer.message
    else:
        assert isinstance(json.loads(answer.body), dict)


@pytest.mark.parametrize("name", [operation.name for operation in operations()])
def test_no_request_is_a_fault_of_the_servers(call: Called, name: str) -> None:
    answered: set[int] = set()

    @FUZZ
    @given(requests(name))
    def send(request: tuple[str, str, bytes, dict[str, str]]) -> None:
        answer = call(*request)
        answered.add(answer.status)
        check(answer)

    send()
    # Some are wrong, and some right, or nothing behind the first check was reached.
    assert answered & {400, 403, 404}
    assert 200 in answered or name in NEVER


@settings(FUZZ, max_examples=5 * EXAMPLES)
@given(
    method=st.sampled_from(["GET", "POST", "DELETE", "PATCH"]),
    parts=st.lists(
        st.sampled_from(
            ["virtualclusters", "@cluster", "jobruns", "@run", "logs", "jobtemplates", "@template", "tags", "endpoints"]
        )
        | st.text(max_size=5).map(lambda text: quote(text.encode(errors="replace"), safe="")),
        max_size=6,
    ),
    query=st.text(string.ascii_letters + string.digits + "=&%+?;[]!", max_size=20),
    body=st.binary(max_size=20),
)
def test_no_path_is_a_fault_of_the_servers(
    call: Called, method: str, parts: list[str], query: str, body: bytes
) -> None:
    answer = call(method, f"/{'/'.join(parts)}?{query}", body, {})
    if not parts or parts[-1] != "logs":
        check(answer)
    assert answer.status < 500


def test_an_operation_of_a_newer_model_is_not_offered(call: Called, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(HANDLERS, "ListManagedEndpoints")  # type: ignore[arg-type]  a dict, called a Mapping
    answer = call("GET", "/virtualclusters/@cluster/endpoints", b"", {})
    assert (answer.code, answer.message) == (
        ValidationException.__name__,
        "ListManagedEndpoints is not offered by this server.",
    )
