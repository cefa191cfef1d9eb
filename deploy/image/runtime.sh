#!/usr/bin/env bash
# Makes a Java runtime with the modules that Pharos needs, for the image and the packages.
#
#   runtime.sh OUT [JMODS]   OUT: a folder that does not exist yet; JMODS: the modules of a JDK for another architecture
set -euo pipefail
out=${1:?usage: runtime.sh OUT [JMODS]}
home=${JAVA_HOME:?JAVA_HOME must be set to the JDK from which the runtime is made}
strip=--strip-debug
[ -z "${2:-}" ] || strip=--strip-java-debug-attributes # this machine's objcopy can't read the libraries

# Some libraries need java.rmi, java.naming and others, which jdeps does not find.
"$home/bin/jlink" ${2:+--module-path "$2"} \
  --add-modules java.base,java.logging,java.management,java.naming,java.net.http,java.rmi,java.security.jgss,java.security.sasl,java.sql,java.transaction.xa,java.xml,jdk.crypto.ec,jdk.httpserver,jdk.management,jdk.net,jdk.unsupported,jdk.zipfs \
  "$strip" --compress zip-9 --no-header-files --no-man-pages --output "$out"
if [ -z "${2:-}" ] && command -v strip >/dev/null; then
  strip --strip-unneeded "$out/lib/server/libjvm.so"
fi
