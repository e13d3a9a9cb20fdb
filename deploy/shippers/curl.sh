#!/bin/sh
# curl: push files, or what comes on standard input, once each.
#   LOGLYNX_URL=http://loglynx:8000 LOGLYNX_KEY=KEY ./curl.sh STREAM [FILE...]
#
# Traps:
# - curl calls a refusal a success: --fail-with-body makes it an error, --retry-all-errors one that is tried again.
# - Its own pauses double up to ten minutes; --retry-delay 2 keeps them short. A Retry-After goes before.
# - -d and --data strip line ends; --data-binary does not. It holds the whole file in memory: split what is large
#   (LOGLYNX_INGEST_MAX_BODY_BYTES bounds a push), or use `loglynx ship file`.
# - The key of the push is made before the first try, so that a try whose answer was lost counts once.
set -eu

url=${LOGLYNX_URL:-http://loglynx:8000}
stream=${1:?usage: curl.sh STREAM [FILE...]}
shift
[ $# -gt 0 ] || set -- -

for file; do
  curl --silent --show-error --fail-with-body \
    --retry 100 --retry-all-errors --retry-delay 2 --retry-max-time 3600 \
    --header "X-API-Key: ${LOGLYNX_KEY:?}" \
    --header "X-Loglynx-Stream: $stream" \
    --header "Idempotency-Key: $(cat /proc/sys/kernel/random/uuid)" \
    --header 'Content-Type: text/plain' \
    --data-binary "@$file" \
    "$url/ingest"
done
