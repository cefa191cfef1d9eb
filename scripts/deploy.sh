#!/usr/bin/env bash
# Rolls out a version: tells Pharos, starts the candidate, opens a gate, waits for the verdict, and then gives the
# candidate the traffic or rolls back.
#
#   deploy.sh --env ENV --version VERSION [--sha SHA] [--key KEY] [--wait SECONDS] [--dry-run]
#
# ENV is dev, staging, production or a file; deploy/README.md lists its settings. Exit codes as of health_check.sh:
# 0 rolled out, 1 FAIL, 2 INCONCLUSIVE, 3 no verdict in time, 4 usage, token or policy, 5 unreachable.
# After 1 to 5 the traffic is back where it was (ON_INCONCLUSIVE=hold and =promote differ for 2).
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/lib.sh"

env='' version='' sha='' key='' wait=''
while [ $# -gt 0 ]; do
  case $1 in
    --env) env=${2:?--env needs a value}; shift 2 ;;
    --version) version=${2:?--version needs a value}; shift 2 ;;
    --sha) sha=${2:?--sha needs a value}; shift 2 ;;
    --key) key=${2:?--key needs a value}; shift 2 ;;
    --wait) wait=${2:?--wait needs a value}; shift 2 ;;
    --dry-run) dry_run=true; shift ;;
    -h | --help) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) fail 4 "unknown argument '$1', expected --env, --version, --sha, --key, --wait or --dry-run" ;;
  esac
done
[ -n "$env" ] || fail 4 "--env is missing, expected dev, staging, production or a file"
[[ $version =~ ^[A-Za-z0-9][A-Za-z0-9._+-]*$ ]] || fail 4 "--version: expected letters, digits and . _ + -, found '$version'"
[[ $sha =~ ^([0-9a-f]{7,64})?$ ]] || fail 4 "--sha: expected 7 to 64 hex digits, found '$sha'"
[[ $key =~ ^[A-Za-z0-9._:@/+=-]*$ ]] || fail 4 "--key: expected letters, digits and . _ : @ / + = -, found '$key'"
load_env "$env"
need PHAROS_URL 'https?://[^[:space:]]+'
need PHAROS_ENV '[A-Za-z0-9._-]+'
need SERVICE '[A-Za-z0-9._-]+'
need STRATEGY '(recreate|blue-green|canary)'
need ON_INCONCLUSIVE '(rollback|hold|promote)'
wait=${wait:-${GATE_WAIT:-1800}}
[[ $wait =~ ^[0-9]+$ ]] || fail 4 "--wait: expected seconds, found '$wait'"
STATE_DIR=${STATE_DIR:-$root/data/deploy/$PHAROS_ENV}
key=${key:-deploy:$SERVICE:$PHAROS_ENV:$version:$(date +%s)}
scripts=$(dirname -- "$(readlink -f -- "$0")")

active='' candidate=''
if [ "$STRATEGY" != recreate ]; then
  need HAPROXY_RUNTIME '[^[:space:]]+'
  need HAPROXY_BACKEND '[A-Za-z0-9._-]+'
  need CANARY_WEIGHT '[0-9]+'
  active=$(state active_color)
  active=${active:-blue}
  candidate=$(other_color "$active")
fi
lock
answer=$(mktemp)

# Once the candidate was touched, every end but a success puts the traffic back, whatever the reason.
touched=false
finish() {
  local code=$?
  trap - EXIT
  set +e
  rm -f "$answer"
  if [ "$touched" = true ] && [ "$dry_run" = false ]; then
    "$scripts/rollback.sh" --env "$env" --deployment "$key" ${active:+--to "$active"} ||
      say "the rollback failed too: look at $PHAROS_ENV now"
  fi
  exit "$code"
}
trap finish EXIT
trap 'say "stopped by a signal"; exit 3' INT TERM

say "$SERVICE $version to $PHAROS_ENV${candidate:+ as $candidate, $active serves}"
dry=()
[ "$dry_run" = false ] || dry=(--dry-run)
"$scripts/health_check.sh" --env "$env" "${dry[@]}"

body=$(printf '{"service":"%s","env":"%s","version":"%s","sha":"%s","strategy":"%s","color":"%s"}' \
  "$SERVICE" "$PHAROS_ENV" "$version" "$sha" "$STRATEGY" "$candidate")
if [ "$dry_run" = true ]; then
  printf 'would announce the deployment %s: %s\n' "$key" "$body"
else
  status=$(call_pharos PUT "/api/pharos/v1/deployments/$key" "$body" "$answer" --retry 5 --retry-connrefused --retry-max-time 60)
  case $status in
    200 | 201) ;;
    4??) fail 4 "the deployment is refused, status $status: $(field error "$answer")" ;;
    *) fail 5 "the deployment can't be announced (status $status)" ;;
  esac
fi

touched=true
set_state previous_version "$(state active_version)"
start "$candidate" "$version" || fail 1 "$version can't be started"
url_variable=CANDIDATE_URL${candidate:+_${candidate^^}}
candidate_url=${!url_variable-}
if [ -n "$candidate_url" ]; then
  if [ "$dry_run" = true ]; then
    printf 'would wait for: %s\n' "$candidate_url"
  else
    curl --silent --show-error --fail --output /dev/null --max-time 5 --retry 60 --retry-delay 2 --retry-all-errors \
      --retry-max-time "${START_WAIT:-120}" "$candidate_url" || fail 1 "the candidate does not answer at $candidate_url"
  fi
fi
[ -z "$candidate" ] || weight "$candidate" "$CANARY_WEIGHT"

if [ "$dry_run" = true ]; then
  printf 'would open a gate for %s and wait up to %s s for its verdict\n' "$key" "$wait"
  code=0
else
  status=$(call_pharos POST /api/pharos/v1/gates "{\"deployment\":\"$key\"}" "$answer" --header "Idempotency-Key: $key" \
    --retry 5 --retry-connrefused --retry-max-time 60)
  case $status in
    200 | 201) ;;
    4??) fail 4 "the gate is refused, status $status: $(field error "$answer")" ;;
    *) fail 5 "the gate can't be opened (status $status)" ;;
  esac
  gate=$(field id "$answer")
  say "gate $PHAROS_URL/api/pharos/v1/gates/$gate"
  code=0
  "$scripts/health_check.sh" --env "$env" --gate "$gate" --wait "$wait" || code=$?
fi

case $code in
  0) ;;
  2)
    case $ON_INCONCLUSIVE in
      promote) say "INCONCLUSIVE, promoted since $PHAROS_ENV says ON_INCONCLUSIVE=promote" ;;
      hold)
        say "INCONCLUSIVE: the candidate stays with its share. rollback.sh --env $env takes it away."
        touched=false
        exit 2
        ;;
      *) exit 2 ;;
    esac
    ;;
  *) exit "$code" ;;
esac

if [ -n "$candidate" ]; then
  weight "$candidate" 100
  weight "$active" 0
  set_state active_color "$candidate"
fi
set_state active_version "$version"
touched=false
end_deployment "$key" succeeded
say "$SERVICE $version serves $PHAROS_ENV${candidate:+ as $candidate; $active stays for a rollback}"
