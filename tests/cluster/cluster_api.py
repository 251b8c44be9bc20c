"""Objects of the cluster, read without a program: what tests ask for each second costs no process each second."""

import json
import ssl
import tempfile
import urllib.error
import urllib.request
from base64 import b64decode
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml


class ClusterApi:
    """The cluster's API as the administrator of a kubeconfig reads it."""

    def __init__(self, kubeconfig: Path) -> None:
        content = yaml.safe_load(kubeconfig.read_text())
        cluster, user = content["clusters"][0]["cluster"], content["users"][0]["user"]
        self._server = str(cluster["server"])
        self._tls = ssl.create_default_context(cadata=b64decode(cluster["certificate-authority-data"]).decode())
        with tempfile.NamedTemporaryFile() as pair:
            parts = ("client-certificate-data", "client-key-data")
            pair.write(b"\n".join(b64decode(user[part]) for part in parts))
            pair.flush()
            self._tls.load_cert_chain(pair.name)

    def get(self, path: str) -> dict[str, Any] | None:
        """The object at a path such as `/api/v1/namespaces/jobs`; None where there is none."""
        try:
            with urllib.request.urlopen(f"{self._server}{path}", timeout=30, context=self._tls) as answer:  # noqa: S310
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise

    def pods(self, namespace: str, selector: str = "") -> list[dict[str, Any]]:
        """A namespace's pods, by their labels."""
        found = self.get(f"/api/v1/namespaces/{namespace}/pods?labelSelector={quote(selector)}")
        return list((found or {}).get("items", []))
