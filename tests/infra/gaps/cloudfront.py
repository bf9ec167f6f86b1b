"""CloudFront."""

import uuid
from typing import Any, Final

import moto.cloudfront.urls as routes
from moto.cloudfront.models import DefaultCacheBehaviour, Origin, ViewerCertificate, cloudfront_backends
from moto.cloudfront.responses import CloudFrontResponse
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, EmptyResult
from msgspec import Struct

from tests.infra.gaps.patch import around, lacking

ACCOUNT: Final = "123456789012"
MOMENT: Final = "2026-01-01T00:00:00Z"


class _NotFound(ServiceException):
    """There is no such thing."""

    status = 404


class _Kind(Struct, frozen=True, kw_only=True):
    """A kind of things that moto does not know."""

    noun: str  # as the API's answers name it
    verb_of: str  # as the operations are named: create_…
    config: str
    path: str
    missing: str  # the error's code
    tagged: bool


KINDS: Final = (
    _Kind(
        noun="VpcOrigin",
        verb_of="vpc_origin",
        config="VpcOriginEndpointConfig",
        path="vpc-origin",
        missing="EntityNotFound",
        tagged=True,
    ),
    _Kind(
        noun="ResponseHeadersPolicy",
        verb_of="response_headers_policy",
        config="ResponseHeadersPolicyConfig",
        path="response-headers-policy",
        missing="NoSuchResponseHeadersPolicy",
        tagged=False,
    ),
    _Kind(
        noun="OriginRequestPolicy",
        verb_of="origin_request_policy",
        config="OriginRequestPolicyConfig",
        path="origin-request-policy",
        missing="NoSuchOriginRequestPolicy",
        tagged=False,
    ),
)


class _Kept(Struct, kw_only=True):
    """One of those things."""

    config: Any
    etag: str


def vpc_origins_and_policies() -> None:
    """AWS has origins in a VPC, and policies for what goes to an origin and what clients get: all are kept alike."""
    for kind in KINDS:
        _known(kind)


def origins_in_a_vpc() -> None:
    """AWS gives back by which VPC origin a distribution reaches its origin."""
    around(Origin, "__init__", _with_vpc)


def no_made_up_forwarding() -> None:
    """AWS says nothing of forwarded values where a cache policy says what is forwarded."""
    around(DefaultCacheBehaviour, "__init__", _as_the_policy_says)


def no_made_up_certificate() -> None:
    """AWS says nothing of how names are told apart where its own certificate is used."""
    around(ViewerCertificate, "__init__", _of_aws)


def _known(kind: _Kind) -> None:
    kept: dict[str, _Kept] = {}

    def answer(ident: str) -> ActionResult:
        if ident not in kept:
            raise _NotFound(kind.missing, f"no such {kind.noun}")
        thing: dict[str, Any] = {"Id": ident, "LastModifiedTime": MOMENT, kind.config: kept[ident].config}
        if kind.tagged:
            thing |= {"Arn": _arn(ident), "AccountId": ACCOUNT, "Status": "Deployed", "CreatedTime": MOMENT}
        return ActionResult({kind.noun: thing, "ETag": kept[ident].etag, "Location": ident})

    def put(response: Any, ident: str) -> ActionResult:
        kept[ident] = _Kept(config=response._get_param(kind.config, {}), etag=uuid.uuid4().hex[:13].upper())
        return answer(ident)

    def create(response: Any) -> ActionResult:
        ident = f"vo_{uuid.uuid4().hex[:22]}" if kind.tagged else str(uuid.uuid4())
        if kind.tagged:
            backend = cloudfront_backends[response.current_account][response.partition]
            backend.tagger.tag_resource(_arn(ident), response._get_param("Tags.Items", []) or [])
        return put(response, ident)

    def delete(response: Any) -> ActionResult:
        ident = response._get_param("Id")
        last = answer(ident)
        del kept[ident]
        return last if kind.tagged else EmptyResult()

    lacking(CloudFrontResponse, f"create_{kind.verb_of}", create)
    lacking(CloudFrontResponse, f"get_{kind.verb_of}", lambda response: answer(response._get_param("Id")))
    lacking(CloudFrontResponse, f"update_{kind.verb_of}", lambda response: put(response, response._get_param("Id")))
    lacking(CloudFrontResponse, f"delete_{kind.verb_of}", delete)
    for path in (kind.path, f"{kind.path}/(?P<id>[^/]+)"):
        routes.url_paths[f"{{0}}/2020-05-31/{path}$"] = CloudFrontResponse.dispatch


def _arn(ident: str) -> str:
    return f"arn:aws:cloudfront::{ACCOUNT}:vpcorigin/{ident}"


def _with_vpc(old: Any, origin: Any, config: dict[str, Any]) -> None:
    old(origin, config)
    if "VpcOriginConfig" in config:
        origin.vpc_origin_config = config["VpcOriginConfig"]


def _as_the_policy_says(old: Any, behaviour: Any, config: dict[str, Any]) -> None:
    old(behaviour, config)
    if behaviour.cache_policy_id:
        behaviour.forwarded_values = None


def _of_aws(old: Any, certificate: Any, config: dict[str, Any]) -> None:
    old(certificate, config)
    if str(certificate.cloud_front_default_certificate).lower() == "true":
        certificate.ssl_support_method = None


GAPS: Final = (vpc_origins_and_policies, origins_in_a_vpc, no_made_up_forwarding, no_made_up_certificate)
