# The branches that are deployed build the image: it is pushed once, and given its tags, in the one repository.

data "aws_iam_policy_document" "image" {
  statement {
    # It logs in to the registry. What may be pushed is said below.
    sid       = "Registry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    # A tag is put with PutImage, too.
    sid = "Image"
    actions = [
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:CompleteLayerUpload",
      "ecr:DescribeImages",
      "ecr:GetDownloadUrlForLayer",
      "ecr:InitiateLayerUpload",
      "ecr:PutImage",
      "ecr:UploadLayerPart",
    ]
    resources = [local.image_arn]
  }
}

resource "aws_iam_role" "image" {
  name               = "${var.name}-image"
  description        = "Pushes the image, from ${var.repository}."
  assume_role_policy = data.aws_iam_policy_document.trust["image"].minified_json
}

resource "aws_iam_policy" "image" {
  name        = "${var.name}-image"
  description = "Of who pushes the image."
  policy      = data.aws_iam_policy_document.image.minified_json
}

resource "aws_iam_role_policy_attachment" "image" {
  role       = aws_iam_role.image.name
  policy_arn = aws_iam_policy.image.arn
}
