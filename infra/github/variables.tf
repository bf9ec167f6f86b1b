# Who.

variable "repository" {
  description = "Whose workflows get the roles: owner/name, as GitHub spells it."
  type        = string
  nullable    = false

  validation {
    # No * and no ?: what is trusted is compared letter by letter, and should read so.
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}$", var.repository))
    error_message = "A repository is named owner/name, without a star."
  }
}

variable "repository_ids" {
  description = "The numbers of owner and repository, which GitHub puts behind their names in the tokens of a repository that was made, renamed or moved after 15 July 2026, or has asked for it: `gh api repos/OWNER/NAME --jq '{owner: .owner.id, repository: .id}'`. Null: it is an older one, and its tokens have the names alone."
  type = object({
    owner      = number
    repository = number
  })
  default = null

  validation {
    condition     = var.repository_ids == null || try(alltrue([for id in values(var.repository_ids) : id > 0 && floor(id) == id]), false)
    error_message = "Both are whole numbers over 0."
  }
}

variable "branches" {
  description = "The branches whose workflows push images."
  type        = set(string)
  default     = ["develop", "staging", "main"]
  nullable    = false

  validation {
    condition     = length(var.branches) > 0 && alltrue([for name in var.branches : can(regex("^[A-Za-z0-9][A-Za-z0-9._/-]*$", name))])
    error_message = "A branch is named by letters, digits, . _ - and /, without a star; there is at least one."
  }
}

variable "oidc_provider_arn" {
  description = "The account's provider for token.actions.githubusercontent.com, if it has one: there can be no second. Null: it is made here."
  type        = string
  default     = null

  validation {
    condition     = var.oidc_provider_arn == null || can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/token\\.actions\\.githubusercontent\\.com$", var.oidc_provider_arn))
    error_message = "The ARN of GitHub's provider, arn:aws:iam::…:oidc-provider/token.actions.githubusercontent.com."
  }
}

# What.

variable "region" {
  description = "The AWS region of everything that is deployed, but for CloudFront and IAM, which have none."
  type        = string
  default     = "eu-west-1"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "A region is named like eu-west-1."
  }
}

variable "name" {
  description = "What all names begin with, before the environment: `name` of infra/vpc and infra/app."
  type        = string
  default     = "logtally"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,11}$", var.name))
    error_message = "A name is 2 to 12 of a-z and 0-9, a letter first."
  }
}

variable "tags" {
  description = "Tags of everything, besides Application, ManagedBy and Stack."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "state_bucket" {
  description = "The bucket of Terraform's states. Their keys are vpc/<environment>.tfstate and app/<environment>.tfstate."
  type        = string
  default     = "logtally-terraform-state"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.state_bucket))
    error_message = "A bucket's name is 3 to 63 of a-z, 0-9, . and -."
  }
}

variable "ecr_repository" {
  description = "The repository of the image: `repository_name` of infra/ecr."
  type        = string
  default     = "logtally"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]+([._/-][a-z0-9]+)*$", var.ecr_repository))
    error_message = "A repository's name is of a-z and 0-9, with single . _ - or / between them."
  }
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

variable "environments" {
  description = "The environments of infra/vpc and infra/app, which are GitHub's environments, too; and what infra/app is told there: whether it may be destroyed with what is in it, whose network it uses if not its own, and buckets, topics, tokens and keys that it does not name itself."
  type = map(object({
    disposable          = optional(bool, false)
    network             = optional(string)
    log_bucket_name     = optional(string)
    existing_log_bucket = optional(string)
    api_extra_buckets   = optional(set(string), [])
    rule_topic_arns     = optional(set(string), [])
    api_token_arn       = optional(string)
    kms_key_arns        = optional(set(string), [])
  }))
  default = {
    dev     = { disposable = true }
    staging = {}
    prod    = {}
  }
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.environments) : can(regex("^[a-z][a-z0-9]{0,11}$", name))])
    error_message = "An environment is 1 to 12 of a-z and 0-9, a letter first."
  }

  validation {
    # Who plans has one policy of each, and one of the account: IAM attaches ten to a role.
    condition     = length(var.environments) >= 1 && length(var.environments) <= 9
    error_message = "There are one to nine environments."
  }

  validation {
    condition     = alltrue([for each in values(var.environments) : each.log_bucket_name == null || each.existing_log_bucket == null])
    error_message = "The bucket is one of its own, or one that is there, as in infra/app."
  }

  validation {
    condition = alltrue(flatten([
      for each in values(var.environments) : [
        for name in concat(tolist(each.api_extra_buckets), compact([each.log_bucket_name, each.existing_log_bucket])) :
        can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", name))
      ]
    ]))
    error_message = "A bucket's name is 3 to 63 of a-z, 0-9, . and -, without a star."
  }

  validation {
    condition = alltrue(flatten([
      for each in values(var.environments) : [
        for arn in concat(tolist(each.rule_topic_arns), tolist(each.kms_key_arns), compact([each.api_token_arn])) :
        can(regex("^arn:aws[a-z-]*:(sns|kms|ssm|secretsmanager):[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9/:_.+=@-]+$", arn))
      ]
    ]))
    error_message = "Topics, keys and tokens are named by their ARNs, without a star."
  }
}
