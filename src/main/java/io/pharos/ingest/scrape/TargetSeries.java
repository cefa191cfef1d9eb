package io.pharos.ingest.scrape;

import static java.util.Objects.requireNonNull;

import io.pharos.ingest.exposition.CachedText;
import io.pharos.ingest.exposition.RawText;
import io.pharos.ingest.exposition.SeriesTable;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.storage.Appender;
import io.pharos.storage.SeriesRow;
import io.pharos.storage.WrittenSeries;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The series of one target, kept from one scrape to the next: the label sets of raw texts, and the
/// series of the last committed scrape, so that series that are missing in the next one get a
/// staleness marker. Not thread-safe; used by one loop only.
///
/// A scrape runs from [#begin] to one of [#commit], [#fail] and [#abandon].
///
/// After two pages with the same series in the same order, the next page is expected to have the
/// same [Layout]. As long as the page has this layout, only the texts are compared, and the series
/// are not accessed.
final class TargetSeries {
  /* A series is live if it was seen in the last committed round. A failed round must not change
   * that, so a series also stores the round in which it was seen before. A page that has the
   * layout to its end does not start a round: its series are those of the last committed round. */

  /// After the store rejected a row, the number of rounds in which no row is tried.
  private static final int ROUNDS_WITHOUT_ROWS = 100;

  /// The series of a page in their order; their texts are in one array.
  static final class Layout {
    private final byte[] bytes;
    private final int[] ends;

    /// The column of each series in the row; -1 if relabelling drops the series.
    private final int[] columns;

    /// The series that are stored.
    final SeriesRow row;

    private final List<Series> series;
    private final CachedText view;

    private Layout(byte[] bytes, int[] ends, int[] columns, List<Series> series) {
      this.bytes = bytes;
      this.ends = ends;
      this.columns = columns;
      this.row = new SeriesRow(series);
      this.series = series;
      this.view = new CachedText(bytes);
    }

    /// Returns the number of series.
    int size() {
      return ends.length;
    }

    /// Returns the text at a position; valid until the next call.
    CachedText text(int position) {
      view.set(bytes, position == 0 ? 0 : ends[position - 1], ends[position]);
      return view;
    }

    /// Returns the column of the series at a position; -1 if the series is not stored.
    int column(int position) {
      return columns[position];
    }

    Series series(int column) {
      return series.get(column);
    }
  }

  /// A series after relabelling. Two series are equal if their labels are equal.
  static final class Series extends WrittenSeries {
    private long seen; // the last round with a sample of this series
    private long seenBefore; // the value of `seen` before the current round
    private boolean tracked; // whether the end of the series is marked

    Series(Labels labels) {
      super(labels);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Series series && labels().equals(series.labels());
    }

    @Override
    public int hashCode() {
      return labels().hashCode();
    }
  }

  /// A raw text and its series; the series is null if relabelling drops the series.
  static final class Text extends CachedText {
    final @Nullable Series series;
    private long seen;

    /// The text that followed this one on the last page.
    private @Nullable Text next;

    /// Whether this text was removed from the table.
    private boolean forgotten;

    Text(byte[] bytes, @Nullable Series series) {
      super(bytes);
      this.series = series;
    }
  }

  private final SeriesTable<Text> texts = new SeriesTable<>();

  /* The key of each entry is its value: labels as keys would be a second copy of the labels in the
   * store. */
  private final Map<Series, Series> series = new HashMap<>();
  private long round = 1;
  private long committed; // the last committed round; 0 if no series is live
  private int textsSeen;
  private int textsAtCommit;

  /// Number of series with a sample in this round. If this equals the number of all series, no
  /// series is missing.
  private int seriesSeen;

  /// Precedes the first text of each page.
  private final Text start = new Text(new byte[0], null);

  /// The last text seen in this round.
  private Text last = start;

  /// Whether all texts of this round so far were in the same order as on the last page.
  private boolean inOrder;

  private @Nullable Layout layout;
  private boolean layoutHolds;

  /// The round in which the store rejected a row, or 0.
  private long rowRejectedInRound;

  /// Returns the metric names of the known series.
  Set<String> names() {
    var names = new HashSet<String>();
    series.keySet().forEach(candidate -> names.add(candidate.labels().metricName()));
    return names;
  }

  void begin() {
    layoutHolds = layout != null;
    if (!layoutHolds) {
      beginRound();
    }
  }

  private void beginRound() {
    round++;
    textsSeen = 0;
    seriesSeen = 0;
    last = start;
    inOrder = true;
  }

  /// Returns the layout that the page is expected to have; null if it is unknown, and after
  /// [#leaveLayout].
  @Nullable Layout layout() {
    return layoutHolds ? layout : null;
  }

  /// Records that the page does not have the expected layout; its series must be reported again
  /// from the first one on.
  void leaveLayout() {
    if (layoutHolds) {
      layoutHolds = false;
      layout = null;
      beginRound();
    }
  }

  /// Records that the values of the layout could not be stored as a row.
  void rowRejected() {
    rowRejectedInRound = round;
  }

  /// Returns the raw text that followed the last one on the previous page, or null. Usually the
  /// same text follows on this page; then call [#findExpected].
  @Nullable CachedText expected() {
    Text next = last.next;
    return next == null || next.forgotten ? null : next;
  }

  /// Like [#find], for the text that [#expected] returned.
  Text findExpected() {
    Text text = requireNonNull(last.next, "expected() returned no text");
    last = text;
    mark(text);
    return text;
  }

  /// Returns the entry of a raw text and marks it as seen; null if the text is unknown.
  @Nullable Text find(RawText raw) {
    inOrder = false;
    Text text = texts.get(raw);
    if (text != null) {
      linkNext(text);
      mark(text);
    }
    return text;
  }

  /// Adds a raw text with its labels; null labels mean that relabelling drops the series.
  Text add(RawText raw, @Nullable Labels labels) {
    inOrder = false;
    Text text = new Text(raw.toBytes(), labels == null ? null : series(labels));
    texts.put(raw, text);
    linkNext(text);
    mark(text);
    return text;
  }

  private Series series(Labels labels) {
    var candidate = new Series(labels);
    Series existing = series.putIfAbsent(candidate, candidate);
    return existing == null ? candidate : existing;
  }

  private void linkNext(Text text) {
    last.next = text;
    last = text;
  }

  private void forgetTextsIf(Predicate<Text> condition) {
    texts.removeIf(
        text -> {
          text.forgotten = condition.test(text);
          return text.forgotten;
        });
  }

  private void mark(Text text) {
    if (text.seen != round) {
      text.seen = round;
      textsSeen++;
    }
  }

  /// Returns whether the series has a sample in this round.
  boolean isSeen(Series candidate) {
    return candidate.seen == round;
  }

  /// Returns whether the series had no sample in earlier rounds.
  boolean isNew(Series candidate) {
    return (candidate.seen == round ? candidate.seenBefore : candidate.seen) == 0;
  }

  /// Records that the series has a sample in this round. `tracked` tells whether to write a
  /// staleness marker when the series is missing later.
  void markSeen(Series candidate, boolean tracked) {
    if (candidate.seen != round) {
      candidate.seenBefore = candidate.seen;
      candidate.seen = round;
      seriesSeen++;
    }
    candidate.tracked = tracked;
  }

  /// Adds to the batch of this round a staleness marker for each live series that has no sample in
  /// this round.
  void markVanished(Appender appender, long timestampMillis) {
    if (layoutHolds) {
      return;
    }
    if (committed == 0 || seriesSeen == series.size()) {
      return;
    }
    for (Series candidate : series.values()) {
      if (candidate.seen == committed && candidate.tracked) {
        appender.append(candidate, timestampMillis, StaleMarker.VALUE);
      }
    }
  }

  /// Adds staleness markers of all live series to a batch. The batch has no samples of this round,
  /// because the round failed or the target was removed.
  void markAll(Appender appender, long timestampMillis) {
    leaveLayout();
    if (committed == 0) {
      return;
    }
    for (Series candidate : series.values()) {
      long last = candidate.seen == round ? candidate.seenBefore : candidate.seen;
      if (last == committed && candidate.tracked) {
        appender.append(candidate, timestampMillis, StaleMarker.VALUE);
      }
    }
  }

  /// Records that the round's batch was stored.
  void commit() {
    if (layoutHolds) {
      return;
    }
    committed = round;
    if (textsSeen < texts.size()) {
      forgetTextsIf(text -> text.seen != round);
    }
    if (seriesSeen < series.size()) {
      series.values().removeIf(candidate -> candidate.seen != round);
    }
    textsAtCommit = texts.size();
    if (inOrder && (rowRejectedInRound == 0 || round - rowRejectedInRound > ROUNDS_WITHOUT_ROWS)) {
      layout = buildLayout();
    }
  }

  /// Returns the layout of this round's page; null if the page is empty or contains a series twice.
  private @Nullable Layout buildLayout() {
    var ends = new int[textsSeen];
    var columns = new int[textsSeen];
    var stored = new ArrayList<Series>(seriesSeen);
    int end = 0;
    Text text = start;
    for (int i = 0; i < textsSeen; i++) {
      text = requireNonNull(text.next, "the page has more texts than the table");
      end += text.length();
      ends[i] = end;
      columns[i] = text.series == null ? -1 : stored.size();
      if (text.series != null) {
        stored.add(text.series);
      }
    }
    if (stored.isEmpty() || stored.size() != seriesSeen) {
      return null;
    }
    var bytes = new byte[end];
    text = start;
    for (int i = 0; i < textsSeen; i++) {
      text = requireNonNull(text.next, "the page has more texts than the table");
      text.moveTo(bytes, ends[i] - text.length());
    }
    return new Layout(bytes, ends, columns, List.copyOf(stored));
  }

  /// Records that the batch of [#markAll] was stored, so no series is live any longer.
  void fail() {
    leaveLayout();
    committed = 0;
    if (texts.size() > 2 * textsAtCommit + 1000) {
      forgetTexts();
      series.clear();
    }
  }

  /// Reverts the round, whose batch was not stored.
  void abandon() {
    if (layoutHolds) {
      return;
    }
    for (Series candidate : series.values()) {
      if (candidate.seen == round) {
        candidate.seen = candidate.seenBefore;
      }
    }
  }

  /// Like [#abandon], for a round with more series than allowed: also removes series that were
  /// never stored.
  void drop() {
    leaveLayout();
    abandon();
    series.values().removeIf(candidate -> candidate.seen == 0);
    forgetTexts();
  }

  /// Removes the texts of series that the store rejected in this round. These texts are then parsed
  /// on each page, but use no memory.
  void forgetUnseen() {
    forgetTextsIf(text -> text.series != null && text.series.seen != round);
    textsSeen = texts.size();
  }

  /// Removes the label sets of raw texts because relabelling changed. Which series are live does
  /// not change.
  void forgetTexts() {
    layout = null;
    layoutHolds = false;
    rowRejectedInRound = 0;
    texts.clear();
    start.next = null;
    last = start;
  }

  /// Returns the number of raw texts in the table.
  int size() {
    return texts.size();
  }

  /// Uses the `_created` samples of OpenMetrics as the creation times of the samples before them.
  /// The `_created` samples are also stored as series.
  static final class Created {
    private static final String CREATED = "_created";
    private static final List<String> SUFFIXES = List.of("_total", "_count", "_sum", "_bucket", "");

    /// Maximum number of samples that may wait for a `_created` sample, because a page may have
    /// none.
    private static final int MAX_WAITING = 1024;

    private final Appender appender;
    private final List<Series> waiting = new ArrayList<>();

    Created(Appender appender) {
      this.appender = appender;
    }

    /// Processes the next sample of the page.
    ///
    /// @param value Unix seconds if the series is a creation time
    void sample(Series series, double value) {
      String name = series.labels().metricName();
      if (!name.endsWith(CREATED)) {
        if (waiting.size() == MAX_WAITING) {
          waiting.clear();
        }
        waiting.add(series);
        return;
      }
      long millis = (long) (value * 1000);
      String family = name.substring(0, name.length() - CREATED.length());
      for (int i = waiting.size() - 1; i >= 0 && isOf(waiting.get(i), family); i--) {
        if (haveSameLabels(waiting.get(i).labels(), series.labels())) {
          appender.start(waiting.get(i), millis);
        }
      }
      waiting.clear();
    }

    private static boolean isOf(Series series, String family) {
      String name = series.labels().metricName();
      return name.startsWith(family) && SUFFIXES.contains(name.substring(family.length()));
    }

    /// Returns whether the labels of both series are equal except for the name, `le` and
    /// `quantile`.
    private static boolean haveSameLabels(Labels sample, Labels created) {
      int createdIndex = 0;
      for (int i = 0; i < sample.size(); i++) {
        String label = sample.name(i);
        if (label.equals("le") || label.equals("quantile")) {
          continue;
        }
        boolean same =
            createdIndex < created.size()
                && label.equals(created.name(createdIndex))
                && (label.equals(Labels.METRIC_NAME)
                    || sample.value(i).equals(created.value(createdIndex)));
        if (!same) {
          return false;
        }
        createdIndex++;
      }
      return createdIndex == created.size();
    }
  }
}
