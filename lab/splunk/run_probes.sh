#!/bin/sh
# Asks a Splunk every probe of probes.json over its REST interface, and prints
# the answers as JSON lines for `compare_probes`. Needs curl and jq.
#
#   SPLUNK_TOKEN=... ./run_probes.sh https://localhost:8089 > answers.jsonl
#
# SPLUNK_CURL gives options of curl, for example `--cacert ca.pem`.
set -eu

url=${1:?the address of the management port, such as https://localhost:8089}
: "${SPLUNK_TOKEN:?an authentication token of a user who may search}"
probes=$(dirname "$0")/probes.json

jq -c '.[]' "$probes" | while IFS= read -r probe; do
    id=$(printf '%s' "$probe" | jq -r .id)
    search=$(printf '%s' "$probe" | jq -r .search)
    # The token goes in as a configuration, where no list of processes shows it.
    # shellcheck disable=SC2086
    answer=$(printf 'header = "Authorization: Bearer %s"\n' "$SPLUNK_TOKEN" |
        curl --config - --silent --show-error ${SPLUNK_CURL:-} \
            --data-urlencode "search=$search" \
            --data output_mode=json --data earliest_time=0 --data latest_time=now \
            --write-out '\n%{http_code}' \
            "$url/services/search/v2/jobs/export")
    status=$(printf '%s' "$answer" | tail -n 1)
    # A search that is rejected is a bad request; all else is no answer.
    case $status in
    200 | 400) ;;
    *)
        printf '%s: HTTP status %s\n' "$id" "$status" >&2
        exit 1
        ;;
    esac
    printf '%s' "$answer" | sed '$d' | jq -c -s --arg id "$id" --arg status "$status" '
        [.[].messages[]? | select(.type == "FATAL" or .type == "ERROR") | .text] as $errors
        | if ($errors | length) > 0 or $status != "200"
          then {id: $id, error: ($errors | join("; "))}
          else {id: $id, rows: [.[] | select(.preview != true) | .result // empty]} end'
done
