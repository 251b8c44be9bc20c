"""The page in the documentation is what the suite has seen; it comes last."""

import os
from importlib.metadata import version
from pathlib import Path

import pytest
from botocore.loaders import Loader

from .api.test_operations import OPERATIONS
from .page import page
from .record import Record

PAGE = Path(__file__).parents[2] / "docs" / "conformance.md"


def test_the_page_is_what_the_suite_has_seen(records: dict[str, Record], not_run: set[str]) -> None:
    if not_run or "moto" not in records:
        pytest.skip("it is of the whole suite, with moto: `make test-all` compares it, `make conformance` writes it")
    versions = {
        "moto": version("moto"),
        "botocore": version("botocore"),
        "api": Loader().determine_latest_version("emr-containers", "service-2"),
    }
    seen = page(OPERATIONS, ours=records["ours"], moto=records["moto"], versions=versions)
    if os.environ.get("LONGSHORE_WRITE_CONFORMANCE") == "1":
        PAGE.write_text(seen)
    assert PAGE.read_text() == seen, "docs/conformance.md is not of this suite: `make conformance` writes it anew"
