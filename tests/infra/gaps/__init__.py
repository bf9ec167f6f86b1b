"""What moto lacks of AWS, for Terraform and for the product: every gap is a function here, and says what AWS does.

The configuration is written for AWS. What moto does otherwise is mended here, and nowhere else; measured with moto
5.2.5. What is in neither is answered with 501, and fails the tests by its name.
"""

from tests.infra.gaps import alarms, budgets, cloudfront, ecs, network, objects, queues, scaling


def fill() -> None:
    """Mend this process's moto, once, before it serves anything."""
    for service in (alarms, budgets, cloudfront, ecs, network, objects, queues, scaling):
        for gap in service.GAPS:
            gap()
