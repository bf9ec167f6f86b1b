# What ECS tells that no metric does: a task that died, was replaced because it was not well, or ran out of memory; a
# deployment that failed; tasks that can't be started at all. What is a part of every deployment is left out.

locals {
  ecs_events = {
    out-of-memory = {
      description = "A task ran out of memory."
      detail_type = "ECS Task State Change"
      detail = {
        clusterArn = [aws_ecs_cluster.this.arn]
        lastStatus = ["STOPPED"]
        containers = { reason = [{ prefix = "OutOfMemoryError" }] }
      }
      paths    = { group = "$.detail.group", reason = "$.detail.stoppedReason", task = "$.detail.taskArn" }
      template = "\"${local.prefix}: out of memory: <group>: <reason>. Task <task>. What to do: docs/operations.md#out-of-memory\""
    }
    task-replaced = {
      description = "A task ended by itself, was not well, or could not be started, and is replaced."
      detail_type = "ECS Task State Change"
      detail = {
        clusterArn = [aws_ecs_cluster.this.arn]
        lastStatus = ["STOPPED"]
        "$or" = [
          { stopCode = ["EssentialContainerExited", "TaskFailedToStart", "SpotInterruption", "TerminationNotice"] },
          { stoppedReason = [{ prefix = "Task failed container health checks" }, { prefix = "Task failed ELB health checks" }] },
        ]
      }
      paths    = { group = "$.detail.group", reason = "$.detail.stoppedReason", task = "$.detail.taskArn" }
      template = "\"${local.prefix}: task replaced: <group>: <reason>. Task <task>. What to do: docs/operations.md#task-replaced\""
    }
    deployment-failed = {
      description = "A deployment was given up, and the one before it comes back."
      detail_type = "ECS Deployment State Change"
      detail      = { eventName = ["SERVICE_DEPLOYMENT_FAILED"] }
      resources   = true
      paths       = { service = "$.resources[0]", reason = "$.detail.reason" }
      template    = "\"${local.prefix}: deployment failed: <service>: <reason>. What to do: docs/operations.md#deployment-failed\""
    }
    tasks-not-started = {
      description = "ECS can't start the tasks that are wanted."
      detail_type = "ECS Service Action"
      detail = {
        clusterArn = [aws_ecs_cluster.this.arn]
        eventName  = ["SERVICE_TASK_START_IMPAIRED", "SERVICE_TASK_PLACEMENT_FAILURE"]
      }
      paths    = { service = "$.resources[0]", what = "$.detail.eventName" }
      template = "\"${local.prefix}: tasks not started: <service>: <what>. What to do: docs/operations.md#tasks-not-started\""
    }
  }
}

resource "aws_cloudwatch_event_rule" "ecs" {
  for_each = local.ecs_events

  name        = "${local.prefix}-${each.key}"
  description = each.value.description

  event_pattern = jsonencode(merge(
    { source = ["aws.ecs"], "detail-type" = [each.value.detail_type], detail = each.value.detail },
    # A deployment's event names its cluster in the ARN of the service alone.
    try(each.value.resources, false) ? {
      resources = [{ prefix = "arn:${local.partition}:ecs:${var.region}:${local.account_id}:service/${aws_ecs_cluster.this.name}/" }]
    } : {},
  ))
}

resource "aws_cloudwatch_event_target" "ecs" {
  for_each = local.ecs_events

  rule = aws_cloudwatch_event_rule.ecs[each.key].name
  arn  = aws_sns_topic.operations.arn

  input_transformer {
    input_paths    = each.value.paths
    input_template = each.value.template
  }
}
