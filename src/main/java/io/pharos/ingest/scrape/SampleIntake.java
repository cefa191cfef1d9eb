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
import io.pharos.ingest.exposition.HistogramReading;
import io.pharos.ingest.exposition.MetadataKind;
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
import io.pharos.storage.ExemplarOutcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Turns a page into samples of one batch: target labels, `honor_labels`, relabelling, limits,
/// timestamps.
final class SampleIntake implements SampleSink {
  /// As in Prometheus, samples may be this much ahead of the scrape.
  private static final long FARTHEST_AHEAD_MILLIS = Duration.ofMinutes(10).toMillis();

  private final ScrapeConfig config;
  private final Target target;
  private final TargetSeries known;
  private final TargetMetadata metadata;
  private final ScrapeMetrics metrics;
  private final Appender appender;
  private final long timestampMillis;
  private final HistogramBounds bounds;
  private final MemoryBounds budgets;
  private final Set<String> unstoredNames = new HashSet<>();
  private int unstored;
  private int scraped;
  private int kept;
  private int added;
  private int duplicates;
  private int problems;
  private @Nullable ScrapeFailure failure;

  /* While the page is what was expected: the values up to a position. */
  private TargetSeries.@Nullable Layout layout;
  private double[] values = {};
  private int position;

  /* What was stored last, and the exemplars that came with it. */
  private TargetSeries.@Nullable Series stored;
  private final List<Exemplar> exemplars = new ArrayList<>();
  private final @Nullable CreatedSeries created;

  SampleIntake(
      ScrapeConfig config,
      Target target,
      TargetSeries known,
      TargetMetadata metadata,
      ScrapeMetrics metrics,
      Appender appender,
      long timestampMillis,
      MemoryBounds budgets) {
    this.config = config;
    this.target = target;
    this.known = known;
    this.metadata = metadata;
    this.metrics = metrics;
    this.appender = appender;
    this.timestampMillis = timestampMillis;
    this.bounds = HistogramBounds.of(config.histograms());
    this.budgets = budgets;
    this.created = appender.keepsStarts() ? new CreatedSeries(appender) : null;
    this.layout = known.layout();
    if (layout != null) {
      values = new double[layout.row().size()];
    }
  }

  /// Samples in the page.
  int scraped() {
    return scraped;
  }

  /// Samples that relabelling kept.
  int kept() {
    return kept;
  }

  /// Series that were not there in the last good scrape.
  int added() {
    return added;
  }

  /// Reads the whole page into the batch, staleness markers included.
  ///
  /// @throws ScrapeFailure when the page as a whole is refused; the batch is to be rolled back then
  void read(ScrapedPage page, PageParser parser) throws ScrapeFailure {
    Optional<Format> promised = Format.of(page.contentType());
    Format format = promised.or(this::fallback).orElse(Format.TEXT);
    try {
      parser.parse(page.body(), page.length(), format, histograms(), this);
    } catch (ExpositionException e) {
      throw new ScrapeFailure(
          FORMAT, e.getMessage() + "; the Content-Type was " + Quoted.of(page.contentType()), e);
    }
    if (promised.isEmpty() && fallback().isEmpty()) {
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
    keepExemplars();
    known.markVanished(appender, timestampMillis);
    if (unstored > 0) {
      known.forgetUnseen();
    }
    metrics.duplicates(duplicates);
  }

  /* The page was what was expected, or is shorter. */
  private void storeRow() {
    TargetSeries.Layout whole = layout;
    if (whole != null && position == whole.size()) {
      if (appender.append(whole.row(), timestampMillis, values)) {
        return;
      }
      known.rowRefused();
    }
    leaveLayout();
  }

  /* What was read of the page is stored as if nothing had been expected. */
  private void leaveLayout() {
    TargetSeries.Layout read = layout;
    if (read == null) {
      return;
    }
    keepExemplars();
    layout = null;
    known.leaveLayout();
    scraped = 0;
    kept = 0;
    for (int i = 0; i < position; i++) {
      int column = read.column(i);
      next();
      store(accept(known.findExpected()), column < 0 ? 0 : values[column], NO_TIMESTAMP);
    }
  }

  private HistogramReading histograms() {
    HistogramConfig histograms = config.histograms();
    return new HistogramReading(
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
  public void metadata(MetadataKind kind, String metric, String text) {
    metadata.add(kind, metric, text);
  }

  @Override
  public @Nullable CachedText expected() {
    TargetSeries.Layout read = layout;
    if (read == null) {
      return known.expected();
    }
    return position < read.size() ? read.text(position) : null;
  }

  @Override
  public void expectedSample(double value, long explicitMillis) {
    TargetSeries.Layout read = layout;
    if (read != null && !isExplicit(explicitMillis)) {
      next();
      int column = read.column(position++);
      if (column >= 0) {
        values[column] = value;
        kept++;
      }
      return;
    }
    if (read != null) {
      known.rowRefused();
      leaveLayout();
    }
    next();
    store(accept(known.findExpected()), value, explicitMillis);
  }

  /* Another sample begins; what exemplars came were of the one before. */
  private void next() {
    keepExemplars();
    stored = null;
    scraped++;
  }

  @Override
  public void sample(RawText raw, double value, long explicitMillis) throws ExpositionException {
    store(accept(raw), value, explicitMillis);
  }

  private void store(TargetSeries.@Nullable Series series, double value, long explicitMillis) {
    if (series != null && isDue(series, explicitMillis)) {
      note(series, explicitMillis, appender.append(series, time(explicitMillis), value));
      if (created != null) {
        created.sample(series, value);
      }
    }
  }

  @Override
  public void histogram(RawText raw, Histogram histogram, long explicitMillis)
      throws ExpositionException {
    TargetSeries.Series series = accept(raw);
    if (series == null || !isDue(series, explicitMillis)) {
      return;
    }
    Histogram bounded = bounds.apply(histogram);
    if (bounded == null) {
      fail(
          BUCKET_LIMIT,
          "native_histogram_bucket_limit exceeded: found %d buckets, expected at most %d: %s"
              .formatted(HistogramBounds.size(histogram), bounds.buckets(), series.labels()));
      return;
    }
    note(series, explicitMillis, appender.append(series, time(explicitMillis), bounded));
  }

  /// The series of a sample, or null where the sample is not to be stored: relabelling drops it, or
  /// the scrape has failed already.
  private TargetSeries.@Nullable Series accept(RawText raw) throws ExpositionException {
    leaveLayout();
    next();
    TargetSeries.Text text = known.find(raw);
    if (text == null) {
      if (known.size() >= budgets.of(MemoryBound.SERIES)) {
        throw overLimit();
      }
      Labels labels = finalLabels(raw.labels());
      if (labels != null && !check(labels)) {
        kept++;
        return null; // and not remembered, so that it is refused on the next page too
      }
      text = known.add(raw, labels);
    }
    return accept(text);
  }

  private TargetSeries.@Nullable Series accept(TargetSeries.Text text) {
    TargetSeries.Series series = text.series();
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

  /// One target alone has more than all may have: it is not read to its end.
  private CacheLimitException overLimit() {
    String reason =
        "the page of this target has more than %d series, as many as Pharos may have in memory (--%s)"
            .formatted(budgets.of(MemoryBound.SERIES), MemoryBound.SERIES.flag());
    budgets.refuse(MemoryBound.SERIES, target.url() + ": " + reason);
    return new CacheLimitException(reason);
  }

  /// Series that the store had no room for.
  RefusedSeries unstored() {
    return unstored == 0 ? RefusedSeries.NOTHING : new RefusedSeries(unstored, unstoredNames);
  }

  private boolean isExplicit(long explicitMillis) {
    return explicitMillis != NO_TIMESTAMP && config.honorTimestamps();
  }

  private long time(long explicitMillis) {
    return isExplicit(explicitMillis) ? explicitMillis : timestampMillis;
  }

  /// Whether a sample of the series may be stored at its time.
  private boolean isDue(TargetSeries.Series series, long explicitMillis) {
    if (!isExplicit(explicitMillis)) {
      duplicates += known.isSeen(series) ? 1 : 0;
      return !known.isSeen(series);
    }
    if (explicitMillis > timestampMillis + FARTHEST_AHEAD_MILLIS) {
      /* It would be in the way of all that follow until its time has come. */
      metrics.outOfBounds();
      return false;
    }
    return true;
  }

  private void note(TargetSeries.Series series, long explicitMillis, AppendOutcome outcome) {
    metrics.appended(outcome);
    if (outcome == AppendOutcome.SERIES_LIMIT) {
      unstored++;
      unstoredNames.add(series.labels().metricName());
    }
    if (outcome == AppendOutcome.APPENDED || outcome == AppendOutcome.DUPLICATE) {
      stored = series;
      if (!known.isSeen(series) && known.isNew(series)) {
        added++;
      }
      known.see(series, !isExplicit(explicitMillis) || config.trackTimestampsStaleness());
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
      boolean timed = explicitMillis != NO_TIMESTAMP;
      exemplars.add(new Exemplar(labels, value, timed ? explicitMillis : timestampMillis, timed));
    }
  }

  /// Stores the exemplars of the last sample in their order; a refused one does not fail the
  /// scrape.
  private void keepExemplars() {
    if (exemplars.isEmpty() || stored == null) {
      return;
    }
    if (exemplars.size() > 1) {
      exemplars.sort(Exemplar.ORDER);
    }
    int late = 0;
    for (Exemplar one : exemplars) {
      late += appender.append(stored.labels(), one) == ExemplarOutcome.OUT_OF_ORDER ? 1 : 0;
    }
    // Of a histogram's some may have been there in the last scrape.
    if (late == exemplars.size()) {
      metrics.exemplarsOutOfOrder(late);
    }
    exemplars.clear();
  }

  private void fail(ScrapeFailure.Reason reason, String message) {
    problems++;
    if (failure == null) {
      failure = new ScrapeFailure(reason, message);
    }
  }

  /// Whether a series may be called so; the scrape fails if not.
  private boolean check(Labels labels) {
    int before = problems;
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
    return problems == before;
  }

  private static String tooLong(String limitName, String text, int limit) {
    return "%s exceeded: found %d characters, expected at most %d: %s"
        .formatted(
            limitName,
            text.length(),
            limit,
            Quoted.of(text.substring(0, Math.min(50, text.length()))));
  }

  /// The labels that a series is stored with, or null where relabelling drops it.
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

  /// Puts the target's labels; an exposed label in their way gets `exported_` before its name, as
  /// often as it takes.
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
