environment = "staging"
ecr_tag     = "latest-staging"
disposable  = false

vpc_state = {
  bucket = "logtally-terraform-state"
  key    = "vpc/staging.tfstate"
  region = "eu-west-1"
}

worker = { max = 8, spot_weight = 2 }
