"""Security configurations: kept and shown."""

import uuid
from typing import Any

from conformance.right import SECURITY
from conformance.targets import Target, refusal

TARGETS = ("ours", "aws")  # moto has no security configurations


def test_a_security_configuration_is_shown_as_it_was_created(target: Target, emr: Any) -> None:
    request = {"name": "shown", "securityConfigurationData": SECURITY, "tags": {"team": "data"}}
    made = emr.create_security_configuration(**request)
    shown = emr.describe_security_configuration(id=made["id"])["securityConfiguration"]
    assert {name: shown[name] for name in request} == request
    assert shown["arn"] == made["arn"]


def test_a_deleted_security_configuration_is_gone(target: Target, emr: Any) -> None:
    made = emr.create_security_configuration(name="deleted", securityConfigurationData=SECURITY)["id"]
    assert emr.delete_security_configuration(id=made)["id"] == made
    refusal("ResourceNotFoundException", emr.describe_security_configuration, id=made)
    refusal("ValidationException", emr.delete_security_configuration, id=made)


def test_the_same_token_gives_the_same_security_configuration_or_is_refused(target: Target, emr: Any) -> None:
    request = {"name": "once", "securityConfigurationData": SECURITY, "clientToken": uuid.uuid4().hex}
    made = emr.create_security_configuration(**request)["id"]
    assert emr.create_security_configuration(**request)["id"] == made
    refusal("ValidationException", emr.create_security_configuration, **request | {"name": "another"})


def test_security_configurations_come_in_pages_newest_first(target: Target, emr: Any) -> None:
    made = [
        emr.create_security_configuration(name=f"page-{n}", securityConfigurationData=SECURITY)["id"] for n in range(3)
    ]
    since = emr.describe_security_configuration(id=made[0])["securityConfiguration"]["createdAt"]
    paginator = emr.get_paginator("list_security_configurations")
    pages = list(paginator.paginate(createdAfter=since, PaginationConfig={"PageSize": 2}))
    found = [[one["id"] for one in page["securityConfigurations"]] for page in pages]
    assert [len(page) for page in found] == [2, 1]
    assert found[0] + found[1] == made[::-1]


def test_no_virtual_cluster_is_made_with_a_security_configuration_that_does_not_exist(target: Target, emr: Any) -> None:
    asked = {"name": "x", "containerProvider": target.new_provider(), "securityConfigurationId": "0" * 25}
    refusal("ResourceNotFoundException", emr.create_virtual_cluster, **asked)
