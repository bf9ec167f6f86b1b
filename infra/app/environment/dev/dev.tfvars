# The defaults of variables.tf are those of dev.
environment = "dev"
ecr_tag     = "latest-dev"

vpc_state = {
  bucket = "logtally-terraform-state"
  key    = "vpc/dev.tfstate"
  region = "eu-west-1"
}

# Who is told: of errors in the logs, and of logtally itself. Nobody is, until somebody stands here.
# alert_emails      = ["on-call@example.com"]
# operations_emails = ["platform@example.com"]
# budget            = { monthly_usd = 150, emails = ["platform@example.com"] }
