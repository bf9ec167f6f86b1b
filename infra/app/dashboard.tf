locals {
  # The graphs, in their order: what users see first, what explains it behind.
  graphs = [
    { name = "errors", title = "Errors in the logs, by service" },
    { name = "alerts", title = "Files over their threshold (the canary's, too)" },
    { name = "queue", title = "Queue" },
    { name = "ages", title = "Ages, in seconds" },
    { name = "objects", title = "Objects" },
    { name = "pushes", title = "Pushes" },
    { name = "lines", title = "Lines that can't be read" },
    { name = "tasks", title = "Tasks" },
    { name = "load", title = "Load of the workers, in percent" },
    { name = "api", title = "Requests to the API" },
    { name = "answers", title = "Time to an answer, in seconds" },
  ]

  # Each metric in CloudWatch's way: namespace, name, dimension, value, …, and how it is drawn.
  graph_lines = {
    for graph in local.graphs : graph.name => concat([], [
      for key in sort(keys(local.watched)) : [
        for statistic in local.watched[key].statistics : concat(
          [local.watched[key].namespace, local.watched[key].name],
          flatten([for name in sort(keys(local.watched[key].dimensions)) : [name, local.watched[key].dimensions[name]]]),
          [{ stat = statistic, label = join(" ", compact([local.watched[key].label, length(local.watched[key].statistics) > 1 ? statistic : ""])) }],
        )
      ] if local.watched[key].graph == graph.name
    ]...)
  }

  # Which services there are is found when somebody looks. The canary's is left out.
  errors_by_service = {
    expression = "SEARCH('{LogAnalytics,Service,Environment} MetricName=\"logErrors\" Environment=\"${var.environment}\" NOT Service=\"${local.canary.service}\"', 'Sum', 60)"
    label      = ""
  }

  dashboard_widgets = concat(
    [
      {
        type = "alarm", x = 0, y = 0, width = 24, height = 3
        properties = {
          title  = "${local.prefix}: what needs somebody"
          alarms = [for name in sort(keys(local.alarms)) : aws_cloudwatch_metric_alarm.this[name].arn]
        }
      },
    ],
    [
      for i, graph in local.graphs : {
        type = "metric", x = 12 * (i % 2), y = 3 + 6 * floor(i / 2), width = 12, height = 6
        properties = {
          title   = graph.title
          region  = var.region
          view    = "timeSeries"
          stacked = graph.name == "errors"
          period  = 60
          metrics = concat(graph.name == "errors" ? [[local.errors_by_service]] : [], local.graph_lines[graph.name])
          yAxis   = { left = { min = 0 } }
        }
      }
    ],
  )
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = local.prefix
  dashboard_body = jsonencode({ widgets = local.dashboard_widgets })
}
