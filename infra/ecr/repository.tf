# Commit tags that never change, and tags that move, in one repository: latest-<environment> names what was built last for
# it, verified-<environment> what was last seen at work there, and is gone back to.
#
# ECR makes all tags of a repository immutable, or none; provider 5.x does not know the filters that would except some.
# So the repository is MUTABLE, and what makes a commit's image unchangeable is how it is used:
#   - a tag `commit-<sha>` is pushed once. The pipeline looks first whether it is there, and then only moves the other
#     tags to it;
#   - nothing is deployed by a tag: infra/app resolves the tag to its digest when it plans, and the task definition
#     names the digest. A tag that moves, for whatever reason, changes no running task and no rollback.
resource "aws_ecr_repository" "this" {
  # checkov:skip=CKV_AWS_51: See above. Tasks run what a digest names, which nobody can move.
  # checkov:skip=CKV_AWS_136: A key of one's own is a variable; without it ECR encrypts with one of AWS.
  name                 = var.name
  image_tag_mutability = "MUTABLE"
  force_delete         = false # with images in it, running services depend on it

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = var.kms_key_arn == null ? "AES256" : "KMS"
    kms_key         = var.kms_key_arn
  }
}

locals {
  # An image that a rule of a smaller number takes is safe from those behind it. The first ones take what the
  # environments run, or go back to, one image each, and never have a second one to remove.
  kept_tags = sort([for pair in setproduct(["latest", "verified"], var.environments) : join("-", pair)])

  running = [
    for i, tag in local.kept_tags : {
      rulePriority = i + 1
      description  = "What ${tag} names stays"
      selection = {
        tagStatus      = "tagged"
        tagPatternList = [tag]
        countType      = "imageCountMoreThan"
        countNumber    = 1
      }
      action = { type = "expire" }
    }
  ]

  rest = [
    {
      rulePriority = length(local.running) + 1
      description  = "Commits that can be rolled back to"
      selection = {
        tagStatus      = "tagged"
        tagPatternList = ["commit-*"]
        countType      = "imageCountMoreThan"
        countNumber    = var.kept_images
      }
      action = { type = "expire" }
    },
    {
      rulePriority = length(local.running) + 2
      description  = "What has no tag any more"
      selection = {
        tagStatus   = "untagged"
        countType   = "sinceImagePushed"
        countUnit   = "days"
        countNumber = var.kept_untagged_days
      }
      action = { type = "expire" }
    },
  ]
}

resource "aws_ecr_lifecycle_policy" "this" {
  repository = aws_ecr_repository.this.name
  policy     = jsonencode({ rules = concat(local.running, local.rest) })
}

data "aws_iam_policy_document" "pull" {
  count = length(var.pulling_account_ids) > 0 ? 1 : 0

  statement {
    sid     = "PullFromOtherAccounts"
    actions = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer"]

    principals {
      type        = "AWS"
      identifiers = [for id in sort(var.pulling_account_ids) : "arn:aws:iam::${id}:root"]
    }
  }
}

resource "aws_ecr_repository_policy" "pull" {
  count = length(var.pulling_account_ids) > 0 ? 1 : 0

  repository = aws_ecr_repository.this.name
  policy     = data.aws_iam_policy_document.pull[0].json
}
