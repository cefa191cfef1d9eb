/// Answers Prometheus' Remote Read requests: raw samples for the queries of another server.
///
/// [io.pharos.remote.read.ReadService] is the entry point; it is independent of HTTP.
@NullMarked
package io.pharos.remote.read;

import org.jspecify.annotations.NullMarked;
