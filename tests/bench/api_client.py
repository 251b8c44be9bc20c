"""A client that costs little itself: one kept connection a thread, requests signed by botocore, no retries."""

import http.client
import itertools
import json
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from bench.job_server import KEY, ROLE, SECRET

_tokens = itertools.count()


class ApiClient:
    """The operations that the benchmarks time. Safe to use from several threads."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._signer = SigV4Auth(Credentials(KEY, SECRET), "emr-containers", "us-east-1")
        self._threads = threading.local()

    def create_virtual_cluster(self) -> str:
        """The ID of a new virtual cluster."""
        provider = {"type": "EKS", "id": "bench", "info": {"eksInfo": {"namespace": "bench"}}}
        answer = self.call(
            "POST", "/virtualclusters", {"name": "bench", "clientToken": "v", "containerProvider": provider}
        )
        return str(answer["id"])

    def create_growing_template(self) -> str:
        """The ID of a job template that 1,024 characters of its parameter `a` make gigabytes of."""
        driver = {"entryPoint": "local:///opt/longshore/true.sh", "entryPointArguments": ["${a}" * 2570] * 100}
        data = {
            "executionRoleArn": ROLE,
            "releaseLabel": "shell",
            "jobDriver": {"sparkSubmitJobDriver": driver},
            "parameterConfiguration": {"a": {"type": "STRING"}},
        }
        answer = self.call("POST", "/jobtemplates", {"name": "growing", "clientToken": "g", "jobTemplateData": data})
        return str(answer["id"])

    def start(self, cluster: str, script: str, *arguments: str, release: str = "shell") -> str:
        """StartJobRun, with a token of its own; the job run's ID."""
        driver = {"entryPoint": f"local:///opt/longshore/{script}", "entryPointArguments": list(arguments)}
        body = {
            "name": script,
            "clientToken": f"bench-{next(_tokens)}",
            "executionRoleArn": ROLE,
            "releaseLabel": release,
            "jobDriver": {"sparkSubmitJobDriver": driver},
        }
        return str(self.call("POST", f"/virtualclusters/{cluster}/jobruns", body)["id"])

    def states(self, cluster: str, state: str) -> int:
        """Returns how many job runs of the virtual cluster are in this state."""
        count, token = 0, ""
        while True:
            page = self.call("GET", f"/virtualclusters/{cluster}/jobruns?states={state}{token}")
            count += len(page["jobRuns"])
            if "nextToken" not in page:
                return count
            token = f"&nextToken={page['nextToken']}"

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Any operation.

        Raises:
            RuntimeError: the answer is an error.
        """
        data = json.dumps(body).encode() if body is not None else b""
        headers = {"Content-Type": "application/json"} if data else {}
        request = AWSRequest(method=method, url=self._endpoint + path, data=data, headers=headers)
        self._signer.add_auth(request)
        connection = self._connection()
        try:
            connection.request(method, path, body=data, headers=dict(request.headers.items()))
            answer = connection.getresponse()
        except http.client.RemoteDisconnected:
            # It was idle for longer than the server keeps it. (A second start has the same token.)
            connection.close()
            connection.request(method, path, body=data, headers=dict(request.headers.items()))
            answer = connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{method} {path} answered {answer.status}: {content!r}")
        return dict(json.loads(content))

    def _connection(self) -> http.client.HTTPConnection:
        if not hasattr(self._threads, "connection"):
            self._threads.connection = http.client.HTTPConnection(urlsplit(self._endpoint).netloc, timeout=120)
        connection: http.client.HTTPConnection = self._threads.connection
        return connection


def at_rate(call: Callable[[int], object], *, per_second: float, count: int, threads: int = 32) -> list[float]:
    """Milliseconds of each of `count` calls, which begin at a fixed rate whether those before have ended or not.

    A call that had to wait for a thread counts from when it was due, so that a stall is not left out.
    """
    began = time.monotonic() + 0.1

    def timed(number: int) -> float:
        due = began + number / per_second
        time.sleep(max(0.0, due - time.monotonic()))
        call(number)
        return (time.monotonic() - due) * 1000

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(timed, range(count)))


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of `values` that at least `share` (0 to 1) of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1))]
