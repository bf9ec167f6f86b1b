# A deployment proves itself with a file of its own: it puts one below the canary's prefix, and receives the alert that
# comes of it from this queue. The rule of those files has a topic of its own, so that nobody is woken.

locals {
  canary = {
    prefix  = "logtally-canary/"
    suffix  = ".canary"
    service = "logtally-canary" # what its lines must say: the dashboard leaves that one out
  }

  canary_rule = {
    name      = "logtally-canary"
    prefix    = local.canary.prefix
    threshold = 1
    levels    = ["ERROR"]
    grown     = "replace"
    topic_arn = aws_sns_topic.canary.arn
  }
}

resource "aws_sns_topic" "canary" {
  # checkov:skip=CKV_AWS_26: Of made-up errors in made-up files; kms_key_arn names a key of one's own.
  name              = "${local.prefix}-canary"
  kms_master_key_id = var.kms_key_arn
}

resource "aws_sqs_queue" "canary" {
  # checkov:skip=CKV_AWS_27: Encrypted by SSE-SQS, as queue.tf says.
  name                              = "${local.prefix}-canary"
  message_retention_seconds         = 3600 # the next deployment has nothing to do with the alerts of this one
  receive_wait_time_seconds         = 20
  sqs_managed_sse_enabled           = var.kms_key_arn == null ? true : null
  kms_master_key_id                 = var.kms_key_arn
  kms_data_key_reuse_period_seconds = var.kms_key_arn == null ? null : 300
}

resource "aws_sns_topic_subscription" "canary" {
  topic_arn            = aws_sns_topic.canary.arn
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.canary.arn
  raw_message_delivery = true

  # A subscription is confirmed by what arrives, and nothing may before.
  depends_on = [aws_sqs_queue_policy.canary]
}

data "aws_iam_policy_document" "canary" {
  source_policy_documents = [data.aws_iam_policy_document.tls_only["canary"].json]

  statement {
    sid       = "TheTopicSends"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.canary.arn]

    principals {
      type        = "Service"
      identifiers = ["sns.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_sns_topic.canary.arn]
    }
  }

  dynamic "statement" {
    for_each = var.deploy_role_arn == null ? [] : [var.deploy_role_arn]

    content {
      sid       = "WhoDeploysReceives"
      actions   = ["sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:DeleteMessage"]
      resources = [aws_sqs_queue.canary.arn]

      principals {
        type        = "AWS"
        identifiers = [statement.value]
      }
    }
  }
}

resource "aws_sqs_queue_policy" "canary" {
  queue_url = aws_sqs_queue.canary.id
  policy    = data.aws_iam_policy_document.canary.json
}
