# The queue in which S3 announces objects, and its dead-letter queue.
#
# They are encrypted by SQS with a key of its own (SSE-SQS) unless kms_key_arn names another: S3 could not send into a
# queue that is encrypted with alias/aws/sqs, as nobody can let it use that key.

locals {
  # core/limits.py, BACKOFF_S_MAX: the longest time for which the worker hides a message that failed.
  backoff_seconds_max = 900
}

resource "aws_sqs_queue" "dead" {
  # checkov:skip=CKV_AWS_27: Encrypted by SSE-SQS, see above.
  name                              = "${local.prefix}-uploads-dead"
  message_retention_seconds         = var.dead_message_retention_seconds
  receive_wait_time_seconds         = 20
  sqs_managed_sse_enabled           = var.kms_key_arn == null ? true : null
  kms_master_key_id                 = var.kms_key_arn
  kms_data_key_reuse_period_seconds = var.kms_key_arn == null ? null : 300

  lifecycle {
    precondition {
      # A standard queue does not reset a message's clock when it moves.
      condition     = var.dead_message_retention_seconds > var.message_retention_seconds
      error_message = "A dead letter is as old as its message was: dead_message_retention_seconds must exceed message_retention_seconds, or it may be gone as soon as it is there."
    }
  }
}

resource "aws_sqs_queue" "uploads" {
  # checkov:skip=CKV_AWS_27: Encrypted by SSE-SQS, see above.
  name                              = "${local.prefix}-uploads"
  visibility_timeout_seconds        = var.visibility_timeout_seconds
  message_retention_seconds         = var.message_retention_seconds
  receive_wait_time_seconds         = 20
  sqs_managed_sse_enabled           = var.kms_key_arn == null ? true : null
  kms_master_key_id                 = var.kms_key_arn
  kms_data_key_reuse_period_seconds = var.kms_key_arn == null ? null : 300

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead.arn
    maxReceiveCount     = var.max_receive_count
  })

  lifecycle {
    precondition {
      condition     = var.drain_timeout_seconds < var.stop_timeout_seconds
      error_message = "A draining worker must finish before it is killed: drain_timeout_seconds < stop_timeout_seconds."
    }

    precondition {
      condition     = var.stop_timeout_seconds < var.visibility_timeout_seconds
      error_message = "A worker must be gone before its messages become visible to others: stop_timeout_seconds < visibility_timeout_seconds."
    }

    precondition {
      condition     = var.message_retention_seconds > var.max_receive_count * (var.visibility_timeout_seconds + local.backoff_seconds_max)
      error_message = "A message must become a dead letter before SQS drops it: message_retention_seconds > max_receive_count * (visibility_timeout_seconds + ${local.backoff_seconds_max})."
    }
  }
}

# Nothing else may use it as its dead-letter queue.
resource "aws_sqs_queue_redrive_allow_policy" "dead" {
  queue_url = aws_sqs_queue.dead.id
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.uploads.arn]
  })
}

resource "aws_sqs_queue_policy" "dead" {
  queue_url = aws_sqs_queue.dead.id
  policy    = data.aws_iam_policy_document.tls_only["dead"].json
}

data "aws_iam_policy_document" "uploads" {
  source_policy_documents = [data.aws_iam_policy_document.tls_only["uploads"].json]

  statement {
    sid       = "TheBucketAnnounces"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.uploads.arn]

    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [local.bucket.arn]
    }

    # A bucket that somebody else makes when ours is gone has the same ARN.
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }
}

resource "aws_sqs_queue_policy" "uploads" {
  queue_url = aws_sqs_queue.uploads.id
  policy    = data.aws_iam_policy_document.uploads.json
}
