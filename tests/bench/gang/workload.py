"""The meal-time peak: which gang comes when, how large it is and how long it runs. Pure, and the same for every run.

Minutes are of the simulated day; the benchmark runs through them faster, by `COMPRESSION`.
"""

import math
import random
from dataclasses import dataclass

SEED = 20261125
DAGS = 700
GANGS = 500
COMPRESSION = 6
"""Simulated seconds in one of the clock's."""
PEAK_MINUTES, USUAL_MINUTES = 30.0, 3.0
"""The peak, and the time before and after it at the usual rate."""
PEAK_FACTOR = 3.0
FEWEST, MOST = 4, 32
"""Executors of a gang."""
_MINUTES_MEDIAN, _MINUTES_SPREAD = 2.5, 0.5
_SHORTEST, _LONGEST = 1.0, 8.0


@dataclass(frozen=True, kw_only=True)
class Job:
    """The Spark job of one DAG: a driver and executors that are all alike."""

    executors: int
    cores: int
    """Cores of one executor, in vCPU; the driver has one."""
    memory_gib: int
    """Memory of one executor; the driver has four GiB."""
    minutes: float
    """Minutes that it runs from when the last executor has started."""

    @property
    def pods(self) -> int:
        """The driver too."""
        return 1 + self.executors

    @property
    def vcpu(self) -> int:
        """Cores of all its pods."""
        return 1 + self.executors * self.cores


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """One run of a DAG."""

    name: str
    """Short and unique in the workload; a Kubernetes name."""
    minute: float
    """The minute in which it is submitted."""
    job: Job


def workload(*, gangs: int = GANGS, dags: int = DAGS, seed: int = SEED) -> tuple[Arrival, ...]:
    """The gangs in the order in which they come."""
    rng = random.Random(seed)  # noqa: S311  a workload, not a secret
    jobs = [_job(rng) for _ in range(dags)]
    # Some DAGs run every few minutes, most once in the hour.
    weights = rng.choices((1, 4, 12), (0.8, 0.15, 0.05), k=dags)
    minutes = sorted(_minute(rng.random()) for _ in range(gangs))
    chosen = rng.choices(jobs, weights, k=gangs)
    return tuple(
        Arrival(name=f"g{number:03}", minute=minute, job=job)
        for number, (minute, job) in enumerate(zip(minutes, chosen, strict=True))
    )


def seconds(minutes: float) -> float:
    """The clock's seconds that so many simulated minutes take."""
    return minutes * 60 / COMPRESSION


def _job(rng: random.Random) -> Job:
    cores = rng.choices((2, 4), (0.4, 0.6))[0]
    # Small gangs are more common than large ones: as many between 4 and 8 as between 16 and 32.
    executors = math.exp(rng.uniform(math.log(FEWEST), math.log(MOST + 1)))
    minutes = rng.lognormvariate(math.log(_MINUTES_MEDIAN), _MINUTES_SPREAD)
    return Job(
        executors=math.floor(executors),
        cores=cores,
        memory_gib=cores * rng.choice((2, 4)),
        minutes=round(min(max(minutes, _SHORTEST), _LONGEST), 2),
    )


def _minute(share: float) -> float:
    """Returns the minute by which this share (0 to 1) of the gangs has come: the inverse of the rate's integral."""
    at = share * (2 * USUAL_MINUTES + PEAK_FACTOR * PEAK_MINUTES)
    if at < USUAL_MINUTES:
        return at
    at -= USUAL_MINUTES
    if at < PEAK_FACTOR * PEAK_MINUTES:
        return USUAL_MINUTES + at / PEAK_FACTOR
    return USUAL_MINUTES + PEAK_MINUTES + at - PEAK_FACTOR * PEAK_MINUTES
