package io.pharos.server.api;

import io.pharos.model.LabelMatcher;
import io.pharos.model.PromDuration;
import io.pharos.model.Quoted;
import io.pharos.model.RegexBudget;
import io.pharos.promql.parser.ParseException;
import io.pharos.promql.parser.PromqlParser;
import jakarta.ws.rs.core.MultivaluedHashMap;
import jakarta.ws.rs.core.MultivaluedMap;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// The parameters of a request to Prometheus' API, from the query string and from a form in the
/// body.
public final class Parameters {
  /* Prometheus permits times up to the limits of an int64 of milliseconds. This bound is
   * smaller, so that the sum of a time and a range can't overflow. */
  private static final double MAX_SECONDS = 1e13;

  /// The earliest time that a parameter may have, in Unix milliseconds.
  public static final long MIN_TIME = (long) (-MAX_SECONDS * 1000);

  /// The latest time that a parameter may have, in Unix milliseconds.
  public static final long MAX_TIME = -MIN_TIME;

  /* Prometheus' own bounds of times. Java can't parse their years. */
  private static final Map<String, Long> BOUNDS =
      Map.of(
          "-292273086-05-16T16:47:06Z", MIN_TIME, "292277025-08-18T07:12:54.999999999Z", MAX_TIME);

  /* Matches only decimal numbers. Java would also parse 5d, 5f and 0x1p3. */
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(?:[0-9]++(?:\\.[0-9]*+)?|\\.[0-9]++)(?:[eE][+-]?[0-9]++)?");

  private final MultivaluedMap<String, String> values = new MultivaluedHashMap<>();

  /// Creates the parameters of a query string and a form. If both contain a parameter, its value in
  /// the form comes first.
  public Parameters(MultivaluedMap<String, String> query, MultivaluedMap<String, String> form) {
    form.forEach(values::addAll);
    query.forEach(values::addAll);
  }

  /// Creates the parameters of a query string.
  public Parameters(MultivaluedMap<String, String> query) {
    this(query, new MultivaluedHashMap<>());
  }

  /// Returns the first value of a parameter; empty if it is absent or has no text.
  public Optional<String> get(String name) {
    List<String> found = values.get(name);
    return found == null || found.isEmpty() || found.getFirst().isEmpty()
        ? Optional.empty()
        : Optional.of(found.getFirst());
  }

  /// Returns all values of a parameter.
  public List<String> all(String name) {
    return values.getOrDefault(name, List.of());
  }

  /// Returns a boolean, parsed as in Go; false if the parameter is absent.
  public boolean isOn(String name) {
    String text = get(name).orElse("false");
    return switch (text) {
      case "1", "t", "T", "TRUE", "true", "True" -> true;
      case "0", "f", "F", "FALSE", "false", "False" -> false;
      default ->
          throw ApiException.invalidParameter(
              name, "expected true or false, found " + Quoted.of(text));
    };
  }

  /// Returns a time in Unix milliseconds, parsed from RFC 3339 or from Unix seconds with a
  /// fraction; empty if the parameter is absent.
  public Optional<Long> time(String name) {
    return get(name).map(text -> time(name, text, "Invalid time value for '" + name + "': "));
  }

  /// Returns a time in Unix milliseconds.
  ///
  /// @param otherwise returned if the parameter is absent
  public long time(String name, Instant otherwise) {
    return time(name).orElseGet(otherwise::toEpochMilli);
  }

  /// Returns a required time in Unix milliseconds.
  public long requireTime(String name) {
    return time(name, get(name).orElse(""), "");
  }

  /* Parses a time. The error starts with the prefix, because Prometheus has such a prefix in the
   * errors of optional times. */
  private static long time(String name, String text, String prefix) {
    Optional<Long> millis = millis(text);
    if (millis.isPresent()) {
      return millis.get();
    }
    if (BOUNDS.containsKey(text)) {
      return BOUNDS.get(text);
    }
    try {
      return OffsetDateTime.parse(text).toInstant().toEpochMilli();
    } catch (DateTimeParseException _) { // reported below
    }
    throw ApiException.invalidParameter(
        name, prefix + "cannot parse " + Quoted.of(text) + " to a valid timestamp");
  }

  /// Returns a duration, parsed from Prometheus' notation or from seconds; empty if the parameter
  /// is absent.
  public Optional<Duration> duration(String name) {
    return get(name).map(text -> duration(name, text));
  }

  /// Returns a required duration.
  public Duration requireDuration(String name) {
    return duration(name, get(name).orElse(""));
  }

  private static Duration duration(String name, String text) {
    Optional<Long> millis = millis(text);
    if (millis.isPresent()) {
      return Duration.ofMillis(millis.get());
    }
    try {
      return PromDuration.parse(text);
    } catch (IllegalArgumentException _) {
      throw ApiException.invalidParameter(
          name, "cannot parse " + Quoted.of(text) + " to a valid duration");
    }
  }

  /* Converts a number of seconds to milliseconds; empty if it is not a number or out of bounds. */
  private static Optional<Long> millis(String text) {
    if (!NUMBER.matcher(text).matches()) {
      return Optional.empty();
    }
    double seconds = Double.parseDouble(text);
    return Math.abs(seconds) <= MAX_SECONDS
        ? Optional.of(Math.round(seconds * 1000))
        : Optional.empty();
  }

  /// Returns a whole number; empty if the parameter is absent.
  public Optional<Integer> integer(String name) {
    return get(name)
        .map(
            text -> {
              try {
                return Integer.parseInt(text);
              } catch (NumberFormatException _) {
                throw ApiException.badData(name + " must be a number");
              }
            });
  }

  /// Returns the maximum number of items in the answer: the parameter `limit`. If the parameter is
  /// absent or 0, the number is not limited.
  public int limit() {
    return get("limit")
        .map(
            text -> {
              try {
                int limit = Integer.parseInt(text);
                if (limit >= 0) {
                  return limit == 0 ? Integer.MAX_VALUE : limit;
                }
              } catch (NumberFormatException _) { // reported below
              }
              throw ApiException.invalidParameter(
                  "limit", "limit must be non-negative, found " + Quoted.of(text));
            })
        .orElse(Integer.MAX_VALUE);
  }

  /// Returns the parsed selectors of `match[]`.
  public List<List<LabelMatcher>> selectors() {
    var regexes = new RegexBudget();
    return all("match[]").stream().map(text -> selector(text, regexes)).toList();
  }

  private static List<LabelMatcher> selector(String text, RegexBudget regexes) {
    try {
      return PromqlParser.parseSelector(text, regexes);
    } catch (ParseException e) {
      throw ApiException.invalidParameter("match[]", String.valueOf(e.getMessage()));
    }
  }
}
