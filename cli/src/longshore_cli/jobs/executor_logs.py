"""The output of a job run's executors: files on this machine, objects in S3, pods that still exist, or collected lines.

AWS writes it below the run's `logUri`, in a folder for each pod beside the driver's. Our own server keeps the driver's
alone; it finds the executors' lines where a collector of pods' output runs.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from longshore_cli.base.progress import Say
from longshore_cli.clients.job_api import JobApi, api_errors
from longshore_cli.clients.job_pods import COMPONENT, JobPods, name_of, selector
from longshore_cli.exceptions import ApiError, ApiUnavailableError
from longshore_cli.jobs.log_parts import LogPart
from longshore_cli.jobs.log_sources import STREAMS, Stream, containers_folder, log_uri, unpacked

if TYPE_CHECKING:
    from mypy_boto3_emr_containers.type_defs import JobRunTypeDef


def executor_logs(api: JobApi, run: "JobRunTypeDef", say: Say, *, s3: Any = None) -> list[LogPart]:
    """Returns what the run's executors have written, as far as it can be found; empty if nothing can.

    Args:
        say: takes a line for what cannot be read now, and may be there.
        s3: a client of S3; by default AWS's usual one is made when it is needed.

    Raises:
        ApiError: S3 refuses. ClusterError: the cluster does not answer.
    """
    if api.cluster is not None:
        pods = JobPods(cluster=api.cluster, job_run=run["id"])
        executors = [pod for pod in pods.all() if pod["metadata"]["labels"].get(COMPONENT) == "executor"]
        logs = [(name_of(pod), pods.log(pod)) for pod in executors]
        # A pod has its newest lines, and the store has those of pods that are gone.
        there = [LogPart(pod=name, stream="stdout", content=content) for name, content in logs if content is not None]
        names = {part.pod for part in there}
        return [*there, *(part for part in _collected(api, run, say) if part.pod not in names)]
    place = urlsplit(log_uri(run))
    if place.scheme == "file":
        return list(_in_files(Path(unquote(place.path)) / containers_folder(run)))
    if not api.is_aws and (found := _collected(api, run, say)):
        return found
    if place.scheme == "s3":
        folder = f"{place.path.strip('/')}/{containers_folder(run)}/".lstrip("/")
        return list(_in_s3(s3 or _s3(api), place.netloc, folder))
    return []


def no_executor_logs(job_run: str) -> str:
    """Returns the message for a run of whose executors nothing is found. Pure."""
    return (
        f"The executors of job run {job_run!r} have left no output here. On one machine they are a part of the "
        "driver's process. On Kubernetes their pods have their output as long as they exist: "
        f"`kubectl logs -l {selector(job_run, 'executor')} --prefix`. With helm/observability it stays after that."
    )


def _collected(api: JobApi, run: "JobRunTypeDef", say: Say) -> list[LogPart]:
    """Returns what the server finds in the store of the pods' lines; nothing from a server that has none."""
    try:
        answer = api.read(f"/virtualclusters/{run['virtualClusterId']}/jobruns/{run['id']}/lines")
    except ApiUnavailableError as error:
        say(f"Lines of executors whose pods are gone cannot be read now: {error}")
        return []
    except ApiError:
        return []  # the run was described a moment ago: the server has no store, or is of an earlier version
    written: dict[tuple[str, Stream], list[str]] = {}
    for row in answer.splitlines():
        line = json.loads(row)
        if line["component"] == "executor":
            stream: Stream = "stderr" if line["stream"] == "stderr" else "stdout"
            written.setdefault((line["pod"], stream), []).append(line["line"])
    return [
        LogPart(pod=pod, stream=stream, content="".join(f"{line}\n" for line in lines).encode())
        for (pod, stream), lines in sorted(written.items())
    ]


def _in_files(folder: Path) -> Iterator[LogPart]:
    for pod in sorted(folder.iterdir()) if folder.is_dir() else ():
        if pod.name.endswith("-driver"):
            continue
        for stream in STREAMS:
            if (file := pod / stream).is_file():
                yield LogPart(pod=pod.name, stream=stream, content=file.read_bytes())


def _in_s3(s3: Any, bucket: str, folder: str) -> Iterator[LogPart]:
    with api_errors(f"The objects below s3://{bucket}/{folder} cannot be listed"):
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=folder)
        keys = sorted(entry["Key"] for page in pages for entry in page.get("Contents", []))
    for key in keys:
        pod, _, name = key.removeprefix(folder).partition("/")
        stream = next((each for each in STREAMS if name in (each, f"{each}.gz")), None)
        if pod.endswith("-driver") or stream is None:
            continue
        with api_errors(f"s3://{bucket}/{key} cannot be read"):
            content = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        yield LogPart(pod=pod, stream=stream, content=unpacked(content, bucket=bucket, key=key))


def _s3(api: JobApi) -> Any:
    try:
        # The keys of another server than AWS are not those of S3.
        return (api.session if api.is_aws else boto3.Session()).client("s3")
    except (BotoCoreError, ClientError, ValueError) as error:
        raise ApiError(f"No client of S3 can be made: {error}. S3 needs AWS_DEFAULT_REGION and keys.") from error
