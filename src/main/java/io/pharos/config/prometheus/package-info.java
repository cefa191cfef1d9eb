/// Prometheus' configuration file as records, and relabelling.
///
/// [PrometheusConfig] refuses what Pharos does not support, with place and reason, and reports as
/// many problems as possible at once. No code in this package opens a connection.
@NullMarked
package io.pharos.config.prometheus;

import org.jspecify.annotations.NullMarked;
