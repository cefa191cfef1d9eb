package io.pharos.ingest.scrape;

import static java.util.Objects.requireNonNull;

import io.pharos.ingest.exposition.RawText;
import io.pharos.ingest.exposition.SeriesTable;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.storage.Appender;
import io.pharos.storage.WrittenSeries;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The series of one target as they stand between scrapes: which raw texts map to which label sets,
/// and which series were there in the last committed scrape, so that those that vanish end with a
/// staleness marker. Not thread-safe; belongs to one loop.
///
/// A scrape runs between [#begin] and one of [#commit], [#fail] and [#abandon].
final class TargetSeries {
  /* A series is live if it was seen in the last committed round. A round that fails must not lose
   * that, so a series keeps the round before as well. */

  /// One series after relabelling.
  static final class Series extends WrittenSeries {
    private long seen;
    private long seenBefore;
    private boolean tracked;

    Series(Labels labels) {
      super(labels);
    }
  }

  /// One raw text; without a series where relabelling drops it.
  static final class Text {
    private final byte[] bytes;
    private final @Nullable Series series;
    private long seen;

    /// What stood behind it when it was last seen.
    private @Nullable Text next;

    /// Whether it is known no more.
    private boolean forgotten;

    Text(byte[] bytes, @Nullable Series series) {
      this.bytes = bytes;
      this.series = series;
    }

    @Nullable Series series() {
      return series;
    }
  }

  private final SeriesTable<Text> texts = new SeriesTable<>();
  private final Map<Labels, Series> series = new HashMap<>();
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

  /// What the series are called that were seen last.
  Set<String> names() {
    var names = new HashSet<String>();
    series.keySet().forEach(labels -> names.add(labels.metricName()));
    return names;
  }

  void begin() {
    round++;
    textsSeen = 0;
    seriesSeen = 0;
    last = start;
  }

  /// The raw text that stood behind the last one when that was last seen, or null: in most pages it
  /// stands there again. What is to be known of it, [#findExpected] gives.
  byte @Nullable [] expected() {
    Text next = last.next;
    return next == null || next.forgotten ? null : next.bytes;
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
    Text text = texts.get(raw);
    if (text != null) {
      follow(text);
      mark(text);
    }
    return text;
  }

  /// Keeps what a raw text becomes; null labels mean that it is dropped.
  Text add(RawText raw, @Nullable Labels labels) {
    byte[] bytes = raw.toBytes();
    Text text =
        new Text(bytes, labels == null ? null : series.computeIfAbsent(labels, Series::new));
    texts.put(raw, bytes, text);
    follow(text);
    mark(text);
    return text;
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
    committed = round;
    if (textsSeen < texts.size()) {
      forgetTextsIf(text -> text.seen != round);
    }
    if (seriesSeen < series.size()) {
      series.values().removeIf(one -> one.seen != round);
    }
    textsAtCommit = texts.size();
  }

  /// The batch with the markers of [#markAll] is in the store: nothing is live any more.
  void fail() {
    committed = 0;
    if (texts.size() > 2 * textsAtCommit + 1000) {
      forgetTexts();
      series.clear();
    }
  }

  /// Nothing of this round is in the store: it is as if it had not been.
  void abandon() {
    for (Series one : series.values()) {
      if (one.seen == round) {
        one.seen = one.seenBefore;
      }
    }
  }

  /// As [#abandon], of a round with more series than can be kept: those that were never stored are
  /// forgotten.
  void drop() {
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
    texts.clear();
    start.next = null;
    last = start;
  }

  /// How many raw texts are known.
  int size() {
    return texts.size();
  }
}
