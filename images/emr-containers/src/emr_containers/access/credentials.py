"""The key pairs whose signatures the server accepts, from a file in AWS's format or from the environment."""

import configparser
import os
from collections.abc import Mapping
from pathlib import Path

from emr_containers.exceptions import ConfigurationError


def load_keys(path: Path | None, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Returns the secret access keys by access key.

    Args:
        path: a shared credentials file (every profile's pair counts), or None for `AWS_ACCESS_KEY_ID` and
            `AWS_SECRET_ACCESS_KEY` of `environment`.

    Raises:
        ConfigurationError: there is no key pair, or the file cannot be read.
    """
    if path is None:
        pairs = [(environment.get("AWS_ACCESS_KEY_ID"), environment.get("AWS_SECRET_ACCESS_KEY"))]
        origin = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    else:
        parser = configparser.ConfigParser(interpolation=None)
        try:
            parser.read_string(path.read_text(), source=str(path))
        except OSError as error:
            raise ConfigurationError(f"The credentials file {str(path)!r} cannot be read: {error.strerror}.") from error
        except (configparser.Error, UnicodeDecodeError) as error:
            raise ConfigurationError(
                f"The credentials file {str(path)!r} is not in the format of ~/.aws/credentials."
            ) from error
        profiles = [parser[name] for name in parser.sections()]
        pairs = [(p.get("aws_access_key_id"), p.get("aws_secret_access_key")) for p in profiles]
        origin = str(path)
    keys = {key: secret for key, secret in pairs if key and secret}
    if not keys:
        raise ConfigurationError(
            f"No key pair in {origin}: requests could not be checked. Give a credentials file with --credentials-file, "
            "or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        )
    return keys
