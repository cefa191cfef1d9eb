/// OTLP metrics: OpenTelemetry's messages, the translation of their names and labels to Prometheus'
/// model, and sums of delta points.
@NullMarked
package io.pharos.remote.otlp;

import org.jspecify.annotations.NullMarked;
