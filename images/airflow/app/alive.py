"""A liveness probe of the Airflow component in this pod: it reads the last heartbeat in a tenth of a second.

`airflow jobs check` does the same, but takes seconds of CPU time with each call.

    alive.py <SchedulerJob|DagProcessorJob|TriggererJob> <seconds> <file with the database's SQLAlchemy URL>
"""

import re
import socket
import sys
from pathlib import Path

import psycopg2


def silence(url: str, *, job_type: str, host: str) -> float | None:
    """Returns the seconds since the last heartbeat of the host's newest job; None if there is no job.

    Args:
        url: the database's SQLAlchemy URL.
        job_type: as in Airflow's table `job`.
        host: as Airflow's `[core] hostname_callable` returns it; in our chart, the pod's address.

    Raises:
        psycopg2.OperationalError: the database does not answer.
    """
    connection = psycopg2.connect(re.sub(r"^postgresql\+\w+:", "postgresql:", url), connect_timeout=5)
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT extract(epoch FROM now() - max(latest_heartbeat)) FROM job "
                "WHERE job_type = %s AND hostname = %s",
                (job_type, host),
            )
            (seconds,) = cursor.fetchone()
            return None if seconds is None else float(seconds)
    finally:
        connection.close()


def main(job_type: str, limit: str, url_file: str) -> int:
    """Returns the probe's exit status: 0 for a component that lives, or whose heartbeat cannot be read."""
    host = socket.gethostbyname(socket.gethostname())
    try:
        seconds = silence(Path(url_file).read_text().strip(), job_type=job_type, host=host)
    except psycopg2.OperationalError as error:
        print(f"The heartbeat cannot be read from the database: {error}")
        return 0  # a restart of the pod would not bring the database back
    if seconds is None:
        print(f"No {job_type} has started on {host}.")
        return 1
    print(f"The {job_type} on {host} sent its last heartbeat {seconds:.0f} s ago.")
    return 0 if seconds <= float(limit) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
