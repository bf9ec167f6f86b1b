# Everything that is watched, once: the dashboard shows all of it, and alarms are made of what has one. Those of Logtally
# and LogAnalytics are those of docs/metrics.md; the others are AWS's about what is here.
#
# `graph` says on which graph of the dashboard a metric is. An alarm rings when the statistic of each of `periods` periods
# of `seconds` compares so with `threshold`; `missing` says what no data mean. What to do then stands in
# docs/operations.md, under the alarm's name.

locals {
  # EMF: what a worker says of itself, once a minute (core/meters.py).
  own_metrics = {
    ObjectsCounted = {
      graph = "objects", statistics = ["Sum"], unit = "Count"
      alarm = {
        name = "worker-silent", what = "No worker has said anything of itself for ten minutes."
        # Counts are told when they are 0, too: so their number says that somebody is there.
        statistic = "SampleCount", is = "LessThanThreshold", threshold = 1, seconds = 300, periods = 2, missing = "breaching"
      }
    }
    ObjectsIgnored    = { graph = "objects", statistics = ["Sum"], unit = "Count" }
    ObjectsSuperseded = { graph = "objects", statistics = ["Sum"], unit = "Count" }
    ObjectsGone       = { graph = "objects", statistics = ["Sum"], unit = "Count" }
    ObjectsFailed     = { graph = "objects", statistics = ["Sum"], unit = "Count" }
    Duplicates        = { graph = "objects", statistics = ["Sum"], unit = "Count" }
    MalformedLines    = { graph = "lines", statistics = ["Sum"], unit = "Count" }
    Pushes            = { graph = "pushes", statistics = ["Sum"], unit = "Count" }
    PushesInDoubt     = { graph = "pushes", statistics = ["Sum"], unit = "Count" }
    SettledAsLanded   = { graph = "pushes", statistics = ["Sum"], unit = "Count" }
    SettledAsLost     = { graph = "pushes", statistics = ["Sum"], unit = "Count" }
    SlotsLost         = { graph = "pushes", statistics = ["Sum"], unit = "Count" }
    OldestUnsettledAge = {
      graph = "ages", statistics = ["Maximum"], unit = "Seconds"
      alarm = {
        name      = "in-doubt", what = "A push has been in doubt for too long."
        statistic = "Maximum", is = "GreaterThanOrEqualToThreshold", threshold = var.alarm_at.in_doubt_seconds, seconds = 60, periods = 5, missing = "notBreaching"
      }
    }
    ObjectAge = { graph = "ages", statistics = ["p50", "p99"], unit = "Seconds" }
  }

  # What is counted: for graphs alone, since a file over its threshold has rung already.
  counted_metrics = {
    logErrors      = { graph = null, statistics = ["Sum"], unit = "Count" } # one for each service: dashboard.tf searches for them
    alertTriggered = { graph = "alerts", label = "files", statistics = ["Sum"], unit = "Count" }
    notified = {
      name  = "alertTriggered", dimensions = { Environment = var.environment, Source = "notify" }
      graph = "alerts", label = "asked for by /notify", statistics = ["Sum"], unit = "Count"
    }
    pushMark = { graph = null, statistics = ["Maximum"], unit = "None" } # nobody needs to look at it
  }

  aws_metrics = {
    dead_letters = {
      namespace = "AWS/SQS", name = "ApproximateNumberOfMessagesVisible", dimensions = { QueueName = aws_sqs_queue.dead.name }
      graph     = "queue", label = "dead letters", statistics = ["Maximum"], unit = "Count"
      alarm = {
        name      = "dead-letters", what = "What a message announced could not be counted."
        statistic = "Maximum", is = "GreaterThanThreshold", threshold = 0, seconds = 60, periods = 1, missing = "notBreaching"
      }
    }
    backlog = {
      namespace = "AWS/SQS", name = "ApproximateNumberOfMessagesVisible", dimensions = { QueueName = aws_sqs_queue.uploads.name }
      graph     = "queue", label = "backlog", statistics = ["Maximum"], unit = "Count"
    }
    in_flight = {
      namespace = "AWS/SQS", name = "ApproximateNumberOfMessagesNotVisible", dimensions = { QueueName = aws_sqs_queue.uploads.name }
      graph     = "queue", label = "in flight", statistics = ["Maximum"], unit = "Count"
    }
    message_age = {
      namespace = "AWS/SQS", name = "ApproximateAgeOfOldestMessage", dimensions = { QueueName = aws_sqs_queue.uploads.name }
      graph     = "ages", label = "oldest message", statistics = ["Maximum"], unit = "Seconds"
      alarm = {
        name      = "messages-wait", what = "A message has been waiting for too long."
        statistic = "Maximum", is = "GreaterThanOrEqualToThreshold", threshold = var.alarm_at.message_age_seconds, seconds = 60, periods = 5, missing = "notBreaching"
      }
    }
    workers = {
      namespace  = "ECS/ContainerInsights", name = "RunningTaskCount"
      dimensions = { ClusterName = aws_ecs_cluster.this.name, ServiceName = module.worker.service_name }
      graph      = "tasks", label = "workers", statistics = ["Minimum"], unit = "Count"
      alarm = {
        name      = "no-worker", what = "No worker is running: nothing is counted, and nothing settled."
        statistic = "Minimum", is = "LessThanThreshold", threshold = 1, seconds = 60, periods = 5, missing = "breaching"
      }
    }
    worker_memory = {
      namespace  = "AWS/ECS", name = "MemoryUtilization"
      dimensions = { ClusterName = aws_ecs_cluster.this.name, ServiceName = module.worker.service_name }
      graph      = "load", label = "memory of workers", statistics = ["Maximum"], unit = "Percent"
    }
    worker_cpu = {
      namespace  = "AWS/ECS", name = "CPUUtilization"
      dimensions = { ClusterName = aws_ecs_cluster.this.name, ServiceName = module.worker.service_name }
      graph      = "load", label = "CPU of workers", statistics = ["Average"], unit = "Percent"
    }
    api_tasks = {
      namespace  = "AWS/ApplicationELB", name = "HealthyHostCount"
      dimensions = { LoadBalancer = module.api.alb.arn_suffix, TargetGroup = module.api.alb.target_group_suffix }
      graph      = "tasks", label = "tasks of the API that are well", statistics = ["Minimum"], unit = "Count"
      alarm = {
        name      = "no-api", what = "No task of the API is well: nobody is answered."
        statistic = "Minimum", is = "LessThanThreshold", threshold = 1, seconds = 60, periods = 5, missing = "breaching"
      }
    }
    api_unhealthy = {
      namespace  = "AWS/ApplicationELB", name = "UnHealthyHostCount"
      dimensions = { LoadBalancer = module.api.alb.arn_suffix, TargetGroup = module.api.alb.target_group_suffix }
      graph      = "tasks", label = "tasks of the API that are not", statistics = ["Maximum"], unit = "Count"
      alarm = {
        name      = "api-unhealthy", what = "A task of the API does not answer, and does not get better."
        statistic = "Maximum", is = "GreaterThanThreshold", threshold = 0, seconds = 60, periods = 10, missing = "notBreaching"
      }
    }
    api_requests = {
      namespace = "AWS/ApplicationELB", name = "RequestCount", dimensions = { LoadBalancer = module.api.alb.arn_suffix }
      graph     = "api", label = "requests", statistics = ["Sum"], unit = "Count"
    }
    api_failures = {
      namespace = "AWS/ApplicationELB", name = "HTTPCode_Target_5XX_Count", dimensions = { LoadBalancer = module.api.alb.arn_suffix }
      graph     = "api", label = "failures of the API", statistics = ["Sum"], unit = "Count"
      alarm = {
        name      = "api-failures", what = "The API answers 5xx."
        statistic = "Sum", is = "GreaterThanOrEqualToThreshold", threshold = var.alarm_at.api_failures_in_5min, seconds = 300, periods = 1, missing = "notBreaching"
      }
    }
    api_unreachable = {
      namespace = "AWS/ApplicationELB", name = "HTTPCode_ELB_5XX_Count", dimensions = { LoadBalancer = module.api.alb.arn_suffix }
      graph     = "api", label = "failures of the load balancer", statistics = ["Sum"], unit = "Count"
      alarm = {
        name      = "api-unreachable", what = "The load balancer answers 5xx, as the API does not answer it."
        statistic = "Sum", is = "GreaterThanOrEqualToThreshold", threshold = var.alarm_at.api_failures_in_5min, seconds = 300, periods = 1, missing = "notBreaching"
      }
    }
    api_time = {
      namespace = "AWS/ApplicationELB", name = "TargetResponseTime", dimensions = { LoadBalancer = module.api.alb.arn_suffix }
      graph     = "answers", label = "time to an answer", statistics = ["p50", "p99"], unit = "Seconds"
    }
  }

  # The three lists as one, each entry with all that there may be.
  watched = merge(
    {
      for name, each in local.own_metrics : name => merge(
        { namespace = "Logtally", name = name, label = name, dimensions = { Environment = var.environment }, alarm = null }, each,
      )
    },
    {
      for name, each in local.counted_metrics : name => merge(
        { namespace = "LogAnalytics", name = name, label = name, dimensions = { Environment = var.environment }, alarm = null }, each,
      )
    },
    { for key, each in local.aws_metrics : key => merge({ alarm = null }, each) },
  )
}
