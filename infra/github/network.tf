# How a network is made, changed and taken away, and the security groups of what is in it.
#
# EC2 knows what is here by ids that it gives itself. So a thing is made only with the tags of its environment, and only
# what has these is changed. What Terraform makes has them from the beginning, by the provider's default tags.

locals {
  ec2 = "arn:${local.partition}:ec2:${local.here}"

  network_things = [
    for kind in ["elastic-ip", "internet-gateway", "natgateway", "route-table", "security-group", "security-group-rule", "subnet", "vpc", "vpc-endpoint", "vpc-flow-log"] :
    "${local.ec2}:${kind}/*"
  ]

  # What makes a thing, which is tagged at the same time, and the thing. Those that are made in another thing stand apart
  # from it: or what may make a rule of its own group would reach anybody's.
  network_makes = [
    {
      actions = ["AllocateAddress", "CreateInternetGateway", "CreateVpc"]
      kinds   = ["elastic-ip", "internet-gateway", "vpc"]
    },
    {
      actions = ["CreateRouteTable", "CreateSecurityGroup", "CreateSubnet"]
      kinds   = ["route-table", "security-group", "subnet"]
    },
    {
      actions = ["AuthorizeSecurityGroupEgress", "AuthorizeSecurityGroupIngress", "CreateFlowLogs", "CreateNatGateway", "CreateVpcEndpoint"]
      kinds   = ["natgateway", "security-group-rule", "vpc-endpoint", "vpc-flow-log"]
    },
  ]
}

data "aws_iam_policy_document" "network" {
  for_each = local.environments

  # Of each call the thing that it makes. What that is made in is among those that are changed, below.
  dynamic "statement" {
    for_each = local.network_makes

    content {
      sid       = "Make${statement.key}"
      actions   = [for name in statement.value.actions : "ec2:${name}"]
      resources = [for kind in statement.value.kinds : "${local.ec2}:${kind}/*"]

      dynamic "condition" {
        for_each = each.value.tags

        content {
          test     = "StringEquals"
          variable = "aws:RequestTag/${condition.key}"
          values   = condition.value
        }
      }
    }
  }

  statement {
    sid       = "TagWhatIsMade"
    actions   = ["ec2:CreateTags"]
    resources = local.network_things

    condition {
      test     = "StringEquals"
      variable = "ec2:CreateAction"
      values   = flatten(local.network_makes[*].actions)
    }

    dynamic "condition" {
      for_each = each.value.tags

      content {
        test     = "StringEquals"
        variable = "aws:RequestTag/${condition.key}"
        values   = condition.value
      }
    }
  }

  statement {
    sid = "Change"
    actions = [
      "ec2:AssociateRouteTable",
      "ec2:AttachInternetGateway",
      "ec2:AuthorizeSecurityGroupEgress",
      "ec2:AuthorizeSecurityGroupIngress",
      "ec2:CreateFlowLogs",
      "ec2:CreateNatGateway",
      "ec2:CreateRoute",
      "ec2:CreateRouteTable",
      "ec2:CreateSubnet",
      "ec2:CreateTags",
      "ec2:CreateVpcEndpoint",
      "ec2:DeleteFlowLogs",
      "ec2:DeleteInternetGateway",
      "ec2:DeleteNatGateway",
      "ec2:DeleteRoute",
      "ec2:DeleteRouteTable",
      "ec2:DeleteSecurityGroup",
      "ec2:DeleteSubnet",
      "ec2:DeleteTags",
      "ec2:DeleteVpc",
      "ec2:DeleteVpcEndpoints",
      "ec2:DetachInternetGateway",
      "ec2:DisassociateRouteTable",
      "ec2:ModifySecurityGroupRules",
      "ec2:ModifySubnetAttribute",
      "ec2:ModifyVpcAttribute",
      "ec2:ModifyVpcEndpoint",
      "ec2:ReleaseAddress",
      "ec2:ReplaceRoute",
      "ec2:ReplaceRouteTableAssociation",
      "ec2:RevokeSecurityGroupEgress",
      "ec2:RevokeSecurityGroupIngress",
    ]
    resources = local.network_things

    dynamic "condition" {
      for_each = each.value.tags

      content {
        test     = "StringEquals"
        variable = "aws:ResourceTag/${condition.key}"
        values   = condition.value
      }
    }
  }

  statement {
    # A group is made in a network, which may be another environment's.
    sid       = "MakeInside"
    actions   = ["ec2:CreateSecurityGroup"]
    resources = ["${local.ec2}:vpc/*"]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/Environment"
      values   = each.value.networks
    }

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/Application"
      values   = [var.name]
    }
  }

  statement {
    # AWS makes a network's default group without tags, and infra/vpc takes it over by giving it some: after that it is
    # one of those above. A group that has an environment is never taken over.
    sid       = "TakeOverTheDefaultGroup"
    actions   = ["ec2:CreateTags"]
    resources = ["${local.ec2}:security-group/*"]

    condition {
      test     = "Null"
      variable = "aws:ResourceTag/Environment"
      values   = ["true"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/Name"
      values   = ["${each.value.prefix}-closed"]
    }

    dynamic "condition" {
      for_each = each.value.tags

      content {
        test     = "StringEquals"
        variable = "aws:RequestTag/${condition.key}"
        values   = condition.value
      }
    }
  }

  statement {
    # An address is let go when its gateway is gone already, and nothing has a tag then that could be looked at. One that
    # a gateway still uses AWS itself does not let go.
    sid       = "LetGoOfAddresses"
    actions   = ["ec2:DisassociateAddress"]
    resources = ["${local.ec2}:elastic-ip/*", "${local.ec2}:network-interface/*"]
  }

  statement {
    # Of a rule that lets in AWS's own addresses.
    sid       = "RulesByList"
    actions   = ["ec2:ModifySecurityGroupRules"]
    resources = ["arn:${local.partition}:ec2:${var.region}:aws:prefix-list/*"]
  }

  statement {
    # For the names of interface endpoints: the zone is one that AWS makes for the endpoint and shows nobody.
    sid       = "NamesOfEndpoints"
    actions   = ["route53:AssociateVPCWithHostedZone"]
    resources = ["arn:${local.partition}:route53:::hostedzone/*"]
  }
}
