"""A stand-in for `kubectl` and the controller behind it: run as the program, in a folder that holds what there is.

Files: `calls` (a JSON list a line), `objects/<name>.json`, `statuses/<name>.json` (what the status is at one look after
another; the last stays), `refuse/<verb>` (printed as an error, beside `refuse/<verb>.once` no more than once),
`pods.json`, `secrets/<name>.json`, `user`.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

_OPTIONS = ("--kubeconfig", "--context", "-n", "--namespace")


def main(folder: Path, arguments: list[str]) -> int:
    with (folder / "calls").open("a") as calls:
        calls.write(json.dumps(arguments) + "\n")
    words = _without_options(arguments)
    refusal = folder / "refuse" / words[0]
    if refusal.exists():
        sys.stderr.write(refusal.read_text())
        if refusal.with_suffix(".once").exists():
            refusal.unlink()
        return 1
    found = _answer(folder, words)
    if isinstance(found, int):
        return found
    sys.stdout.write(f"{found if isinstance(found, str) else json.dumps(found)}\n")
    return 0


def _answer(folder: Path, words: list[str]) -> Any:
    match words:
        case ["auth", "whoami", *_]:
            return {"status": {"userInfo": {"username": (folder / "user").read_text()}}}
        case ["create", *_]:
            return _create(folder, json.load(sys.stdin))
        case ["get", "secret", name, *_]:
            path = folder / "secrets" / f"{name}.json"
            return json.loads(path.read_text()) if path.exists() else ""
        case ["get", "pods", *_]:
            return json.loads((folder / "pods.json").read_text())
        case ["get", _, "-o", "json"]:
            return {"items": [_look(folder, path.stem) for path in sorted((folder / "objects").iterdir())]}
        case ["get", _, name, *_]:
            return _look(folder, name) or ""
        case ["patch", _, name, "--type", "merge", "-p", patch]:
            return _patch(folder, name, json.loads(patch))
        case ["delete", _, name, *_]:
            path = folder / "objects" / f"{name}.json"
            body = json.loads(path.read_text())
            body["metadata"]["deletionTimestamp"] = "2026-11-25T12:00:00Z"
            path.write_text(json.dumps(body))
            return ""
        case ["logs", target, *_]:
            return f"the log of {target}"
        case ["exec", *rest]:
            return subprocess.run(rest[rest.index("--") + 1 :], check=False).returncode
    raise AssertionError(words)


def _create(folder: Path, body: dict[str, Any]) -> Any:
    path = folder / "objects" / f"{body['metadata']['name']}.json"
    if path.exists():
        sys.stderr.write('Error from server (AlreadyExists): error when creating "STDIN": …')
        return 1
    body["metadata"] |= {"uid": "1", "generation": 1, "creationTimestamp": "2026-11-25T12:00:00Z"}
    path.write_text(json.dumps(body))
    return body


def _look(folder: Path, name: str) -> dict[str, Any] | None:
    path = folder / "objects" / f"{name}.json"
    if not path.exists():
        return None
    body: dict[str, Any] = json.loads(path.read_text())
    if "deletionTimestamp" in body["metadata"]:
        path.unlink()  # at the next look
        return body
    queue = folder / "statuses" / f"{name}.json"
    left = json.loads(queue.read_text()) if queue.exists() else [{}]
    queue.write_text(json.dumps(left[1:] or left))
    generation = body["metadata"]["generation"]
    conditions = [each | {"observedGeneration": generation} for each in left[0].get("conditions", [])]
    return body | {"status": left[0] | {"conditions": conditions, "observedGeneration": generation}}


def _patch(folder: Path, name: str, patch: dict[str, Any]) -> str:
    path = folder / "objects" / f"{name}.json"
    body = json.loads(path.read_text())
    body["spec"] |= patch.get("spec", {})
    body["metadata"]["generation"] += "spec" in patch
    body["metadata"].setdefault("annotations", {}).update(patch.get("metadata", {}).get("annotations", {}))
    path.write_text(json.dumps(body))
    return ""


def _without_options(arguments: list[str]) -> list[str]:
    left = list(arguments)
    while left and left[0] in _OPTIONS:
        del left[:2]
    return left


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
