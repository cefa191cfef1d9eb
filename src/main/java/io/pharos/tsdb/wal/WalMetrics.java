package io.pharos.tsdb.wal;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

/// Meters of the log, with Prometheus' names if Prometheus has the meter.
final class WalMetrics {
  final Counter corruptions;
  final Counter tornTails;
  final Counter writesFailed;
  final Counter syncsFailed;
  final Timer syncs;

  WalMetrics(MeterRegistry registry) {
    corruptions =
        counter(
            registry,
            "prometheus_tsdb_wal_corruptions_total",
            "Damaged places in segments of the write-ahead log.");
    tornTails =
        counter(
            registry,
            "pharos_tsdb_wal_torn_tails_total",
            "Segments with an incomplete last record.");
    writesFailed =
        counter(
            registry,
            "prometheus_tsdb_wal_writes_failed_total",
            "Commits that could not be written to the write-ahead log.");
    syncsFailed =
        counter(
            registry,
            "pharos_tsdb_wal_fsyncs_failed_total",
            "Failed fsyncs of the write-ahead log.");
    syncs =
        Timer.builder("prometheus_tsdb_wal_fsync_duration_seconds")
            .description("Duration of fsyncs of the write-ahead log.")
            .register(registry);
  }

  private static Counter counter(MeterRegistry registry, String name, String description) {
    return Counter.builder(name).description(description).register(registry);
  }
}
