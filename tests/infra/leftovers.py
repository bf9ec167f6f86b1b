"""What is in the account that was not there before: by service, whatever has a name."""

from collections.abc import Callable
from typing import Any, Final

from tests.infra.account import Account

# One call for each kind; an account has few enough for the first page.
KINDS: Final[dict[str, Callable[[Account], list[str]]]] = {
    "alarms": lambda account: (
        _names(account, "cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName")
        + _names(account, "cloudwatch", "describe_alarms", "CompositeAlarms", "AlarmName")
    ),
    "buckets": lambda account: _names(account, "s3", "list_buckets", "Buckets", "Name"),
    "clusters": lambda account: _clusters(account.client("ecs")),
    "dashboards": lambda account: _names(account, "cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    "distributions": lambda account: [
        each["Id"] for each in account.client("cloudfront").list_distributions()["DistributionList"].get("Items", [])
    ],
    "load balancers": lambda account: _names(
        account, "elbv2", "describe_load_balancers", "LoadBalancers", "LoadBalancerName"
    ),
    "log groups": lambda account: _names(account, "logs", "describe_log_groups", "logGroups", "logGroupName"),
    "networks": lambda account: [
        each["VpcId"] for each in account.client("ec2").describe_vpcs()["Vpcs"] if not each["IsDefault"]
    ],
    "policies": lambda account: [
        each["PolicyName"] for each in account.client("iam").list_policies(Scope="Local")["Policies"]
    ],
    "queues": lambda account: list(account.client("sqs").list_queues().get("QueueUrls", [])),
    "repositories": lambda account: _names(account, "ecr", "describe_repositories", "repositories", "repositoryName"),
    "roles": lambda account: _names(account, "iam", "list_roles", "Roles", "RoleName"),
    "rules": lambda account: _names(account, "events", "list_rules", "Rules", "Name"),
    "tables": lambda account: list(account.client("dynamodb").list_tables()["TableNames"]),
    "target groups": lambda account: _names(
        account, "elbv2", "describe_target_groups", "TargetGroups", "TargetGroupName"
    ),
    "topics": lambda account: _names(account, "sns", "list_topics", "Topics", "TopicArn"),
}


def inventory(account: Account) -> dict[str, list[str]]:
    """Answer all of it, by kind."""
    return {kind: sorted(names(account)) for kind, names in KINDS.items()}


def _clusters(ecs: Any) -> list[str]:
    """Answer those that are active. One that was deleted can be described for some time."""
    told = ecs.describe_clusters(clusters=ecs.list_clusters()["clusterArns"])["clusters"]
    return [each["clusterName"] for each in told if each["status"] == "ACTIVE"]


def _names(account: Account, service: str, operation: str, under: str, name: str) -> list[str]:
    found: list[dict[str, Any]] = getattr(account.client(service), operation)()[under]
    return [str(each[name]) for each in found]
