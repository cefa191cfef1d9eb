#!/usr/bin/env bash
# Rolls out a version: announces it to Pharos, starts the candidate, opens a gate, waits for the verdict, and then shifts
# the traffic to the candidate or rolls back.
#
#   deploy.sh --env ENV --version VERSION [--sha SHA] [--digest DIGEST] [--intent fix] [--key KEY] [--wait SECONDS]
#             [--dry-run]
#
# --intent fix is for a release that repairs the service: alerts caused by the previous release do not fail its gate.
# ENV is dev, staging, production or a file; deploy/README.md lists its settings. Exit codes, as in health_check.sh:
# 0 rolled out, 1 FAIL, 2 INCONCLUSIVE, 3 no verdict in time, 4 usage, token or policy, 5 unreachable.
# After 1 to 5 the traffic is restored, also when this script is killed (with 2, ON_INCONCLUSIVE=hold and =promote do not
# restore it).
# With ROLLOUT=true Pharos decides: the script starts a rollout, starts an agent if none runs, and waits for the end.
# After 2, 3 and 5, or when the script is killed, the rollout continues; pharos rollout shows and ends it.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/lib.sh"

env='' version='' sha='' digest='' intent='' key='' wait=''
while [ $# -gt 0 ]; do
  case $1 in
    --env) env=${2:?--env needs a value}; shift 2 ;;
    --version) version=${2:?--version needs a value}; shift 2 ;;
    --sha) sha=${2:?--sha needs a value}; shift 2 ;;
    --digest) digest=${2:?--digest needs a value}; shift 2 ;;
    --intent) intent=${2:?--intent needs a value}; shift 2 ;;
    --key) key=${2:?--key needs a value}; shift 2 ;;
    --wait) wait=${2:?--wait needs a value}; shift 2 ;;
    --dry-run) dry_run=true; shift ;;
    -h | --help) sed -n '2,15s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) fail 4 "unknown argument '$1', expected --env, --version, --sha, --digest, --intent, --key, --wait or --dry-run" ;;
  esac
done
[ -n "$env" ] || fail 4 "--env is missing, expected dev, staging, production or a file"
[[ $version =~ ^[A-Za-z0-9][A-Za-z0-9._+-]*$ ]] || fail 4 "--version: expected letters, digits and . _ + -, found '$version'"
[[ $sha =~ ^([0-9a-f]{7,64})?$ ]] || fail 4 "--sha: expected 7 to 64 hex digits, found '$sha'"
[[ $digest =~ ^(sha256:[0-9a-f]{64})?$ ]] || fail 4 "--digest: expected sha256: and 64 hex digits, found '$digest'"
[[ $intent =~ ^(change|fix)?$ ]] || fail 4 "--intent: expected change or fix, found '$intent'"
[[ $key =~ ^[A-Za-z0-9._:@/+=-]*$ ]] || fail 4 "--key: expected letters, digits and . _ : @ / + = -, found '$key'"
load_env "$env"
need PHAROS_URL 'https?://[^[:space:]]+'
need PHAROS_ENV '[A-Za-z0-9._-]+'
need SERVICE '[A-Za-z0-9._-]+'
need STRATEGY '(recreate|blue-green|canary)'
need ON_INCONCLUSIVE '(rollback|hold|promote)'
need_token
ROLLOUT=${ROLLOUT:-false}
need ROLLOUT '(true|false)'
if [ "$ROLLOUT" = true ]; then
  wait=${wait:-${ROLLOUT_WAIT:-7200}}
fi
wait=${wait:-${GATE_WAIT:-1800}}
[[ $wait =~ ^[0-9]+$ ]] || fail 4 "--wait: expected seconds, found '$wait'"
STATE_DIR=${STATE_DIR:-$root/data/deploy/$PHAROS_ENV}
key=${key:-deploy:$SERVICE:$PHAROS_ENV:$version:$(date +%s)}
scripts=$(dirname -- "$(readlink -f -- "$0")")

active='' candidate=''
if [ "$STRATEGY" != recreate ]; then
  need HAPROXY_RUNTIME '[^[:space:]]+'
  need HAPROXY_BACKEND '[A-Za-z0-9._-]+'
  [ "$ROLLOUT" = true ] || need CANARY_WEIGHT '[0-9]+'
  [ "$dry_run" = true ] || active=$(carrying) # HAProxy knows better than a list that could not be written
  active=${active:-$(serving 1)}
  active=${active:-blue}
  candidate=$(other_color "$active")
fi
lock 0 || {
  [ $? != 1 ] || fail 4 "another deploy or rollback to $PHAROS_ENV is running ($STATE_DIR/lock)"
  fail 4 "STATE_DIR: $STATE_DIR can't be written"
}
answer=$(mktemp) || fail 4 "TMPDIR: ${TMPDIR:-/tmp} can't be written"

# After the candidate was changed, every end except success restores the traffic.
touched=false
finish() {
  local code=$?
  trap - EXIT
  set +e
  rm -f "$answer"
  if [ "$touched" = true ] && [ "$dry_run" = false ]; then
    "$scripts/rollback.sh" --env "$env" --deployment "$key" ||
      say "the rollback failed too: look at $PHAROS_ENV now"
  fi
  exit "$code"
}
trap finish EXIT
check=''
trap 'say "stopped by a signal"; [ -z "$check" ] || kill "$check"; exit 3' INT TERM

say "$SERVICE $version to $PHAROS_ENV${candidate:+ as $candidate, $active serves}"
dry=()
[ "$dry_run" = false ] || dry=(--dry-run)
"$scripts/health_check.sh" --env "$env" "${dry[@]}" 8>&-

# A killed deploy may have left traffic on the candidate: remove it before the candidate starts again.
if [ -n "$candidate" ] && [ "$dry_run$ROLLOUT" = falsefalse ] && [ "$(server_field "$candidate" 8)" != 0 ]; then
  say "$candidate still has a share of the traffic, which is removed"
  give "$active" "$candidate"
  sleep "${DRAIN_SECONDS:-10}"
fi

body=$(printf '{"service":"%s","env":"%s","version":"%s","sha":"%s","strategy":"%s","color":"%s"%s%s}' \
  "$SERVICE" "$PHAROS_ENV" "$version" "$sha" "$STRATEGY" "$candidate" \
  "${digest:+,\"digest\":\"$digest\"}" "${intent:+,\"intent\":\"$intent\"}")
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

if [ "$ROLLOUT" = true ]; then
  start_agent
  code=0
  if [ "$dry_run" = true ]; then
    rollout start --deployment "$key" --wait "${wait}s"
  else
    # A function in the background is a child of its own, which would keep the lock.
    rollout start --deployment "$key" --wait "${wait}s" 8>&- &
    check=$!
    wait "$check" || code=$?
  fi
  case $code in 4 | 64) end_deployment "$key" failed ;; esac # the rollout did not begin
  exit "$code"
fi

if [ -n "${MIGRATE_COMMAND:-}" ]; then
  VERSION=$version PHASE=expand run env --chdir="$root" bash -c "$MIGRATE_COMMAND" 8>&- || {
    end_deployment "$key" failed
    fail 1 "the migration failed, nothing was started"
  }
fi

if [ "$dry_run" = false ]; then
  unwritable() {
    end_deployment "$key" failed
    fail 5 "STATE_DIR: $STATE_DIR can't be written, so nothing was started"
  }
  { : >>"$STATE_DIR/watch.log"; } 2>/dev/null || unwritable
  # If this script is killed, the rollback below runs. It starts first: without the note it does nothing, and a note
  # without it would stay.
  env -u PHAROS_DEPLOY_LOCKED setsid "$scripts/rollback.sh" --env "$env" --deployment "$key" --when-gone $$ \
    </dev/null >>"$STATE_DIR/watch.log" 2>&1 8>&- &
  { printf '%s %s\n' "$key" $$ >"$STATE_DIR/under_way.new" && mv "$STATE_DIR/under_way.new" "$STATE_DIR/under_way"; } \
    2>/dev/null || unwritable
fi
touched=true
start "$candidate" "$version" || fail 1 "$version can't be started"
await_up "$candidate" "$(candidate_url "$candidate")" || fail 1 "the candidate does not become healthy"
note_version "$candidate" "$version"
# heed: ends the deploy if a person took the candidate back, by rollback.sh or at HAProxy.
heed() {
  [ -n "$candidate" ] && taken_back "$candidate" || return 0
  [ -z "$check" ] || kill "$check" 2>/dev/null || true
  fail 1 "$candidate was taken out of service by hand: the deploy ends"
}
if [ -n "$candidate" ]; then
  approve
  heed
  weight "$candidate" "$CANARY_WEIGHT"
fi

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
  "$scripts/health_check.sh" --env "$env" --gate "$gate" --wait "$wait" 8>&- &
  check=$! # in the background, so that a signal or a rollback by hand is handled at once
  while kill -0 "$check" 2>/dev/null; do
    heed
    sleep 0.5
  done
  wait "$check" || code=$?
  check=''
fi

case $code in
  0) ;;
  2)
    case $ON_INCONCLUSIVE in
      promote) say "INCONCLUSIVE, promoted since ON_INCONCLUSIVE of $PHAROS_ENV is promote" ;;
      hold)
        say "INCONCLUSIVE: the candidate keeps its share; rollback.sh --env $env removes it"
        touched=false
        rm -f "$STATE_DIR/under_way"
        exit 2
        ;;
      *) exit 2 ;;
    esac
    ;;
  *) exit "$code" ;;
esac

heed
before=$(releases)
# Recorded before the weights change: if this script is killed in between, the candidate that passed keeps the traffic. If
# it can't be recorded, nothing must return the candidate.
remember "$(printf '%s\n' "$before" | grep . | tail -n 49; printf '%s %s' "${candidate:--}" "$version")" ||
  rm -f "$STATE_DIR/under_way"
if [ -n "$candidate" ]; then
  weight "$candidate" 100
  weight "$active" 0
  if taken_back "$candidate"; then # between the look before and the weights
    give "$active" "$candidate" drain
    remember "$before" || true
    heed
  fi
  approve
fi
touched=false
[ "$dry_run" = true ] || rm -f "$STATE_DIR/under_way"
end_deployment "$key" succeeded
say "$SERVICE $version serves $PHAROS_ENV${candidate:+ as $candidate; $active stays for a rollback}"
