# Which image the tag means now. Tasks name its digest: a task that is replaced next week, and a deployment that goes
# back, run what was deployed, wherever the tag has moved to.
data "aws_ecr_image" "this" {
  registry_id     = var.ecr_registry_id
  repository_name = var.ecr_repository
  image_tag       = var.ecr_tag
}

locals {
  registry = "${coalesce(var.ecr_registry_id, local.account_id)}.dkr.ecr.${var.region}.${data.aws_partition.here.dns_suffix}"
  image    = "${local.registry}/${var.ecr_repository}@${data.aws_ecr_image.this.image_digest}"
}
