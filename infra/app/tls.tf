# Whoever speaks to what is made here speaks TLS.
locals {
  tls_only = merge(
    {
      uploads    = { action = "sqs:*", resources = [aws_sqs_queue.uploads.arn] }
      dead       = { action = "sqs:*", resources = [aws_sqs_queue.dead.arn] }
      canary     = { action = "sqs:*", resources = [aws_sqs_queue.canary.arn] }
      alerts     = { action = "sns:Publish", resources = [aws_sns_topic.alerts.arn] }
      operations = { action = "sns:Publish", resources = [aws_sns_topic.operations.arn] }
    },
    # Of a bucket that was there before, others decide.
    local.owns_bucket ? { logs = { action = "s3:*", resources = [aws_s3_bucket.logs[0].arn, "${aws_s3_bucket.logs[0].arn}/*"] } } : {},
  )
}

data "aws_iam_policy_document" "tls_only" {
  for_each = local.tls_only

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = [each.value.action]
    resources = each.value.resources

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}
