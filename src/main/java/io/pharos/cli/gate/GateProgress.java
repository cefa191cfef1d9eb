package io.pharos.cli.gate;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// The numbers that say how far a gate is.
///
/// @param soak time since the gate was opened, at most `minSoak`
/// @param minSoak observation time that the policy requires; zero if unknown
/// @param requests requests of the candidate so far; empty if no check counts them
/// @param enough requests with which the check that needs most passes
/// @param errors fraction of failed requests; empty without requests
/// @param baseline fraction of the baseline's failed requests; empty without a baseline
record GateProgress(
    Duration soak,
    Duration minSoak,
    OptionalLong requests,
    OptionalLong enough,
    OptionalDouble errors,
    OptionalDouble baseline) {

  /// Reads the numbers from a gate.
  ///
  /// @param since time since the gate was opened
  static GateProgress of(JsonNode gate, Duration since) {
    Duration minSoak = Duration.ofSeconds(gate.path("policy").path("min_soak_s").asLong());
    Optional<JsonNode> hungriest =
        checks(gate, check -> check.path("required").asBoolean() && check.has("n_c"))
            .max(Comparator.comparingLong(check -> check.path("needed").asLong()));
    Optional<JsonNode> errors =
        checks(
                gate,
                check ->
                    check.path("n_c").asLong() > 0
                        && check
                            .path("kind")
                            .asText()
                            .matches("error_bound|(errors|answers)_vs_.*"))
            .max(Comparator.comparingLong(check -> check.path("n_b").asLong()));
    return new GateProgress(
        since.compareTo(minSoak) < 0 ? since : minSoak,
        minSoak,
        number(hungriest.map(check -> check.path("n_c").asLong())),
        number(hungriest.map(check -> check.path("n_c").asLong() + check.path("needed").asLong())),
        fraction(errors, "e_c", "n_c"),
        fraction(errors, "e_b", "n_b"));
  }

  private static Stream<JsonNode> checks(JsonNode gate, Predicate<JsonNode> condition) {
    return gate.path("checks").valueStream().filter(condition);
  }

  private static OptionalLong number(Optional<Long> value) {
    return value.map(OptionalLong::of).orElse(OptionalLong.empty());
  }

  private static OptionalDouble fraction(Optional<JsonNode> check, String part, String whole) {
    double all = check.map(it -> it.path(whole).asDouble()).orElse(0.0);
    return all > 0
        ? OptionalDouble.of(check.orElseThrow().path(part).asDouble() / all)
        : OptionalDouble.empty();
  }

  /// Returns the numbers as one line: `soak 2 of 5 min, 312 of 500 requests, errors 0.1 % against
  /// 0.1 %`.
  String line() {
    var parts = new ArrayList<String>();
    if (!minSoak.isZero()) {
      boolean isShort = minSoak.compareTo(Duration.ofMinutes(2)) < 0;
      parts.add(
          isShort
              ? "soak %d of %d s".formatted(soak.toSeconds(), minSoak.toSeconds())
              : "soak %d of %d min".formatted(soak.toMinutes(), minSoak.toMinutes()));
    }
    requests.ifPresent(
        count -> parts.add("%d of %d requests".formatted(count, enough.orElse(count))));
    errors.ifPresent(
        fraction ->
            parts.add(
                "errors "
                    + percent(fraction)
                    + (baseline.isPresent() ? " against " + percent(baseline.getAsDouble()) : "")));
    return parts.isEmpty() ? "nothing was observed yet" : String.join(", ", parts);
  }

  private static String percent(double fraction) {
    return String.format(Locale.ROOT, "%.1f %%", fraction * 100);
  }

  /// Returns the numbers as a JSON object; unknown ones are absent.
  ObjectNode json() {
    ObjectNode node =
        JSON.createObjectNode()
            .put("soak_s", soak.toSeconds())
            .put("min_soak_s", minSoak.toSeconds());
    requests.ifPresent(count -> node.put("requests", count));
    enough.ifPresent(count -> node.put("requests_needed", count));
    errors.ifPresent(fraction -> node.put("errors", fraction));
    baseline.ifPresent(fraction -> node.put("baseline_errors", fraction));
    return node;
  }

  /// Returns the numbers as performance data of a Nagios plugin.
  String performanceData() {
    List<String> data = new ArrayList<>();
    data.add("soak=%ds;;;0;%d".formatted(soak.toSeconds(), minSoak.toSeconds()));
    requests.ifPresent(
        count -> data.add("requests=%d;;;0;%d".formatted(count, enough.orElse(count))));
    errors.ifPresent(
        fraction -> data.add(String.format(Locale.ROOT, "errors=%.3f%%", fraction * 100)));
    baseline.ifPresent(
        fraction -> data.add(String.format(Locale.ROOT, "baseline_errors=%.3f%%", fraction * 100)));
    return String.join(" ", data);
  }
}
