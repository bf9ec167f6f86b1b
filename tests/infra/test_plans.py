"""What must be true of what is planned, whatever is changed in it: read from the plans that were applied."""

from typing import Any

import pytest

from tests.infra.conftest import Rehearsal
from tests.infra.plans import references, resources

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("rehearsal")]

EVERYWHERE = {"0.0.0.0/0", "::/0"}
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # AWS's managed policy, the same in every account


def _passes(policy: dict[str, Any], header: str) -> bool:
    """Answer whether an origin request policy lets a header through to the origin."""
    (config,) = policy["headers_config"]
    items = {item.lower() for headers in config["headers"] for item in headers["items"]}
    match config["header_behavior"]:
        case "allViewer" | "allViewerAndWhitelistCloudFront":
            return True
        case "allExcept":
            return header.lower() not in items
        case _:
            return header.lower() in items


@pytest.mark.parametrize("header", ["Authorization", "Idempotency-Key"])
def test_cloudfront_lets_the_apis_headers_through(rehearsal: Rehearsal, header: str) -> None:
    """Without the first nobody gets in, and without the second a repeated request rings twice."""
    plan = rehearsal.told("app.plan")
    (policy,) = resources(plan, "aws_cloudfront_origin_request_policy")
    used = references(plan, "aws_cloudfront_distribution.api", "default_cache_behavior", "origin_request_policy_id")

    assert _passes(policy, header)
    assert "aws_cloudfront_origin_request_policy.all_but_host" in used


def test_the_load_balancers_own_name_reaches_it(rehearsal: Rehearsal) -> None:
    """The Host of the client is CloudFront's, which nobody behind it answers to."""
    (policy,) = resources(rehearsal.told("app.plan"), "aws_cloudfront_origin_request_policy")

    assert not _passes(policy, "Host")


def test_cloudfront_keeps_no_answer_and_takes_no_request_in_the_clear(rehearsal: Rehearsal) -> None:
    """An answer is for who asked, and a token is for HTTPS."""
    (distribution,) = resources(rehearsal.told("app.plan"), "aws_cloudfront_distribution")
    (behaviour,) = distribution["default_cache_behavior"]

    assert behaviour["cache_policy_id"] == CACHING_DISABLED
    assert behaviour["viewer_protocol_policy"] == "https-only"


def test_the_load_balancer_is_internal(rehearsal: Rehearsal) -> None:
    """CloudFront reaches it from within the network."""
    (balancer,) = resources(rehearsal.told("app.plan"), "aws_lb")

    assert balancer["internal"] is True


@pytest.mark.parametrize("root", ["vpc", "app"])
def test_nothing_is_open_to_everybody(rehearsal: Rehearsal, root: str) -> None:
    """No rule of a security group lets the whole internet in, in whichever way it is written."""
    plan = rehearsal.told(f"{root}.plan")
    single = resources(plan, "aws_vpc_security_group_ingress_rule")
    older = [rule for rule in resources(plan, "aws_security_group_rule") if rule["type"] == "ingress"]
    within = [
        rule
        for kind in ("aws_security_group", "aws_default_security_group")
        for group in resources(plan, kind)
        for rule in group.get("ingress") or []
    ]
    sources = {rule.get(name) for rule in single for name in ("cidr_ipv4", "cidr_ipv6")}
    sources |= {
        cidr for rule in older + within for name in ("cidr_blocks", "ipv6_cidr_blocks") for cidr in rule.get(name) or []
    }

    assert single
    assert not sources & EVERYWHERE


def test_the_bucket_keeps_versions_and_is_nobodys(rehearsal: Rehearsal) -> None:
    """An event reads its own version; and no log file is public."""
    plan = rehearsal.told("app.plan")
    (versioning,) = resources(plan, "aws_s3_bucket_versioning")
    (public,) = resources(plan, "aws_s3_bucket_public_access_block")

    assert versioning["versioning_configuration"][0]["status"] == "Enabled"
    assert all(public[name] for name in public if name.startswith(("block_", "ignore_", "restrict_")))
