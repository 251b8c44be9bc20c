from pathlib import Path

import pytest
import yaml
from longshore_cli.cluster.charts.yunikorn import IMAGE, placeholder_settings

CHART = Path(__file__).parents[4] / "helm" / "yunikorn"


def test_the_image_is_the_one_that_the_chart_names() -> None:
    repository = yaml.safe_load((CHART / "values.yaml").read_text())["scheduler"]["image"]["repository"]
    version = yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"]
    assert f"{repository}:scheduler-{version}" == IMAGE


@pytest.mark.parametrize(
    ("listed", "image"),
    [
        (
            [
                "docker.io/kindest/kindnetd:v20250512",
                "registry.k8s.io/pause@sha256:ee6521f290b2168b6e0935a181d4cff9be1ac3f505666ef0e3c98fae8199917a",
                "registry.k8s.io/pause:3.10.2",
                "sha256:873ed75102791e5b0b8a7fcd41606c92fcec98d56d05ead4ac5131650004c136",
            ],
            ("registry.k8s.io", "pause", "3.10.2"),
        ),
        (
            ["mirror.example:5000/google_containers/pause:3.9"],
            ("mirror.example:5000", "google_containers/pause", "3.9"),
        ),
    ],
)
def test_placeholders_use_an_image_of_every_node(listed: list[str], image: tuple[str, str, str]) -> None:
    assert tuple(placeholder_settings(listed).values()) == image
    assert list(placeholder_settings(listed)) == [
        f"placeholders.image.{key}" for key in ("registry", "repository", "tag")
    ]


def test_without_such_an_image_the_charts_default_is_used() -> None:
    assert placeholder_settings(["docker.io/library/pause-the-music:1", "registry.k8s.io/etcd:3.6"]) == {}
