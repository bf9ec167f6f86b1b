# Whose workflows may deploy: put your own repository here, as GitHub spells it.
repository = "example/logtally"

# Of a repository that is younger than July 2026, GitHub's tokens have the numbers, too:
# gh api repos/example/logtally --jq '{owner: .owner.id, repository: .id}'
# repository_ids = { owner = 123456, repository = 456789 }

# Those of infra/app/environment. What one of them is told otherwise than by default stands here, too.
environments = {
  dev     = { disposable = true }
  staging = {}
  prod    = {}
}
