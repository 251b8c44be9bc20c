"""The upgrade that the test on a cluster makes is one: images, settings and schema differ, and nothing else."""

from pathlib import Path

import yaml
from longshore_cli.cluster.images.digests import digest, files
from longshore_cli.cluster.images.platform_images import IMAGES
from support.next_checkout import CHANGED_IMAGES, make_next_checkout

ROOT = Path(__file__).parents[4]


def test_the_next_version_changes_the_images_and_settings_that_it_names_and_no_others(tmp_path: Path) -> None:
    newer = make_next_checkout(ROOT, tmp_path / "next")

    def keys(root: Path) -> dict[str, str]:
        return {image.name: digest(files(root, [f"images/{image.name}", *image.inputs])) for image in IMAGES}

    before, after = keys(ROOT), keys(newer)
    assert {name for name in before if before[name] != after[name]} == CHANGED_IMAGES
    charts = {path.relative_to(ROOT) for path in (ROOT / "helm").rglob("*") if path.is_file()}
    changed = {str(path) for path in charts if (ROOT / path).read_bytes() != (newer / path).read_bytes()}
    assert changed == {"helm/longshore/values-kind.yaml", "helm/airflow/values-kind.yaml"}
    server = yaml.safe_load((newer / "helm/longshore/values-kind.yaml").read_text())["server"]
    assert (server["requestsPerSecond"], server["maxRunning"]) == (99, 8)
    airflow = yaml.safe_load((newer / "helm/airflow/values-kind.yaml").read_text())
    assert airflow["config"]["core"] == {"max_active_runs_per_dag": "15"}
    assert airflow["dags"] == yaml.safe_load((ROOT / "helm/airflow/values-kind.yaml").read_text())["dags"]
