package io.pharos.tsdb;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.storage.AppendOutcome;
import io.pharos.tsdb.chunk.SampleKind;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToDoubleFunction;

/// The store's meters, under Prometheus' names where Prometheus has them.
final class TsdbMetrics implements AutoCloseable {
  private final MeterRegistry registry;
  private final List<Meter> gauges = new ArrayList<>();
  private final AtomicLong chunks = new AtomicLong();

  final Counter seriesCreated;
  final Counter seriesRemoved;
  final Counter compactions;
  final Counter compactionsFailed;
  final Counter blockCorruptions;
  final Counter unlogged;
  private final SampleCounters floats;
  private final SampleCounters histograms;

  TsdbMetrics(MeterRegistry registry) {
    this.registry = registry;
    floats = new SampleCounters(registry, SampleKind.FLOAT);
    histograms = new SampleCounters(registry, SampleKind.HISTOGRAM);
    seriesCreated =
        counter("prometheus_tsdb_head_series_created_total", "Series that were begun in memory.");
    seriesRemoved =
        counter(
            "prometheus_tsdb_head_series_removed_total",
            "Series that left memory because all of their samples are in blocks.");
    compactions = counter("prometheus_tsdb_compactions_total", "Blocks that were written.");
    compactionsFailed =
        counter("prometheus_tsdb_compactions_failed_total", "Runs of compaction that failed.");
    blockCorruptions =
        counter("pharos_tsdb_block_corruptions_total", "Block files found to be damaged.");
    unlogged =
        counter(
            "pharos_tsdb_unlogged_samples_total",
            "Samples that only memory has, because the log could not be written.");
    gauge("prometheus_tsdb_head_chunks", "Chunks in memory.", chunks, AtomicLong::doubleValue);
  }

  private Counter counter(String name, String description) {
    return Counter.builder(name).description(description).register(registry);
  }

  /// Registers a gauge that goes when these metrics are closed.
  <T> void gauge(String name, String description, T subject, ToDoubleFunction<T> value) {
    gauges.add(Gauge.builder(name, subject, value).description(description).register(registry));
  }

  long chunks() {
    return chunks.get();
  }

  void chunkAdded() {
    chunks.incrementAndGet();
  }

  void chunksRemoved(int count) {
    chunks.addAndGet(-count);
  }

  /// Counts samples that were stored.
  void appended(SampleKind kind, int count) {
    counters(kind).appended.increment(count);
  }

  /// Counts a sample that was stored out of order.
  void appendedLate(SampleKind kind) {
    counters(kind).appended.increment();
    counters(kind).appendedLate.increment();
  }

  /// Counts a sample that was refused.
  void refused(SampleKind kind, AppendOutcome outcome) {
    SampleCounters counters = counters(kind);
    switch (outcome) {
      case APPENDED, DUPLICATE -> {}
      case DUPLICATE_TIMESTAMP -> counters.duplicates.increment();
      case OUT_OF_ORDER -> counters.outOfOrder.increment();
      case LATE_LIMIT -> counters.overLateLimit.increment();
      case TOO_OLD -> counters.tooOld.increment();
      case SERIES_LIMIT -> counters.overLimit.increment();
    }
  }

  private SampleCounters counters(SampleKind kind) {
    return switch (kind) {
      case FLOAT -> floats;
      case HISTOGRAM -> histograms;
    };
  }

  /// The counters of one kind of samples; as in Prometheus, a label tells the kinds apart.
  private static final class SampleCounters {
    final Counter appended;
    final Counter outOfOrder;
    final Counter duplicates;
    final Counter tooOld;
    final Counter overLimit;
    final Counter appendedLate;
    final Counter overLateLimit;

    SampleCounters(MeterRegistry registry, SampleKind kind) {
      appended =
          counter(
              registry,
              kind,
              "prometheus_tsdb_head_samples_appended_total",
              "Samples that were appended.");
      outOfOrder =
          counter(
              registry,
              kind,
              "prometheus_tsdb_out_of_order_samples_total",
              "Samples refused because they were older than the last of their series.");
      tooOld =
          counter(
              registry,
              kind,
              "prometheus_tsdb_too_old_samples_total",
              "Samples refused because they were older than the store accepts.");
      duplicates =
          counter(
              registry,
              kind,
              "pharos_tsdb_duplicate_timestamp_samples_total",
              "Samples refused because their series has another value at that time.");
      appendedLate =
          counter(
              registry,
              kind,
              "prometheus_tsdb_head_out_of_order_samples_appended_total",
              "Samples that were appended though they are older than the last of their series.");
      overLateLimit =
          counter(
              registry,
              kind,
              "pharos_tsdb_out_of_order_limit_samples_total",
              "Samples refused because as many that came out of order are in memory as may be.");
      overLimit =
          counter(
              registry,
              kind,
              "pharos_tsdb_series_limit_samples_total",
              "Samples refused because they would have begun a series more than the limit.");
    }

    private static Counter counter(
        MeterRegistry registry, SampleKind kind, String name, String description) {
      return Counter.builder(name)
          .description(description)
          .tag("type", kind.label())
          .register(registry);
    }
  }

  @Override
  public void close() {
    gauges.forEach(registry::remove);
  }
}
