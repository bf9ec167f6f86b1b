variable "region" {
  description = "The AWS region of the repository."
  type        = string
  default     = "eu-west-1"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "A region is named like eu-west-1."
  }
}

variable "name" {
  description = "The repository's name. One serves all environments: what was tested is what is deployed."
  type        = string
  default     = "logtally"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]+([._/-][a-z0-9]+)*$", var.name)) && length(var.name) >= 2 && length(var.name) <= 256
    error_message = "A repository's name is 2 to 256 of a-z and 0-9, with single . _ - or / between them."
  }
}

variable "tags" {
  description = "Tags of everything, besides Application, ManagedBy and Stack."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "environments" {
  description = "The environments that have a moving tag, latest-<environment>. What one of them points to is never cleaned up."
  type        = set(string)
  default     = ["dev", "staging", "prod"]
  nullable    = false

  validation {
    condition     = length(var.environments) > 0 && alltrue([for name in var.environments : can(regex("^[a-z][a-z0-9]{0,11}$", name))])
    error_message = "An environment is 1 to 12 of a-z and 0-9, a letter first; there is at least one."
  }
}

variable "kept_images" {
  description = "How many commits can still be rolled back to."
  type        = number
  default     = 50
  nullable    = false

  validation {
    condition     = var.kept_images >= 5 && var.kept_images <= 1000 && floor(var.kept_images) == var.kept_images
    error_message = "Between 5 and 1000 images are kept."
  }
}

variable "kept_untagged_days" {
  description = "How long an image without a tag is kept: a build that was pushed again, or half of one."
  type        = number
  default     = 7
  nullable    = false

  validation {
    condition     = var.kept_untagged_days >= 1 && var.kept_untagged_days <= 365 && floor(var.kept_untagged_days) == var.kept_untagged_days
    error_message = "Untagged images are kept for 1 to 365 days."
  }
}

variable "kms_key_arn" {
  description = "A key of your own for the images; null: AES-256 by a key of AWS. It can't be changed afterwards."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/", var.kms_key_arn))
    error_message = "A key is named by its ARN, arn:aws:kms:…:key/…."
  }
}

variable "pulling_account_ids" {
  description = "Other accounts whose tasks may pull from here, for environments that have an account of their own."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for id in var.pulling_account_ids : can(regex("^[0-9]{12}$", id))])
    error_message = "An account has twelve digits."
  }
}
