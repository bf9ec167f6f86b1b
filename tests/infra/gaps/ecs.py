"""ECS's services."""

from typing import Any, Final

from moto.ecs.models import Service
from moto.ecs.responses import EC2ContainerServiceResponse

from tests.infra.gaps.patch import around

# What a service is made with, and what it is called in moto's model.
FORGOTTEN: Final = {
    "availabilityZoneRebalancing": "availability_zone_rebalancing",
    "capacityProviderStrategy": "capacity_provider_strategy",
    "deploymentConfiguration": "deployment_configuration",
    "enableECSManagedTags": "enable_ecs_managed_tags",
    "enableExecuteCommand": "enable_execute_command",
    "healthCheckGracePeriodSeconds": "health_check_grace_period_seconds",
}


def services_as_they_were_made() -> None:
    """AWS gives back what a service was made or changed with: capacity providers, circuit breaker, and so on."""
    around(EC2ContainerServiceResponse, "create_service", _keep)
    around(EC2ContainerServiceResponse, "update_service", _keep)


def tasks_that_run() -> None:
    """AWS starts as many tasks as are wanted; here they all run at once, and none fails."""
    around(Service, "__init__", _started)


def _keep(old: Any, response: Any) -> Any:
    answer = old(response)
    service = answer.result["service"]
    for asked, name in FORGOTTEN.items():
        value = response._get_param(asked)
        if value is not None:
            setattr(service, name, value)
    if getattr(service, "capacity_provider_strategy", None):
        service.launch_type = None
        for deployment in service.deployments:
            deployment |= {"launchType": None, "capacityProviderStrategy": service.capacity_provider_strategy}
    for deployment in service.deployments:
        deployment["taskDefinition"] = service.task_definition
    return answer


def _started(old: Any, service: Any, *args: Any, **named: Any) -> None:
    old(service, *args, **named)
    service.running_count, service.pending_count = service.desired_count, 0
    for deployment in service.deployments:
        deployment |= {"runningCount": service.desired_count, "pendingCount": 0, "rolloutState": "COMPLETED"}


GAPS: Final = (services_as_they_were_made, tasks_that_run)
