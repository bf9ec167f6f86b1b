# How bucket, queues, ledger, topics, alarms and logs are made, changed and taken away. All of them have names.

data "aws_iam_policy_document" "stores" {
  for_each = local.environments

  dynamic "statement" {
    for_each = length(each.value.owned_buckets) > 0 ? [each.value.owned_buckets] : []

    content {
      sid = "Bucket"
      actions = [
        "s3:CreateBucket",
        "s3:DeleteBucketPolicy",
        "s3:PutBucketOwnershipControls",
        "s3:PutBucketPolicy",
        "s3:PutBucketPublicAccessBlock",
        "s3:PutBucketTagging",
        "s3:PutBucketVersioning",
        "s3:PutEncryptionConfiguration",
        "s3:PutLifecycleConfiguration",
      ]
      resources = statement.value
    }
  }

  statement {
    # A bucket that was there before gets this, and nothing else.
    sid       = "Announce"
    actions   = ["s3:PutBucketNotification"]
    resources = [each.value.log_bucket]
  }

  statement {
    sid = "Queues"
    actions = [
      "sqs:CreateQueue",
      "sqs:DeleteQueue",
      "sqs:SetQueueAttributes",
      "sqs:TagQueue",
      "sqs:UntagQueue",
    ]
    resources = each.value.queues
  }

  statement {
    sid = "Topics"
    actions = [
      "sns:CreateTopic",
      "sns:DeleteTopic",
      "sns:SetTopicAttributes",
      "sns:Subscribe",
      "sns:TagResource",
      "sns:UntagResource",
    ]
    resources = each.value.topics
  }

  statement {
    # IAM knows a subscription neither by its topic nor by a tag.
    sid       = "Subscriptions"
    actions   = ["sns:SetSubscriptionAttributes", "sns:Unsubscribe"]
    resources = ["*"]
  }

  statement {
    sid = "Ledger"
    actions = [
      "dynamodb:CreateTable",
      "dynamodb:TagResource",
      "dynamodb:UntagResource",
      "dynamodb:UpdateContinuousBackups",
      "dynamodb:UpdateTable",
      "dynamodb:UpdateTimeToLive",
    ]
    resources = [each.value.table]
  }

  # Who deploys to an environment that is not disposable can't take away what nobody can bring back.
  dynamic "statement" {
    for_each = each.value.disposable ? [true] : []

    content {
      sid = "TakeAway"
      actions = [
        "dynamodb:DeleteTable",
        "s3:DeleteBucket",
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
        "s3:ListBucketVersions",
      ]
      resources = concat(
        [each.value.table],
        flatten([for arn in each.value.owned_buckets : [arn, "${arn}/*"]]),
      )
    }
  }

  statement {
    sid = "Alarms"
    actions = [
      "cloudwatch:DeleteAlarms",
      "cloudwatch:DeleteDashboards",
      "cloudwatch:PutDashboard",
      "cloudwatch:PutMetricAlarm",
      "cloudwatch:TagResource",
      "cloudwatch:UntagResource",
    ]
    resources = concat(each.value.alarms, [each.value.dashboard])
  }

  statement {
    sid = "Rules"
    actions = [
      "events:DeleteRule",
      "events:PutRule",
      "events:PutTargets",
      "events:RemoveTargets",
      "events:TagResource",
      "events:UntagResource",
    ]
    resources = each.value.rules
  }

  statement {
    sid       = "Budget"
    actions   = ["budgets:ModifyBudget", "budgets:TagResource", "budgets:UntagResource"]
    resources = [each.value.budget]
  }

  statement {
    sid = "LogGroups"
    actions = [
      "logs:AssociateKmsKey",
      "logs:CreateLogGroup",
      "logs:DeleteLogGroup",
      "logs:DisassociateKmsKey",
      "logs:PutRetentionPolicy",
      "logs:TagResource",
      "logs:UntagResource",
    ]
    resources = each.value.log_groups
  }
}
