resource "aws_ecs_service" "this" {
  name             = var.name
  cluster          = var.cluster.arn
  task_definition  = aws_ecs_task_definition.this.arn
  desired_count    = var.desired_count
  platform_version = "LATEST"

  # New tasks are there before old ones go: never fewer than what is wanted.
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  availability_zone_rebalancing      = "ENABLED"

  # A version that does not start, or is not well, is given up, and the one before it comes back. The apply fails, as the
  # data source below sees that.
  wait_for_steady_state = true
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  enable_ecs_managed_tags = true
  propagate_tags          = "SERVICE"
  enable_execute_command  = false

  # Not what one might think: it replaces tasks only if something else changes, and without it the provider makes another
  # service where the share of Spot changes. What replaces them each time is a trigger that changes each time.
  force_new_deployment = true
  triggers             = var.force_new_deployment ? { applied_at = plantimestamp() } : null

  health_check_grace_period_seconds = var.enable_alb ? var.alb.health_check_grace_seconds : null

  capacity_provider_strategy {
    capacity_provider = "FARGATE"
    base              = var.spot.base
    weight            = var.spot.fargate_weight
  }

  dynamic "capacity_provider_strategy" {
    for_each = var.spot.spot_weight > 0 ? [var.spot.spot_weight] : []

    content {
      capacity_provider = "FARGATE_SPOT"
      base              = 0
      weight            = capacity_provider_strategy.value
    }
  }

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = [aws_security_group.task.id]
    assign_public_ip = false
  }

  dynamic "load_balancer" {
    for_each = aws_lb_target_group.this

    content {
      target_group_arn = load_balancer.value.arn
      container_name   = var.name
      container_port   = var.alb.container_port
    }
  }

  timeouts {
    create = var.steady_within
    update = var.steady_within
  }

  # ECS takes no target group that no listener sends to, and a task can't start before its execution role may pull.
  depends_on = [aws_lb_listener.http, aws_iam_role_policy.execution, aws_vpc_security_group_egress_rule.task]

  lifecycle {
    ignore_changes = [desired_count]
  }
}

# To the provider a service that has gone back to the version before is as steady as any. So what runs is looked at.
data "aws_ecs_service" "deployed" {
  cluster_arn  = var.cluster.arn
  service_name = aws_ecs_service.this.name

  depends_on = [aws_ecs_service.this]

  lifecycle {
    postcondition {
      condition     = self.task_definition == aws_ecs_task_definition.this.arn
      error_message = "The deployment of ${var.name} has failed, and ECS has brought the version before back: ${self.task_definition} runs. The log of the tasks that were tried says why."
    }
  }
}

resource "aws_security_group" "task" {
  name_prefix = "${var.name}-task-"
  description = "The tasks of ${var.name}."
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-task" }

  lifecycle {
    create_before_destroy = true
  }
}

# AWS's addresses are not known beforehand, and all of it is spoken to by HTTPS.
resource "aws_vpc_security_group_egress_rule" "task" {
  security_group_id = aws_security_group.task.id
  description       = "HTTPS to AWS, by NAT or endpoints"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_ingress_rule" "task" {
  count = var.enable_alb ? 1 : 0

  security_group_id            = aws_security_group.task.id
  description                  = "From the load balancer"
  referenced_security_group_id = aws_security_group.alb[0].id
  ip_protocol                  = "tcp"
  from_port                    = var.alb.container_port
  to_port                      = var.alb.container_port
}
