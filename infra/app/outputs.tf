output "cloudfront_domain" {
  description = "Where the API answers, by HTTPS."
  value       = aws_cloudfront_distribution.api.domain_name
}

output "curl" {
  description = "Ask about the newest file. The token is in no output: put it into LOGTALLY_API_TOKEN."
  value       = "curl -H \"Authorization: Bearer $LOGTALLY_API_TOKEN\" 'https://${aws_cloudfront_distribution.api.domain_name}/analyze?bucket=${local.bucket.name}&prefix=&threshold=${var.threshold}'"
}

output "bucket" {
  description = "The bucket that is watched."
  value       = local.bucket.name
}

output "notification" {
  description = "What must be among the notifications of a bucket that are not managed here."
  value = {
    QueueConfigurations = [
      for each in local.notification_queues : {
        Id       = each.id
        QueueArn = aws_sqs_queue.uploads.arn
        Events   = ["s3:ObjectCreated:*"]
        Filter = {
          Key = {
            FilterRules = concat(
              each.prefix == "" ? [] : [{ Name = "prefix", Value = each.prefix }],
              each.suffix == "" ? [] : [{ Name = "suffix", Value = each.suffix }],
            )
          }
        }
      }
    ]
  }
}

output "queue_url" {
  description = "The queue that the bucket announces objects in."
  value       = aws_sqs_queue.uploads.url
}

output "dead_queue_url" {
  description = "Its dead-letter queue."
  value       = aws_sqs_queue.dead.url
}

output "table" {
  description = "The ledger."
  value       = aws_dynamodb_table.ledger.name
}

output "topic_arn" {
  description = "Where it rings when a file is over its threshold."
  value       = aws_sns_topic.alerts.arn
}

output "operations_topic_arn" {
  description = "Where it rings when logtally itself is not well."
  value       = aws_sns_topic.operations.arn
}

output "dashboard_url" {
  description = "The dashboard."
  value       = "https://${var.region}.console.aws.amazon.com/cloudwatch/home?region=${var.region}#dashboards/dashboard/${aws_cloudwatch_dashboard.this.dashboard_name}"
}

output "settings" {
  description = "What worker and API are told: the same variables let logtally's commands be used from anywhere else."
  value       = local.settings
}

output "canary" {
  description = "How a deployment proves itself: a key that begins and ends so, lines of that service, and the queue in which the alert arrives."
  value = {
    prefix    = local.canary.prefix
    suffix    = local.canary.suffix
    service   = local.canary.service
    topic_arn = aws_sns_topic.canary.arn
    queue_url = aws_sqs_queue.canary.url
    queue_arn = aws_sqs_queue.canary.arn
  }
}

output "services" {
  description = "What a deployment verifies: cluster, services, and the task definitions that must be running."
  value = {
    cluster = aws_ecs_cluster.this.name
    worker  = { service = module.worker.service_name, task_definition = module.worker.task_definition_arn, log_group = module.worker.log_group_name }
    api     = { service = module.api.service_name, task_definition = module.api.task_definition_arn, log_group = module.api.log_group_name }
  }
}

output "image" {
  description = "What runs, by its digest."
  value       = local.image
}

output "role_arns" {
  description = "The roles of the tasks, and those with which ECS starts them: who deploys must be allowed to pass them."
  value = {
    worker           = aws_iam_role.worker.arn
    api              = aws_iam_role.api.arn
    worker_execution = module.worker.execution_role_arn
    api_execution    = module.api.execution_role_arn
  }
}
