# That queue and worker fit together, and that what does not is refused.

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

run "those_of_the_defaults_fit" {
  command = plan

  assert {
    condition     = aws_sqs_queue.uploads.visibility_timeout_seconds == 300 && local.settings.LOGTALLY_VISIBILITY_TIMEOUT_S == "300"
    error_message = "The queue and the worker have one visibility timeout."
  }

  assert {
    condition     = local.settings.LOGTALLY_STOP_TIMEOUT_S == "120" && local.settings.LOGTALLY_DRAIN_TIMEOUT_S == "90"
    error_message = "The worker knows when it is killed."
  }
}

run "a_drain_longer_than_the_stop" {
  command = plan

  variables {
    drain_timeout_seconds = 120
  }

  expect_failures = [aws_sqs_queue.uploads]
}

run "messages_that_are_visible_before_their_worker_is_gone" {
  command = plan

  variables {
    visibility_timeout_seconds = 120
  }

  expect_failures = [aws_sqs_queue.uploads]
}

run "messages_that_are_dropped_before_they_are_dead" {
  command = plan

  variables {
    message_retention_seconds = 7200
  }

  expect_failures = [aws_sqs_queue.uploads]
}

run "dead_letters_that_are_dropped_first" {
  command = plan

  variables {
    message_retention_seconds      = 345600
    dead_message_retention_seconds = 345600
  }

  expect_failures = [aws_sqs_queue.dead]
}

run "too_few_receives" {
  command = plan

  variables {
    max_receive_count = 3
  }

  expect_failures = [var.max_receive_count]
}

run "a_stop_that_fargate_does_not_wait_for" {
  command = plan

  variables {
    stop_timeout_seconds = 180
  }

  expect_failures = [var.stop_timeout_seconds]
}

run "nobody_to_settle" {
  command = plan

  variables {
    worker = { min = 0 }
  }

  expect_failures = [var.worker]
}

run "more_workers_than_slots" {
  command = plan

  variables {
    worker = { max = 65 }
  }

  expect_failures = [var.worker]
}

run "an_alarm_for_what_is_no_trouble" {
  command = plan

  variables {
    alarm_at = { in_doubt_seconds = 600 }
  }

  expect_failures = [var.alarm_at]
}
