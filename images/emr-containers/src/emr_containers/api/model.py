"""The API's operations, read from botocore's own service model instead of being written down again."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, Shape, StructureShape

SERVICE = "emr-containers"


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation of the service: its name, HTTP method, path pattern, and shapes."""

    name: str
    method: str
    path: re.Pattern[str]
    """Matches the decoded path; its groups are the members in the URI."""
    input_shape: StructureShape
    output_shape: StructureShape


_LONGEST_PATH = 5000
"""Characters: two identifiers of the longest that the model allows (2,048), and what is around them."""


@cache
def service_model() -> ServiceModel:
    """Returns botocore's `emr-containers` model, in the newest API version that the installed botocore has."""
    return ServiceModel(Loader().load_service_model(SERVICE, "service-2"), SERVICE)


@cache
def operations() -> tuple[Operation, ...]:
    """Returns every operation of the model."""
    return tuple(_operation(service_model().operation_model(name)) for name in service_model().operation_names)


def find_operation(method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
    """Returns the operation for `method` and the decoded `path`, with the path's parameters; None if there is none."""
    if len(path) > _LONGEST_PATH:
        return None  # matching takes a time that grows with the square of the length
    for operation, match in _matches(path):
        if operation.method == method:
            return operation, match.groupdict()
    return None


def input_member(operation: str, member: str) -> Shape:
    """Returns the shape of one member of an operation's input."""
    return _structure(service_model().operation_model(operation).input_shape, operation).members[member]


def _matches(path: str) -> Iterator[tuple[Operation, re.Match[str]]]:
    for operation in operations():
        if match := operation.path.fullmatch(path):
            yield operation, match


def _operation(model: OperationModel) -> Operation:
    input_shape = _structure(model.input_shape, model.name)
    # An ARN, such as `resourceArn` or an endpoint's identifier, contains slashes, which clients escape and HTTP servers
    # decode.
    arns = {
        shape.serialization.get("name", name)
        for name, shape in input_shape.members.items()
        if name.endswith(("Arn", "Identifier"))
    }
    pattern = re.sub(
        r"\{(\w+)\}",
        lambda match: f"(?P<{match[1]}>{'.+?' if match[1] in arns else '[^/]+'})",
        model.http["requestUri"],
    )
    return Operation(
        name=model.name,
        method=model.http["method"],
        path=re.compile(pattern),
        input_shape=input_shape,
        output_shape=_structure(model.output_shape, model.name),
    )


def _structure(shape: Shape | None, operation: str) -> StructureShape:
    if not isinstance(shape, StructureShape):
        raise TypeError(f"botocore's model of {operation} has no structure where one is expected.")
    return shape
