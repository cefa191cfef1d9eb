/// Prometheus' configuration file as records, and relabelling.
///
/// [PrometheusConfig] reads the file strictly: what Pharos does not support is refused with its
/// place and a reason, and as many problems as possible are told at once. [Relabel] is a pure
/// function of label sets. Nothing here opens a connection or a thread.
@NullMarked
package io.pharos.config.prometheus;

import org.jspecify.annotations.NullMarked;
