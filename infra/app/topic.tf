# Two topics: who wants to know of errors in the logs is not who looks after logtally.
#
# Without kms_key_arn they have no key of their own: CloudWatch's alarms and EventBridge can't publish to a topic that is
# encrypted with alias/aws/sns, as nobody can let them use that key.

resource "aws_sns_topic" "alerts" {
  # checkov:skip=CKV_AWS_26: See above. An alert holds counts, names of services and the key of a file, and no line of it.
  name              = "${local.prefix}-alerts"
  kms_master_key_id = var.kms_key_arn
}

resource "aws_sns_topic" "operations" {
  # checkov:skip=CKV_AWS_26: See above.
  name              = "${local.prefix}-operations"
  kms_master_key_id = var.kms_key_arn
}

resource "aws_sns_topic_subscription" "alerts" {
  for_each = var.alert_emails

  topic_arn = aws_sns_topic.alerts.arn
  protocol  = "email"
  endpoint  = each.value
}

resource "aws_sns_topic_subscription" "operations" {
  for_each = var.operations_emails

  topic_arn = aws_sns_topic.operations.arn
  protocol  = "email"
  endpoint  = each.value
}

resource "aws_sns_topic_policy" "alerts" {
  arn    = aws_sns_topic.alerts.arn
  policy = data.aws_iam_policy_document.tls_only["alerts"].json
}

data "aws_iam_policy_document" "operations" {
  source_policy_documents = [data.aws_iam_policy_document.tls_only["operations"].json]

  statement {
    sid       = "AlarmsRing"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.operations.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:${local.partition}:cloudwatch:${var.region}:${local.account_id}:alarm:${local.prefix}-*"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }

  statement {
    sid       = "EcsTells"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.operations.arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    # No condition: EventBridge takes none in a topic's policy, and would not deliver.
  }
}

resource "aws_sns_topic_policy" "operations" {
  arn    = aws_sns_topic.operations.arn
  policy = data.aws_iam_policy_document.operations.json
}
