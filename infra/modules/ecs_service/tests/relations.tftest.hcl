# What does not fit together is refused before anything is made.

mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
}

variables {
  name          = "logtally-dev-worker"
  cluster       = { arn = "arn:aws:ecs:eu-west-1:123456789012:cluster/logtally-dev", name = "logtally-dev" }
  vpc_id        = "vpc-1"
  subnet_ids    = ["subnet-1", "subnet-2"]
  image         = "logtally:latest-dev"
  task_role_arn = "arn:aws:iam::123456789012:role/logtally-dev-worker"
  health_check  = { command = ["CMD", "logtally", "worker", "--health"] }
}

run "memory_that_fargate_has_not" {
  command = plan

  variables {
    cpu    = 256
    memory = 4096
  }

  expect_failures = [aws_ecs_task_definition.this]
}

run "a_health_check_longer_than_its_interval" {
  command = plan

  variables {
    health_check = { command = ["CMD", "true"], interval = 10, timeout = 20 }
  }

  expect_failures = [aws_ecs_task_definition.this]
}

run "a_load_balancer_of_which_nothing_is_said" {
  command = plan

  variables {
    enable_alb = true
  }

  expect_failures = [var.alb]
}

run "requests_where_there_are_none" {
  command = plan

  variables {
    autoscaling = { min = 1, max = 2, target = 100 }
  }

  expect_failures = [aws_appautoscaling_policy.this]
}

run "answers_that_outlive_their_task" {
  command = plan

  variables {
    enable_alb           = true
    alb                  = { container_port = 8000, health_check_path = "/health", allowed_prefix_list_id = "pl-1", deregistration_delay_seconds = 60 }
    stop_timeout_seconds = 30
  }

  expect_failures = [aws_lb_target_group.this]
}

run "a_stop_timeout_that_fargate_has_not" {
  command = plan

  variables {
    stop_timeout_seconds = 300
  }

  expect_failures = [var.stop_timeout_seconds]
}

run "an_image_without_a_tag" {
  command = plan

  variables {
    image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/logtally"
  }

  expect_failures = [var.image]
}

run "root" {
  command = plan

  variables {
    user = "0:0"
  }

  expect_failures = [var.user]
}

run "a_secret_in_the_clear" {
  command = plan

  variables {
    secrets = { LOGTALLY_API_TOKEN = "0123456789abcdef" }
  }

  expect_failures = [var.secrets]
}

run "more_at_least_than_at_most" {
  command = plan

  variables {
    autoscaling = { min = 3, max = 2, target = 1, metrics = [{ id = "a", expression = "1", return_data = true }] }
  }

  expect_failures = [var.autoscaling]
}

run "two_metrics_to_scale_on" {
  command = plan

  variables {
    autoscaling = { min = 1, max = 2, target = 1, metrics = [{ id = "a", expression = "1", return_data = true }, { id = "b", expression = "2", return_data = true }] }
  }

  expect_failures = [var.autoscaling]
}
