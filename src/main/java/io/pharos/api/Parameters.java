package io.pharos.api;

import io.pharos.model.PromDuration;
import io.pharos.model.Quoted;
import jakarta.ws.rs.core.MultivaluedHashMap;
import jakarta.ws.rs.core.MultivaluedMap;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;

/// The parameters of a call to Prometheus' API, from the query string and the form body alike.
final class Parameters {
  /* Prometheus' minTime and maxTime lie near the ends of what an int64 of milliseconds holds; these
   * bounds keep sums of a time and a range from overflowing. */
  private static final double MAX_SECONDS = 1e13;

  private final MultivaluedMap<String, String> values = new MultivaluedHashMap<>();

  Parameters(MultivaluedMap<String, String> query, MultivaluedMap<String, String> form) {
    form.forEach(values::addAll);
    query.forEach(values::addAll);
  }

  Parameters(MultivaluedMap<String, String> query) {
    this(query, new MultivaluedHashMap<>());
  }

  Optional<String> get(String name) {
    List<String> all = values.get(name);
    return all == null || all.isEmpty() || all.getFirst().isEmpty()
        ? Optional.empty()
        : Optional.of(all.getFirst());
  }

  List<String> all(String name) {
    return values.getOrDefault(name, List.of());
  }

  String require(String name) {
    return get(name)
        .orElseThrow(() -> ApiException.invalidParameter(name, "it is required and missing"));
  }

  /// A time as RFC 3339 or as Unix seconds with a fraction, in milliseconds.
  Optional<Long> time(String name) {
    return get(name).map(text -> time(name, text));
  }

  long time(String name, Instant otherwise) {
    return time(name).orElseGet(otherwise::toEpochMilli);
  }

  long requireTime(String name) {
    return time(name, require(name));
  }

  private static long time(String name, String text) {
    try {
      double seconds = Double.parseDouble(text);
      if (Math.abs(seconds) <= MAX_SECONDS) {
        return Math.round(seconds * 1000);
      }
    } catch (NumberFormatException _) { // then it may be RFC 3339
      try {
        return OffsetDateTime.parse(text).toInstant().toEpochMilli();
      } catch (DateTimeParseException _) { // refused below
      }
    }
    throw ApiException.invalidParameter(
        name, "cannot parse " + Quoted.of(text) + " to a valid timestamp");
  }

  /// A duration in Prometheus' notation or as seconds.
  Optional<Duration> duration(String name) {
    return get(name)
        .map(
            text -> {
              try {
                double seconds = Double.parseDouble(text);
                if (Math.abs(seconds) <= MAX_SECONDS) {
                  return Duration.ofMillis(Math.round(seconds * 1000));
                }
              } catch (NumberFormatException _) { // then it is a notation with units
                try {
                  return PromDuration.parse(text);
                } catch (IllegalArgumentException _) { // refused below
                }
              }
              throw ApiException.invalidParameter(
                  name, "cannot parse " + Quoted.of(text) + " to a valid duration");
            });
  }

  /// How many items the answer may have at most; no limit where absent or 0.
  int limit() {
    return get("limit")
        .map(
            text -> {
              try {
                int limit = Integer.parseInt(text);
                if (limit >= 0) {
                  return limit == 0 ? Integer.MAX_VALUE : limit;
                }
              } catch (NumberFormatException _) { // refused below like a negative one
              }
              throw ApiException.invalidParameter(
                  "limit", "limit must be non-negative, found " + Quoted.of(text));
            })
        .orElse(Integer.MAX_VALUE);
  }
}
