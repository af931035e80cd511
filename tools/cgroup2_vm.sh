#!/usr/bin/env bash
# Runs the sandbox's tests in a virtual machine whose control groups are version 2, for whoever has
# them in version 1: Debian's kernel in QEMU.
#
#   tools/cgroup2_vm.sh                          all of it, on each of the kernels named below
#   tools/cgroup2_vm.sh KERNEL                   all of it, on that package's kernel
#   tools/cgroup2_vm.sh KERNEL WAY PYTEST-ARG... what pytest is told, in one of the ways to run it
#                                                that tools/cgroup2_guest.sh has
#
# Everything is made on the first call, from this machine's Debian mirrors, its Python and the
# project's `.venv` (after `make setup-dev`), and is kept in $SHOUSI_CGROUP2: the system of that day,
# until the folder is removed. In Debian on x86-64, as root. It takes some tens of minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/debian.sh

state=${SHOUSI_CGROUP2:-/var/tmp/shousi-cgroup2}
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
# Before Linux 6.12 a group's memory peak can't start anew, and a group is used once.
kernels=(linux-image-cloud-amd64 linux-image-6.12-cloud-amd64)
programs=python3,gcc,g++,libc6-dev,nodejs,iproute2

install_tools() {
  install qemu-system-x86_64 qemu-system-x86
  install debootstrap debootstrap
  install mke2fs e2fsprogs
  install modprobe kmod
  install cpio cpio
  install busybox busybox-static
}

copy() { # copy ROOT PATH: to the same place below ROOT, where any user may reach it
  local above=$2
  mkdir -p "$1$(dirname "$2")"
  tar -C / --exclude='*.a' -c ".$2" | tar -C "$1" -x
  while above=$(dirname "$above") && [ "$above" != / ]; do chmod a+x "$1$above"; done
}

make_system() { # the system's image: Debian, our Python, our environments
  local image=$state/system.ext4 root=$state/system python
  [ ! -e "$image" ] || return 0
  rm -rf "$root"
  debootstrap --variant=minbase --include="$programs" "$release" "$root" "$(mirror_of "$release")" \
    >"$state/debootstrap.log"
  python=$(.venv/bin/python -c 'import sys; print(sys.base_prefix)')
  [ "$python" = /usr ] || copy "$root" "$python"
  copy "$root" "$(readlink -f .venv)"
  mkdir "$root/project"
  make_image "$root" "$image"
  rm -rf "$root"
}

make_image() { # make_image FOLDER IMAGE
  rm -f "$2.part"
  mke2fs -q -t ext4 -O ^has_journal -d "$1" "$2.part" 8G >/dev/null
  mv "$2.part" "$2"
}

make_project() { # make_project ARGUMENT...: the checkout as it is, and what the guest is to do
  local root=$state/project
  rm -rf "$root"
  mkdir "$root"
  git ls-files -z --cached --others --exclude-standard | tar --null -T - -c | tar -C "$root" -x
  ln -s "$(readlink -f .venv)" "$root/.venv"
  [ $# = 0 ] || printf '%s\n' "$@" >"$root/guest-arguments"
  make_image "$root" "$state/project.ext4"
  rm -rf "$root"
}

make_kernel() { # make_kernel PACKAGE: prints the folder with `vmlinuz` and `initramfs`
  local package folder version module path
  package=$(apt-cache depends "$1" | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p')
  package=${package:-$1} version=${package#linux-image-} folder=$state/$package
  echo "$folder"
  [ ! -e "$folder/initramfs" ] || return 0
  rm -rf "$folder"
  mkdir -p "$folder/files" "$folder/start/modules" "$folder/start/system" "$folder/start/dev"
  (cd "$folder" && apt-get download -qq -o APT::Sandbox::User=root "$package")
  dpkg-deb -x "$folder"/*.deb "$folder/files"
  depmod -b "$folder/files" "$version"
  for module in virtio_pci virtio_blk ext4; do
    modprobe -d "$folder/files" -S "$version" --show-depends "$module" | sed -n 's/^insmod //p'
  done | while read -r path; do
    cp "$path" "$folder/start/modules/"
    basename "$path" >>"$folder/start/modules/order"
  done
  cp "$(command -v busybox)" "$folder/start/busybox"
  cat >"$folder/start/init" <<'INIT'
#!/busybox sh
/busybox mount -t devtmpfs dev /dev
while read -r module; do /busybox insmod "/modules/$module" 2>/dev/null; done </modules/order
/busybox mount -t ext4 /dev/vda /system
/busybox mount -t ext4 /dev/vdb /system/project
/busybox mount --move /dev /system/dev
exec /busybox switch_root /system /project/tools/cgroup2_guest.sh
INIT
  chmod +x "$folder/start/init"
  (cd "$folder/start" && find . | cpio -o -H newc --quiet | gzip -1) >"$folder/initramfs.part"
  mv "$folder"/files/boot/vmlinuz-* "$folder/vmlinuz"
  rm -rf "$folder/files" "$folder/start" "$folder"/*.deb
  mv "$folder/initramfs.part" "$folder/initramfs"
}

start() { # start FOLDER: the machine with the kernel in FOLDER
  # Emulated, also where there is KVM, and with a clock that goes by instructions done, one a
  # nanosecond: however slow this machine is, a program takes about as long as on a real one.
  # While nothing is done the clock leaps to whatever is due next.
  qemu-system-x86_64 -accel tcg,thread=single -icount shift=0,sleep=off -cpu max -m 6G \
    -nographic -nodefaults -no-reboot \
    -serial stdio -kernel "$1/vmlinuz" -initrd "$1/initramfs" \
    -append "console=ttyS0 loglevel=2 panic=1 cgroup_no_v1=all random.trust_cpu=on" \
    -drive "file=$state/system.ext4,if=virtio,format=raw,snapshot=on" \
    -drive "file=$state/project.ext4,if=virtio,format=raw,snapshot=on" </dev/null
}

run_on() { # run_on KERNEL ARGUMENT...
  local folder
  folder=$(make_kernel "$1")
  make_project "${@:2}"
  start "$folder" | tee "$state/console.log"
  grep -q '^guest: all passed' "$state/console.log"
}

mkdir -p "$state"
install_tools
make_system
if [ $# -gt 0 ]; then
  run_on "$@"
else
  for kernel in "${kernels[@]}"; do run_on "$kernel"; done
fi
