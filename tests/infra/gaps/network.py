"""EC2's network."""

from typing import Any, Final

from moto.ec2.models.security_groups import SecurityGroupRule

from tests.infra.gaps.patch import around


def described_rules() -> None:
    """AWS keeps the description of a rule that names a group or a prefix list, as of one that names addresses."""
    around(SecurityGroupRule, "__init__", _described)


def _described(
    old: Any,
    rule: Any,
    ec2_backend: Any,
    ip_protocol: Any,
    group_id: Any,
    from_port: Any,
    to_port: Any,
    ip_range: Any,
    source_group: Any = None,
    prefix_list_id: Any = None,
    **more: Any,
) -> None:
    old(rule, ec2_backend, ip_protocol, group_id, from_port, to_port, ip_range, source_group, prefix_list_id, **more)
    for peer in (source_group, prefix_list_id):
        if peer and peer.get("Description"):
            rule.ip_range["Description"] = peer["Description"]


GAPS: Final = (described_rules,)
