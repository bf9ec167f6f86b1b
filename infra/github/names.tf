# What infra/vpc and infra/app call their things in each environment, as ARNs. Who may do what is said with these alone.

data "aws_caller_identity" "here" {}

data "aws_partition" "here" {}

locals {
  partition  = data.aws_partition.here.partition
  account_id = data.aws_caller_identity.here.account_id

  # What comes before a resource in its ARN: in this account and region, and where there is no region.
  here     = "${var.region}:${local.account_id}"
  anywhere = ":${local.account_id}"

  state_bucket_arn = "arn:${local.partition}:s3:::${var.state_bucket}"
  image_arn        = "arn:${local.partition}:ecr:${var.region}:${coalesce(var.ecr_registry_id, local.account_id)}:repository/${var.ecr_repository}"

  environments = {
    for environment, each in var.environments : environment => {
      prefix     = "${var.name}-${environment}"
      disposable = each.disposable

      # By tags where AWS knows no names, as in a network: the environment's own, and whose network it uses.
      tags     = { Environment = [environment], Application = [var.name] }
      networks = distinct([environment, coalesce(each.network, environment)])

      states = [for folder in ["vpc", "app"] : "${local.state_bucket_arn}/${folder}/${environment}.tfstate"]
      # Also the network's, where that is another environment's.
      read_states = distinct(concat(
        [for folder in ["vpc", "app"] : "${local.state_bucket_arn}/${folder}/${environment}.tfstate"],
        ["${local.state_bucket_arn}/vpc/${coalesce(each.network, environment)}.tfstate"],
      ))

      # One of its own, or one that is there.
      owned_buckets = each.existing_log_bucket != null ? [] : [
        "arn:${local.partition}:s3:::${coalesce(each.log_bucket_name, "${var.name}-${environment}-logs-${local.account_id}")}"
      ]
      log_bucket = "arn:${local.partition}:s3:::${coalesce(
        each.existing_log_bucket, each.log_bucket_name, "${var.name}-${environment}-logs-${local.account_id}",
      )}"
      extra_buckets = [for name in sort(each.api_extra_buckets) : "arn:${local.partition}:s3:::${name}"]

      queues       = ["arn:${local.partition}:sqs:${local.here}:${var.name}-${environment}-*"]
      canary_queue = "arn:${local.partition}:sqs:${local.here}:${var.name}-${environment}-canary"
      topics       = ["arn:${local.partition}:sns:${local.here}:${var.name}-${environment}-*"]
      other_topics = sort(each.rule_topic_arns)
      table        = "arn:${local.partition}:dynamodb:${local.here}:table/${var.name}-${environment}-ledger"
      alarms       = ["arn:${local.partition}:cloudwatch:${local.here}:alarm:${var.name}-${environment}-*"]
      dashboard    = "arn:${local.partition}:cloudwatch:${local.anywhere}:dashboard/${var.name}-${environment}"
      rules        = ["arn:${local.partition}:events:${local.here}:rule/${var.name}-${environment}-*"]
      budget       = "arn:${local.partition}:budgets:${local.anywhere}:budget/${var.name}-${environment}"
      log_groups = [
        "arn:${local.partition}:logs:${local.here}:log-group:/ecs/${var.name}-${environment}-*",
        "arn:${local.partition}:logs:${local.here}:log-group:/${var.name}-${environment}/*",
      ]

      cluster          = "arn:${local.partition}:ecs:${local.here}:cluster/${var.name}-${environment}"
      services         = ["arn:${local.partition}:ecs:${local.here}:service/${var.name}-${environment}/${var.name}-${environment}-*"]
      deployments      = ["arn:${local.partition}:ecs:${local.here}:service-deployment/${var.name}-${environment}/${var.name}-${environment}-*/*"]
      task_definitions = ["arn:${local.partition}:ecs:${local.here}:task-definition/${var.name}-${environment}-*:*"]
      tasks            = ["arn:${local.partition}:ecs:${local.here}:task/${var.name}-${environment}/*"]

      # Load balancers and their groups have a random name behind five letters of the service's: the tags say the rest.
      load_balancers = ["arn:${local.partition}:elasticloadbalancing:${local.here}:loadbalancer/app/${substr("${var.name}${environment}api", 0, 5)}-*"]
      listeners      = ["arn:${local.partition}:elasticloadbalancing:${local.here}:listener/app/${substr("${var.name}${environment}api", 0, 5)}-*"]
      target_groups  = ["arn:${local.partition}:elasticloadbalancing:${local.here}:targetgroup/${substr("${var.name}${environment}api", 0, 5)}-*"]

      # One by one, and not with a star: the role that deploys is named alike, and shall not reach itself.
      task_roles = [
        for role in ["worker", "api", "worker-execution", "api-execution"] :
        "arn:${local.partition}:iam:${local.anywhere}:role/${var.name}-${environment}-${role}"
      ]
      flow_role = "arn:${local.partition}:iam:${local.anywhere}:role/${var.name}-${environment}-flow"

      token = coalesce(each.api_token_arn, "arn:${local.partition}:ssm:${local.here}:parameter/${var.name}/${environment}/api-token")
      keys  = sort(each.kms_key_arns)
    }
  }
}
