package io.pharos.ingest.scrape;

import static io.pharos.ingest.scrape.ScrapeFailure.Reason.BUCKET_LIMIT;
import static io.pharos.ingest.scrape.ScrapeFailure.Reason.FORMAT;
import static io.pharos.ingest.scrape.ScrapeFailure.Reason.LABEL_LIMIT;
import static io.pharos.ingest.scrape.ScrapeFailure.Reason.SAMPLE_LIMIT;

import io.pharos.config.prometheus.HistogramConfig;
import io.pharos.config.prometheus.Relabel;
import io.pharos.config.prometheus.SampleLimits;
import io.pharos.config.prometheus.ScrapeConfig;
import io.pharos.config.prometheus.ScrapeProtocol;
import io.pharos.ingest.exposition.CachedText;
import io.pharos.ingest.exposition.ExpositionException;
import io.pharos.ingest.exposition.Format;
import io.pharos.ingest.exposition.PageParser;
import io.pharos.ingest.exposition.RawText;
import io.pharos.ingest.exposition.SampleSink;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.model.Labels;
import io.pharos.model.Quoted;
import io.pharos.model.histogram.Histogram;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.Appender;
import io.pharos.storage.Exemplar;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Stores the samples of a page as one batch: applies target labels, `honor_labels`, relabelling,
/// limits and timestamps.
final class SampleIntake implements SampleSink {
  /// Series of a page that the store rejected.
  ///
  /// @param series number of these series
  /// @param names metric names of these series
  record RejectedSeries(int series, Set<String> names) {
    static final RejectedSeries NONE = new RejectedSeries(0, Set.of());

    RejectedSeries {
      names = Set.copyOf(names);
    }
  }

  /// Thrown if the page exceeds a memory limit of Pharos.
  static final class OverLimitException extends RuntimeException {
    OverLimitException(String reason) {
      super(reason);
    }
  }

  /// Maximum time by which samples may be in the future, as in Prometheus.
  private static final long MAX_AHEAD_MILLIS = Duration.ofMinutes(10).toMillis();

  private final ScrapeConfig config;
  private final Target target;
  private final TargetSeries targetSeries;
  private final TargetMetadata metadata;
  private final ScrapeMetrics metrics;
  private final Appender appender;
  private final long timestampMillis;
  private final HistogramBounds bounds;
  private final MemoryBounds budgets;
  private final Set<String> rejectedNames = new HashSet<>();
  private int rejected;

  /// Number of samples on the page.
  int scraped;

  /// Number of samples that relabelling did not drop.
  int kept;

  /// Number of series that were not in the last successful scrape.
  int added;

  /// How far the last explicit time on the page is ahead; negative if it is behind.
  long skewMillis;

  private int duplicates;
  private int problems;
  private @Nullable ScrapeFailure failure;

  /* The expected layout, and the values that were read so far. The layout is null if the page does
   * not have it. */
  private TargetSeries.@Nullable Layout layout;
  private double[] values = {};
  private int position;

  /* The last stored series, and those of its exemplars that were read so far. */
  private TargetSeries.@Nullable Series stored;
  private final List<Exemplar> exemplars = new ArrayList<>();
  private final TargetSeries.@Nullable Created created;

  SampleIntake(
      ScrapeConfig config,
      Target target,
      TargetSeries targetSeries,
      TargetMetadata metadata,
      ScrapeMetrics metrics,
      Appender appender,
      long timestampMillis,
      MemoryBounds budgets) {
    this.config = config;
    this.target = target;
    this.targetSeries = targetSeries;
    this.metadata = metadata;
    this.metrics = metrics;
    this.appender = appender;
    this.timestampMillis = timestampMillis;
    this.bounds = HistogramBounds.of(config.histograms());
    this.budgets = budgets;
    this.created = appender.keepsStarts() ? new TargetSeries.Created(appender) : null;
    this.layout = targetSeries.layout();
    if (layout != null) {
      values = new double[layout.row.size()];
    }
  }

  /// Adds the whole page to the batch, including staleness markers. Throws ScrapeFailure if the
  /// whole page is rejected; the caller then rolls the batch back.
  void read(ScrapedPage page, PageParser parser) throws ScrapeFailure {
    Optional<Format> declared = Format.of(page.contentType());
    Format format = declared.or(this::fallback).orElse(Format.TEXT);
    try {
      parser.parse(page.body(), page.length(), format, histograms(), this);
    } catch (ExpositionException e) {
      throw new ScrapeFailure(
          FORMAT, e.getMessage() + "; the Content-Type was " + Quoted.of(page.contentType()), e);
    }
    if (declared.isEmpty() && fallback().isEmpty()) {
      throw new ScrapeFailure(
          FORMAT,
          "found Content-Type "
              + Quoted.of(page.contentType())
              + ", expected text/plain, application/openmetrics-text or"
              + " application/vnd.google.protobuf; set fallback_scrape_protocol if the target can't be made to send one");
    }
    storeRow();
    if (failure != null) {
      throw failure;
    }
    storeExemplars();
    targetSeries.markVanished(appender, timestampMillis);
    if (rejected > 0) {
      targetSeries.forgetUnseen();
    }
    metrics.duplicateTimestamp.increment(duplicates);
  }

  /* If the page had the expected layout to its end, stores all values as one row. */
  private void storeRow() {
    TargetSeries.Layout complete = layout;
    if (complete != null && position == complete.size()) {
      if (appender.append(complete.row, timestampMillis, values)) {
        return;
      }
      targetSeries.rowRejected();
    }
    leaveLayout();
  }

  /* Stops expecting the layout, and stores the samples that were read so far one by one. */
  private void leaveLayout() {
    TargetSeries.Layout read = layout;
    if (read == null) {
      return;
    }
    storeExemplars();
    layout = null;
    targetSeries.leaveLayout();
    scraped = 0;
    kept = 0;
    for (int i = 0; i < position; i++) {
      int column = read.column(i);
      beginSample();
      store(accept(targetSeries.findExpected()), column < 0 ? 0 : values[column], NO_TIMESTAMP);
    }
  }

  private PageParser.HistogramReading histograms() {
    HistogramConfig histograms = config.histograms();
    return new PageParser.HistogramReading(
        histograms.scrapeNative(), histograms.customBuckets(), histograms.classicToo());
  }

  private Optional<Format> fallback() {
    return config.fallbackProtocol().map(SampleIntake::format);
  }

  private static Format format(ScrapeProtocol protocol) {
    return switch (protocol) {
      case PROTOBUF -> Format.PROTOBUF;
      case OPENMETRICS_0_0_1, OPENMETRICS_1_0_0 -> Format.OPENMETRICS;
      case TEXT_0_0_4, TEXT_1_0_0 -> Format.TEXT;
    };
  }

  @Override
  public boolean wants(RawText line) {
    return metadata.wants(line);
  }

  @Override
  public void metadata(SampleSink.MetadataKind kind, String metric, String text) {
    metadata.add(kind, metric, text);
  }

  @Override
  public @Nullable CachedText expected() {
    TargetSeries.Layout read = layout;
    if (read == null) {
      return targetSeries.expected();
    }
    return position < read.size() ? read.text(position) : null;
  }

  @Override
  public void expectedSample(double value, long explicitMillis) {
    TargetSeries.Layout read = layout;
    if (read != null && !isExplicit(explicitMillis)) {
      beginSample();
      int column = read.column(position++);
      if (column >= 0) {
        values[column] = value;
        kept++;
      }
      return;
    }
    if (read != null) {
      targetSeries.rowRejected();
      leaveLayout();
    }
    beginSample();
    store(accept(targetSeries.findExpected()), value, explicitMillis);
  }

  /* Starts the next sample, after storing the exemplars of the previous one. */
  private void beginSample() {
    storeExemplars();
    stored = null;
    scraped++;
  }

  @Override
  public void sample(RawText raw, double value, long explicitMillis) throws ExpositionException {
    store(accept(raw), value, explicitMillis);
  }

  private void store(TargetSeries.@Nullable Series series, double value, long explicitMillis) {
    if (series != null && mayStore(series, explicitMillis)) {
      recordOutcome(series, explicitMillis, appender.append(series, time(explicitMillis), value));
      if (created != null) {
        created.sample(series, value);
      }
    }
  }

  @Override
  public void histogram(RawText raw, Histogram histogram, long explicitMillis)
      throws ExpositionException {
    TargetSeries.Series series = accept(raw);
    if (series == null || !mayStore(series, explicitMillis)) {
      return;
    }
    Histogram bounded = bounds.apply(histogram);
    if (bounded == null) {
      fail(
          BUCKET_LIMIT,
          "native_histogram_bucket_limit exceeded: found %d buckets, expected at most %d: %s"
              .formatted(HistogramBounds.size(histogram), bounds.maxBuckets(), series.labels()));
      return;
    }
    recordOutcome(series, explicitMillis, appender.append(series, time(explicitMillis), bounded));
  }

  /// Returns the series of a sample; null if the sample is not stored, because relabelling drops
  /// the sample or the scrape has already failed.
  private TargetSeries.@Nullable Series accept(RawText raw) throws ExpositionException {
    leaveLayout();
    beginSample();
    TargetSeries.Text text = targetSeries.find(raw);
    if (text == null) {
      if (targetSeries.size() >= budgets.of(MemoryBound.SERIES)) {
        throw overLimit();
      }
      Labels labels = finalLabels(raw.labels());
      if (labels != null && !areValid(labels)) {
        kept++;
        return null; // not added to the known series, so that it is rejected on the next page too
      }
      text = targetSeries.add(raw, labels);
    }
    return accept(text);
  }

  private TargetSeries.@Nullable Series accept(TargetSeries.Text text) {
    TargetSeries.Series series = text.series;
    if (series == null) {
      return null;
    }
    kept++;
    int limit = config.limits().samples();
    if (limit > 0 && kept > limit) {
      fail(SAMPLE_LIMIT, "sample limit exceeded: more than " + limit + " samples");
    }
    return failure == null ? series : null;
  }

  /// Returns the exception for a page that exceeds the limit on series. It ends the reading of the
  /// page.
  private OverLimitException overLimit() {
    String reason =
        "the page of this target has more than %d series, which is the limit of Pharos; raise --%s or drop series"
            .formatted(budgets.of(MemoryBound.SERIES), MemoryBound.SERIES.flag());
    budgets.refuse(MemoryBound.SERIES, target.url() + ": " + reason);
    return new OverLimitException(reason);
  }

  /// Returns the series that the store rejected.
  RejectedSeries rejected() {
    return rejected == 0 ? RejectedSeries.NONE : new RejectedSeries(rejected, rejectedNames);
  }

  private boolean isExplicit(long explicitMillis) {
    return explicitMillis != NO_TIMESTAMP && config.honorTimestamps();
  }

  private long time(long explicitMillis) {
    return isExplicit(explicitMillis) ? explicitMillis : timestampMillis;
  }

  /// Returns whether a sample of the series may be stored now.
  private boolean mayStore(TargetSeries.Series series, long explicitMillis) {
    if (!isExplicit(explicitMillis)) {
      duplicates += targetSeries.isSeen(series) ? 1 : 0;
      return !targetSeries.isSeen(series);
    }
    skewMillis = explicitMillis - timestampMillis;
    if (skewMillis > MAX_AHEAD_MILLIS) {
      /* A sample too far in the future would make all samples before its time out of order. */
      metrics.outOfBounds.increment();
      return false;
    }
    return true;
  }

  private void recordOutcome(
      TargetSeries.Series series, long explicitMillis, AppendOutcome outcome) {
    metrics.appended(outcome);
    if (outcome == AppendOutcome.SERIES_LIMIT) {
      rejected++;
      rejectedNames.add(series.labels().metricName());
    }
    if (outcome == AppendOutcome.APPENDED || outcome == AppendOutcome.DUPLICATE) {
      stored = series;
      if (!targetSeries.isSeen(series) && targetSeries.isNew(series)) {
        added++;
      }
      targetSeries.markSeen(
          series, !isExplicit(explicitMillis) || config.trackTimestampsStaleness());
    }
  }

  @Override
  public void start(long startMillis) {
    if (stored != null) {
      appender.start(stored, startMillis);
    }
  }

  @Override
  public void exemplar(Labels labels, double value, long explicitMillis) {
    if (layout != null && layout.column(position - 1) >= 0) {
      stored = layout.series(layout.column(position - 1));
    }
    if (stored != null) {
      boolean hasTime = explicitMillis != NO_TIMESTAMP;
      exemplars.add(
          new Exemplar(labels, value, hasTime ? explicitMillis : timestampMillis, hasTime));
    }
  }

  /// Stores the exemplars of the last sample, sorted by time. A rejected exemplar does not fail the
  /// scrape.
  private void storeExemplars() {
    if (exemplars.isEmpty() || stored == null) {
      return;
    }
    if (exemplars.size() > 1) {
      exemplars.sort(Exemplar.ORDER);
    }
    int outOfOrder = 0;
    for (Exemplar exemplar : exemplars) {
      outOfOrder +=
          appender.append(stored.labels(), exemplar) == Exemplar.Outcome.OUT_OF_ORDER ? 1 : 0;
    }
    // Some exemplars of a histogram may be the same as at the last scrape. So out-of-order
    // exemplars are counted only if all exemplars are out of order.
    if (outOfOrder == exemplars.size()) {
      metrics.exemplarOutOfOrder.increment(outOfOrder);
    }
    exemplars.clear();
  }

  private void fail(ScrapeFailure.Reason reason, String message) {
    problems++;
    if (failure == null) {
      failure = new ScrapeFailure(reason, message);
    }
  }

  /// Returns whether the labels of a series are valid. If they are not, records the failure of the
  /// scrape.
  private boolean areValid(Labels labels) {
    int problemsBefore = problems;
    if (labels.metricName().isEmpty()) {
      fail(FORMAT, "found a series without a metric name after relabelling: " + labels);
    }
    SampleLimits limits = config.limits();
    if (limits.labels() > 0 && labels.size() > limits.labels()) {
      fail(
          LABEL_LIMIT,
          "label_limit exceeded: found %d labels, expected at most %d: %s"
              .formatted(labels.size(), limits.labels(), labels));
    }
    labels.forEach(
        (name, value) -> {
          if (limits.labelNameLength() > 0 && name.length() > limits.labelNameLength()) {
            fail(LABEL_LIMIT, tooLong("label_name_length_limit", name, limits.labelNameLength()));
          }
          if (limits.labelValueLength() > 0 && value.length() > limits.labelValueLength()) {
            fail(
                LABEL_LIMIT, tooLong("label_value_length_limit", value, limits.labelValueLength()));
          }
        });
    return problems == problemsBefore;
  }

  private static String tooLong(String limitName, String text, int limit) {
    return "%s exceeded: found %d characters, expected at most %d: %s"
        .formatted(
            limitName,
            text.length(),
            limit,
            Quoted.of(text.substring(0, Math.min(50, text.length()))));
  }

  /// Returns the labels to store; null if relabelling drops the series.
  private @Nullable Labels finalLabels(Labels exposed) {
    var labels = exposed.toBuilder();
    if (config.honorLabels()) {
      target.labels().forEach((name, value) -> setIfAbsent(labels, name, value));
    } else {
      overrule(labels);
    }
    return Relabel.apply(config.metricRelabelConfigs(), labels.build()).orElse(null);
  }

  private static void setIfAbsent(Labels.Builder labels, String name, String value) {
    if (labels.get(name).isEmpty()) {
      labels.set(name, value);
    }
  }

  /// Sets the target's labels; renames conflicting exposed labels with the prefix `exported_`,
  /// repeated if necessary.
  private void overrule(Labels.Builder labels) {
    record Conflict(String name, String value) {}
    var conflicts = new ArrayList<Conflict>();
    target
        .labels()
        .forEach(
            (name, value) -> {
              String exposed = labels.get(name);
              if (!exposed.isEmpty()) {
                conflicts.add(new Conflict(name, exposed));
              }
              labels.set(name, value);
            });
    conflicts.sort(Comparator.comparingInt(conflict -> conflict.name.length()));
    for (Conflict conflict : conflicts) {
      String name = "exported_" + conflict.name;
      while (!labels.get(name).isEmpty()) {
        name = "exported_" + name;
      }
      labels.set(name, conflict.value);
    }
  }
}
