# How worker, API and what is before them are made, changed and taken away.

data "aws_iam_policy_document" "app" {
  for_each = local.environments

  statement {
    sid = "Ecs"
    actions = [
      "ecs:CreateCluster",
      "ecs:CreateService",
      "ecs:DeleteCluster",
      "ecs:DeleteService",
      "ecs:PutClusterCapacityProviders",
      "ecs:TagResource",
      "ecs:UntagResource",
      "ecs:UpdateCluster",
      "ecs:UpdateClusterSettings",
      "ecs:UpdateService",
    ]
    resources = concat([each.value.cluster], each.value.services, each.value.task_definitions)
  }

  statement {
    # Neither of them knows a resource: what is made has the tags of its environment.
    sid       = "MakeWithoutAName"
    actions   = ["cloudfront:CreateVpcOrigin", "ecs:RegisterTaskDefinition"]
    resources = ["*"]

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
    sid       = "MakeLoadBalancers"
    actions   = ["elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateTargetGroup"]
    resources = concat(each.value.load_balancers, each.value.target_groups)

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
    sid       = "TagWhatIsMade"
    actions   = ["elasticloadbalancing:AddTags"]
    resources = concat(each.value.load_balancers, each.value.listeners, each.value.target_groups)

    condition {
      test     = "StringEquals"
      variable = "elasticloadbalancing:CreateAction"
      values   = ["CreateListener", "CreateLoadBalancer", "CreateTargetGroup"]
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
    # Their names do not say the environment, their tags do.
    sid = "ChangeLoadBalancers"
    actions = [
      "elasticloadbalancing:AddTags",
      "elasticloadbalancing:CreateListener",
      "elasticloadbalancing:DeleteListener",
      "elasticloadbalancing:DeleteLoadBalancer",
      "elasticloadbalancing:DeleteTargetGroup",
      "elasticloadbalancing:ModifyListener",
      "elasticloadbalancing:ModifyListenerAttributes",
      "elasticloadbalancing:ModifyLoadBalancerAttributes",
      "elasticloadbalancing:ModifyTargetGroup",
      "elasticloadbalancing:ModifyTargetGroupAttributes",
      "elasticloadbalancing:RemoveTags",
      "elasticloadbalancing:SetIpAddressType",
      "elasticloadbalancing:SetSecurityGroups",
      "elasticloadbalancing:SetSubnets",
    ]
    resources = concat(each.value.load_balancers, each.value.listeners, each.value.target_groups)

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
    # A target has an id that nobody knows before. It is registered with its tags,
    sid       = "MakeScalable"
    actions   = ["application-autoscaling:RegisterScalableTarget", "application-autoscaling:TagResource"]
    resources = ["arn:${local.partition}:application-autoscaling:${local.here}:scalable-target/*"]

    # Not to take over what is another environment's.
    condition {
      test     = "StringEqualsIfExists"
      variable = "aws:ResourceTag/Environment"
      values   = each.value.tags.Environment
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
    # and known by them from then on.
    sid = "Scale"
    actions = [
      "application-autoscaling:DeleteScalingPolicy",
      "application-autoscaling:DeregisterScalableTarget",
      "application-autoscaling:PutScalingPolicy",
      "application-autoscaling:RegisterScalableTarget",
      "application-autoscaling:TagResource",
      "application-autoscaling:UntagResource",
    ]
    resources = ["arn:${local.partition}:application-autoscaling:${local.here}:scalable-target/*"]

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
    # The alarms that a policy of scaling brings along.
    sid       = "ScaleByAlarms"
    actions   = ["cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm"]
    resources = ["arn:${local.partition}:cloudwatch:${local.here}:alarm:TargetTracking-service/${each.value.prefix}/*"]
  }

  statement {
    # By ids, and without tags where they are made (a distribution) or at all (the policies). So others' policies in the
    # account's CloudFront are not kept apart from these; their distributions and origins are, by the tags below.
    sid = "CloudFront"
    actions = [
      "cloudfront:CreateDistribution",
      "cloudfront:CreateOriginRequestPolicy",
      "cloudfront:CreateResponseHeadersPolicy",
      "cloudfront:DeleteOriginRequestPolicy",
      "cloudfront:DeleteResponseHeadersPolicy",
      "cloudfront:UpdateOriginRequestPolicy",
      "cloudfront:UpdateResponseHeadersPolicy",
    ]
    resources = [
      for kind in ["distribution", "origin-request-policy", "response-headers-policy"] :
      "arn:${local.partition}:cloudfront:${local.anywhere}:${kind}/*"
    ]
  }

  statement {
    sid       = "TagCloudFront"
    actions   = ["cloudfront:TagResource"]
    resources = [for kind in ["distribution", "vpcorigin"] : "arn:${local.partition}:cloudfront:${local.anywhere}:${kind}/*"]

    # Not to take over what is another environment's.
    condition {
      test     = "StringEqualsIfExists"
      variable = "aws:ResourceTag/Environment"
      values   = each.value.tags.Environment
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
    sid = "ChangeCloudFront"
    actions = [
      "cloudfront:DeleteDistribution",
      "cloudfront:DeleteVpcOrigin",
      "cloudfront:TagResource",
      "cloudfront:UntagResource",
      "cloudfront:UpdateDistribution",
      "cloudfront:UpdateVpcOrigin",
    ]
    resources = [for kind in ["distribution", "vpcorigin"] : "arn:${local.partition}:cloudfront:${local.anywhere}:${kind}/*"]

    dynamic "condition" {
      for_each = each.value.tags

      content {
        test     = "StringEquals"
        variable = "aws:ResourceTag/${condition.key}"
        values   = condition.value
      }
    }
  }
}
