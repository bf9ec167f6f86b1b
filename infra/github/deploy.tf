# One role for each environment: it applies infra/vpc and infra/app there, and finds out whether what it has deployed works.

locals {
  # Of a managed policy, white space not counted; a role has ten of them at most.
  policy_characters_max = 6144

  deploy_policies = {
    for pair in setproduct(keys(var.environments), ["read", "state", "network", "app", "stores", "roles"]) :
    "${pair[0]}-${pair[1]}" => { environment = pair[0], part = pair[1] }
  }

  deploy_documents = {
    read    = data.aws_iam_policy_document.read
    state   = data.aws_iam_policy_document.state
    network = data.aws_iam_policy_document.network
    app     = data.aws_iam_policy_document.app
    stores  = data.aws_iam_policy_document.stores
    roles   = data.aws_iam_policy_document.roles
  }
}

data "aws_iam_policy_document" "state" {
  for_each = local.environments

  statement {
    # Written, and never deleted: its versions are how one goes back.
    sid       = "State"
    actions   = ["s3:PutObject"]
    resources = each.value.states
  }

  statement {
    sid       = "Lock"
    actions   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    resources = [for arn in each.value.states : "${arn}.tflock"]
  }

  # A deployment proves itself with a file of its own, and the alert that comes of it.
  statement {
    sid       = "PutTheCanary"
    actions   = ["s3:PutObject"]
    resources = ["${each.value.log_bucket}/logtally-canary/*"]
  }

  statement {
    # The queue's own policy has it, too, if infra/app is told of this role.
    sid       = "HearTheCanary"
    actions   = ["sqs:DeleteMessage", "sqs:ReceiveMessage"]
    resources = [each.value.canary_queue]
  }

  statement {
    # Whether it was counted. CloudWatch knows no resource to read from, nor a condition.
    sid       = "SeeTheCanary"
    actions   = ["cloudwatch:GetMetricStatistics"]
    resources = ["*"]
  }

  statement {
    # verified-<environment> names what was seen at work. ECR knows no condition on a tag: commits' tags are kept by the
    # script that puts this one.
    sid       = "TagWhatIsVerified"
    actions   = ["ecr:BatchGetImage", "ecr:PutImage"]
    resources = [local.image_arn]
  }

  dynamic "statement" {
    for_each = length(each.value.keys) > 0 ? [each.value.keys] : []

    content {
      sid       = "KeysOfTheCanary"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = statement.value
    }
  }
}

resource "aws_iam_role" "deploy" {
  for_each = local.environments

  name               = "${each.value.prefix}-deploy"
  description        = "Deploys ${each.value.prefix}, from ${var.repository}."
  assume_role_policy = data.aws_iam_policy_document.trust["${each.key}-deploy"].minified_json

  # An apply waits for CloudFront, and for services to be steady; one that goes back does so twice.
  max_session_duration = 7200
}

resource "aws_iam_policy" "deploy" {
  for_each = local.deploy_policies

  name        = "${var.name}-${each.value.environment}-deploy-${each.value.part}"
  description = "Of who deploys ${var.name}-${each.value.environment}: ${each.value.part}."
  policy      = local.deploy_documents[each.value.part][each.value.environment].minified_json

  lifecycle {
    precondition {
      condition     = length(local.deploy_documents[each.value.part][each.value.environment].minified_json) <= local.policy_characters_max
      error_message = "IAM takes no policy of more than ${local.policy_characters_max} characters: ${each.value.part} of ${each.value.environment} has more."
    }
  }
}

resource "aws_iam_role_policy_attachment" "deploy" {
  for_each = local.deploy_policies

  role       = aws_iam_role.deploy[each.value.environment].name
  policy_arn = aws_iam_policy.deploy[each.key].arn
}

resource "aws_iam_role_policy_attachment" "deploy_lists" {
  for_each = local.environments

  role       = aws_iam_role.deploy[each.key].name
  policy_arn = aws_iam_policy.lists.arn
}
