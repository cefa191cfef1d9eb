package io.pharos.template.value;

import io.pharos.model.Quoted;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Parses dates in Go's layouts. Numeric parts and the names of months and weekdays are supported.
public final class GoLayoutParser {
  private static final List<String> MONTHS =
      List.of("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec");

  private static final Pattern CHUNK =
      Pattern.compile(
          "January|Jan|Monday|Mon|2006|Z07:00|-07:00|-0700|MST|01|02|_2|15|03|04|05|PM|pm|06|1|2|3|4|5");

  private final String layout;
  private final String text;
  private int position;
  private int year; // parts that the layout lacks are zero or, where that is impossible, one
  private int month = 1;
  private int day = 1;
  private int hour;
  private int minute;
  private int second;
  private int nano;
  private Half half = Half.NOT_GIVEN;
  private ZoneId zone = ZoneOffset.UTC;

  /* The half of the day, which a time with hours up to 12 needs. */
  private enum Half {
    NOT_GIVEN,
    AM,
    PM;

    int hour24(int hour) {
      return switch (this) {
        case NOT_GIVEN -> hour;
        case AM -> hour == 12 ? 0 : hour;
        case PM -> hour < 12 ? hour + 12 : hour;
      };
    }
  }

  private GoLayoutParser(String layout, String text) {
    this.layout = layout;
    this.text = text;
  }

  /// Parses a date.
  ///
  /// @throws IllegalArgumentException if the text does not match the layout
  public static TimeValue parse(String layout, String text) {
    return new GoLayoutParser(layout, text).parse();
  }

  private TimeValue parse() {
    Matcher chunks = CHUNK.matcher(layout);
    int from = 0;
    while (chunks.find()) {
      literal(layout.substring(from, chunks.start()));
      chunk(chunks.group());
      from = chunks.end();
    }
    literal(layout.substring(from));
    if (position < text.length()) {
      throw invalid();
    }
    try {
      return new TimeValue(
          LocalDateTime.of(year, month, day, half.hour24(hour), minute, second, nano).atZone(zone));
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "parsing time " + Quoted.of(text) + ": " + e.getMessage(), e);
    }
  }

  private void literal(String expected) {
    // In Go, a fraction in the layout is optional in the text. It is parsed with the seconds.
    String plain = expected.replaceFirst("^[.,](0+|9+)", "");
    if (!text.startsWith(plain, position)) {
      throw invalid();
    }
    position += plain.length();
  }

  private void chunk(String chunk) {
    switch (chunk) {
      case "2006" -> year = digits(4, 4);
      case "06" -> {
        int lastDigits = digits(2, 2);
        year = lastDigits + (lastDigits >= 69 ? 1900 : 2000);
      }
      case "01", "1" -> month = digits(chunk.length(), 2);
      case "02", "2", "_2" -> {
        if (chunk.startsWith("_") && text.startsWith(" ", position)) {
          position++;
        }
        day = digits(chunk.equals("02") ? 2 : 1, 2);
      }
      case "15" -> hour = digits(1, 2);
      case "03", "3" -> {
        hour = digits(chunk.length(), 2);
        if (hour > 12) {
          throw invalid();
        }
      }
      case "04", "4" -> minute = digits(chunk.length(), 2);
      case "05", "5" -> {
        second = digits(chunk.length(), 2);
        fraction();
      }
      case "PM" -> half = half("AM", "PM");
      case "pm" -> half = half("am", "pm");
      case "January", "Jan" -> month = MONTHS.indexOf(word(chunk.equals("Jan"))) + 1;
      case "Monday", "Mon" -> word(false);
      case "MST" -> zone = ZoneId.of(letters());
      default -> offset();
    }
  }

  private Half half(String morning, String afternoon) {
    int start = position;
    position += 2;
    if (text.startsWith(morning, start)) {
      return Half.AM;
    }
    if (text.startsWith(afternoon, start)) {
      return Half.PM;
    }
    throw invalid();
  }

  private String letters() {
    String letters = run(Character::isLetter, text.length());
    if (!letters.equals("UTC") && !letters.equals("GMT")) {
      throw invalid();
    }
    return letters;
  }

  private String word(boolean abbreviated) {
    String word = run(Character::isLetter, abbreviated ? 3 : text.length());
    if (word.length() < 3) {
      throw invalid();
    }
    return word.substring(0, 3).toLowerCase(Locale.ROOT);
  }

  private int digits(int min, int max) {
    String digits = run(Character::isDigit, max);
    if (digits.length() < min) {
      throw invalid();
    }
    return Integer.parseInt(digits);
  }

  private String run(IntPredicate isWanted, int max) {
    int start = position;
    while (position < text.length()
        && position - start < max
        && isWanted.test(text.charAt(position))) {
      position++;
    }
    return text.substring(start, position);
  }

  private void fraction() {
    if (position + 1 < text.length()
        && text.charAt(position) == '.'
        && Character.isDigit(text.charAt(position + 1))) {
      position++;
      int start = position;
      int value = digits(1, 9);
      nano = value * (int) Math.pow(10, 9 - (position - start));
    }
  }

  private void offset() {
    if (text.startsWith("Z", position)) {
      position++;
      return;
    }
    Matcher matcher = Pattern.compile("[+-]\\d\\d:?\\d\\d").matcher(text);
    if (!matcher.find(position) || matcher.start() != position) {
      throw invalid();
    }
    position = matcher.end();
    zone = ZoneOffset.of(matcher.group());
  }

  private IllegalArgumentException invalid() {
    return new IllegalArgumentException(
        "parsing time " + Quoted.of(text) + " as " + Quoted.of(layout) + ": cannot parse it");
  }
}
