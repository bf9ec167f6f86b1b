"""The form of the roles of infra/github: what IAM takes, what AWS knows, whom they trust."""

import json
from typing import Final

import pytest

from tests.account_page import FREE
from tests.infra import reference
from tests.infra.conftest import Rehearsal
from tests.infra.github_roles import ENVIRONMENTS, ROLES, policies_of
from tests.infra.iam import actions, conditions, listed
from tests.infra.samples import ACCOUNT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("rehearsal")]

CHARACTERS_MAX: Final = 6144  # of a managed policy, without white space
TRUST_CHARACTERS_MAX: Final = 2048
POLICIES_MAX: Final = 10  # of a role


@pytest.mark.parametrize("role", ROLES)
def test_a_star_stands_where_aws_has_nothing_else(rehearsal: Rehearsal, aws: None, role: str) -> None:
    """In no action; and as a resource for those actions alone that IAM asks on no resource."""
    statements = [each for policy in policies_of(rehearsal, role) for each in listed(policy["Statement"])]
    everywhere = {name for each in statements if "*" in listed(each["Resource"]) for name in listed(each["Action"])}

    assert [name for each in statements for name in listed(each["Action"]) if "*" in name] == []
    assert {name for name in everywhere if reference.action(name).targets} == set()


@pytest.mark.parametrize("role", ROLES)
def test_aws_knows_each_action_by_what_it_is_held_to(rehearsal: Rehearsal, aws: None, role: str) -> None:
    """A resource that an action is never asked on, or a condition that it does not know, would forbid it for ever."""
    wrong = []
    for policy in policies_of(rehearsal, role):
        for statement in listed(policy["Statement"]):
            keys = {key.partition("Tag/")[0] + "Tag/" if "Tag/" in key else key for _, key, _ in conditions(statement)}
            for name in listed(statement["Action"]):
                known = reference.action(name)
                patterns = [target.arn for target in known.targets] or ["*"]
                fitting = [
                    arn
                    for arn in listed(statement["Resource"])
                    if any(arn == pattern or reference.fits(arn, pattern) for pattern in patterns)
                ]
                if not fitting or not keys <= known.keys:
                    wrong.append((name, statement["Resource"], keys - known.keys))

    assert wrong == []


@pytest.mark.parametrize("role", ROLES)
def test_iam_takes_thepolicies_of(rehearsal: Rehearsal, role: str) -> None:
    """So many of a role, so many characters each; none besides, which nobody would look for."""
    told = rehearsal.told("github.roles")["roles"][role]
    sizes = {name: len(json.dumps(policy, separators=(",", ":"))) for name, policy in told["policies"].items()}

    assert 0 < len(sizes) <= POLICIES_MAX
    assert {name: size for name, size in sizes.items() if size > CHARACTERS_MAX} == {}
    assert len(json.dumps(told["trust"], separators=(",", ":"))) <= TRUST_CHARACTERS_MAX
    assert told["inline"] == []


@pytest.mark.parametrize(
    ("role", "subjects"),
    [
        *((f"{environment}-deploy", [f"environment:{environment}"]) for environment in ENVIRONMENTS),
        ("image", [f"ref:refs/heads/{branch}" for branch in ("develop", "main", "staging")]),
        ("plan", ["pull_request"]),
    ],
)
def test_a_role_trusts_one_kind_of_job(rehearsal: Rehearsal, role: str, subjects: list[str]) -> None:
    """Of one repository, by the whole of its subject, with a token that is for STS."""
    (statement,) = rehearsal.told("github.roles")["roles"][role]["trust"]["Statement"]
    issuer = "token.actions.githubusercontent.com"
    wanted = [f"repo:example/logtally:{subject}" for subject in subjects]

    assert statement["Effect"] == "Allow"
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert statement["Principal"] == {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}"}
    assert {key: listed(value) for key, value in statement["Condition"].pop("StringEquals").items()} == {
        f"{issuer}:aud": ["sts.amazonaws.com"],
        f"{issuer}:sub": wanted,
    }
    assert statement["Condition"] == {}


def test_what_is_free_needs_no_policy(rehearsal: Rehearsal) -> None:
    """Who calls may ask who it is."""
    assert not FREE & {name for role in ROLES for name in actions(policies_of(rehearsal, role))}
