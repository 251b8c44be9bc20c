"""Draws the routes with the worst delays, from the mart in the serving database.

It runs in its own image: `python delay_report.py --connection flights_db --table serving.route_delays
--reports reports` writes `delays.png` to the folder or S3 prefix that the connection `reports` names.
"""

import argparse
import io
import json
import os
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")  # there is no screen

import matplotlib.pyplot as plt
from places import PlaceError, keep
from sqlalchemy import MetaData, Table, create_engine, func, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import NoSuchTableError, SQLAlchemyError

FEWEST_FLIGHTS = 100
"""Minimum number of flights of a route; the mean of fewer is chance."""

PATIENCE_SECONDS = 30.0
"""Seconds for which the database may refuse connections, because NetworkPolicies admit a new pod's address some seconds
late (Kubernetes, "Network Policies", "Pod lifecycle")."""


@dataclass(frozen=True)
class Route:
    """One bar: `EWR → ORD`, minutes late on average and at the 90th percentile."""

    label: str
    mean: float
    p90: float


class ReportError(Exception):
    """The report cannot be made; the message names the thing, the reason and the way out."""


def read_connection(connection_id: str, *needed: str) -> dict[str, Any]:
    """Returns the job's connection `connection_id` in Airflow's JSON form, with its extra as an object.

    Raises:
        ReportError: it is missing, unreadable, or lacks one of the members `needed`.
    """
    folder = Path(os.environ.get("LONGSHORE_CONNECTIONS", "/etc/longshore/connections"))
    try:
        connection = json.loads((folder / f"{connection_id}.json").read_text())
        if isinstance(connection.get("extra"), str):
            connection["extra"] = json.loads(connection["extra"])
    except FileNotFoundError:
        known = ", ".join(sorted(path.stem for path in folder.glob("*.json"))) or "none"
        raise ReportError(f"The connection {connection_id!r} is not known to this job; it has {known}.") from None
    except (OSError, ValueError, AttributeError):
        raise ReportError(f"The connection {connection_id!r} cannot be read: it must be a JSON object.") from None
    missing = [name for name in needed if not connection.get(name)]
    if missing:
        raise ReportError(f"The connection {connection_id!r} lacks {', '.join(missing)}.")
    return dict(connection)


def report_place(connection_id: str) -> str:
    """Returns the folder or S3 prefix that the connection's extra names as `path`.

    Raises:
        ReportError: the connection has no such extra.
    """
    extra = read_connection(connection_id, "extra")["extra"]
    if not isinstance(extra, dict) or not isinstance(extra.get("path"), str):
        raise ReportError(f"The connection {connection_id!r} must have a `path` in its extra.")
    return str(extra["path"])


def database_url(connection_id: str) -> URL:
    """Returns the URL of a connection's database.

    Raises:
        ReportError: the connection is missing or incomplete.
    """
    connection = read_connection(connection_id, "host", "schema", "login", "password")
    try:
        return URL.create(
            "postgresql+psycopg2",
            username=connection["login"],
            password=connection["password"],
            host=connection["host"],
            port=int(connection.get("port") or 5432),
            database=connection["schema"],
        )
    except (TypeError, ValueError):
        raise ReportError(f"The connection {connection_id!r} must have texts and, as its port, a number.") from None


def await_network(host: str, port: int, patience: float) -> None:
    """Returns once the port accepts connections, or after `patience` seconds, so that the caller gets the reason."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        try:
            socket.create_connection((host, port), timeout=5).close()
        except socket.gaierror:  # waiting does not help against an unknown name
            return
        except OSError:
            time.sleep(0.2)
        else:
            return


def read_routes(url: URL, table_name: str, limit: int) -> tuple[list[Route], int]:
    """Returns the worst `limit` routes by mean delay, worst first, and the number of rows in the table.

    Raises:
        ReportError: the database is unreachable, or the table is missing or not the mart.
    """
    schema, _, name = table_name.rpartition(".")
    engine = create_engine(url, connect_args={"connect_timeout": 10})
    try:
        table = Table(name, MetaData(), schema=schema or None, autoload_with=engine)
        columns = table.c
        query = (
            select(columns.origin, columns.dest, columns.mean_delay_minutes, columns.p90_delay_minutes)
            .where(columns.flights >= FEWEST_FLIGHTS, columns.mean_delay_minutes.is_not(None))
            .order_by(columns.mean_delay_minutes.desc())
            .limit(limit)
        )
        with engine.connect() as session:
            rows = session.execute(query).all()
            count = session.execute(select(func.count()).select_from(table)).scalar_one()
    except NoSuchTableError:
        raise ReportError(f"The table {table_name!r} does not exist; run the task that creates it first.") from None
    except AttributeError as error:
        raise ReportError(f"The table {table_name!r} is not the mart: it has no column {error}.") from None
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        where = f"{url.host}:{url.port}"
        raise ReportError(f"The table {table_name!r} at {where} could not be read: {reason}") from None
    return [Route(f"{row.origin} → {row.dest}", float(row[2]), float(row[3])) for row in rows], count


def draw(routes: list[Route]) -> bytes:
    """Returns a bar chart of the routes as PNG."""
    figure, axes = plt.subplots(figsize=(9, 6), layout="constrained")
    labels = [route.label for route in reversed(routes)]
    axes.barh(labels, [route.p90 for route in reversed(routes)], color="#d9e2ec", label="90th percentile")
    axes.barh(labels, [route.mean for route in reversed(routes)], color="#c1121f", height=0.5, label="mean")
    axes.set_xlabel("minutes late at arrival")
    axes.set_title(f"The {len(routes)} worst routes from New York, 2013 (routes of {FEWEST_FLIGHTS} flights or more)")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="lower right", frameon=False)
    content = io.BytesIO()
    figure.savefig(content, dpi=120, format="png")
    return content.getvalue()


def leave_message(message: str) -> None:
    """Writes the message to the pod's termination log: at most 4,096 bytes, the limit of Kubernetes."""
    path = Path(os.environ.get("LONGSHORE_TERMINATION_LOG", "/dev/termination-log"))
    if path.parent != Path("/dev") or path.exists():
        path.write_bytes(message.encode()[:4096])


def main(arguments: list[str], patience: float = PATIENCE_SECONDS) -> int:
    """Creates the report, and returns 0 or, with the reason in the termination log, 1.

    Args:
        patience: the seconds for which the database may refuse connections.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connection", required=True, help="the database that serves the mart")
    parser.add_argument("--table", required=True, help="the mart there, as schema.table")
    parser.add_argument("--reports", required=True, help="the connection whose extra `path` is where to write to")
    options = parser.parse_args(arguments)
    started = time.monotonic()
    try:
        url = database_url(options.connection)
        await_network(str(url.host), url.port or 5432, patience)
        routes, count = read_routes(url, options.table, limit=15)
        if not routes:
            raise ReportError(f"The table {options.table!r} has no route of {FEWEST_FLIGHTS} flights or more to draw.")
        kept = keep(draw(routes), report_place(options.reports), "delays.png")
    except (ReportError, PlaceError) as error:
        print(f"delay-report: {error}", file=sys.stderr)
        leave_message(str(error))
        return 1
    result = {
        "source": {"name": options.table, "rows": count},
        "sink": {"name": kept, "rows": len(routes)},
        "seconds": {"total": round(time.monotonic() - started, 1)},
    }
    print("LONGSHORE_RESULT " + json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
