package io.pharos.server.web.target;

import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.server.web.design.HistoryBars;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/// The past of something watched, from its stored samples. A time without samples is unknown.
final class WatchHistory {
  /// How far back the start of a state is looked for.
  static final Duration MAX_AGE = Duration.ofDays(1);

  /// The time that the bars show.
  enum Range {
    DAY("24h", 48, Duration.ofMinutes(30), "EEE HH:mm 'UTC'"),
    MONTH("30d", 30, Duration.ofDays(1), "EEE d MMM");

    private final String text;
    private final int bars;
    private final Duration bar;
    private final DateTimeFormatter format;

    Range(String text, int bars, Duration bar, String format) {
      this.text = text;
      this.bars = bars;
      this.bar = bar;
      this.format = DateTimeFormatter.ofPattern(format, Locale.ENGLISH).withZone(ZoneOffset.UTC);
    }

    /// Returns the range with this text in an address; a day if there is none.
    static Range of(String text) {
      return Arrays.stream(values()).filter(one -> one.text.equals(text)).findFirst().orElse(DAY);
    }

    String text() {
      return text;
    }

    Duration length() {
      return bar.multipliedBy(bars);
    }
  }

  private WatchHistory() {}

  /// Returns the part of each span in which it was up.
  ///
  /// @throws io.pharos.promql.value.QueryException if the samples can't be read
  static HistoryBars read(Evaluator evaluator, Watched one, Range range, Instant now) {
    long step = range.bar.toMillis();
    long end = Math.ceilDiv(now.toEpochMilli(), step) * step;
    long first = end - (range.bars - 1) * step;
    var shares = new double[range.bars];
    Arrays.fill(shares, Double.NaN);
    String share = "avg(avg_over_time(%s[%dms]))".formatted(one.signal(), step);
    if (evaluator.range(share, first, end, range.bar).value() instanceof RangeMatrix matrix) {
      for (RangeMatrix.Series series : matrix.series()) {
        for (int i = 0; i < series.size(); i++) {
          shares[Math.toIntExact((series.timestamps()[i] - first) / step)] = series.values()[i];
        }
      }
    }
    List<String> spans =
        IntStream.range(0, range.bars)
            .mapToObj(i -> range.format.format(Instant.ofEpochMilli(first + (i - 1) * step)))
            .toList();
    return HistoryBars.of(shares, spans);
  }

  /// Looks in the stored samples for the true start of a state that began before this process saw
  /// it. If all samples of [#MAX_AGE] have this state, it may be older than the result says.
  ///
  /// @throws io.pharos.promql.value.QueryException if the samples can't be read
  static Watched withStart(Evaluator evaluator, Watched one, Instant now) {
    String samples = one.signal() + "[" + MAX_AGE.toSeconds() + "s]";
    if (one.standing() == WatchState.UNKNOWN
        || !one.isOlder()
        || !(evaluator.instant(samples, now.toEpochMilli()).value() instanceof RangeMatrix matrix)
        || matrix.series().isEmpty()) {
      return one;
    }
    RangeMatrix.Series series = matrix.series().getFirst();
    boolean isDown = one.standing() == WatchState.DOWN;
    int start = series.size();
    while (start > 0 && (series.values()[start - 1] < 0.5) == isDown) {
      start--;
    }
    return start == series.size()
        ? one
        : one.since(Instant.ofEpochMilli(series.timestamps()[start]), start == 0);
  }
}
