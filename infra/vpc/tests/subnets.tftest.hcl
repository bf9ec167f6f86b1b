# That subnets never overlap and stay within the block, whatever its size.

mock_provider "aws" {
  mock_data "aws_availability_zones" {
    defaults = {
      names = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    }
  }

  mock_data "aws_iam_policy_document" {
    defaults = {
      json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
    }
  }
}

run "a_large_block_over_two_zones" {
  command = plan

  assert {
    condition     = join(" ", output.private_subnet_cidrs) == "10.20.0.0/18 10.20.64.0/18"
    error_message = "Each zone has a quarter of the block for its tasks."
  }

  assert {
    condition     = join(" ", output.public_subnet_cidrs) == "10.20.192.0/20 10.20.208.0/20"
    error_message = "The public subnets share the last quarter."
  }
}

run "three_zones_leave_the_first_two_alone" {
  command = plan

  variables {
    zone_count = 3
  }

  assert {
    condition     = join(" ", slice(output.private_subnet_cidrs, 0, 2)) == "10.20.0.0/18 10.20.64.0/18" && output.private_subnet_cidrs[2] == "10.20.128.0/18"
    error_message = "A third zone takes the third quarter."
  }

  assert {
    condition     = length(aws_subnet.public) == 3 && output.public_subnet_cidrs[2] == "10.20.224.0/20"
    error_message = "And a public subnet behind the others."
  }
}

# Overlap is judged without the formula: two subnets overlap if the larger of them, cut around the first address of
# either, is the same.
run "no_two_of_a_middle_block_overlap" {
  command = plan

  variables {
    cidr_block = "172.16.32.0/20"
    zone_count = 3
  }

  assert {
    condition = alltrue(flatten([
      for i, a in concat(output.private_subnet_cidrs, output.public_subnet_cidrs) : [
        for j, b in concat(output.private_subnet_cidrs, output.public_subnet_cidrs) :
        i == j || cidrsubnet("${cidrhost(a, 0)}/${min(split("/", a)[1], split("/", b)[1])}", 0, 0)
        != cidrsubnet("${cidrhost(b, 0)}/${min(split("/", a)[1], split("/", b)[1])}", 0, 0)
      ]
    ]))
    error_message = "Two subnets of 172.16.32.0/20 overlap."
  }

  assert {
    condition = alltrue([
      for s in concat(output.private_subnet_cidrs, output.public_subnet_cidrs) :
      cidrsubnet("${cidrhost(s, 0)}/20", 0, 0) == "172.16.32.0/20"
    ])
    error_message = "A subnet is outside the block."
  }
}

run "no_two_of_the_smallest_block_overlap" {
  command = plan

  variables {
    cidr_block = "192.168.7.0/24"
    zone_count = 3
  }

  assert {
    condition = alltrue(flatten([
      for i, a in concat(output.private_subnet_cidrs, output.public_subnet_cidrs) : [
        for j, b in concat(output.private_subnet_cidrs, output.public_subnet_cidrs) :
        i == j || cidrsubnet("${cidrhost(a, 0)}/${min(split("/", a)[1], split("/", b)[1])}", 0, 0)
        != cidrsubnet("${cidrhost(b, 0)}/${min(split("/", a)[1], split("/", b)[1])}", 0, 0)
      ]
    ]))
    error_message = "Two subnets of 192.168.7.0/24 overlap."
  }

  assert {
    condition     = alltrue([for s in output.public_subnet_cidrs : split("/", s)[1] == "28"])
    error_message = "AWS takes no subnet smaller than /28."
  }
}

run "no_two_of_a_shared_range_overlap" {
  command = plan

  variables {
    cidr_block = "100.64.64.0/18"
    zone_count = 3
  }

  assert {
    condition = alltrue(flatten([
      for i, a in concat(output.private_subnet_cidrs, output.public_subnet_cidrs) : [
        for j, b in concat(output.private_subnet_cidrs, output.public_subnet_cidrs) :
        i == j || cidrsubnet("${cidrhost(a, 0)}/${min(split("/", a)[1], split("/", b)[1])}", 0, 0)
        != cidrsubnet("${cidrhost(b, 0)}/${min(split("/", a)[1], split("/", b)[1])}", 0, 0)
      ]
    ]))
    error_message = "Two subnets of 100.64.64.0/18 overlap."
  }
}

run "a_block_too_large_is_refused" {
  command = plan

  variables {
    cidr_block = "10.0.0.0/8"
  }

  expect_failures = [var.cidr_block]
}

run "a_block_too_small_is_refused" {
  command = plan

  variables {
    cidr_block = "10.0.0.0/25"
  }

  expect_failures = [var.cidr_block]
}

run "a_block_that_does_not_begin_at_its_first_address_is_refused" {
  command = plan

  variables {
    cidr_block = "10.0.1.0/16"
  }

  expect_failures = [var.cidr_block]
}

run "addresses_of_the_internet_are_refused" {
  command = plan

  variables {
    cidr_block = "8.8.0.0/16"
  }

  expect_failures = [var.cidr_block]
}

run "one_zone_is_refused" {
  command = plan

  variables {
    zone_count = 1
  }

  expect_failures = [var.zone_count]
}
