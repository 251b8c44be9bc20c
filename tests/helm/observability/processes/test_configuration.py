"""The real programs understand what the chart renders for them."""

import subprocess
from pathlib import Path
from typing import Any

from helm.rendering import by_kind

Manifests = list[dict[str, Any]]


def accepted(*command: str | Path, **environment: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def written(manifests: Manifests, config: str, folder: Path) -> Path:
    for name, text in by_kind(manifests, "ConfigMap")[config]["data"].items():
        (folder / name).write_text(text)
    return folder


def test_victoria_metrics_takes_scraping_and_aggregation(
    kind: Manifests, programs: dict[str, Path], tmp_path: Path
) -> None:
    folder = written(kind, "metrics", tmp_path)
    options = [f"-promscrape.config={folder}/scrape.yaml", f"-streamAggr.config={folder}/aggregation.yaml"]
    accepted(programs["victoria-metrics"], *options, "-promscrape.config.strictParse", "-dryRun")


def test_vmalert_takes_the_rules(kind: Manifests, programs: dict[str, Path], tmp_path: Path) -> None:
    folder = written(kind, "alert-rules", tmp_path)
    accepted(programs["vmalert"], f"-rule={folder}/*.yaml", "-rule.validateTemplates", "-dryRun")


def test_the_collector_takes_its_configuration(kind: Manifests, programs: dict[str, Path], tmp_path: Path) -> None:
    text = by_kind(kind, "ConfigMap")["collector"]["data"]["config.yaml"]
    (tmp_path / "config.yaml").write_text(text.replace("/var/lib/collector", str(tmp_path / "state")))
    pod = {"NODE_NAME": "node", "POD_IP": "127.0.0.1"}
    accepted(programs["otelcol"], "validate", f"--config={tmp_path}/config.yaml", **pod)
