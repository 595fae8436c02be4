#!/usr/bin/env bash
# In namespaces of its own: makes FOLDER the root as a container runtime does, read-only but for /tmp and /var/lib/codex,
# with /proc and no network, and runs a command there for SECONDS at most.
#
#     unshare --mount --pid --net --fork bash enter.sh FOLDER SECONDS COMMAND...
set -euo pipefail
root=$1 seconds=$2
shift 2

ip link set lo up
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t tmpfs -o mode=1777 tmpfs "$root/var/lib/codex"
mount -o remount,ro,bind "$root"
cd "$root"
pivot_root . mnt
cd /
umount -l /mnt
# The first process of the namespace: with it everything ends that runs there.
exec timeout --kill-after=1 "$seconds" "$@"
