#!/usr/bin/env bash
# Shifts the traffic back to a good release and announces that to Pharos.
#
#   rollback.sh --env ENV [--back N | --to blue|green] [--force REASON] [--deployment KEY] [--dry-run]
#
# The traffic moves first and needs only HAProxy's socket: neither Pharos, a token, the lock nor space on a disk. With
# colours and without --back and --to the serving colour gets all traffic, and a candidate loses its share; a running
# deploy or rollout agent finds the candidate drained and ends its release. --back N: the release N before the serving
# one; --to: the last good release of that colour. It is started unless it still runs, and gets the traffic once it is
# healthy. The colour that lost the traffic is stopped. If no earlier release is known, the candidate is stopped all the
# same: nothing serves, as before. Without colours the last good release, or the one N before it, is started again.
# --when-gone PID: waits for the end of that process and does nothing if it succeeded; so a killed deploy is rolled back.
# With ROLLOUT=true a running rollout is then aborted, and --back N rolls that release out as a fix, by deploy.sh and with
# its exit codes; if Pharos does not answer, --back N moves the traffic itself.
#
# Before --back and --to the script asks Pharos whether the release can run on the current database. If a migration removed
# parts that it needs, or that is unknown, the rollback is refused unless --force gives a reason. If Pharos does not answer or
# knows no migration, the script says so and continues. Exit codes: 0 the traffic is back, 4 usage or refused, 5 HAProxy,
# the start command or the release failed; then the traffic is unchanged.
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
    -h | --help) sed -n '2,21s/^# \{0,1\}//p' "$0"; exit 0 ;;
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
# A repeated deploy may have the same key: the process tells them apart.
under_way() { [ "$(cat "$STATE_DIR/under_way" 2>/dev/null)" = "$key $gone" ]; }
if [ -n "$gone" ]; then
  trap '' INT HUP
  while kill -0 "$gone" 2>/dev/null; do sleep 1; done
  under_way || exit 0
  say "the deploy $key was killed: rolling it back"
fi
known=$(releases) || known=''
colors=false
[ "$STRATEGY" = recreate ] || colors=true
if [ "$colors" = true ]; then
  need HAPROXY_RUNTIME '[^[:space:]]+'
  need HAPROXY_BACKEND '[A-Za-z0-9._-]+'
fi

# healthy COLOUR: whether HAProxy finds it healthy.
healthy() { [ "$(server_field "$1" 6 2>/dev/null)" = 2 ]; }

# give_back: gives the traffic to the colour of the last good release if it is healthy, and takes the other one out of
# service. Fails if the traffic stays as it is.
shared=false
give_back() {
  local good=${known##*$'\n'} share
  good=${good%% *}
  [[ $good =~ ^(blue|green)$ ]] || good=$(heavier)
  [[ $good =~ ^(blue|green)$ ]] && share=$(server_field "$(other_color "$good")" 8) && healthy "$good" || return 1
  [ "${share:-0}" = 0 ] || shared=true
  # A deploy that takes back its own candidate need not tell that to itself.
  [ "$shared" = true ] || [ -z "$key$back$to" ] || return 1
  (give "$good" "$(other_color "$good")" "$([ -n "$key" ] || echo drain)") || return 1
  say "all traffic of $PHAROS_ENV goes to $good"
}

moved=false
if [ "$colors$dry_run" = truefalse ] && give_back; then
  moved=true
fi

pharos_answers() {
  local status
  [ "$dry_run" = false ] || return 0
  status=$(call_pharos GET /-/ready '' /dev/null --max-time 5 2>/dev/null) || true
  [[ $status =~ ^[234] ]]
}

by_rollout=false
if [ "${ROLLOUT:-false}" = true ]; then
  [ -z "$to" ] || fail 4 "--to: with ROLLOUT=true Pharos chooses the colour, expected --back N"
  by_rollout=true
  if [ -n "$back" ] && ! pharos_answers; then
    say "Pharos does not answer: the traffic moves without a rollout"
    by_rollout=false
  fi
fi
if [ "$by_rollout" = true ]; then
  if [ -n "$back" ]; then
    lines=$(printf '%s\n' "$known" | grep -c . || true)
    good=$(printf '%s\n' "$known" | sed '$d' | tail -n "$back" | head -n 1)
    [ "$lines" -gt "$back" ] ||
      fail 4 "the release to go back to is not known ($STATE_DIR/releases): start it by hand"
    dry=()
    [ "$dry_run" = false ] || dry=(--dry-run)
    [ "$dry_run" = true ] || load_secrets || say "Pharos is not queried"
    ask_schema "${good#* }"
    exec "$(dirname -- "$(readlink -f -- "$0")")/deploy.sh" --env "$env" --version "${good#* }" --intent fix "${dry[@]}"
  fi
  aborted=0
  rollout abort --reason "rollback.sh, called by ${USER:-$(id -un)}" || aborted=$?
  # 4: the agent may have told Pharos first, so that the rollout returns already.
  if [ "$aborted" != 0 ] && [ "$aborted$moved$shared" != 4truetrue ]; then
    [ "$moved$shared" = truetrue ] || exit 5
    say "the traffic is back; the rollout is aborted once its agent reaches Pharos"
    exit 0
  fi
  code=0
  rollout status --wait "${ROLLBACK_WAIT:-300}s" || code=$?
  [ "$dry_run$code" = true0 ] || [ "$code" = 1 ] || [ "$moved$shared" = truetrue ] ||
    fail 5 "the rollout did not end as aborted: look at $PHAROS_ENV now"
  exit 0
fi

# A deploy that runs ends when it finds its candidate drained; it stops the candidate itself.
locked=0
lock "$((${DRAIN_SECONDS:-10} + 30))" || locked=$?
while [ "$locked" = 1 ] && [ -n "$gone" ]; do # a child of the killed deploy, or a rollback by hand, still has the lock
  under_way || exit 0
  locked=0
  lock 30 || locked=$?
done
if [ "$locked" = 1 ]; then
  [ "$back$to$moved" = true ] || fail 4 "another deploy or rollback to $PHAROS_ENV is running ($STATE_DIR/lock)"
  say "the traffic is back; a deploy that still runs ends once it looks at its candidate"
  exit 0
fi
[ "$locked" = 0 ] || say "STATE_DIR: $STATE_DIR/lock can't be created: continuing without it"
[ -z "$gone" ] || under_way || exit 0 # the next deploy took over
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
# A release that can't be rolled back has failed too.
finish() {
  local code=$?
  trap - EXIT
  set +e
  [ "$code" = 0 ] || report_end failed
  exit "$code"
}
trap finish EXIT

if [ "$colors$dry_run" = truefalse ]; then
  end=$((SECONDS + 20)) # HAProxy may be starting again
  until ask_haproxy "show servers state $HAPROXY_BACKEND" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || fail 5 "HAProxy: $HAPROXY_RUNTIME does not answer"
    sleep 0.5
  done
fi
known=$(releases) || known='' # a deploy may have ended meanwhile
asked=$back$to
serves=''
[ "$colors$dry_run" != truefalse ] || serves=$(carrying)
serves=${serves:-$(serving 1)}
if [ -n "$to" ]; then
  line=$(printf '%s\n' "$known" | grep -n "^$to " | tail -n 1 | cut -d : -f 1 || true)
  [ -n "$line" ] || [ "$(serving 1)" = '' ] || fail 4 "no release of $to is known ($STATE_DIR/releases)"
else
  count=$(printf '%s\n' "$known" | grep -c . || true)
  # Without colours the candidate replaced the serving release.
  line=$((count - ${back:-0}))
  [ "$line" -gt 0 ] || { [ -z "$back" ] && [ "$STRATEGY" != recreate ]; } ||
    fail 4 "the release to go back to is not known ($STATE_DIR/releases has $count): start it by hand"
fi
kept=''
[ "${line:-0}" -lt 1 ] || kept=$(printf '%s\n' "$known" | head -n "$line")
good=${kept##*$'\n'}
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
  remember "$kept" || true
else
  if [ -n "$back" ]; then # never while the colour has traffic
    to=$(other_color "${serves:-blue}")
    kept=$(printf '%s\n' "$kept" | sed '$d' && printf '%s %s' "$to" "$version")
  fi
  to=${to:-${good%% *}}
  [ -n "$to" ] || [ "$dry_run" = true ] || to=$(heavier)
  to=${to:-blue}
  from=$(other_color "$to")
  starts=false
  if [ -n "$version$asked" ] && [ "$to" != "${serves:-$to}" ]; then
    starts=true
    ! is_warm "$to" "$version" || starts=false
  elif [ "$dry_run" = false ] && [ -n "$version" ] && ! healthy "$to"; then
    starts=true # it serves nobody now, so that the traffic can wait for it
  fi
  if [ "$starts" = true ]; then
    say "$version is started as $to"
    start "$to" "$version" || fail 5 "$to can't be started; the traffic of $PHAROS_ENV is unchanged"
    await_up "$to" "$(candidate_url "$to")" || fail 5 "$to does not become healthy; the traffic of $PHAROS_ENV is unchanged"
    note_version "$to" "$version"
  fi
  if [ "$moved" = false ] || [ -n "$back" ] || ! [ "$to" = "$serves" ]; then
    say "all traffic of $PHAROS_ENV goes to $to"
    give "$to" "$from" "$([ "${ROLLOUT:-false}" != true ] || echo drain)"
  fi
  [ "$dry_run" = true ] || [ -n "$version" ] || healthy "$to" ||
    say "no earlier release is known and $to is not healthy: nothing serves $PHAROS_ENV now, as before its first release"
  [ -z "$kept" ] || remember "$kept" || true
  approve
  sleep "$([ "$dry_run" = true ] && echo 0 || echo "${DRAIN_SECONDS:-10}")"
  stop "$from" || say "$from could not be stopped; it has no traffic"
  # The next release begins there; an agent has to see that a person took its release back.
  [ "${ROLLOUT:-false}" = true ] || (ready "$from") || true
fi
[ "$dry_run" = true ] || rm -f "$STATE_DIR/under_way"
if [ -n "$key" ]; then
  report_end rolled_back
elif [ "$changed" = true ] && [ -n "$PHAROS_URL" ] && [ -n "${SERVICE:-}" ]; then
  announce_rollback "$version" "$to"
fi
say "done"
