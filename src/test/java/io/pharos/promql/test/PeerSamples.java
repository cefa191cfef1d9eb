package io.pharos.promql.test;

import io.pharos.model.GoFloat;
import io.pharos.model.Labels;
import io.pharos.storage.Appender;
import io.pharos.storage.InMemoryStorage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/// Made-up series that two engines are asked about: the same samples for a store and as
/// OpenMetrics.
final class PeerSamples {
  /// Unix milliseconds of the first minute of samples.
  static final long START = 1_700_000_000_000L - 1_700_000_000_000L % 3_600_000;

  static final long END = START + 3_600_000;
  private static final long INTERVAL = 15_000;

  /// One series, its samples as columns.
  record Series(Labels labels, long[] timestamps, double[] values) {}

  private final List<Series> series = new ArrayList<>();
  private final Random random;

  /* Timestamps are never whole seconds, so that no sample stands on the left edge of a range, where
   * Prometheus 2 and 3 differ. */
  PeerSamples(Random random) {
    this.random = random;
    for (String job : List.of("api", "db", "web")) {
      for (int instance = 0; instance < 3; instance++) {
        String name = "host-" + instance;
        add(counter(), "requests_total", "job", job, "instance", name, "code", "200");
        add(counter(), "requests_total", "job", job, "instance", name, "code", "500");
        add(gauge(), "memory_bytes", "job", job, "instance", name);
        add(gauge(), "temperature", "job", job, "instance", name, "zone", "z" + instance % 2);
        addHistogram(job, name);
      }
      add(gauge(), "limits", "job", job);
    }
  }

  List<Series> series() {
    return series;
  }

  private void add(double[] values, String name, String... labels) {
    Labels.Builder builder = Labels.of(labels).toBuilder();
    builder.set(Labels.METRIC_NAME, name);
    long offset = 137 + random.nextInt(14_000) / 1_000 * 1_000L;
    boolean gaps = !name.endsWith("_total") && !name.endsWith("_bucket");
    var timestamps = new ArrayList<Long>();
    var kept = new ArrayList<Double>();
    for (int i = 0; i < values.length; i++) {
      if (!gaps || random.nextInt(12) != 0) {
        timestamps.add(START + offset + i * INTERVAL);
        kept.add(values[i]);
      }
    }
    series.add(
        new Series(
            builder.build(),
            timestamps.stream().mapToLong(Long::longValue).toArray(),
            kept.stream().mapToDouble(Double::doubleValue).toArray()));
  }

  /// A counter far above zero, so that nothing is cut off there, which Prometheus 2 and 3 do in
  /// another order.
  private double[] counter() {
    double[] values = new double[(int) ((END - START) / INTERVAL)];
    double value = 1e6 + random.nextInt(1_000_000);
    for (int i = 0; i < values.length; i++) {
      value = random.nextInt(80) == 0 ? 1e6 : value + random.nextInt(500) / 4.0;
      values[i] = value;
    }
    return values;
  }

  private double[] gauge() {
    double[] values = new double[(int) ((END - START) / INTERVAL)];
    double value = random.nextInt(1_000) - 300;
    for (int i = 0; i < values.length; i++) {
      value += random.nextGaussian() * 20;
      values[i] = random.nextInt(6) == 0 ? Math.rint(value) : value;
    }
    return values;
  }

  private void addHistogram(String job, String instance) {
    double[] below = counter();
    long seed = random.nextLong();
    for (String le : List.of("0.1", "0.5", "1", "5", "+Inf")) {
      // one seed, so that the buckets are scraped at the same times
      random.setSeed(seed);
      add(below.clone(), "latency_bucket", "job", job, "instance", instance, "le", le);
      for (int i = 0; i < below.length; i++) {
        below[i] += 100 + i * (le.length() % 3 + 1);
      }
    }
  }

  InMemoryStorage store() {
    var storage = new InMemoryStorage();
    try (Appender appender = storage.appender()) {
      for (Series one : series) {
        for (int i = 0; i < one.timestamps().length; i++) {
          appender.append(one.labels(), one.timestamps()[i], one.values()[i]);
        }
      }
      appender.commit();
    }
    return storage;
  }

  String openMetrics() {
    var text = new StringBuilder();
    for (String name : series.stream().map(one -> one.labels().metricName()).distinct().toList()) {
      String family = name.replaceAll("_total$", "");
      text.append("# TYPE ")
          .append(name.endsWith("_total") ? family + " counter" : name + " unknown");
      text.append('\n');
      for (Series one : series) {
        if (one.labels().metricName().equals(name)) {
          write(one, name, text);
        }
      }
    }
    return text.append("# EOF\n").toString();
  }

  private static void write(Series one, String name, StringBuilder text) {
    String labels = one.labels().withoutMetricName().toString().replace(", ", ",");
    for (int i = 0; i < one.timestamps().length; i++) {
      text.append(name)
          .append(labels)
          .append(' ')
          .append(GoFloat.plain(one.values()[i]))
          .append(' ')
          .append(String.format(Locale.ROOT, "%.3f", one.timestamps()[i] / 1000.0))
          .append('\n');
    }
  }
}
