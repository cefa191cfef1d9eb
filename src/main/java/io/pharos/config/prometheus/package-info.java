/// Prometheus' configuration file as records, and relabelling.
///
/// [PrometheusConfig] refuses what Pharos does not support, with place and reason, and reports as
/// many problems as possible at once. Nothing here opens a connection.
@NullMarked
package io.pharos.config.prometheus;

import org.jspecify.annotations.NullMarked;
