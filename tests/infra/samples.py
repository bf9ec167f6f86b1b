"""What Terraform makes in an environment, as ARNs, and what IAM is asked when it does."""

from collections.abc import Iterator, Mapping
from typing import Final

from msgspec.structs import replace

from tests.infra import reference
from tests.infra.account import REGION
from tests.infra.actions import PASSING
from tests.infra.iam import Question
from tests.infra.reference import REQUEST_TAG, RESOURCE_TAG, Target

ACCOUNT: Final = "123456789012"
STATES: Final = "arn:aws:s3:::logtally-terraform-state"

# What begins so makes what it names; a listener is made on a load balancer that is there, and is not looked at itself.
MAKES: Final = ("Create", "Register")
ON_WHAT_IS_THERE: Final = {"ec2:CreateTags", "elasticloadbalancing:CreateListener"}

TAGS_IN_EC2: Final = {"ec2:CreateTags", "ec2:DeleteTags"}


def resources(environment: str) -> Mapping[str, tuple[str, ...]]:
    """Answer ARNs by their kind. Those of ids and random names are alike in all environments: tags tell them apart."""
    prefix = f"logtally-{environment}"
    here = f"{REGION}:{ACCOUNT}"
    ec2 = f"arn:aws:ec2:{here}"
    elb = f"arn:aws:elasticloadbalancing:{here}"
    cloudfront = f"arn:aws:cloudfront::{ACCOUNT}"
    bucket = f"arn:aws:s3:::{prefix}-logs-{ACCOUNT}"
    return {
        "application-autoscaling:ScalableTarget": (f"arn:aws:application-autoscaling:{here}:scalable-target/0ec5",),
        "budgets:budget": (f"arn:aws:budgets::{ACCOUNT}:budget/{prefix}",),
        "cloudfront:distribution": (f"{cloudfront}:distribution/E1",),
        "cloudfront:origin-request-policy": (f"{cloudfront}:origin-request-policy/0f",),
        "cloudfront:response-headers-policy": (f"{cloudfront}:response-headers-policy/0f",),
        "cloudfront:vpcorigin": (f"{cloudfront}:vpcorigin/vo_1",),
        "cloudwatch:alarm": (f"arn:aws:cloudwatch:{here}:alarm:{prefix}-no-worker",),
        "cloudwatch:dashboard": (f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/{prefix}",),
        "dynamodb:table": (f"arn:aws:dynamodb:{here}:table/{prefix}-ledger",),
        "ec2:elastic-ip": (f"{ec2}:elastic-ip/eipalloc-1",),
        "ec2:internet-gateway": (f"{ec2}:internet-gateway/igw-1",),
        "ec2:natgateway": (f"{ec2}:natgateway/nat-1",),
        "ec2:route-table": (f"{ec2}:route-table/rtb-1",),
        "ec2:security-group": (f"{ec2}:security-group/sg-1",),
        "ec2:security-group-rule": (f"{ec2}:security-group-rule/sgr-1",),
        "ec2:subnet": (f"{ec2}:subnet/subnet-1",),
        "ec2:vpc": (f"{ec2}:vpc/vpc-1",),
        "ec2:vpc-endpoint": (f"{ec2}:vpc-endpoint/vpce-1",),
        "ec2:vpc-flow-log": (f"{ec2}:vpc-flow-log/fl-1",),
        "ec2:prefix-list": (f"arn:aws:ec2:{REGION}:aws:prefix-list/pl-1",),
        "ecr:repository": (f"arn:aws:ecr:{here}:repository/logtally",),
        "ecs:cluster": (f"arn:aws:ecs:{here}:cluster/{prefix}",),
        "ecs:service": (f"arn:aws:ecs:{here}:service/{prefix}/{prefix}-worker",),
        "ecs:service-deployment": (f"arn:aws:ecs:{here}:service-deployment/{prefix}/{prefix}-worker/1",),
        "ecs:task-definition": (f"arn:aws:ecs:{here}:task-definition/{prefix}-worker:1",),
        "elasticloadbalancing:listener/app": (f"{elb}:listener/app/logta-20260101/1/2",),
        "elasticloadbalancing:loadbalancer/app/": (f"{elb}:loadbalancer/app/logta-20260101/1",),
        "elasticloadbalancing:targetgroup": (f"{elb}:targetgroup/logta-20260101/1",),
        "events:rule-on-default-event-bus": (f"arn:aws:events:{here}:rule/{prefix}-task-replaced",),
        "iam:role": tuple(
            f"arn:aws:iam::{ACCOUNT}:role/{prefix}-{role}"
            for role in ("worker", "api", "worker-execution", "api-execution", "flow")
        ),
        "logs:log-group": (
            f"arn:aws:logs:{here}:log-group:/ecs/{prefix}-worker",
            f"arn:aws:logs:{here}:log-group:/{prefix}/flow",
        ),
        "route53:hostedzone": ("arn:aws:route53:::hostedzone/Z1",),
        "s3:bucket": (bucket,),
        "s3:object": (f"{bucket}/some",),
        "sns:topic": (f"arn:aws:sns:{here}:{prefix}-alerts",),
        "sqs:queue": (f"arn:aws:sqs:{here}:{prefix}-uploads",),
    }


def questions(name: str, environment: str, *, tags_of: str | None = None) -> Iterator[Question]:
    """Yield what IAM is asked when an action is called in an environment, on each kind of resource that it is asked on.

    `tags_of`: whose tags are put on what is made or changed, if not the environment's own.
    """
    known = reference.action(name)
    if not known.targets:
        yield _question(name, "*", known.keys, environment, tags_of, there=False)
    for target in known.targets:
        for arn in _of(name, target, environment):
            yield _question(name, arn, target.keys, environment, tags_of, there=is_there(name, target))


def tagging(maker: str, name: str, environment: str) -> Iterator[Question]:
    """Yield what IAM is asked besides when an action makes something with tags."""
    service, _, operation = maker.partition(":")
    made = {target.kind for target in reference.action(maker).targets if target.makes}
    kinds = made if service == "ec2" else resources(environment).keys()
    for target in reference.action(name).targets:
        for arn in _of(name, target, environment) if target.kind in kinds else ():
            asked = _question(name, arn, target.keys, environment, None, there=False)
            yield replace(asked, context=(*asked.context, (f"{service}:CreateAction", operation)))


def is_there(name: str, target: Target) -> bool:
    """Answer whether what an action is asked on is there before: or has no tags yet."""
    if name in ON_WHAT_IS_THERE:
        return True
    return not (target.makes or (not name.startswith("ec2:") and name.partition(":")[2].startswith(MAKES)))


def states(environment: str) -> tuple[str, ...]:
    """Answer the objects in which the states of an environment are."""
    return tuple(f"{STATES}/{folder}/{environment}.tfstate" for folder in ("vpc", "app"))


def _of(name: str, target: Target, environment: str) -> tuple[str, ...]:
    if target.kind == "ec2:prefix-list" and name in TAGS_IN_EC2:
        return ()  # the lists are AWS's
    prefix = f"logtally-{environment}"
    queue = (f"arn:aws:sqs:{REGION}:{ACCOUNT}:{prefix}-canary",)
    locks = tuple(f"{state}.tflock" for state in states(environment))
    canary = f"arn:aws:s3:::{prefix}-logs-{ACCOUNT}/logtally-canary/1.canary"
    particular = {
        "ec2:DisassociateAddress": resources(environment)["ec2:elastic-ip"],
        "iam:CreateServiceLinkedRole": (
            f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
        ),
        "s3:DeleteObject": (*locks, *resources(environment)["s3:object"]),
        "s3:GetObject": (*states(environment), *locks),
        "s3:ListBucket": (STATES, *resources(environment)["s3:bucket"]),
        "s3:PutObject": (*states(environment), *locks, canary),
        "sqs:DeleteMessage": queue,
        "sqs:ReceiveMessage": queue,
    }
    return particular.get(name) or resources(environment).get(target.kind, ())


def _question(
    name: str, arn: str, keys: frozenset[str], environment: str, tags_of: str | None, *, there: bool
) -> Question:
    context: dict[str, str] = {}
    if REQUEST_TAG in keys:
        context |= _tags(REQUEST_TAG, tags_of or environment)
    if RESOURCE_TAG in keys and there:
        context |= _tags(RESOURCE_TAG, environment)
    if "iam:PermissionsBoundary" in keys:
        context["iam:PermissionsBoundary"] = f"arn:aws:iam::{ACCOUNT}:policy/logtally-{environment}-boundary"
    if "iam:PassedToService" in keys:
        flow = arn.endswith("-flow")
        context["iam:PassedToService"] = PASSING["ec2:CreateFlowLogs" if flow else "ecs:RegisterTaskDefinition"]
    if "iam:AWSServiceName" in keys:
        context["iam:AWSServiceName"] = "ecs.amazonaws.com"
    return Question(action=name, resource=arn, context=tuple(sorted(context.items())))


def _tags(key: str, environment: str) -> dict[str, str]:
    return {f"{key}Environment": environment, f"{key}Application": "logtally"}
