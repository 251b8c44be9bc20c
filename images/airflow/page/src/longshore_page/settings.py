"""The page's settings: the option `[longshore] environments_page`, which helm/airflow gives to the API server alone."""

import json
from dataclasses import dataclass

from longshore_page.exceptions import SettingsError


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the page works with."""

    namespace: str
    """Where the environments' objects lie."""
    repositories: tuple[str, ...]
    """Addresses of git repositories to choose from, the first at first. No others: the API server itself asks them for
    their branches, and would ask whatever address somebody gave it."""
    connections: tuple[str, ...] = ()
    """Connections that an environment may ask for; those of `connections.allowed` of helm/environments."""


def read(option: str) -> Settings:
    """The settings, from a JSON object with the names of `Settings`. Pure.

    Raises:
        SettingsError: it is none.
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
            "The option [longshore] environments_page is no JSON object with a namespace and repositories; set "
            "environments.page of the chart airflow."
        ) from error
    if not settings.repositories:
        raise SettingsError("The page has no repository; set environments.page.repositories of the chart airflow.")
    return settings
