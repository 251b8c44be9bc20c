"""The stack's real programs as processes, with the arguments and the configuration that the chart renders."""

import json
import re
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from helm.pod_security import containers, pod_templates
from helm.rendering import by_kind
from support.components import Component
from support.serving import lasting_port
from support.waiting import until

Manifests = list[dict[str, Any]]
PROGRAMS = {
    "metrics": "victoria-metrics",
    "logs": "victoria-logs",
    "vmalert": "vmalert",
    "collector": "otelcol",
}
"""The program of each container."""
_ADDRESS = re.compile(
    r"(?P<before>http://|=|endpoint: |listen-address=)(?P<host>[a-z0-9.]*|\$\{env:POD_IP\}):(?P<port>\d{4,5})"
)


@dataclass
class Stack:
    """The stack below one folder. Everything listens on free ports of this machine."""

    manifests: Manifests
    programs: dict[str, Path]
    """The paths of all programs, by name."""
    folder: Path
    ports: dict[int, int] = field(default_factory=dict)
    """Ports that stand for those of the chart."""

    @property
    def pods(self) -> Path:
        """The folder of the pods' logs, as /var/log/pods."""
        return self.folder / "pods"

    def url(self, port: int) -> str:
        """The address of the part that has this port in the chart."""
        return f"http://127.0.0.1:{self.ports.setdefault(port, lasting_port())}"

    def component(self, name: str) -> Component:
        """Returns the process of a container, which is not started yet."""
        program = self.programs[PROGRAMS[name]]
        container, files = self._container(name)
        arguments = [self._here(argument, files) for argument in container["args"]]
        # A program whose memory the machine gives; in a pod it is the limit.
        environment = {"POD_IP": "127.0.0.1", "NODE_NAME": "node", "GOMEMLIMIT": "128MiB"}
        return Component(name, [str(program), *arguments], environment, self.folder)

    def start(self, component: Component, health: str) -> None:
        """Starts a process, and waits until it is healthy."""
        component.start()
        until(lambda: f"{component.name} answers: {component.log.read_text()[-2000:]}", lambda: answers(health))

    def count(self, query: str) -> dict[str, int]:
        """Returns the numbers that a query of VictoriaLogs counts, by name."""
        found = ask(f"{self.url(9428)}/select/logsql/query", query=query)
        return {name: int(number) for name, number in json.loads(found or "{}").items() if not name.startswith("_")}

    def rows(self, query: str) -> list[dict[str, str]]:
        """Returns the lines that a query of VictoriaLogs finds, with their fields."""
        found = ask(f"{self.url(9428)}/select/logsql/query", query=query, limit="1000")
        return [json.loads(line) for line in found.splitlines()]

    def series(self, match: str) -> list[dict[str, str]]:
        """Returns the labels of the series in VictoriaMetrics, flushed before."""
        ask(f"{self.url(8428)}/internal/force_flush")
        found = json.loads(ask(f"{self.url(8428)}/api/v1/series", **{"match[]": match, "start": "-1h"}))
        return list(found["data"])

    def _container(self, name: str) -> tuple[dict[str, Any], dict[str, str]]:
        """Returns a container's manifest, and the places of its configuration by the paths that it mounts them at."""
        for _, pod in pod_templates(self.manifests):
            for container in containers(pod["spec"]):
                if container["name"] == name:
                    volumes = {volume["name"]: volume for volume in pod["spec"].get("volumes", [])}
                    return container, self._mounted(container, volumes, name)
        raise AssertionError(name)

    def _mounted(self, container: dict[str, Any], volumes: dict[str, Any], name: str) -> dict[str, str]:
        places = {}
        for mount in container["volumeMounts"]:
            place = self.folder / "mounted" / name / mount["name"]
            place.mkdir(parents=True, exist_ok=True)
            places[mount["mountPath"]] = str(place)
        places["/var/log/pods"] = str(self.pods)
        for mount in container["volumeMounts"]:
            config = volumes.get(mount["name"], {}).get("configMap")
            for file, text in by_kind(self.manifests, "ConfigMap")[config["name"]]["data"].items() if config else ():
                Path(places[mount["mountPath"]], file).write_text(outside(self._here(text, places)))
        return places

    def _here(self, text: str, places: dict[str, str]) -> str:
        for path in sorted(places, key=len, reverse=True):
            text = re.sub(rf"(?<![\w/.]){re.escape(path)}(?![\w-])", places[path], text)
        text = _ADDRESS.sub(lambda at: f"{at['before']}127.0.0.1:{self._port(at['port'])}", text)
        return re.sub(r"port: 8888", f"port: {self._port('8888')}", text)

    def _port(self, number: str) -> str:
        return self.url(int(number)).rpartition(":")[2]


def outside(text: str) -> str:
    """The configuration without what only a cluster has: the Kubernetes API."""
    if "kubernetes_sd_configs" in text:
        return "scrape_configs: []\n"
    if "k8s_attributes" not in text:
        return text
    configuration = yaml.safe_load(text)
    del configuration["processors"]["k8s_attributes"]
    for pipeline in configuration["service"]["pipelines"].values():
        pipeline["processors"] = [each for each in pipeline["processors"] if each != "k8s_attributes"]
    return yaml.safe_dump(configuration)


def ask(url: str, **query: str) -> str:
    """Returns the answer to a GET with these parameters."""
    address = f"{url}?{urllib.parse.urlencode(query)}" if query else url
    with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310  a loopback address
        return str(answer.read().decode())


def answers(url: str) -> bool:
    """Returns whether the address answers."""
    try:
        ask(url)
    except OSError:
        return False
    return True
