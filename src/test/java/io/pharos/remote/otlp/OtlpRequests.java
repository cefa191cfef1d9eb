package io.pharos.remote.otlp;

import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.opentelemetry.proto.metrics.v1.Sum;
import io.opentelemetry.proto.resource.v1.Resource;
import java.time.Instant;
import java.util.List;

/// Requests made of OpenTelemetry's own messages.
final class OtlpRequests {
  static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  static final long NANOS = NOW.toEpochMilli() * 1_000_000;

  private OtlpRequests() {}

  static KeyValue attribute(String key, String value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setStringValue(value))
        .build();
  }

  static ExportMetricsServiceRequest request(List<KeyValue> resource, Metric... metrics) {
    return ExportMetricsServiceRequest.newBuilder()
        .addResourceMetrics(
            ResourceMetrics.newBuilder()
                .setResource(Resource.newBuilder().addAllAttributes(resource))
                .addScopeMetrics(ScopeMetrics.newBuilder().addAllMetrics(List.of(metrics))))
        .build();
  }

  /// @param seconds relative to now
  static NumberDataPoint number(double value, long seconds, KeyValue... attributes) {
    return NumberDataPoint.newBuilder()
        .setTimeUnixNano(NANOS + seconds * 1_000_000_000L)
        .setAsDouble(value)
        .addAllAttributes(List.of(attributes))
        .build();
  }

  /// A monotonic sum of an integer.
  ///
  /// @param seconds relative to now
  static Metric sum(
      String name, String unit, long value, long seconds, AggregationTemporality temporality) {
    return Metric.newBuilder()
        .setName(name)
        .setUnit(unit)
        .setSum(
            Sum.newBuilder()
                .setIsMonotonic(true)
                .setAggregationTemporality(temporality)
                .addDataPoints(
                    NumberDataPoint.newBuilder()
                        .setTimeUnixNano(NANOS + seconds * 1_000_000_000L)
                        .setAsInt(value)))
        .build();
  }
}
