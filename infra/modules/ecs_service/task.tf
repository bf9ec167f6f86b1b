locals {
  # The same in words: "Task CPU and memory" in ECS's guide to Fargate. MiB.
  memories = {
    256   = [512, 1024, 2048]
    512   = range(1024, 4096 + 1, 1024)
    1024  = range(2048, 8192 + 1, 1024)
    2048  = range(4096, 16384 + 1, 1024)
    4096  = range(8192, 30720 + 1, 1024)
    8192  = range(16384, 61440 + 1, 4096)
    16384 = range(32768, 122880 + 1, 8192)
  }

  container = {
    name      = var.name
    image     = var.image
    command   = var.command
    essential = true
    user      = var.user

    # What it writes goes to /tmp, and is gone with the task. ECS makes that folder root's, unless the image declares it
    # as a VOLUME: then it has the owner and the mode that it has there.
    readonlyRootFilesystem = true
    mountPoints            = [{ sourceVolume = "tmp", containerPath = "/tmp", readOnly = false }]

    linuxParameters = {
      initProcessEnabled = true # hands on SIGTERM, and takes care of what a health check leaves
      capabilities       = { drop = ["ALL"] }
    }

    # In the order of their names, which is that of a map's keys, or each plan would show a change.
    environment = [for name, value in var.environment : { name = name, value = value }]
    secrets     = [for name, arn in var.secrets : { name = name, valueFrom = arn }]

    portMappings = var.enable_alb ? [{ containerPort = var.alb.container_port, hostPort = var.alb.container_port, protocol = "tcp" }] : []

    stopTimeout = var.stop_timeout_seconds
    healthCheck = {
      command     = var.health_check.command
      interval    = var.health_check.interval
      timeout     = var.health_check.timeout
      retries     = var.health_check.retries
      startPeriod = var.health_check.start_period
    }

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.this.name
        awslogs-region        = data.aws_region.here.name
        awslogs-stream-prefix = "task"
        # If CloudWatch Logs does not answer, lines are lost, and not the work that writes them.
        mode            = "non-blocking"
        max-buffer-size = "8m"
      }
    }
  }
}

data "aws_region" "here" {}

resource "aws_cloudwatch_log_group" "this" {
  # checkov:skip=CKV_AWS_158: A key of one's own is a variable; CloudWatch Logs encrypts without it, too.
  # checkov:skip=CKV_AWS_338: How long the log is worth its price is a variable; what was counted is in the ledger.
  name              = "/ecs/${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_kms_key_arn
}

resource "aws_ecs_task_definition" "this" {
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = var.task_role_arn
  container_definitions    = jsonencode([{ for name, value in local.container : name => value if value != null }])

  # The revision before stays: it is what ECS goes back to, and it can't go back to one that was given up.
  skip_destroy = true

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.cpu_architecture
  }

  volume {
    name = "tmp"
  }

  lifecycle {
    precondition {
      condition     = contains(local.memories[var.cpu], var.memory)
      error_message = "With ${var.cpu} of CPU Fargate has tasks of ${join(", ", local.memories[var.cpu])} MiB, and none of ${var.memory}."
    }

    precondition {
      condition     = var.health_check.timeout <= var.health_check.interval
      error_message = "A health check must be over before the next one begins."
    }
  }
}
