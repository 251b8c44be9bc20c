"""A check that an answer, as it came over the wire, fits botocore's model. Pure.

The server has a validator of its own; this one is written apart from it, so that neither hides the other's fault.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

ALWAYS = {
    "CreateJobTemplateResponse": {"id", "name", "arn", "createdAt"},
    "CreateSecurityConfigurationResponse": {"id", "name", "arn"},
    "CreateVirtualClusterResponse": {"id", "name", "arn"},
    "CancelJobRunResponse": {"id", "virtualClusterId"},
    "DeleteJobTemplateResponse": {"id"},
    "DeleteSecurityConfigurationResponse": {"id"},
    "DeleteVirtualClusterResponse": {"id"},
    "DescribeJobRunResponse": {"jobRun"},
    "DescribeJobTemplateResponse": {"jobTemplate"},
    "DescribeSecurityConfigurationResponse": {"securityConfiguration"},
    "DescribeVirtualClusterResponse": {"virtualCluster"},
    "JobRun": {
        "id", "virtualClusterId", "arn", "state", "clientToken", "executionRoleArn", "releaseLabel", "jobDriver",
        "createdAt", "createdBy",
    },
    "JobTemplate": {"id", "name", "arn", "createdAt", "createdBy", "jobTemplateData"},
    "ListJobRunsResponse": {"jobRuns"},
    "ListJobTemplatesResponse": {"templates"},
    "ListSecurityConfigurationsResponse": {"securityConfigurations"},
    "ListTagsForResourceResponse": {"tags"},
    "ListVirtualClustersResponse": {"virtualClusters"},
    "SecurityConfiguration": {"id", "name", "arn", "createdAt", "createdBy", "securityConfigurationData"},
    "StartJobRunResponse": {"id", "arn", "virtualClusterId"},
    "UpdateVirtualClusterResponse": {"virtualCluster"},
    "VirtualCluster": {"id", "name", "arn", "state", "containerProvider", "createdAt"},
}  # fmt: skip
"""Members that clients rely on: the model calls nearly all of them optional, AWS's own examples always show them."""
COMMON_ERRORS = {
    "SerializationException": 400,
    "MissingAuthenticationTokenException": 403,
    "IncompleteSignatureException": 403,
    "UnrecognizedClientException": 403,
    "InvalidSignatureException": 403,
    "AccessDeniedException": 403,
    "ThrottlingException": 400,
}
"""Codes that every operation may answer with (AWS API reference, "Common Errors"), and their HTTP statuses."""
_ISO_8601 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_TYPES = {"structure": dict, "map": dict, "list": list, "string": str, "integer": int, "boolean": bool}


def misfits(operation: OperationModel, *, status: int, headers: Mapping[str, str], body: bytes) -> list[str]:
    """Returns the points in which an answer differs from the model. Empty if it fits."""
    try:
        document = json.loads(body)
    except ValueError:
        return [f"HTTP {status} without a JSON body"]
    if status < 300:
        return list(_misfits(operation.output_shape, document, ""))
    # A client takes the code from the header or the body, as protocol `rest-json` says.
    code = headers.get("x-amzn-ErrorType") or document.get("__type") or document.get("code") or "none"
    statuses = {shape.name: shape.metadata["error"]["httpStatusCode"] for shape in operation.error_shapes}
    expected = (statuses | COMMON_ERRORS).get(code)
    if expected is None:
        return [f"{code} is no error of this operation"]
    if expected != status:
        return [f"{code} comes with HTTP {status}, not {expected}"]
    return [] if document.get("message") else [f"{code} has no message"]


def _misfits(shape: Shape | None, value: Any, place: str) -> Iterator[str]:
    if shape is None:
        return
    if shape.type_name == "timestamp":
        if not (isinstance(value, str) and _ISO_8601.fullmatch(value)):
            yield f"`{place}` is no ISO 8601 timestamp"
        return
    if not isinstance(value, _TYPES[shape.type_name]) or (shape.type_name == "integer" and isinstance(value, bool)):
        yield f"`{place}` is no {shape.type_name}"
    elif isinstance(shape, StructureShape):
        members = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        for name in sorted({*shape.required_members, *ALWAYS.get(shape.name, ())} - value.keys()):
            yield f"`{_below(place, name)}` is missing"
        for name, item in value.items():
            if name in members:
                yield from _misfits(members[name], item, _below(place, name))
            else:
                yield f"`{_below(place, name)}` is not in the model"
    elif isinstance(shape, ListShape):
        for item in value:
            yield from _misfits(shape.member, item, f"{place}[]")
    elif isinstance(shape, MapShape):
        for key, item in value.items():
            yield from _misfits(shape.key, key, f"{place}'s key")
            yield from _misfits(shape.value, item, f"{place}'s value")
    elif isinstance(value, str):
        yield from _constraints(shape, value, place)


def _constraints(shape: Shape, value: str, place: str) -> Iterator[str]:
    allowed, limits = shape.metadata.get("enum"), shape.metadata
    if allowed and value not in allowed:
        yield f"`{place}` is none of {', '.join(allowed)}"
    if not limits.get("min", 0) <= len(value) <= limits.get("max", len(value)):
        yield f"`{place}` is shorter or longer than the model allows"
    if not fits_pattern(shape, value):
        yield f"`{place}` does not match its pattern"


def fits_pattern(shape: Shape, value: str) -> bool:
    """Returns whether a text matches its shape's pattern, which is written for Java."""
    pattern = shape.metadata.get("pattern", "").replace(r"\uD800\uDBFF-\uDC00\uDFFF", r"\U00010000-\U0010FFFF")
    return not pattern or re.fullmatch(pattern, value, re.DOTALL) is not None


def _below(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
