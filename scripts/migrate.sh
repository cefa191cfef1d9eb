#!/usr/bin/env bash
# Brings a database up to date: Pharos' own store, or the backend's.
#
#   migrate.sh --env ENV [--database pharos] [--dry-run]
#   migrate.sh --env ENV --database backend --phase expand|contract [--version VERSION] [--force REASON] [--dry-run]
#
# pharos: before a new version of Pharos starts. backend: deploy/migrations, expand before a release of the backend starts
# and contract after its soak. The script reports each run to Pharos, and asks Pharos before contract. Production needs a
# fresh backup: BACKUP_FILE (for the backend BACKEND_BACKUP_FILE), not empty and at most BACKUP_MAX_AGE_HOURS old. Passwords
# come from JDBC_PASSWORD_FILE and BACKEND_JDBC_PASSWORD_FILE, or from the secrets of the environment (deploy/README.md).
# Exit codes: 0 done, 1 a migration failed or is refused, 4 usage or no backup, 5 the database or Pharos can't be reached.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/lib.sh"

env='' database=pharos phase='' version='' force=''
while [ $# -gt 0 ]; do
  case $1 in
    --env) env=${2:?--env needs a value}; shift 2 ;;
    --database) database=${2:?--database needs a value}; shift 2 ;;
    --phase) phase=${2:?--phase needs a value}; shift 2 ;;
    --version) version=${2:?--version needs a value}; shift 2 ;;
    --force) force=${2:?--force needs a value}; shift 2 ;;
    --dry-run) dry_run=true; shift ;;
    -h | --help) sed -n '2,13s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) fail 4 "unknown argument '$1', expected --env, --database, --phase, --version, --force or --dry-run" ;;
  esac
done
[ -n "$env" ] || fail 4 "--env is missing, expected dev, staging, production or a file"
[[ $database =~ ^(pharos|backend)$ ]] || fail 4 "--database: expected pharos or backend, found '$database'"
if [ "$database" = backend ]; then
  [[ $phase =~ ^(expand|contract)$ ]] || fail 4 "--phase: expected expand or contract, found '$phase'"
  [[ $version =~ ^[A-Za-z0-9._+-]*$ ]] || fail 4 "--version: expected letters, digits and . _ + -, found '$version'"
elif [ -n "$phase$version$force" ]; then
  fail 4 "--phase, --version and --force are for --database backend; Pharos' own store has no phases"
fi
load_env "$env"
need PHAROS_ENV '[A-Za-z0-9._-]+'

# password_of KEY: fails if the URL in KEY contains a password, or if the password file can't be read.
password_of() {
  local url=${!1-} file=${1%URL}PASSWORD_FILE
  if [[ $url =~ [?\&\;][Pp][Aa][Ss][Ss][Ww][Oo][Rr][Dd]= ]]; then
    fail 4 "$1 contains a password; expected it in $file"
  fi
  if [ -n "${!file-}" ] && [ ! -r "${!file}" ] && { [ "$dry_run" = false ] || [ "$database" = backend ]; }; then
    fail 4 "$file: ${!file} can't be read"
  fi
}

# need_hours: validates the maximum age of a backup.
need_hours() {
  BACKUP_MAX_AGE_HOURS=${BACKUP_MAX_AGE_HOURS:-24}
  [[ $BACKUP_MAX_AGE_HOURS =~ ^[0-9]+$ ]] || fail 4 "BACKUP_MAX_AGE_HOURS: expected hours, found '$BACKUP_MAX_AGE_HOURS'"
}

# shellcheck disable=SC2206  # a command and its words, such as: docker compose run --rm pharos
command=(${PHAROS_COMMAND:-$root/pharos})

if [ "$database" = backend ]; then
  need BACKEND_JDBC_URL 'jdbc:postgresql:[^[:space:]]+'
  need BACKEND_JDBC_USER '[^[:space:]]+'
  password_of BACKEND_JDBC_URL
  # A dry run queries the database and Pharos too.
  load_secrets || exit 4
  if [ -n "$PHAROS_URL" ] && [ -z "${secrets[PHAROS_TOKEN]:-}" ] && [ -n "${PHAROS_TOKEN_FILE:-}" ]; then
    [ -r "$PHAROS_TOKEN_FILE" ] || fail 4 "PHAROS_TOKEN_FILE: $PHAROS_TOKEN_FILE can't be read"
  fi
  words=("--phase=$phase" "--backend.jdbc.url=$BACKEND_JDBC_URL" "--backend.jdbc.user=$BACKEND_JDBC_USER"
    "--migrations.dir=${MIGRATIONS_DIR:-$root/deploy/migrations}" "--env=$PHAROS_ENV")
  [ -z "${LOCK_TIMEOUT:-}" ] || words+=("--lock-timeout=$LOCK_TIMEOUT")
  [ -z "${STATEMENT_TIMEOUT:-}" ] || words+=("--statement-timeout=$STATEMENT_TIMEOUT")
  [ -z "${CONTRACT_SOAK:-}" ] || words+=("--soak=$CONTRACT_SOAK")
  [ -z "$version" ] || words+=("--release=$version")
  [ -z "$force" ] || words+=("--force=$force")
  if [ -n "$PHAROS_URL" ]; then
    need SERVICE '[A-Za-z0-9._-]+'
    words+=("--url=$PHAROS_URL" "--service=$SERVICE")
  fi
  [ "$dry_run" = true ] && words+=(--dry-run)
  if [ "$PHAROS_ENV" = production ]; then
    need BACKEND_BACKUP_FILE '.+'
    need_hours
    words+=("--backup-file=$BACKEND_BACKUP_FILE" "--backup-max-age=${BACKUP_MAX_AGE_HOURS}h")
  fi
  # Secrets are passed by file descriptors, so that the list of processes does not show them.
  code=0
  if [ -n "${secrets[PHAROS_TOKEN]:-}" ]; then
    "${command[@]}" migrate-backend "${words[@]}" --token-file=<(secret PHAROS_TOKEN) \
      --backend.jdbc.password-file=<(secret BACKEND_JDBC_PASSWORD) || code=$?
  else
    "${command[@]}" migrate-backend "${words[@]}" \
      --backend.jdbc.password-file=<(secret BACKEND_JDBC_PASSWORD) || code=$?
  fi
  exit "$code"
fi

STORE=${STORE:-postgresql}
need STORE '(embedded|postgresql)'
store=("--store=$STORE")
if [ "$STORE" = postgresql ]; then
  need JDBC_URL 'jdbc:postgresql:[^[:space:]]+'
  need JDBC_USER '[^[:space:]]+'
  store+=("--jdbc.url=$JDBC_URL" "--jdbc.user=$JDBC_USER")
  [ -z "${JDBC_PASSWORD_FILE:-}" ] || store+=("--jdbc.password-file=$JDBC_PASSWORD_FILE")
fi
password_of JDBC_URL
if [ "$PHAROS_ENV" = production ]; then
  need BACKUP_FILE '.+'
  need_hours
  hours=$BACKUP_MAX_AGE_HOURS
  if [ "$dry_run" = true ]; then
    printf 'would require a backup of the last %s h: %s\n' "$hours" "$BACKUP_FILE"
  elif [ ! -s "$BACKUP_FILE" ] || [ -z "$(find -L "$BACKUP_FILE" -mmin "-$((hours * 60))")" ]; then
    fail 4 "BACKUP_FILE: $BACKUP_FILE is missing, empty or older than $hours h; expected a fresh backup before a migration"
  fi
fi
[ "$dry_run" = true ] || load_secrets || exit 4
if [ "$STORE" = postgresql ] && [ -n "${secrets[JDBC_PASSWORD]:-}" ]; then
  run "${command[@]}" migrate "${store[@]}" --jdbc.password-file=<(secret JDBC_PASSWORD) || fail 1 "the migration failed"
else
  run "${command[@]}" migrate "${store[@]}" || fail 1 "the migration failed"
fi
