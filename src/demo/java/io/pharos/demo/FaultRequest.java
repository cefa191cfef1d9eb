package io.pharos.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The body of `POST /fault`: `{"kind":"errors","duration":"3m","ratio":0.5}`.
record FaultRequest(FaultKind kind, Duration duration, double ratio) {
  static final Duration DEFAULT_DURATION = Duration.ofMinutes(3);
  static final Duration LONGEST = Duration.ofHours(24);

  private static final double DEFAULT_RATIO = 0.5;
  private static final Set<String> FIELDS = Set.of("kind", "duration", "ratio");
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  private static final Pattern PART = Pattern.compile("([0-9]{1,9})(ms|s|m|h)");

  /// The fault from now on.
  DemoFault startingAt(Instant now) {
    return kind == FaultKind.NONE
        ? DemoFault.NONE
        : new DemoFault(kind, now, now.plus(duration), ratio);
  }

  /// Parses a body.
  ///
  /// @throws BadFaultException naming the field, its value and what was expected
  static FaultRequest parse(String body) throws BadFaultException {
    JsonNode root;
    try {
      root = JSON.readTree(body);
    } catch (JsonProcessingException e) {
      throw new BadFaultException(
          "body", shorten(body), "a JSON object: " + e.getOriginalMessage());
    }
    if (!root.isObject()) {
      throw new BadFaultException("body", shorten(body), "a JSON object with a field \"kind\"");
    }
    for (Iterator<String> names = root.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (!FIELDS.contains(name)) {
        throw new BadFaultException(
            name, shorten(root.path(name).toString()), "no field but kind, duration and ratio");
      }
    }
    return new FaultRequest(
        kind(root.path("kind")), duration(root.path("duration")), ratio(root.path("ratio")));
  }

  private static FaultKind kind(JsonNode node) throws BadFaultException {
    return (node.isTextual() ? FaultKind.of(node.textValue()) : FaultKind.of(""))
        .orElseThrow(
            () -> new BadFaultException("kind", shown(node), "one of " + FaultKind.labels()));
  }

  private static Duration duration(JsonNode node) throws BadFaultException {
    if (node.isMissingNode()) {
      return DEFAULT_DURATION;
    }
    var sum = Duration.ZERO;
    boolean isValid = node.isTextual() && !node.textValue().isEmpty();
    if (isValid) {
      Matcher parts = PART.matcher(node.textValue());
      int end = 0;
      while (parts.lookingAt()) {
        sum = sum.plus(part(Long.parseLong(parts.group(1)), parts.group(2)));
        end = parts.end();
        parts.region(end, node.textValue().length());
      }
      isValid = end == node.textValue().length();
    }
    if (!isValid || sum.isZero() || sum.compareTo(LONGEST) > 0) {
      throw new BadFaultException(
          "duration", shown(node), "a duration such as \"90s\" or \"1h30m\", above 0, at most 24h");
    }
    return sum;
  }

  private static Duration part(long amount, String unit) {
    return switch (unit) {
      case "ms" -> Duration.ofMillis(amount);
      case "s" -> Duration.ofSeconds(amount);
      case "m" -> Duration.ofMinutes(amount);
      default -> Duration.ofHours(amount);
    };
  }

  private static double ratio(JsonNode node) throws BadFaultException {
    if (node.isMissingNode()) {
      return DEFAULT_RATIO;
    }
    if (!node.isNumber() || !(node.doubleValue() > 0 && node.doubleValue() <= 1)) {
      throw new BadFaultException("ratio", shown(node), "a number above 0, at most 1");
    }
    return node.doubleValue();
  }

  private static String shown(JsonNode node) {
    return node.isMissingNode() ? "(missing)" : shorten(node.toString());
  }

  private static String shorten(String text) {
    return text.length() <= 100 ? text : text.substring(0, 100) + "…";
  }

  /// Thrown for an invalid request.
  static final class BadFaultException extends Exception {
    private final String field;
    private final String value;
    private final String expected;

    BadFaultException(String field, String value, String expected) {
      super("%s: %s: expected %s".formatted(field, value, expected));
      this.field = field;
      this.value = value;
      this.expected = expected;
    }

    String field() {
      return field;
    }

    String value() {
      return value;
    }

    String expected() {
      return expected;
    }
  }
}
