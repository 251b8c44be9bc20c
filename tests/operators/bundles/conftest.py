"""Real git repositories, and bundles that follow them."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from longshore.bundles import GitSnapshotDagBundle
from operators.bundles.upstream import Upstream


@pytest.fixture
def upstream(tmp_path: Path) -> Upstream:
    bare, checkout = tmp_path / "upstream.git", tmp_path / "checkout"
    for arguments in (["--bare", str(bare)], [str(checkout)]):
        subprocess.run(["git", "init", "--quiet", "--initial-branch=main", *arguments], check=True)
    return Upstream(f"file://{bare}", bare, checkout)


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """`storage(pod)` makes this process look like another pod: with local folders of its own."""
    from airflow.dag_processing.bundles import base

    def become(pod: str) -> None:
        root = tmp_path / "pods" / pod
        monkeypatch.setenv("AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH", str(root))
        monkeypatch.setattr(base, "STALE_BUNDLE_TRACKING_FOLDER", root / "_tracking")

    become("dag-processor")
    return become


@pytest.fixture
def make_bundle(
    upstream: Upstream, storage: Callable[[str], None], metadata_database: None, tmp_path: Path
) -> Callable[..., Any]:
    """A bundle as Airflow makes it; keywords are its arguments, None leaves one out."""

    def make(**arguments: Any) -> GitSnapshotDagBundle:
        given = {
            "name": "main", "url": upstream.url, "branch": "main", "subdir": "dags",
            "snapshots": f"file://{tmp_path}/snapshots",
        } | arguments  # fmt: skip
        return GitSnapshotDagBundle(**{name: value for name, value in given.items() if value is not None})

    return make


@pytest.fixture
def without_git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], None]:
    def hide() -> None:
        (tmp_path / "empty").mkdir()
        monkeypatch.setenv("PATH", str(tmp_path / "empty"))
        assert shutil.which("git") is None

    return hide


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch, upstream: Upstream, tmp_path: Path) -> Callable[[], None]:
    """Puts the bundle `main` into Airflow's configuration, in the words of the chart."""

    def put() -> None:
        kwargs = {
            "url": upstream.url, "branch": "main", "subdir": "dags", "snapshots": f"file://{tmp_path}/snapshots",
        }  # fmt: skip
        bundle = {"name": "main", "classpath": "longshore.bundles.GitSnapshotDagBundle", "kwargs": kwargs}
        monkeypatch.setenv("AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST", json.dumps([bundle]))
        monkeypatch.setenv("AIRFLOW__CORE__LOAD_EXAMPLES", "False")

    return put


@pytest.fixture
def metadata_database() -> Iterator[None]:
    """The tables of Airflow's own database that bundles look at, empty, in the tests' SQLite."""
    from airflow import settings
    from airflow.models.dag import DagModel, DagTag
    from airflow.models.dagbundle import DagBundleModel
    from airflow.models.errors import ParseImportError

    settings.configure_orm()
    tables = [model.__table__ for model in (DagBundleModel, DagModel, DagTag, ParseImportError)]
    metadata = tables[0].metadata
    metadata.create_all(settings.engine, tables=tables)
    yield
    metadata.drop_all(settings.engine, tables=tables)
