# CloudFront's own addresses: the load balancer lets in nobody else.
data "aws_ec2_managed_prefix_list" "cloudfront" {
  name = "com.amazonaws.global.cloudfront.origin-facing"
}

locals {
  api_port = 8000

  alb_idle_timeout_seconds = 60

  # The value is put there by hand, and is in no state: see docs/operations.md.
  api_token_arn = coalesce(
    var.api_token_arn,
    "arn:${local.partition}:ssm:${var.region}:${local.account_id}:parameter/${var.name}/${var.environment}/api-token",
  )
}

module "api" {
  source = "../modules/ecs_service"

  name          = "${local.prefix}-api"
  cluster       = local.cluster
  vpc_id        = local.vpc_id
  subnet_ids    = local.subnet_ids
  image         = local.image
  command       = ["logtally", "api"]
  task_role_arn = local.role_arns.api

  cpu              = var.api.cpu
  memory           = var.api.memory
  cpu_architecture = var.cpu_architecture

  environment = merge(local.settings, {
    LOGTALLY_API_HOST     = "0.0.0.0"
    LOGTALLY_API_PORT     = tostring(local.api_port)
    LOGTALLY_API_BUCKETS  = join(",", concat([local.bucket.name], var.api_extra_buckets))
    LOGTALLY_API_ANALYSES = tostring(var.api.analyses)
    # Nothing but the load balancer reaches the task: what that says of the client is true.
    FORWARDED_ALLOW_IPS = "*"
    # But for the scheme: it says how CloudFront came.
    LOGTALLY_API_SCHEME = "https"
    # A connection that the API closes while the load balancer asks on it is a 502.
    LOGTALLY_API_KEEP_ALIVE_S = tostring(local.alb_idle_timeout_seconds + 15)
  })
  secrets             = { LOGTALLY_API_TOKEN = local.api_token_arn }
  secrets_kms_key_arn = var.api_token_kms_key_arn

  # `/health` asks nobody. A task is not replaced because AWS does not answer it: `/ready` would have that.
  health_check = {
    command = ["CMD", "logtally", "api", "--health"]
    timeout = 10
  }
  stop_timeout_seconds = var.stop_timeout_seconds

  enable_alb = true
  alb = {
    container_port         = local.api_port
    health_check_path      = "/health"
    allowed_prefix_list_id = data.aws_ec2_managed_prefix_list.cloudfront.id
    # The API answers within 25 s, and CloudFront waits for 30: the load balancer must not be the first to give up.
    idle_timeout_seconds = local.alb_idle_timeout_seconds
    # So are the answers that a task still owes when it is stopped.
    deregistration_delay_seconds = min(30, var.stop_timeout_seconds)
    deletion_protection          = !var.disposable
  }

  desired_count = var.api.min
  autoscaling = {
    min    = var.api.min
    max    = var.api.max
    target = var.requests_per_task
  }

  log_retention_days = var.log_retention_days
  log_kms_key_arn    = var.kms_key_arn

  permissions_boundary_arn = var.permissions_boundary_arn
}
