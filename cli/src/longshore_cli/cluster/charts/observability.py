"""Metrics and logs on the local cluster. Without them the platform works, so a failure is reported and ends nothing."""

from longshore_cli.base.progress import Say
from longshore_cli.cluster import namespaces
from longshore_cli.cluster.charts.readiness import wait_ready
from longshore_cli.cluster.charts.releases import image_settings, install
from longshore_cli.cluster.images.platform_images import Image, publish
from longshore_cli.cluster.kubernetes.kubectl import Kubectl
from longshore_cli.cluster.kubernetes.tools import Tools
from longshore_cli.cluster.layout import ClusterLayout
from longshore_cli.exceptions import ClusterError

CHART = "observability"
_READY_SECONDS = 300.0
_VICTORIA = "github.com/VictoriaMetrics/VictoriaMetrics/app"
IMAGES = (
    Image(name="victoria-metrics", inputs=(), programs=(f"{_VICTORIA}/victoria-metrics",)),
    Image(name="victoria-logs", inputs=(), programs=("github.com/VictoriaMetrics/VictoriaLogs/app/victoria-logs",)),
    # The image holds vmalert alone. The other one tests the rules.
    Image(name="vmalert", inputs=(), programs=(f"{_VICTORIA}/vmalert", f"{_VICTORIA}/vmalert-tool")),
    Image(name="otel-collector", inputs=(), programs=("./otelcol",)),
)
"""The images of the stack, built one after the other."""
_VALUES = {
    "metrics.image": "victoria-metrics",
    "logs.image": "victoria-logs",
    "collector.image": "otel-collector",
    "alerts.image": "vmalert",
}


def is_installed(kubectl: Kubectl) -> bool:
    """Returns True if a collector takes metrics."""
    return kubectl.get("service", "collector", namespace=namespaces.OBSERVABILITY) is not None


def try_install(layout: ClusterLayout, tools: Tools, kubectl: Kubectl, say: Say) -> bool:
    """Builds the images, installs the chart and waits for its pods. If that fails, says why and returns False."""
    try:
        tags = {image.name: publish(layout, image, say) for image in IMAGES}
        kubectl.apply(*namespaces.namespace_manifests(namespaces.OBSERVABILITY))
        settings = image_settings(tags, _VALUES)
        install(layout, tools, chart=CHART, namespace=namespaces.OBSERVABILITY, settings=settings, say=say)
        wait_ready(kubectl, namespace=namespaces.OBSERVABILITY, seconds=_READY_SECONDS, say=say)
    except ClusterError as error:
        say(f"metrics and logs are missing, and the platform works without them: {error}")
        return False
    return True
