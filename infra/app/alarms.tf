locals {
  alarms = { for key, each in local.watched : each.alarm.name => merge(each, each.alarm, { metric = each.name }) if each.alarm != null }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name        = "${local.prefix}-${each.key}"
  alarm_description = "${each.value.what} What to do: docs/operations.md#${each.key}"

  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  comparison_operator = each.value.is
  threshold           = each.value.threshold
  period              = each.value.seconds
  evaluation_periods  = each.value.periods
  treat_missing_data  = each.value.missing

  alarm_actions = [aws_sns_topic.operations.arn]
  ok_actions    = [aws_sns_topic.operations.arn]
}
