# Both shapes of the module: a service behind a load balancer, and one that nothing reaches.

mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { name = "eu-west-1" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
}

variables {
  name          = "logtally-dev-worker"
  cluster       = { arn = "arn:aws:ecs:eu-west-1:123456789012:cluster/logtally-dev", name = "logtally-dev" }
  vpc_id        = "vpc-1"
  subnet_ids    = ["subnet-1", "subnet-2"]
  image         = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/logtally@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  task_role_arn = "arn:aws:iam::123456789012:role/logtally-dev-worker"
  health_check  = { command = ["CMD", "logtally", "worker", "--health"] }
}

run "without_a_load_balancer" {
  command = plan

  variables {
    command     = ["worker"]
    environment = { LOGTALLY_TABLE = "ledger", AWS_REGION = "eu-west-1" }
    secrets     = { TOKEN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:api-AbCdEf:token::" }

    permissions_boundary_arn = "arn:aws:iam::123456789012:policy/logtally-dev-boundary"

    autoscaling = {
      min    = 1
      max    = 4
      target = 100
      metrics = [
        { id = "backlog", metric = { namespace = "AWS/SQS", name = "ApproximateNumberOfMessagesVisible", statistic = "Average", dimensions = { QueueName = "uploads" } } },
        { id = "one", expression = "backlog / 1", return_data = true },
      ]
    }
  }

  assert {
    condition     = aws_iam_role.execution.permissions_boundary == var.permissions_boundary_arn
    error_message = "The role is made within the boundary that is given."
  }

  assert {
    condition     = length(aws_lb.this) == 0 && length(aws_lb_target_group.this) == 0 && length(aws_lb_listener.http) == 0
    error_message = "There is no load balancer."
  }

  assert {
    condition     = length(aws_security_group.alb) == 0 && length(aws_vpc_security_group_ingress_rule.task) == 0
    error_message = "Nothing reaches the tasks."
  }

  assert {
    condition     = output.alb == null
    error_message = "And nothing is said of one."
  }

  assert {
    condition     = length(jsondecode(aws_ecs_task_definition.this.container_definitions)[0].portMappings) == 0
    error_message = "The container listens nowhere."
  }

  assert {
    condition     = length(aws_appautoscaling_policy.this[0].target_tracking_scaling_policy_configuration[0].customized_metric_specification[0].metrics) == 2
    error_message = "It is scaled on the metrics that were given."
  }

  assert {
    condition     = join(" ", local.secret_arns) == "arn:aws:secretsmanager:eu-west-1:123456789012:secret:api-AbCdEf"
    error_message = "What may be read is the secret, whatever part of it is asked for."
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].secrets == [{ name = "TOKEN", valueFrom = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:api-AbCdEf:token::" }]
    error_message = "And the container gets that part."
  }
}

run "with_a_load_balancer" {
  command = plan

  variables {
    name       = "logtally-dev-api"
    enable_alb = true
    alb        = { container_port = 8000, health_check_path = "/health", allowed_prefix_list_id = "pl-1" }
  }

  assert {
    condition     = aws_lb.this[0].internal
    error_message = "The load balancer is internal."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.alb[0].prefix_list_id == "pl-1" && aws_vpc_security_group_ingress_rule.alb[0].cidr_ipv4 == null
    error_message = "Those on the list reach it, and nobody else."
  }

  assert {
    condition     = [for port in jsondecode(aws_ecs_task_definition.this.container_definitions)[0].portMappings : port.containerPort] == [8000]
    error_message = "The container listens."
  }

  assert {
    condition     = length(aws_ecs_service.this.load_balancer) == 1 && aws_ecs_service.this.health_check_grace_period_seconds == 60
    error_message = "And the service knows its load balancer."
  }

  assert {
    condition     = length(aws_appautoscaling_target.this) == 0
    error_message = "Autoscaling is a choice."
  }
}

run "on_requests" {
  command = plan

  variables {
    enable_alb  = true
    alb         = { container_port = 8000, health_check_path = "/health", allowed_prefix_list_id = "pl-1" }
    autoscaling = { min = 2, max = 4, target = 300 }
  }

  assert {
    condition     = aws_appautoscaling_policy.this[0].target_tracking_scaling_policy_configuration[0].predefined_metric_specification[0].predefined_metric_type == "ALBRequestCountPerTarget"
    error_message = "Behind a load balancer it is scaled on requests, unless something else is said."
  }
}

run "what_runs_can_do_no_harm" {
  command = plan

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].readonlyRootFilesystem
    error_message = "Its root is read-only."
  }

  assert {
    condition     = !startswith(jsondecode(aws_ecs_task_definition.this.container_definitions)[0].user, "0")
    error_message = "It is not root."
  }

  assert {
    condition = (
      jsondecode(aws_ecs_task_definition.this.container_definitions)[0].linuxParameters.initProcessEnabled &&
      jsondecode(aws_ecs_task_definition.this.container_definitions)[0].linuxParameters.capabilities.drop == ["ALL"]
    )
    error_message = "It has an init, and no capabilities."
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].stopTimeout == 120
    error_message = "It has time to finish."
  }

  assert {
    condition     = !contains(keys(jsondecode(aws_ecs_task_definition.this.container_definitions)[0]), "command")
    error_message = "Without a command it is the image's own."
  }

  assert {
    condition     = aws_ecs_service.this.deployment_circuit_breaker[0].rollback && aws_ecs_service.this.wait_for_steady_state
    error_message = "A deployment that fails is taken back, and an apply waits to know."
  }
}

run "on_spot" {
  command = plan

  variables {
    spot = { base = 1, fargate_weight = 1, spot_weight = 3 }
  }

  assert {
    condition     = { for each in aws_ecs_service.this.capacity_provider_strategy : each.capacity_provider => each.weight } == { FARGATE = 1, FARGATE_SPOT = 3 }
    error_message = "Three of four are on Spot, behind the first."
  }
}

run "by_tags_that_move" {
  command = plan

  variables {
    image                = "registry.example:5000/logtally:latest-dev"
    force_new_deployment = true
  }

  assert {
    condition     = contains(keys(aws_ecs_service.this.triggers), "applied_at")
    error_message = "Each apply replaces the tasks."
  }

  assert {
    condition     = local.ecr_arn == null
    error_message = "An image that is not in ECR needs no permission there."
  }
}
