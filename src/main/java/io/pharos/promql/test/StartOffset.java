package io.pharos.promql.test;

import io.pharos.model.PromDuration;
import io.pharos.model.Quoted;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The start timestamp of a sample in a script.
public sealed interface StartOffset {
  /// No start timestamp.
  record None() implements StartOffset {}

  /// An offset from the sample's time in milliseconds; negative if the start is before the sample.
  record Millis(long value) implements StartOffset {}

  /// Parses the items of an `@st` line: `_` (none), `_x3`, `-1m`, `-1mx3`, `-1m-30sx3`, or `*` (the
  /// offset of the previous item again).
  ///
  /// @throws IllegalArgumentException if an item is invalid
  static List<StartOffset> items(String text) {
    var items = new ArrayList<StartOffset>();
    StartOffset previous = new Millis(0);
    for (String word : text.strip().split("\\s+")) {
      Matcher repeated = Notation.REPEATED.matcher(word);
      Matcher duration = Notation.DURATION.matcher(word);
      if (repeated.matches()) {
        boolean gap = repeated.group("symbol").equals("_");
        int times = repeated.group("times") == null ? 0 : Notation.times(repeated);
        int count = gap ? Math.max(1, times) : times + 1;
        for (int i = 0; i < count; i++) {
          items.add(gap ? new None() : previous);
        }
      } else if (duration.matches()) {
        long offset = Notation.millis(duration.group("base"));
        String step = duration.group("step");
        int times = duration.group("times") == null ? 0 : Notation.times(duration);
        for (int i = 0; i <= times; i++) {
          previous = new Millis(offset);
          items.add(previous);
          offset += step == null ? 0 : Notation.millis(step);
        }
      } else {
        throw new IllegalArgumentException(
            "unexpected "
                + Quoted.of(word)
                + " in start timestamps, expected \"_\", \"*\", a duration such as -1m, -1mx3 or"
                + " -1m-30sx3");
      }
    }
    return items;
  }

  /// Patterns of the items.
  final class Notation {
    private static final String SPAN = "[+-]?\\d+[a-zA-Z&&[^x]]*";
    private static final Pattern REPEATED =
        Pattern.compile("(?<symbol>[_*])(?:x(?<times>\\d{1,7}))?");
    private static final Pattern DURATION =
        Pattern.compile(
            "(?<base>" + SPAN + ")(?:(?:(?<step>[+-]" + SPAN + "))?x(?<times>\\d{1,7}))?");

    private Notation() {}

    private static int times(Matcher matcher) {
      return Integer.parseInt(matcher.group("times"));
    }

    private static long millis(String text) {
      boolean minus = text.startsWith("-");
      String digits = text.substring(minus || text.startsWith("+") ? 1 : 0);
      // in a step such as +-1m, the second sign is the sign of the duration
      long millis =
          digits.startsWith("-") || digits.startsWith("+")
              ? millis(digits)
              : PromDuration.parseMillis(digits);
      return minus ? -millis : millis;
    }
  }
}
