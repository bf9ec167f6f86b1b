environment = "staging"
ecr_tag     = "latest-staging"
disposable  = false

vpc_state = {
  bucket = "logtally-terraform-state"
  key    = "vpc/staging.tfstate"
  region = "eu-west-1"
}

worker = { max = 8, spot_weight = 2 }

# Who is told: of errors in the logs, and of logtally itself. Nobody is, until somebody stands here.
# alert_emails      = ["on-call@example.com"]
# operations_emails = ["platform@example.com"]
# budget            = { monthly_usd = 200, emails = ["platform@example.com"] }
