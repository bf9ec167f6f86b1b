# How a request comes in: what is passed on, and what is kept.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }

  mock_data "aws_region" {
    defaults = { name = "eu-west-1" }
  }

  mock_data "aws_ecr_image" {
    defaults = { image_digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000" }
  }

  mock_data "aws_ec2_managed_prefix_list" {
    defaults = { id = "pl-1" }
  }

  mock_data "aws_s3_bucket" {
    defaults = { bucket = "old-logs", arn = "arn:aws:s3:::old-logs" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
}

override_data {
  target = data.terraform_remote_state.vpc
  values = {
    outputs = {
      vpc_id             = "vpc-1"
      private_subnet_ids = ["subnet-1", "subnet-2"]
    }
  }
}

run "what_the_client_sends_arrives_by_https_and_is_not_kept" {
  command = plan

  assert {
    condition = (
      aws_cloudfront_origin_request_policy.all_but_host.headers_config[0].header_behavior == "allExcept" &&
      join(",", aws_cloudfront_origin_request_policy.all_but_host.headers_config[0].headers[0].items) == "host"
    )
    error_message = "Authorization and Idempotency-Key pass, as everything but the Host."
  }

  assert {
    condition = (
      aws_cloudfront_origin_request_policy.all_but_host.cookies_config[0].cookie_behavior == "all" &&
      aws_cloudfront_origin_request_policy.all_but_host.query_strings_config[0].query_string_behavior == "all"
    )
    error_message = "So do cookies and parameters."
  }

  assert {
    condition     = contains(aws_cloudfront_distribution.api.default_cache_behavior[0].allowed_methods, "POST")
    error_message = "So does POST."
  }

  assert {
    condition     = aws_cloudfront_distribution.api.default_cache_behavior[0].cache_policy_id == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    error_message = "Caching is disabled."
  }

  assert {
    condition     = length(aws_cloudfront_distribution.api.custom_error_response) == 11 && alltrue([for each in aws_cloudfront_distribution.api.custom_error_response : each.error_caching_min_ttl == 0])
    error_message = "Nor are failures kept, for which the parameters would not matter."
  }

  assert {
    condition     = aws_cloudfront_distribution.api.default_cache_behavior[0].viewer_protocol_policy == "https-only"
    error_message = "Nobody sends a token in the clear twice."
  }

  assert {
    condition     = aws_cloudfront_response_headers_policy.security.security_headers_config[0].strict_transport_security[0].access_control_max_age_sec >= 31536000
    error_message = "Browsers are told."
  }

  assert {
    condition     = local.api_token_arn == "arn:aws:ssm:eu-west-1:123456789012:parameter/logtally/dev/api-token"
    error_message = "It is where nobody says otherwise."
  }

  assert {
    condition     = !contains(keys(local.settings), "LOGTALLY_API_TOKEN")
    error_message = "And never among what everybody may read."
  }
}

run "a_name_of_ones_own" {
  command = plan

  variables {
    domain_names    = ["logs.example.com"]
    certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/0f"
  }

  assert {
    condition     = aws_cloudfront_distribution.api.viewer_certificate[0].minimum_protocol_version == "TLSv1.2_2021"
    error_message = "With a certificate of one's own there is a minimum."
  }
}

run "a_name_without_a_certificate" {
  command = plan

  variables {
    domain_names = ["logs.example.com"]
  }

  expect_failures = [var.certificate_arn]
}

run "a_certificate_where_cloudfront_does_not_look" {
  command = plan

  variables {
    domain_names    = ["logs.example.com"]
    certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0f"
  }

  expect_failures = [var.certificate_arn]
}

run "a_token_instead_of_where_it_is" {
  command = plan

  variables {
    api_token_arn = "0123456789abcdef0123456789abcdef"
  }

  expect_failures = [var.api_token_arn]
}
