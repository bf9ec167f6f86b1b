# The bucket that is watched: one of our own, or one that is there.
#
# It is encrypted with S3's own key (AES256) unless kms_key_arn names another: whoever uploads logs today would need
# kms:GenerateDataKey otherwise, and would stop being able to.

locals {
  owns_bucket = var.existing_log_bucket == null

  bucket = {
    name        = local.owns_bucket ? aws_s3_bucket.logs[0].bucket : data.aws_s3_bucket.existing[0].bucket
    arn         = local.owns_bucket ? aws_s3_bucket.logs[0].arn : data.aws_s3_bucket.existing[0].arn
    kms_key_arn = local.owns_bucket ? var.kms_key_arn : var.existing_log_bucket_kms_key_arn
  }
}

data "aws_s3_bucket" "existing" {
  count = local.owns_bucket ? 0 : 1

  bucket = var.existing_log_bucket
}

resource "aws_s3_bucket" "logs" {
  # checkov:skip=CKV_AWS_18: Who reads and writes is told by CloudTrail where that is wanted; logs of access to logs would be announced, too.
  # checkov:skip=CKV_AWS_144: What is counted is in CloudWatch and in the ledger; copies of the logs are for whoever writes them.
  # checkov:skip=CKV2_AWS_62: It has one: notification.tf. The check does not find it by way of a local value.
  # checkov:skip=CKV_AWS_145: See above; kms_key_arn names a key of one's own.
  count = local.owns_bucket ? 1 : 0

  bucket        = coalesce(var.log_bucket_name, "${local.prefix}-logs-${local.account_id}")
  force_destroy = var.disposable
}

# An event is for one version: without versions an object that is overwritten before it is read is not counted.
resource "aws_s3_bucket_versioning" "logs" {
  count = local.owns_bucket ? 1 : 0

  bucket = aws_s3_bucket.logs[0].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "logs" {
  count = local.owns_bucket ? 1 : 0

  bucket = aws_s3_bucket.logs[0].id

  rule {
    bucket_key_enabled = var.kms_key_arn != null

    apply_server_side_encryption_by_default {
      sse_algorithm     = var.kms_key_arn == null ? "AES256" : "aws:kms"
      kms_master_key_id = var.kms_key_arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "logs" {
  count = local.owns_bucket ? 1 : 0

  bucket                  = aws_s3_bucket.logs[0].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "logs" {
  count = local.owns_bucket ? 1 : 0

  bucket = aws_s3_bucket.logs[0].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_policy" "logs" {
  count = local.owns_bucket ? 1 : 0

  bucket = aws_s3_bucket.logs[0].id
  policy = data.aws_iam_policy_document.tls_only["logs"].json

  # S3 takes one change of who may do what at a time.
  depends_on = [aws_s3_bucket_public_access_block.logs]
}

resource "aws_s3_bucket_lifecycle_configuration" "logs" {
  count = local.owns_bucket ? 1 : 0

  bucket = aws_s3_bucket.logs[0].id

  rule {
    id     = "what-is-left"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }

    noncurrent_version_expiration {
      noncurrent_days = var.log_versions_days
    }

    # What is left of a deleted file when its versions are gone.
    expiration {
      expired_object_delete_marker = true
    }
  }

  rule {
    id     = "canary"
    status = "Enabled"

    filter {
      prefix = local.canary.prefix
    }

    expiration {
      days = 1
    }
  }

  dynamic "rule" {
    for_each = var.log_expiration_days == null ? [] : [var.log_expiration_days]

    content {
      id     = "logs"
      status = "Enabled"

      filter {}

      expiration {
        days = rule.value
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.logs]
}
