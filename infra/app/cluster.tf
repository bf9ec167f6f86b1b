resource "aws_ecs_cluster" "this" {
  name = local.prefix

  # Without it nobody knows how many tasks run, on which the worker is scaled.
  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  cluster_name       = aws_ecs_cluster.this.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]

  default_capacity_provider_strategy {
    capacity_provider = "FARGATE"
    base              = 1
    weight            = 1
  }
}

locals {
  # By way of the capacity providers: a service can't be started before the cluster has them.
  cluster = {
    arn  = aws_ecs_cluster.this.arn
    name = aws_ecs_cluster_capacity_providers.this.cluster_name
  }
}
