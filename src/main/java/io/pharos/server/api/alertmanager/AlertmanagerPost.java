package io.pharos.server.api.alertmanager;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.alerting.alert.Alert;
import io.pharos.alerting.silence.Silence;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.Quoted;
import io.pharos.model.RegexBudget;
import io.pharos.server.api.RequestUri;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Parses request bodies of Alertmanager's API v2.
final class AlertmanagerPost {
  /// Approximate memory in bytes of one token in a JSON tree.
  private static final int BYTES_PER_TOKEN = 100;

  /// Divisor of the heap's size, for the maximum memory of a body's JSON tree.
  private static final int HEAP_DIVISOR = 8;

  private static final long MAX_TOKENS =
      Math.clamp(
          Runtime.getRuntime().maxMemory() / HEAP_DIVISOR / BYTES_PER_TOKEN, 100_000, 20_000_000);

  private static final ObjectMapper JSON =
      new ObjectMapper(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxTokenCount(MAX_TOKENS).build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  private static final Set<String> IS_EQUAL = Set.of("true", "false", "null");
  private static final DateTimeFormatter TIME =
      new DateTimeFormatterBuilder()
          .append(DateTimeFormatter.ISO_LOCAL_DATE)
          .optionalStart()
          .appendLiteral('T')
          .append(DateTimeFormatter.ISO_LOCAL_TIME)
          .optionalStart()
          .appendOffsetId()
          .toFormatter(Locale.ROOT);
  private static final Instant ZERO_TIME = Instant.parse("0001-01-01T00:00:00Z");
  private static final Instant YEAR_TWO = Instant.parse("0002-01-01T00:00:00Z");
  private static final int INVALID_TYPE = 601;
  private static final int MISSING = 602;
  private static final int TOO_FEW = 612;

  private AlertmanagerPost() {}

  /// The reason for rejecting a body, with the answer's status.
  static final class Refusal extends RuntimeException {
    final transient AlertmanagerApi.Reply reply;

    private Refusal(int status, int code, String message) {
      super(message);
      this.reply = AlertmanagerApi.Reply.invalid(status, code, message);
    }
  }

  /// The alerts of a body.
  ///
  /// @param errors one error for each entry that is not a valid alert
  record Alerts(List<Alert> alerts, List<String> errors) {}

  /// Rejects a body whose `Content-Type` is not JSON, unless the body is empty.
  static void checkContentType(byte[] body, @Nullable String header) {
    if (body.length == 0) {
      return;
    }
    String type = header == null || header.isBlank() ? "application/octet-stream" : header;
    String mediaType =
        (type.indexOf(';') < 0 ? type : type.substring(0, type.indexOf(';'))).strip();
    if (!mediaType.equalsIgnoreCase("application/json")) {
      throw new Refusal(
          415,
          415,
          "unsupported media type "
              + Quoted.of(mediaType)
              + ", only [application/json] are allowed");
    }
  }

  static Alerts alerts(byte[] body) {
    JsonNode array = parse(body, "alerts");
    if (array.isNull()) {
      return new Alerts(List.of(), List.of());
    }
    if (!array.isArray()) {
      throw malformed("alerts", "expected an array of alerts");
    }
    for (int i = 0; i < array.size(); i++) {
      checkAlert(array.get(i), i);
    }
    var alerts = new ArrayList<Alert>(array.size());
    var errors = new ArrayList<String>();
    var cache = new TextCache();
    for (JsonNode node : array) {
      Instant startsAt = cache.time(node, "startsAt");
      Instant endsAt = cache.time(node, "endsAt");
      try {
        alerts.add(
            new Alert(
                labels(node.path("labels"), "label set", cache),
                labels(node.path("annotations"), "annotations", cache),
                startsAt,
                endsAt,
                cache.text(node.path("generatorURL").asText(""))));
      } catch (IllegalArgumentException e) {
        errors.add(String.valueOf(e.getMessage()));
      }
    }
    return new Alerts(alerts, errors);
  }

  private static void checkAlert(JsonNode alert, int index) {
    if (!alert.isObject()) {
      throw malformed("alerts", "alert " + index + " is not an object");
    }
    for (String part : List.of("labels", "annotations")) {
      checkStrings("alerts", alert.path(part), part);
    }
    if (!alert.hasNonNull("labels")) {
      throw missing(index + ".labels");
    }
    JsonNode url = alert.path("generatorURL");
    if (url.isMissingNode() || url.isNull() || url.asText().isEmpty()) {
      return;
    }
    if (!url.isTextual()) {
      throw malformed("alerts", "generatorURL must be a string");
    }
    if (!RequestUri.isValid(url.asText())) {
      throw new Refusal(
          422,
          INVALID_TYPE,
          "%d.generatorURL in body must be of type uri: %s"
              .formatted(index, Quoted.of(url.asText())));
    }
  }

  private static void checkStrings(String subject, JsonNode map, String part) {
    if (map.isMissingNode() || map.isNull()) {
      return;
    }
    if (!map.isObject()) {
      throw malformed(subject, part + " must be an object of strings");
    }
    map.properties()
        .forEach(
            entry -> {
              if (!entry.getValue().isTextual() && !entry.getValue().isNull()) {
                throw malformed(subject, part + "." + entry.getKey() + " must be a string");
              }
            });
  }

  private static Labels labels(JsonNode node, String subject, TextCache cache) {
    var pairs = new String[2 * node.size()];
    int next = 0;
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      if (entry.getKey().isEmpty()) {
        throw new IllegalArgumentException("invalid " + subject + ": invalid name \"\"");
      }
      pairs[next++] = entry.getKey();
      pairs[next++] = cache.text(entry.getValue().isNull() ? "" : entry.getValue().asText());
    }
    return Labels.of(pairs);
  }

  /// Parses a silence.
  ///
  /// @throws IllegalArgumentException if a matcher's regular expression is invalid
  static Silence silence(byte[] body) {
    JsonNode node = parse(body, "silence");
    if (!node.isObject() && !node.isNull()) {
      throw malformed("silence", "expected an object");
    }
    for (String field : List.of("comment", "createdBy", "endsAt", "matchers", "startsAt")) {
      if (!node.hasNonNull(field)) {
        throw missing(field);
      }
    }
    for (String field : List.of("comment", "createdBy", "id")) {
      JsonNode text = node.path(field);
      if (!text.isTextual() && !text.isMissingNode() && !text.isNull()) {
        throw malformed("silence", field + " must be a string");
      }
    }
    JsonNode matchers = node.path("matchers");
    if (!matchers.isArray()) {
      throw malformed("silence", "matchers must be an array");
    }
    if (matchers.isEmpty()) {
      throw new Refusal(422, TOO_FEW, "matchers in body should have at least 1 items");
    }
    Instant startsAt = requiredTime(node, "startsAt");
    Instant endsAt = requiredTime(node, "endsAt");
    for (int i = 0; i < matchers.size(); i++) {
      checkMatcher(matchers.get(i), "matchers." + i);
    }
    var parsed = new ArrayList<LabelMatcher>();
    var regexes = new RegexBudget();
    for (int i = 0; i < matchers.size(); i++) {
      parsed.add(matcher(matchers.get(i), i, regexes));
    }
    return new Silence(
        node.path("id").asText(""),
        parsed,
        startsAt,
        endsAt,
        startsAt,
        node.path("createdBy").asText(),
        node.path("comment").asText(),
        annotations(node.path("annotations")));
  }

  private static Map<String, String> annotations(JsonNode node) {
    checkStrings("silence", node, "annotations");
    var annotations = new LinkedHashMap<String, String>();
    node.properties().forEach(entry -> annotations.put(entry.getKey(), entry.getValue().asText()));
    return annotations;
  }

  private static void checkMatcher(JsonNode matcher, String path) {
    if (!matcher.isObject()) {
      throw malformed("silence", path + " is not an object");
    }
    for (String field : List.of("isRegex", "name", "value")) {
      if (!matcher.hasNonNull(field)) {
        throw missing(path + "." + field);
      }
    }
    boolean hasValidTypes =
        matcher.path("isRegex").isBoolean()
            && IS_EQUAL.contains(matcher.path("isEqual").asText("true"))
            && matcher.path("name").isTextual()
            && matcher.path("value").isTextual();
    if (!hasValidTypes) {
      throw malformed(
          "silence",
          path + ": expected strings as name and value, and booleans as isRegex and isEqual");
    }
  }

  private static LabelMatcher matcher(JsonNode node, int index, RegexBudget regexes) {
    boolean equal = node.path("isEqual").asBoolean(true);
    boolean regex = node.path("isRegex").asBoolean();
    LabelMatcher.Type type =
        regex
            ? (equal ? LabelMatcher.Type.REGEX : LabelMatcher.Type.NOT_REGEX)
            : (equal ? LabelMatcher.Type.EQUAL : LabelMatcher.Type.NOT_EQUAL);
    String value = node.path("value").asText();
    try {
      return LabelMatcher.of(type, node.path("name").asText(), value, false, regexes);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "invalid label matcher %d: invalid regular expression %s: %s"
              .formatted(index, Quoted.of(value), e.getMessage()),
          e);
    }
  }

  private static Instant requiredTime(JsonNode node, String field) {
    return Objects.requireNonNullElse(time(node, "silence", field), ZERO_TIME);
  }

  /// Caches the times and texts of a body, so that equal times and texts are in memory only once.
  private static final class TextCache {
    private final Map<String, Instant> times = new HashMap<>();
    private final Map<String, String> texts = new HashMap<>();

    @Nullable Instant time(JsonNode alert, String field) {
      String text = alert.path(field).asText();
      Instant cached = times.get(text);
      if (cached == null) {
        cached = AlertmanagerPost.time(alert, "alerts", field);
        if (cached != null) {
          times.put(text, cached);
        }
      }
      return cached;
    }

    String text(String text) {
      String cached = texts.putIfAbsent(text, text);
      return cached == null ? text : cached;
    }
  }

  /// Parses a time; null if the field is absent or contains Go's zero time.
  private static @Nullable Instant time(JsonNode node, String subject, String field) {
    JsonNode value = node.path(field);
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    Instant time = value.isTextual() ? parseTime(value.textValue()) : null;
    if (time == null) {
      throw malformed(
          subject, field + ": expected a time as in RFC 3339, found " + Quoted.of(value.asText()));
    }
    return time.isBefore(YEAR_TWO) ? null : time;
  }

  /// Parses a time in RFC 3339. A time without a zone is in UTC, and the time of day may also be
  /// absent. Returns Go's zero time for an empty text, and null for an invalid text.
  private static @Nullable Instant parseTime(String text) {
    if (text.isEmpty()) {
      return ZERO_TIME;
    }
    try {
      return switch (TIME.parseBest(
          text, OffsetDateTime::from, LocalDateTime::from, LocalDate::from)) {
        case OffsetDateTime time -> time.toInstant();
        case LocalDateTime time -> time.toInstant(ZoneOffset.UTC);
        case LocalDate day -> day.atStartOfDay().toInstant(ZoneOffset.UTC);
        default -> null;
      };
    } catch (DateTimeException _) { // the caller reports the field
      return null;
    }
  }

  private static JsonNode parse(byte[] body, String subject) {
    try {
      JsonNode node = JSON.readTree(body);
      if (node == null || node.isMissingNode()) {
        throw missing(subject);
      }
      return node;
    } catch (StreamConstraintsException e) {
      throw new Refusal(
          413, 413, "the body of %s is too large: %s".formatted(subject, e.getOriginalMessage()));
    } catch (IOException e) {
      throw malformed(subject, "it is not JSON: " + position(e));
    }
  }

  /// Describes a syntax error by its position, because the parser's own message would quote the
  /// body.
  private static String position(IOException e) {
    JsonLocation at = e instanceof JsonProcessingException problem ? problem.getLocation() : null;
    return at == null
        ? "it can't be read"
        : "line " + at.getLineNr() + ", column " + at.getColumnNr();
  }

  private static Refusal malformed(String subject, String reason) {
    return new Refusal(
        400, 400, "parsing %s body from \"\" failed, because %s".formatted(subject, reason));
  }

  private static Refusal missing(String path) {
    return new Refusal(422, MISSING, path + " in body is required");
  }
}
