# Who may do what: exactly what the code calls, each on its own resource, as docs/account.md lists it with its reasons.

locals {
  # By way of their policies: so no task starts before it may do its work, and none is left without while it drains.
  role_arns = {
    worker = "arn:${local.partition}:iam::${local.account_id}:role/${aws_iam_role_policy.worker.role}"
    api    = "arn:${local.partition}:iam::${local.account_id}:role/${aws_iam_role_policy.api.role}"
  }

  # A rule may have a topic of its own.
  topic_arns = sort(distinct(concat(
    [aws_sns_topic.alerts.arn, aws_sns_topic.canary.arn],
    [for rule in var.rules : rule.topic_arn if rule.topic_arn != null],
  )))

  api_bucket_arns = concat([local.bucket.arn], [for name in var.api_extra_buckets : "arn:${local.partition}:s3:::${name}"])

  # Keys of one's own: of what is read, and of what is written besides.
  read_keys  = distinct(compact([local.bucket.kms_key_arn, var.kms_key_arn]))
  write_keys = compact([var.kms_key_arn])
}

data "aws_iam_policy_document" "tasks_assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:${local.partition}:ecs:${var.region}:${local.account_id}:*"]
    }
  }
}

resource "aws_iam_role" "worker" {
  name                 = "${local.prefix}-worker"
  description          = "The worker of ${local.prefix}."
  assume_role_policy   = data.aws_iam_policy_document.tasks_assume.json
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy" "worker" {
  name   = "worker"
  role   = aws_iam_role.worker.id
  policy = data.aws_iam_policy_document.worker.json
}

# Of both, where there are keys of one's own; without any it is empty.
data "aws_iam_policy_document" "keys" {
  dynamic "statement" {
    for_each = length(local.read_keys) > 0 ? [local.read_keys] : []

    content {
      sid       = "ReadEncrypted"
      actions   = ["kms:Decrypt"]
      resources = statement.value
    }
  }

  dynamic "statement" {
    for_each = length(local.write_keys) > 0 ? [local.write_keys] : []

    content {
      sid       = "SendEncrypted"
      actions   = ["kms:GenerateDataKey"]
      resources = statement.value
    }
  }
}

data "aws_iam_policy_document" "worker" {
  source_policy_documents = [data.aws_iam_policy_document.keys.json]

  statement {
    sid       = "Objects"
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = ["${local.bucket.arn}/*"]
  }

  statement {
    # Without it S3 answers 403 for an object that is gone.
    sid       = "MissingIsNotForbidden"
    actions   = ["s3:ListBucket"]
    resources = [local.bucket.arn]
  }

  statement {
    sid = "Queue"
    actions = [
      "sqs:ReceiveMessage",
      "sqs:DeleteMessage",
      "sqs:ChangeMessageVisibility",
      "sqs:GetQueueAttributes",
    ]
    resources = [aws_sqs_queue.uploads.arn]
  }

  statement {
    sid       = "DeadLetterQueue"
    actions   = ["sqs:SendMessage", "sqs:GetQueueAttributes"]
    resources = [aws_sqs_queue.dead.arn]
  }

  statement {
    # Its transactions are PutItems.
    sid = "Ledger"
    actions = [
      "dynamodb:DescribeTable",
      "dynamodb:Query",
      "dynamodb:GetItem",
      "dynamodb:BatchGetItem",
      "dynamodb:PutItem",
    ]
    resources = [aws_dynamodb_table.ledger.arn]
  }

  statement {
    # CloudWatch's metrics have no ARN. What may be written is held to by the namespace.
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
    # Reading them can't even be held to that: CloudWatch knows no such condition for it.
    sid       = "ReadMarks"
    actions   = ["cloudwatch:GetMetricStatistics"]
    resources = ["*"]
  }

  statement {
    sid       = "Alerts"
    actions   = ["sns:Publish", "sns:GetTopicAttributes"]
    resources = local.topic_arns
  }

  statement {
    # A worker that reads a large object asks the ECS agent not to be chosen when tasks are taken away, and the agent
    # does that with the task's own role.
    sid       = "Protection"
    actions   = ["ecs:GetTaskProtection", "ecs:UpdateTaskProtection"]
    resources = ["arn:${local.partition}:ecs:${var.region}:${local.account_id}:task/${aws_ecs_cluster.this.name}/*"]
  }
}

resource "aws_iam_role" "api" {
  name                 = "${local.prefix}-api"
  description          = "The API of ${local.prefix}."
  assume_role_policy   = data.aws_iam_policy_document.tasks_assume.json
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy" "api" {
  name   = "api"
  role   = aws_iam_role.api.id
  policy = data.aws_iam_policy_document.api.json
}

data "aws_iam_policy_document" "api" {
  source_policy_documents = [data.aws_iam_policy_document.keys.json]

  statement {
    sid       = "Objects"
    actions   = ["s3:GetObject"]
    resources = [for arn in local.api_bucket_arns : "${arn}/*"]
  }

  statement {
    sid       = "Newest"
    actions   = ["s3:ListBucket"]
    resources = local.api_bucket_arns
  }

  statement {
    # PutItem is for /notify alone.
    sid = "Ledger"
    actions = [
      "dynamodb:DescribeTable",
      "dynamodb:Query",
      "dynamodb:GetItem",
      "dynamodb:BatchGetItem",
      "dynamodb:PutItem",
    ]
    resources = [aws_dynamodb_table.ledger.arn, "${aws_dynamodb_table.ledger.arn}/index/recent"]
  }

  statement {
    # CloudWatch's metrics have no ARN, and no condition for reading them.
    sid       = "Graph"
    actions   = ["cloudwatch:ListMetrics", "cloudwatch:GetMetricStatistics"]
    resources = ["*"]
  }

  statement {
    # For /notify alone. No ARN either: held to the namespace.
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
    # For /notify alone.
    sid       = "Alerts"
    actions   = ["sns:Publish", "sns:GetTopicAttributes"]
    resources = local.topic_arns
  }

  statement {
    # How much is in them, and nothing else: it may receive nothing.
    sid       = "Queues"
    actions   = ["sqs:GetQueueAttributes"]
    resources = [aws_sqs_queue.uploads.arn, aws_sqs_queue.dead.arn]
  }
}
