# Pull requests: what would be deployed, to each environment, is planned with this role, without a lock (-lock=false).

resource "aws_iam_role" "plan" {
  name               = "${var.name}-plan"
  description        = "Plans what a pull request to ${var.repository} would change."
  assume_role_policy = data.aws_iam_policy_document.trust["plan"].minified_json
}

resource "aws_iam_role_policy_attachment" "plan" {
  for_each = local.environments

  role       = aws_iam_role.plan.name
  policy_arn = aws_iam_policy.deploy["${each.key}-read"].arn
}

resource "aws_iam_role_policy_attachment" "plan_lists" {
  role       = aws_iam_role.plan.name
  policy_arn = aws_iam_policy.lists.arn
}
