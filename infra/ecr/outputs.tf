output "repository_name" {
  description = "The repository's name: `ecr_repository` of infra/app."
  value       = aws_ecr_repository.this.name
}

output "repository_url" {
  description = "Where images are pushed to."
  value       = aws_ecr_repository.this.repository_url
}

output "repository_arn" {
  description = "What the pipeline's role may push to."
  value       = aws_ecr_repository.this.arn
}

output "registry_id" {
  description = "The account that has the repository: `ecr_registry_id` of infra/app in other accounts."
  value       = aws_ecr_repository.this.registry_id
}
