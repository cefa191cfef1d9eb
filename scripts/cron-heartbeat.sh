#!/bin/sh
# Runs a recurring job and leaves word of it for node_exporter's textfile collector, by which the rules of alert-rules/cron.yml
# tell a job that fails from one that does not run:
#
#   15 2 * * *  postgres  /opt/pharos/scripts/cron-heartbeat.sh pg-backup 26h /usr/local/bin/backup.sh
#
# The first word names the job, the second says how old its last success may become (s, m, h or d), the others are the job.
# CRON_TEXTFILES is the folder (of node_exporter's --collector.textfile.directory). What the job prints goes to the system's
# log; this ends with the job's exit code, whether or not word could be left.
set -u

[ $# -ge 3 ] || { echo "usage: cron-heartbeat.sh NAME MAX_AGE COMMAND..." >&2; exit 64; }
name=$1
age=$2
shift 2
case $name in
  *[!a-z0-9-]* | "") echo "cron-heartbeat: expected a name of a-z, 0-9 and -, found $name" >&2; exit 64 ;;
esac
case ${age%?} in
  *[!0-9]* | "") echo "cron-heartbeat: expected an age such as 26h, found $age" >&2; exit 64 ;;
esac
case $age in
  *s) seconds=${age%s} ;;
  *m) seconds=$((${age%m} * 60)) ;;
  *h) seconds=$((${age%h} * 3600)) ;;
  *d) seconds=$((${age%d} * 86400)) ;;
  *) echo "cron-heartbeat: expected an age such as 26h, found $age" >&2; exit 64 ;;
esac

folder=${CRON_TEXTFILES:-/var/lib/prometheus/node-exporter}
file=$folder/cron-$name.prom
output=$(mktemp) || output=/dev/null
"$@" >"$output" 2>&1
code=$?
if command -v logger >/dev/null 2>&1; then logger -t cron-heartbeat -f "$output" 2>/dev/null; fi
[ "$code" -eq 0 ] || cat "$output" >&2
[ "$output" = /dev/null ] || rm -f "$output"

if [ "$code" -eq 0 ]; then
  success=$(date +%s)
else
  success=$(sed -n 's/^cron_last_success_timestamp_seconds{.*} //p' "$file" 2>/dev/null)
fi
if new=$(mktemp "$folder/.cron-$name.XXXXXX"); then
  {
    echo "# TYPE cron_last_success_timestamp_seconds gauge"
    echo "cron_last_success_timestamp_seconds{cron=\"$name\"} ${success:-0}"
    echo "# TYPE cron_max_age_seconds gauge"
    echo "cron_max_age_seconds{cron=\"$name\"} $seconds"
    echo "# TYPE cron_last_exit_code gauge"
    echo "cron_last_exit_code{cron=\"$name\"} $code"
  } >"$new" && chmod 644 "$new" && mv "$new" "$file"
fi || echo "cron-heartbeat: no word could be left in $folder" >&2
exit "$code"
