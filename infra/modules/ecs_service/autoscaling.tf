resource "aws_appautoscaling_target" "this" {
  count = var.autoscaling == null ? 0 : 1

  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${var.cluster.name}/${aws_ecs_service.this.name}"
  min_capacity       = var.autoscaling.min
  max_capacity       = var.autoscaling.max
}

resource "aws_appautoscaling_policy" "this" {
  count = var.autoscaling == null ? 0 : 1

  name               = var.name
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this[0].service_namespace
  scalable_dimension = aws_appautoscaling_target.this[0].scalable_dimension
  resource_id        = aws_appautoscaling_target.this[0].resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = var.autoscaling.target
    scale_in_cooldown  = var.autoscaling.scale_in_cooldown_seconds
    scale_out_cooldown = var.autoscaling.scale_out_cooldown_seconds

    dynamic "customized_metric_specification" {
      for_each = var.autoscaling.metrics == null ? [] : [var.autoscaling.metrics]

      content {
        dynamic "metrics" {
          for_each = customized_metric_specification.value

          content {
            id          = metrics.value.id
            label       = metrics.value.label
            expression  = metrics.value.expression
            return_data = metrics.value.return_data

            dynamic "metric_stat" {
              for_each = metrics.value.metric == null ? [] : [metrics.value.metric]

              content {
                stat = metric_stat.value.statistic

                metric {
                  namespace   = metric_stat.value.namespace
                  metric_name = metric_stat.value.name

                  dynamic "dimensions" {
                    for_each = metric_stat.value.dimensions

                    content {
                      name  = dimensions.key
                      value = dimensions.value
                    }
                  }
                }
              }
            }
          }
        }
      }
    }

    dynamic "predefined_metric_specification" {
      for_each = var.autoscaling.metrics == null ? [1] : []

      content {
        predefined_metric_type = "ALBRequestCountPerTarget"
        resource_label         = "${aws_lb.this[0].arn_suffix}/${aws_lb_target_group.this[0].arn_suffix}"
      }
    }
  }

  lifecycle {
    precondition {
      condition     = var.enable_alb || var.autoscaling.metrics != null
      error_message = "Without a load balancer there are no requests to scale on: autoscaling needs metrics."
    }
  }
}
