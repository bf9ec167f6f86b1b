# What was counted, and what is to be pushed. Who loses it loses what is outstanding, and counts everything again that is
# announced again: hence the backups and the protection.
resource "aws_dynamodb_table" "ledger" {
  # checkov:skip=CKV_AWS_119: Encrypted with a key of AWS. It holds counts, names of services and keys of objects, and no line of a log.
  name                        = "${local.prefix}-ledger"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "pk"
  range_key                   = "sk"
  deletion_protection_enabled = !var.disposable

  attribute {
    name = "pk"
    type = "S"
  }

  attribute {
    name = "sk"
    type = "S"
  }

  attribute {
    name = "day"
    type = "S"
  }

  attribute {
    name = "at"
    type = "S"
  }

  # For `logtally ledger list` and the page.
  global_secondary_index {
    name            = "recent"
    hash_key        = "day"
    range_key       = "at"
    projection_type = "ALL"
  }

  ttl {
    enabled        = true
    attribute_name = "expires_at"
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled = false # by AWS's own key, that is: it can't be off
  }
}
