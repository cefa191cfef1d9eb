#!/usr/bin/env bash
# Copies the image's content to an empty folder: a Java runtime with the needed modules, the C library, a static busybox
# for the health check, and Pharos. Used by the Dockerfile, and by ImageIT without Docker.
#
#   rootfs.sh APP OUT     APP: the folder quarkus-app of a build; OUT: an empty folder, to become /
set -euo pipefail
app=${1:?usage: rootfs.sh APP OUT}
out=${2:?usage: rootfs.sh APP OUT}
[ -f "$app/quarkus-run.jar" ] || { echo "rootfs.sh: $app has no quarkus-run.jar, expected a build" >&2; exit 4; }
[ -z "$(ls -A "$out" 2>/dev/null)" ] || { echo "rootfs.sh: $out is not empty" >&2; exit 4; }
: "${JAVA_HOME:?JAVA_HOME must be set to the JDK from which the runtime is made}"
busybox=$(command -v busybox) || { echo "rootfs.sh: busybox is missing, expected the package busybox-static" >&2; exit 4; }
ldd "$busybox" >/dev/null 2>&1 && { echo "rootfs.sh: $busybox is linked with libraries, expected busybox-static" >&2; exit 4; }
umask 022

mkdir -p "$out"/{bin,etc,opt/pharos/data/secrets,opt/pharos/target,tmp,var/lib/pharos}
chmod 1777 "$out/tmp"

"$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/runtime.sh" "$out/opt/java"

# The C library at the path that the runtime's libraries expect. Since glibc 2.34 libc itself resolves host names.
find "$out/opt/java" \( -name '*.so' -o -path '*/bin/java' \) -exec ldd {} + 2>/dev/null |
  awk '$2 == "=>" && $3 ~ "^/" {print $3} $1 ~ "^/.*ld-linux" {print $1}' | sort -u |
  while read -r library; do
    case $library in "$JAVA_HOME"/* | "$out"/*) continue ;; esac
    install -D -m 0755 "$(readlink -f "$library")" "$out$library"
  done

install -m 0755 "$busybox" "$out/bin/busybox"
printf 'root:x:0:0:root:/:/sbin/nologin\npharos:x:65532:65532:pharos:/var/lib/pharos:/sbin/nologin\n' >"$out/etc/passwd"
printf 'root:x:0:\npharos:x:65532:\n' >"$out/etc/group"
printf 'hosts: files dns\n' >"$out/etc/nsswitch.conf"
chown -R 65532:65532 "$out/var/lib/pharos"

cp -r "$app" "$out/opt/pharos/target/quarkus-app"
# The start-up cache belongs to the Java runtime that created it, and is twice as large as the rest.
rm -f "$out/opt/pharos/target/quarkus-app/"*.aot
