/// Metrics that come by OTLP: the messages of OpenTelemetry, what their names and labels become in
/// Prometheus' model, and the sums of what is sent as differences.
@NullMarked
package io.pharos.remote.otlp;

import org.jspecify.annotations.NullMarked;
