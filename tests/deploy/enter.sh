#!/usr/bin/env bash
# Makes a root file system of this machine's /usr and the folder APP, and runs a command there for 40 seconds at most.
# HOW is `container` (read-only but for /tmp and /var/lib/codex, without network), `chroot`, or `bare`: without /proc.
#
#     unshare --mount --pid --net --fork --kill-child bash enter.sh HOW APP COMMAND...
set -euo pipefail
how=$1 app=$2
shift 2
# The first process of the namespace: with it everything ends that runs there.
run=(timeout --kill-after=1 40 "$@")

ip link set lo up
mount --make-rprivate /
mount -t tmpfs tmpfs /mnt
cd /mnt
mkdir -p dev etc home mnt opt/app proc root srv tmp usr var/lib/codex
printf '%s\n' root:x:0:0::/root: nobody:x:65534:65534::/nonexistent: >etc/passwd
for name in bin lib lib64 sbin; do
  [ ! -L "/$name" ] || cp -P "/$name" .
done
mount --bind /usr usr
mount -o remount,ro,bind usr
mount --bind "$app" opt/app
mount --rbind /dev dev
[ "$how" = bare ] || mount -t proc proc proc
[ "$how" = container ] || exec chroot . "${run[@]}"

mount -t tmpfs -o mode=1777 tmpfs tmp
mount -t tmpfs -o mode=1777 tmpfs var/lib/codex
mount -o remount,ro .
pivot_root . mnt
cd /
umount -l /mnt
exec "${run[@]}"
