#!/usr/bin/env bash
# Shifts the traffic back to a good release and announces that to Pharos.
#
#   rollback.sh --env ENV [--back N | --to blue|green] [--force REASON] [--deployment KEY] [--dry-run]
#
# With colours and without --back and --to the serving colour gets all traffic, and a candidate loses its share.
# --back N: the release N before the serving one; --to: the last good release of that colour. It is started, and gets the
# traffic once it is healthy. The colour that lost the traffic is stopped. Without colours the last good release, or the
# one N before it, is started again. --when-gone PID: waits for the end of that process and does nothing if it succeeded;
# so a killed deploy is rolled back. With ROLLOUT=true Pharos decides: a running rollout is aborted, and --back N rolls
# that release out as a fix, by deploy.sh and with its exit codes.
#
# Before --back and --to the script asks Pharos whether the release can run on the current database. If a migration removed
# parts that it needs, or that is unknown, the rollback is refused unless --force gives a reason. If Pharos does not answer or
# knows no migration, the script says so and continues. Exit codes: 0 done, 4 usage or refused, 5 HAProxy, the start
# command or the release failed; then the traffic is unchanged.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/lib.sh"

env='' to='' back='' key='' gone='' force=''
while [ $# -gt 0 ]; do
  case $1 in
    --env) env=${2:?--env needs a value}; shift 2 ;;
    --to) to=${2:?--to needs a value}; shift 2 ;;
    --back) back=${2:?--back needs a value}; shift 2 ;;
    --deployment) key=${2:?--deployment needs a value}; shift 2 ;;
    --force) force=${2:?--force needs a value}; shift 2 ;;
    --when-gone) gone=${2:?--when-gone needs a value}; shift 2 ;;
    --dry-run) dry_run=true; shift ;;
    -h | --help) sed -n '2,16s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) fail 4 "unknown argument '$1', expected --env, --to, --back, --deployment or --dry-run" ;;
  esac
done
[ -n "$env" ] || fail 4 "--env is missing, expected dev, staging, production or a file"
[[ $to =~ ^(blue|green)?$ ]] || fail 4 "--to: expected blue or green, found '$to'"
[[ $back =~ ^([1-9][0-9]{0,3})?$ ]] || fail 4 "--back: expected how many releases, found '$back'"
[ -z "$to" ] || [ -z "$back" ] || fail 4 "--to and --back: expected one of them"
[[ $key =~ ^[A-Za-z0-9._:@/+=-]*$ ]] || fail 4 "--deployment: expected the key of a deployment, found '$key'"
[[ $force =~ ^([^[:space:]]+[[:space:]]+[^[:space:]].*)?$ ]] || fail 4 "--force: expected a reason in words, found '$force'"
[[ $gone =~ ^[0-9]*$ ]] || fail 4 "--when-gone: expected the id of a process, found '$gone'"
load_env "$env"
need PHAROS_ENV '[A-Za-z0-9._-]+'
need STRATEGY '(recreate|blue-green|canary)'
STATE_DIR=${STATE_DIR:-$root/data/deploy/$PHAROS_ENV}
if [ -n "$gone" ]; then
  trap '' INT HUP
  while kill -0 "$gone" 2>/dev/null; do sleep 1; done
  [ "$(cat "$STATE_DIR/under_way" 2>/dev/null)" = "$key" ] || exit 0
  say "the deploy $key was killed: rolling it back"
fi
known=$(releases)
if [ "${ROLLOUT:-false}" = true ]; then
  [ -z "$to" ] || fail 4 "--to: with ROLLOUT=true Pharos chooses the colour, expected --back N"
  if [ -n "$back" ]; then
    good=$(sed '$d' <<<"$known" | tail -n "$back" | head -n 1)
    [ "$(grep -c . <<<"$known" || true)" -gt "$back" ] ||
      fail 4 "the release to go back to is not known ($STATE_DIR/releases): start it by hand"
    dry=()
    [ "$dry_run" = false ] || dry=(--dry-run)
    [ "$dry_run" = true ] || load_secrets || say "Pharos is not queried"
    ask_schema "${good#* }"
    exec "$(dirname -- "$(readlink -f -- "$0")")/deploy.sh" --env "$env" --version "${good#* }" --intent fix "${dry[@]}"
  fi
  rollout abort --reason "rollback.sh, called by ${USER:-$(id -un)}" || exit 5
  code=0
  rollout status --wait "${ROLLBACK_WAIT:-300}s" || code=$?
  [ "$dry_run$code" = true0 ] || [ "$code" = 1 ] || fail 5 "the rollout did not end as aborted: look at $PHAROS_ENV now"
  exit 0
fi
lock
[ "$dry_run" = true ] || load_secrets || say "Pharos is neither notified nor queried"

# report_end STATUS: reports the end of the deployment, once.
report_end() {
  [ -n "$key" ] || return 0
  if [ -n "${PHAROS_TOKEN_FILE:-}" ] && [ ! -r "$PHAROS_TOKEN_FILE" ]; then
    say "PHAROS_TOKEN_FILE: $PHAROS_TOKEN_FILE can't be read, so Pharos is not notified"
  else
    end_deployment "$key" "$1"
  fi
}
# A release that can't be rolled back, for example the first one, has failed too.
finish() {
  local code=$?
  trap - EXIT
  set +e
  [ "$code" = 0 ] || report_end failed
  exit "$code"
}
trap finish EXIT

if [ -n "$to" ]; then
  line=$(grep -n "^$to " <<<"$known" | tail -n 1 | cut -d : -f 1 || true)
  [ -n "$line" ] || [ "$(serving 1)" = '' ] || fail 4 "no release of $to is known ($STATE_DIR/releases)"
else
  count=$(grep -c . <<<"$known" || true)
  # Without colours the candidate replaced the serving release.
  line=$((count - ${back:-0}))
  [ "$line" -gt 0 ] || { [ -z "$back" ] && [ "$STRATEGY" != recreate ]; } ||
    fail 4 "the release to go back to is not known ($STATE_DIR/releases has $count): start it by hand"
fi
kept=$(head -n "${line:-0}" <<<"$known")
good=$(tail -n 1 <<<"$kept")
version=${good#* }
# Only a release that does not serve now may be incompatible with the database.
changed=false
if [ -n "$back$to" ] && [ -n "$version" ] && [ "$version" != "$(serving 2)" ]; then
  changed=true
  ask_schema "$version"
fi

if [ "$STRATEGY" = recreate ]; then
  say "$version is started again in $PHAROS_ENV"
  start '' "$version" || fail 5 "the version $version can't be started"
  await_up '' "$(candidate_url '')" || fail 5 "$version does not answer"
  remember "$kept"
else
  need HAPROXY_RUNTIME '[^[:space:]]+'
  need HAPROXY_BACKEND '[A-Za-z0-9._-]+'
  serves=$(serving 1)
  if [ -n "$back" ]; then # never while the colour has traffic
    to=$(other_color "$serves")
    kept=$(sed '$d' <<<"$kept" && printf '%s %s' "$to" "$version")
  fi
  to=${to:-${good%% *}}
  to=${to:-blue}
  from=$(other_color "$to")
  if [ "$to" != "${serves:-$to}" ]; then
    say "$version is started as $to"
    start "$to" "$version" || fail 5 "$to can't be started; the traffic of $PHAROS_ENV is unchanged"
    await_up "$to" "$(candidate_url "$to")" || fail 5 "$to does not become healthy; the traffic of $PHAROS_ENV is unchanged"
  fi
  say "all traffic of $PHAROS_ENV goes to $to"
  # Recorded first, as in deploy.sh: if this script is killed now, the next run finishes it.
  [ -z "$kept" ] || remember "$kept"
  weight "$to" 100
  weight "$from" 0
  approve
  sleep "$([ "$dry_run" = true ] && echo 0 || echo "${DRAIN_SECONDS:-10}")"
  stop "$from" || say "$from could not be stopped; it has no traffic"
fi
[ "$dry_run" = true ] || rm -f "$STATE_DIR/under_way"
if [ -n "$key" ]; then
  report_end rolled_back
elif [ "$changed" = true ] && [ -n "$PHAROS_URL" ] && [ -n "${SERVICE:-}" ]; then
  announce_rollback "$version" "$to"
fi
say "done"
