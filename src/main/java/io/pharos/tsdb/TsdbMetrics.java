package io.pharos.tsdb;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.model.histogram.Histogram;
import io.pharos.storage.AppendOutcome;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// Meters of the store. A meter that Prometheus has too has the same name as there.
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
    floats = new SampleCounters("float");
    histograms = new SampleCounters("histogram");
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
  void appended(int floatCount, int histogramCount) {
    floats.appended.increment(floatCount);
    histograms.appended.increment(histogramCount);
  }

  /// Counts a stored out-of-order sample. `histogram` is the sample if it is a histogram, else
  /// null.
  void appendedLate(@Nullable Histogram histogram) {
    SampleCounters counters = histogram == null ? floats : histograms;
    counters.appended.increment();
    counters.appendedLate.increment();
  }

  /// Increments the counter of a refusal; does nothing if the outcome is not a refusal. `histogram`
  /// is the sample if it is a histogram, else null.
  void refused(@Nullable Histogram histogram, AppendOutcome outcome) {
    Counter counter = (histogram == null ? floats : histograms).refused.get(outcome);
    if (counter != null) {
      counter.increment();
    }
  }

  /// The counters for one type of samples, floats or histograms. As in Prometheus, a label tells
  /// the type.
  private final class SampleCounters {
    private final String type;
    final Counter appended;
    final Counter appendedLate;
    final Map<AppendOutcome, Counter> refused = new EnumMap<>(AppendOutcome.class);

    SampleCounters(String type) {
      this.type = type;
      appended = counter("prometheus_tsdb_head_samples_appended_total", "Samples appended.");
      appendedLate =
          counter(
              "prometheus_tsdb_head_out_of_order_samples_appended_total",
              "Samples appended although they were older than the last sample of their series.");
      refused(
          AppendOutcome.OUT_OF_ORDER,
          "prometheus_tsdb_out_of_order_samples_total",
          "they were older than the last sample of their series");
      refused(
          AppendOutcome.TOO_OLD,
          "prometheus_tsdb_too_old_samples_total",
          "they were older than the store accepts");
      refused(
          AppendOutcome.DUPLICATE_TIMESTAMP,
          "pharos_tsdb_duplicate_timestamp_samples_total",
          "their series has another value at that time");
      refused(
          AppendOutcome.LATE_LIMIT,
          "pharos_tsdb_out_of_order_limit_samples_total",
          "the limit on out-of-order samples in memory was reached");
      refused(
          AppendOutcome.SERIES_LIMIT,
          "pharos_tsdb_series_limit_samples_total",
          "the limit on series was reached");
    }

    private void refused(AppendOutcome outcome, String name, String reason) {
      refused.put(outcome, counter(name, "Samples refused because " + reason + "."));
    }

    private Counter counter(String name, String description) {
      return Counter.builder(name).description(description).tag("type", type).register(registry);
    }
  }

  @Override
  public void close() {
    gauges.forEach(registry::remove);
  }
}
