locals {
  prefix = "${var.name}-${var.environment}"

  # What a task of logtally speaks to besides S3 and DynamoDB. Without NAT each of them needs an endpoint, or no task
  # starts (the image, the log, the token), receives, pushes or publishes.
  services_without_nat = ["ecr.api", "ecr.dkr", "logs", "monitoring", "secretsmanager", "sns", "sqs", "ssm"]

  zones = [for i in range(var.zone_count) : data.aws_availability_zones.usable.names[i]]

  # Quarters 0, 1 and 2 of the block are private; quarter 3 is cut into four again, for the public ones. So no two
  # overlap, and none moves when a zone is added.
  subnets = {
    for i, zone in local.zones : zone => {
      private = cidrsubnet(var.cidr_block, 2, i)
      public  = cidrsubnet(var.cidr_block, 4, 12 + i)
    }
  }
}

data "aws_availability_zones" "usable" {
  # checkov:skip=CKV_AWS_394: Zones are taken in the order of their names, so that one that AWS adds comes behind those in use.
  state            = "available"
  exclude_zone_ids = var.excluded_zone_ids

  # Local zones and the like have neither Fargate nor load balancers.
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }

  lifecycle {
    postcondition {
      condition     = length(self.names) >= var.zone_count
      error_message = "The region has fewer usable zones than zone_count."
    }
  }
}

resource "aws_vpc" "this" {
  cidr_block           = var.cidr_block
  enable_dns_support   = true
  enable_dns_hostnames = true # interface endpoints are found by their services' own names

  tags = { Name = local.prefix }

  lifecycle {
    precondition {
      condition     = var.nat != "none" || length(setsubtract(local.services_without_nat, var.interface_endpoints)) == 0
      error_message = "Without NAT private subnets reach AWS through endpoints alone. interface_endpoints lacks: ${join(", ", setsubtract(local.services_without_nat, var.interface_endpoints))}."
    }
  }
}

# Whoever forgets to name a security group gets one that permits nothing.
resource "aws_default_security_group" "closed" {
  vpc_id = aws_vpc.this.id

  tags = { Name = "${local.prefix}-closed" }
}

resource "aws_subnet" "private" {
  for_each = local.subnets

  vpc_id            = aws_vpc.this.id
  availability_zone = each.key
  cidr_block        = each.value.private

  tags = { Name = "${local.prefix}-private-${each.key}", Tier = "private" }
}

resource "aws_subnet" "public" {
  for_each = local.subnets

  vpc_id                  = aws_vpc.this.id
  availability_zone       = each.key
  cidr_block              = each.value.public
  map_public_ip_on_launch = false # only NAT gateways are here, and they bring their own

  tags = { Name = "${local.prefix}-public-${each.key}", Tier = "public" }
}
