# SPDX-License-Identifier: Apache-2.0
#
# For scripts that need a Debian machine of their own: a root from this machine's mirror, without
# systemd, that leaves no mount and no process behind. Source it first of all, with the script's
# arguments; then `make_root`.
#
#     $source   the working tree        $work   what is removed at the end; $root is in it

source=$(cd "$(dirname "$0")/../.." && pwd)
name=$(basename "$0")
if [ "$(id -u)" -ne 0 ]; then
  echo "$name: needs root, for debootstrap and chroot" >&2
  exit 1
fi
# Mounts in a namespace of our own end with us, however that comes about.
if [ -z "${DCC_OWN_MOUNTS:-}" ] && unshare --mount true 2>/dev/null; then
  DCC_OWN_MOUNTS=1 exec unshare --mount "$0" "$@"
fi

step() { printf '\n== %s\n' "$*"; }
fail() {
  printf 'FAILED: %s\n' "$*" >&2
  at_failure
  exit 1
}
# What a script has to add to a failure, and to stop before the root goes.
at_failure() { :; }
at_end() { :; }

work=$(mktemp -d "${TMPDIR:-/var/tmp}/dcc-$name.XXXXXX")
root=$work/root
finish() {
  local status=$?
  at_end
  unmount_proc
  rm -rf --one-file-system "$work"
  exit $status
}
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

mount_proc() { mount -t proc proc "$root/proc" || echo "no proc in the new root: going on without"; }
unmount_proc() {
  if mountpoint -q "$root/proc"; then umount "$root/proc" || umount --lazy "$root/proc"; fi
}

# in_root COMMAND...: in the new root, with nothing of this environment but what reaches the mirror.
in_root() {
  chroot "$root" /usr/bin/env -i HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} "$@"
}
apt_in_root() {
  in_root apt-get -y -qq -o Dpkg::Use-Pty=0 "$@" > "$work/apt.log" 2>&1 ||
    { cat "$work/apt.log" >&2; fail "apt-get $*"; }
}

# make_root [PACKAGE...]: a minimal one, and these.
make_root() {
  local codename mirror part
  codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
  mirror=$(apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk -v release="$codename" '$2 == release && $3 == "main" { print $1; exit }')
  [ -n "$mirror" ] || fail "this machine's apt sources have no $codename main"
  echo "$codename from $mirror"
  debootstrap --variant=minbase ${*:+--include="$(IFS=,; echo "$*")"} "$codename" "$root" "$mirror" \
    > "$work/debootstrap.log" 2>&1 || { tail -n 20 "$work/debootstrap.log" >&2; fail "debootstrap"; }
  mountpoint -q "$root/proc" || mount_proc
  # apt there as here: sources, keys, and how the mirror is reached.
  for part in sources.list sources.list.d keyrings trusted.gpg.d auth.conf.d; do
    [ ! -e "/etc/apt/$part" ] || cp -rT "/etc/apt/$part" "$root/etc/apt/$part"
  done
  cp -rT /usr/share/keyrings "$root/usr/share/keyrings"
  apt-config dump Acquire | grep -v '""' > "$root/etc/apt/apt.conf.d/90machine" || true
  cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
  # Nothing is started by package scripts: there is no systemd that would.
  printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d"
  chmod 755 "$root/usr/sbin/policy-rc.d"
  apt_in_root update
}
