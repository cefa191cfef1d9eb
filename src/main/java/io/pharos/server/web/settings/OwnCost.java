package io.pharos.server.web.settings;

import io.pharos.model.GoFloat;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.server.web.design.Sparkline;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What Pharos itself costs, from its own metrics: they are stored if it scrapes itself.
///
/// @param last the newest value with its unit
record OwnCost(String name, String last, Sparkline line) {
  /// How far back the lines go.
  static final Duration RANGE = Duration.ofHours(3);

  private static final Duration STEP = Duration.ofMinutes(3);

  /// How a value is written.
  private enum Unit {
    PERCENT,
    BYTES,
    COUNT,
    PER_SECOND,
    PER_HOUR;

    String of(double value) {
      return switch (this) {
        case PERCENT -> GoFloat.rounded(value * 100, 3) + " %";
        case BYTES -> bytes(value);
        case COUNT -> String.format(Locale.ROOT, "%,d", Math.round(value));
        case PER_SECOND -> GoFloat.rounded(value, 3) + "/s";
        case PER_HOUR -> GoFloat.rounded(value * 3600, 3) + "/h";
      };
    }
  }

  /// @param metric series whose sum over this process is shown
  /// @param rate whether its increase per second is shown
  private record Kind(String name, String metric, boolean rate, Unit unit) {
    String expression() {
      String own = rate ? "rate(" + metric + "[5m])" : metric;
      return "sum(" + own + " and on (job, instance) pharos_build_info)";
    }
  }

  private static final List<Kind> KINDS =
      List.of(
          new Kind("CPU of the machine", "process_cpu_usage", false, Unit.PERCENT),
          new Kind("heap in use", "jvm_memory_used_bytes{area=\"heap\"}", false, Unit.BYTES),
          new Kind("pauses of the collector", "jvm_gc_pause_seconds_sum", true, Unit.PERCENT),
          new Kind("blocks on disk", "prometheus_tsdb_storage_blocks_bytes", false, Unit.BYTES),
          new Kind("write-ahead log", "prometheus_tsdb_wal_storage_size_bytes", false, Unit.BYTES),
          new Kind("free on the disk", "pharos_disk_free_bytes", false, Unit.BYTES),
          new Kind("series in memory", "prometheus_tsdb_head_series", false, Unit.COUNT),
          new Kind("samples", "prometheus_tsdb_head_samples_appended_total", true, Unit.PER_SECOND),
          new Kind(
              "fsyncs", "prometheus_tsdb_wal_fsync_duration_seconds_count", true, Unit.PER_SECOND),
          new Kind("messages", "alertmanager_notifications_total", true, Unit.PER_HOUR),
          new Kind("queries in flight", "prometheus_engine_queries", false, Unit.COUNT));

  /// Reads the costs of the last [#RANGE]; empty if this Pharos has no samples of itself.
  ///
  /// @throws io.pharos.promql.value.QueryException if the samples can't be read
  static List<OwnCost> read(Evaluator evaluator, Instant now) {
    return KINDS.stream().flatMap(kind -> read(evaluator, kind, now).stream()).toList();
  }

  private static Optional<OwnCost> read(Evaluator evaluator, Kind kind, Instant now) {
    long end = now.toEpochMilli();
    long from = end - RANGE.toMillis();
    if (!(evaluator.range(kind.expression(), from, end, STEP).value() instanceof RangeMatrix matrix)
        || matrix.series().isEmpty()) {
      return Optional.empty();
    }
    RangeMatrix.Series series = matrix.series().getFirst();
    var values = new double[Math.toIntExact(RANGE.dividedBy(STEP)) + 1];
    Arrays.fill(values, Double.NaN);
    for (int i = 0; i < series.size(); i++) {
      values[Math.toIntExact((series.timestamps()[i] - from) / STEP.toMillis())] =
          series.values()[i];
    }
    double[] known = Arrays.stream(values).filter(Double::isFinite).toArray();
    double low = Arrays.stream(known).min().orElse(Double.NaN);
    double high = Arrays.stream(known).max().orElse(Double.NaN);
    double last = values[values.length - 1];
    return Optional.of(
        new OwnCost(
            kind.name(),
            Double.isFinite(last) ? kind.unit().of(last) : "no data",
            Sparkline.of(
                values,
                kind.unit().of(low) + " to " + kind.unit().of(high) + " in the last 3 hours")));
  }

  /// Formats a number of bytes with a unit.
  static String bytes(double bytes) {
    double value = bytes;
    for (String unit : List.of("B", "KiB", "MiB", "GiB")) {
      if (Math.abs(value) < 1024) {
        return GoFloat.rounded(value, 3) + " " + unit;
      }
      value /= 1024;
    }
    return GoFloat.rounded(value, 3) + " TiB";
  }
}
