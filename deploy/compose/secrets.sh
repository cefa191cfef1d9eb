#!/usr/bin/env bash
# Creates the secrets that docker-compose.yml mounts, one file each below deploy/secrets (ignored by Git). Existing
# files are kept.
set -euo pipefail

folder=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)/secrets
mkdir -p "$folder"
# The files are readable for all, because containers run as other users; the folder is not.
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
make pharos_alert_token # for Prometheus, which posts alerts
make pharos_admin_token # for people at http://localhost:9095/login, and for pipelines

tokens=$folder/pharos_tokens.yml
if [ -s "$tokens" ]; then
  printf 'kept  %s\n' "$tokens"
else
  hash() { sha256sum "$folder/$1" | cut -d' ' -f1; } # the files have no newline at their end
  (
    umask 0333
    cat >"$tokens" <<END
# Permissions (docs/SECURITY.md). This file has only hashes; the tokens are in the files beside it.
tokens:
  - {name: prometheus, sha256: $(hash pharos_alert_token), scopes: [alert:write]}
  - {name: admin, sha256: $(hash pharos_admin_token), scopes: [admin]}
END
  )
  chmod 0444 "$tokens"
  printf 'made  %s\n' "$tokens"
fi
