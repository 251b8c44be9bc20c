"""Whether a component of Airflow in this pod still says that it lives: a probe that costs a tenth of a second.

`airflow jobs check` asks the same, and takes seconds of processor time each time.

    alive.py <SchedulerJob|DagProcessorJob|TriggererJob> <seconds> <file with the database's SQLAlchemy URL>
"""

import re
import socket
import sys
from pathlib import Path

import psycopg2


def silence(url: str, *, job_type: str, host: str) -> float | None:
    """For how many seconds the newest job of the host has not been heard of; None: there was none.

    Args:
        url: the database's SQLAlchemy URL.
        job_type: as Airflow's table `job` has it.
        host: as Airflow's `[core] hostname_callable` tells it: in our chart, the pod's address.

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
    """The probe's exit status: 0 for a component that lives, or that cannot be asked about."""
    host = socket.gethostbyname(socket.gethostname())
    try:
        seconds = silence(Path(url_file).read_text().strip(), job_type=job_type, host=host)
    except psycopg2.OperationalError as error:
        print(f"The database cannot be asked: {error}")
        return 0  # a pod that is started anew brings no database back
    if seconds is None:
        print(f"No {job_type} has started on {host}.")
        return 1
    print(f"The {job_type} on {host} was heard of {seconds:.0f} s ago.")
    return 0 if seconds <= float(limit) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
