package io.pharos.storage;

import static java.util.Comparator.comparing;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.Histogram;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The simplest store: the samples of each series in a [SampleWindow], in memory only. Rule unit
/// tests use it, and tests compare other stores with it. All methods share one lock.
public final class InMemoryStorage implements Queryable, Appendable {
  private record Series(Labels labels, SampleWindow samples) {}

  /// A sample that is not committed yet. If it is a histogram, the value is an arbitrary NaN.
  private record Pending(
      Labels labels,
      long timestampMillis,
      double value,
      @Nullable Histogram histogram,
      long startMillis) {
    AppendOutcome after(long lastTimestamp, double lastValue, @Nullable Histogram lastHistogram) {
      return AppendOutcome.after(
          lastTimestamp, lastValue, lastHistogram, timestampMillis, value, histogram);
    }
  }

  private final Map<Labels, Series> series = new LinkedHashMap<>();
  private final Map<String, List<Series>> byMetric = new HashMap<>();
  private long generation;

  @Override
  public synchronized SeriesSet select(
      List<LabelMatcher> matchers, long fromMillis, long toMillis) {
    var selected = matching(matchers).sorted(comparing(Series::labels)).toList();
    return new Selection(selected, generation);
  }

  @Override
  public synchronized List<String> labelNames(
      List<LabelMatcher> matchers, long fromMillis, long toMillis) {
    var names = new TreeSet<String>();
    matching(matchers).forEach(found -> names.addAll(found.labels.names()));
    return List.copyOf(names);
  }

  @Override
  public synchronized List<String> labelValues(
      String name, List<LabelMatcher> matchers, long fromMillis, long toMillis) {
    var values = new TreeSet<String>();
    matching(matchers)
        .filter(found -> found.labels.has(name))
        .forEach(found -> values.add(found.labels.get(name)));
    return List.copyOf(values);
  }

  private Stream<Series> matching(List<LabelMatcher> matchers) {
    Collection<Series> candidates = series.values();
    for (LabelMatcher matcher : matchers) {
      if (matcher.name().equals(Labels.METRIC_NAME) && matcher.type() == LabelMatcher.Type.EQUAL) {
        candidates = byMetric.getOrDefault(matcher.value(), List.of());
      }
    }
    return candidates.stream().filter(it -> LabelMatcher.matchesAll(matchers, it.labels));
  }

  @Override
  public Appender appender() {
    return new Batch();
  }

  private synchronized AppendOutcome outcome(Pending sample) {
    Series existing = series.get(sample.labels);
    if (existing == null || existing.samples.size() == 0) {
      return AppendOutcome.APPENDED;
    }
    int last = existing.samples.size() - 1;
    return sample.after(
        existing.samples.timestamp(last),
        existing.samples.value(last),
        existing.samples.histogram(last));
  }

  private synchronized void store(List<Pending> batch) {
    for (Pending sample : batch) {
      if (outcome(sample) == AppendOutcome.APPENDED) {
        Series existing = series.get(sample.labels);
        if (existing == null) {
          existing = new Series(sample.labels, new SampleWindow());
          series.put(sample.labels, existing);
          byMetric
              .computeIfAbsent(sample.labels.get(Labels.METRIC_NAME), _ -> new ArrayList<>())
              .add(existing);
          generation++;
        }
        if (sample.histogram == null) {
          existing.samples.add(sample.timestampMillis, sample.value);
        } else {
          existing.samples.add(
              sample.timestampMillis, withHint(sample.histogram, existing.samples));
        }
        if (sample.startMillis != 0) {
          existing.samples.setStart(sample.startMillis);
        }
      }
    }
  }

  private static Histogram withHint(Histogram histogram, SampleWindow before) {
    Histogram last = before.size() == 0 ? null : before.histogram(before.size() - 1);
    return histogram.withHint(
        last == null ? ResetHints.first(histogram) : ResetHints.after(last, histogram));
  }

  private final class Batch implements Appender {
    private final List<Pending> pending = new ArrayList<>();
    private final Map<Labels, Pending> latest = new HashMap<>();

    @Override
    public AppendOutcome append(
        Labels labels, long timestampMillis, double value, long startMillis) {
      return append(new Pending(labels, timestampMillis, value, null, startMillis));
    }

    @Override
    public AppendOutcome append(
        Labels labels, long timestampMillis, Histogram histogram, long startMillis) {
      if (StaleMarker.is(histogram.sum())) {
        return append(labels, timestampMillis, StaleMarker.VALUE);
      }
      return append(new Pending(labels, timestampMillis, Double.NaN, histogram, startMillis));
    }

    private AppendOutcome append(Pending sample) {
      Pending before = latest.get(sample.labels);
      AppendOutcome outcome =
          before == null
              ? outcome(sample)
              : sample.after(before.timestampMillis, before.value, before.histogram);
      if (outcome == AppendOutcome.APPENDED) {
        pending.add(sample);
        latest.put(sample.labels, sample);
      }
      return outcome;
    }

    @Override
    public void commit() {
      store(pending);
      rollback();
    }

    @Override
    public void rollback() {
      pending.clear();
      latest.clear();
    }

    @Override
    public void close() {
      rollback();
    }
  }

  private final class Selection implements SeriesSet {
    private final List<Series> selected;
    private final long selectedGeneration;

    Selection(List<Series> selected, long selectedGeneration) {
      this.selected = selected;
      this.selectedGeneration = selectedGeneration;
    }

    @Override
    public int size() {
      return selected.size();
    }

    @Override
    public Labels labels(int i) {
      return selected.get(i).labels;
    }

    @Override
    public long generation() {
      return selectedGeneration;
    }

    @Override
    public void read(int i, long fromMillis, long toMillis, SampleWindow window) {
      synchronized (InMemoryStorage.this) {
        SampleWindow samples = selected.get(i).samples;
        for (int j = firstFrom(samples, fromMillis);
            j < samples.size() && samples.timestamp(j) <= toMillis;
            j++) {
          window.add(samples, j);
        }
      }
    }

    /// Index of the first sample at or after a time.
    private static int firstFrom(SampleWindow samples, long fromMillis) {
      int found = Arrays.binarySearch(samples.timestamps(), 0, samples.size(), fromMillis);
      return found < 0 ? -1 - found : found;
    }
  }
}
