"""Security configurations, as boto3 sees them."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from images.emr_containers.operations.test_operations import refusal

ROLE = "arn:aws:iam::000000000000:role/engine"
LAKE_FORMATION: dict[str, Any] = {
    "authorizationConfiguration": {
        "lakeFormationConfiguration": {
            "authorizedSessionTagValue": "Amazon EMR",
            "secureNamespaceInfo": {"clusterId": "c", "namespace": "system"},
            "queryEngineRoleArn": ROLE,
        }
    }
}
TLS = {"inTransitEncryptionConfiguration": {"tlsCertificateConfiguration": {"certificateProviderType": "PEM"}}}


def provider() -> dict[str, Any]:
    return {"type": "EKS", "id": "secured", "info": {"eksInfo": {"namespace": uuid.uuid4().hex}}}


def test_a_security_configuration_is_shown_as_it_was_created(emr: Any) -> None:
    made = emr.create_security_configuration(
        name="lake", securityConfigurationData=LAKE_FORMATION, tags={"a": "b"}, containerProvider=provider()
    )
    shown = emr.describe_security_configuration(id=made["id"])["securityConfiguration"]
    assert shown["securityConfigurationData"] == LAKE_FORMATION
    assert (shown["name"], shown["tags"], shown["arn"]) == ("lake", {"a": "b"}, made["arn"])
    assert made["arn"] == f"arn:aws:emr-containers:us-east-1:000000000000:/securityconfigurations/{made['id']}"
    assert shown["createdBy"] == "arn:aws:iam::000000000000:user/TESTKEY"


def test_a_token_makes_one_security_configuration(emr: Any) -> None:
    token = uuid.uuid4().hex
    request = {"name": "once", "clientToken": token, "securityConfigurationData": {}}
    first = emr.create_security_configuration(**request)
    assert emr.create_security_configuration(**request)["id"] == first["id"]
    code, message = refusal(emr.create_security_configuration, **request | {"name": "other"})
    assert (code, "already used with a different request" in message) == ("ValidationException", True)
    assert (
        "reserved"
        in refusal(emr.create_security_configuration, name="x", securityConfigurationData={}, tags={"aws:a": "b"})[1]
    )


def test_security_configurations_come_in_pages_newest_first(emr: Any) -> None:
    before = datetime.now(UTC)
    made = [
        emr.create_security_configuration(name=f"page-{number}", securityConfigurationData={})["id"]
        for number in range(3)
    ]
    pages = emr.get_paginator("list_security_configurations").paginate(
        createdAfter=before, PaginationConfig={"PageSize": 2}
    )
    assert [[found["id"] for found in page["securityConfigurations"]] for page in pages] == [
        [made[2], made[1]],
        [made[0]],
    ]


@pytest.mark.parametrize(
    ("data", "asked"),
    [
        (LAKE_FORMATION, "authorizationConfiguration.lakeFormationConfiguration"),
        ({"authorizationConfiguration": {"encryptionConfiguration": TLS}}, "authorizationConfiguration.encryption"),
        (
            {"authenticationConfiguration": {"iamConfiguration": {"systemRole": ROLE}}},
            "authenticationConfiguration.iam",
        ),
        (
            {"authenticationConfiguration": {"identityCenterConfiguration": {"enableIdentityCenter": True}}},
            "authenticationConfiguration.identityCenterConfiguration",
        ),
    ],
)
def test_what_a_security_configuration_asks_for_is_not_promised_to_jobs(
    emr: Any, data: dict[str, Any], asked: str
) -> None:
    made = emr.create_security_configuration(name="asks", securityConfigurationData=data)["id"]
    request = {"name": "x", "containerProvider": provider(), "securityConfigurationId": made}
    code, message = refusal(emr.create_virtual_cluster, **request)
    assert code == "ValidationException"
    assert f"asks for {asked}" in message
    assert "which this server does not provide: jobs would run without" in message


def test_a_virtual_cluster_keeps_the_one_that_it_names_which_stays_while_it_is_there(emr: Any) -> None:
    nothing = {"authenticationConfiguration": {"identityCenterConfiguration": {"enableIdentityCenter": False}}}
    made = emr.create_security_configuration(name="nothing", securityConfigurationData=nothing)["id"]
    request = {"name": "x", "containerProvider": provider(), "securityConfigurationId": made}
    cluster = emr.create_virtual_cluster(**request)["id"]
    assert emr.describe_virtual_cluster(id=cluster)["virtualCluster"]["securityConfigurationId"] == made
    code, message = refusal(emr.delete_security_configuration, id=made)
    assert (code, f"virtual cluster {cluster!r} uses" in message) == ("ValidationException", True)
    emr.delete_virtual_cluster(id=cluster)
    assert emr.delete_security_configuration(id=made)["id"] == made
    assert refusal(emr.describe_security_configuration, id=made)[0] == "ResourceNotFoundException"
    assert refusal(emr.delete_security_configuration, id=made)[0] == "ValidationException"
    assert refusal(emr.create_virtual_cluster, **request)[0] == "ResourceNotFoundException"
