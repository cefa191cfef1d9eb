#!/usr/bin/env bash
# Makes the secrets that docker-compose.yml mounts, each in a file of its own below deploy/secrets,
# which Git ignores. What exists is kept.
set -euo pipefail

folder=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)/secrets
mkdir -p "$folder"
# The files are readable, since containers run as other users; the folder is not.
chmod 0700 "$folder"

make() { # NAME
  local file=$folder/$1
  if [ -s "$file" ]; then
    printf 'kept  %s\n' "$file"
  else
    (umask 0333 && od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"$file")
    chmod 0444 "$file"
    printf 'made  %s\n' "$file"
  fi
}

make grafana_admin_password
