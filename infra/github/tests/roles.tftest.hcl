# Which roles there are, and whom they trust. What they may do is tested against what Terraform calls, in tests/infra.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = {
      json          = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
      minified_json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
    }
  }

  mock_resource "aws_iam_openid_connect_provider" {
    defaults = { arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" }
  }

  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::123456789012:policy/some" }
  }
}

variables {
  repository = "example/logtally"
}

run "a_role_for_each_environment" {
  assert {
    condition     = join(" ", sort([for role in aws_iam_role.deploy : role.name])) == "logtally-dev-deploy logtally-prod-deploy logtally-staging-deploy"
    error_message = "Each environment has a role of its own."
  }

  assert {
    condition     = aws_iam_role.image.name == "logtally-image" && aws_iam_role.plan.name == "logtally-plan"
    error_message = "There is one for images, and one for plans."
  }

  assert {
    condition     = alltrue([for role in aws_iam_role.deploy : role.max_session_duration == 7200])
    error_message = "A deployment that is rolled back takes longer than an hour."
  }

  assert {
    condition     = length([for each in aws_iam_role_policy_attachment.deploy : each if each.role == "logtally-dev-deploy"]) == 6 && length(aws_iam_role_policy_attachment.plan) == 3
    error_message = "Who deploys has six policies, and who plans one of each environment, besides the one of the account: IAM attaches ten."
  }

  assert {
    condition     = length(output.deploy_role_arns) == 3 && length(output.permissions_boundary_arns) == 3
    error_message = "GitHub's variables come of the outputs."
  }
}

run "whom_they_trust" {
  command = plan

  assert {
    condition     = local.trusted["prod-deploy"] == ["repo:example/logtally:environment:prod"]
    error_message = "Prod is deployed by a job in GitHub's environment prod, whatever its branch."
  }

  assert {
    condition = local.trusted.image == [
      "repo:example/logtally:ref:refs/heads/develop", "repo:example/logtally:ref:refs/heads/main", "repo:example/logtally:ref:refs/heads/staging",
    ]
    error_message = "Images are pushed by the branches that are deployed."
  }

  assert {
    condition     = local.trusted.plan == ["repo:example/logtally:pull_request"]
    error_message = "Pull requests plan."
  }

  assert {
    condition     = !anytrue([for subject in flatten(values(local.trusted)) : strcontains(subject, "*")])
    error_message = "What is trusted is said letter by letter."
  }

  assert {
    condition     = aws_iam_openid_connect_provider.github[0].client_id_list == toset(["sts.amazonaws.com"])
    error_message = "A token is for STS."
  }
}

# GitHub says so in the tokens of a repository that was made after 15 July 2026.
run "a_repository_with_numbers" {
  command = plan

  variables {
    repository_ids = { owner = 123456, repository = 1304267049 }
  }

  assert {
    condition     = local.trusted["dev-deploy"] == ["repo:example@123456/logtally@1304267049:environment:dev"]
    error_message = "The numbers stand behind the names."
  }

  assert {
    condition     = local.trusted.plan == ["repo:example@123456/logtally@1304267049:pull_request"]
    error_message = "In all subjects."
  }
}

run "a_number_that_is_none" {
  command = plan

  variables {
    repository_ids = { owner = 0, repository = 1.5 }
  }

  expect_failures = [var.repository_ids]
}

run "a_provider_that_is_there" {
  command = plan

  variables {
    oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 0 && local.provider_arn == "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
    error_message = "An account has one at most."
  }
}

run "what_an_environment_has_of_its_own" {
  command = plan

  variables {
    environments = {
      qa  = { network = "dev", existing_log_bucket = "old-logs", kms_key_arns = ["arn:aws:kms:eu-west-1:123456789012:key/0f"] }
      dev = { disposable = true, log_bucket_name = "our-logs" }
    }
    ecr_registry_id = "210987654321"
  }

  assert {
    condition     = length(local.environments.qa.owned_buckets) == 0 && local.environments.qa.log_bucket == "arn:aws:s3:::old-logs"
    error_message = "A bucket that is there is not changed."
  }

  assert {
    condition = toset(local.environments.qa.read_states) == toset([
      "arn:aws:s3:::logtally-terraform-state/vpc/qa.tfstate",
      "arn:aws:s3:::logtally-terraform-state/app/qa.tfstate",
      "arn:aws:s3:::logtally-terraform-state/vpc/dev.tfstate",
    ]) && length(local.environments.qa.states) == 2
    error_message = "Another environment's network is read, and not written."
  }

  assert {
    condition     = local.environments.dev.log_bucket == "arn:aws:s3:::our-logs" && one(local.environments.dev.owned_buckets) == "arn:aws:s3:::our-logs"
    error_message = "Its own bucket has the name that infra/app gives it."
  }

  assert {
    condition     = local.image_arn == "arn:aws:ecr:eu-west-1:210987654321:repository/logtally"
    error_message = "The image is another account's, where that is said."
  }
}

run "nobodys_repository" {
  command = plan

  variables {
    repository = "example/*"
  }

  expect_failures = [var.repository]
}

run "any_branch" {
  command = plan

  variables {
    branches = ["release/*"]
  }

  expect_failures = [var.branches]
}

run "somebody_elses_provider" {
  command = plan

  variables {
    oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/gitlab.com"
  }

  expect_failures = [var.oidc_provider_arn]
}

run "an_environment_with_a_star" {
  command = plan

  variables {
    environments = { "dev*" = {} }
  }

  expect_failures = [var.environments]
}

run "any_key" {
  command = plan

  variables {
    environments = { dev = { kms_key_arns = ["arn:aws:kms:eu-west-1:123456789012:key/*"] } }
  }

  expect_failures = [var.environments]
}

run "two_buckets" {
  command = plan

  variables {
    environments = { dev = { log_bucket_name = "our-logs", existing_log_bucket = "old-logs" } }
  }

  expect_failures = [var.environments]
}

run "more_environments_than_a_role_has_policies" {
  command = plan

  variables {
    environments = { for n in range(10) : "e${n}" => {} }
  }

  expect_failures = [var.environments]
}
