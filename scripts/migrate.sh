#!/usr/bin/env bash
# Brings the schema of Pharos' store up to date, before a new version of Pharos starts.
#
#   migrate.sh --env ENV [--dry-run]
#
# In production it refuses without a fresh backup: BACKUP_FILE, not empty and at most BACKUP_MAX_AGE_HOURS old. The
# password comes from JDBC_PASSWORD_FILE. Exit codes: 0 done, 1 the migration failed, 4 usage or no backup.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/lib.sh"

env=''
while [ $# -gt 0 ]; do
  case $1 in
    --env) env=${2:?--env needs a value}; shift 2 ;;
    --dry-run) dry_run=true; shift ;;
    -h | --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) fail 4 "unknown argument '$1', expected --env or --dry-run" ;;
  esac
done
[ -n "$env" ] || fail 4 "--env is missing, expected dev, staging, production or a file"
load_env "$env"
need PHAROS_ENV '[A-Za-z0-9._-]+'
STORE=${STORE:-postgresql}
need STORE '(embedded|postgresql)'
store=("--store=$STORE")
if [ "$STORE" = postgresql ]; then
  need JDBC_URL 'jdbc:postgresql:[^[:space:]]+'
  need JDBC_USER '[^[:space:]]+'
  store+=("--jdbc.url=$JDBC_URL" "--jdbc.user=$JDBC_USER")
  [ -z "${JDBC_PASSWORD_FILE:-}" ] || store+=("--jdbc.password-file=$JDBC_PASSWORD_FILE")
fi

if [[ ${JDBC_URL:-} =~ [?\&\;][Pp][Aa][Ss][Ss][Ww][Oo][Rr][Dd]= ]]; then
  fail 4 "JDBC_URL holds a password; expected it in JDBC_PASSWORD_FILE"
fi
if [ -n "${JDBC_PASSWORD_FILE:-}" ] && [ ! -r "$JDBC_PASSWORD_FILE" ] && [ "$dry_run" = false ]; then
  fail 4 "JDBC_PASSWORD_FILE: $JDBC_PASSWORD_FILE can't be read"
fi
if [ "$PHAROS_ENV" = production ]; then
  hours=${BACKUP_MAX_AGE_HOURS:-24}
  need BACKUP_FILE '.+'
  [[ $hours =~ ^[0-9]+$ ]] || fail 4 "BACKUP_MAX_AGE_HOURS: expected hours, found '$hours'"
  if [ "$dry_run" = true ]; then
    printf 'would require a backup of the last %s h: %s\n' "$hours" "$BACKUP_FILE"
  elif [ ! -s "$BACKUP_FILE" ] || [ -z "$(find -L "$BACKUP_FILE" -mmin "-$((hours * 60))")" ]; then
    fail 4 "BACKUP_FILE: $BACKUP_FILE is missing, empty or older than $hours h; expected a fresh backup before a migration"
  fi
fi

# shellcheck disable=SC2206  # a command and its words, such as: docker compose run --rm pharos
command=(${PHAROS_COMMAND:-$root/pharos})
run "${command[@]}" migrate "${store[@]}" || fail 1 "the migration failed"
