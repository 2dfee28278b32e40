#!/bin/sh
# Reads a stream with curl. When the stream ends or breaks, reconnects from the last received id.
# Prints `id data` for each event. The argument is the URL of the stream.
ids=$(mktemp)
trap 'rm -f "$ids"' EXIT
while :; do
  last=$(tail -n 1 "$ids")
  curl --silent --no-buffer ${last:+--header "Last-Event-ID: $last"} "$1" | while IFS= read -r line; do
    case $line in
      id:*) id=${line#id:} ;;
      data:*)
        echo "$id ${line#data:}"
        [ -z "$id" ] || echo "$id" >>"$ids"
        ;;
      '') id= ;;
    esac
  done
  sleep 1
done
