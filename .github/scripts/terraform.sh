#!/usr/bin/env bash
# Plans one environment of one configuration, and applies exactly that plan if told to.
#
# DIRECTORY    the configuration, such as infra/app
# ENVIRONMENT  which environment/<env>/<env>.tfbackend and .tfvars
# APPLY        true: apply; else the plan alone, which locks nothing
# ECR_TAG      which image, if not the one of the .tfvars
#
# It hands over: began, once it applies; outputs, a file with all outputs after an apply.
set -euo pipefail

files="$DIRECTORY/environment/$ENVIRONMENT/$ENVIRONMENT"
for file in "$files.tfbackend" "$files.tfvars"; do
    if [ ! -f "$file" ]; then
        echo "::error::there is no $file: $DIRECTORY has no environment $ENVIRONMENT"
        exit 1
    fi
done
relative="environment/$ENVIRONMENT/$ENVIRONMENT"
kept="${RUNNER_TEMP:-/tmp}"
# By hand both are shown.
handed_over="${GITHUB_OUTPUT:-/dev/stdout}" summary="${GITHUB_STEP_SUMMARY:-/dev/stdout}"
export TF_IN_AUTOMATION=true TF_INPUT=false
export TF_DATA_DIR="$kept/terraform-${DIRECTORY##*/}-$ENVIRONMENT"
terraform() { command terraform -chdir="$DIRECTORY" "$@"; }

options=(-var-file="$relative.tfvars")
[ -z "${ECR_TAG:-}" ] || options+=(-var="ecr_tag=$ECR_TAG")
plan="$TF_DATA_DIR/plan"

terraform init -no-color -lockfile=readonly -backend-config="$relative.tfbackend"
if [ "${APPLY:-false}" = true ]; then
    terraform plan -no-color -lock-timeout=10m -out="$plan" "${options[@]}"
else
    terraform plan -no-color -lock=false -out="$plan" "${options[@]}"
fi
{
    echo "### $DIRECTORY, $ENVIRONMENT"
    echo '```'
    terraform show -no-color "$plan" | grep -E '^  # |^Plan:|^No changes' || true
    echo '```'
} >> "$summary"
[ "${APPLY:-false}" = true ] || exit 0

echo "began=true" >> "$handed_over"
terraform apply -no-color -lock-timeout=10m "$plan"
outputs="$TF_DATA_DIR/outputs.json"
terraform output -no-color -json > "$outputs"
echo "outputs=$outputs" >> "$handed_over"
