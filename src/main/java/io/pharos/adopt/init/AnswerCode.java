package io.pharos.adopt.init;

import static java.util.stream.Collectors.joining;

import io.pharos.model.Quoted;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// The field of a JSON answer that says whether the request succeeded, as in `{"code": 0}`.
/// Services with such answers also send errors with the status 200.
///
/// @param value what it was at a time when the service worked
record AnswerCode(String field, String value) {
  private static final List<String> FIELDS = List.of("code", "errcode", "errno", "success", "ok");
  private static final Pattern GOOD =
      Pattern.compile("0|2\\d\\d|true|ok|success", Pattern.CASE_INSENSITIVE);
  private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");

  /// The facts that a probe reads to find such a field, as the key `info` of a probe.
  static final String INFO =
      FIELDS.stream().map(field -> field + ": $." + field).collect(joining(", ", "{", "}"));

  /// Returns the field in an answer; empty if it has none.
  ///
  /// @param info what a probe with [#INFO] read
  static Optional<AnswerCode> of(Map<String, String> info) {
    return FIELDS.stream()
        .filter(info::containsKey)
        .findFirst()
        .map(field -> new AnswerCode(field, String.valueOf(info.get(field))));
  }

  /// Returns whether the value is known to mean success.
  boolean isGood() {
    return GOOD.matcher(value).matches();
  }

  /// Returns whether the probe's key `envelope` can check the field.
  boolean isEnvelope() {
    return field.equals("code") && NUMBER.matcher(value).matches();
  }

  @Override
  public String toString() {
    return field + " " + (NUMBER.matcher(value).matches() ? value : Quoted.of(value));
  }
}
