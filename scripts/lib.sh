# shellcheck shell=bash
# What the deploy scripts share; sourced, never run. Secrets come from files or the environment only.

root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)
dry_run=false

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# fail CODE MESSAGE...: 4 is a wrong call or setting.
fail() {
  local code=$1
  shift
  say "$*"
  exit "$code"
}

# run COMMAND...: does it, or says what would be done.
run() {
  if [ "$dry_run" = true ]; then
    printf 'would run: %s\n' "$*"
  else
    "$@"
  fi
}

# load_env NAME|FILE: reads KEY=VALUE lines. A variable that is already set wins over the file. Nothing of the file
# is executed, and it may not hold secrets.
load_env() {
  local file=$1 line key value number=0
  [[ $file == */* || $file == *.env ]] || file=$root/deploy/env/$1.env
  [ -r "$file" ] || fail 4 "$file: can't be read, expected one of dev, staging, production or a file"
  while IFS= read -r line || [ -n "$line" ]; do
    number=$((number + 1))
    [[ $line =~ ^[[:space:]]*(#.*)?$ ]] && continue
    [[ $line =~ ^([A-Z][A-Z0-9_]*)=(.*)$ ]] || fail 4 "$file:$number: expected KEY=VALUE, found: $line"
    key=${BASH_REMATCH[1]}
    value=${BASH_REMATCH[2]}
    [[ $value =~ ^\"(.*)\"$ || $value =~ ^\'(.*)\'$ ]] && value=${BASH_REMATCH[1]}
    if [[ $key =~ (TOKEN|PASSWORD|SECRET)$ && -n $value ]]; then
      fail 4 "$file:$number: $key holds a secret; expected it in a file (${key}_FILE) or in the environment"
    fi
    [ -n "${!key+set}" ] || export "$key=$value"
  done <"$file"
  PHAROS_URL=${PHAROS_URL%/}
}

# need KEY PATTERN: the variable is set and looks as expected.
need() {
  local value=${!1-}
  [[ $value =~ ^$2$ ]] || fail 4 "$1: expected $2, found '$value'"
}

# The token, on stdout: from PHAROS_TOKEN_FILE or PHAROS_TOKEN; nothing if there is none.
token() {
  if [ -n "${PHAROS_TOKEN_FILE:-}" ]; then
    [ -r "$PHAROS_TOKEN_FILE" ] || fail 4 "PHAROS_TOKEN_FILE: $PHAROS_TOKEN_FILE can't be read"
    tr -d '\r\n' <"$PHAROS_TOKEN_FILE"
  else
    printf '%s' "${PHAROS_TOKEN:-}"
  fi
}

# call_pharos METHOD PATH BODY OUTPUT [CURL OPTION...]: the status on stdout, 000 when nobody answers. The token goes
# through a pipe, so that the list of processes does not show it.
call_pharos() {
  local method=$1 path=$2 body=$3 output=$4 secret status
  shift 4
  secret=$(token)
  status=$(
    curl --silent --show-error --max-time 80 --request "$method" --output "$output" --write-out '%{http_code}' \
      --config <([ -z "$secret" ] || printf 'header = "Authorization: Bearer %s"\n' "$secret") \
      --header 'Content-Type: application/json' ${body:+--data-binary "$body"} "$@" "$PHAROS_URL$path"
  ) || true
  printf '%s' "${status:-000}"
}

# field NAME FILE: the first string of that name in a JSON file.
field() {
  grep -o "\"$1\":\"\([^\"\\\\]\|\\\\.\)*\"" "$2" | head -n 1 | sed -e "s/^\"$1\":\"//" -e 's/"$//' -e 's/\\"/"/g'
}

# haproxy COMMAND: one command of HAProxy's runtime API at HAPROXY_RUNTIME, host:port or the path of a socket.
haproxy() {
  local answer
  if [ "$dry_run" = true ]; then
    printf 'would tell HAProxy: %s\n' "$1"
    return 0
  fi
  if [[ $HAPROXY_RUNTIME == /* ]]; then
    answer=$(printf '%s\n' "$1" | socat -t 5 stdio "unix-connect:$HAPROXY_RUNTIME") || fail 5 "HAProxy: $HAPROXY_RUNTIME does not answer"
  else
    answer=$(
      exec 9<>"/dev/tcp/${HAPROXY_RUNTIME%:*}/${HAPROXY_RUNTIME##*:}" && printf '%s\n' "$1" >&9 && timeout 5 cat <&9
    ) || fail 5 "HAProxy: $HAPROXY_RUNTIME does not answer"
  fi
  answer=$(tr -d '[:space:]' <<<"$answer")
  [ -z "$answer" ] || fail 5 "HAProxy refused '$1': $answer"
}

# weight COLOUR N: gives a colour its share of the traffic; 0 takes no new requests and ends those it has.
weight() {
  haproxy "set server $HAPROXY_BACKEND/$1 state ready"
  haproxy "set server $HAPROXY_BACKEND/$1 weight $2"
}

other_color() {
  case $1 in
    blue) echo green ;;
    green) echo blue ;;
    *) fail 4 "colour: expected blue or green, found '$1'" ;;
  esac
}

# state NAME / set_state NAME VALUE: what the last deploy left behind.
state() { if [ -r "$STATE_DIR/$1" ]; then cat "$STATE_DIR/$1"; fi; }

set_state() {
  if [ "$dry_run" = true ]; then
    printf 'would remember: %s=%s\n' "$1" "$2"
  else
    printf '%s\n' "$2" >"$STATE_DIR/$1.new"
    mv "$STATE_DIR/$1.new" "$STATE_DIR/$1"
  fi
}

# lock: one deploy or rollback at a time; the scripts that this one calls hold the same lock.
lock() {
  [ "$dry_run" = true ] && return
  mkdir -p "$STATE_DIR"
  if [ -z "${PHAROS_DEPLOY_LOCKED:-}" ]; then
    exec 8>"$STATE_DIR/lock"
    flock --nonblock 8 || fail 4 "another deploy or rollback to $PHAROS_ENV is running ($STATE_DIR/lock)"
    export PHAROS_DEPLOY_LOCKED=1
  fi
}

# start COLOUR VERSION / stop COLOUR: by START_COMMAND and STOP_COMMAND, which get COLOR and VERSION, or by compose.
start() {
  if [ -n "${START_COMMAND:-}" ]; then
    COLOR=$1 VERSION=$2 run bash -c "$START_COMMAND"
  else
    BACKEND_VERSION=$2 run compose up --detach --no-deps "backend${1:+-$1}"
  fi
}

stop() {
  if [ -n "${STOP_COMMAND:-}" ]; then
    COLOR=$1 run bash -c "$STOP_COMMAND"
  else
    run compose stop "backend${1:+-$1}"
  fi
}

compose() {
  if docker compose version >/dev/null 2>&1; then
    docker compose --file "$root/$COMPOSE_FILE" "$@"
  else
    docker-compose --file "$root/$COMPOSE_FILE" "$@"
  fi
}

# end_deployment KEY STATUS: tells Pharos how it ended; not being able to is said and stops nothing.
end_deployment() {
  local status
  if [ "$dry_run" = true ]; then
    printf 'would end the deployment %s as %s\n' "$1" "$2"
    return 0
  fi
  status=$(call_pharos PATCH "/api/pharos/v1/deployments/$1" "{\"status\":\"$2\"}" /dev/null --retry 3)
  [ "$status" = 200 ] || say "Pharos did not note the end of $1 as $2 (status $status)"
}
