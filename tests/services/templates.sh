#!/bin/bash
# Checks the templates of examples/lambda with whatever is here: that both say the same (cargo), the SAM template against
# AWS's schemas (cfn-lint), the Terraform module against the provider's (terraform). Says what was left out.
#
#   tests/services/templates.sh            needs cargo
#   pip install cfn-lint                   for the SAM template
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../examples/lambda"

cargo test --locked -p orders-copy-templates

if command -v cfn-lint >/dev/null; then
    cfn-lint --version
    cfn-lint --regions eu-west-1 --template template.yaml
else
    echo "NOTE: cfn-lint is not here, so the SAM template was not checked against AWS's schemas: pip install cfn-lint"
fi

if command -v terraform >/dev/null; then
    # In a copy, since it leaves a lock file and the provider behind.
    copy=$(mktemp -d)
    trap 'rm -rf "$copy"' EXIT
    cp terraform/*.tf "$copy"
    terraform -chdir="$copy" fmt -check
    if terraform -chdir="$copy" init -backend=false -input=false >/dev/null 2>&1; then
        terraform -chdir="$copy" validate
    else
        echo "NOTE: the provider could not be fetched, so the module was read but not validated against it."
    fi
else
    echo "NOTE: terraform is not here, so the module was read but not validated against the provider."
fi
