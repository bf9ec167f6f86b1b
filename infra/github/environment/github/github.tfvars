# Whose workflows may deploy: put your own repository here, as GitHub spells it.
repository = "example/logtally"

# Those of infra/app/environment. What one of them is told otherwise than by default stands here, too.
environments = {
  dev     = { disposable = true }
  staging = {}
  prod    = {}
}
