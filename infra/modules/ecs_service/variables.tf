variable "name" {
  description = "The service's name in its cluster, and what everything of it begins with."
  type        = string
  nullable    = false

  validation {
    # A load balancer's name has 32 characters at most.
    condition     = can(regex("^[a-z]([a-z0-9-]*[a-z0-9])?$", var.name)) && length(var.name) <= 32 && !startswith(var.name, "internal-")
    error_message = "A name is 1 to 32 of a-z, 0-9 and -, a letter first, no hyphen last, and does not begin with internal-."
  }
}

variable "cluster" {
  description = "The ECS cluster. Its capacity providers must be FARGATE and FARGATE_SPOT."
  type = object({
    arn  = string
    name = string
  })
  nullable = false
}

variable "vpc_id" {
  description = "The network."
  type        = string
  nullable    = false

  validation {
    condition     = startswith(var.vpc_id, "vpc-")
    error_message = "A network's id begins with vpc-."
  }
}

variable "subnet_ids" {
  description = "Private subnets with a way to AWS, for the tasks and the load balancer."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 2 && length(distinct(var.subnet_ids)) == length(var.subnet_ids)
    error_message = "There are at least two subnets, all different: a zone may fail."
  }
}

variable "image" {
  description = "What runs: repository@sha256:digest, or repository:tag. By its digest a task that is replaced, and a rollback, run what was deployed; by a tag that moves they don't."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[^\\s:@]+(:[0-9]+/[^\\s:@]+)?(@sha256:[0-9a-f]{64}|:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})$", var.image))
    error_message = "An image is named with its digest (repository@sha256:…) or its tag (repository:tag)."
  }
}

variable "command" {
  description = "What the container runs; null: what the image says."
  type        = list(string)
  default     = null

  validation {
    condition     = var.command == null || try(length(var.command) > 0, false)
    error_message = "A command has at least one word; leave it null for the image's own."
  }
}

variable "user" {
  description = "Who the container runs as: uid:gid, and not root."
  type        = string
  default     = "10001:10001"
  nullable    = false

  validation {
    condition     = can(regex("^[1-9][0-9]*:[1-9][0-9]*$", var.user))
    error_message = "The user is uid:gid in numbers, both over 0: a name is only as good as the image's /etc/passwd."
  }
}

variable "environment" {
  description = "Variables of the environment. Everybody who may look at task definitions can read them."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.environment) : can(regex("^[A-Za-z_][A-Za-z0-9_]*$", name))])
    error_message = "A variable's name is letters, digits and _, no digit first."
  }
}

variable "secrets" {
  description = "Variables whose values ECS takes from Secrets Manager or SSM when a task starts: name to ARN. Behind the ARN of a secret may stand :json-key:stage:version."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for arn in values(var.secrets) : can(regex("^arn:aws[a-z-]*:(secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:|ssm:[a-z0-9-]+:[0-9]{12}:parameter/)", arn))])
    error_message = "A secret is the ARN of one in Secrets Manager, or of an SSM parameter."
  }
}

variable "secrets_kms_key_arn" {
  description = "The key of your own that the secrets are encrypted with; null: one of AWS."
  type        = string
  default     = null

  validation {
    condition     = var.secrets_kms_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/", var.secrets_kms_key_arn))
    error_message = "A key is named by its ARN, arn:aws:kms:…:key/…."
  }
}

variable "task_role_arn" {
  description = "The role of what runs in the container. What ECS itself needs to start it, the module makes."
  type        = string
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "What the role that ECS starts it with may at most: a policy's ARN. Null: what its own policy says."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:policy/", var.permissions_boundary_arn))
    error_message = "The ARN of a policy, arn:aws:iam::…:policy/…."
  }
}

variable "cpu" {
  description = "CPU of a task, in 1024ths of a core."
  type        = number
  default     = 256
  nullable    = false

  validation {
    condition     = contains([256, 512, 1024, 2048, 4096, 8192, 16384], var.cpu)
    error_message = "Fargate has tasks of 256, 512, 1024, 2048, 4096, 8192 or 16384."
  }
}

variable "memory" {
  description = "Memory of a task, in MiB. What goes with which CPU is Fargate's to say, and checked when it is planned."
  type        = number
  default     = 512
  nullable    = false

  validation {
    condition     = var.memory >= 512 && var.memory <= 122880 && floor(var.memory) == var.memory
    error_message = "Memory is a whole number from 512 to 122880 MiB."
  }
}

variable "cpu_architecture" {
  description = "What the image was built for."
  type        = string
  default     = "X86_64"
  nullable    = false

  validation {
    condition     = contains(["X86_64", "ARM64"], var.cpu_architecture)
    error_message = "X86_64 or ARM64."
  }
}

variable "health_check" {
  description = "How ECS finds out whether the container is alive, from within it. Times in seconds."
  type = object({
    command      = list(string)
    interval     = optional(number, 30)
    timeout      = optional(number, 5)
    retries      = optional(number, 3)
    start_period = optional(number, 30)
  })
  nullable = false

  validation {
    condition     = length(var.health_check.command) >= 2 && try(contains(["CMD", "CMD-SHELL"], var.health_check.command[0]), false)
    error_message = "The command begins with CMD or CMD-SHELL."
  }

  validation {
    condition = (
      var.health_check.interval >= 5 && var.health_check.interval <= 300 &&
      var.health_check.timeout >= 2 && var.health_check.timeout <= 60 &&
      var.health_check.retries >= 1 && var.health_check.retries <= 10 &&
      var.health_check.start_period >= 0 && var.health_check.start_period <= 300
    )
    error_message = "ECS takes an interval of 5 to 300 s, a timeout of 2 to 60 s, 1 to 10 retries, and a start period of up to 300 s."
  }
}

variable "stop_timeout_seconds" {
  description = "How long a task may finish what it has in hand, between SIGTERM and SIGKILL."
  type        = number
  default     = 120
  nullable    = false

  validation {
    condition     = var.stop_timeout_seconds >= 2 && var.stop_timeout_seconds <= 120
    error_message = "Fargate allows 2 to 120 seconds."
  }
}

variable "desired_count" {
  description = "How many tasks the service begins with. Afterwards it is left alone: autoscaling, or whoever has scaled by hand, knows better."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.desired_count >= 0 && floor(var.desired_count) == var.desired_count
    error_message = "A whole number of 0 or more."
  }
}

variable "autoscaling" {
  description = "Between which numbers of tasks the service is held, so that a metric stays near its target; null: it is not. `metrics` are those of CloudWatch's metric math, one of which is returned; without them it is the load balancer's requests per task and minute."
  type = object({
    min                        = number
    max                        = number
    target                     = number
    scale_in_cooldown_seconds  = optional(number, 300)
    scale_out_cooldown_seconds = optional(number, 60)
    metrics = optional(list(object({
      id          = string
      label       = optional(string)
      expression  = optional(string)
      return_data = optional(bool, false)
      metric = optional(object({
        namespace  = string
        name       = string
        statistic  = string
        dimensions = map(string)
      }))
    })))
  })
  default = null

  validation {
    condition     = var.autoscaling == null || try(var.autoscaling.min >= 0 && var.autoscaling.min <= var.autoscaling.max, false)
    error_message = "The minimum is 0 or more, and no more than the maximum."
  }

  validation {
    condition     = var.autoscaling == null || try(var.autoscaling.target > 0, false)
    error_message = "The target is over 0."
  }

  validation {
    condition = try(var.autoscaling.metrics, null) == null || (
      length([for each in coalesce(try(var.autoscaling.metrics, []), []) : each if each.return_data]) == 1 &&
      alltrue([for each in coalesce(try(var.autoscaling.metrics, []), []) : (each.expression == null) != (each.metric == null)])
    )
    error_message = "Each of the metrics has an expression or names a metric, and exactly one is returned."
  }
}

variable "spot" {
  description = "How tasks are shared between Fargate and Fargate Spot: so many on Fargate first, the others by weight. AWS takes Spot tasks away with two minutes' notice, for about a third of the price."
  type = object({
    base           = optional(number, 1)
    fargate_weight = optional(number, 1)
    spot_weight    = optional(number, 0)
  })
  default  = {}
  nullable = false

  validation {
    condition = (
      var.spot.base >= 0 && var.spot.fargate_weight >= 0 && var.spot.spot_weight >= 0 &&
      var.spot.fargate_weight + var.spot.spot_weight >= 1
    )
    error_message = "No number is under 0, and one of the weights is 1 or more."
  }
}

variable "enable_alb" {
  description = "Whether an internal load balancer with a target group is put in front. Without it nothing reaches the tasks."
  type        = bool
  default     = false
  nullable    = false
}

variable "alb" {
  description = "The load balancer's side: the container's port, what it is asked to find out whether it is well, and the prefix list that alone may reach the balancer. Must be given if enable_alb is true."
  type = object({
    container_port               = number
    health_check_path            = string
    allowed_prefix_list_id       = string
    idle_timeout_seconds         = optional(number, 60)
    deregistration_delay_seconds = optional(number, 30)
    health_check_grace_seconds   = optional(number, 60)
    deletion_protection          = optional(bool, false)
  })
  default = null

  validation {
    condition     = !var.enable_alb || var.alb != null
    error_message = "enable_alb needs to know what is behind the load balancer: set alb."
  }

  validation {
    condition     = var.alb == null || try(var.alb.container_port >= 1024 && var.alb.container_port <= 65535, false)
    error_message = "The container's port is 1024 to 65535: others are for root alone."
  }

  validation {
    condition     = var.alb == null || try(startswith(var.alb.health_check_path, "/"), false)
    error_message = "The path begins with /."
  }
}

variable "log_retention_days" {
  description = "How long the log is kept."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "CloudWatch Logs takes 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days."
  }
}

variable "log_kms_key_arn" {
  description = "A key of your own for the log; null: one of AWS."
  type        = string
  default     = null

  validation {
    condition     = var.log_kms_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/", var.log_kms_key_arn))
    error_message = "A key is named by its ARN, arn:aws:kms:…:key/…."
  }
}

variable "force_new_deployment" {
  description = "Whether each apply replaces all tasks, also where nothing has changed: for images that are named by a tag that moves."
  type        = bool
  default     = false
  nullable    = false
}

variable "steady_within" {
  description = "How long an apply waits until the service is steady, before it fails."
  type        = string
  default     = "20m"
  nullable    = false

  validation {
    condition     = can(regex("^[1-9][0-9]*m$", var.steady_within))
    error_message = "Minutes, such as 20m."
  }
}
