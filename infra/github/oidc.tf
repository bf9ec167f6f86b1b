# GitHub vouches for a workflow with a token, and STS gives a role for it: nobody has a key.

locals {
  issuer       = "token.actions.githubusercontent.com"
  audience     = "sts.amazonaws.com"
  provider_arn = coalesce(var.oidc_provider_arn, one(aws_iam_openid_connect_provider.github[*].arn))
}

resource "aws_iam_openid_connect_provider" "github" {
  count = var.oidc_provider_arn == null ? 1 : 0

  # No thumbprint: AWS knows GitHub's certificates by itself.
  url            = "https://${local.issuer}"
  client_id_list = [local.audience]
}

# Who may have which role: by `sub` of GitHub's token, letter by letter. A job in an environment has that in it, and
# nothing of its branch: which branches reach an environment is for the environment's own rules in GitHub.
locals {
  names = split("/", var.repository)
  # With its numbers a repository of the same names, that somebody makes when this one is gone, is another one.
  subject = "repo:${var.repository_ids == null ? var.repository : join("/", [
    format("%s@%d", local.names[0], var.repository_ids.owner),
    format("%s@%d", local.names[1], var.repository_ids.repository),
  ])}"

  trusted = merge(
    { for environment in keys(var.environments) : "${environment}-deploy" => ["${local.subject}:environment:${environment}"] },
    {
      image = [for branch in sort(var.branches) : "${local.subject}:ref:refs/heads/${branch}"]
      # Of branches of this repository. GitHub gives no token to a pull request from a fork.
      plan = ["${local.subject}:pull_request"]
    },
  )
}

data "aws_iam_policy_document" "trust" {
  for_each = local.trusted

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [local.provider_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = [local.audience]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:sub"
      values   = each.value
    }
  }
}
