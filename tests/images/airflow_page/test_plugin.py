"""Airflow finds the page by its entry point, and shows it where it has settings."""

import importlib
import tomllib
from pathlib import Path

from longshore_page.plugin import EnvironmentsPlugin, mounted, views

PROJECT = Path(__file__).parents[3] / "images/airflow/page/pyproject.toml"


def test_the_entry_point_is_a_plugin_of_airflows() -> None:
    from airflow.plugins_manager import is_valid_plugin

    points = tomllib.loads(PROJECT.read_text())["project"]["entry-points"]["airflow.plugins"]
    module, _, name = points["longshore_page"].partition(":")
    plugin = getattr(importlib.import_module(module), name)
    assert plugin is EnvironmentsPlugin
    assert is_valid_plugin(plugin)


def test_without_settings_there_is_no_page() -> None:
    assert (mounted(""), views("")) == ([], [])
    assert (EnvironmentsPlugin.fastapi_apps, EnvironmentsPlugin.external_views) == ([], [])


def test_what_airflow_is_told_is_of_its_form() -> None:
    from airflow.api_fastapi.app import RESERVED_URL_PREFIXES
    from airflow.api_fastapi.core_api.datamodels.plugins import ExternalViewResponse

    (app,), (view,) = mounted("{}"), views("{}")
    assert not any(app["url_prefix"].startswith(prefix) for prefix in RESERVED_URL_PREFIXES)
    shown = ExternalViewResponse.model_validate(view)
    assert (shown.name, shown.destination, shown.url_route) == ("Environments", "nav", "environments")
    # Relative to Airflow's address, which may have a path.
    assert f"/{shown.href}" == f"{app['url_prefix']}/"
