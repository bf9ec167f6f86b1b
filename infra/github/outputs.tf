output "deploy_role_arns" {
  description = "By environment, who deploys there: a variable of that environment in GitHub, and `deploy_role_arn` in the .tfvars of infra/app."
  value       = { for environment, role in aws_iam_role.deploy : environment => role.arn }
}

output "permissions_boundary_arns" {
  description = "By environment, what roles may at most: `permissions_boundary_arn` in the .tfvars of infra/vpc and infra/app."
  value       = { for environment, policy in aws_iam_policy.boundary : environment => policy.arn }
}

output "image_role_arn" {
  description = "Who pushes the image: a variable of the repository in GitHub."
  value       = aws_iam_role.image.arn
}

output "plan_role_arn" {
  description = "Who plans what a pull request would change: a variable of the repository in GitHub."
  value       = aws_iam_role.plan.arn
}

output "oidc_provider_arn" {
  description = "GitHub as IAM knows it: `oidc_provider_arn` of others in this account."
  value       = local.provider_arn
}
