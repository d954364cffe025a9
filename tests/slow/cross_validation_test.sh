#!/usr/bin/env bash
# The default model is as good as it says: ten times ten folds of the Telco customers, encoders fitted inside each
# fold. Usage: cross_validation_test.sh PATH_TO_CHURNSTREAM
set -euo pipefail
program=$(realpath "$1")
root=$(realpath "$(dirname "$0")/../..")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$program" train "$root/examples/telco/recipe.toml" --cross-validate 10 --repeats 10 --out "$folder/model" | tee "$folder/printed"

# check NAME OPERATOR BOUND: the printed mean of NAME keeps the bound.
check() {
  local mean
  mean=$(awk -v name="$1" 'index($0, name " ") == 1 { sub(name " +", ""); print $1; exit }' "$folder/printed")
  if ! awk -v mean="$mean" -v bound="$3" "BEGIN { exit !(mean != \"\" && mean $2 bound) }"; then
    echo "FAILED: $1 is ${mean:-not printed}, not $2 $3"
    exit 1
  fi
}
check "AUC" ">=" 0.846
check "AUC" "<=" 0.86  # anything above is a leak until proven otherwise
check "log-loss" "<=" 0.416
check "Brier" "<=" 0.135
check "ECE" "<=" 0.02
check "lift@10%" ">=" 2.80
check "accuracy" ">=" 0.798
check "revenue at risk" ">=" 136348  # within 2 % of the 139,130.85 really lost
check "revenue at risk" "<=" 141913
[[ $(grep -c "^gate .*: met$" "$folder/printed") == 6 ]] || { echo "FAILED: not every gate of the recipe was met"; exit 1; }
[[ -f "$folder/model/metadata/part-00000" ]] || { echo "FAILED: no model was saved"; exit 1; }
echo "passed"
