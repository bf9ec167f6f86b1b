# The defaults of variables.tf are those of dev.
environment = "dev"
ecr_tag     = "latest-dev"

vpc_state = {
  bucket = "logtally-terraform-state"
  key    = "vpc/dev.tfstate"
  region = "eu-west-1"
}
