package io.pharos.tsdb;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.storage.AppendOutcome;
import io.pharos.tsdb.chunk.Chunk;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToDoubleFunction;

/// Meters of the store, with Prometheus' names if Prometheus has the meter.
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
    floats = new SampleCounters(Chunk.Kind.FLOAT);
    histograms = new SampleCounters(Chunk.Kind.HISTOGRAM);
    seriesCreated =
        counter("prometheus_tsdb_head_series_created_total", "Series created in memory.");
    seriesRemoved =
        counter(
            "prometheus_tsdb_head_series_removed_total",
            "Series removed from memory because all their samples are in blocks.");
    compactions = counter("prometheus_tsdb_compactions_total", "Blocks written.");
    compactionsFailed =
        counter("prometheus_tsdb_compactions_failed_total", "Failed runs of compaction.");
    blockCorruptions = counter("pharos_tsdb_block_corruptions_total", "Damaged block files found.");
    unlogged =
        counter(
            "pharos_tsdb_unlogged_samples_total",
            "Samples kept only in memory because the log could not be written.");
    gauge("prometheus_tsdb_head_chunks", "Chunks in memory.", chunks, AtomicLong::doubleValue);
  }

  private Counter counter(String name, String description) {
    return Counter.builder(name).description(description).register(registry);
  }

  /// Registers a gauge that is removed when these metrics are closed.
  <T> void gauge(String name, String description, T subject, ToDoubleFunction<T> value) {
    gauges.add(Gauge.builder(name, subject, value).description(description).register(registry));
  }

  /// Number of chunks in memory.
  long chunks() {
    return chunks.get();
  }

  void chunkAdded() {
    chunks.incrementAndGet();
  }

  void chunksRemoved(int count) {
    chunks.addAndGet(-count);
  }

  /// Counts stored samples.
  void appended(Chunk.Kind kind, int count) {
    counters(kind).appended.increment(count);
  }

  /// Counts a stored out-of-order sample.
  void appendedLate(Chunk.Kind kind) {
    counters(kind).appended.increment();
    counters(kind).appendedLate.increment();
  }

  /// Counts a refused sample.
  void refused(Chunk.Kind kind, AppendOutcome outcome) {
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

  private SampleCounters counters(Chunk.Kind kind) {
    return switch (kind) {
      case FLOAT -> floats;
      case HISTOGRAM -> histograms;
    };
  }

  /// The counters of one type of samples. As in Prometheus, a label distinguishes the types.
  private final class SampleCounters {
    final Counter appended;
    final Counter outOfOrder;
    final Counter duplicates;
    final Counter tooOld;
    final Counter overLimit;
    final Counter appendedLate;
    final Counter overLateLimit;

    SampleCounters(Chunk.Kind kind) {
      appended = counter(kind, "prometheus_tsdb_head_samples_appended_total", "Samples appended.");
      outOfOrder =
          counter(
              kind,
              "prometheus_tsdb_out_of_order_samples_total",
              "Samples refused because they were older than the last of their series.");
      tooOld =
          counter(
              kind,
              "prometheus_tsdb_too_old_samples_total",
              "Samples refused because they were older than the store accepts.");
      duplicates =
          counter(
              kind,
              "pharos_tsdb_duplicate_timestamp_samples_total",
              "Samples refused because their series has another value at that time.");
      appendedLate =
          counter(
              kind,
              "prometheus_tsdb_head_out_of_order_samples_appended_total",
              "Samples appended although they were older than the last of their series.");
      overLateLimit =
          counter(
              kind,
              "pharos_tsdb_out_of_order_limit_samples_total",
              "Samples refused because the limit on out-of-order samples in memory was reached.");
      overLimit =
          counter(
              kind,
              "pharos_tsdb_series_limit_samples_total",
              "Samples refused because the limit on series was reached.");
    }

    private Counter counter(Chunk.Kind kind, String name, String description) {
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
