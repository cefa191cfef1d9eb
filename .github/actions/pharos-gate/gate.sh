#!/usr/bin/env bash
# The step of this action: announces the release, opens its gate, waits for the verdict, and reports it as outputs,
# annotations and a summary. Needs bash and curl.
#
# Exit codes: 0 PASS, 1 FAIL, 2 INCONCLUSIVE, 3 wait over, 4 refused call, token or policy,
# 5 Pharos unreachable.
set -euo pipefail
here=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd)
# shellcheck source=scripts/lib.sh
. "$here/../../../scripts/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
answer=$work/answer
gate='' gate_url='' announced=false

# clean TEXT: puts it on one line, so that it cannot start another output or annotation.
clean() { tr -s '[:cntrl:]' ' ' <<<"$1" | sed 's/ $//'; }

# plain: decodes the JSON escapes of stdin that occur in sentences.
plain() { sed -e 's/\\[nrt]/ /g' -e 's/\\"/"/g' -e 's/\\\\/\\/g'; }

# cell TEXT: escapes it for a table cell.
cell() { clean "$1" | sed -e 's/\\/\\\\/g' -e 's/|/\\|/g' -e 's/</\&lt;/g'; }

# annotate error|warning VERDICT TEXT
annotate() { printf '::%s title=Pharos gate %s::%s\n' "$1" "$2" "$(clean "$3" | sed 's/%/%25/g')"; }

# checks: prints id, state, code and text of each check, separated by tabs.
checks() {
  local string='"\([^"\\]\|\\.\)*"' line
  [ -s "$answer" ] || return 0
  { grep -o "{\"id\":$string,\"kind\":$string,\"state\":$string,\"code\":$string,[^{}]*\"text\":$string" "$answer" || true; } >"$work/checks"
  while IFS= read -r line; do
    printf '%s' "$line" >"$work/check"
    printf '%s\t%s\t%s\t%s\n' "$(field id "$work/check")" "$(field state "$work/check")" "$(field code "$work/check")" \
      "$(clean "$(field text "$work/check" | plain)")"
  done <"$work/checks"
}

# end VERDICT CODE SUMMARY: reports the end and exits. Code 0 without a PASS: the workflow continues.
end() {
  local verdict=$1 code=$2 summary=$3 level=error any='' id state why text
  summary=$(clean "$summary")
  [ "$code" != 0 ] || level=warning
  printf '%s: %s\n' "$verdict" "$summary"
  {
    printf '### Pharos gate: %s\n\n%s\n\n' "$verdict" "$(cell "$summary")"
    printf '| check | state | code | why |\n| --- | --- | --- | --- |\n'
    checks >"$work/table"
    while IFS=$'\t' read -r id state why text; do
      printf '| %s | %s | %s | %s |\n' "$(cell "$id")" "$(cell "$state")" "$(cell "$why")" "$(cell "$text")"
    done <"$work/table"
    [ -z "$gate_url" ] || printf '\n[Evidence](%s/evidence)\n' "$(clean "$gate_url")"
  } >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
  printf 'verdict=%s\ngate_id=%s\nurl=%s\n' "$verdict" "$(clean "$gate")" "$(clean "$gate_url")" >>"${GITHUB_OUTPUT:-/dev/null}"
  # If this action starts the release, it also reports its end.
  if [ "$announced" = true ] && [ -n "${INPUT_START:-}" ]; then
    if [ "$code" = 0 ]; then end_deployment "$key" succeeded; else end_deployment "$key" failed; fi
  fi
  if [ "$verdict" != PASS ]; then
    while IFS=$'\t' read -r id state why text; do
      if [ "$state" = fail ] || { [ "$verdict" != FAIL ] && [ "$state" != pass ]; }; then
        annotate "$level" "$verdict" "$text"
        any=1
      fi
    done <"$work/table"
    [ -n "$any" ] || annotate "$level" "$verdict" "$summary"
  elif grep -qs '"override":' "$answer"; then
    annotate warning "$verdict" "$summary"
  fi
  exit "$code"
}

# json TEXT: prints a text without control characters as a JSON string.
json() {
  local text=${1//\\/\\\\}
  printf '"%s"' "${text//\"/\\\"}"
}

ask_identity() {
  curl --silent --show-error --fail --max-time 20 --retry 3 --output "$work/identity.json" --get \
    --config <(printf 'header = "Authorization: bearer %s"\n' "${ACTIONS_ID_TOKEN_REQUEST_TOKEN:-}") \
    --data-urlencode "audience=$INPUT_AUDIENCE" "$ACTIONS_ID_TOKEN_REQUEST_URL"
}

# The given token, or the job's identity: valid for minutes only, so a wait needs several.
token() {
  local age=999 now
  if [ -n "${PHAROS_TOKEN:-}" ] || [ -z "${ACTIONS_ID_TOKEN_REQUEST_URL:-}" ]; then
    printf '%s' "${PHAROS_TOKEN:-}"
    return
  fi
  now=$(date +%s)
  [ ! -s "$work/identity" ] || age=$((now - $(stat -c %Y "$work/identity")))
  if [ "$age" -gt 120 ] && ask_identity; then
    field value "$work/identity.json" >"$work/identity"
    printf '::add-mask::%s\n' "$(<"$work/identity")" >&2
  fi
  [ ! -e "$work/identity" ] || tr -d '\r\n' <"$work/identity"
}

# refused WHAT STATUS: exits unless the status is a success.
refused() {
  case $2 in
    2??) ;;
    4??) end REFUSED 4 "$1: status $2, $(field error "$answer" | plain)" ;;
    *) end UNREACHABLE 5 "$1: Pharos at $PHAROS_URL does not answer (status $2)" ;;
  esac
}

for name in url service env version; do
  variable=INPUT_${name^^}
  [ -n "${!variable:-}" ] || end REFUSED 4 "the input $name is missing"
done
for variable in "${!INPUT_@}"; do
  name=${variable#INPUT_}
  [[ ${!variable} != *[[:cntrl:]]* ]] || end REFUSED 4 "the input ${name,,} has a line break or another control character"
done
PHAROS_URL=${INPUT_URL%/}
[[ $PHAROS_URL =~ ^https?://[^[:space:]]+$ ]] || end REFUSED 4 "url: expected an http or https address, found '$INPUT_URL'"
[[ ${INPUT_WAIT:=1800} =~ ^[0-9]{1,6}$ ]] || end REFUSED 4 "wait: expected seconds, found '$INPUT_WAIT'"
[[ ${INPUT_ON_INCONCLUSIVE:=fail} =~ ^(fail|pass)$ ]] || end REFUSED 4 "on-inconclusive: expected fail or pass, found '$INPUT_ON_INCONCLUSIVE'"
: "${INPUT_AUDIENCE:=$PHAROS_URL}"
key=${INPUT_KEY:-gh:${GITHUB_REPOSITORY:-}:${GITHUB_RUN_ID:-}:${GITHUB_RUN_ATTEMPT:-1}:$INPUT_ENV}
[[ $key =~ ^[A-Za-z0-9][A-Za-z0-9._:@/+=-]{0,199}$ ]] || end REFUSED 4 "key: expected letters, digits and ._:@/+=-, found '$key'"
if [ -n "${ACTIONS_ID_TOKEN_REQUEST_URL:-}" ] && [ -z "${PHAROS_TOKEN:-}" ]; then
  token >"$work/first"
  [ -s "$work/first" ] || end UNREACHABLE 5 "the provider gives no identity to this job"
fi

fields=$(printf '"service":%s,"env":%s,"version":%s' "$(json "$INPUT_SERVICE")" "$(json "$INPUT_ENV")" "$(json "$INPUT_VERSION")")
for name in strategy color candidate baseline digest intent; do
  variable=INPUT_${name^^}
  [ -z "${!variable:-}" ] || fields+=$(printf ',"%s":%s' "$name" "$(json "${!variable}")")
done
[ -z "${GITHUB_SHA:-}" ] || fields+=",\"sha\":$(json "$GITHUB_SHA")"
if [ -n "${GITHUB_SERVER_URL:-}" ] && [ -n "${GITHUB_REPOSITORY:-}" ] && [ -n "${GITHUB_RUN_ID:-}" ]; then
  fields+=",\"links\":{\"run\":$(json "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID")}"
fi

again=(--retry 5 --retry-connrefused --retry-max-time 60)
status=$(call_pharos PUT "/api/pharos/v1/deployments/$key" "{$fields}" "$answer" "${again[@]}")
refused "the deployment can't be announced" "$status"
announced=true
if [ -n "${INPUT_START:-}" ]; then
  printf 'Starting %s\n' "$INPUT_VERSION"
  # Without the gate's token: the start command has its own permissions.
  env -u PHAROS_TOKEN -u ACTIONS_ID_TOKEN_REQUEST_TOKEN bash -euo pipefail -c "$INPUT_START" ||
    end FAIL 1 "the release can't be started, exit code $?"
fi
status=$(call_pharos POST /api/pharos/v1/gates "{\"deployment\":$(json "$key")}" "$answer" --header "Idempotency-Key: $key" "${again[@]}")
refused "the gate can't be opened" "$status"
gate=$(field id "$answer")
gate_url=$PHAROS_URL/api/pharos/v1/gates/$gate
printf 'Gate %s for %s %s in %s\n  %s\n' "$gate" "$INPUT_SERVICE" "$INPUT_VERSION" "$INPUT_ENV" "$gate_url"

status=$(await_pass "$gate" "$INPUT_WAIT" "$answer")
summary=$(field summary "$answer" | plain)
if grep -qs '"override":' "$answer"; then
  summary="The state of the gate was $(field state "$answer"), overridden to $(field outcome "$answer") by $(field by "$answer"): $(field reason "$answer" | plain) The gate's reason: $summary"
fi
case $status in
  200) end PASS 0 "$summary" ;;
  409) end FAIL 1 "$summary" ;;
  425)
    [ "$INPUT_ON_INCONCLUSIVE" = fail ] || end INCONCLUSIVE 0 "$summary The workflow continues."
    end INCONCLUSIVE 2 "$summary"
    ;;
  408) end TIMEOUT 3 "Not decided within the wait: $summary" ;;
  *) refused "the verdict can't be read" "$status" ;;
esac
end UNREACHABLE 5 "status $status is no verdict"
