#!/usr/bin/env bash
# Makes what people install from a build: a tar.gz and a Debian package, each with its own Java runtime and start-up
# cache, the list of the shipped libraries (CycloneDX), and checksums. ./pharos package builds and runs it.
#
#   package.sh OUT [--arch=amd64|arm64] [--no-cache]
#
# With --no-cache two builds of a commit by one JDK give the same bytes. The start-up cache differs each time, because a
# short run of Pharos makes it. For another architecture there is no cache, and the modules of its JDK come from Debian.
set -euo pipefail
machine=$(dpkg --print-architecture)
out='' arch=$machine cache=true
usage() { echo "package.sh: $1 (usage: package.sh OUT [--arch=amd64|arm64] [--no-cache])" >&2; exit 64; }
for word in "$@"; do
  case $word in
    --arch=amd64 | --arch=arm64) arch=${word#*=} ;;
    --no-cache) cache=false ;;
    -*) usage "unexpected $word" ;;
    *) [ -z "$out" ] || usage "unexpected $word"; out=$word ;;
  esac
done
[ -n "$out" ] || usage 'OUT is missing'
[ "$arch" = "$machine" ] || cache=false
: "${JAVA_HOME:?JAVA_HOME must be set to the JDK from which the runtime is made}"
root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../.." && pwd)
app=$root/target/quarkus-app
[ -f "$app/quarkus-run.jar" ] || { echo "package.sh: $app has no quarkus-run.jar, expected a build" >&2; exit 66; }
version=$(sed -n 's/^  <version>\(.*\)<\/version>$/\1/p' "$root/pom.xml")
[ -n "$version" ] || { echo "package.sh: $root/pom.xml names no version" >&2; exit 66; }
# Packages of one commit have its time.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
umask 022
mkdir -p "$out"
out=$(cd -- "$out" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# jmods: prints the folder with the modules of the JDK for another architecture, from Debian's package of the same version.
jmods() {
  local lists=$scratch/apt package=openjdk-25-jdk-headless options
  mkdir -p "$lists/partial" "$scratch/archives/partial" "$scratch/jdk"
  options=(-qq -o "APT::Architecture=$arch" -o "APT::Architectures=$arch" -o "Dir::State::lists=$lists"
    -o "Dir::Cache=$scratch" -o Dir::State::status=/dev/null -o APT::Sandbox::User=root)
  apt-get "${options[@]}" update >&2
  (cd "$scratch" && apt-get "${options[@]}" download "$package=$(dpkg-query --show --showformat '${Version}' "$package")" >&2)
  dpkg-deb --extract "$scratch/$package"_*.deb "$scratch/jdk"
  find "$scratch/jdk" -type d -name jmods
}

tree=$scratch/root/opt/pharos
mkdir -p "$tree/target"
if [ "$arch" = "$machine" ]; then
  "$root/deploy/image/runtime.sh" "$tree/runtime"
else
  "$root/deploy/image/runtime.sh" "$tree/runtime" "$(jmods)"
fi
cp -r "$app" "$tree/target/quarkus-app"
rm -f "$tree/target/quarkus-app/"*.aot
# `init` copies rules, dashboards and inhibitions.
git -C "$root" archive HEAD pharos README.md CHANGELOG.md docs alert-rules dashboards notifications/alertmanager.yml \
  deploy/systemd deploy/rollouts scripts |
  tar -x -C "$tree" --exclude='scripts/*.java' --exclude='scripts/bench*'
(cd "$root" && mvn -B -ntp -q cyclonedx:makeBom)
java=$(sed -n 's/^JAVA_VERSION="\(.*\)"$/\1/p' "$tree/runtime/release")
jq --arg version "$java" '.components += [{type: "platform", name: "OpenJDK", version: $version}]' \
  "$root/target/bom.json" >"$tree/bom.json"

# The cache is only valid for jars with the times that they had, and only used if it is newer.
set_times() { find "$1" -newermt "@$2" -exec touch --no-dereference --date="@$2" {} +; }
set_times "$scratch/root" "$((SOURCE_DATE_EPOCH - 1))"
if [ "$cache" = true ]; then
  PHAROS_TRAIN_FILES=$root "$tree/pharos" train
  touch --date="@$SOURCE_DATE_EPOCH" "$tree/target/quarkus-app/"*.aot
fi

name=pharos-$version-linux-$arch
tar --create --directory "$scratch/root/opt" --sort=name --owner=0 --group=0 --numeric-owner --format=gnu \
  --transform "s,^pharos,$name," pharos | gzip -n -9 >"$out/$name.tar.gz"

# The Debian package: the same tree, the command, the service and its user.
deb=$scratch/root
install -D -m 0644 "$root/deploy/systemd/pharos.service" "$deb/usr/lib/systemd/system/pharos.service"
install -D -m 0644 "$root/deploy/package/pharos.env" "$deb/etc/pharos/pharos.env"
mkdir -p "$deb/usr/bin" "$deb/DEBIAN"
ln -s ../../opt/pharos/pharos "$deb/usr/bin/pharos"
install -m 0755 "$root/deploy/package/debian/"{postinst,prerm,postrm} "$deb/DEBIAN/"
echo /etc/pharos/pharos.env >"$deb/DEBIAN/conffiles"
# Installed-Size as deb-substvars(5) counts it: the bytes of each file in whole KiB, and one for anything else. The blocks
# that a file system has allocated (du) differ from machine to machine and from minute to minute.
size=$(find "$deb" -mindepth 1 -path "$deb/DEBIAN" -prune -o -printf '%y %s\n' |
  awk '{ kib += $1 == "f" ? int(($2 + 1023) / 1024) : 1 } END { print kib }')
sed -e "s/@version@/$version/" -e "s/@arch@/$arch/" -e "s/@size@/$size/" \
  "$root/deploy/package/debian/control" >"$deb/DEBIAN/control"
set_times "$deb" "$SOURCE_DATE_EPOCH"
dpkg-deb --root-owner-group -Zxz --build "$deb" "$out/pharos_${version}_$arch.deb" >/dev/null

cp "$tree/bom.json" "$out/pharos-$version.bom.json"
(cd "$out" && sha256sum -- pharos* >SHA256SUMS && cat SHA256SUMS)
