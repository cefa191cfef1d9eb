#!/usr/bin/env bash
# Gives the traffic back to the release before, and tells Pharos.
#
#   rollback.sh --env ENV [--to blue|green] [--deployment KEY] [--dry-run]
#
# With colours: all traffic to --to (default: the colour that serves, so that a candidate loses its share), the other
# one is stopped. To go back after a finished deploy name the other colour. Without colours: the version before is
# started again. Exit codes: 0 done, 4 usage, 5 HAProxy or the start command failed.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/lib.sh"

env='' to='' key=''
while [ $# -gt 0 ]; do
  case $1 in
    --env) env=${2:?--env needs a value}; shift 2 ;;
    --to) to=${2:?--to needs a value}; shift 2 ;;
    --deployment) key=${2:?--deployment needs a value}; shift 2 ;;
    --dry-run) dry_run=true; shift ;;
    -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) fail 4 "unknown argument '$1', expected --env, --to, --deployment or --dry-run" ;;
  esac
done
[ -n "$env" ] || fail 4 "--env is missing, expected dev, staging, production or a file"
[[ $to =~ ^(blue|green)?$ ]] || fail 4 "--to: expected blue or green, found '$to'"
[[ $key =~ ^[A-Za-z0-9._:@/+=-]*$ ]] || fail 4 "--deployment: expected the key of a deployment, found '$key'"
load_env "$env"
need PHAROS_ENV '[A-Za-z0-9._-]+'
need STRATEGY '(recreate|blue-green|canary)'
STATE_DIR=${STATE_DIR:-$root/data/deploy/$PHAROS_ENV}
lock

if [ "$STRATEGY" = recreate ]; then
  previous=$(state previous_version)
  [ -n "$previous" ] || fail 4 "the version before is not known ($STATE_DIR/previous_version): start it by hand"
  say "$previous is started again in $PHAROS_ENV"
  start '' "$previous" || fail 5 "the version $previous can't be started"
  set_state active_version "$previous"
else
  need HAPROXY_RUNTIME '[^[:space:]]+'
  need HAPROXY_BACKEND '[A-Za-z0-9._-]+'
  serving=$(state active_color)
  to=${to:-${serving:-blue}}
  from=$(other_color "$to")
  say "all traffic of $PHAROS_ENV goes to $to"
  [ "$to" = "${serving:-$to}" ] || start "$to" "$(state previous_version)" || fail 5 "$to can't be started"
  weight "$to" 100
  weight "$from" 0
  set_state active_color "$to"
  [ "$to" = "${serving:-$to}" ] || set_state active_version "$(state previous_version)"
  sleep "$([ "$dry_run" = true ] && echo 0 || echo "${DRAIN_SECONDS:-10}")"
  stop "$from" || say "$from could not be stopped; it has no traffic"
fi
[ -z "$key" ] || end_deployment "$key" rolled_back
say "done"
