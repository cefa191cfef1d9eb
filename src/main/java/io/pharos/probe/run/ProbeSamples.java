package io.pharos.probe.run;

import io.pharos.model.Labels;
import io.pharos.probe.ProbeCheck;
import io.pharos.probe.ProbeConfig;
import io.pharos.probe.ProbeObservations;
import io.pharos.probe.ProbeOutcome;
import io.pharos.probe.ProbeResult;
import io.pharos.probe.RequestPhase;
import io.pharos.trouble.ObservationGaps;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Converts results of probes to samples.
final class ProbeSamples {
  /// Metric names of a probe's samples.
  static final Set<String> NAMES =
      Set.of(
          "probe_success",
          "probe_duration_seconds",
          "probe_dns_lookup_time_seconds",
          "probe_failed_due_to_assertion",
          "probe_ssl_earliest_cert_expiry",
          "probe_http_status_code",
          "probe_http_ssl",
          "probe_http_duration_seconds",
          "probe_up",
          "probe_undecided",
          "probe_flapping",
          "probe_parent_down",
          "probe_value",
          "probe_step_success",
          "probe_step_duration_seconds",
          "probe_dns_answers",
          "probe_icmp_rtt_seconds",
          "probe_grpc_status_code",
          "probe_push_last_timestamp_seconds",
          "probe_push_running",
          "probe_push_exit_code",
          "probe_push_run_seconds",
          "probe_push_unheard",
          "probe_info");

  private final Labels base;
  private final boolean http;

  ProbeSamples(ProbeConfig config) {
    base = config.sampleLabels();
    http = config.check() instanceof ProbeCheck.HttpCheck;
  }

  /// Adds the probe as a source of samples.
  ///
  /// @param interval time between its results; zero if it is not regular
  ObservationGaps.Source source(ObservationGaps gaps, Duration interval) {
    return gaps.source(base, interval, NAMES);
  }

  /// Returns the labels of all samples, without the name.
  Labels labels() {
    return base;
  }

  /// Returns the series that contains the probe's interval.
  Labels interval() {
    return base.with(Labels.METRIC_NAME, "probe_interval_seconds");
  }

  /// Returns the samples of the probe's interval and, if it has a location, of its quorum.
  Map<Labels, Double> announced(ProbeConfig config) {
    var samples = new LinkedHashMap<Labels, Double>();
    samples.put(interval(), config.interval().toMillis() / 1000.0);
    if (base.has(ProbeConfig.LOCATION)) {
      put(samples, "probe_quorum", config.alarming().quorum());
    }
    return samples;
  }

  /// Returns the samples of a result; none for an unknown result.
  Map<Labels, Double> of(ProbeResult result) {
    var samples = new LinkedHashMap<Labels, Double>();
    switch (result.outcome()) {
      case ProbeOutcome.Success() -> put(samples, "probe_success", 1);
      case ProbeOutcome.Failure _ -> put(samples, "probe_success", 0);
      case ProbeOutcome.Unknown _ -> {
        return samples;
      }
    }
    ProbeObservations seen = result.seen();
    put(samples, "probe_duration_seconds", seconds(result.took()));
    put(samples, "probe_dns_lookup_time_seconds", seconds(seen.phase(RequestPhase.RESOLVE)));
    put(samples, "probe_failed_due_to_assertion", seen.assertionFailed() ? 1 : 0);
    Instant expiry = seen.earliestExpiry();
    if (expiry != null) {
      put(samples, "probe_ssl_earliest_cert_expiry", (double) expiry.getEpochSecond());
    }
    if (!seen.info().isEmpty() && result.outcome() instanceof ProbeOutcome.Success) {
      Labels.Builder info = base.toBuilder().set(Labels.METRIC_NAME, "probe_info");
      seen.info().forEach(info::set);
      samples.put(info.build(), 1.0);
    }
    seen.values().forEach((name, value) -> put(samples, name, value));
    seen.steps().forEach(step -> put(samples, step));
    if (http) {
      put(samples, "probe_http_status_code", seen.status());
      put(samples, "probe_http_ssl", seen.tls() ? 1 : 0);
      for (RequestPhase phase : RequestPhase.values()) {
        Labels labels =
            base.toBuilder()
                .set(Labels.METRIC_NAME, "probe_http_duration_seconds")
                .set("phase", phase.label())
                .build();
        samples.put(labels, seconds(seen.phase(phase)));
      }
    }
    return samples;
  }

  private void put(Map<Labels, Double> samples, String name, double value) {
    samples.put(base.with(Labels.METRIC_NAME, name), value);
  }

  /// Returns the samples of a target's state.
  ///
  /// @param parentDown whether a parent is down; null if there are no parents or they are undecided
  Map<Labels, Double> of(ProbeTargetState targetState, @Nullable Boolean parentDown) {
    var samples = new LinkedHashMap<Labels, Double>();
    switch (targetState.state()) {
      case UNDECIDED -> put(samples, "probe_undecided", 1);
      case UP -> put(samples, "probe_up", 1);
      case DOWN -> put(samples, "probe_up", 0);
    }
    put(samples, "probe_flapping", targetState.isFlapping() ? 1 : 0);
    if (parentDown != null) {
      put(samples, "probe_parent_down", parentDown ? 1 : 0);
    }
    return samples;
  }

  /// Returns the samples of a push probe.
  ///
  /// @param targetState state of the target, derived from its reports
  Map<Labels, Double> of(
      PushState state, ProbeTargetState targetState, @Nullable Boolean parentDown) {
    var samples = new LinkedHashMap<Labels, Double>();
    switch (state.condition()) {
      case GOOD -> {
        put(samples, "probe_success", 1);
        samples.putAll(of(targetState, parentDown));
      }
      case BAD, LATE -> {
        put(samples, "probe_success", 0);
        samples.putAll(of(targetState, parentDown));
      }
      case NEVER, UNSURE -> put(samples, "probe_undecided", 1);
      case UNHEARD -> {
        put(samples, "probe_undecided", 1);
        put(samples, "probe_push_unheard", 1);
      }
    }
    put(samples, "probe_push_running", state.started() == null ? 0 : 1);
    if (state.lastEnd() != null) {
      put(samples, "probe_push_last_timestamp_seconds", state.lastEnd().toEpochMilli() / 1e3);
    }
    if (state.took() != null) {
      put(samples, "probe_push_run_seconds", seconds(state.took()));
    }
    if (state.exitCode() != null) {
      put(samples, "probe_push_exit_code", state.exitCode());
    }
    return samples;
  }

  private void put(Map<Labels, Double> samples, ProbeObservations.Step step) {
    Labels.Builder labels = base.toBuilder().set("step", step.name());
    boolean isKnown = !(step.outcome() instanceof ProbeOutcome.Unknown);
    if (isKnown) {
      samples.put(
          labels.set(Labels.METRIC_NAME, "probe_step_success").build(),
          step.outcome() instanceof ProbeOutcome.Success ? 1.0 : 0.0);
      samples.put(
          labels.set(Labels.METRIC_NAME, "probe_step_duration_seconds").build(),
          seconds(step.took()));
    }
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }
}
