"""The page "Job runs": its REST API, which Airflow mounts at `/job-runs`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Query
from fastapi import Path as PathValue
from typing_extensions import TypedDict

from longshore_page.exceptions import NotAllowedError
from longshore_page.job_runs.api import ConnectedApi, JobRunsApi, Run
from longshore_page.job_runs.rights import Rights, rights
from longshore_page.job_runs.rows import STATES, Row, has_text, row
from longshore_page.job_runs.search import PAGE, search
from longshore_page.job_runs.tasks import Task, Tasks, published_tasks
from longshore_page.web import by_our_page, page_application

FILES = Path(__file__).with_name("static")
_LARGEST = 100
"""The largest page of the API, for searches of a text."""
User = Annotated[Rights, Depends(rights)]
Identifier = Annotated[str, PathValue(pattern=r"^[0-9A-Za-z]{1,64}$")]
"""An ID must not change the path of the request that it becomes a part of."""
Cluster = Annotated[str, Query(pattern=r"^[0-9A-Za-z]{1,64}$")]
State = Annotated[str, Query(pattern=f"^({'|'.join(STATES)})$")]


class Rows(TypedDict):
    """A page of job runs."""

    rows: list[Row]
    next: str | None
    """The token of the next page; None at the end."""
    looked_at: int


def connected() -> FastAPI:
    """Returns the page for the job server of Airflow's connection."""
    return application(ConnectedApi(), tasks=published_tasks)


def application(api: JobRunsApi, *, tasks: Tasks) -> FastAPI:
    """Returns the page.

    Args:
        tasks: finds the tasks of job runs in Airflow's database.
    """
    return page_application("Job runs", api=_router(api, tasks=tasks), files=FILES)


def _router(api: JobRunsApi, *, tasks: Tasks) -> APIRouter:
    reads, changes = APIRouter(), APIRouter(dependencies=[Depends(by_our_page)])

    # These functions block, so FastAPI calls each in a thread.
    @reads.get("/form")
    def form(user: User) -> dict[str, Any]:
        """Returns the choices of the filters, and the user."""
        own = api.own_cluster()
        clusters = api.clusters() or [(own, own)]
        return {"user": user.name, "own": own, "clusters": clusters, "states": STATES}

    @reads.get("/queue")
    def queue(cluster: Cluster, _user: User) -> dict[str, int] | None:
        """Returns the numbers of unfinished job runs by state; null where the API cannot tell."""
        return api.queue(cluster)

    @reads.get("/job-runs")
    def job_runs(
        cluster: Cluster,
        user: User,
        state: Annotated[list[State], Query()] = [],  # noqa: B006  FastAPI copies it
        text: Annotated[str, Query(max_length=200)] = "",
        token: Annotated[str | None, Query(max_length=1000)] = None,
    ) -> Rows:
        """Returns a page of job runs, the newest first: those in a state, with a text, that the user may see."""

        def page(token: str | None) -> tuple[list[Run], str | None]:
            return api.page(cluster, states=state, most=_LARGEST if text else PAGE, token=token)

        def keep(runs: Sequence[Run]) -> list[Row]:
            return _rows([run for run in runs if not text or has_text(run, text)], user)

        found = search(page, token=token, keep=keep)
        return Rows(rows=found.rows, next=found.next, looked_at=found.looked_at)

    def _rows(runs: Sequence[Run], user: Rights) -> list[Row]:
        known = tasks({run["name"] for run in runs if run.get("name")})
        pairs = [(run, known.get(run.get("name", ""))) for run in runs]
        return [_row(run, task, user) for run, task in pairs if user.may_see(task)]

    def _row(run: Run, task: Task | None, user: Rights) -> Row:
        return row(run, task, user, history=api.history_link(run["id"]))

    def of(cluster: str, job_run: str) -> tuple[Run, Task | None]:
        run = api.describe(cluster, job_run)
        name = run.get("name", "")
        return run, tasks({name} if name else ()).get(name)

    @reads.get("/job-runs/{cluster}/{job_run}/log")
    def log(cluster: Identifier, job_run: Identifier, user: User) -> dict[str, str]:
        """Returns the address of the run's log, valid for an hour."""
        _, task = of(cluster, job_run)
        if not user.may_read_log(task):
            raise NotAllowedError(_refused(user, job_run, task, what="read the log of"))
        return {"url": api.log_link(cluster, job_run)}

    @changes.post("/job-runs/{cluster}/{job_run}/cancel")
    def cancel(cluster: Identifier, job_run: Identifier, user: User) -> Row:
        """Requests the run's cancellation, and returns it as it is then."""
        _, task = of(cluster, job_run)
        if not user.may_cancel(task):
            raise NotAllowedError(_refused(user, job_run, task, what="cancel"))
        api.cancel(cluster, job_run)
        return _row(api.describe(cluster, job_run), task, user)

    found = APIRouter()
    found.include_router(reads)
    found.include_router(changes)
    return found


def _refused(user: Rights, job_run: str, task: Task | None, *, what: str) -> str:
    if task is None:
        return (
            f"You are signed in as {user.name!r}, and the job run {job_run!r} is of no task of this Airflow: ask an "
            f"administrator of Airflow to {what} it."
        )
    return (
        f"You are signed in as {user.name!r}, who may not {what} job runs of the DAG {task.dag_id!r}: ask an "
        "administrator of Airflow for the right to change its tasks."
    )
