# Where, and what it is called.

variable "region" {
  description = "The AWS region of everything but CloudFront, which has none."
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
    # With the longest environment and a service's name behind it, it must still name a load balancer.
    condition     = can(regex("^[a-z][a-z0-9]{1,11}$", var.name))
    error_message = "A name is 2 to 12 of a-z and 0-9, a letter first."
  }
}

variable "environment" {
  description = "Which environment this is: the dimension Environment of all metrics, too."
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

variable "disposable" {
  description = "Whether the environment may be destroyed with what is in it: bucket, ledger and load balancer are not protected then."
  type        = bool
  default     = true
  nullable    = false
}

variable "vpc_state" {
  description = "Where the state of infra/vpc is, whose network is used."
  type = object({
    bucket = string
    key    = string
    region = string
  })
  default = {
    bucket = "logtally-terraform-state"
    key    = "vpc/dev.tfstate"
    region = "eu-west-1"
  }
  nullable = false
}

variable "kms_key_arn" {
  description = "A key of your own for the bucket, the queues, the topics and the logs; null: keys of AWS. What its policy must permit stands in infra/README.md."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/", var.kms_key_arn))
    error_message = "A key is named by its ARN, arn:aws:kms:…:key/…."
  }
}

# What runs.

variable "ecr_repository" {
  description = "The repository of the image: `repository_name` of infra/ecr."
  type        = string
  default     = "logtally"
  nullable    = false
}

variable "ecr_registry_id" {
  description = "The account of the repository; null: this one."
  type        = string
  default     = null

  validation {
    condition     = var.ecr_registry_id == null || can(regex("^[0-9]{12}$", var.ecr_registry_id))
    error_message = "An account has twelve digits."
  }
}

variable "ecr_tag" {
  description = "Which image runs: latest-<environment>, or commit-<sha> to go back to that one. It is not bound to `environment`, so that several can share an image. It is resolved to its digest when it is planned."
  type        = string
  default     = "latest-dev"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$", var.ecr_tag))
    error_message = "A tag is 1 to 128 of A-Z a-z 0-9 _ . -, neither . nor - first."
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

variable "worker" {
  description = "The size of a worker (CPU in 1024ths of a core, memory in MiB), how many there are at least and at most, and how many of each four beyond the first are on Spot. Above 32 a deployment takes longer: there are twice as many meanwhile, and new ones wait for the slots of old ones."
  type = object({
    cpu         = optional(number, 512)
    memory      = optional(number, 1024)
    min         = optional(number, 1)
    max         = optional(number, 4)
    spot_weight = optional(number, 0)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.worker.min >= 1
    error_message = "At least one worker runs at all times: somebody must settle what is in doubt."
  }

  validation {
    # core/limits.py, SLOTS_MAX: who finds no free slot of the ledger waits.
    condition     = var.worker.max <= 64 && var.worker.min <= var.worker.max
    error_message = "There are 64 slots in the ledger, and so 64 workers at most; and no fewer than the minimum."
  }

  validation {
    condition     = var.worker.spot_weight >= 0 && var.worker.spot_weight <= 3
    error_message = "Of each four tasks 0 to 3 are on Spot."
  }
}

variable "backlog_per_task" {
  description = "How many messages may wait for each worker: the longest wait that is accepted, times the files that a worker counts in that time. 600 are a minute of 10 small files a second."
  type        = number
  default     = 600
  nullable    = false

  validation {
    condition     = var.backlog_per_task >= 1
    error_message = "One message or more."
  }
}

variable "api" {
  description = "The size of a task of the API (CPU in 1024ths of a core, memory in MiB), how many there are at least and at most, and how many large files each reads at once."
  type = object({
    cpu      = optional(number, 512)
    memory   = optional(number, 1024)
    min      = optional(number, 1)
    max      = optional(number, 4)
    analyses = optional(number, 2)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.api.min >= 1 && var.api.min <= var.api.max
    error_message = "At least one task, and no fewer at most than at least."
  }

  validation {
    condition     = var.api.analyses >= 1 && var.api.analyses <= 32
    error_message = "LOGTALLY_API_ANALYSES takes 1 to 32."
  }
}

variable "requests_per_task" {
  description = "How many requests a minute a task of the API is expected to answer before there are more tasks. With two cores a task reads about 12 files of 10 MB a second, or answers a hundred from the ledger."
  type        = number
  default     = 600
  nullable    = false

  validation {
    condition     = var.requests_per_task >= 1
    error_message = "One request or more."
  }
}

# The bucket.

variable "existing_log_bucket" {
  description = "A bucket that is there already and is to be watched; null: one is made. Of it only the notification is changed, if manage_bucket_notification says so."
  type        = string
  default     = null

  validation {
    condition     = var.existing_log_bucket == null || can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.existing_log_bucket))
    error_message = "A bucket's name is 3 to 63 of a-z, 0-9, . and -."
  }
}

variable "existing_log_bucket_kms_key_arn" {
  description = "The key of your own that the existing bucket is encrypted with, if it is."
  type        = string
  default     = null

  validation {
    condition     = var.existing_log_bucket_kms_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/", var.existing_log_bucket_kms_key_arn))
    error_message = "A key is named by its ARN, arn:aws:kms:…:key/…."
  }

  validation {
    condition     = var.existing_log_bucket_kms_key_arn == null || var.existing_log_bucket != null
    error_message = "This is the key of an existing bucket: set existing_log_bucket, too, or kms_key_arn for the one that is made."
  }
}

variable "manage_bucket_notification" {
  description = "Whether the bucket's notifications are set here. That replaces all that it has: if others are there, say false, and add those of the output `notification` to them."
  type        = bool
  default     = true
  nullable    = false

  validation {
    condition     = var.manage_bucket_notification || var.existing_log_bucket != null
    error_message = "A bucket that is made here has no other notifications, and would announce nothing."
  }
}

variable "log_bucket_name" {
  description = "The name of the bucket that is made; null: <name>-<environment>-logs-<account>."
  type        = string
  default     = null

  validation {
    condition     = var.log_bucket_name == null || can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.log_bucket_name))
    error_message = "A bucket's name is 3 to 63 of a-z, 0-9, . and -."
  }
}

variable "log_expiration_days" {
  description = "After how many days files are deleted from the bucket that is made; null: never."
  type        = number
  default     = null

  validation {
    # A file must not go before the worker has come to it, whatever has kept it from it.
    condition     = var.log_expiration_days == null || try(var.log_expiration_days >= 15 && floor(var.log_expiration_days) == var.log_expiration_days, false)
    error_message = "A whole number of 15 or more: dead letters are kept for 14 days, and what they announce should be there."
  }
}

variable "log_versions_days" {
  description = "For how many days a version is kept that was overwritten. Its event may still be in the queue, and reads that very version."
  type        = number
  default     = 15
  nullable    = false

  validation {
    condition     = var.log_versions_days >= 15 && floor(var.log_versions_days) == var.log_versions_days
    error_message = "A whole number of 15 or more: dead letters are kept for 14 days, and what they announce should be there."
  }
}

variable "notification_prefixes" {
  description = "How keys must begin to be announced. None: anyhow. What rules ignore is better not announced."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition = alltrue(flatten([
      for i, a in var.notification_prefixes : [for j, b in var.notification_prefixes : i == j || !startswith(a, b)]
    ]))
    error_message = "S3 refuses two prefixes of which one begins with the other: each object may be announced once."
  }
}

variable "notification_suffixes" {
  description = "How keys must end to be announced. None: anyhow."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition = alltrue(flatten([
      for i, a in var.notification_suffixes : [for j, b in var.notification_suffixes : i == j || !endswith(a, b)]
    ]))
    error_message = "S3 refuses two suffixes of which one ends with the other: each object may be announced once."
  }
}

# What is counted, and when it rings.

variable "threshold" {
  description = "Errors from which on a file rings, unless its rule says otherwise: LOGTALLY_THRESHOLD."
  type        = number
  default     = 10
  nullable    = false

  validation {
    condition     = var.threshold >= 1 && floor(var.threshold) == var.threshold
    error_message = "A whole number of 1 or more."
  }
}

variable "levels" {
  description = "The levels that are errors, letter by letter: LOGTALLY_LEVELS."
  type        = list(string)
  default     = ["ERROR"]
  nullable    = false

  validation {
    condition     = length(var.levels) > 0 && alltrue([for level in var.levels : trimspace(level) != "" && !strcontains(level, ",")])
    error_message = "There is at least one level, and none has a comma in it."
  }
}

variable "rules" {
  description = "How some objects are read, and when they ring: the list of LOGTALLY_RULES, as docs/settings.md says. The first that matches wins, the last takes what is left; the canary's rule is put before them."
  type = list(object({
    name           = string
    bucket         = optional(string)
    prefix         = optional(string)
    suffix         = optional(string)
    ignore         = optional(bool)
    preset         = optional(string)
    threshold      = optional(number)
    levels         = optional(list(string))
    time_field     = optional(string)
    service_field  = optional(string)
    level_field    = optional(string)
    zone           = optional(string)
    topic_arn      = optional(string)
    missing_object = optional(string)
    grown          = optional(string)
  }))
  default  = []
  nullable = false

  validation {
    condition     = length(distinct([for rule in var.rules : rule.name])) == length(var.rules) && !contains([for rule in var.rules : rule.name], "logtally-canary")
    error_message = "Each rule has a name of its own, and logtally-canary is taken."
  }

  validation {
    condition = alltrue([
      for rule in var.rules :
      rule.preset == null || try(contains(["structlog", "python-json-logger", "pino", "zap", "logback", "ecs"], rule.preset), false)
    ])
    error_message = "A preset is structlog, python-json-logger, pino, zap, logback or ecs."
  }

  validation {
    condition     = alltrue([for rule in var.rules : rule.topic_arn == null || can(regex("^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:", rule.topic_arn))])
    error_message = "A rule's topic is named by its ARN, arn:aws:sns:…."
  }

  validation {
    condition     = alltrue([for rule in var.rules : rule.threshold == null || try(rule.threshold >= 1 && floor(rule.threshold) == rule.threshold, false)])
    error_message = "A threshold is a whole number of 1 or more."
  }
}

variable "missing_object" {
  description = "What an object that was deleted before it was read leads to: LOGTALLY_MISSING."
  type        = string
  default     = "end"
  nullable    = false

  validation {
    condition     = contains(["end", "dlq", "retry"], var.missing_object)
    error_message = "end, dlq or retry."
  }
}

variable "ledger_retention_days" {
  description = "How long the ledger remembers an object: LOGTALLY_RETENTION_DAYS."
  type        = number
  default     = 400
  nullable    = false

  validation {
    condition     = var.ledger_retention_days >= 15 && var.ledger_retention_days <= 3650 && floor(var.ledger_retention_days) == var.ledger_retention_days
    error_message = "A whole number from 15 to 3650: what is younger could still be sent to CloudWatch again."
  }
}

variable "linger_seconds" {
  description = "How long a report waits for others to share a push: LOGTALLY_LINGER_S."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.linger_seconds >= 0 && var.linger_seconds <= 60
    error_message = "From 0 to 60 seconds."
  }
}

# Times of the queue and of the worker. How they must fit together is checked in queue.tf.

variable "visibility_timeout_seconds" {
  description = "How long a received message stays hidden unless the worker extends it: the queue's, and LOGTALLY_VISIBILITY_TIMEOUT_S."
  type        = number
  default     = 300
  nullable    = false

  validation {
    condition     = var.visibility_timeout_seconds >= 15 && var.visibility_timeout_seconds <= 43200 && floor(var.visibility_timeout_seconds) == var.visibility_timeout_seconds
    error_message = "A whole number from 15 to 43200 seconds."
  }
}

variable "stop_timeout_seconds" {
  description = "How long ECS waits before it kills: stopTimeout of the task, and LOGTALLY_STOP_TIMEOUT_S."
  type        = number
  default     = 120
  nullable    = false

  validation {
    condition     = var.stop_timeout_seconds >= 10 && var.stop_timeout_seconds <= 120
    error_message = "From 10 seconds to the 120 that Fargate allows."
  }
}

variable "drain_timeout_seconds" {
  description = "How long a stopping worker finishes what it has in hand: LOGTALLY_DRAIN_TIMEOUT_S."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = var.drain_timeout_seconds > 0
    error_message = "Over 0 seconds."
  }
}

variable "max_receive_count" {
  description = "How often a message is received before it is a dead letter. Ten receives take about 25 minutes, which is time to find a permission that somebody forgot; each deployment that gives messages back costs them one."
  type        = number
  default     = 10
  nullable    = false

  validation {
    condition     = var.max_receive_count >= 5 && var.max_receive_count <= 1000 && floor(var.max_receive_count) == var.max_receive_count
    error_message = "A whole number from 5 to 1000: fewer receives are over in little more than a minute."
  }
}

variable "message_retention_seconds" {
  description = "How long a message waits for a worker before SQS drops it."
  type        = number
  default     = 345600
  nullable    = false

  validation {
    condition     = var.message_retention_seconds >= 60 && var.message_retention_seconds <= 1209600
    error_message = "SQS keeps messages for 60 to 1209600 seconds."
  }
}

variable "dead_message_retention_seconds" {
  description = "How long a dead letter is kept, from when its message was first sent."
  type        = number
  default     = 1209600
  nullable    = false

  validation {
    condition     = var.dead_message_retention_seconds >= 60 && var.dead_message_retention_seconds <= 1209600
    error_message = "SQS keeps messages for 60 to 1209600 seconds."
  }
}

# Who may ask, and by which address.

variable "api_token_arn" {
  description = "Where the API's tokens are, several with commas between them: the ARN of an SSM parameter or of a secret. Null: the parameter /<name>/<environment>/api-token of this account."
  type        = string
  default     = null

  validation {
    condition     = var.api_token_arn == null || can(regex("^arn:aws[a-z-]*:(secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:|ssm:[a-z0-9-]+:[0-9]{12}:parameter/)", var.api_token_arn))
    error_message = "The ARN of an SSM parameter or of a secret in Secrets Manager; never the token itself."
  }
}

variable "api_token_kms_key_arn" {
  description = "The key of your own that the tokens are encrypted with; null: AWS's for SSM or Secrets Manager."
  type        = string
  default     = null

  validation {
    condition     = var.api_token_kms_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/", var.api_token_kms_key_arn))
    error_message = "A key is named by its ARN, arn:aws:kms:…:key/…."
  }
}

variable "api_extra_buckets" {
  description = "Buckets that the API may be asked about, besides the one that is watched."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for name in var.api_extra_buckets : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", name))])
    error_message = "A bucket's name is 3 to 63 of a-z, 0-9, . and -."
  }
}

variable "domain_names" {
  description = "Names of your own for the API, besides CloudFront's. Their DNS is yours to set."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "certificate_arn" {
  description = "The certificate for domain_names, in us-east-1, where CloudFront looks for it."
  type        = string
  default     = null

  validation {
    condition     = var.certificate_arn == null || can(regex("^arn:aws[a-z-]*:acm:us-east-1:[0-9]{12}:certificate/", var.certificate_arn))
    error_message = "The ARN of a certificate of ACM in us-east-1."
  }

  validation {
    condition     = (var.certificate_arn == null) == (length(var.domain_names) == 0)
    error_message = "domain_names need a certificate, and a certificate needs domain_names."
  }
}

variable "web_acl_arn" {
  description = "A web ACL of WAF for CloudFront, if the token is not enough."
  type        = string
  default     = null

  validation {
    condition     = var.web_acl_arn == null || can(regex("^arn:aws[a-z-]*:wafv2:us-east-1:[0-9]{12}:global/webacl/", var.web_acl_arn))
    error_message = "The ARN of a web ACL of scope CLOUDFRONT, which is in us-east-1."
  }
}

variable "price_class" {
  description = "From which of its places CloudFront answers."
  type        = string
  default     = "PriceClass_100"
  nullable    = false

  validation {
    condition     = contains(["PriceClass_100", "PriceClass_200", "PriceClass_All"], var.price_class)
    error_message = "PriceClass_100, PriceClass_200 or PriceClass_All."
  }
}

# Who is told.

variable "alert_emails" {
  description = "Who gets a mail when a file rings. Each address must confirm its subscription."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for each in var.alert_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", each))])
    error_message = "Each is an address of mail."
  }
}

variable "operations_emails" {
  description = "Who gets a mail when logtally itself is not well: alarms, and what ECS says of its tasks."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for each in var.operations_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", each))])
    error_message = "Each is an address of mail."
  }
}

variable "alarm_at" {
  description = "From where on alarms ring: how long a message waits, how long a push is in doubt (both in seconds), and how many failures of the API in five minutes."
  type = object({
    message_age_seconds  = optional(number, 900)
    in_doubt_seconds     = optional(number, 3600)
    api_failures_in_5min = optional(number, 5)
  })
  default  = {}
  nullable = false

  validation {
    # 31 minutes of fence and hold, and as long again for a probe to become readable.
    condition     = var.alarm_at.in_doubt_seconds >= 2700
    error_message = "A push that was lost takes about 35 minutes to be settled, and nothing is wrong: 2700 seconds or more."
  }

  validation {
    condition     = var.alarm_at.message_age_seconds >= 60 && var.alarm_at.api_failures_in_5min >= 1
    error_message = "A message waits for 60 seconds or more, and at least one request fails."
  }
}

variable "log_retention_days" {
  description = "How long the logs of worker and API are kept."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "CloudWatch Logs takes 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days."
  }
}

variable "budget" {
  description = "What the environment may cost a month, in US dollars, and who is told at 80 % of it and when more is to be expected; null: nobody is. It needs Deployment as a cost allocation tag."
  type = object({
    monthly_usd = number
    emails      = set(string)
  })
  default = null

  validation {
    condition     = var.budget == null || try(var.budget.monthly_usd > 0 && length(var.budget.emails) > 0, false)
    error_message = "A budget is over 0, and somebody is told."
  }
}

variable "deploy_role_arn" {
  description = "The role that deploys: it may receive the alert of the canary, by which it finds out whether all of this works. Null: nobody else may."
  type        = string
  default     = null

  validation {
    condition     = var.deploy_role_arn == null || can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/", var.deploy_role_arn))
    error_message = "The ARN of a role, arn:aws:iam::…:role/…."
  }
}

variable "permissions_boundary_arn" {
  description = "What the roles of the tasks may at most: a policy's ARN, as infra/github has one for whoever deploys with its roles. Null: what their own policies say."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:policy/", var.permissions_boundary_arn))
    error_message = "The ARN of a policy, arn:aws:iam::…:policy/…."
  }
}
