# The canary's rule first, whoever adds what.

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

# Topics have an ARN only when they are there.
override_resource {
  target          = aws_sns_topic.alerts
  override_during = plan
  values          = { arn = "arn:aws:sns:eu-west-1:123456789012:logtally-dev-alerts" }
}

override_resource {
  target          = aws_sns_topic.canary
  override_during = plan
  values          = { arn = "arn:aws:sns:eu-west-1:123456789012:logtally-dev-canary" }
}

run "the_canary_and_all_the_rest" {
  command = plan

  assert {
    condition     = [for rule in jsondecode(local.settings.LOGTALLY_RULES) : rule.name] == ["logtally-canary", "default"]
    error_message = "The last rule takes what is left, whatever it says: that must not be the canary's."
  }

  assert {
    condition = (
      jsondecode(local.settings.LOGTALLY_RULES)[0].prefix == "logtally-canary/" &&
      jsondecode(local.settings.LOGTALLY_RULES)[0].threshold == 1 &&
      jsondecode(local.settings.LOGTALLY_RULES)[0].topic_arn == "arn:aws:sns:eu-west-1:123456789012:logtally-dev-canary"
    )
    error_message = "The canary rings at its first error, and elsewhere."
  }
}

run "rules_of_ones_own_come_behind" {
  command = plan

  variables {
    rules = [
      { name = "audit", prefix = "audit/", threshold = 1, levels = ["ERROR", "FATAL"], topic_arn = "arn:aws:sns:eu-west-1:123456789012:audit" },
      { name = "noise", prefix = "tmp/", ignore = true },
      { name = "all", preset = "pino" },
    ]
  }

  assert {
    condition     = [for rule in jsondecode(local.settings.LOGTALLY_RULES) : rule.name] == ["logtally-canary", "audit", "noise", "all"]
    error_message = "In their order, and nothing is put behind them."
  }

  assert {
    condition     = keys(jsondecode(local.settings.LOGTALLY_RULES)[3]) == ["name", "preset"]
    error_message = "What a rule does not say is left out."
  }

  assert {
    condition     = contains(local.topic_arns, "arn:aws:sns:eu-west-1:123456789012:audit")
    error_message = "The roles may publish where rules ring."
  }
}

run "two_of_one_name" {
  command = plan

  variables {
    rules = [{ name = "a" }, { name = "a" }]
  }

  expect_failures = [var.rules]
}

run "the_canarys_name" {
  command = plan

  variables {
    rules = [{ name = "logtally-canary" }]
  }

  expect_failures = [var.rules]
}

run "a_preset_that_is_not_there" {
  command = plan

  variables {
    rules = [{ name = "a", preset = "log4j" }]
  }

  expect_failures = [var.rules]
}
