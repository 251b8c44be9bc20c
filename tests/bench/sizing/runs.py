"""One run of a job of the benchmark: real Spark with executors of their own, in containers of given sizes."""

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from emr_containers.runtimes.failures.driver_failure import driver_failure
from emr_containers.runtimes.failures.log_end import log_end
from emr_containers.sizing.event_logs.names import is_log
from emr_containers.sizing.event_logs.reader import read_local_profile
from emr_containers.sizing.plan.lack import lacking_part
from emr_containers.sizing.plan.sizes import Run, Sizes
from emr_containers.sizing.profile import Profile
from support.longshore_commands import ROOT

from bench.sizing.containers import Containers
from bench.sizing.figures import Attempt
from bench.sizing.workloads import Workload

SPARK_SUBMIT = ROOT / "images/spark/bin/spark-submit"
_HERE = Path(__file__).parent
_LONGEST = 900.0
_TAIL = 65_536
_CONF = {
    "spark.eventLog.enabled": "true",
    "spark.eventLog.compress": "false",
    "spark.eventLog.rolling.enabled": "false",
    "spark.eventLog.logStageExecutorMetrics": "true",
    "spark.executor.processTreeMetrics.enabled": "true",
    "spark.executor.metrics.pollingInterval": "500ms",
    "spark.sql.shuffle.partitions": "16",
    "spark.ui.enabled": "false",
}


@dataclass(frozen=True, kw_only=True)
class Measured(Attempt):
    """A run, and what is left of it."""

    log: Path | None
    """Its event log."""
    limited: bool
    """True if the kernel limited its containers."""


def make_input(job: Workload, number: int, folder: Path) -> Path:
    """Returns the input of a round, which is made once."""
    rows = job.rows_in(number)
    place = folder / f"{job.table}-{rows}"
    if not (place / "_SUCCESS").exists():
        command = [SPARK_SUBMIT, "--master", "local[2]", "--driver-memory", "3g", _HERE / "tables.py"]
        subprocess.run([*command, job.table, str(rows), folder], env=_environment(), check=True, capture_output=True)
    return place


def run_job(job: Workload, rows: Path, sizes: Sizes, folder: Path) -> Measured:
    """Runs a job and returns what it used.

    Args:
        rows: its input.
        folder: of its own.
    """
    logs = folder / "logs"
    logs.mkdir(parents=True)
    conf = _CONF | sizes.properties() | {"spark.eventLog.dir": logs.as_uri(), "spark.local.dir": str(folder / "local")}
    conf["spark.cores.max"] = str(sizes.executor_cores * sizes.executor_instances)
    worker = f"{sizes.executor_instances},{sizes.executor_cores},{sizes.executor_memory + 1024}"
    words = [word for name, value in conf.items() for word in ("--conf", f"{name}={value}")]
    command = [SPARK_SUBMIT, "--master", f"local-cluster[{worker}]", *words, _HERE / "application.py"]
    streams = {stream: folder / stream for stream in ("stdout", "stderr")}
    with (
        Containers(driver_mib=sizes.driver_memory, executor_mib=sizes.executor_memory) as containers,
        streams["stdout"].open("wb") as stdout,
        streams["stderr"].open("wb") as stderr,
    ):
        began = time.monotonic()
        options = {"stdout": stdout, "stderr": stderr, "env": _environment(), "cwd": folder}
        driver = containers.start([*command, job.name, rows, folder / "out"], **options)
        try:
            status = driver.wait(timeout=_LONGEST)
        finally:
            driver.kill()
        seconds, killed, limited = time.monotonic() - began, containers.driver_killed, containers.limited
    completed = status == 0 and b"LONGSHORE_RESULT" in streams["stdout"].read_bytes()
    log = next((path for path in logs.iterdir() if is_log(path.name)), None)
    profile = Profile() if log is None else read_local_profile(log)
    end = None if completed else "OOMKilled" if killed else _reason(streams, status)
    full = lacking_part(profile, sizes=sizes, driver_end=end)
    run = Run(profile=profile, sizes=sizes, full=full, completed=completed)
    return Measured(run=run, seconds=seconds, log=log, limited=limited)


def _reason(streams: dict[str, Path], status: int) -> str:
    # As the job server reads it.
    ends = {name: path.read_bytes()[-_TAIL:].decode(errors="replace") for name, path in streams.items()}
    return driver_failure("", log_end(ends), status=status, log="stderr")


def _environment() -> dict[str, str]:
    return os.environ | {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_HOSTNAME": "localhost"}
