"""DAGs that were parsed at another commit than the one announced.

While a commit is taken, files of the one before are still being parsed, or wait for it. Airflow keeps their result as
if it came from the new commit, and would look at these files again only after `min_file_process_interval`. Where a DAG
came from is told by the path that it was parsed at.
"""

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError


def stragglers(bundle_name: str, *, current: Path, versions: Path) -> list[Path]:
    """The files, below `current`, that have to be parsed again.

    Args:
        bundle_name: the bundle's name in Airflow.
        current: the folder of the announced commit.
        versions: the folder that holds a folder for every commit.
    """
    # Only the DAG processor comes here: the database's models are imported there anyway.
    from airflow.models.dag import DagModel
    from airflow.models.errors import ParseImportError
    from airflow.utils.session import create_session

    dags = select(DagModel.relative_fileloc).where(
        DagModel.bundle_name == bundle_name,
        DagModel.is_stale.is_(False),
        DagModel.relative_fileloc.is_not(None),
        ~DagModel.fileloc.startswith(f"{current}/", autoescape=True),
    )
    # An error that shows no path of ours cannot be told to be old.
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
        return []  # Airflow says itself that its database is away; the next refresh asks again
    return [path for name in sorted(filter(None, names)) if (path := current / name).is_file()]
