#!/bin/sh
# Plans all units below the current directory with Terragrunt, and reviews their plans together: the report has the net result of all
# units and finds access that moves from one unit to another. Exits with code 2 if the policy check fails.
#
# Terragrunt writes the plan of each unit to `plans/UNIT/tfplan.json` and `plans/UNIT/tfplan.tfplan`. The review reads the JSON plans, and
# uses the path of the unit as the name of its state, such as `production/network:hwgrants_csms_grant.ana`.
#
# Requires Terragrunt 0.77 or later, `terraform` or `tofu`, and `hwgrants`. For `terraform init`, run `hwgrants install` first, or name a
# mirror in the CLI configuration. Set `TITLE` if one pull request has several reports.
set -eu

# Plans of earlier runs would be reviewed, too.
rm -rf plans
terragrunt run --all --non-interactive --out-dir "$PWD/plans" --json-out-dir "$PWD/plans" -- plan -input=false

# The JSON plans contain all values, including secrets.
trap 'find plans -name tfplan.json -delete' EXIT

status=0
hwgrants review --plans plans --policy policy.toml --fail-on broadening --title "${TITLE:-units}" --out markdown=review.md --out html=review.html || status=$?

# To apply exactly these plans:
#   terragrunt run --all --non-interactive --out-dir "$PWD/plans" -- apply
exit "$status"
