"""Files whose DAGs were parsed at another commit than the announced one.

While a bundle moves to a new commit, the DAG processor still parses files of the commit before. Airflow keeps their
result as if it came from the new commit, and would parse these files again only after `min_file_process_interval`. The
path that a DAG was parsed at tells which commit it came from.
"""

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError


def unfinished_snapshots(bundle_name: str, *, current: Path, versions: Path) -> list[Path]:
    """Returns the files below `current` that must be parsed again.

    Args:
        bundle_name: the bundle's name in Airflow.
        current: the folder of the announced commit.
        versions: the folder that holds a folder for every commit.
    """
    # Only the DAG processor calls this, and has the database's models imported already.
    from airflow.models.dag import DagModel
    from airflow.models.errors import ParseImportError
    from airflow.utils.session import create_session

    dags = select(DagModel.relative_fileloc).where(
        DagModel.bundle_name == bundle_name,
        DagModel.is_stale.is_(False),
        DagModel.relative_fileloc.is_not(None),
        ~DagModel.fileloc.startswith(f"{current}/", autoescape=True),
    )
    # An error without a path of ours may be of any commit.
    trace = ParseImportError.stacktrace
    errors = select(ParseImportError.filename).where(
        ParseImportError.bundle_name == bundle_name,
        trace.contains(f"{versions}/", autoescape=True),
        ~trace.contains(f"{current}/", autoescape=True),
    )
    try:
        with create_session() as session:
            names = {*session.scalars(dags), *session.scalars(errors)}
    except SQLAlchemyError:
        return []  # Airflow reports the unavailable database itself; the next refresh asks again
    return [path for name in sorted(filter(None, names)) if (path := current / name).is_file()]
