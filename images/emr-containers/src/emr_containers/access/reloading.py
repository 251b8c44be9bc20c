"""Keys and policies that are read again when their files have changed, as Kubernetes changes a mounted Secret."""

from collections.abc import Mapping
from pathlib import Path

import structlog

from emr_containers.access.credentials import load_keys
from emr_containers.access.policies import load_policies
from emr_containers.access.rights import Policy
from emr_containers.exceptions import ConfigurationError

log = structlog.get_logger()


class AccessFiles:
    """The credentials file and the policies file of one server."""

    def __init__(self, credentials: Path | None, policies: Path | None, *, region: str, account: str) -> None:
        """Args:
        credentials: as `load_keys` takes it.
        policies: None: every key may do everything.
        region, account: parts of the server's ARNs.
        """
        self._credentials, self._policies = credentials, policies
        self._region, self._account = region, account
        self._read = self._contents()
        self._in_force: Mapping[str, Policy] | None = None

    def load(self) -> tuple[dict[str, str], Mapping[str, Policy] | None]:
        """Returns the secret access keys by access key, and the policies by access key.

        Raises:
            ConfigurationError: a file is wrong.
        """
        keys = load_keys(self._credentials)
        self._in_force = self._load_policies(keys)
        return keys, self._in_force

    def reload(self) -> tuple[dict[str, str], Mapping[str, Policy] | None] | None:
        """Returns what `load` does where a file has another content than at the last call, None otherwise.

        A wrong file is logged once, and those who call go on with what they had. Keys do not wait for the policies: one
        that was taken out of its file is out of force, whatever is wrong with a policy.
        """
        # By content: a folder of symbolic links may change whole, within one tick of a file's time.
        contents = self._contents()
        if contents == self._read:
            return None
        self._read = contents
        try:
            keys = load_keys(self._credentials)
        except ConfigurationError as error:
            log.error("keys and policies were not read again; those from before stay", reason=str(error))
            return None
        try:
            self._in_force = self._load_policies(keys)
        except ConfigurationError as error:
            log.error("the policies were not read again; those from before stay", reason=str(error))
        found = keys, self._in_force
        log.info("keys and policies were read again", keys=len(found[0]))
        return found

    def _load_policies(self, keys: Mapping[str, str]) -> Mapping[str, Policy] | None:
        if self._policies is None:
            return None
        return load_policies(self._policies, keys=keys, region=self._region, account=self._account)

    def _contents(self) -> tuple[bytes | None, ...]:
        return tuple(_content(path) for path in (self._credentials, self._policies) if path is not None)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
