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

/// The series of one target as they stand between scrapes: which raw texts map to which label sets,
/// and which series were there in the last committed scrape, so that those that vanish end with a
/// staleness marker. Not thread-safe; belongs to one loop.
///
/// A scrape runs between [#begin] and one of [#commit], [#fail] and [#abandon].
///
/// Once two pages had the same series in the same order, the next is expected to be a [Layout] of
/// them, and as long as it is, none of them is touched but its text is compared.
final class TargetSeries {
  /* A series is live if it was seen in the last committed round. A round that fails must not lose
   * that, so a series keeps the round before as well.
   *
   * A page that is the layout, from the first line to the last, is another look at the round that
   * was committed before: all series were seen in that. */

  /// After so many rounds in which the store took no rows it is asked again.
  private static final int ROUNDS_WITHOUT_ROWS = 100;

  /// The series of a page in the order in which they stand, and what is known of them in one piece.
  static final class Layout {
    private final byte[] bytes;
    private final int[] ends;

    /// In the row, or -1 where relabelling drops the series.
    private final int[] columns;

    private final SeriesRow row;
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

    /// How many series stand there.
    int size() {
      return ends.length;
    }

    /// The text at a position, to be looked at before the next call.
    CachedText text(int position) {
      view.set(bytes, position == 0 ? 0 : ends[position - 1], ends[position]);
      return view;
    }

    /// Which of the row stands at a position, or -1 where the series is not stored.
    int column(int position) {
      return columns[position];
    }

    Series series(int column) {
      return series.get(column);
    }

    /// Those that are stored.
    SeriesRow row() {
      return row;
    }
  }

  /// One series after relabelling. Those of equal labels are equal.
  static final class Series extends WrittenSeries {
    private long seen;
    private long seenBefore;
    private boolean tracked;

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

  /// One raw text; without a series where relabelling drops it.
  static final class Text extends CachedText {
    private final @Nullable Series series;
    private long seen;

    /// What stood behind it when it was last seen.
    private @Nullable Text next;

    /// Whether it is known no more.
    private boolean forgotten;

    Text(byte[] bytes, @Nullable Series series) {
      super(bytes);
      this.series = series;
    }

    @Nullable Series series() {
      return series;
    }
  }

  private final SeriesTable<Text> texts = new SeriesTable<>();

  /* Found by themselves, since a key of labels would be a second copy of those that the store has. */
  private final Map<Series, Series> series = new HashMap<>();
  private long round = 1;
  private long committed;
  private int textsSeen;
  private int textsAtCommit;

  /// How many series have a sample in this round. Where all have, none has vanished.
  private int seriesSeen;

  /// Stands before the first text of each page.
  private final Text start = new Text(new byte[0], null);

  /// The text that was seen last in this round.
  private Text last = start;

  /// Whether each text stood behind the one that it stood behind before.
  private boolean inOrder;

  private @Nullable Layout layout;
  private boolean layoutStands;

  /// The round in which the store took no row, or 0.
  private long refusedRow;

  /// What the series are called that were seen last.
  Set<String> names() {
    var names = new HashSet<String>();
    series.keySet().forEach(one -> names.add(one.labels().metricName()));
    return names;
  }

  void begin() {
    layoutStands = layout != null;
    if (!layoutStands) {
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

  /// What the page is expected to be; null where that can't be told, and after [#leaveLayout].
  @Nullable Layout layout() {
    return layoutStands ? layout : null;
  }

  /// The page is not the layout: its series are told one by one, from the first one on.
  void leaveLayout() {
    if (layoutStands) {
      layoutStands = false;
      layout = null;
      beginRound();
    }
  }

  /// The store did not take the row of the layout.
  void rowRefused() {
    refusedRow = round;
  }

  /// The raw text that stood behind the last one when that was last seen, or null: in most pages it
  /// stands there again. What is to be known of it, [#findExpected] gives.
  @Nullable CachedText expected() {
    Text next = last.next;
    return next == null || next.forgotten ? null : next;
  }

  /// As [#find], of the text that was [#expected].
  Text findExpected() {
    Text text = requireNonNull(last.next, "nothing was expected");
    last = text;
    mark(text);
    return text;
  }

  /// What is known of a raw text; marks it as seen.
  @Nullable Text find(RawText raw) {
    inOrder = false;
    Text text = texts.get(raw);
    if (text != null) {
      follow(text);
      mark(text);
    }
    return text;
  }

  /// Keeps what a raw text becomes; null labels mean that it is dropped.
  Text add(RawText raw, @Nullable Labels labels) {
    inOrder = false;
    Text text = new Text(raw.toBytes(), labels == null ? null : series(labels));
    texts.put(raw, text);
    follow(text);
    mark(text);
    return text;
  }

  private Series series(Labels labels) {
    var one = new Series(labels);
    Series known = series.putIfAbsent(one, one);
    return known == null ? one : known;
  }

  private void follow(Text text) {
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

  /// Whether the series has a sample in this round already.
  boolean isSeen(Series one) {
    return one.seen == round;
  }

  /// Whether the series had no sample in any round before.
  boolean isNew(Series one) {
    return (one.seen == round ? one.seenBefore : one.seen) == 0;
  }

  /// Says that the series has a sample in this round.
  ///
  /// @param tracked whether it is to end with a marker when it vanishes
  void see(Series one, boolean tracked) {
    if (one.seen != round) {
      one.seenBefore = one.seen;
      one.seen = round;
      seriesSeen++;
    }
    one.tracked = tracked;
  }

  /// Ends the series that were live and are not in this round. Part of the round's batch.
  void markVanished(Appender appender, long timestampMillis) {
    if (layoutStands) {
      return;
    }
    if (committed == 0 || seriesSeen == series.size()) {
      return;
    }
    for (Series one : series.values()) {
      if (one.seen == committed && one.tracked) {
        appender.append(one, timestampMillis, StaleMarker.VALUE);
      }
    }
  }

  /// Ends all live series: the round failed, or the target goes. Part of a batch that has no
  /// samples of this round.
  void markAll(Appender appender, long timestampMillis) {
    leaveLayout();
    if (committed == 0) {
      return;
    }
    for (Series one : series.values()) {
      long last = one.seen == round ? one.seenBefore : one.seen;
      if (last == committed && one.tracked) {
        appender.append(one, timestampMillis, StaleMarker.VALUE);
      }
    }
  }

  /// The batch with this round's samples is in the store.
  void commit() {
    if (layoutStands) {
      return;
    }
    committed = round;
    if (textsSeen < texts.size()) {
      forgetTextsIf(text -> text.seen != round);
    }
    if (seriesSeen < series.size()) {
      series.values().removeIf(one -> one.seen != round);
    }
    textsAtCommit = texts.size();
    if (inOrder && (refusedRow == 0 || round - refusedRow > ROUNDS_WITHOUT_ROWS)) {
      layout = layOut();
    }
  }

  /// The layout of this round's page; null where a series stands there more than once, or there is
  /// none.
  private @Nullable Layout layOut() {
    var ends = new int[textsSeen];
    var columns = new int[textsSeen];
    var stored = new ArrayList<Series>(seriesSeen);
    int end = 0;
    Text text = start;
    for (int i = 0; i < textsSeen; i++) {
      text = requireNonNull(text.next, "the page is longer than what is known of it");
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
      text = requireNonNull(text.next, "the page is longer than what is known of it");
      text.moveTo(bytes, ends[i] - text.length());
    }
    return new Layout(bytes, ends, columns, List.copyOf(stored));
  }

  /// The batch with the markers of [#markAll] is in the store: nothing is live any more.
  void fail() {
    leaveLayout();
    committed = 0;
    if (texts.size() > 2 * textsAtCommit + 1000) {
      forgetTexts();
      series.clear();
    }
  }

  /// Nothing of this round is in the store: it is as if it had not been.
  void abandon() {
    if (layoutStands) {
      return;
    }
    for (Series one : series.values()) {
      if (one.seen == round) {
        one.seen = one.seenBefore;
      }
    }
  }

  /// As [#abandon], of a round with more series than can be kept: those that were never stored are
  /// forgotten.
  void drop() {
    leaveLayout();
    abandon();
    series.values().removeIf(one -> one.seen == 0);
    forgetTexts();
  }

  /// Forgets the texts of series that have no sample in this round, because the store has no room
  /// for them: they are read anew each time, which costs no memory.
  void forgetUnseen() {
    forgetTextsIf(text -> text.series != null && text.series.seen != round);
    textsSeen = texts.size();
  }

  /// Forgets how raw texts map to label sets, but not which series are live: relabelling changed.
  void forgetTexts() {
    layout = null;
    layoutStands = false;
    refusedRow = 0;
    texts.clear();
    start.next = null;
    last = start;
  }

  /// How many raw texts are known.
  int size() {
    return texts.size();
  }
}
