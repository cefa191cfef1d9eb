package io.pharos.tsdb.wal;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

/// The log's meters, under Prometheus' names where Prometheus has them.
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
            "Places where a segment of the write-ahead log was damaged.");
    tornTails =
        counter(
            registry,
            "pharos_tsdb_wal_torn_tails_total",
            "Segments whose last record was not written to its end.");
    writesFailed =
        counter(
            registry,
            "prometheus_tsdb_wal_writes_failed_total",
            "Commits that the write-ahead log could not take.");
    syncsFailed =
        counter(
            registry,
            "pharos_tsdb_wal_fsyncs_failed_total",
            "Times that the write-ahead log could not be forced to disk.");
    syncs =
        Timer.builder("prometheus_tsdb_wal_fsync_duration_seconds")
            .description("Time taken to force the write-ahead log to disk.")
            .register(registry);
  }

  private static Counter counter(MeterRegistry registry, String name, String description) {
    return Counter.builder(name).description(description).register(registry);
  }
}
