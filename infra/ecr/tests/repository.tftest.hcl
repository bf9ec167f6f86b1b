# What stays in the repository, and who may pull from it.

mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = {
      json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
    }
  }
}

run "what_runs_is_never_cleaned_up" {
  command = plan

  variables {
    environments = ["dev", "qa", "prod"]
  }

  assert {
    condition = [
      for rule in jsondecode(aws_ecr_lifecycle_policy.this.policy).rules : rule.selection.tagPatternList[0]
      if rule.selection.tagStatus == "tagged"
    ] == ["latest-dev", "latest-prod", "latest-qa", "verified-dev", "verified-prod", "verified-qa", "commit-*"]
    error_message = "The moving tags come before the commits: a rule takes nothing that one before it has."
  }

  assert {
    condition = alltrue([
      for i, rule in jsondecode(aws_ecr_lifecycle_policy.this.policy).rules : rule.rulePriority == i + 1
    ])
    error_message = "ECR refuses two rules of one priority."
  }
}

run "images_are_looked_at_when_they_arrive" {
  command = plan

  assert {
    condition     = aws_ecr_repository.this.image_scanning_configuration[0].scan_on_push
    error_message = "Scan on push."
  }

  assert {
    condition     = aws_ecr_repository.this.encryption_configuration[0].encryption_type == "AES256"
    error_message = "Encrypted, whoever has the key."
  }

  assert {
    condition     = length(aws_ecr_repository_policy.pull) == 0
    error_message = "Nobody else pulls unless it is said."
  }
}

run "other_accounts_may_pull" {
  command = plan

  variables {
    pulling_account_ids = ["123456789012"]
    kms_key_arn         = "arn:aws:kms:eu-west-1:123456789012:key/0f"
  }

  assert {
    condition     = length(aws_ecr_repository_policy.pull) == 1
    error_message = "A policy lets them."
  }

  assert {
    condition     = aws_ecr_repository.this.encryption_configuration[0].encryption_type == "KMS"
    error_message = "A key of one's own is used."
  }
}

run "too_few_to_roll_back_to" {
  command = plan

  variables {
    kept_images = 1
  }

  expect_failures = [var.kept_images]
}
