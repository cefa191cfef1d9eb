#!/usr/bin/env bash
# Prints the size of a local image and fails above 100 MB compressed or 150 MB unpacked.
#
#   size.sh IMAGE
set -euo pipefail
image=${1:?usage: size.sh IMAGE}
compressed=$(docker save "$image" | gzip | wc -c)
unpacked=$(docker image inspect --format '{{.Size}}' "$image")
printf 'image: %d MB compressed (at most 100), %d MB unpacked (at most 150)\n' $((compressed / 1000000)) $((unpacked / 1000000))
[ "$compressed" -lt 100000000 ] && [ "$unpacked" -lt 150000000 ]
