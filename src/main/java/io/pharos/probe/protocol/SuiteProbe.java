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
record SuiteProbe(CheckRunner checkRunner) {
  private static final int MAX_VALUE_CHARACTERS = 8192;

  /// Runs a single check.
  interface CheckRunner {
    /// Runs a check. Masks `secrets` in texts, and adds to them the secrets that the check reads
    /// from files. `vars` are the variables for expressions.
    CheckResult run(
        ProbeCheck check,
        @Nullable Expression expect,
        Duration timeout,
        Set<String> secrets,
        JsonNode vars);
  }

  /// The result of a check.
  ///
  /// @param facts null if the target returned no facts
  record CheckResult(
      ProbeOutcome outcome, Duration took, ProbeObservations seen, @Nullable ProbeFacts facts) {}

  private static final class Run {
    private final SuiteVariables variables = new SuiteVariables();
    private final ObjectNode visible = ProbeFacts.record();
    private final Set<String> secrets = new HashSet<>();
    private final List<ProbeObservations.Step> steps = new ArrayList<>();
    private ProbeOutcome outcome = new ProbeOutcome.Success();
    private Duration took = Duration.ZERO;
    private int status;
    private boolean tls;
    private @Nullable Instant expiry;
    private boolean assertionFailed;
    private final Map<String, Double> values = new HashMap<>();

    /// Adds the outcome of a step. The first failure decides the outcome of the suite; the reasons
    /// of later failures, in clean-up steps, are appended to its reason.
    void addOutcome(String step, ProbeOutcome stepOutcome) {
      String prefix = "step " + step + ": ";
      outcome =
          outcome instanceof ProbeOutcome.Success
              ? stepOutcome.withReason(reason -> prefix + reason)
              : outcome.withReason(first -> first + following(prefix, stepOutcome));
    }

    private static String following(String prefix, ProbeOutcome problem) {
      return switch (problem) {
        case ProbeOutcome.Success _ -> "";
        case ProbeOutcome.Failure(String reason) -> "; " + prefix + reason;
        case ProbeOutcome.Unknown(_, String reason) -> "; " + prefix + "unknown: " + reason;
      };
    }

    void addObservations(ProbeObservations seen) {
      status = seen.status() == 0 ? status : seen.status();
      tls |= seen.tls();
      Instant stepExpiry = seen.earliestExpiry();
      if (stepExpiry != null && (expiry == null || stepExpiry.isBefore(expiry))) {
        expiry = stepExpiry;
      }
      assertionFailed |= seen.assertionFailed();
      values.putAll(seen.values());
    }

    CheckResult end() {
      var seen =
          new ProbeObservations(
              status, Map.of(), expiry, tls, assertionFailed, values, steps, Map.of());
      return new CheckResult(
          outcome.withReason(reason -> SecretMasking.masked(reason, secrets)), took, seen, null);
    }
  }

  CheckResult run(ProbeCheck.SuiteCheck suite) {
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
      boolean noFailure = run.outcome instanceof ProbeOutcome.Success;
      // skips a clean-up step whose variables were never set
      if (step.always() ? run.variables.missing(step.check()).isEmpty() : noFailure) {
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
      run.addOutcome(step.name(), e.outcome());
      run.steps.add(new ProbeObservations.Step(step.name(), Duration.ZERO, e.outcome()));
      return;
    }
    CheckResult result =
        checkRunner.run(check, step.expect(), step.timeout(), run.secrets, run.visible);
    run.took = run.took.plus(result.took());
    run.addObservations(result.seen());
    ProbeOutcome outcome = result.outcome();
    ProbeFacts facts = result.facts();
    if (facts != null) {
      Optional<String> problem = store(step, facts, run);
      if (outcome instanceof ProbeOutcome.Success && problem.isPresent()) {
        outcome = new ProbeOutcome.Failure(problem.get());
        run.assertionFailed = true;
      }
    }
    run.addOutcome(step.name(), outcome);
    run.steps.add(new ProbeObservations.Step(step.name(), result.took(), outcome));
  }

  /// Stores the variables that a step sets, also if the step failed, because its answer may contain
  /// secrets that must be masked.
  ///
  /// @return why a variable could not be stored; empty if all were stored
  private static Optional<String> store(ProbeStep step, ProbeFacts facts, Run run) {
    var found = new LinkedHashMap<String, JsonNode>();
    String problem = null;
    for (var variable : step.store().entrySet()) {
      switch (variable.getValue().find(facts)) {
        case Expression.Answer.None(String reason) ->
            problem = "store " + variable.getKey() + ": " + reason;
        case Expression.Answer.Value(JsonNode value) -> {
          boolean isScalar = value.isValueNode() && !value.isNull();
          if (isScalar && value.asText().length() <= MAX_VALUE_CHARACTERS) {
            found.put(variable.getKey(), value);
          } else {
            problem =
                "store %s: expected a string, number or boolean of at most %d characters at %s"
                    .formatted(variable.getKey(), MAX_VALUE_CHARACTERS, variable.getValue());
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
            run.visible.set(name, value);
          }
        });
    return Optional.ofNullable(problem);
  }
}
