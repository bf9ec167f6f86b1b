# The roles of the tasks: what they may at most, and who may make them.
#
# Whoever may write a role's policies and start a task with it may do all that the policies say. So the role that deploys
# makes and changes roles only within a boundary that it can't change: `permissions_boundary_arn` of infra/vpc and
# infra/app.

data "aws_iam_policy_document" "roles" {
  for_each = local.environments

  statement {
    # What says what a role may: with the boundary alone. Nothing takes that off again.
    sid = "WithinTheBoundary"
    actions = [
      "iam:CreateRole",
      "iam:DeleteRolePolicy",
      "iam:PutRolePermissionsBoundary",
      "iam:PutRolePolicy",
    ]
    resources = concat(each.value.task_roles, [each.value.flow_role])

    condition {
      test     = "StringEquals"
      variable = "iam:PermissionsBoundary"
      values   = [aws_iam_policy.boundary[each.key].arn]
    }
  }

  statement {
    sid = "Roles"
    actions = [
      "iam:DeleteRole",
      "iam:TagRole",
      "iam:UntagRole",
      "iam:UpdateAssumeRolePolicy",
      "iam:UpdateRole",
      "iam:UpdateRoleDescription",
    ]
    resources = concat(each.value.task_roles, [each.value.flow_role])
  }

  statement {
    sid       = "PassToTasks"
    actions   = ["iam:PassRole"]
    resources = each.value.task_roles

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }

  statement {
    sid       = "PassToFlowLogs"
    actions   = ["iam:PassRole"]
    resources = [each.value.flow_role]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["vpc-flow-logs.amazonaws.com"]
    }
  }

  statement {
    # AWS's own roles, which the first deployment of an account makes. What is in them nobody can choose.
    sid     = "ServiceLinkedRoles"
    actions = ["iam:CreateServiceLinkedRole"]
    resources = [
      for service in local.linked_services :
      "arn:${local.partition}:iam:${local.anywhere}:role/aws-service-role/${service}/*"
    ]

    condition {
      test     = "StringEquals"
      variable = "iam:AWSServiceName"
      values   = local.linked_services
    }
  }
}

locals {
  linked_services = [
    "ecs.amazonaws.com",
    "ecs.application-autoscaling.amazonaws.com",
    "elasticloadbalancing.amazonaws.com",
    "vpcorigin.cloudfront.amazonaws.com",
  ]
}

# What infra/app and infra/vpc give their roles, and no more: docs/account.md has the reasons.
data "aws_iam_policy_document" "boundary" {
  for_each = local.environments

  statement {
    sid       = "Objects"
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = [for arn in concat([each.value.log_bucket], each.value.extra_buckets) : "${arn}/*"]
  }

  statement {
    sid       = "Buckets"
    actions   = ["s3:ListBucket"]
    resources = concat([each.value.log_bucket], each.value.extra_buckets)
  }

  statement {
    sid = "Queues"
    actions = [
      "sqs:ChangeMessageVisibility",
      "sqs:DeleteMessage",
      "sqs:GetQueueAttributes",
      "sqs:ReceiveMessage",
      "sqs:SendMessage",
    ]
    resources = each.value.queues
  }

  statement {
    sid = "Ledger"
    actions = [
      "dynamodb:BatchGetItem",
      "dynamodb:DescribeTable",
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:Query",
    ]
    resources = [each.value.table, "${each.value.table}/index/*"]
  }

  statement {
    sid       = "Topics"
    actions   = ["sns:GetTopicAttributes", "sns:Publish"]
    resources = concat(each.value.topics, each.value.other_topics)
  }

  statement {
    sid       = "Push"
    actions   = ["cloudwatch:PutMetricData"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "cloudwatch:namespace"
      values   = ["LogAnalytics"]
    }
  }

  statement {
    sid       = "Everywhere"
    actions   = ["cloudwatch:GetMetricStatistics", "cloudwatch:ListMetrics", "ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    sid       = "Protection"
    actions   = ["ecs:GetTaskProtection", "ecs:UpdateTaskProtection"]
    resources = each.value.tasks
  }

  statement {
    sid       = "Image"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = [local.image_arn]
  }

  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = each.value.log_groups
  }

  statement {
    sid       = "Token"
    actions   = [strcontains(each.value.token, ":secretsmanager:") ? "secretsmanager:GetSecretValue" : "ssm:GetParameters"]
    resources = [each.value.token]
  }

  dynamic "statement" {
    for_each = length(each.value.keys) > 0 ? [each.value.keys] : []

    content {
      sid       = "Keys"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = statement.value
    }
  }
}

resource "aws_iam_policy" "boundary" {
  for_each = local.environments

  name        = "${each.value.prefix}-boundary"
  description = "What roles of ${each.value.prefix} may at most."
  policy      = data.aws_iam_policy_document.boundary[each.key].minified_json

  lifecycle {
    precondition {
      condition     = length(data.aws_iam_policy_document.boundary[each.key].minified_json) <= local.policy_characters_max
      error_message = "IAM takes no policy of more than ${local.policy_characters_max} characters: ${each.key} names too many buckets, topics or keys."
    }
  }
}
