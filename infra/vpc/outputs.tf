output "vpc_id" {
  description = "The network."
  value       = aws_vpc.this.id
}

output "cidr_block" {
  description = "Its addresses."
  value       = aws_vpc.this.cidr_block
}

output "zones" {
  description = "The availability zones, in the order of the subnets."
  value       = local.zones
}

output "private_subnet_ids" {
  description = "A subnet of each zone that nothing outside reaches: tasks and load balancers."
  value       = [for zone in local.zones : aws_subnet.private[zone].id]

  # Whoever starts tasks there right after this needs the way out, too.
  depends_on = [aws_route.nat, aws_route_table_association.private, aws_vpc_endpoint.gateway, aws_vpc_endpoint.interface]
}

output "public_subnet_ids" {
  description = "A subnet of each zone with a way to and from the internet: NAT gateways."
  value       = [for zone in local.zones : aws_subnet.public[zone].id]
}

output "private_subnet_cidrs" {
  description = "The addresses of the private subnets."
  value       = [for zone in local.zones : aws_subnet.private[zone].cidr_block]
}

output "public_subnet_cidrs" {
  description = "The addresses of the public subnets."
  value       = [for zone in local.zones : aws_subnet.public[zone].cidr_block]
}
