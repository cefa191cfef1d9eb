#!/usr/bin/env bash
# Checks whether Pharos is ready, and whether a gate has passed.
#
#   health_check.sh --env ENV                              is Pharos ready?
#   health_check.sh --env ENV --gate ID [--wait SECONDS]   waits for the verdict of the gate
#
# Exit codes: 0 ready or PASS, 1 FAIL, 2 INCONCLUSIVE, 3 no verdict in time, 4 usage, token or policy,
# 5 Pharos unreachable or not ready. The verdict is written to VERDICT_FILE if that is set.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/lib.sh"

env='' gate='' wait=1800
while [ $# -gt 0 ]; do
  case $1 in
    --env) env=${2:?--env needs a value}; shift 2 ;;
    --gate) gate=${2:?--gate needs a value}; shift 2 ;;
    --wait) wait=${2:?--wait needs a value}; shift 2 ;;
    --dry-run) dry_run=true; shift ;;
    -h | --help) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) fail 4 "unknown argument '$1', expected --env, --gate, --wait or --dry-run" ;;
  esac
done
[ -n "$env" ] || fail 4 "--env is missing, expected dev, staging, production or a file"
[[ $wait =~ ^[0-9]+$ ]] || fail 4 "--wait: expected seconds, found '$wait'"
[[ $gate =~ ^[A-Za-z0-9-]*$ ]] || fail 4 "--gate: expected the id of a gate, found '$gate'"
load_env "$env"
need PHAROS_URL 'https?://[^[:space:]]+'
need_token
end=$((SECONDS + wait))

if [ "$dry_run" = true ]; then
  printf 'would ask: %s/-/ready\n' "$PHAROS_URL"
  [ -z "$gate" ] || printf 'would wait up to %s s for: %s/api/pharos/v1/gates/%s/require-pass\n' "$wait" "$PHAROS_URL" "$gate"
  exit 0
fi

answer=$(mktemp)
trap 'rm -f "$answer"' EXIT
status=$(call_pharos GET /-/ready '' "$answer" --retry 5 --retry-connrefused --retry-max-time 30)
[ "$status" = 200 ] || fail 5 "Pharos at $PHAROS_URL is not ready (status $status)"
if [ -z "$gate" ]; then
  say "Pharos at $PHAROS_URL is ready"
  exit 0
fi

status=$(await_pass "$gate" "$((end > SECONDS ? end - SECONDS : 0))" "$answer")
[ -z "${VERDICT_FILE:-}" ] || cp "$answer" "$VERDICT_FILE"
say "gate $gate: $(field state "$answer") $(field code "$answer"): $(field summary "$answer")"
! grep -q '"override":' "$answer" ||
  say "gate $gate: overridden to $(field outcome "$answer") by $(field by "$answer"): $(field reason "$answer")"
case $status in
  200) exit 0 ;;
  409) exit 1 ;;
  425) exit 2 ;;
  408) exit 3 ;;
  400 | 401 | 403 | 404) fail 4 "status $status: $(field error "$answer")" ;;
  *) fail 5 "Pharos at $PHAROS_URL gave no verdict (status $status)" ;;
esac
