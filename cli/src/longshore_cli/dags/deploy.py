"""`longshore dags deploy`: a commit to the cluster's git repository, and the wait until Airflow has parsed it."""

import time
from collections.abc import Collection
from pathlib import Path
from typing import Any
from urllib.parse import quote

from longshore_cli.airflow_api import AirflowApi, asked_again, log_in
from longshore_cli.cluster_environment import ClusterEnvironment
from longshore_cli.dags.checkout import FOLDER, Commit, commit_to_deploy
from longshore_cli.dags.parsing import Parsing, parsing
from longshore_cli.dags.push import push, receiver
from longshore_cli.exceptions import DeployError, DeployFailed
from longshore_cli.progress import Progress

QUIET_SECONDS = 20.0
"""After so long without news, a file of which nothing is known counts as one without a DAG."""


def deploy(folder: Path, *, commit: str | None, branch: str, timeout: float, progress: Progress) -> None:
    """Deploys a commit of the checkout that `folder` lies in to the checkout's cluster.

    Args:
        commit: see `commit_to_deploy`.
        branch: of the cluster's repository; the one that Airflow follows.
        timeout: seconds for Airflow to answer, for the push, and for the parsing, each.

    Raises:
        DeployError: there is no cluster or nothing to deploy, or the push fails.
        AirflowError: Airflow does not let us in, or does not answer.
        DeployFailed: the commit has import errors, or was not parsed in time.
    """
    root, chosen = commit_to_deploy(folder, commit)
    environment = ClusterEnvironment.load(root)
    if environment is None:
        raise DeployError(f"{str(root)!r} has no cluster; make one: `longshore cluster up`.")
    progress.say(f"commit {chosen.short}: {chosen.subject}")
    progress.now(f"logging in to Airflow at {environment.airflow_url}")
    airflow = _airflow(environment, patience=timeout)
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
        raise DeployFailed(f"deployed {chosen.short}, but {names} cannot be imported; {count}.")
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
    """Waits until Airflow has parsed every file of the commit, and no active DAG is of another one.

    Args:
        failed_before: the files that could not be imported before the commit was pushed.
        timeout: in seconds.
        quiet: see `QUIET_SECONDS`.

    Raises:
        DeployFailed: it has not, in time. AirflowError: it does not answer.
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
            raise DeployFailed(_what_is_known(commit, known, airflow=airflow, timeout=timeout))
        progress.now(_what_goes_on(commit, known, written=written))
        time.sleep(1.0)


def _airflow(environment: ClusterEnvironment, *, patience: float) -> AirflowApi:
    url = environment.airflow_url
    token = asked_again(
        lambda: log_in(url, user=environment.airflow_user, password=environment.airflow_password), patience=patience
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
    # What the scheduler and the tasks go by is written apart from the DAG, and not each time (Airflow's
    # `min_serialized_dag_update_interval`).
    path = f"dags/{quote(dag_id, safe='')}/dagVersions?order_by=-version_number&limit=1"
    return [version["bundle_version"] for version in airflow.get(path)["dag_versions"]] == [sha]


def _what_goes_on(commit: Commit, known: Parsing, *, written: set[str]) -> str:
    if not known.begun:
        return "Airflow looks for new commits"
    said = f"Airflow has read {len(commit.files) - len(known.silent)} of {len(commit.files)} files"
    if known.silent:
        return said
    if known.outdated:
        return f"{said}; still active from another commit: {', '.join(known.outdated)}"
    return f"{said}; it has yet to store {len(set(known.dags) - written)} of {len(known.dags)} DAGs"


def _what_is_known(commit: Commit, known: Parsing, *, airflow: AirflowApi, timeout: float) -> str:
    said = f"Airflow has not parsed the commit {commit.short} within {timeout:.0f} s: "
    failed = [f"{FOLDER}/{failure.file} cannot be imported" for failure in known.settled().failures]
    if not known.begun:
        facts = ["it has shown nothing of it", *failed]
        return f"{said}{'; '.join(facts)}. Its DAG processor may be down, or follow another branch; see {airflow.url}."
    facts = [f"{len(known.dags)} DAGs are parsed", *failed]
    facts += [f"nothing is known of {', '.join(f'{FOLDER}/{name}' for name in known.silent)}"] if known.silent else []
    facts += [f"still active from another commit: {', '.join(known.outdated)}"] if known.outdated else []
    return f"{said}{'; '.join(facts)}. It goes on with it; see {airflow.url}, or call this again."
