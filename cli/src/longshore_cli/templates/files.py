"""Job templates in YAML files, one in each, in the shape of CreateJobTemplate. Pure except for reading the files."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from longshore_cli.exceptions import TemplateError

DIGEST_TAG = "longshore.dev/digest"
"""The tag with the digest of the file that a template was created from."""
_MEMBERS = {"name", "jobTemplateData", "tags"}


@dataclass(frozen=True, kw_only=True)
class TemplateFile:
    """The job template of one file."""

    path: Path
    name: str
    data: dict[str, Any]
    """`jobTemplateData`."""
    tags: dict[str, str]

    @property
    def digest(self) -> str:
        """SHA-256 of name, data and tags in hex. Comments and order in the file do not matter."""
        content = json.dumps([self.name, self.data, self.tags], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()


def read_templates(folder: Path) -> list[TemplateFile]:
    """Reads the templates of every `*.yaml` and `*.yml` in `folder`.

    Raises:
        TemplateError: there are none, a file is not a template, or two have the same name.
    """
    if not folder.is_dir():
        raise TemplateError(
            f"The folder {str(folder)!r} does not exist. Name the folder with the job templates' YAML files."
        )
    found = [_read(path) for path in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])]
    if not found:
        raise TemplateError(f"The folder {str(folder)!r} has no job template (*.yaml).")
    by_name: dict[str, TemplateFile] = {}
    for template in found:
        if (other := by_name.setdefault(template.name, template)) is not template:
            raise TemplateError(f"{str(other.path)!r} and {str(template.path)!r} both have the name {template.name!r}.")
    return list(by_name.values())


def _read(path: Path) -> TemplateFile:
    try:
        content = yaml.safe_load(path.read_text())
    except OSError as error:
        raise TemplateError(f"{str(path)!r} cannot be read: {error.strerror}.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise TemplateError(f"{str(path)!r} is not valid YAML: {reason}.") from error
    if not isinstance(content, dict) or not {"name", "jobTemplateData"} <= content.keys() <= _MEMBERS:
        raise TemplateError(
            f"{str(path)!r} must have `name`, `jobTemplateData` and optionally `tags`, as in CreateJobTemplate."
        )
    name, data, tags = content["name"], content["jobTemplateData"], content.get("tags") or {}
    if not isinstance(name, str) or not isinstance(data, dict) or not isinstance(tags, dict) or not _is_json(data):
        raise TemplateError(
            f"{str(path)!r} must have a text as `name`, an object as `jobTemplateData` and optionally one as `tags`. "
            "Quote texts that YAML reads as numbers or dates."
        )
    if not all(isinstance(text, str) for tag in tags.items() for text in tag):
        raise TemplateError(f"{str(path)!r} must have texts as `tags`. Quote numbers.")
    return TemplateFile(path=path, name=name, data=data, tags=tags)


def _is_json(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_json(item) for key, item in value.items())
    if isinstance(value, list):
        return all(_is_json(item) for item in value)
    return value is None or isinstance(value, str | int | float | bool)
