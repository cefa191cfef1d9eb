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
  env_file=$file
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
  PHAROS_URL=${PHAROS_URL:-}
  PHAROS_URL=${PHAROS_URL%/}
}

# need KEY PATTERN: the variable is set and looks as expected.
need() {
  local value=${!1-}
  [[ $value =~ ^$2$ ]] || fail 4 "$1: expected $2, found '$value'"
}

# What was decrypted: in this shell's memory only, so that no child has it in its environment.
declare -A secrets=()

# load_secrets: decrypts SECRETS_FILE (deploy/env/secrets.$PHAROS_ENV.age where that is there) by age or sops. Fails where
# it can't.
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
    # What is wrong is not shown: it may be a secret.
    [[ $line =~ ^(PHAROS_TOKEN|JDBC_PASSWORD|BACKEND_JDBC_PASSWORD)=(.+)$ ]] || {
      say "$file:$number: expected PHAROS_TOKEN=, JDBC_PASSWORD= or BACKEND_JDBC_PASSWORD= and a value"
      return 1
    }
    secrets[${BASH_REMATCH[1]}]=${BASH_REMATCH[2]}
  done < <("${decrypt[@]}" 8>&-)
  wait "$!" || { say "$file can't be decrypted"; return 1; }
}

# secret KEY: on stdout, from what was decrypted, else from the file that KEY_FILE names, else from the environment;
# nothing if there is none.
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

# need_token: the secrets can be decrypted and the token read, if there are some. To be asked before what only a
# substitution would see.
need_token() {
  [ "$dry_run" = true ] && return
  load_secrets || exit 4
  [ -n "${secrets[PHAROS_TOKEN]:-}" ] || [ -z "${PHAROS_TOKEN_FILE:-}" ] || [ -r "$PHAROS_TOKEN_FILE" ] || fail 4 "PHAROS_TOKEN_FILE: $PHAROS_TOKEN_FILE can't be read"
}

# token: what call_pharos shows. The GitHub action has another one, for the job's own identity.
token() { secret PHAROS_TOKEN; }

# call_pharos METHOD PATH BODY OUTPUT [CURL OPTION...]: the status on stdout, 000 when nobody answers. The token goes
# through a pipe, so that the list of processes does not show it.
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

# await_pass GATE SECONDS OUTPUT: the status of require-pass on stdout, once there is a verdict or the time is over. A
# running gate answers 408 after the time it was asked to wait; PASS is 200. What says nothing of the gate, such as a
# Pharos that starts again, is asked again while there is time.
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

# ask_haproxy COMMAND: the answer to one command of HAProxy's runtime API at HAPROXY_RUNTIME, the path of its socket or
# host:port.
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

# haproxy COMMAND: has HAProxy do something.
haproxy() {
  local answer
  if [ "$dry_run" = true ]; then
    printf 'would tell HAProxy: %s\n' "$1"
    return 0
  fi
  answer=$(ask_haproxy "$1") || fail 5 "HAProxy: $HAPROXY_RUNTIME does not answer"
  answer=$(tr -d '[:space:]' <<<"$answer")
  [ -z "$answer" ] || fail 5 "HAProxy refused '$1': $answer"
}

# server_field COLOUR N: a column of what HAProxy knows of a server: 6 is 2 where its health check passes, 8 its weight.
server_field() {
  local answer
  answer=$(ask_haproxy "show servers state $HAPROXY_BACKEND") || fail 5 "HAProxy: $HAPROXY_RUNTIME does not answer"
  awk -v server="$1" -v column="$2" '$4 == server { print $column }' <<<"$answer"
}

# weight COLOUR N: gives a colour its share of the traffic; 0 takes no new requests and ends those it has.
weight() {
  haproxy "set server $HAPROXY_BACKEND/$1 state ready"
  haproxy "set server $HAPROXY_BACKEND/$1 weight $2"
}

# approve: what the colours have now is what HAProxy begins with after a restart. A candidate that is still judged has
# no share in it.
approve() {
  [ -n "${HAPROXY_STATE_FILE:-}" ] || return 0
  if [ "$dry_run" = true ]; then
    printf 'would write: %s\n' "$HAPROXY_STATE_FILE"
    return 0
  fi
  ask_haproxy 'show servers state' >"$HAPROXY_STATE_FILE.new" || fail 5 "HAProxy: $HAPROXY_RUNTIME does not answer"
  chmod 0644 "$HAPROXY_STATE_FILE.new"
  mv "$HAPROXY_STATE_FILE.new" "$HAPROXY_STATE_FILE" || fail 5 "HAPROXY_STATE_FILE: $HAPROXY_STATE_FILE can't be written"
}

# await_up COLOUR URL: waits up to START_WAIT seconds until the URL answers, if there is one, and HAProxy's own check of
# the colour passes.
await_up() {
  local end=$((SECONDS + ${START_WAIT:-120}))
  if [ "$dry_run" = true ]; then
    printf 'would wait for: %s\n' "${2:-$1 in HAProxy}"
    return 0
  fi
  if [ -n "$2" ]; then
    until curl --silent --fail --output /dev/null --max-time 5 "$2" 8>&-; do
      if [ "$SECONDS" -ge "$end" ]; then
        say "nothing answers at $2"
        return 1
      fi
      sleep 1
    done
  fi
  [ -n "$1" ] || return 0
  haproxy "set server $HAPROXY_BACKEND/$1 state ready"
  until [ "$(server_field "$1" 6)" = 2 ]; do
    if [ "$SECONDS" -ge "$end" ]; then
      say "HAProxy does not take $1 for healthy"
      return 1
    fi
    sleep 0.5
  done
}

# candidate_url COLOUR: where that colour answers, if the settings say so.
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

# What was good: $STATE_DIR/releases, a line "COLOUR VERSION" for each release that took the traffic, the one that serves
# last; the colour is "-" where there are none. What was only tried is not in it.
releases() {
  if [ -r "$STATE_DIR/releases" ]; then
    cat "$STATE_DIR/releases"
  elif [ -r "$STATE_DIR/active_version" ]; then # as releases before 0.2.0 left it
    printf '%s %s\n' "$(cat "$STATE_DIR/active_color" 2>/dev/null || echo -)" "$(cat "$STATE_DIR/active_version")"
  fi
}

# serving COLUMN: 1 the colour that serves, 2 its version; nothing before the first release.
serving() { releases | tail -n 1 | cut -d ' ' -f "$1"; }

# remember LINES: what was good, from now on.
remember() {
  if [ "$dry_run" = true ]; then
    printf 'would remember: %s\n' "$(tail -n 1 <<<"$1")"
  else
    printf '%s\n' "$1" >"$STATE_DIR/releases.new"
    mv "$STATE_DIR/releases.new" "$STATE_DIR/releases"
  fi
}

# lock: one deploy or rollback at a time; the scripts that this one calls hold the same lock. What is started besides
# does not get descriptor 8, so that the lock ends with the script.
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
    COLOR=$1 VERSION=$2 run bash -c "$START_COMMAND" 8>&-
  else
    BACKEND_VERSION=$2 run compose up --detach --no-deps "${COMPOSE_SERVICE:-backend}${1:+-$1}" 8>&-
  fi
}

stop() {
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

# rollout WORD...: says it to Pharos, which decides where the traffic goes.
rollout() {
  run env PHAROS_NO_BUILD=1 "${PHAROS_COMMAND:-$root/pharos}" rollout "$@" --env-file "$env_file" 8>&-
}

# start_agent: who moves the traffic, should nobody do so yet. One that is not needed finds that out and ends.
start_agent() {
  if [ "$dry_run" = true ]; then
    printf 'would start an agent, if none acts\n'
  else
    PHAROS_NO_BUILD=1 setsid "${PHAROS_COMMAND:-$root/pharos}" rollout agent --env-file "$env_file" \
      </dev/null >>"$STATE_DIR/agent.log" 2>&1 8>&- &
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

# ask_schema VERSION: fails where Pharos knows that a release can't run on the backend's database as it stands, or knows
# migrations and can't tell; $force lets it through.
ask_schema() {
  local answer status verdict summary
  if [ -z "$PHAROS_URL" ] || [ -z "${SERVICE:-}" ]; then
    say "whether $1 can run on the database is not known: PHAROS_URL and SERVICE name no Pharos to ask"
    return 0
  fi
  if [ "$dry_run" = true ]; then
    printf 'would ask whether %s can run on the database\n' "$1"
    return 0
  fi
  answer=$(mktemp)
  status=$(call_pharos GET "/api/pharos/v1/migrations/can-rollback" '' "$answer" --max-time 10 --get \
    --data-urlencode "service=$SERVICE" --data-urlencode "env=$PHAROS_ENV" --data-urlencode "to=$1")
  verdict=$(field answer "$answer" || true)
  summary=$(field summary "$answer" || true)
  if [ "$status" != 200 ] || [ -z "$verdict" ]; then
    say "whether $1 can run on the database is not known: Pharos answered with status $status"
  elif [ "$verdict" = yes ]; then
    say "$1 can run on the database: $summary"
  elif [ "$verdict" = unknown ] && grep -q '"reported":0[,}]' "$answer"; then
    say "whether $1 can run on the database is not known: $summary"
  elif [ -n "${force:-}" ]; then
    say "whether $1 can run on the database: $verdict, $summary. It goes on: $force"
  else
    rm -f "$answer"
    fail 4 "whether $1 can run on the database: $verdict, $summary. The traffic stays where it is; --force REASON goes on"
  fi
  rm -f "$answer"
}

# announce_rollback VERSION COLOUR: what was gone back to by hand is what serves, which Pharos must know before anything
# that it needs is taken away.
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
    say "Pharos did not note that $1 serves again (status $status): say so before a contract migration"
  fi
}
