output "service_name" {
  description = "The service's name in its cluster."
  value       = aws_ecs_service.this.name
}

output "service_arn" {
  description = "The service."
  value       = aws_ecs_service.this.id
}

output "task_definition_arn" {
  description = "The revision that was deployed: what a verification compares with what runs."
  value       = aws_ecs_task_definition.this.arn
}

output "log_group_name" {
  description = "Where the log goes."
  value       = aws_cloudwatch_log_group.this.name
}

output "execution_role_arn" {
  description = "The role with which ECS starts tasks: who deploys must be allowed to pass it."
  value       = aws_iam_role.execution.arn
}

output "task_security_group_id" {
  description = "The security group of the tasks."
  value       = aws_security_group.task.id
}

output "alb" {
  description = "The load balancer: its ARN, its name in DNS, and what CloudWatch calls it and its target group. Null without one."
  value = var.enable_alb ? {
    arn                 = aws_lb.this[0].arn
    dns_name            = aws_lb.this[0].dns_name
    arn_suffix          = aws_lb.this[0].arn_suffix
    target_group_suffix = aws_lb_target_group.this[0].arn_suffix
    # Whoever makes an origin of it needs the listener, too.
    listener_arn = aws_lb_listener.http[0].arn
  } : null
}
