# Clients reach CloudFront, CloudFront the internal load balancer through a VPC origin, and nothing else does.

locals {
  # AWS's own policy, which has the same id everywhere: nothing is kept (Managed-CachingDisabled).
  caching_disabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"

  # All that CloudFront can keep although caching is disabled: failures, for ten seconds unless told otherwise, whatever
  # was asked behind the path.
  kept_failures = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504]
}

resource "aws_cloudfront_vpc_origin" "api" {
  vpc_origin_endpoint_config {
    name                   = "${local.prefix}-api"
    arn                    = module.api.alb.arn
    http_port              = 80
    https_port             = 443
    origin_protocol_policy = "http-only" # see the listener in modules/ecs_service

    origin_ssl_protocols {
      items    = ["TLSv1.2"]
      quantity = 1
    }
  }

  lifecycle {
    # CloudFront deletes none that a distribution uses.
    create_before_destroy = true
  }
}

# What the client sends, the API gets: the token in Authorization, Idempotency-Key, cookies, parameters. Not the Host:
# that is the load balancer's. (The same as Managed-AllViewerExceptHostHeader, but to be seen in the plan.)
resource "aws_cloudfront_origin_request_policy" "all_but_host" {
  name    = "${local.prefix}-all-but-host"
  comment = "Everything that the client sends, but the Host"

  headers_config {
    header_behavior = "allExcept"

    headers {
      items = ["host"]
    }
  }

  cookies_config {
    cookie_behavior = "all"
  }

  query_strings_config {
    query_string_behavior = "all"
  }
}

resource "aws_cloudfront_response_headers_policy" "security" {
  # checkov:skip=CKV_AWS_259: All but `preload`, which is for whoever owns a domain to promise for all of it.
  name    = "${local.prefix}-security"
  comment = "The API sets its own, where it answers; this is for what CloudFront answers itself, and for HTTPS"

  security_headers_config {
    # The API does not see that the client came by HTTPS, as the last part of the way is HTTP.
    strict_transport_security {
      access_control_max_age_sec = 31536000
      include_subdomains         = true
      preload                    = false
      override                   = true
    }

    content_type_options {
      override = true
    }

    frame_options {
      frame_option = "DENY"
      override     = true
    }

    # What the page needs, the API says better.
    content_security_policy {
      content_security_policy = "default-src 'none'; frame-ancestors 'none'"
      override                = false
    }

    referrer_policy {
      referrer_policy = "no-referrer"
      override        = false
    }
  }
}

resource "aws_cloudfront_distribution" "api" {
  # checkov:skip=CKV_AWS_68: A web ACL is a variable: it costs more than all the rest here, and the token keeps strangers out.
  # checkov:skip=CKV2_AWS_47: The same. Nothing here is Java.
  # checkov:skip=CKV_AWS_86: The API writes a line for each request; CloudFront's would hold the same.
  # checkov:skip=CKV_AWS_305: `/` is the API's own page.
  # checkov:skip=CKV_AWS_310: There is one origin, in several zones.
  # checkov:skip=CKV_AWS_374: Where colleagues are is not known here.
  # checkov:skip=CKV_AWS_174: CloudFront's own certificate allows no minimum; with one's own it is TLS 1.2.
  # checkov:skip=CKV2_AWS_42: domain_names and certificate_arn are variables: not everybody has a domain.
  enabled         = true
  comment         = "${local.prefix}: the API"
  aliases         = var.domain_names
  http_version    = "http2and3"
  is_ipv6_enabled = true
  price_class     = var.price_class
  web_acl_id      = var.web_acl_arn

  origin {
    origin_id   = "api"
    domain_name = module.api.alb.dns_name

    vpc_origin_config {
      vpc_origin_id = aws_cloudfront_vpc_origin.api.id
      # The API answers within 25 s whatever happens, with 504 if it must: so clients get its reason, and not CloudFront's.
      origin_read_timeout      = 30
      origin_keepalive_timeout = 5
    }
  }

  default_cache_behavior {
    target_origin_id           = "api"
    viewer_protocol_policy     = "https-only" # who sends a token in the clear should find out, and not be redirected
    allowed_methods            = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
    cached_methods             = ["GET", "HEAD"]
    compress                   = false # what is answered is small, and compressed by nobody else
    cache_policy_id            = local.caching_disabled
    origin_request_policy_id   = aws_cloudfront_origin_request_policy.all_but_host.id
    response_headers_policy_id = aws_cloudfront_response_headers_policy.security.id
  }

  dynamic "custom_error_response" {
    for_each = local.kept_failures

    content {
      error_code            = custom_error_response.value
      error_caching_min_ttl = 0
    }
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = var.certificate_arn == null
    acm_certificate_arn            = var.certificate_arn
    ssl_support_method             = var.certificate_arn == null ? null : "sni-only"
    minimum_protocol_version       = var.certificate_arn == null ? "TLSv1" : "TLSv1.2_2021"
  }
}
