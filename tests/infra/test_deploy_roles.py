"""The roles of infra/github, held against what Terraform has called, and against what AWS says of each action."""

from itertools import permutations
from typing import Any, Final

import pytest

from tests.infra import reference
from tests.infra.actions import BESIDES, PASSING, TAGGING, of_calls
from tests.infra.conftest import Rehearsal
from tests.infra.github_roles import DEPLOYS, ENVIRONMENTS, ROLES, policies_of
from tests.infra.iam import Question, actions, allowed, conditions, listed
from tests.infra.samples import ACCOUNT, STATES, is_there, questions, resources, states, tagging

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("rehearsal")]


IMAGE: Final = {
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:CompleteLayerUpload",
    "ecr:DescribeImages",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
}

# What can't be kept to one environment, and why: what it changes may be another's.
SHARED: Final = {
    "cloudfront:CreateDistribution": "it makes one, and IAM is not told with which tags",
    "cloudfront:CreateOriginRequestPolicy": "it makes one, and there are no tags of it",
    "cloudfront:CreateResponseHeadersPolicy": "the same",
    "cloudfront:DeleteOriginRequestPolicy": "ids, and no tags; CloudFront deletes none that is used",
    "cloudfront:DeleteResponseHeadersPolicy": "the same",
    "cloudfront:UpdateOriginRequestPolicy": "ids, and no tags",
    "cloudfront:UpdateResponseHeadersPolicy": "the same",
    "ec2:DisassociateAddress": "what is let go may be gone, with its tags",
    "ecr:PutImage": "one repository serves all environments, and ECR knows no condition on a tag",
    "iam:CreateServiceLinkedRole": "they are the account's, and AWS says what is in them",
    "route53:AssociateVPCWithHostedZone": "the zone is AWS's",
    "sns:SetSubscriptionAttributes": "IAM knows no resource of a subscription",
    "sns:Unsubscribe": "the same",
}
# What is no environment's: the lists of addresses are AWS's.
OF_AWS: Final = ":aws:prefix-list/"

# What is of an environment that is disposable.
TAKES_AWAY: Final = {"dynamodb:DeleteTable", "s3:DeleteBucket", "s3:DeleteObjectVersion", "s3:ListBucketVersions"}

# Who plans reads how things are set up, and nothing that is in them.
INSIDE: Final = {
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "kms:Decrypt",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "secretsmanager:GetSecretValue",
    "sqs:ReceiveMessage",
    "ssm:GetParameter",
    "ssm:GetParameters",
}


def _called(rehearsal: Rehearsal, who: str) -> set[str]:
    """Answer the actions of all that somebody has called for a network and an app."""
    calls = rehearsal.told("calls")
    return of_calls([*calls[f"{who}.vpc"], *calls[f"{who}.app"]])


def _refused(policies: list[Any], asked: list[Question]) -> list[str]:
    assert asked
    return [str(question) for question in asked if not allowed(policies, question)]


def _tags_of_what_is_there(environment: str) -> tuple[tuple[str, str], ...]:
    return (("aws:ResourceTag/Application", "logtally"), ("aws:ResourceTag/Environment", environment))


def _may_be_taken_away(environment: str, question: Question) -> bool:
    """What nobody can bring back is taken away in dev alone; a lock everywhere."""
    return environment == "dev" or (question.action, question.resource) not in {
        ("s3:DeleteObject", arn) for arn in resources(environment)["s3:object"]
    }


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_who_deploys_may_what_terraform_calls(rehearsal: Rehearsal, aws: None, environment: str) -> None:
    """To make, change and take away network and app: each action on each kind of resource that IAM looks at."""
    policies = policies_of(rehearsal, f"{environment}-deploy")
    needed = _called(rehearsal, "applies") | BESIDES.keys()
    needed -= set() if environment == "dev" else TAKES_AWAY
    # The one that is called for itself gives the default group its tags, see below.
    asked = [
        question
        for name in sorted(needed - {"ec2:CreateTags"})
        for question in questions(name, environment)
        if _may_be_taken_away(environment, question)
    ]

    assert len(needed) > 150
    assert {question.action for question in asked} == needed - {"ec2:CreateTags"}
    assert _refused(policies, asked) == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_who_deploys_may_tag_what_it_makes(rehearsal: Rehearsal, aws: None, environment: str) -> None:
    """IAM looks at that, too, though nobody calls it."""
    makers = _called(rehearsal, "applies") & TAGGING.keys()
    asked = [question for maker in sorted(makers) for question in tagging(maker, TAGGING[maker], environment)]

    assert makers == TAGGING.keys()
    assert _refused(policies_of(rehearsal, f"{environment}-deploy"), asked) == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_who_deploys_may_give_other_tags_to_what_is_there(rehearsal: Rehearsal, aws: None, environment: str) -> None:
    """Only those that change are in the call: so what there is tells whose it is."""
    policies = policies_of(rehearsal, f"{environment}-deploy")
    changing = {*TAGGING.values(), "application-autoscaling:RegisterScalableTarget"}
    asked = [
        Question(action=name, resource=question.resource, context=_tags_of_what_is_there(environment))
        for name in sorted(changing)
        for question in questions(name, environment)
    ]

    assert _refused(policies, asked) == []


def test_who_deploys_takes_over_the_default_group_and_no_other(rehearsal: Rehearsal, aws: None) -> None:
    """AWS makes it without tags: what has some is somebody's."""
    policies = policies_of(rehearsal, "dev-deploy")
    (group,) = resources("dev")["ec2:security-group"]
    tags = (("aws:RequestTag/Application", "logtally"), ("aws:RequestTag/Environment", "dev"))
    takes = Question(
        action="ec2:CreateTags", resource=group, context=(*tags, ("aws:RequestTag/Name", "logtally-dev-closed"))
    )
    another = Question(
        action="ec2:CreateTags",
        resource=group,
        context=(*takes.context, *_tags_of_what_is_there("prod")),
    )
    without_its_name = Question(action="ec2:CreateTags", resource=group, context=tags)

    assert allowed(policies, takes)
    assert not allowed(policies, another)
    assert not allowed(policies, without_its_name)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_who_deploys_passes_the_roles_of_tasks_and_no_other(rehearsal: Rehearsal, environment: str) -> None:
    """Each to its own service."""
    policies = policies_of(rehearsal, f"{environment}-deploy")
    role = f"arn:aws:iam::{ACCOUNT}:role/logtally-{environment}"
    services = set(PASSING.values())
    others = {f"{role}-deploy", f"{role}-", f"arn:aws:iam::{ACCOUNT}:role/admin"}
    passed = {
        (arn.removeprefix(role), service)
        for arn in {*resources(environment)["iam:role"], *others}
        for service in {*services, "ec2.amazonaws.com"}
        if allowed(policies, Question(action="iam:PassRole", resource=arn, context=(("iam:PassedToService", service),)))
    }

    tasks = {"-worker", "-api", "-worker-execution", "-api-execution"}
    assert passed == {(name, "ecs-tasks.amazonaws.com") for name in tasks} | {("-flow", "vpc-flow-logs.amazonaws.com")}


@pytest.mark.parametrize("role", ROLES)
def test_nobody_changes_a_role_that_deploys(rehearsal: Rehearsal, role: str) -> None:
    """Neither its own, nor another, nor what they may, nor who gets them."""
    policies = policies_of(rehearsal, role)
    iam = f"arn:aws:iam::{ACCOUNT}"
    own = rehearsal.told("github.roles")["roles"]
    arns = {f"{iam}:role/logtally-{name}" for name in own}
    arns |= {f"{iam}:policy/{name}" for each in own.values() for name in each["policies"]}
    arns |= {f"{iam}:policy/logtally-{name}-boundary" for name in ENVIRONMENTS}
    arns |= {f"{iam}:oidc-provider/token.actions.githubusercontent.com"}
    boundary = ("iam:PermissionsBoundary", f"{iam}:policy/logtally-{role.partition('-')[0]}-boundary")
    asked = [
        Question(action=name, resource=arn, context=(boundary,))
        for name in actions(policies)
        if name.startswith(("iam:", "sts:"))
        for arn in sorted(arns)
    ]

    assert [str(question) for question in asked if allowed(policies, question)] == []


@pytest.mark.parametrize("name", ["iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"])
def test_a_role_is_made_within_its_boundary_alone(rehearsal: Rehearsal, name: str) -> None:
    """Or whoever deploys could start a task that may everything."""
    policies = policies_of(rehearsal, "dev-deploy")
    role = resources("dev")["iam:role"][0]
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/logtally"

    def may(*context: tuple[str, str]) -> bool:
        return allowed(policies, Question(action=name, resource=role, context=context))

    assert may(("iam:PermissionsBoundary", f"{boundary}-dev-boundary"))
    assert not may(("iam:PermissionsBoundary", f"{boundary}-prod-boundary"))
    assert not may()
    assert "iam:DeleteRolePermissionsBoundary" not in actions(policies)
    assert "iam:AttachRolePolicy" not in actions(policies)


def test_the_boundary_leaves_the_tasks_what_they_need(rehearsal: Rehearsal) -> None:
    """Each action of each role that infra/app makes, on the same resource."""
    boundary = rehearsal.told("github.roles")["boundaries"]["dev"]
    statements = [
        statement
        for role in rehearsal.told("roles").values()
        for policy in role["policies"]
        for statement in policy["Statement"]
    ]
    asked = [
        Question(
            action=name,
            resource=arn if arn == "*" else arn.replace("*", "some"),
            context=tuple((key, value) for _, key, (value,) in conditions(statement)),
        )
        for statement in statements
        for name in listed(statement["Action"])
        for arn in listed(statement["Resource"])
    ]

    assert _refused([boundary], asked) == []


@pytest.mark.parametrize("role", DEPLOYS)
def test_who_deploys_may_nothing_that_is_neither_called_nor_explained(
    rehearsal: Rehearsal, aws: None, role: str
) -> None:
    """And no explanation is left of what is called by now."""
    called = _called(rehearsal, "applies")
    called |= {TAGGING[name] for name in called & TAGGING.keys()} | {"iam:PassRole"}

    assert actions(policies_of(rehearsal, role)) - called - BESIDES.keys() == set()
    assert BESIDES.keys() & called == set()


@pytest.mark.parametrize(("environment", "other"), [*permutations(ENVIRONMENTS, 2)])
def test_who_deploys_one_environment_changes_no_other(
    rehearsal: Rehearsal, aws: None, environment: str, other: str
) -> None:
    """Neither what is called like the other's, nor what has its tags, whatever tags the call itself brings."""
    policies = policies_of(rehearsal, f"{environment}-deploy")
    changing = {name for name in actions(policies) if not reference.action(name).reads} | {"s3:GetObject"}
    asked = [
        *(question for name in changing for question in questions(name, other)),
        *(
            question
            for name in changing
            if not any(not is_there(name, target) for target in reference.action(name).targets)
            for question in questions(name, other, tags_of=environment)
            if reference.action(name).targets
        ),
    ]

    reached = {each.action for each in asked if OF_AWS not in each.resource and allowed(policies, each)}

    assert reached == SHARED.keys()


def test_what_cannot_be_brought_back_is_taken_away_in_dev_alone(rehearsal: Rehearsal) -> None:
    """As infra/app protects it elsewhere: who deploys can't take the protection's place."""
    assert {role: TAKES_AWAY & actions(policies_of(rehearsal, role)) for role in DEPLOYS} == {
        "dev-deploy": TAKES_AWAY,
        "prod-deploy": set(),
        "staging-deploy": set(),
    }


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_who_plans_may_what_a_plan_calls(rehearsal: Rehearsal, aws: None, environment: str) -> None:
    """Of every environment, with the state, and without a lock."""
    called = _called(rehearsal, "plans")
    asked = [
        question
        for name in sorted(called)
        for question in questions(name, environment)
        if "tflock" not in question.resource
    ]

    assert len(called) > 70
    assert _refused(policies_of(rehearsal, "plan"), asked) == []


def test_who_plans_changes_nothing_and_reads_no_secret(rehearsal: Rehearsal, aws: None) -> None:
    """A pull request is whoever's who can push a branch: no token, no line of a log, no item, no message."""
    policies = policies_of(rehearsal, "plan")
    granted = actions(policies)
    objects = (
        f"{STATES}/github/github.tfstate",
        f"{STATES}/ecr/ecr.tfstate",
        *(arn for environment in ENVIRONMENTS for arn in resources(environment)["s3:object"]),
    )

    assert {name for name in granted if not reference.action(name).reads} == set()
    assert granted & INSIDE == set()
    assert [arn for arn in objects if allowed(policies, Question(action="s3:GetObject", resource=arn))] == []
    assert all(
        allowed(policies, Question(action="s3:GetObject", resource=arn))
        for environment in ENVIRONMENTS
        for arn in states(environment)
    )


def test_who_pushes_images_may_nothing_else(rehearsal: Rehearsal) -> None:
    """Into the one repository."""
    policies = policies_of(rehearsal, "image")
    (repository,) = resources("dev")["ecr:repository"]
    named = IMAGE - {"ecr:GetAuthorizationToken"}

    assert actions(policies) == IMAGE
    assert all(allowed(policies, Question(action=name, resource=repository)) for name in named)
    assert not any(allowed(policies, Question(action=name, resource=f"{repository}-other")) for name in named)
