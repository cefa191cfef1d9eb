#!/usr/bin/env bash
# Asks OSV (https://osv.dev) for known vulnerabilities of the shipped libraries, and writes a report.
#
#   vulnerabilities.sh [--required] [--bom FILE] [--report FILE]
#
# The list of components is a CycloneDX document that Maven makes (target/bom.json). Exit codes: 0 no vulnerability of
# high severity, or only allowed ones; 1 others; 3 OSV can't be reached, with --required; 4 an unreadable file; 64 usage. If OSV
# can't be reached without --required, the report says so and the exit code is 0.
#
# .ci/vulnerabilities-allowed.tsv lists the allowed vulnerabilities: id, component, last day, reason, separated by tabs.
# After its last day an entry has no effect. OSV_URL names another server with OSV's API.
set -euo pipefail
root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)
allowed=${ALLOWED_FILE:-$root/.ci/vulnerabilities-allowed.tsv}
url=${OSV_URL:-https://api.osv.dev}
today=${TODAY:-$(date -u +%F)}
required=false bom='' report=$root/target/vulnerabilities.md

fail() { printf 'vulnerabilities: %s\n' "$2" >&2; exit "$1"; }

while [ $# -gt 0 ]; do
  case $1 in
    --required) required=true; shift ;;
    --bom) bom=${2:?--bom needs a value}; shift 2 ;;
    --report) report=${2:?--report needs a value}; shift 2 ;;
    -h | --help) sed -n '2,12s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) fail 64 "unknown argument '$1', expected --required, --bom or --report" ;;
  esac
done
for tool in curl jq; do
  command -v "$tool" >/dev/null || fail 4 "please install $tool"
done

if [ -z "$bom" ]; then
  bom=$root/target/bom.json
  (cd "$root" && mvn -B -ntp -q cyclonedx:makeBom) || fail 4 "Maven can't list the components"
fi
[ -r "$bom" ] || fail 4 "$bom can't be read"
mapfile -t components < <(jq -r '.components[]?.purl // empty' "$bom" | sed 's/[?#].*//' | sort -u)
[ ${#components[@]} -gt 0 ] || fail 4 "$bom names no component"

# Every line of the list must be valid, so that a typing error does not allow a vulnerability by mistake.
declare -A allow_until=() allow_reason=() used=()
if [ -r "$allowed" ]; then
  line=0
  while IFS=$'\t' read -r id component until reason; do
    line=$((line + 1))
    case $id in '' | '#'*) continue ;; esac
    [[ $until =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}$ && -n $component && -n $reason ]] ||
      fail 4 "$allowed:$line: expected id, component, last day as 2026-12-31 and reason, separated by tabs"
    allow_until["$id $component"]=$until
    allow_reason["$id $component"]=$reason
  done <"$allowed"
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$(dirname "$report")"
ask() { # ask OUTPUT CURL_ARGUMENTS...
  local output=$1
  shift
  curl --silent --show-error --fail --location --max-time 30 --retry 2 --output "$output" "$@" 2>"$scratch/error"
}

not_asked() {
  {
    echo "# Known vulnerabilities: NOT CHECKED"
    echo
    echo "$today: $url could not be asked about ${#components[@]} components: $(tr '\n' ' ' <"$scratch/error")"
    echo
    echo "Run scripts/vulnerabilities.sh on a machine that can reach OSV."
  } >"$report"
  printf '%s\n' "vulnerabilities: NOT CHECKED: $url can't be reached ($(tr '\n' ' ' <"$scratch/error")); $report says so" >&2
  $required && exit 3
  exit 0
}

# One request for all components; OSV accepts a thousand at once.
printf '%s\n' "${components[@]}" | jq -R '{package: {purl: .}}' | jq -s '{queries: .}' >"$scratch/query.json"
ask "$scratch/found.json" --header 'Content-Type: application/json' --data-binary @"$scratch/query.json" \
  "$url/v1/querybatch" || not_asked
[ "$(jq '.results | length' "$scratch/found.json")" = ${#components[@]} ] || {
  echo "the response does not have one result for each component" >"$scratch/error"
  not_asked
}
# A page token means that the response is incomplete, so vulnerabilities might be missed.
[ "$(jq '[.results[].next_page_token // empty] | length' "$scratch/found.json")" = 0 ] || {
  echo "the response has several pages, which this script does not read" >"$scratch/error"
  not_asked
}

rows=$scratch/rows bad=0
: >"$rows"
while IFS=$'\t' read -r index id; do
  component=${components[$index]}
  file=$scratch/$(tr -c 'A-Za-z0-9\n' _ <<<"$id").json
  [ -f "$file" ] || ask "$file" "$url/v1/vulns/$id" || not_asked
  severity=$(jq -r '.database_specific.severity // "UNKNOWN"' "$file")
  summary=$(jq -r '(.summary // .details // "") | gsub("[\\s|]+"; " ") | .[:120]' "$file")
  fixed=$(jq -r '[.affected[]?.ranges[]?.events[]?.fixed // empty] | unique | join(", ")' "$file")
  key="$id ${component%@*}"
  key=${key/pkg:maven\//}
  key=${key/\//:}
  verdict='reported'
  case $severity in
    LOW | MODERATE | MEDIUM) ;;
    *) verdict='**not allowed**' ;; # high, critical, and not rated yet
  esac
  if [ -n "${allow_until[$key]:-}" ]; then
    used[$key]=true
    if [[ $today > ${allow_until[$key]} ]]; then
      [ "$verdict" = reported ] || verdict="**was allowed until ${allow_until[$key]}**"
    else
      verdict="allowed until ${allow_until[$key]}: ${allow_reason[$key]}"
    fi
  fi
  case $verdict in '**'*) bad=$((bad + 1)) ;; esac
  printf '| %s | %s | %s | %s | %s | %s |\n' \
    "$severity" "$id" "${component#pkg:maven/}" "${fixed:-none}" "$summary" "$verdict" >>"$rows"
done < <(jq -r '.results | to_entries[] | .key as $at | .value.vulns[]? | [$at, .id] | @tsv' "$scratch/found.json")

{
  echo "# Known vulnerabilities"
  echo
  echo "$today: checked ${#components[@]} components with $url. Vulnerabilities: $(wc -l <"$rows"). Severe and not allowed: $bad."
  echo
  echo "| severity | id | component | fixed in | summary | verdict |"
  echo "| --- | --- | --- | --- | --- | --- |"
  sort "$rows"
  for key in "${!allow_until[@]}"; do
    [ -n "${used[$key]:-}" ] || printf '\nNot needed any more in %s: %s\n' "${allowed##*/}" "$key"
  done
} >"$report"
cat "$report"
[ "$bad" = 0 ]
