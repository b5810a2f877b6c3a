#!/bin/sh
# Scans machines by SSH, several at a time: sh run.sh HOSTS [PARALLEL]   (HOSTS: a file, one [user@]host a line)
# Needs root by key or sudo without a password there. Prints host and exit status; the key is in no argument.
set -u
kit=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
[ -r "${1:-}" ] || { echo 'usage: sh run.sh HOSTS [PARALLEL]' >&2; exit 2; }
export kit
xargs -P "${2:-20}" -I '{}' sh -c '
  tar -C "$kit" -cf - . | ssh -o BatchMode=yes -o ConnectTimeout=15 -- "$1" '\''
    umask 077; d=$(mktemp -d /var/tmp/genehound-kit.XXXXXX) && tar -C "$d" -xf - || exit 1
    if [ "$(id -u)" = 0 ]; then sh "$d/scan.sh" --now; else sudo -n sh "$d/scan.sh" --now; fi
    code=$?; rm -rf "$d"; exit $code'\'' >/dev/null
  echo "$1 $?"' sh '{}' <"$1"
