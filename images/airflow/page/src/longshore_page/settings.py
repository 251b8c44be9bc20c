"""The page's settings: the option `[longshore] environments_page`, which helm/airflow gives only to the API server."""

import json
from dataclasses import dataclass

from longshore_page.exceptions import SettingsError


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of the page."""

    namespace: str
    """The namespace of the environments' objects."""
    repositories: tuple[str, ...]
    """Addresses of git repositories to choose from; the first is the default. Others are refused, because the API
    server itself asks the repository for its branches, and must not connect to any address that a user enters."""
    connections: tuple[str, ...] = ()
    """Connections that an environment may ask for: those in `connections.allowed` of helm/environments."""


def read(option: str) -> Settings:
    """Returns the settings from a JSON object with the names of `Settings`. Pure.

    Raises:
        SettingsError: the text is no such object.
    """
    try:
        given = json.loads(option)
        settings = Settings(
            namespace=given["namespace"],
            repositories=tuple(given["repositories"]),
            connections=tuple(given.get("connections", ())),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(
            "The option [longshore] environments_page is not a JSON object with a namespace and repositories; set "
            "environments.page of the chart airflow."
        ) from error
    if not settings.repositories:
        raise SettingsError("The page has no repository; set environments.page.repositories of the chart airflow.")
    return settings
