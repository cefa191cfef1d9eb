package io.pharos.server.web.design;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/// Bars of equal time spans, from the oldest to the newest, each with the part of the span in which
/// something was up. A span without data is unknown, never up or down.
///
/// @param bars the bars, with their words for the reader
/// @param text the whole in words, for readers that do not see the bars
public record HistoryBars(List<Bar> bars, String text) {
  /// One bar.
  ///
  /// @param state `up`, `part`, `down` or `unknown`; the class of the bar in the style sheet
  /// @param x left edge in units of one bar
  /// @param y upper edge; a lower bar is seen without its colour
  public record Bar(String state, int x, int y, int height, String text) {}

  private static final int HEIGHT = 20;

  public HistoryBars {
    bars = List.copyOf(bars);
  }

  /// Draws the bars.
  ///
  /// @param shares the part of each span that was up, from 0 to 1; NaN if it is unknown
  /// @param spans the words of each span, such as `Tue 14:00 to 14:30`
  /// @throws IllegalArgumentException if there are not as many words as spans
  public static HistoryBars of(double[] shares, List<String> spans) {
    if (shares.length != spans.size()) {
      throw new IllegalArgumentException(
          "expected words of %d spans, found %d".formatted(shares.length, spans.size()));
    }
    var bars = new ArrayList<Bar>();
    double sum = 0;
    int known = 0;
    for (int i = 0; i < shares.length; i++) {
      double share = shares[i];
      bars.add(bar(i, share, spans.get(i)));
      if (!Double.isNaN(share)) {
        sum += share;
        known++;
      }
    }
    return new HistoryBars(bars, known == 0 ? "no data" : percent(sum / known) + " up");
  }

  private static Bar bar(int index, double share, String span) {
    if (Double.isNaN(share)) {
      return new Bar("unknown", index, HEIGHT - 4, 4, span + ": no data");
    }
    int height = share >= 1 ? HEIGHT : share <= 0 ? 8 : 14;
    return new Bar(
        share >= 1 ? "up" : share <= 0 ? "down" : "part",
        index,
        HEIGHT - height,
        height,
        span + ": " + percent(share) + " up");
  }

  /// Formats a share, rounded down so that 99.996 % never reads as 100 %.
  public static String percent(double share) {
    double percent = Math.floor(share * 10_000) / 100;
    return BigDecimal.valueOf(percent).stripTrailingZeros().toPlainString() + " %";
  }
}
