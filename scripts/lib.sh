# shellcheck shell=bash
# Functions of the deploy scripts; sourced, never run. Secrets come from files or the environment only.

root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)
dry_run=false

# say MESSAGE...: prints a line; a log on a full disk ends no script.
say() { printf '%s: %s\n' "${0##*/}" "$*" >&2 || true; }

# fail CODE MESSAGE...: exits; 4 is an invalid call or setting.
fail() {
  local code=$1
  shift
  say "$*"
  exit "$code"
}

# run COMMAND...: runs the command, or prints it in a dry run.
run() {
  if [ "$dry_run" = true ]; then
    printf 'would run: %s\n' "$*"
  else
    "$@"
  fi
}

# load_env NAME|FILE: reads KEY=VALUE lines. A variable that is already set overrides the file. The file is not
# executed and must not contain secrets.
load_env() {
  local file=$1 line key value number=0
  [[ $file == */* || $file == *.env ]] || file=$root/deploy/env/$1.env
  [ -r "$file" ] || fail 4 "$file: can't be read, expected one of dev, staging, production or a file"
  env_file=$file
  while IFS= read -r line || [ -n "$line" ]; do
    number=$((number + 1))
    [[ $line =~ ^[[:space:]]*(#.*)?$ ]] && continue
    [[ $line =~ ^([A-Z][A-Z0-9_]*)=(.*)$ ]] || fail 4 "$file:$number: expected KEY=VALUE, found: $line"
    key=${BASH_REMATCH[1]}
    value=${BASH_REMATCH[2]}
    [[ $value =~ ^\"(.*)\"$ || $value =~ ^\'(.*)\'$ ]] && value=${BASH_REMATCH[1]}
    if [[ $key =~ (TOKEN|PASSWORD|SECRET)$ && -n $value ]]; then
      fail 4 "$file:$number: $key is a secret; expected it in the environment, or in a file whose path is in ${key}_FILE"
    fi
    [ -n "${!key+set}" ] || export "$key=$value"
  done <"$file"
  PHAROS_URL=${PHAROS_URL:-}
  PHAROS_URL=${PHAROS_URL%/}
}

# need KEY PATTERN: fails unless the variable matches.
need() {
  local value=${!1-}
  [[ $value =~ ^$2$ ]] || fail 4 "$1: expected $2, found '$value'"
}

# Decrypted secrets, in this shell's memory only, so that no child gets them in its environment.
declare -A secrets=()

# load_secrets: decrypts SECRETS_FILE (by default deploy/env/secrets.$PHAROS_ENV.age if it exists) with age or sops, or
# fails.
load_secrets() {
  local file=${SECRETS_FILE:-} line number=0 decrypt
  if [ -z "$file" ]; then
    file=$root/deploy/env/secrets.${PHAROS_ENV:-}.age
    [ -e "$file" ] || return 0
  fi
  [ -r "$file" ] || { say "SECRETS_FILE: $file can't be read"; return 1; }
  case $file in
    *.age)
      [ -r "${AGE_IDENTITY_FILE:-}" ] || { say "AGE_IDENTITY_FILE: '${AGE_IDENTITY_FILE:-}' can't be read, which $file needs"; return 1; }
      decrypt=(age --decrypt --identity "$AGE_IDENTITY_FILE" "$file")
      ;;
    *.sops.env) decrypt=(sops --decrypt --input-type dotenv --output-type dotenv "$file") ;;
    *) say "SECRETS_FILE: expected a name that ends in .age or .sops.env, found '$file'"; return 1 ;;
  esac
  command -v "${decrypt[0]}" >/dev/null || { say "${decrypt[0]} is not installed, which $file needs"; return 1; }
  while IFS= read -r line || [ -n "$line" ]; do
    number=$((number + 1))
    [[ $line =~ ^[[:space:]]*(#.*)?$ ]] && continue
    # The line is not printed, since it may be a secret.
    [[ $line =~ ^(PHAROS_TOKEN|JDBC_PASSWORD|BACKEND_JDBC_PASSWORD)=(.+)$ ]] || {
      say "$file:$number: expected PHAROS_TOKEN=, JDBC_PASSWORD= or BACKEND_JDBC_PASSWORD= and a value"
      return 1
    }
    secrets[${BASH_REMATCH[1]}]=${BASH_REMATCH[2]}
  done < <("${decrypt[@]}" 8>&-)
  wait "$!" || { say "$file can't be decrypted"; return 1; }
}

# secret KEY: prints the secret from the decrypted secrets, else from the file in KEY_FILE, else from the environment, or
# nothing.
secret() {
  local file=${1}_FILE
  if [ -n "${secrets[$1]:-}" ]; then
    printf '%s' "${secrets[$1]}"
  elif [ -n "${!file:-}" ]; then
    tr -d '\r\n' <"${!file}"
  else
    printf '%s' "${!1:-}"
  fi
}

# need_token: fails if there are secrets that can't be decrypted, or a token file that can't be read. Call it early: in a
# command substitution the failure would be hidden.
need_token() {
  [ "$dry_run" = true ] && return
  load_secrets || exit 4
  [ -n "${secrets[PHAROS_TOKEN]:-}" ] || [ -z "${PHAROS_TOKEN_FILE:-}" ] || [ -r "$PHAROS_TOKEN_FILE" ] || fail 4 "PHAROS_TOKEN_FILE: $PHAROS_TOKEN_FILE can't be read"
}

# token: prints the token of call_pharos. The GitHub action replaces this function by one for the job's identity.
token() { secret PHAROS_TOKEN; }

# call_pharos METHOD PATH BODY OUTPUT [CURL OPTION...]: prints the status, 000 without an answer. The token goes through a
# pipe, so that the list of processes does not show it.
call_pharos() {
  local method=$1 path=$2 body=$3 output=$4 secret status
  shift 4
  secret=$(token)
  status=$(
    curl --silent --show-error --max-time 80 --request "$method" --output "$output" --write-out '%{http_code}' \
      --config <([ -z "$secret" ] || printf 'header = "Authorization: Bearer %s"\n' "$secret") \
      --header 'Content-Type: application/json' ${body:+--data-binary "$body"} "$@" "$PHAROS_URL$path" 8>&-
  ) || true
  printf '%s' "${status:-000}"
}

# field NAME FILE: the first string of that name in a JSON file.
field() {
  grep -o "\"$1\":\"\([^\"\\\\]\|\\\\.\)*\"" "$2" | head -n 1 | sed -e "s/^\"$1\":\"//" -e 's/"$//' -e 's/\\"/"/g'
}

# await_pass GATE SECONDS OUTPUT: prints the status of require-pass once there is a verdict or the time is over. A
# running gate answers 408 after the requested wait; PASS is 200. Other responses, for example during a restart of Pharos,
# are retried until the time is over.
await_pass() {
  local end=$((SECONDS + $2)) left part status
  while :; do
    left=$((end - SECONDS))
    [ "$left" -gt 0 ] || left=0
    part=$((left < 50 ? left : 50))
    status=$(call_pharos GET "/api/pharos/v1/gates/$1/require-pass?wait=${part}s" '' "$3" --max-time $((part + 10)))
    case $status in
      000 | 408 | 429 | 5??) [ "$SECONDS" -lt "$end" ] || break ;;
      *) break ;;
    esac
    sleep 1
  done
  printf '%s' "$status"
}

# ask_haproxy COMMAND: prints the answer to a command of HAProxy's runtime API at HAPROXY_RUNTIME, a socket or host:port.
ask_haproxy() {
  if [[ $HAPROXY_RUNTIME != /* ]]; then
    exec 9<>"/dev/tcp/${HAPROXY_RUNTIME%:*}/${HAPROXY_RUNTIME##*:}" && printf '%s\n' "$1" >&9 && timeout 5 cat <&9
  elif command -v socat >/dev/null; then
    printf '%s\n' "$1" | socat -t 5 stdio "unix-connect:$HAPROXY_RUNTIME"
  else
    perl -MIO::Socket::UNIX -e 'alarm 5; $s = IO::Socket::UNIX->new($ARGV[0]) or die "$!\n"; print $s "$ARGV[1]\n"; print <$s>' \
      "$HAPROXY_RUNTIME" "$1"
  fi
}

# haproxy COMMAND: sends a command to HAProxy.
haproxy() {
  local answer
  if [ "$dry_run" = true ]; then
    printf 'would tell HAProxy: %s\n' "$1"
    return 0
  fi
  answer=$(ask_haproxy "$1") || fail 5 "HAProxy: $HAPROXY_RUNTIME does not answer"
  answer=${answer//[[:space:]]/}
  [ -z "$answer" ] || fail 5 "HAProxy refused '$1': $answer"
}

# server_field COLOUR N: prints a column of HAProxy's state of a server: 6 is 2 if its health check passes, 7 is 0 unless
# someone took it out of service, 8 its weight.
server_field() {
  local answer
  answer=$(ask_haproxy "show servers state $HAPROXY_BACKEND") || fail 5 "HAProxy: $HAPROXY_RUNTIME does not answer"
  printf '%s\n' "$answer" | awk -v server="$1" -v column="$2" '$4 == server { print $column }'
}

# weight COLOUR N: sets a colour's share of the traffic; with 0 it gets no new requests and finishes the open ones.
weight() { haproxy "set server $HAPROXY_BACKEND/$1 weight $2"; }

# ready COLOUR: puts a colour back into service; what it gets depends on its weight.
ready() { haproxy "set server $HAPROXY_BACKEND/$1 state ready"; }

# give COLOUR OTHER [drain]: gives a colour all traffic and takes it from the other one, in one step. With drain the other
# one stays out of service, by which a running deploy or rollout agent knows that a person took its release back. This
# needs HAProxy's socket and nothing else.
give() {
  haproxy "set server $HAPROXY_BACKEND/$1 state ready;set server $HAPROXY_BACKEND/$1 weight 100;${3:+set server $HAPROXY_BACKEND/$2 state $3;}set server $HAPROXY_BACKEND/$2 weight 0"
}

# taken_back COLOUR: whether a person took the colour out of service since ready.
taken_back() {
  local state
  [ "$dry_run" = false ] || return 1
  state=$(server_field "$1" 7 2>/dev/null) || return 1
  # Bits of HAProxy's state: 1 maintenance, 8 drain.
  [[ $state =~ ^[0-9]+$ ]] && [ $((state & 9)) != 0 ]
}

# carrying: prints the colour that HAProxy gives the traffic; nothing if both or none have a weight and are healthy.
carrying() {
  local answer
  answer=$(ask_haproxy "show servers state $HAPROXY_BACKEND" 2>/dev/null) || return 0
  printf '%s\n' "$answer" | awk '$4 ~ /^(blue|green)$/ && $6 == 2 && $7 == 0 && $8 > 0 { n++; name = $4 } END { if (n == 1) print name }'
}

# heavier: prints the colour with the greater weight; nothing if they are equal.
heavier() {
  local answer
  answer=$(ask_haproxy "show servers state $HAPROXY_BACKEND" 2>/dev/null) || return 0
  printf '%s\n' "$answer" | awk '$4 ~ /^(blue|green)$/ { w[$4] = $8 } END { if (w["blue"] != w["green"]) print (w["blue"] + 0 > w["green"] + 0) ? "blue" : "green" }'
}

# approve: saves the current weights, which HAProxy uses after a restart. They contain no
# share for a candidate without a verdict. A full disk does not fail a release.
approve() {
  local answer
  [ -n "${HAPROXY_STATE_FILE:-}" ] || return 0
  if [ "$dry_run" = true ]; then
    printf 'would write: %s\n' "$HAPROXY_STATE_FILE"
    return 0
  fi
  { answer=$(ask_haproxy 'show servers state') && printf '%s\n' "$answer" >"$HAPROXY_STATE_FILE.new" &&
    chmod 0644 "$HAPROXY_STATE_FILE.new" && mv "$HAPROXY_STATE_FILE.new" "$HAPROXY_STATE_FILE"; } 2>/dev/null ||
    say "HAPROXY_STATE_FILE: $HAPROXY_STATE_FILE can't be written: a restart of HAProxy brings earlier weights back"
}

# await_up COLOUR URL: waits up to START_WAIT seconds until the URL answers, if there is one, and HAProxy's check of the
# colour passes.
await_up() {
  local end=$((SECONDS + ${START_WAIT:-120}))
  if [ "$dry_run" = true ]; then
    printf 'would wait for: %s\n' "${2:-$1 in HAProxy}"
    return 0
  fi
  [ -z "$1" ] || ready "$1" # first, so that a person who takes it back meanwhile is heard
  if [ -n "$2" ]; then
    until curl --silent --fail --output /dev/null --max-time 5 "$2" 8>&-; do
      if [ -n "$1" ] && taken_back "$1"; then
        say "$1 was taken out of service by hand"
        return 1
      fi
      if [ "$SECONDS" -ge "$end" ]; then
        say "nothing answers at $2"
        return 1
      fi
      sleep 1
    done
  fi
  [ -n "$1" ] || return 0
  until [ "$(server_field "$1" 6)" = 2 ]; do
    if taken_back "$1"; then
      say "$1 was taken out of service by hand"
      return 1
    fi
    if [ "$SECONDS" -ge "$end" ]; then
      say "HAProxy reports $1 as unhealthy"
      return 1
    fi
    sleep 0.5
  done
}

# candidate_url COLOUR: prints the CANDIDATE_URL of that colour, if it is set.
candidate_url() {
  local name=CANDIDATE_URL${1:+_${1^^}}
  printf '%s' "${!name-}"
}

other_color() {
  case $1 in
    blue) echo green ;;
    green) echo blue ;;
    *) fail 4 "colour: expected blue or green, found '$1'" ;;
  esac
}

# Good releases: $STATE_DIR/releases has a line "COLOUR VERSION" for each release that got the traffic, the serving one
# last; the colour is "-" without colours. Failed candidates are not in it.
releases() {
  if [ -r "$STATE_DIR/releases" ]; then
    cat "$STATE_DIR/releases"
  elif [ -r "$STATE_DIR/active_version" ]; then # format of releases before 0.2.0
    printf '%s %s\n' "$(cat "$STATE_DIR/active_color" 2>/dev/null || echo -)" "$(cat "$STATE_DIR/active_version")"
  fi
}

# serving COLUMN: prints 1 the serving colour or 2 its version; nothing before the first release.
serving() { releases | tail -n 1 | cut -d ' ' -f "$1"; }

# remember LINES: replaces the list of good releases; fails if it can't be written.
remember() {
  if [ "$dry_run" = true ]; then
    printf 'would remember: %s\n' "${1##*$'\n'}"
  else
    { printf '%s\n' "$1" >"$STATE_DIR/releases.new" && mv "$STATE_DIR/releases.new" "$STATE_DIR/releases"; } 2>/dev/null || {
      say "STATE_DIR: $STATE_DIR/releases can't be written, expected the line '${1##*$'\n'}' at its end"
      return 1
    }
  fi
}

# note_version COLOUR VERSION: notes what a healthy colour runs, so that a rollback to it need not start it again.
note_version() {
  [ -z "$1" ] || [ "$dry_run" = true ] || printf '%s\n' "$2" 2>/dev/null >"$STATE_DIR/runs.$1" ||
    rm -f "$STATE_DIR/runs.$1"
}

# is_warm COLOUR VERSION: whether the colour is known to run that version and HAProxy finds it healthy.
is_warm() {
  local file=$STATE_DIR/runs.$1
  [ "$dry_run" = false ] && [ -r "$file" ] && [ "$(cat "$file")" = "$2" ] &&
    ! [ "$STATE_DIR/agent.json" -nt "$file" ] && [ "$(server_field "$1" 6)" = 2 ]
}

# lock [SECONDS]: allows one deploy or rollback at a time; scripts that this one calls share the lock. Other children do
# not get descriptor 8, so that the lock ends with the script. Returns 1 if another one holds the lock for the given time,
# 2 if the lock's file can't be created.
lock() {
  [ "$dry_run" = true ] && return
  if [ -z "${PHAROS_DEPLOY_LOCKED:-}" ]; then
    { mkdir -p "$STATE_DIR" && exec 8>"$STATE_DIR/lock"; } 2>/dev/null || return 2
    flock --wait "${1:-0}" 8 || return 1
    export PHAROS_DEPLOY_LOCKED=1
  fi
}

# start COLOUR VERSION, stop COLOUR: run START_COMMAND or STOP_COMMAND, which get COLOR and VERSION, or else compose.
start() {
  [ "$dry_run" = true ] || rm -f "$STATE_DIR/runs.$1"
  if [ -n "${START_COMMAND:-}" ]; then
    COLOR=$1 VERSION=$2 run bash -c "$START_COMMAND" 8>&-
  else
    BACKEND_VERSION=$2 run compose up --detach --no-deps "${COMPOSE_SERVICE:-backend}${1:+-$1}" 8>&-
  fi
}

stop() {
  [ "$dry_run" = true ] || rm -f "$STATE_DIR/runs.$1"
  if [ -n "${STOP_COMMAND:-}" ]; then
    COLOR=$1 run bash -c "$STOP_COMMAND" 8>&-
  else
    run compose stop "${COMPOSE_SERVICE:-backend}${1:+-$1}" 8>&-
  fi
}

compose() {
  if docker compose version >/dev/null 2>&1; then
    docker compose --file "$root/$COMPOSE_FILE" "$@"
  else
    docker-compose --file "$root/$COMPOSE_FILE" "$@"
  fi
}

# rollout WORD...: runs pharos rollout; Pharos decides about the traffic.
rollout() {
  run env PHAROS_NO_BUILD=1 "${PHAROS_COMMAND:-$root/pharos}" rollout "$@" --env-file "$env_file" 8>&-
}

# start_agent: starts a rollout agent; it ends at once if another one runs.
start_agent() {
  if [ "$dry_run" = true ]; then
    printf 'would start an agent, if none acts\n'
  else
    PHAROS_NO_BUILD=1 setsid "${PHAROS_COMMAND:-$root/pharos}" rollout agent --env-file "$env_file" \
      </dev/null >>"$STATE_DIR/agent.log" 2>&1 8>&- &
  fi
}

# end_deployment KEY STATUS: reports the deployment's end to Pharos; a failure is printed and ignored.
end_deployment() {
  local status
  if [ "$dry_run" = true ]; then
    printf 'would end the deployment %s as %s\n' "$1" "$2"
    return 0
  fi
  status=$(call_pharos PATCH "/api/pharos/v1/deployments/$1" "{\"status\":\"$2\"}" /dev/null --retry 3)
  [ "$status" = 200 ] || say "Pharos did not record the end of $1 as $2 (status $status)"
}

# ask_schema VERSION: fails if a release can't run on the backend's current database, or if migrations were reported but
# it is unknown whether the release can run; $force overrides both.
ask_schema() {
  local answer status verdict summary
  if [ -z "$PHAROS_URL" ] || [ -z "${SERVICE:-}" ]; then
    say "it is unknown whether $1 can run on the database: PHAROS_URL or SERVICE is not set"
    return 0
  fi
  if [ "$dry_run" = true ]; then
    printf 'would ask whether %s can run on the database\n' "$1"
    return 0
  fi
  # Pharos has 5 s, because a rollback must not wait for it.
  answer=$(mktemp 2>/dev/null) || {
    say "it is unknown whether $1 can run on the database: ${TMPDIR:-/tmp} can't be written"
    return 0
  }
  status=$(call_pharos GET "/api/pharos/v1/migrations/can-rollback" '' "$answer" --max-time 5 --get \
    --data-urlencode "service=$SERVICE" --data-urlencode "env=$PHAROS_ENV" --data-urlencode "to=$1")
  verdict=$(field answer "$answer" || true)
  summary=$(field summary "$answer" || true)
  if [ "$status" != 200 ] || [ -z "$verdict" ]; then
    say "it is unknown whether $1 can run on the database: Pharos answered with status $status"
  elif [ "$verdict" = yes ]; then
    say "$1 can run on the database: $summary"
  elif [ "$verdict" = unknown ] && grep -q '"reported":0[,}]' "$answer"; then
    say "it is unknown whether $1 can run on the database: $summary"
  elif [ -n "${force:-}" ]; then
    say "can $1 run on the database? $verdict: $summary. Continuing anyway: $force"
  else
    rm -f "$answer"
    fail 4 "can $1 run on the database? $verdict: $summary. The traffic is unchanged; --force REASON overrides this"
  fi
  rm -f "$answer"
}

# announce_rollback VERSION COLOUR: announces a manual rollback, so that no contract migration removes parts of the
# schema that the release needs.
announce_rollback() {
  local key status
  key=rollback:$SERVICE:$PHAROS_ENV:$1:$(date +%s)
  if [ "$dry_run" = true ]; then
    printf 'would announce the deployment %s\n' "$key"
    return 0
  fi
  status=$(call_pharos PUT "/api/pharos/v1/deployments/$key" \
    "$(printf '{"service":"%s","env":"%s","version":"%s","strategy":"%s","color":"%s","intent":"fix"}' \
      "$SERVICE" "$PHAROS_ENV" "$1" "$STRATEGY" "$2")" /dev/null --retry 3)
  if [ "$status" = 201 ]; then
    end_deployment "$key" succeeded
  else
    say "Pharos did not record that $1 serves again (status $status): announce it before a contract migration"
  fi
}
