"""DAGs that Airflow holds for parsed at the new commit, and were not."""

from pathlib import Path
from typing import Any

import pytest
from longshore.bundles.unfinished_snapshots import unfinished_snapshots


@pytest.fixture
def versions(tmp_path: Path) -> Path:
    for commit in ("old", "new"):
        (tmp_path / commit).mkdir()
        for name in ("flights.py", "planes.py", "broken.py"):
            (tmp_path / commit / name).touch()
    return tmp_path


@pytest.fixture
def add(metadata_database: None) -> Any:
    from airflow.models.dag import DagModel
    from airflow.models.dagbundle import DagBundleModel
    from airflow.models.errors import ParseImportError
    from airflow.utils.session import create_session

    with create_session() as session:
        session.add_all([DagBundleModel(name="main"), DagBundleModel(name="other")])

    def dag(dag_id: str, folder: Path, name: str, *, bundle: str = "main", stale: bool = False) -> None:
        with create_session() as session:
            model = DagModel(dag_id=dag_id, bundle_name=bundle)
            model.fileloc, model.relative_fileloc, model.is_stale = str(folder / name), name, stale
            session.add(model)

    def error(name: str, trace: str) -> None:
        with create_session() as session:
            session.add(ParseImportError(bundle_name="main", filename=name, stacktrace=trace))

    dag.error = error  # type: ignore[attr-defined]
    return dag


def found(versions: Path) -> list[str]:
    return [path.name for path in unfinished_snapshots("main", current=versions / "new", versions=versions)]


def test_what_was_parsed_at_the_commit_before_is_found(add: Any, versions: Path) -> None:
    add("flights", versions / "new", "flights.py")
    add("planes", versions / "old", "planes.py")
    assert found(versions) == ["planes.py"]


def test_what_is_gone_is_not_waited_for(add: Any, versions: Path) -> None:
    add("removed", versions / "old", "removed.py")
    add("stale", versions / "old", "planes.py", stale=True)
    add("of_another_bundle", versions / "old", "flights.py", bundle="other")
    assert found(versions) == []


def test_error_of_the_commit_before_is_found(add: Any, versions: Path) -> None:
    add.error("broken.py", f'File "{versions}/old/broken.py", line 1\nSyntaxError')
    add.error("flights.py", f'File "{versions}/new/flights.py", line 1\nSyntaxError')
    add.error("planes.py", "AirflowClusterPolicyViolation: no owner")
    assert found(versions) == ["broken.py"]


def test_database_that_is_away_is_none_of_our_errors(versions: Path) -> None:
    from airflow import settings

    settings.configure_orm()
    assert found(versions) == []  # there are no tables
