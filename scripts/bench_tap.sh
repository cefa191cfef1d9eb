#!/usr/bin/env bash
# Compares requests per second, latency, CPU and memory of the tap with those of Debian's nginx as a plain proxy. wrk sends
# requests through both to the same backend, an nginx that answers an envelope of 200 bytes. Prints a table and the conditions.
#
#   ./pharos bench tap [--seconds=10] [--connections=32] [--access-log=all|errors|off]
set -euo pipefail

home=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)
seconds=10
connections=32
access_log=errors
for word in "$@"; do
  case $word in
    --seconds=*) seconds=${word#*=} ;;
    --connections=*) connections=${word#*=} ;;
    --access-log=*) access_log=${word#*=} ;;
    *)
      printf 'usage: ./pharos bench tap [--seconds=10] [--connections=32] [--access-log=errors]\n' >&2
      exit 64
      ;;
  esac
done
[[ $seconds =~ ^[1-9][0-9]{0,3}$ && $connections =~ ^[1-9][0-9]{0,4}$ ]] || {
  printf 'bench tap: expected whole numbers from 1\n' >&2
  exit 64
}
for program in nginx wrk curl; do
  command -v "$program" >/dev/null || {
    printf 'bench tap: %s is missing (apt-get install %s)\n' "$program" "$program" >&2
    exit 69
  }
done

work=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do
    kill "$pid" 2>/dev/null || true
  done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

free_port() { # prints a free port
  local port
  while :; do
    port=$((20000 + RANDOM % 10000))
    (: </dev/tcp/127.0.0.1/"$port") 2>/dev/null || {
      printf '%s\n' "$port"
      return
    }
  done
}

backend=$(free_port)
plain=$(free_port)
tap=$(free_port)
metrics=$(free_port)

common="daemon off; pid PID; error_log $work/error.log; events { worker_connections 4096; }"
envelope='{"code":0,"msg":"success","data":{"list":[{"id":17,"name":"gpu-17","status":"online","gpu_model":"H100"},{"id":18,"name":"gpu-18","status":"online","gpu_model":"H100"}],"total":2,"page":1,"page_size":20}}'
cat >"$work/backend.conf" <<EOF
worker_processes 2;
${common/PID/$work/backend.pid}
http {
  access_log off; keepalive_requests 1000000;
  server { listen 127.0.0.1:$backend backlog=1024; default_type application/json; location / { return 200 '$envelope'; } }
}
EOF
cat >"$work/plain.conf" <<EOF
worker_processes 2;
${common/PID/$work/plain.pid}
http {
  access_log off; keepalive_requests 1000000;
  upstream backend { server 127.0.0.1:$backend; keepalive 256; keepalive_requests 1000000; }
  server { listen 127.0.0.1:$plain backlog=1024; location / { proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection ""; } }
}
EOF
nginx -c "$work/backend.conf" -p "$work" 2>/dev/null &
pids+=($!)
nginx -c "$work/plain.conf" -p "$work" 2>/dev/null &
pids+=($!)
nginx_pid=$!
PHAROS_NO_BUILD=1 "$home/pharos" tap --listen=127.0.0.1:"$tap" --upstream=http://127.0.0.1:"$backend" \
  --metrics-listen=127.0.0.1:"$metrics" --routes.file="$home/tap/routes.yml" --threads=2 --access-log="$access_log" \
  >"$work/tap.log" 2>"$work/tap.err" &
pids+=($!)
tap_pid=$!

path=/api/v1/customer/machines
for port in "$backend" "$plain" "$tap"; do
  for ((i = 0; ; i++)); do
    curl -sf -o /dev/null "http://127.0.0.1:$port$path" && break
    [ "$i" -lt 300 ] || {
      printf 'bench tap: nothing answers on port %s\n' "$port" >&2
      cat "$work"/*.err "$work"/*.log >&2
      exit 1
    }
    sleep 0.1
  done
done

family() { # a process and its children
  printf '%s\n' "$1"
  pgrep -P "$1" || true
}
ticks() { # CPU of a process and its children so far, in hundredths of a second
  family "$1" | while read -r pid; do
    awk '{print $14 + $15}' "/proc/$pid/stat"
  done | awk '{sum += $1} END {print sum}'
}
resident() { # of a process and its children, in MB
  family "$1" | while read -r pid; do
    awk '/^VmRSS/ {print $2}' "/proc/$pid/status"
  done | awk '{sum += $1} END {printf "%.0f", sum / 1024}'
}

ask() { # PORT CONNECTIONS SECONDS: requests per second, p50 and p99 in ms, requests
  local threads=2
  [ "$2" -ge 2 ] || threads=1
  wrk -t$threads -c"$2" -d"${3}s" --latency "http://127.0.0.1:$1$path" >"$work/wrk.out"
  grep -q 'Non-2xx\|Socket errors' "$work/wrk.out" && cat "$work/wrk.out" >&2
  awk '
    function ms(text) { if (text ~ /us$/) return text / 1000; if (text ~ /ms$/) return text + 0; return text * 1000 }
    $1 == "50%" { p50 = ms($2) } $1 == "99%" { p99 = ms($2) }
    $2 == "requests" { count = $1 } $1 == "Requests/sec:" { rate = $2 }
    END { printf "%.0f %.2f %.2f %d\n", rate, p50, p99, count }' "$work/wrk.out"
}

ask "$tap" "$connections" 10 >/dev/null # warm-up: the JVM compiles code that runs often
ask "$plain" "$connections" 2 >/dev/null

printf '%s; load %s; wrk, the backend and the proxy share the processors\n' \
  "$(nproc) processors" "$(cut -d' ' -f1-3 /proc/loadavg)"
printf '%s s each, keep-alive, answers of %s bytes, access log of the tap: %s, of nginx: off\n\n' \
  "$seconds" "${#envelope}" "$access_log"
printf '| through | connections | requests/s | p50, ms | p99, ms | CPU per request, µs | resident, MB |\n'
printf '| --- | --- | --- | --- | --- | --- | --- |\n'
row() { # NAME PORT PID CONNECTIONS
  local before after rate p50 p99 count cpu memory
  cpu=-
  memory=-
  before=0
  [ "$3" = 0 ] || before=$(ticks "$3")
  read -r rate p50 p99 count < <(ask "$2" "$4" "$seconds")
  if [ "$3" != 0 ]; then
    after=$(ticks "$3")
    cpu=$(((after - before) * 10000 / (count > 0 ? count : 1)))
    memory=$(resident "$3")
  fi
  printf '| %s | %s | %s | %s | %s | %s | %s |\n' "$1" "$4" "$rate" "$p50" "$p99" "$cpu" "$memory"
}
for many in 1 "$connections"; do
  row 'nothing' "$backend" 0 "$many"
  row 'nginx' "$plain" "$nginx_pid" "$many"
  row 'pharos tap' "$tap" "$tap_pid" "$many"
done
printf '\nload after: %s\n' "$(cut -d' ' -f1-3 /proc/loadavg)"
curl -sf "http://127.0.0.1:$metrics/tap/metrics" | grep -E '^pharos_tap_(requests_total|passed_through_total)' | grep -v ' 0$'
