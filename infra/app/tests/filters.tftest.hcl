# What the bucket announces, and that the canary is always let through.

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

run "everything_is_announced" {
  command = plan

  assert {
    condition     = [for filter in local.announced : "${filter.prefix}*${filter.suffix}"] == ["*"]
    error_message = "The canary needs no filter of its own."
  }
}

run "prefixes" {
  command = plan

  variables {
    notification_prefixes = ["prod/", "audit/"]
  }

  assert {
    condition     = [for filter in local.announced : "${filter.prefix}*${filter.suffix}"] == ["prod/*", "audit/*", "logtally-canary/*.canary"]
    error_message = "The canary is let through beside them."
  }
}

# S3 would refuse a filter of the whole canary prefix beside `*.jsonl`: an object could match both.
run "suffixes" {
  command = plan

  variables {
    notification_suffixes = [".jsonl", ".gz"]
  }

  assert {
    condition     = [for filter in local.announced : "${filter.prefix}*${filter.suffix}"] == ["*.jsonl", "*.gz", "logtally-canary/*.canary"]
    error_message = "The canary's files have an ending of their own."
  }
}

run "both" {
  command = plan

  variables {
    notification_prefixes = ["prod/", "audit/"]
    notification_suffixes = [".jsonl", ".gz"]
  }

  assert {
    condition     = length(local.announced) == 5 && length(distinct([for each in local.notification_queues : each.id])) == 5
    error_message = "Each with each, and the canary, and all have names of their own."
  }
}

run "the_canarys_own_prefix_among_them" {
  command = plan

  variables {
    notification_prefixes = ["prod/", "logtally-canary/"]
  }

  assert {
    condition     = [for filter in local.announced : "${filter.prefix}*${filter.suffix}"] == ["prod/*", "logtally-canary/*"]
    error_message = "It is let through already."
  }
}

run "a_part_of_the_canarys_prefix" {
  command = plan

  variables {
    notification_prefixes = ["logtally-canary/2026/"]
  }

  expect_failures = [aws_s3_bucket_notification.uploads]
}

run "prefixes_that_overlap" {
  command = plan

  variables {
    notification_prefixes = ["prod/", "prod/api/"]
  }

  expect_failures = [var.notification_prefixes]
}

run "suffixes_that_overlap" {
  command = plan

  variables {
    notification_suffixes = [".gz", ".jsonl.gz"]
  }

  expect_failures = [var.notification_suffixes]
}
