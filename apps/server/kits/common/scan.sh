#!/bin/sh
# One Genehound scan of this machine: sh scan.sh [--now] [--again]
#   --now     without the random delay that spreads a roll-out
#   --again   although this machine was scanned within the last KIT_EVERY hours
# Takes the scanner that lies beside it or downloads it, verifies its hash, runs it, and deletes it. Settings are in
# kit.conf, the server and its key in genehound.conf; neither is ever printed. Exits as the scanner does
# (0 complete, 20 incomplete, 30 not delivered, 3 key refused), 4 on a platform without a scanner, 5 on a wrong hash.
set -u
umask 077
kit=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
. "$kit/kit.conf"
now=no again=no
for argument in "$@"; do
  case $argument in
    --now) now=yes ;;
    --again) again=yes ;;
    *) echo "usage: sh scan.sh [--now] [--again]" >&2; exit 2 ;;
  esac
done

case $(uname -s)/$(uname -m) in
  Linux/x86_64) scanner=scanner-linux-amd64 platform=linux ;;
  Linux/aarch64) scanner=scanner-linux-arm64 platform=linux-arm64 ;;
  *) echo "genehound: no scanner for $(uname -s) on $(uname -m)" >&2; exit 4 ;;
esac

# What remembers the last scan, and where the scanner runs, is in no folder that everybody may write to: there another
# user's file or link of that name would call the scan off, or have root write through it. /tmp is often noexec, too.
if [ "$(id -u)" = 0 ]; then state=/var/lib/genehound; else state=${HOME:?}/.local/state/genehound; fi
state=${GENEHOUND_STATE:-$state}
mkdir -p "$state" || exit 1
if [ -L "$state" ] || [ ! -O "$state" ]; then echo "genehound: $state is not a folder of one's own" >&2; exit 1; fi
chmod 700 "$state" || exit 1
mark=$state/kit-$KIT_HUNT
if [ "$again" = no ] && [ -n "$(find "$mark" -prune -type f -mmin "-$((KIT_EVERY * 60))" 2>/dev/null)" ]; then
  echo "genehound: scanned within the last $KIT_EVERY hours; --again scans anyway"
  exit 0
fi

# What a run that was killed left behind holds the key.
find "$state" -mindepth 1 -maxdepth 1 -name 'run.*' -mmin +2880 -exec rm -rf {} + 2>/dev/null
work=$(mktemp -d "$state/run.XXXXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

if [ "$now" = no ] && [ "$KIT_JITTER" -gt 0 ]; then
  random=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
  sleep $((random % KIT_JITTER))
fi

setting() { sed -n "s/^$1 = //p" "$kit/genehound.conf" | head -n 1; }

# The key goes by standard input: arguments can be seen by every user of the machine.
download() {
  url=$(setting url)/api/v2-0/endpoint-scanner/download/$platform
  if command -v curl >/dev/null 2>&1; then
    { printf 'header = "Authorization: Bearer %s"\n' "$(setting key)"
      [ -f "$kit/authority.pem" ] && printf 'cacert = "%s"\n' "$kit/authority.pem"
    } | curl --config - --fail --silent --show-error --location --retry 3 --output "$work/scanner" "$url"
  elif command -v wget >/dev/null 2>&1; then
    { printf 'header = Authorization: Bearer %s\n' "$(setting key)"
      [ -f "$kit/authority.pem" ] && printf 'ca_certificate = %s\n' "$kit/authority.pem"
    } >"$work/wgetrc"
    wget --config="$work/wgetrc" --quiet --tries=3 --output-document="$work/scanner" "$url"
  else
    echo 'genehound: curl or wget is needed to download the scanner; or put it beside this script' >&2
    return 1
  fi
}

if [ -f "$kit/$scanner" ]; then cp "$kit/$scanner" "$work/scanner" || exit 1
else download || exit 30; fi

wanted=$(sed -n "s/^\([0-9a-f]\{64\}\)  $scanner\$/\1/p" "$kit/scanners.sha256")
found=$(sha256sum "$work/scanner" | cut -d ' ' -f 1)
if [ -z "$wanted" ] || [ "$wanted" != "$found" ]; then
  echo "genehound: $scanner is not the file that this kit was made with; nothing was run" >&2
  exit 5
fi

cp "$kit/genehound.conf" "$work/genehound.conf" || exit 1
chmod 700 "$work/scanner"
"$work/scanner" --quiet --json
code=$?
# Put in place whole, so that a link of that name is replaced and never followed.
case $code in 0 | 20) : >"$work/mark" && mv -f "$work/mark" "$mark" ;; esac
exit $code
