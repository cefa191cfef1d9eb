package io.pharos.probe.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pharos.config.http.SecretSource;
import io.pharos.probe.ProbeCheck;
import io.pharos.probe.ProbeObservations;
import io.pharos.probe.ProbeOutcome;
import io.pharos.probe.ProbeStep;
import io.pharos.probe.expression.Expression;
import io.pharos.trouble.FailureOrigin;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Runs a [ProbeCheck.SuiteCheck]: its steps in order up to the first failure, then all clean-up
/// steps.
record SuiteProbe(Single single) {
  private static final int LONGEST_VALUE = 8192;

  /// Runs a single check.
  interface Single {
    /// Runs a check. Masks `secrets` in texts. Adds the secrets that the check reads from files to
    /// `secrets`. `vars` are the variables for expressions.
    Ran run(
        ProbeCheck check,
        @Nullable Expression expect,
        Duration timeout,
        Set<String> secrets,
        JsonNode vars);
  }

  /// The result of a check.
  ///
  /// @param facts null if the target returned no facts
  record Ran(
      ProbeOutcome outcome, Duration took, ProbeObservations seen, @Nullable ProbeFacts facts) {}

  private static final class Run {
    private final SuiteVariables variables = new SuiteVariables();
    private final ObjectNode open = ProbeFacts.record();
    private final Set<String> secrets = new HashSet<>();
    private final List<ProbeObservations.Step> steps = new ArrayList<>();
    private ProbeOutcome outcome = new ProbeOutcome.Success();
    private Duration took = Duration.ZERO;
    private int status;
    private boolean tls;
    private @Nullable Instant expiry;
    private boolean assertionFailed;
    private final Map<String, Double> values = new HashMap<>();

    /// Records a failure. The first one decides the outcome; failures of clean-up are added to its
    /// text.
    void failed(String step, ProbeOutcome problem) {
      String prefix = "step " + step + ": ";
      outcome =
          outcome instanceof ProbeOutcome.Success
              ? problem.withReason(reason -> prefix + reason)
              : outcome.withReason(first -> first + and(prefix, problem));
    }

    private static String and(String prefix, ProbeOutcome problem) {
      return switch (problem) {
        case ProbeOutcome.Success _ -> "";
        case ProbeOutcome.Failure(String reason) -> "; " + prefix + reason;
        case ProbeOutcome.Unknown(_, String reason) -> "; " + prefix + "unknown: " + reason;
      };
    }

    void saw(ProbeObservations seen) {
      status = seen.status() == 0 ? status : seen.status();
      tls |= seen.tls();
      Instant next = seen.earliestExpiry();
      if (next != null && (expiry == null || next.isBefore(expiry))) {
        expiry = next;
      }
      assertionFailed |= seen.assertionFailed();
      values.putAll(seen.values());
    }

    Ran end() {
      var seen =
          new ProbeObservations(
              status, Map.of(), expiry, tls, assertionFailed, values, steps, Map.of());
      return new Ran(
          outcome.withReason(reason -> SecretMasking.masked(reason, secrets)), took, seen, null);
    }
  }

  Ran run(ProbeCheck.SuiteCheck suite) {
    var run = new Run();
    for (Map.Entry<String, java.nio.file.Path> secret : suite.secrets().entrySet()) {
      try {
        String value = new SecretSource.FromFile(secret.getValue()).read().orElse("");
        run.secrets.add(value);
        run.variables.set(secret.getKey(), value);
      } catch (IOException e) {
        run.outcome =
            new ProbeOutcome.Unknown(
                FailureOrigin.Kind.CREDENTIALS,
                "secret " + secret.getKey() + ": " + e.getMessage());
        return run.end();
      }
    }
    for (ProbeStep step : suite.steps()) {
      boolean well = run.outcome instanceof ProbeOutcome.Success;
      // skips a clean-up step whose variables were never set
      if (step.always() ? run.variables.missing(step.check()).isEmpty() : well) {
        step(step, run);
      }
    }
    return run.end();
  }

  private void step(ProbeStep step, Run run) {
    ProbeCheck check;
    try {
      check = run.variables.resolved(step.check());
    } catch (ProbeException e) {
      run.failed(step.name(), e.outcome());
      run.steps.add(new ProbeObservations.Step(step.name(), Duration.ZERO, e.outcome()));
      return;
    }
    Ran ran = single.run(check, step.expect(), step.timeout(), run.secrets, run.open);
    run.took = run.took.plus(ran.took());
    run.saw(ran.seen());
    ProbeOutcome outcome = ran.outcome();
    ProbeFacts facts = ran.facts();
    if (facts != null) {
      Optional<String> problem = store(step, facts, run);
      if (outcome instanceof ProbeOutcome.Success && problem.isPresent()) {
        outcome = new ProbeOutcome.Failure(problem.get());
        run.assertionFailed = true;
      }
    }
    run.failed(step.name(), outcome);
    run.steps.add(new ProbeObservations.Step(step.name(), ran.took(), outcome));
  }

  /// Stores the variables that a step sets, also if it failed, because its answer may contain
  /// secrets.
  private static Optional<String> store(ProbeStep step, ProbeFacts facts, Run run) {
    var found = new LinkedHashMap<String, JsonNode>();
    String problem = null;
    for (var each : step.store().entrySet()) {
      switch (each.getValue().find(facts)) {
        case Expression.Answer.None(String reason) ->
            problem = "store " + each.getKey() + ": " + reason;
        case Expression.Answer.Value(JsonNode value) -> {
          boolean plain = value.isValueNode() && !value.isNull();
          if (plain && value.asText().length() <= LONGEST_VALUE) {
            found.put(each.getKey(), value);
          } else {
            problem =
                "store %s: expected a string, number or boolean of at most %d characters at %s"
                    .formatted(each.getKey(), LONGEST_VALUE, each.getValue());
          }
        }
      }
    }
    found.forEach(
        (name, value) -> {
          run.variables.set(name, value.asText());
          if (step.secrets().contains(name)) {
            run.secrets.add(value.asText());
          } else {
            run.open.set(name, value);
          }
        });
    return Optional.ofNullable(problem);
  }
}
