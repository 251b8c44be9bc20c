"""Job templates in YAML: one a file, in the shape of CreateJobTemplate. Pure but for reading the files."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from longshore_cli.exceptions import TemplateError

DIGEST_TAG = "longshore.dev/digest"
"""The tag by which a template at the server is known to be made from a file's present content."""
_MEMBERS = {"name", "jobTemplateData", "tags"}


@dataclass(frozen=True, kw_only=True)
class TemplateFile:
    """One file's template."""

    path: Path
    name: str
    data: dict[str, Any]
    """`jobTemplateData`."""
    tags: dict[str, str]

    @property
    def digest(self) -> str:
        """SHA-256 in hex of name, data and tags; comments and order in the file do not matter."""
        content = json.dumps([self.name, self.data, self.tags], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()


def read_templates(folder: Path) -> list[TemplateFile]:
    """The templates of every `*.yaml` and `*.yml` in `folder`, by name.

    Raises:
        TemplateError: there are none, a file is not a template, or two have one name.
    """
    if not folder.is_dir():
        raise TemplateError(f"The folder {str(folder)!r} does not exist; give the one with the job templates' YAML.")
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
        raise TemplateError(f"{str(path)!r} is not YAML that can be read: {reason}.") from error
    if not isinstance(content, dict) or not {"name", "jobTemplateData"} <= content.keys() <= _MEMBERS:
        raise TemplateError(
            f"{str(path)!r} must hold `name`, `jobTemplateData` and, where wanted, `tags`, as CreateJobTemplate does."
        )
    name, data, tags = content["name"], content["jobTemplateData"], content.get("tags") or {}
    if not isinstance(name, str) or not isinstance(data, dict) or not isinstance(tags, dict) or not _is_json(data):
        raise TemplateError(
            f"{str(path)!r} must have a text as `name`, an object as `jobTemplateData` and, where wanted, one as "
            "`tags`. What YAML takes for a number or a date and the API does not needs quotes."
        )
    if not all(isinstance(text, str) for tag in tags.items() for text in tag):
        raise TemplateError(f"{str(path)!r} must have texts as `tags`: put quotes around numbers.")
    return TemplateFile(path=path, name=name, data=data, tags=tags)


def _is_json(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_json(item) for key, item in value.items())
    if isinstance(value, list):
        return all(_is_json(item) for item in value)
    return value is None or isinstance(value, str | int | float | bool)
