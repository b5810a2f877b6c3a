#!/bin/sh
# First program of a test machine, started by machine.ts inside new PID, mount, network, UTS and IPC namespaces.
# $1 name, $2 folder with machine-id and var-tmp, then every folder that the machine may see below /tmp.
# Afterwards it becomes `cat`, which ends, and with it the whole machine, when the harness closes its stdin.
set -e
name=$1
folder=$2
shift 2
mount --make-rprivate /
hostname "$name"
[ -e /etc/machine-id ] || : > /etc/machine-id
mount --bind "$folder/machine-id" /etc/machine-id
mount --bind "$folder/var-tmp" /var/tmp
# Where names are resolved by what lies below /run, as systemd's resolver has it, that one file stays.
resolver=$(readlink -f /etc/resolv.conf || true)
cp "$resolver" "$folder/resolv.conf" 2> /dev/null || true
mount -t tmpfs -o mode=755 tmpfs /run
case "$resolver" in
  /run/*)
    mkdir -p "$(dirname "$resolver")"
    cp "$folder/resolv.conf" "$resolver"
    ;;
esac
number=0
for kept in "$@"; do
  number=$((number + 1))
  mkdir -p "/run/kept/$number"
  mount --rbind "$kept" "/run/kept/$number"
done
mount -t tmpfs -o mode=1777 tmpfs /tmp
number=0
for kept in "$@"; do
  number=$((number + 1))
  mkdir -p "$kept"
  mount --move "/run/kept/$number" "$kept"
done
rm -rf /run/kept
# What starts by itself on the host does not on this machine: every case would report and deliver all of it.
for directory in /etc/systemd/system /etc/systemd/user /usr/lib/systemd/system /usr/lib/systemd/user /etc/cron.d \
  /etc/cron.hourly /etc/cron.daily /etc/cron.weekly /etc/cron.monthly /var/spool/cron /etc/init.d /etc/profile.d \
  /etc/update-motd.d /etc/xdg/autostart /etc/udev/rules.d /usr/lib/udev/rules.d; do
  if [ -d "$directory" ]; then mount -t tmpfs -o mode=755 tmpfs "$directory"; fi
done
ip link set lo up
echo ready
exec cat
