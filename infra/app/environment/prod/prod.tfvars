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
