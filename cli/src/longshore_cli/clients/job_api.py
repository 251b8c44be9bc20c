"""The EMR Containers API that a command talks to: AWS, a given server, or this checkout's cluster."""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError, NoCredentialsError

from longshore_cli.clients.saved_cluster import SavedCluster
from longshore_cli.exceptions import ApiError, ApiUnavailableError, LogNotFoundError

if TYPE_CHECKING:
    from mypy_boto3_emr_containers import EMRContainersClient

SERVICE = "emr-containers"
_OTHER_API_VARIABLES = ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_ACCESS_KEY_ID")
"""A user who sets one of these means another account or server than this checkout's cluster."""
_AWS_DOMAINS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")


@dataclass(frozen=True, kw_only=True)
class JobApi:
    """A client of the API, and the virtual cluster that it uses by default."""

    session: boto3.Session
    emr: "EMRContainersClient"
    virtual_cluster_id: str | None
    """The virtual cluster of this checkout's cluster."""
    cluster: SavedCluster | None = None
    """This checkout's cluster, if it is the one whose API this is."""

    @property
    def endpoint_url(self) -> str:
        return self.emr.meta.endpoint_url

    @property
    def is_aws(self) -> bool:
        """True for AWS itself, also through an endpoint in a VPC."""
        return (urlsplit(self.endpoint_url).hostname or "").endswith(_AWS_DOMAINS)

    def read(self, path: str, *, method: str = "GET") -> bytes:
        """Returns the answer to a signed request without a body. Only our own server has such pages, AWS has none.

        Raises:
            LogNotFoundError: there is no log. ApiError: the server refuses.
            ApiUnavailableError: the server does not answer.
        """
        request = AWSRequest(method, self.endpoint_url.rstrip("/") + path)
        with api_errors(f"{path!r} cannot be read"):
            credentials = self.session.get_credentials()
            if credentials is None:
                raise NoCredentialsError
            SigV4Auth(credentials, SERVICE, self.emr.meta.region_name).add_auth(request)
        headers = dict(request.headers.items())
        sent = urllib.request.Request(str(request.url), headers=headers, method=method)  # noqa: S310  our endpoint
        try:
            with urllib.request.urlopen(sent, timeout=60) as answer:  # noqa: S310
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            if error.headers.get("x-amzn-ErrorType") == "ResourceNotFoundException":
                raise LogNotFoundError(_message(error)) from error
            kind = ApiUnavailableError if error.code >= 500 else ApiError
            raise kind(f"{self.endpoint_url} refuses: {_message(error)}") from error
        except (OSError, HTTPException) as error:  # of the second kind is an answer that is cut off
            raise ApiUnavailableError(f"{self.endpoint_url} does not answer: {error}") from error


def connect(endpoint_url: str | None) -> JobApi:
    """Connects to the API at `endpoint_url` with AWS's usual credentials; without any setting, to the cluster's API.

    Raises:
        ApiError: no client can be made, because the region is missing for example.
    """
    named = endpoint_url or any(os.environ.get(name) for name in _OTHER_API_VARIABLES)
    cluster = None if named else SavedCluster.load()
    if cluster is None:
        session = _session()
        return JobApi(session=session, emr=_client(session, endpoint_url), virtual_cluster_id=None)
    session = _session(
        region_name=cluster.region, aws_access_key_id=cluster.access_key, aws_secret_access_key=cluster.secret_key
    )
    emr = _client(session, cluster.endpoint_url)
    return JobApi(session=session, emr=emr, virtual_cluster_id=cluster.virtual_cluster_id, cluster=cluster)


def client(endpoint_url: str | None, **credentials: str) -> "EMRContainersClient":
    """Returns a client of the API, with AWS's usual credentials if none are given.

    Raises:
        ApiError: the client cannot be made, because the region is missing for example.
    """
    return _client(_session(**credentials), endpoint_url)


@contextmanager
def api_errors(what: str) -> Iterator[None]:
    """Turns a failure of the API or its client into an error of one sentence.

    Args:
        what: the beginning of the message: "The job runs cannot be listed".
    """
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        answer = error.response.get("ResponseMetadata", {}) if isinstance(error, ClientError) else {}
        away = isinstance(error, ConnectionError | HTTPClientError) or answer.get("HTTPStatusCode", 0) >= 500
        reason = "; ".join(str(error).splitlines())  # botocore's own checks have a line each
        raise (ApiUnavailableError if away else ApiError)(f"{what}: {reason}") from error


def _session(**arguments: str) -> boto3.Session:
    try:
        return boto3.Session(**arguments)  # type: ignore[arg-type]  # credentials by name
    except (BotoCoreError, ValueError) as error:
        raise _no_client(error) from error


def _client(session: boto3.Session, endpoint_url: str | None) -> "EMRContainersClient":
    try:
        config = Config(retries={"mode": "standard", "max_attempts": 3}, connect_timeout=5)
        return session.client("emr-containers", endpoint_url=endpoint_url, config=config)
    except (BotoCoreError, ValueError) as error:
        raise _no_client(error) from error


def _no_client(error: Exception) -> ApiError:
    reason = str(error).rstrip(".")
    return ApiError(
        f"No client of the EMR Containers API can be made: {reason}. AWS needs AWS_DEFAULT_REGION and keys; a checkout "
        "whose cluster is up (`longshore cluster up`) needs nothing."
    )


def _message(error: urllib.error.HTTPError) -> str:
    text = error.read().decode(errors="replace")
    try:
        body: Any = json.loads(text)
        return str(body["message"])
    except (ValueError, KeyError, TypeError):
        return f"{error.code} {text[:200]}"
