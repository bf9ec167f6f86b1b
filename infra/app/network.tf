# The network is of another configuration, so that several applications can share it.
data "terraform_remote_state" "vpc" {
  backend = "s3"
  config = {
    bucket = var.vpc_state.bucket
    key    = var.vpc_state.key
    region = var.vpc_state.region
  }
}

data "aws_caller_identity" "here" {}

data "aws_partition" "here" {}

locals {
  prefix     = "${var.name}-${var.environment}"
  account_id = data.aws_caller_identity.here.account_id
  partition  = data.aws_partition.here.partition

  vpc_id     = data.terraform_remote_state.vpc.outputs.vpc_id
  subnet_ids = data.terraform_remote_state.vpc.outputs.private_subnet_ids
}
