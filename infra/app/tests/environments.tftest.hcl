# Names, images, alarms, and who is told, by environment.

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

run "dev_is_what_variables_say" {
  command = plan

  assert {
    condition     = local.prefix == "logtally-dev" && var.ecr_tag == "latest-dev" && var.disposable
    error_message = "The defaults are dev's."
  }

  assert {
    condition     = local.image == "123456789012.dkr.ecr.eu-west-1.amazonaws.com/logtally@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    error_message = "What runs is named by its digest."
  }

  assert {
    condition     = join(" ", sort(keys(aws_cloudwatch_metric_alarm.this))) == "api-failures api-unhealthy api-unreachable dead-letters in-doubt messages-wait no-api no-worker worker-silent"
    error_message = "Each has its heading in docs/operations.md."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["no-worker"].treat_missing_data == "breaching" && aws_cloudwatch_metric_alarm.this["in-doubt"].treat_missing_data == "notBreaching"
    error_message = "No data mean that no worker is there, or that nothing is in doubt."
  }

  assert {
    condition     = module.worker.service_name == "logtally-dev-worker" && module.worker.alb == null
    error_message = "Nothing reaches the worker."
  }

  assert {
    condition     = length(aws_budgets_budget.monthly) == 0
    error_message = "A budget is a choice."
  }
}

# Several environments can share an image.
run "qa_runs_what_dev_runs" {
  command = plan

  variables {
    environment     = "qa"
    ecr_tag         = "latest-dev"
    ecr_registry_id = "210987654321"
  }

  assert {
    condition     = local.prefix == "logtally-qa" && local.settings.LOGTALLY_ENVIRONMENT == "qa"
    error_message = "Everything is named for the environment."
  }

  assert {
    condition     = startswith(local.image, "210987654321.dkr.ecr.eu-west-1.amazonaws.com/logtally@")
    error_message = "The image is another account's, where that is said."
  }
}

run "somebody_is_told" {
  command = plan

  variables {
    alert_emails      = ["team@example.com"]
    operations_emails = ["oncall@example.com"]
    budget            = { monthly_usd = 100, emails = ["boss@example.com"] }
    deploy_role_arn   = "arn:aws:iam::123456789012:role/deploy"
  }

  assert {
    condition     = length(aws_sns_topic_subscription.alerts) == 1 && length(aws_sns_topic_subscription.operations) == 1
    error_message = "Of errors the one, of logtally the other."
  }

  assert {
    condition     = length(aws_budgets_budget.monthly) == 1
    error_message = "Of costs whoever wants."
  }
}

# Who deploys with a role of infra/github makes roles within a boundary alone.
run "roles_within_a_boundary" {
  command = plan

  variables {
    permissions_boundary_arn = "arn:aws:iam::123456789012:policy/logtally-dev-boundary"
  }

  assert {
    condition     = aws_iam_role.worker.permissions_boundary == var.permissions_boundary_arn && aws_iam_role.api.permissions_boundary == var.permissions_boundary_arn
    error_message = "Both roles of the tasks have it."
  }
}

run "a_boundary_that_is_no_policy" {
  command = plan

  variables {
    permissions_boundary_arn = "logtally-dev-boundary"
  }

  expect_failures = [var.permissions_boundary_arn]
}

run "a_name_too_long_for_a_load_balancer" {
  command = plan

  variables {
    environment = "integrationtests"
  }

  expect_failures = [var.environment]
}
