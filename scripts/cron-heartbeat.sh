#!/bin/sh
# Runs a recurring job and writes its result for node_exporter's textfile collector. The
# rules of alert-rules/cron.yml use it to distinguish a failing job from one that does not run:
#
#   15 2 * * *  postgres  /opt/pharos/scripts/cron-heartbeat.sh pg-backup 26h /usr/local/bin/backup.sh
#
# Arguments: the name of the job, the maximum age of its last success (s, m, h or d), the command. CRON_TEXTFILES is the
# folder of node_exporter's --collector.textfile.directory. The output of the job goes to the system log; the exit code is
# that of the job, even if the result can't be written.
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
fi || echo "cron-heartbeat: the result can't be written to $folder" >&2
exit "$code"
