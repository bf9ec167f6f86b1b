"""The step that plans and applies, with the real Terraform on a configuration of no cloud."""

from pathlib import Path

import pytest

from tests.infra.terraform import Missing, found
from tests.pipeline.steps import GITHUB, Done, carried_out, step_named
from tests.tools import unavailable

ACTION = GITHUB / "actions" / "terraform-deploy" / "action.yml"
# As those of infra/: a backend that is told where, and a variable that says which image.
MAIN = """
terraform {
  backend "local" {}
}
variable "ecr_tag" {}
resource "terraform_data" "this" {
  input = var.ecr_tag
}
output "image" {
  value = "registry/logtally@${terraform_data.this.output}"
}
"""

FAILING = """
resource "terraform_data" "failing" {
  provisioner "local-exec" {
    command = "false"
  }
}
"""


@pytest.fixture
def configuration(tmp_path: Path) -> Path:
    try:
        found(home=tmp_path)
    except Missing as exc:
        unavailable(str(exc))
    environment = tmp_path / "infra" / "app" / "environment" / "dev"
    environment.mkdir(parents=True)
    (tmp_path / "infra" / "app" / "main.tf").write_text(MAIN)
    (environment / "dev.tfbackend").write_text(f'path = "{tmp_path}/dev.tfstate"\n')
    (environment / "dev.tfvars").write_text('ecr_tag = "latest-dev"\n')
    return tmp_path


def _run(where: Path, **variables: str) -> Done:
    told = {
        "DIRECTORY": "infra/app",
        "ENVIRONMENT": "dev",
        "APPLY": "true",
        "ECR_TAG": "",
        "SCRIPT": str(ACTION.parent / ".." / ".." / "scripts" / "terraform.sh"),
        "TF_CLI_CONFIG_FILE": "/dev/null",
    }
    return carried_out(
        step_named(ACTION, "Plan and apply")["run"], folder=where, variables=told | variables, where=where
    )


def test_a_plan_is_applied_and_its_outputs_handed_over(configuration: Path) -> None:
    """With the image that is said, else with that of the variables."""
    first = _run(configuration)
    outputs = Path(first.outputs["outputs"]).read_text()
    second = _run(configuration, ECR_TAG="commit-2")

    assert (first.code, first.outputs["began"]) == (0, "true"), first.log
    assert '"registry/logtally@latest-dev"' in outputs
    assert '"registry/logtally@commit-2"' in Path(second.outputs["outputs"]).read_text()
    assert "Plan: 1 to add, 0 to change, 0 to destroy." in first.summary
    assert "No changes." in _run(configuration, ECR_TAG="commit-2").summary


def test_an_apply_that_fails_has_begun(configuration: Path) -> None:
    """So it is gone back from; a plan that fails is not."""
    (configuration / "infra" / "app" / "more.tf").write_text(FAILING)
    done = _run(configuration)

    assert (done.code, done.outputs) == (1, {"began": "true"})


def test_a_plan_alone_changes_nothing(configuration: Path) -> None:
    """It is what a pull request gets."""
    done = _run(configuration, APPLY="false")

    assert done.code == 0, done.log
    assert done.outputs == {}
    assert done.summary.startswith("### infra/app, dev\n```\n  # terraform_data.this will be created\nPlan: 1 to add")
    assert not (configuration / "dev.tfstate").exists()


def test_an_environment_that_is_not_there_is_one_line(configuration: Path) -> None:
    """Before anything is asked."""
    done = _run(configuration, ENVIRONMENT="qa")

    line = "::error::there is no infra/app/environment/qa/qa.tfbackend: infra/app has no environment qa\n"
    assert (done.code, done.outputs, done.log) == (1, {}, line)


def test_a_plan_that_fails_fails_the_step(configuration: Path) -> None:
    """With Terraform's own words."""
    (configuration / "infra" / "app" / "more.tf").write_text('output "more" { value = nothing.there }\n')
    done = _run(configuration)

    assert (done.code, done.outputs) == (1, {})
    assert "Reference to undeclared resource" in done.log
    assert not (configuration / "dev.tfstate").exists()


def test_by_hand_it_prints_what_it_hands_over(configuration: Path) -> None:
    """Without GitHub's files."""
    words = "unset GITHUB_OUTPUT GITHUB_STEP_SUMMARY; DIRECTORY=infra/app ENVIRONMENT=dev APPLY=false"
    run = f"{words} {GITHUB}/scripts/terraform.sh"
    done = carried_out(run, folder=configuration, variables={"TF_CLI_CONFIG_FILE": "/dev/null"}, where=configuration)

    assert done.code == 0, done.log
    assert "### infra/app, dev" in done.log
