resource "aws_lb" "this" {
  # checkov:skip=CKV_AWS_91: The service writes a line for each request to its own log; a bucket more would hold the same.
  # checkov:skip=CKV_AWS_150: Protection is a variable, as it must be off where environments come and go.
  # checkov:skip=CKV2_AWS_20: See the listener: no client speaks to it, and CloudFront lets none in without HTTPS.
  # checkov:skip=CKV2_AWS_28: A firewall belongs where clients are: at CloudFront.
  count = var.enable_alb ? 1 : 0

  # What is made of it, such as CloudFront's origin, is replaced before it goes: so there may be two of them for a while.
  name_prefix                = "${substr(replace(var.name, "-", ""), 0, 5)}-"
  load_balancer_type         = "application"
  internal                   = true
  subnets                    = var.subnet_ids
  security_groups            = [aws_security_group.alb[0].id]
  idle_timeout               = var.alb.idle_timeout_seconds
  enable_deletion_protection = var.alb.deletion_protection
  drop_invalid_header_fields = true
  desync_mitigation_mode     = "defensive"

  tags = { Name = var.name }
}

resource "aws_lb_listener" "http" {
  # checkov:skip=CKV_AWS_2: It is reached through CloudFront's VPC origin alone, on AWS's own network. See below.
  # checkov:skip=CKV_AWS_103: The same.
  count = var.enable_alb ? 1 : 0

  # HTTP: a certificate would have to be for the name by which CloudFront calls the load balancer. That is AWS's name of
  # it, for which nobody gets one. What comes in is HTTPS up to CloudFront, and does not leave AWS's network from there.
  load_balancer_arn = aws_lb.this[0].arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this[0].arn
  }
}

resource "aws_lb_target_group" "this" {
  # checkov:skip=CKV_AWS_378: The tasks speak HTTP, as the listener does, in private subnets.
  count = var.enable_alb ? 1 : 0

  # A group that is replaced must have another name than the one that is still in use.
  name_prefix                   = "${substr(replace(var.name, "-", ""), 0, 5)}-"
  target_type                   = "ip"
  protocol                      = "HTTP"
  port                          = var.alb.container_port
  vpc_id                        = var.vpc_id
  deregistration_delay          = var.alb.deregistration_delay_seconds
  load_balancing_algorithm_type = "least_outstanding_requests" # some requests read a large file, most do not

  health_check {
    path                = var.alb.health_check_path
    matcher             = "200"
    interval            = 15
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }

  lifecycle {
    create_before_destroy = true

    precondition {
      # A task that gets SIGTERM is told no new requests before; it must still be there for those that it has.
      condition     = var.alb == null || try(var.alb.deregistration_delay_seconds <= var.stop_timeout_seconds, true)
      error_message = "A task must live as long as the load balancer waits for its answers: deregistration_delay_seconds <= stop_timeout_seconds."
    }
  }
}

resource "aws_security_group" "alb" {
  count = var.enable_alb ? 1 : 0

  name_prefix = "${var.name}-alb-"
  description = "The load balancer of ${var.name}."
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-alb" }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "alb" {
  # checkov:skip=CKV_AWS_260: Not from everywhere: from a prefix list.
  count = var.enable_alb ? 1 : 0

  security_group_id = aws_security_group.alb[0].id
  description       = "From those on the list alone"
  prefix_list_id    = var.alb.allowed_prefix_list_id
  ip_protocol       = "tcp"
  from_port         = 80
  to_port           = 80
}

resource "aws_vpc_security_group_egress_rule" "alb" {
  count = var.enable_alb ? 1 : 0

  security_group_id            = aws_security_group.alb[0].id
  description                  = "To the tasks"
  referenced_security_group_id = aws_security_group.task.id
  ip_protocol                  = "tcp"
  from_port                    = var.alb.container_port
  to_port                      = var.alb.container_port
}
