environment = "prod"
ecr_tag     = "latest-prod"
disposable  = false

vpc_state = {
  bucket = "logtally-terraform-state"
  key    = "vpc/prod.tfstate"
  region = "eu-west-1"
}

# Two of each, so that a zone may fail.
worker = { cpu = 1024, memory = 2048, min = 2, max = 32 }
api    = { cpu = 1024, memory = 2048, min = 2, max = 8 }

log_retention_days = 90

# Who is told: of errors in the logs, and of logtally itself. Nobody is, until somebody stands here.
# alert_emails      = ["on-call@example.com"]
# operations_emails = ["platform@example.com"]
# budget            = { monthly_usd = 400, emails = ["platform@example.com"] }
