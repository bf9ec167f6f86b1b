# A bucket of our own, and one that is there; and who has the keys.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }

  mock_data "aws_region" {
    defaults = { name = "eu-west-1" }
  }

  mock_data "aws_ecr_image" {
    defaults = { image_digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000" }
  }

  mock_data "aws_ec2_managed_prefix_list" {
    defaults = { id = "pl-1" }
  }

  mock_data "aws_s3_bucket" {
    defaults = { bucket = "old-logs", arn = "arn:aws:s3:::old-logs" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
}

override_data {
  target = data.terraform_remote_state.vpc
  values = {
    outputs = {
      vpc_id             = "vpc-1"
      private_subnet_ids = ["subnet-1", "subnet-2"]
    }
  }
}

run "a_bucket_of_our_own" {
  command = plan

  assert {
    condition     = aws_s3_bucket.logs[0].bucket == "logtally-dev-logs-123456789012"
    error_message = "It is named for environment and account."
  }

  assert {
    condition     = aws_s3_bucket_versioning.logs[0].versioning_configuration[0].status == "Enabled"
    error_message = "It has versions, so that an event can read its own."
  }

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.logs[0].block_public_acls,
      aws_s3_bucket_public_access_block.logs[0].block_public_policy,
      aws_s3_bucket_public_access_block.logs[0].ignore_public_acls,
      aws_s3_bucket_public_access_block.logs[0].restrict_public_buckets,
    ])
    error_message = "It is nobody else's to read."
  }

  assert {
    condition     = length(data.aws_s3_bucket.existing) == 0
    error_message = "No other is looked for."
  }

  assert {
    condition     = aws_s3_bucket.logs[0].force_destroy && !aws_dynamodb_table.ledger.deletion_protection_enabled
    error_message = "dev can be destroyed."
  }

  assert {
    condition     = aws_sqs_queue.uploads.sqs_managed_sse_enabled && aws_sqs_queue.dead.sqs_managed_sse_enabled
    error_message = "SQS encrypts with its own."
  }

  assert {
    condition     = length(local.read_keys) == 0 && length(local.write_keys) == 0
    error_message = "And no role may use any."
  }
}

run "a_bucket_that_is_kept" {
  command = plan

  variables {
    disposable          = false
    log_bucket_name     = "shop-logs"
    log_expiration_days = 90
  }

  assert {
    condition     = !aws_s3_bucket.logs[0].force_destroy && aws_dynamodb_table.ledger.deletion_protection_enabled
    error_message = "Neither bucket nor ledger go by accident."
  }

  assert {
    condition     = aws_s3_bucket.logs[0].bucket == "shop-logs" && length(aws_s3_bucket_lifecycle_configuration.logs[0].rule) == 3
    error_message = "It has the name that was chosen, and files go after a while."
  }
}

run "a_bucket_that_is_there" {
  command = plan

  variables {
    existing_log_bucket = "old-logs"
  }

  assert {
    condition = (
      length(aws_s3_bucket.logs) + length(aws_s3_bucket_versioning.logs) + length(aws_s3_bucket_policy.logs) +
      length(aws_s3_bucket_public_access_block.logs) + length(aws_s3_bucket_lifecycle_configuration.logs) +
      length(aws_s3_bucket_server_side_encryption_configuration.logs) + length(aws_s3_bucket_ownership_controls.logs) == 0
    )
    error_message = "It is left as it is."
  }

  assert {
    condition     = aws_s3_bucket_notification.uploads[0].bucket == "old-logs" && output.bucket == "old-logs"
    error_message = "But it announces what is put there."
  }
}

run "a_bucket_with_other_notifications" {
  command = plan

  variables {
    existing_log_bucket        = "old-logs"
    manage_bucket_notification = false
    notification_prefixes      = ["prod/"]
  }

  assert {
    condition     = length(aws_s3_bucket_notification.uploads) == 0
    error_message = "They are left alone."
  }

  assert {
    condition     = [for filter in local.announced : "${filter.prefix}*${filter.suffix}"] == ["prod/*", "logtally-canary/*.canary"]
    error_message = "What must be among them is said."
  }
}

run "a_bucket_of_our_own_that_would_announce_nothing" {
  command = plan

  variables {
    manage_bucket_notification = false
  }

  expect_failures = [var.manage_bucket_notification]
}

run "a_key_of_a_bucket_that_is_not_there" {
  command = plan

  variables {
    existing_log_bucket_kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/0f"
  }

  expect_failures = [var.existing_log_bucket_kms_key_arn]
}

run "a_key_of_ones_own" {
  command = plan

  variables {
    kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/0f"
  }

  assert {
    condition = alltrue([
      aws_sqs_queue.uploads.kms_master_key_id == var.kms_key_arn,
      aws_sqs_queue.dead.kms_master_key_id == var.kms_key_arn,
      aws_sqs_queue.canary.kms_master_key_id == var.kms_key_arn,
      aws_sns_topic.alerts.kms_master_key_id == var.kms_key_arn,
      aws_sns_topic.operations.kms_master_key_id == var.kms_key_arn,
      aws_sns_topic.canary.kms_master_key_id == var.kms_key_arn,
    ])
    error_message = "Everything that takes one has it."
  }

  assert {
    condition     = length(local.read_keys) == 1 && length(local.write_keys) == 1
    error_message = "And the roles may use it."
  }
}
