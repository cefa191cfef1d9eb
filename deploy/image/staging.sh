#!/usr/bin/env bash
# Replaces the Pharos of docker-compose.yml with another image, or with the previous one.
#
#   staging.sh start IMAGE
#   staging.sh back
#
# The previous image is recorded in $STATE_DIR/pharos-image (data/deploy/staging by default).
set -euo pipefail
cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../.."
state=${STATE_DIR:-data/deploy/staging}
previous=$state/pharos-image

up() {
  PHAROS_IMAGE=$1 docker compose up --detach --no-build --no-deps --wait --wait-timeout 180 pharos
}

case ${1:-} in
  start)
    image=${2:?usage: staging.sh start IMAGE}
    mkdir -p "$state"
    # A repeated start must not record its own image as the previous one.
    running=$(docker compose ps --quiet pharos | xargs --no-run-if-empty docker inspect --format '{{.Config.Image}}')
    if [ -n "$running" ] && [ "$running" != "$image" ]; then
      printf '%s\n' "$running" >"$previous"
    fi
    docker pull --quiet "$image"
    up "$image"
    ;;
  back)
    [ -s "$previous" ] || { echo "staging.sh: $previous names no previous image" >&2; exit 1; }
    up "$(cat "$previous")"
    ;;
  *)
    echo "usage: staging.sh start IMAGE | back" >&2
    exit 4
    ;;
esac
