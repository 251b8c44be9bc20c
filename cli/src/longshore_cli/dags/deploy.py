"""`longshore dags deploy`: pushes a commit to the cluster's git repository, and waits until Airflow has parsed it."""

import time
from collections.abc import Collection
from pathlib import Path
from typing import Any
from urllib.parse import quote

from longshore_cli.base.progress import Progress
from longshore_cli.clients.airflow_api import AirflowApi, log_in, retry_while_unavailable
from longshore_cli.clients.cluster_git import push, receiver
from longshore_cli.clients.saved_cluster import SavedCluster
from longshore_cli.dags.checkout import FOLDER, Commit, commit_to_deploy
from longshore_cli.dags.parsing import Parsing, parsing
from longshore_cli.exceptions import DeployError, DeployFailedError

QUIET_SECONDS = 20.0
"""Seconds without news after which a file that Airflow has not reported counts as one without a DAG."""


def deploy(folder: Path, *, commit: str | None, branch: str, timeout: float, progress: Progress) -> None:
    """Deploys a commit of the checkout around `folder` to the checkout's cluster.

    Args:
        commit: see `commit_to_deploy`.
        branch: the branch of the cluster's repository that Airflow follows.
        timeout: in seconds; it applies to Airflow's answers, the push and the parsing separately.

    Raises:
        DeployError: there is no cluster or nothing to deploy, or the push fails.
        AirflowError: Airflow refuses the login, or does not answer.
        DeployFailedError: the commit has import errors, or was not parsed in time.
    """
    root, chosen = commit_to_deploy(folder, commit)
    environment = SavedCluster.load(root)
    if environment is None:
        raise DeployError(f"{str(root)!r} has no cluster. Make one with `longshore cluster up`.")
    progress.say(f"commit {chosen.short}: {chosen.subject}")
    progress.now(f"logging in to Airflow at {environment.airflow_url}")
    airflow = _airflow(environment, timeout=timeout)
    failed_before = {error["filename"] for error in _import_errors(airflow)}
    progress.now("pushing the commit")
    push(root, chosen.sha, branch=branch, command=receiver(environment), timeout=timeout)
    progress.say(f"pushed to the branch {branch} of {environment.git_repository}")
    done = wait_until_parsed(airflow, chosen, failed_before=failed_before, timeout=timeout, progress=progress)
    for failure in done.failures:
        progress.say(f"\n{FOLDER}/{failure.file} cannot be imported:\n{failure.trace.rstrip()}")
    count = f"{len(done.dags)} DAG{'' if len(done.dags) == 1 else 's'} parsed"
    if done.failures:
        names = ", ".join(f"{FOLDER}/{failure.file}" for failure in done.failures)
        raise DeployFailedError(f"Deployed {chosen.short}, but {names} cannot be imported; {count}.")
    without = f"; no DAG in {', '.join(done.silent)}" if done.silent else ""
    progress.say(f"deployed {chosen.short}: {count}{without}")


def wait_until_parsed(
    airflow: AirflowApi,
    commit: Commit,
    *,
    failed_before: Collection[str],
    timeout: float,
    progress: Progress,
    quiet: float = QUIET_SECONDS,
) -> Parsing:
    """Waits until Airflow has parsed every file of the commit, and no active DAG is of another commit.

    Args:
        failed_before: the files that could not be imported before the commit was pushed.
        timeout: in seconds.
        quiet: see `QUIET_SECONDS`.

    Raises:
        DeployFailedError: Airflow has not parsed it in time. AirflowError: Airflow does not answer.
    """
    started = changed = time.monotonic()
    known = parsing(commit.sha, files=commit.files, dags=(), import_errors=())
    written: set[str] = set()
    while True:
        seen = _ask(airflow, commit, known, failed_before)
        written |= {
            dag_id for dag_id in seen.dags if dag_id not in written and _is_written(airflow, dag_id, commit.sha)
        }
        if (seen.dags, seen.failures, seen.outdated) != (known.dags, known.failures, known.outdated):
            changed = time.monotonic()
        known = seen
        complete = known.begun and not known.outdated and written.issuperset(known.dags)
        if complete and (not known.silent or time.monotonic() - changed >= quiet):
            return known.settled()
        if time.monotonic() - started > timeout:
            raise DeployFailedError(_timeout_message(commit, known, airflow=airflow, timeout=timeout))
        progress.now(_activity(commit, known, written=written))
        time.sleep(1.0)


def _airflow(environment: SavedCluster, *, timeout: float) -> AirflowApi:
    url = environment.airflow_url
    token = retry_while_unavailable(
        lambda: log_in(url, user=environment.airflow_user, password=environment.airflow_password), timeout=timeout
    )
    return AirflowApi(url, token)


def _import_errors(airflow: AirflowApi) -> list[dict[str, Any]]:
    return airflow.get_all("importErrors", member="import_errors", order_by="id")


def _ask(airflow: AirflowApi, commit: Commit, known: Parsing, failed_before: Collection[str]) -> Parsing:
    return parsing(
        commit.sha,
        files=commit.files,
        dags=airflow.get_all("dags", member="dags", exclude_stale="true", order_by="dag_id"),
        import_errors=_import_errors(airflow),
        failed_before=failed_before,
        since=known.since,
    )


def _is_written(airflow: AirflowApi, dag_id: str, sha: str) -> bool:
    # The scheduler and the tasks use the serialized DAG, which Airflow writes separately and not every time (its
    # `min_serialized_dag_update_interval`).
    path = f"dags/{quote(dag_id, safe='')}/dagVersions?order_by=-version_number&limit=1"
    return [version["bundle_version"] for version in airflow.get(path)["dag_versions"]] == [sha]


def _activity(commit: Commit, known: Parsing, *, written: set[str]) -> str:
    if not known.begun:
        return "waiting for Airflow to fetch the commit"
    said = f"Airflow has read {len(commit.files) - len(known.silent)} of {len(commit.files)} files"
    if known.silent:
        return said
    if known.outdated:
        return f"{said}; still active from another commit: {', '.join(known.outdated)}"
    return f"{said}; it still has to store {len(set(known.dags) - written)} of {len(known.dags)} DAGs"


def _timeout_message(commit: Commit, known: Parsing, *, airflow: AirflowApi, timeout: float) -> str:
    said = f"Airflow has not parsed the commit {commit.short} within {timeout:.0f} s: "
    failed = [f"{FOLDER}/{failure.file} cannot be imported" for failure in known.settled().failures]
    if not known.begun:
        facts = ["it has shown no sign of it", *failed]
        return f"{said}{'; '.join(facts)}. Its DAG processor may be down, or follow another branch; see {airflow.url}."
    facts = [f"{len(known.dags)} DAGs are parsed", *failed]
    facts += [f"it has not reported {', '.join(f'{FOLDER}/{name}' for name in known.silent)}"] if known.silent else []
    facts += [f"still active from another commit: {', '.join(known.outdated)}"] if known.outdated else []
    return f"{said}{'; '.join(facts)}. It continues; see {airflow.url}, or run this command again."
