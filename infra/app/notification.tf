# What the bucket announces: each of the prefixes with each of the suffixes, and the canary's files always.
#
# S3 refuses two filters that one object could match both of: if prefixes overlap, suffixes must not. So the canary's
# files have an ending of their own, and get a filter of their own only if no other lets them through.

locals {
  notification_filters = [
    for pair in setproduct(
      length(var.notification_prefixes) > 0 ? var.notification_prefixes : [""],
      length(var.notification_suffixes) > 0 ? var.notification_suffixes : [""],
    ) : { prefix = pair[0], suffix = pair[1] }
  ]

  canary_is_announced = anytrue([
    for filter in local.notification_filters :
    startswith(local.canary.prefix, filter.prefix) && endswith(local.canary.suffix, filter.suffix)
  ])

  # Those that would overlap with the canary's own filter without letting all of its files through.
  canary_filters_in_the_way = [
    for filter in local.notification_filters : "${filter.prefix}*${filter.suffix}"
    if !(startswith(local.canary.prefix, filter.prefix) && endswith(local.canary.suffix, filter.suffix)) &&
    (startswith(local.canary.prefix, filter.prefix) || startswith(filter.prefix, local.canary.prefix)) &&
    (endswith(local.canary.suffix, filter.suffix) || endswith(filter.suffix, local.canary.suffix))
  ]

  announced = concat(
    local.notification_filters,
    local.canary_is_announced ? [] : [{ prefix = local.canary.prefix, suffix = local.canary.suffix }],
  )

  notification_queues = [
    for filter in local.announced : {
      id     = "${local.prefix}-${substr(sha1("${filter.prefix}*${filter.suffix}"), 0, 8)}"
      prefix = filter.prefix
      suffix = filter.suffix
    }
  ]
}

# It replaces all that an existing bucket has: see manage_bucket_notification.
resource "aws_s3_bucket_notification" "uploads" {
  count = var.manage_bucket_notification ? 1 : 0

  bucket = local.bucket.name

  dynamic "queue" {
    for_each = local.notification_queues

    content {
      id            = queue.value.id
      queue_arn     = aws_sqs_queue.uploads.arn
      events        = ["s3:ObjectCreated:*"]
      filter_prefix = queue.value.prefix == "" ? null : queue.value.prefix
      filter_suffix = queue.value.suffix == "" ? null : queue.value.suffix
    }
  }

  lifecycle {
    precondition {
      condition     = length(local.canary_filters_in_the_way) == 0
      error_message = "S3 would refuse the canary's filter (${local.canary.prefix}*${local.canary.suffix}) beside ${join(", ", local.canary_filters_in_the_way)}."
    }

    precondition {
      condition     = length(local.announced) <= 100
      error_message = "S3 takes 100 notifications at most: fewer prefixes, or fewer suffixes."
    }
  }

  # S3 sends a test event when it is told of the queue, and refuses the notification if it may not.
  depends_on = [aws_sqs_queue_policy.uploads]
}
