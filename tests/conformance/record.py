"""The record of what the suite saw of its targets: the page is made from it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError
from botocore.model import OperationModel

from .fit import misfits


@dataclass(frozen=True, order=True)
class Difference:
    """Something that a target does otherwise than the suite says."""

    operation: str
    expected: str
    """The sentence of the test."""
    seen: str


@dataclass
class Record:
    """The record of one target."""

    strict: bool
    """True if an answer that does not fit the model is a failure. Otherwise it is a difference."""
    differences: set[Difference] = field(default_factory=set)
    last_operation: str = ""
    answered: dict[str, str] = field(default_factory=dict)
    """The result of each operation."""
    made: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """The things to remove at the end: operations that make something, and their answers."""

    def watch(self, client: Any) -> Any:
        """The client, each of whose answers is checked."""
        client.meta.events.register("before-parse.emr-containers", self._check)
        client.meta.events.register("after-call.emr-containers", self._remember)
        return client

    def _check(self, operation_model: OperationModel, response_dict: dict[str, Any], **_: Any) -> None:
        self.last_operation = operation_model.name
        found = misfits(
            operation_model,
            status=response_dict["status_code"],
            headers=response_dict["headers"],
            body=response_dict["body"],
        )
        if self.strict:
            assert not found, f"{operation_model.name}: {'; '.join(found)}"
        # An answer that is no JSON shows that the operation, or a case of it, is missing: tests say so.
        elif not any("without a JSON body" in misfit for misfit in found):
            expected = "Every answer fits the model"
            self.differences |= {Difference(operation_model.name, expected, misfit) for misfit in found}

    def _remember(self, model: OperationModel, parsed: dict[str, Any], **_: Any) -> None:
        if model.name.startswith(("Create", "Start")) and "id" in parsed:
            self.made.append((model.name, parsed))

    def differs(self, test: Callable[..., Any], error: Exception) -> str:
        """Notes that `test` failed, and says what was seen."""
        seen = _said(error)
        name = test.__name__.removeprefix("test_").replace("_", " ")
        self.differences.add(Difference(self.last_operation, name[0].upper() + name[1:], seen))
        return seen


def _said(error: Exception) -> str:
    if isinstance(error, ClientError):
        code = error.response["Error"]["Code"]
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return f"HTTP {status}" if code == str(status) else f"{code}: {error.response['Error']['Message']}"
    said = str(error).splitlines()[0]
    if said.startswith("assert "):
        raise AssertionError("An assertion that fails with another target must say what was seen.") from error
    return said
