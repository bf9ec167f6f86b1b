"""What IAM calls what Terraform calls, and what its calls need besides."""

from collections.abc import Iterable
from typing import Final

from tests.account_page import ACTIONS, FREE

# Where IAM's name of an operation is not its own, besides those that the product has.
OF_TERRAFORM: Final = {
    "budgets:CreateBudget": "budgets:ModifyBudget",
    "budgets:CreateNotification": "budgets:ModifyBudget",
    "budgets:DeleteBudget": "budgets:ModifyBudget",
    "budgets:DescribeBudget": "budgets:ViewBudget",
    "budgets:DescribeNotificationsForBudget": "budgets:ViewBudget",
    "budgets:DescribeSubscribersForNotification": "budgets:ViewBudget",
    "cloudfront:CreateDistributionWithTags": "cloudfront:CreateDistribution",
    "s3:DeleteBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:DeleteBucketLifecycle": "s3:PutLifecycleConfiguration",
    "s3:DeleteBucketOwnershipControls": "s3:PutBucketOwnershipControls",
    "s3:DeleteObjects": "s3:DeleteObjectVersion",  # of a bucket with versions: which of them, Terraform says
    "s3:DeletePublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:GetBucketAccelerateConfiguration": "s3:GetAccelerateConfiguration",
    "s3:GetBucketCors": "s3:GetBucketCORS",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketLifecycle": "s3:GetLifecycleConfiguration",
    "s3:GetBucketReplication": "s3:GetReplicationConfiguration",
    "s3:GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:PutBucketLifecycle": "s3:PutLifecycleConfiguration",
    "s3:PutBucketNotificationConfiguration": "s3:PutBucketNotification",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
}

# What IAM looks at as well when a thing is made with tags, as the provider's default tags have it.
TAGGING: Final = {
    "application-autoscaling:RegisterScalableTarget": "application-autoscaling:TagResource",
    "budgets:ModifyBudget": "budgets:TagResource",
    "cloudfront:CreateDistribution": "cloudfront:TagResource",
    "cloudfront:CreateVpcOrigin": "cloudfront:TagResource",
    "cloudwatch:PutMetricAlarm": "cloudwatch:TagResource",
    "dynamodb:CreateTable": "dynamodb:TagResource",
    "ec2:AllocateAddress": "ec2:CreateTags",
    "ec2:AuthorizeSecurityGroupEgress": "ec2:CreateTags",
    "ec2:AuthorizeSecurityGroupIngress": "ec2:CreateTags",
    "ec2:CreateFlowLogs": "ec2:CreateTags",
    "ec2:CreateInternetGateway": "ec2:CreateTags",
    "ec2:CreateNatGateway": "ec2:CreateTags",
    "ec2:CreateRouteTable": "ec2:CreateTags",
    "ec2:CreateSecurityGroup": "ec2:CreateTags",
    "ec2:CreateSubnet": "ec2:CreateTags",
    "ec2:CreateVpc": "ec2:CreateTags",
    "ec2:CreateVpcEndpoint": "ec2:CreateTags",
    "ecs:CreateCluster": "ecs:TagResource",
    "ecs:CreateService": "ecs:TagResource",
    "ecs:RegisterTaskDefinition": "ecs:TagResource",
    "elasticloadbalancing:CreateListener": "elasticloadbalancing:AddTags",
    "elasticloadbalancing:CreateLoadBalancer": "elasticloadbalancing:AddTags",
    "elasticloadbalancing:CreateTargetGroup": "elasticloadbalancing:AddTags",
    "events:PutRule": "events:TagResource",
    "iam:CreateRole": "iam:TagRole",
    "logs:CreateLogGroup": "logs:TagResource",
    "sns:CreateTopic": "sns:TagResource",
    "sqs:CreateQueue": "sqs:TagQueue",
}

# What a service takes a role of.
PASSING: Final = {
    "ec2:CreateFlowLogs": "vpc-flow-logs.amazonaws.com",
    "ecs:RegisterTaskDefinition": "ecs-tasks.amazonaws.com",
}

_MOVED: Final = "somebody has changed the configuration, and it is not made anew for that"
_TAGS: Final = "other tags"
_FIRST: Final = "AWS's own roles, which the first of their kind in an account needs"
_VERIFIED: Final = "a deployment is verified"
_ASKED: Final = "a load balancer looks at its network as whoever makes it"
_WAITED: Final = "while the provider waits for a service, and when a wait is broken off"

# What the rehearsal does not call, and why who deploys needs it all the same.
BESIDES: Final = {
    "application-autoscaling:UntagResource": _TAGS,
    "budgets:UntagResource": _TAGS,
    "cloudfront:UntagResource": _TAGS,
    "cloudfront:UpdateOriginRequestPolicy": _MOVED,
    "cloudfront:UpdateResponseHeadersPolicy": _MOVED,
    "cloudfront:UpdateVpcOrigin": _MOVED,
    "cloudwatch:GetMetricStatistics": _VERIFIED,
    "cloudwatch:UntagResource": _TAGS,
    "dynamodb:UntagResource": _TAGS,
    "dynamodb:UpdateTable": _MOVED,
    "ec2:DeleteTags": _TAGS,
    "ec2:DescribeAccountAttributes": _ASKED,
    "ec2:GetSecurityGroupsForVpc": _ASKED,
    "ec2:ModifySecurityGroupRules": _MOVED,
    "ec2:ModifySubnetAttribute": _MOVED,
    "ec2:ModifyVpcEndpoint": _MOVED,
    "ec2:ReplaceRoute": _MOVED,
    "ec2:ReplaceRouteTableAssociation": _MOVED,
    "ecr:BatchGetImage": _VERIFIED,
    "ecr:PutImage": _VERIFIED,
    "ecs:DescribeServiceDeployments": _WAITED,
    "ecs:ListServiceDeployments": _WAITED,
    "ecs:ListTagsForResource": "where AWS does not tell the tags beside the thing",
    "ecs:UntagResource": _TAGS,
    "ecs:UpdateCluster": _MOVED,
    "ecs:UpdateClusterSettings": _MOVED,
    "elasticloadbalancing:ModifyListener": _MOVED,
    "elasticloadbalancing:ModifyListenerAttributes": _MOVED,
    "elasticloadbalancing:ModifyTargetGroup": _MOVED,
    "elasticloadbalancing:RemoveTags": _TAGS,
    "elasticloadbalancing:SetIpAddressType": _MOVED,
    "elasticloadbalancing:SetSecurityGroups": _MOVED,
    "elasticloadbalancing:SetSubnets": _MOVED,
    "events:UntagResource": _TAGS,
    "iam:CreateServiceLinkedRole": _FIRST,
    "iam:PutRolePermissionsBoundary": "an environment was made by hand, without a boundary",
    "iam:UntagRole": _TAGS,
    "iam:UpdateAssumeRolePolicy": _MOVED,
    "iam:UpdateRole": _MOVED,
    "iam:UpdateRoleDescription": _MOVED,
    "logs:AssociateKmsKey": "a key of one's own",
    "logs:DisassociateKmsKey": "a key of one's own is given up",
    "logs:UntagResource": _TAGS,
    "route53:AssociateVPCWithHostedZone": "an interface endpoint has the names of its service",
    "s3:GetBucketLocation": "a bucket that is there",
    "sns:SetSubscriptionAttributes": _MOVED,
    "sns:UntagResource": _TAGS,
    "sqs:DeleteMessage": _VERIFIED,
    "sqs:GetQueueUrl": "a queue is looked for by its name",
    "sqs:ReceiveMessage": _VERIFIED,
    "sqs:UntagQueue": _TAGS,
}


def of_calls(calls: Iterable[Iterable[str]]) -> set[str]:
    """Answer the actions of calls, without those that need no policy."""
    names = {f"{service}:{operation}" for service, operation in calls}
    assert not {name for name in names if "?" in name}, names
    return {OF_TERRAFORM.get(name, ACTIONS.get(name, name)) for name in names} - FREE
