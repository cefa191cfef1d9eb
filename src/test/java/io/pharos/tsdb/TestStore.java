package io.pharos.tsdb;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.ResetHint;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.Appender;
import io.pharos.storage.ResetHints;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A store with a clock that the test sets. It can be reopened on the same directory.
final class TestStore implements AutoCloseable {
  static final long HOUR = 3_600_000;
  static final long WINDOW = 2 * HOUR;

  /// Start of a block window.
  static final long T0 = Tsdb.windowOf(1_700_000_000_000L);

  private final Path directory;
  private final TsdbOptions options;
  private SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private Tsdb tsdb;
  private long now = T0;

  TestStore(Path directory, TsdbOptions options) throws IOException {
    this.directory = directory;
    this.options = options;
    open();
  }

  /// Moves each full chunk to a file.
  TestStore(Path directory) throws IOException {
    this(directory, TsdbOptions.defaults().with(draft -> draft.headPartBytes = 1));
  }

  private void open() throws IOException {
    registry = new SimpleMeterRegistry();
    tsdb = Tsdb.open(directory, options, () -> Instant.ofEpochMilli(now), registry);
  }

  void reopen() throws IOException {
    tsdb.close();
    open();
  }

  Tsdb tsdb() {
    return tsdb;
  }

  Path blocks() {
    return directory.resolve("blocks");
  }

  Path wal() {
    return directory.resolve("wal");
  }

  void now(long millis) {
    now = millis;
  }

  long now() {
    return now;
  }

  Tsdb.CompactionReport tick() {
    return tsdb.compactTick(Instant.ofEpochMilli(now));
  }

  AppendOutcome append(Labels labels, long time, double value) {
    try (Appender appender = tsdb.appender()) {
      AppendOutcome outcome = appender.append(labels, time, value);
      appender.commit();
      return outcome;
    }
  }

  AppendOutcome append(Labels labels, long time, Histogram histogram) {
    try (Appender appender = tsdb.appender()) {
      AppendOutcome outcome = appender.append(labels, time, histogram);
      appender.commit();
      return outcome;
    }
  }

  /// All samples of the interval: series → time → bits of the value, or the histogram.
  Map<Labels, Map<Long, Object>> dump(long from, long to, LabelMatcher... matchers) {
    return dump(tsdb.select(List.of(matchers), from, to), from, to);
  }

  static Map<Labels, Map<Long, Object>> dump(SeriesSet set, long from, long to) {
    var dump = new TreeMap<Labels, Map<Long, Object>>();
    var window = new SampleWindow();
    for (int i = 0; i < set.size(); i++) {
      window.clear();
      set.read(i, from, to, window);
      var samples = new TreeMap<Long, Object>();
      for (int at = 0; at < window.size(); at++) {
        Object before = samples.put(window.timestamp(at), sample(window, at));
        if (before != null || (at > 0 && window.timestamp(at) <= window.timestamp(at - 1))) {
          throw new AssertionError(set.labels(i) + ": times do not grow at " + at);
        }
      }
      if (!samples.isEmpty()) {
        dump.put(set.labels(i), samples);
      }
    }
    return dump;
  }

  /* Whether a store compared a histogram with the one before depends on its chunks. */
  private static Object sample(SampleWindow window, int at) {
    Histogram histogram = window.histogram(at);
    if (histogram == null) {
      return Double.doubleToRawLongBits(window.value(at));
    }
    if (histogram.hint() != ResetHint.NOT_RESET) {
      return histogram;
    }
    Histogram before = at == 0 ? null : window.histogram(at - 1);
    if (at > 0 && (before == null || ResetHints.after(before, histogram) != ResetHint.NOT_RESET)) {
      throw new AssertionError("not a reset after " + before + " at " + window.timestamp(at));
    }
    return histogram.withHint(ResetHint.UNKNOWN);
  }

  Map<Long, Object> samples(Labels labels, long from, long to) {
    return dump(from, to).getOrDefault(labels, Map.of());
  }

  double counter(String name) {
    return registry.get(name).counters().stream().mapToDouble(one -> one.count()).sum();
  }

  double counter(String name, String type) {
    return registry.get(name).tag("type", type).counter().count();
  }

  double gauge(String name) {
    return registry.get(name).gauge().value();
  }

  List<String> files(Path in) throws IOException {
    try (var files = Files.list(in)) {
      return new ArrayList<>(files.map(file -> file.getFileName().toString()).sorted().toList());
    }
  }

  @Override
  public void close() {
    tsdb.close();
  }
}
