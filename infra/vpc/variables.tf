variable "region" {
  description = "The AWS region of the network."
  type        = string
  default     = "eu-west-1"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "A region is named like eu-west-1."
  }
}

variable "name" {
  description = "What all names here begin with, before the environment."
  type        = string
  default     = "logtally"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,19}$", var.name))
    error_message = "A name is 2 to 20 of a-z, 0-9 and -, a letter first."
  }
}

variable "environment" {
  description = "Which environment this network is for."
  type        = string
  default     = "dev"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{0,11}$", var.environment))
    error_message = "An environment is 1 to 12 of a-z and 0-9, a letter first."
  }
}

variable "tags" {
  description = "Tags of everything, besides Application, Environment, ManagedBy and Stack."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "cidr_block" {
  description = "The addresses of the network. Each zone gets a quarter of them for its private subnet, and a sixteenth for its public one."
  type        = string
  default     = "10.20.0.0/16"
  nullable    = false

  validation {
    condition     = can(cidrnetmask(var.cidr_block)) && try(cidrhost(var.cidr_block, 0) == split("/", var.cidr_block)[0], false)
    error_message = "A block is an IPv4 range that begins at its own first address, such as 10.20.0.0/16."
  }

  validation {
    # AWS takes no network larger than /16 and no subnet smaller than /28, which is what a public one of a /24 is.
    condition     = try(tonumber(split("/", var.cidr_block)[1]) >= 16 && tonumber(split("/", var.cidr_block)[1]) <= 24, false)
    error_message = "The block must be between /16 and /24."
  }

  validation {
    condition     = can(regex("^(10\\.|172\\.(1[6-9]|2[0-9]|3[01])\\.|192\\.168\\.|100\\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\\.)", var.cidr_block))
    error_message = "The block must be of the private ranges (RFC 1918, RFC 6598): others hide somebody's addresses on the internet."
  }
}

variable "zone_count" {
  description = "Over how many availability zones the subnets are spread. Going from 2 to 3 leaves those that are there alone."
  type        = number
  default     = 2
  nullable    = false

  validation {
    condition     = contains([2, 3], var.zone_count)
    error_message = "There are two zones or three: a load balancer needs two, and the block is divided for three."
  }
}

variable "excluded_zone_ids" {
  description = "Zones that no subnet is put into. CloudFront reaches no load balancer in those that are excluded unless something else is said."
  type        = list(string)
  # "Restrict access with VPC origins", CloudFront's developer guide: the zones that it does not support.
  default  = ["use1-az3", "usw1-az2", "apne1-az3", "apne2-az1", "cac1-az3"]
  nullable = false

  validation {
    condition     = alltrue([for id in var.excluded_zone_ids : can(regex("^[a-z]+[0-9]-az[0-9]$", id))])
    error_message = "These are ids, such as use1-az3: names, such as us-east-1a, mean another zone in each account."
  }
}

variable "nat" {
  description = "How private subnets reach the internet: not at all, through one gateway (cheaper; all zones depend on its zone), or through one in each zone."
  type        = string
  default     = "single"
  nullable    = false

  validation {
    condition     = contains(["none", "single", "per_zone"], var.nat)
    error_message = "NAT is none, single or per_zone."
  }
}

variable "interface_endpoints" {
  description = "AWS services that private subnets reach without NAT, by the end of the endpoint's name. Each costs by the hour and zone; S3 and DynamoDB have gateways of their own, which cost nothing."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(setintersection(var.interface_endpoints, ["s3", "dynamodb"])) == 0
    error_message = "S3 and DynamoDB have gateway endpoints already."
  }
}

variable "flow_logs" {
  description = "Whether it is logged who speaks to whom: accepted and refused connections, without what they say."
  type        = bool
  default     = false
  nullable    = false
}

variable "flow_log_retention_days" {
  description = "How long the flow logs are kept."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.flow_log_retention_days)
    error_message = "CloudWatch Logs takes 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days."
  }
}

variable "permissions_boundary_arn" {
  description = "What the role of the flow logs may at most: a policy's ARN, as infra/github has one for whoever deploys with its roles. Null: what its own policy says."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:policy/", var.permissions_boundary_arn))
    error_message = "The ARN of a policy, arn:aws:iam::…:policy/…."
  }
}
