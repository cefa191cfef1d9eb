#!/bin/sh
# Dumps a PostgreSQL database periodically and reports the last good dump in a file for node-exporter's textfile
# collector, watched by CronMissed and CronFailed (alert-rules/cron.yml). With `once` it dumps once and exits, with 1 on
# failure.
#
#   BACKUP_DATABASE       postgresql://user@host:port/database, without a password
#   BACKUP_PASSWORD_FILE  the password
#   BACKUP_DIR            folder of the dumps
#   BACKUP_METRICS_DIR    folder of backup.prom
#   BACKUP_EVERY          seconds between dumps (86400)
#   BACKUP_KEEP           number of kept dumps (14)
set -eu
umask 077

every=${BACKUP_EVERY:-86400}
keep=${BACKUP_KEEP:-14}
name=${BACKUP_NAME:-postgresql}
metrics=$BACKUP_METRICS_DIR/backup.prom

# The password must not appear in the process list.
pass=$(mktemp)
trap 'rm -f "$pass"' EXIT
trap 'exit 143' TERM INT

# Prints the time of the last good dump in backup.prom, or nothing.
last_good() {
  if [ -f "$metrics" ]; then
    sed -n 's/^backup_last_success_timestamp_seconds{[^}]*} //p' "$metrics"
  fi
}

# write_metrics FAILED GOOD_AT SECONDS BYTES: replaces backup.prom atomically.
write_metrics() {
  {
    echo '# HELP backup_last_failed Whether the last dump failed.'
    echo '# TYPE backup_last_failed gauge'
    echo "backup_last_failed{backup=\"$name\"} $1"
    echo '# HELP backup_interval_seconds Time between dumps.'
    echo '# TYPE backup_interval_seconds gauge'
    echo "backup_interval_seconds{backup=\"$name\"} $every"
    if [ -n "$2" ]; then
      echo '# HELP backup_last_success_timestamp_seconds End of the last good dump.'
      echo '# TYPE backup_last_success_timestamp_seconds gauge'
      echo "backup_last_success_timestamp_seconds{backup=\"$name\"} $2"
    fi
    if [ -n "$3" ]; then
      echo '# HELP backup_last_duration_seconds Duration of the last good dump.'
      echo '# TYPE backup_last_duration_seconds gauge'
      echo "backup_last_duration_seconds{backup=\"$name\"} $3"
      echo '# HELP backup_last_size_bytes Size of the last good dump.'
      echo '# TYPE backup_last_size_bytes gauge'
      echo "backup_last_size_bytes{backup=\"$name\"} $4"
    fi
    # The metrics of cron-heartbeat.sh. A dump may be late by half an interval.
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
  # Password files need escaped backslashes and colons.
  printf '*:*:*:*:%s\n' "$(sed 's/[\\:]/\\&/g' "$BACKUP_PASSWORD_FILE")" >"$pass"
  # A dump is good if its table of contents is readable.
  if PGPASSFILE=$pass pg_dump --no-password --format=custom --file="$file.part" "$BACKUP_DATABASE" \
    && pg_restore --list "$file.part" >/dev/null; then
    mv "$file.part" "$file"
    now=$(date +%s)
    write_metrics 0 "$now" "$((now - begun))" "$(wc -c <"$file" | tr -d ' ')"
    echo "dumped $file"
    # This script creates the names, which sort by time.
    find "$BACKUP_DIR" -name "$name-*.dump" | sort -r | tail -n "+$((keep + 1))" | while read -r old; do
      rm -f "$old"
    done
    return 0
  fi
  rm -f "$file.part"
  write_metrics 1 "$(last_good)" '' ''
  echo "the dump failed" >&2
  return 1
}

if [ "${1:-}" = once ]; then
  dump
  exit
fi
while :; do
  wait=$every
  dump || wait=$((every < 900 ? every : 900)) # after a failure, try again within 15 minutes
  sleep "$wait" &
  wait $! # a signal interrupts this wait, but would not interrupt sleep itself
done
