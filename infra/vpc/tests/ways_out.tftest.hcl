# How private subnets reach what they need: NAT, endpoints, and that one of both is there.

mock_provider "aws" {
  mock_data "aws_availability_zones" {
    defaults = {
      names = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    }
  }

  mock_data "aws_iam_policy_document" {
    defaults = {
      json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
    }
  }
}

run "one_gateway_serves_all_zones" {
  command = plan

  assert {
    condition     = length(aws_nat_gateway.this) == 1 && length(aws_route.nat) == 2
    error_message = "Two private subnets share the gateway of the first zone."
  }

  assert {
    condition     = length(aws_vpc_endpoint.gateway) == 2 && length(aws_vpc_endpoint.interface) == 0
    error_message = "S3 and DynamoDB are always reached without NAT; nothing else costs anything unless it is asked for."
  }

  assert {
    condition     = length(aws_flow_log.this) == 0
    error_message = "Flow logs are a choice."
  }
}

run "a_gateway_for_each_zone" {
  command = plan

  variables {
    nat        = "per_zone"
    zone_count = 3
    flow_logs  = true
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 3 && length(aws_route.nat) == 3
    error_message = "No zone depends on another."
  }

  assert {
    condition     = length(aws_flow_log.this) == 1
    error_message = "Flow logs were asked for."
  }
}

run "without_nat_tasks_need_endpoints" {
  command = plan

  variables {
    nat                 = "none"
    interface_endpoints = ["ecr.api", "logs"]
  }

  expect_failures = [aws_vpc.this]
}

run "without_nat_and_with_endpoints" {
  command = plan

  variables {
    nat                 = "none"
    interface_endpoints = ["ecr.api", "ecr.dkr", "logs", "monitoring", "secretsmanager", "sns", "sqs", "ssm"]
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 0 && length(aws_eip.nat) == 0 && length(aws_route.nat) == 0
    error_message = "Nothing private has a way to the internet."
  }

  assert {
    condition     = length(aws_vpc_endpoint.interface) == 8
    error_message = "Each service has its endpoint."
  }
}

run "a_gateway_endpoint_is_no_interface" {
  command = plan

  variables {
    interface_endpoints = ["s3"]
  }

  expect_failures = [var.interface_endpoints]
}

run "another_way_is_refused" {
  command = plan

  variables {
    nat = "both"
  }

  expect_failures = [var.nat]
}
