"""Draws the routes with the worst delays, from the mart as it is served in the database.

Runs in an image of its own: `python delay_report.py --connection flights_db --table serving.route_delays
--reports reports` writes `delays.png` into the folder that the connection `reports` names.
"""

import argparse
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")  # there is no screen

import matplotlib.pyplot as plt
from sqlalchemy import MetaData, Table, create_engine, func, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import NoSuchTableError, SQLAlchemyError

FEWEST_FLIGHTS = 100
"""Routes with fewer flights are left out: their mean is chance."""


@dataclass(frozen=True)
class Route:
    """One bar: `EWR → ORD`, minutes late on average and at the 90th percentile."""

    label: str
    mean: float
    p90: float


class ReportError(Exception):
    """The report cannot be made; the message names the thing, the reason and the way out."""


def read_connection(connection_id: str) -> dict[str, Any]:
    """The connection `connection_id` of this job, as Airflow writes connections in JSON.

    Raises:
        ReportError: it is not there, or not readable.
    """
    folder = Path(os.environ.get("LONGSHORE_CONNECTIONS", "/etc/longshore/connections"))
    try:
        return dict(json.loads((folder / f"{connection_id}.json").read_text()))
    except FileNotFoundError:
        known = ", ".join(sorted(path.stem for path in folder.glob("*.json"))) or "none"
        raise ReportError(f"The connection {connection_id!r} is not known to this job; it has {known}.") from None
    except ValueError:
        raise ReportError(f"The connection {connection_id!r} is not JSON.") from None


def read_routes(connection: dict[str, Any], table_name: str, limit: int) -> tuple[list[Route], int]:
    """The worst `limit` routes by mean delay, worst first, and the number of rows that were looked at.

    Raises:
        ReportError: the database cannot be reached, or the table is not there or not the mart.
    """
    schema, _, name = table_name.rpartition(".")
    url = URL.create(
        "postgresql+psycopg2",
        username=connection["login"],
        password=connection["password"],
        host=connection["host"],
        port=connection["port"],
        database=connection["schema"],
    )
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
        raise ReportError(f"The table {table_name!r} does not exist; run the task that makes it first.") from None
    except AttributeError as error:
        raise ReportError(f"The table {table_name!r} is not the mart: it has no column {error}.") from None
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        where = f"{connection['host']}:{connection['port']}"
        raise ReportError(f"The table {table_name!r} at {where} could not be read: {reason}") from None
    return [Route(f"{row.origin} → {row.dest}", float(row[2]), float(row[3])) for row in rows], count


def draw(routes: list[Route], path: Path) -> None:
    """Writes a bar chart of `routes` to `path` (PNG), whole or not at all."""
    figure, axes = plt.subplots(figsize=(9, 6), layout="constrained")
    labels = [route.label for route in reversed(routes)]
    axes.barh(labels, [route.p90 for route in reversed(routes)], color="#d9e2ec", label="90th percentile")
    axes.barh(labels, [route.mean for route in reversed(routes)], color="#c1121f", height=0.5, label="mean")
    axes.set_xlabel("minutes late at arrival")
    axes.set_title(f"The {len(routes)} worst routes from New York, 2013 (routes of {FEWEST_FLIGHTS} flights or more)")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="lower right", frameon=False)
    partial = path.with_suffix(".partial.png")
    figure.savefig(partial, dpi=120)
    partial.rename(path)


def main(arguments: list[str]) -> int:
    """Makes the report; the exit status is 0 or, with the reason in the termination log, 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connection", required=True, help="the database that serves the mart")
    parser.add_argument("--table", required=True, help="the mart there, as schema.table")
    parser.add_argument("--reports", required=True, help="the connection whose extra `path` is the folder to write to")
    options = parser.parse_args(arguments)
    started = time.monotonic()
    try:
        routes, count = read_routes(read_connection(options.connection), options.table, limit=15)
        if not routes:
            raise ReportError(f"The table {options.table!r} has no route of {FEWEST_FLIGHTS} flights or more to draw.")
        folder = Path(read_connection(options.reports)["extra"]["path"])
        folder.mkdir(parents=True, exist_ok=True)
        draw(routes, folder / "delays.png")
    except ReportError as error:
        Path(os.environ.get("LONGSHORE_TERMINATION_LOG", "/dev/termination-log")).write_text(str(error))
        print(f"delay-report: {error}", file=sys.stderr)
        return 1
    result = {
        "source": {"name": options.table, "rows": count},
        "sink": {"name": str(folder / "delays.png"), "rows": len(routes)},
        "seconds": {"total": round(time.monotonic() - started, 1)},
    }
    print("LONGSHORE_RESULT " + json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
