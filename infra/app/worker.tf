module "worker" {
  source = "../modules/ecs_service"

  name          = "${local.prefix}-worker"
  cluster       = local.cluster
  vpc_id        = local.vpc_id
  subnet_ids    = local.subnet_ids
  image         = local.image
  command       = ["logtally", "worker"]
  task_role_arn = local.role_arns.worker

  cpu              = var.worker.cpu
  memory           = var.worker.memory
  cpu_architecture = var.cpu_architecture

  # The file is for `logtally worker --health`, which ECS calls; /tmp is all that can be written.
  environment = merge(local.settings, { LOGTALLY_HEALTH_FILE = "/tmp/logtally-worker.json" })

  # A worker that is alive and can't work is left alone: what it waits for, a new one would wait for, too.
  health_check = {
    command      = ["CMD", "logtally", "worker", "--health"]
    timeout      = 10
    start_period = 60
  }
  stop_timeout_seconds = var.stop_timeout_seconds

  desired_count = var.worker.min
  spot = {
    base           = 1 # somebody must settle, also when Spot has nothing to give
    fargate_weight = 4 - var.worker.spot_weight
    spot_weight    = var.worker.spot_weight
  }

  # Backlog per task: how many messages wait for each worker. What is in flight is being worked on, and waits no more.
  autoscaling = {
    min    = var.worker.min
    max    = var.worker.max
    target = var.backlog_per_task

    # A worker that goes hands its work on, so it may go slowly; one that is wanted should come at once.
    scale_in_cooldown_seconds  = 300
    scale_out_cooldown_seconds = 60

    metrics = [
      {
        id = "visible"
        metric = {
          namespace  = "AWS/SQS"
          name       = "ApproximateNumberOfMessagesVisible"
          statistic  = "Average"
          dimensions = { QueueName = aws_sqs_queue.uploads.name }
        }
      },
      {
        id = "running"
        metric = {
          namespace  = "ECS/ContainerInsights"
          name       = "RunningTaskCount"
          statistic  = "Average"
          dimensions = { ClusterName = aws_ecs_cluster.this.name, ServiceName = "${local.prefix}-worker" }
        }
      },
      {
        id          = "backlog"
        label       = "Messages that wait for each worker"
        expression  = "visible / IF(FILL(running, 1) < 1, 1, FILL(running, 1))"
        return_data = true
      },
    ]
  }

  log_retention_days = var.log_retention_days
  log_kms_key_arn    = var.kms_key_arn

  permissions_boundary_arn = var.permissions_boundary_arn
}
