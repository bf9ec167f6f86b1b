# What Terraform reads when it plans infra/vpc and infra/app. Who deploys has that of its environment, and who only plans
# that of all environments, and nothing else: so there is nothing in it that is a secret, no line of a log, no message, no
# item of the ledger, and of the objects in buckets the states alone.

# What no name and no tag holds to an environment.
data "aws_iam_policy_document" "lists" {
  statement {
    # A state that is not there yet is told from one that is forbidden by this alone, and workspaces are looked for.
    sid       = "StateBucket"
    actions   = ["s3:ListBucket"]
    resources = [local.state_bucket_arn]
  }

  statement {
    # All of these are without a resource in IAM, and without a condition that would narrow them: lists, mostly, of which
    # the provider picks what it looks for.
    sid = "Everywhere"
    actions = [
      "application-autoscaling:DescribeScalableTargets",
      "application-autoscaling:DescribeScalingPolicies",
      "ec2:DescribeAccountAttributes",
      "ec2:DescribeAddresses",
      "ec2:DescribeAddressesAttribute",
      "ec2:DescribeAvailabilityZones",
      "ec2:DescribeFlowLogs",
      "ec2:DescribeInternetGateways",
      "ec2:DescribeManagedPrefixLists",
      "ec2:DescribeNatGateways",
      "ec2:DescribeNetworkAcls",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribePrefixLists",
      "ec2:DescribeRouteTables",
      "ec2:DescribeSecurityGroupRules",
      "ec2:DescribeSecurityGroups",
      "ec2:DescribeSubnets",
      "ec2:DescribeVpcEndpoints",
      "ec2:DescribeVpcs",
      "ecs:DescribeTaskDefinition",
      "elasticloadbalancing:DescribeCapacityReservation",
      "elasticloadbalancing:DescribeListenerAttributes",
      "elasticloadbalancing:DescribeListeners",
      "elasticloadbalancing:DescribeLoadBalancerAttributes",
      "elasticloadbalancing:DescribeLoadBalancers",
      "elasticloadbalancing:DescribeTags",
      "elasticloadbalancing:DescribeTargetGroupAttributes",
      "elasticloadbalancing:DescribeTargetGroups",
      "logs:DescribeLogGroups",
      "sns:GetSubscriptionAttributes",
    ]
    resources = ["*"]
  }

  statement {
    # AWS's own list of CloudFront's addresses, and each of the networks, whose ids nobody knows before.
    sid     = "Network"
    actions = ["ec2:DescribeVpcAttribute", "ec2:GetManagedPrefixListEntries", "ec2:GetSecurityGroupsForVpc"]
    resources = [
      "arn:${local.partition}:ec2:${local.here}:vpc/*",
      "arn:${local.partition}:ec2:${var.region}:aws:prefix-list/*",
    ]
  }

  statement {
    # By ids that CloudFront gives. Not by tags: those of a thing may still be on their way when it is first read.
    sid = "CloudFront"
    actions = [
      "cloudfront:GetDistribution",
      "cloudfront:GetOriginRequestPolicy",
      "cloudfront:GetResponseHeadersPolicy",
      "cloudfront:GetVpcOrigin",
      "cloudfront:ListTagsForResource",
    ]
    resources = [
      for kind in ["distribution", "origin-request-policy", "response-headers-policy", "vpcorigin"] :
      "arn:${local.partition}:cloudfront:${local.anywhere}:${kind}/*"
    ]
  }

  statement {
    # By ids, too.
    sid       = "ScalableTargets"
    actions   = ["application-autoscaling:ListTagsForResource"]
    resources = ["arn:${local.partition}:application-autoscaling:${local.here}:scalable-target/*"]
  }

  statement {
    # Which image a tag means.
    sid       = "Image"
    actions   = ["ecr:DescribeImages", "ecr:DescribeRepositories"]
    resources = [local.image_arn]
  }

  statement {
    # CloudWatch looks at this for all alarms, also where one is asked for by its name.
    sid       = "ListAlarms"
    actions   = ["cloudwatch:DescribeAlarms"]
    resources = ["arn:${local.partition}:cloudwatch:${local.here}:alarm:*"]
  }
}

data "aws_iam_policy_document" "read" {
  for_each = local.environments

  statement {
    sid       = "States"
    actions   = ["s3:GetObject"]
    resources = each.value.read_states
  }

  statement {
    sid = "Ecs"
    actions = [
      "ecs:DescribeClusters",
      "ecs:DescribeServiceDeployments",
      "ecs:DescribeServices",
      "ecs:ListServiceDeployments",
      "ecs:ListTagsForResource",
    ]
    resources = concat([each.value.cluster], each.value.services, each.value.deployments, each.value.task_definitions)
  }

  statement {
    # All that the provider asks of a bucket of its own, whether the configuration sets it or not.
    sid = "Bucket"
    actions = [
      "s3:GetAccelerateConfiguration",
      "s3:GetBucketAcl",
      "s3:GetBucketCORS",
      "s3:GetBucketLocation",
      "s3:GetBucketLogging",
      "s3:GetBucketNotification",
      "s3:GetBucketObjectLockConfiguration",
      "s3:GetBucketOwnershipControls",
      "s3:GetBucketPolicy",
      "s3:GetBucketPublicAccessBlock",
      "s3:GetBucketRequestPayment",
      "s3:GetBucketTagging",
      "s3:GetBucketVersioning",
      "s3:GetBucketWebsite",
      "s3:GetEncryptionConfiguration",
      "s3:GetLifecycleConfiguration",
      "s3:GetReplicationConfiguration",
      "s3:ListBucket",
    ]
    resources = [each.value.log_bucket]
  }

  statement {
    sid       = "Queues"
    actions   = ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags"]
    resources = each.value.queues
  }

  statement {
    sid       = "Topics"
    actions   = ["sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic", "sns:ListTagsForResource"]
    resources = each.value.topics
  }

  statement {
    sid = "Ledger"
    actions = [
      "dynamodb:DescribeContinuousBackups",
      "dynamodb:DescribeTable",
      "dynamodb:DescribeTimeToLive",
      "dynamodb:ListTagsOfResource",
    ]
    resources = [each.value.table]
  }

  statement {
    sid       = "Alarms"
    actions   = ["cloudwatch:GetDashboard", "cloudwatch:ListTagsForResource"]
    resources = concat(each.value.alarms, [each.value.dashboard])
  }

  statement {
    sid       = "Rules"
    actions   = ["events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule"]
    resources = each.value.rules
  }

  statement {
    sid       = "Budget"
    actions   = ["budgets:ListTagsForResource", "budgets:ViewBudget"]
    resources = [each.value.budget]
  }

  statement {
    sid       = "LogGroups"
    actions   = ["logs:ListTagsForResource"]
    resources = each.value.log_groups
  }

  statement {
    sid = "Roles"
    actions = [
      "iam:GetRole",
      "iam:GetRolePolicy",
      "iam:ListAttachedRolePolicies",
      "iam:ListInstanceProfilesForRole",
      "iam:ListRolePolicies",
    ]
    resources = concat(each.value.task_roles, [each.value.flow_role])
  }
}

resource "aws_iam_policy" "lists" {
  name        = "${var.name}-lists"
  description = "Of who plans and who deploys: what is read of the whole account."
  policy      = data.aws_iam_policy_document.lists.minified_json

  lifecycle {
    precondition {
      condition     = length(data.aws_iam_policy_document.lists.minified_json) <= local.policy_characters_max
      error_message = "IAM takes no policy of more than ${local.policy_characters_max} characters."
    }
  }
}
