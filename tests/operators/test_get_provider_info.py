import importlib
import json
from importlib.metadata import entry_points
from pathlib import Path

import airflow
import jsonschema
import longshore
from longshore.get_provider_info import get_provider_info


def test_airflow_finds_the_provider_by_its_entry_point() -> None:
    (found,) = [e for e in entry_points(group="apache_airflow_provider") if e.value.startswith("longshore.")]
    assert found.load() is get_provider_info


def test_description_follows_airflows_schema() -> None:
    schema = json.loads((Path(airflow.__file__).parent / "provider_info.schema.json").read_text())
    jsonschema.validate(get_provider_info(), schema)


def test_everything_named_exists() -> None:
    info = get_provider_info()
    for kind in ("operators", "hooks", "triggers"):
        for entry in info[kind]:
            for module in entry["python-modules"]:
                importlib.import_module(module)
    for path in info["extra-links"]:
        module, name = path.rsplit(".", 1)
        assert hasattr(importlib.import_module(module), name)


def test_the_guides_that_it_names_exist() -> None:
    (integration,) = get_provider_info()["integrations"]
    assert integration["how-to-guide"]
    assert all((Path(__file__).parents[2] / guide.lstrip("/")).is_file() for guide in integration["how-to-guide"])


def test_type_checkers_read_the_providers_annotations() -> None:
    assert (Path(longshore.__file__).parent / "py.typed").is_file()


def test_every_option_has_its_default() -> None:
    from airflow.sdk.configuration import conf

    options = get_provider_info()["config"]["longshore"]["options"]
    found = {name: conf.get("longshore", name) for name in options}
    assert found == {name: option["default"] for name, option in options.items()}
    assert found == {"environment": "default", "environment_name": "production"}
