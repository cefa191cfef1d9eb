#!/bin/sh
# Dumps a PostgreSQL database again and again, and says in a file for node-exporter's textfile
# collector when the last dump was good: the heartbeat of the backup, which CronMissed and CronFailed
# of alert-rules/cron.yml watch. With the word `once` it dumps
# once and ends, with 1 where the dump failed.
#
#   BACKUP_DATABASE       postgresql://user@host:port/database, without a password
#   BACKUP_PASSWORD_FILE  the password
#   BACKUP_DIR            where dumps are kept
#   BACKUP_METRICS_DIR    where backup.prom is written
#   BACKUP_EVERY          seconds from one dump to the next (86400)
#   BACKUP_KEEP           how many dumps are kept (14)
set -eu
umask 077

every=${BACKUP_EVERY:-86400}
keep=${BACKUP_KEEP:-14}
name=${BACKUP_NAME:-postgresql}
metrics=$BACKUP_METRICS_DIR/backup.prom

# The password must be in no list of processes.
pass=$(mktemp)
trap 'rm -f "$pass"' EXIT
trap 'exit 143' TERM INT

# The time that backup.prom says the last good dump was; nothing where there was none.
last() {
  if [ -f "$metrics" ]; then
    sed -n 's/^backup_last_success_timestamp_seconds{[^}]*} //p' "$metrics"
  fi
}

# tell FAILED GOOD_AT SECONDS BYTES: replaces the file in one step.
tell() {
  {
    echo '# HELP backup_last_failed Whether the last dump failed.'
    echo '# TYPE backup_last_failed gauge'
    echo "backup_last_failed{backup=\"$name\"} $1"
    echo '# HELP backup_interval_seconds How long it is from one dump to the next.'
    echo '# TYPE backup_interval_seconds gauge'
    echo "backup_interval_seconds{backup=\"$name\"} $every"
    if [ -n "$2" ]; then
      echo '# HELP backup_last_success_timestamp_seconds When the last good dump ended.'
      echo '# TYPE backup_last_success_timestamp_seconds gauge'
      echo "backup_last_success_timestamp_seconds{backup=\"$name\"} $2"
    fi
    if [ -n "$3" ]; then
      echo '# HELP backup_last_duration_seconds How long the last good dump took.'
      echo '# TYPE backup_last_duration_seconds gauge'
      echo "backup_last_duration_seconds{backup=\"$name\"} $3"
      echo '# HELP backup_last_size_bytes How large the last good dump is.'
      echo '# TYPE backup_last_size_bytes gauge'
      echo "backup_last_size_bytes{backup=\"$name\"} $4"
    fi
    # As cron-heartbeat.sh says it of any job; half an interval late is too late.
    echo '# TYPE cron_last_success_timestamp_seconds gauge'
    echo "cron_last_success_timestamp_seconds{cron=\"backup-$name\"} ${2:-0}"
    echo '# TYPE cron_max_age_seconds gauge'
    echo "cron_max_age_seconds{cron=\"backup-$name\"} $((every + every / 2))"
    echo '# TYPE cron_last_exit_code gauge'
    echo "cron_last_exit_code{cron=\"backup-$name\"} $1"
  } >"$metrics.new"
  chmod 0644 "$metrics.new"
  mv "$metrics.new" "$metrics"
}

dump() {
  begun=$(date +%s)
  file=$BACKUP_DIR/$name-$(date -u +%Y%m%dT%H%M%SZ).dump
  # Backslashes and colons mean something in a file of passwords.
  printf '*:*:*:*:%s\n' "$(sed 's/[\\:]/\\&/g' "$BACKUP_PASSWORD_FILE")" >"$pass"
  # A dump counts when its table of contents can be read.
  if PGPASSFILE=$pass pg_dump --no-password --format=custom --file="$file.part" "$BACKUP_DATABASE" \
    && pg_restore --list "$file.part" >/dev/null; then
    mv "$file.part" "$file"
    now=$(date +%s)
    tell 0 "$now" "$((now - begun))" "$(wc -c <"$file" | tr -d ' ')"
    echo "dumped $file"
    # The names are of this script's making, and sort by time.
    find "$BACKUP_DIR" -name "$name-*.dump" | sort -r | tail -n "+$((keep + 1))" | while read -r old; do
      rm -f "$old"
    done
    return 0
  fi
  rm -f "$file.part"
  tell 1 "$(last)" '' ''
  echo "the dump failed" >&2
  return 1
}

if [ "${1:-}" = once ]; then
  dump
  exit
fi
while :; do
  wait=$every
  dump || wait=$((every < 900 ? every : 900)) # a failure is tried again soon
  sleep "$wait" &
  wait $! # so that a signal ends it at once
done
