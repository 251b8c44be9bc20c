"""The metrics that Prometheus scrapes at `/metrics`, without a signature; all labels have few values.

Counters count since this process started, as Prometheus expects; job runs are counted in the database at each scrape.
Names follow Prometheus's conventions ("Metric and label naming").
"""

from collections.abc import Callable, Iterable
from importlib.metadata import version

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from emr_containers.api.model import service_model
from emr_containers.store.database import Database
from emr_containers.store.tables import JobRun

REQUESTS = Counter(
    "emr_containers_requests", "Requests answered, by operation and HTTP status.", ("operation", "status")
)
LATENCY = Histogram(
    "emr_containers_request_duration_seconds",
    "From a request's head to its answer, by operation.",
    ("operation",),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
STARTED = Counter("emr_containers_attempts_started", "Attempts of job runs that were started or found again.")
ENDED = Counter(
    "emr_containers_attempts_ended", "Attempts of job runs that ended, by the state they left their run in.", ("state",)
)
CONTENT_TYPE = CONTENT_TYPE_LATEST
_STATES = tuple(service_model().shape_for("JobRunState").metadata["enum"])


def count_refused(status: int) -> None:
    """Counts a request that was refused before its operation was known."""
    REQUESTS.labels("Unknown", str(status)).inc()


def exposition(database: Database, *, dispatching: Callable[[], bool]) -> bytes:
    """Returns the page in Prometheus's text format.

    Args:
        dispatching: returns True while this server dispatches; a standby does not.
    """
    now = CollectorRegistry()
    now.register(_State(database, dispatching))
    return generate_latest(REGISTRY) + generate_latest(now)


class _State(Collector):
    """The gauges, read at each scrape."""

    def __init__(self, database: Database, dispatching: Callable[[], bool]) -> None:
        self._database = database
        self._dispatching = dispatching

    def describe(self) -> Iterable[Metric]:
        """Returns nothing, so that registering does not read the database."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Yields the gauges."""
        with self._database.read() as session:
            rows = session.execute(select(JobRun.state, func.count()).group_by(JobRun.state))
            found = {row[0]: row[1] for row in rows}
        runs = GaugeMetricFamily("emr_containers_job_runs", "Job runs in the database, by state.", labels=("state",))
        for state in _STATES:  # also states without job runs: alerts need the zero
            runs.add_metric((state,), found.get(state, 0))
        yield runs
        yield GaugeMetricFamily(
            "emr_containers_dispatcher_up", "Whether job runs are dispatched.", value=float(self._dispatching())
        )
        yield InfoMetricFamily(
            "emr_containers_build", "The server's version.", {"version": version("longshore-emr-containers")}
        )
