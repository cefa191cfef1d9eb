package io.pharos.template.value;

import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Formats times in Go's date layouts, which show the reference time Mon Jan 2 15:04:05 MST 2006.
final class GoLayout {
  /* A chunk comes before its prefixes. The first alternative is a fraction of a second. */
  private static final Pattern CHUNK =
      Pattern.compile(
          "[.,](?:0{1,9}|9{1,9})(?!\\p{javaDigit})"
              + "|January|Jan(?!\\p{javaLowerCase})|Monday|Mon(?!\\p{javaLowerCase})|MST|2006"
              + "|-07:00:00|-070000|-07:00|-0700|-07|Z07:00:00|Z070000|Z07:00|Z0700|Z07"
              + "|002|01|02|03|04|05|06|__2|_2(?!006)|15|PM|pm|1|2|3|4|5");

  private GoLayout() {}

  static String format(String layout, ZonedDateTime time) {
    return CHUNK
        .matcher(layout)
        .replaceAll(
            found -> {
              String chunk = found.group();
              boolean isFraction = chunk.charAt(0) == '.' || chunk.charAt(0) == ',';
              return Matcher.quoteReplacement(
                  isFraction ? fraction(chunk, time) : format(time, chunk));
            });
  }

  private static String fraction(String chunk, ZonedDateTime time) {
    String digits = "%09d".formatted(time.getNano()).substring(0, chunk.length() - 1);
    int end = digits.length();
    while (chunk.charAt(1) == '9' && end > 0 && digits.charAt(end - 1) == '0') {
      end--;
    }
    digits = digits.substring(0, end);
    return digits.isEmpty() ? "" : chunk.charAt(0) + digits;
  }

  private static String format(ZonedDateTime time, String chunk) {
    int hour12 = time.getHour() % 12 == 0 ? 12 : time.getHour() % 12;
    return switch (chunk) {
      case "January" -> english("MMMM", time);
      case "Jan" -> english("MMM", time);
      case "Monday" -> english("EEEE", time);
      case "Mon" -> english("EEE", time);
      case "MST" -> zoneName(time);
      case "2006" -> "%04d".formatted(time.getYear());
      case "06" -> "%02d".formatted(time.getYear() % 100);
      case "002" -> "%03d".formatted(time.getDayOfYear());
      case "__2" -> "%3d".formatted(time.getDayOfYear());
      case "01" -> "%02d".formatted(time.getMonthValue());
      case "1" -> Integer.toString(time.getMonthValue());
      case "02" -> "%02d".formatted(time.getDayOfMonth());
      case "_2" -> "%2d".formatted(time.getDayOfMonth());
      case "2" -> Integer.toString(time.getDayOfMonth());
      case "15" -> "%02d".formatted(time.getHour());
      case "03" -> "%02d".formatted(hour12);
      case "3" -> Integer.toString(hour12);
      case "04" -> "%02d".formatted(time.getMinute());
      case "4" -> Integer.toString(time.getMinute());
      case "05" -> "%02d".formatted(time.getSecond());
      case "5" -> Integer.toString(time.getSecond());
      case "PM" -> time.getHour() >= 12 ? "PM" : "AM";
      case "pm" -> time.getHour() >= 12 ? "pm" : "am";
      default -> offset(chunk, time.getOffset());
    };
  }

  private static String english(String pattern, ZonedDateTime time) {
    return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(time);
  }

  private static String zoneName(ZonedDateTime time) {
    ZoneId zone = time.getZone();
    if (time.getOffset().equals(ZoneOffset.UTC) && (zone instanceof ZoneOffset || isUtc(zone))) {
      return "UTC";
    }
    if (zone instanceof ZoneOffset) {
      return offset("-0700", time.getOffset());
    }
    return english("zzz", time);
  }

  private static boolean isUtc(ZoneId zone) {
    return zone.getId().equals("UTC") || zone.getId().equals("Etc/UTC");
  }

  private static String offset(String chunk, ZoneOffset offset) {
    int seconds = offset.getTotalSeconds();
    if (chunk.startsWith("Z") && seconds == 0) {
      return "Z";
    }
    int magnitude = Math.abs(seconds);
    String separator = chunk.contains(":") ? ":" : "";
    String digits = chunk.replaceAll("[^0-9]", "");
    var text = new StringBuilder(seconds < 0 ? "-" : "+");
    text.append("%02d".formatted(magnitude / 3600));
    if (digits.length() >= 4) {
      text.append(separator).append("%02d".formatted(magnitude / 60 % 60));
    }
    if (digits.length() >= 6) {
      text.append(separator).append("%02d".formatted(magnitude % 60));
    }
    return text.toString();
  }
}
