/// The tap: a reverse proxy that measures traffic to a backend and changes only forwarding and
/// tracing headers (docs/tap.md).
@NullMarked
package io.pharos.tap.proxy;

import org.jspecify.annotations.NullMarked;
