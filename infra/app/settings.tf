# What worker and API are told: docs/settings.md. The names of what is here, and the choices of variables.tf.

locals {
  # The first that matches wins: so the canary's comes first. The last takes what is left, whatever it says: so there must
  # be another one behind it.
  rules = concat(
    [local.canary_rule],
    [for rule in var.rules : { for field, value in rule : field => value if value != null }],
    length(var.rules) == 0 ? [{ name = "default" }] : [],
  )

  settings = {
    LOGTALLY_REGION         = var.region
    LOGTALLY_ENVIRONMENT    = var.environment
    LOGTALLY_BUCKET         = local.bucket.name
    LOGTALLY_QUEUE_URL      = aws_sqs_queue.uploads.url
    LOGTALLY_DEAD_QUEUE_URL = aws_sqs_queue.dead.url
    LOGTALLY_TABLE          = aws_dynamodb_table.ledger.name
    LOGTALLY_TOPIC_ARN      = aws_sns_topic.alerts.arn

    LOGTALLY_THRESHOLD      = tostring(var.threshold)
    LOGTALLY_LEVELS         = join(",", var.levels)
    LOGTALLY_RULES          = jsonencode(local.rules)
    LOGTALLY_MISSING        = var.missing_object
    LOGTALLY_LINGER_S       = tostring(var.linger_seconds)
    LOGTALLY_RETENTION_DAYS = tostring(var.ledger_retention_days)

    LOGTALLY_VISIBILITY_TIMEOUT_S = tostring(var.visibility_timeout_seconds)
    LOGTALLY_DRAIN_TIMEOUT_S      = tostring(var.drain_timeout_seconds)
    LOGTALLY_STOP_TIMEOUT_S       = tostring(var.stop_timeout_seconds)

    LOGTALLY_LOG_FORMAT = "json"
  }
}
