package io.pharos.gate.judge;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The data of one check at one time, as plain numbers. The audit trail stores readings, so that
/// they can be judged again. Times are Unix milliseconds.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Reading.Unavailable.class, name = "unavailable"),
  @JsonSubTypes.Type(value = Reading.Awaited.class, name = "awaited"),
  @JsonSubTypes.Type(value = Reading.Unproven.class, name = "unproven"),
  @JsonSubTypes.Type(value = Reading.Versions.class, name = "versions"),
  @JsonSubTypes.Type(value = Reading.Processes.class, name = "processes"),
  @JsonSubTypes.Type(value = Reading.Probes.class, name = "probes"),
  @JsonSubTypes.Type(value = Reading.Alerts.class, name = "alerts"),
  @JsonSubTypes.Type(value = Reading.Counts.class, name = "counts"),
  @JsonSubTypes.Type(value = Reading.Comparison.class, name = "comparison"),
  @JsonSubTypes.Type(value = Reading.Pairs.class, name = "pairs"),
  @JsonSubTypes.Type(value = Reading.Levels.class, name = "levels"),
  @JsonSubTypes.Type(value = Reading.Budget.class, name = "budget")
})
public sealed interface Reading {
  /// The source did not answer.
  record Unavailable(String reason) implements Reading {}

  /// The candidate has not been observed yet: all data is from the previous release.
  record Awaited() implements Reading {}

  /// The policy requires no proof of the version.
  record Unproven() implements Reading {}

  /// The running versions.
  record Versions(List<Instance> instances) implements Reading {
    public Versions {
      instances = List.copyOf(instances);
    }
  }

  /// One instance of the candidate.
  ///
  /// @param samples number of scrapes since the deployment started
  /// @param gone whether the series has ended
  /// @param sha commit that it reports; null or empty if it reports none
  /// @param digest image digest that it reports; null or empty if it reports none
  record Instance(
      String series,
      String version,
      long firstMillis,
      long lastMillis,
      int samples,
      boolean gone,
      @Nullable String sha,
      @Nullable String digest) {}

  /// The processes of the candidate.
  ///
  /// @param baselineStarts how often the baseline's processes started since the deployment began:
  ///   the highest number of an instance; null without a baseline, and in audit trails of older
  ///   versions
  record Processes(List<Process> processes, @Nullable Integer baselineStarts) implements Reading {
    public Processes {
      processes = List.copyOf(processes);
    }
  }

  /// The processes of one instance of the candidate, by their start times.
  ///
  /// @param startedMillis when the newest process started, by its own clock
  /// @param isNew whether a process is known to have started since the deployment began
  /// @param restarts number of restarts after that start
  /// @param lastMillis time of the newest sample
  /// @param gone whether the series has ended
  record Process(
      String series,
      long startedMillis,
      boolean isNew,
      int restarts,
      long lastMillis,
      boolean gone) {}

  /// The probes that the policy names. Probes without a result are not in the list.
  ///
  /// @param sinceMillis when the candidate was first observed; earlier results are not included
  /// @param baseline the same probes of the baseline; null or empty if there are none
  record Probes(List<Probe> probes, long sinceMillis, @Nullable List<Probe> baseline)
      implements Reading {
    public Probes {
      probes = List.copyOf(probes);
      baseline = baseline == null ? List.of() : List.copyOf(baseline);
    }
  }

  /// The results of one probe since the candidate was first observed.
  ///
  /// @param ok successes in a row up to the last result
  /// @param failed failures in a row up to the last result
  /// @param firstOkMillis time of the first success; 0 if there is none
  /// @param runSinceMillis time of the first result in the current row of successes or failures
  /// @param lastMillis time of the last result
  record Probe(
      String name, int ok, int failed, long firstOkMillis, long runSinceMillis, long lastMillis) {}

  /// The alerts of the service that are pending or firing.
  ///
  /// @param rules number of loaded alerting rules
  /// @param evaluatedMillis the earliest of the rule groups' last evaluations
  /// @param sinceMillis when the candidate was first observed; it did not cause older alerts
  record Alerts(int rules, long evaluatedMillis, List<ActiveAlert> alerts, long sinceMillis)
      implements Reading {
    public Alerts {
      alerts = List.copyOf(alerts);
    }
  }

  /// One alert of the service.
  ///
  /// @param whose what the alert is about; null in audit trails of older versions, which means the
  ///   service
  record ActiveAlert(
      Map<String, String> labels,
      long activeMillis,
      boolean firing,
      boolean silenced,
      @Nullable AlertAttribution whose) {
    public ActiveAlert {
      labels = Map.copyOf(labels);
      whose = whose == null ? AlertAttribution.SERVICE : whose;
    }
  }

  /// Increases of counters since `fromMillis`, corrected for resets.
  ///
  /// @param total requests
  /// @param bad bad requests
  /// @param series number of series of requests
  /// @param goodSeries number of series of good requests; -1 if the counters are of bad requests
  /// @param resets number of counter resets when no restart was expected
  /// @param notNumbers number of samples that were NaN
  /// @param newestMillis time of the newest sample of the requests; 0 if there is none
  /// @param gone whether every series of requests has ended
  /// @param baseline the same counts of the baseline; null if there is none
  record Counts(
      long fromMillis,
      double total,
      double bad,
      int series,
      int goodSeries,
      int resets,
      int notNumbers,
      long newestMillis,
      boolean gone,
      @Nullable Counts baseline)
      implements Reading {}

  /// Increases of counters on both sides of a comparison since `fromMillis`.
  ///
  /// @param boundaries upper bounds of request times in seconds, ascending; for answers, the
  ///   classes of [AnswerClass]; empty if errors are counted, or if there was no data to choose
  ///   boundaries from
  /// @param dispersion mean size of the bursts of bad requests before the deployment, for each kind
  ///   of bad request; empty if unknown
  /// @param baseline the baseline beside the candidate; if there is none, the previous release in
  ///   the hour before
  /// @param dayBefore the previous release on the day before; null if a baseline runs beside the
  ///   candidate, or if there is no data from that day
  /// @param besideMillis how long both sides had requests, from the candidate's first to the last
  ///   of the baseline beside it; null if the baseline had none in the hour before either or does
  ///   not run beside it, and in audit trails of older versions
  record Comparison(
      long fromMillis,
      List<Double> boundaries,
      List<Double> dispersion,
      Side candidate,
      Side baseline,
      @Nullable Side dayBefore,
      @Nullable Long besideMillis)
      implements Reading {
    public Comparison {
      boundaries = List.copyOf(boundaries);
      dispersion = List.copyOf(dispersion);
    }
  }

  /// One side of a comparison.
  ///
  /// @param total requests
  /// @param bad failed requests; for latency, the requests slower than each boundary
  /// @param series number of series of requests
  /// @param resets number of counter resets when no restart was expected
  /// @param notNumbers number of samples that were not finite
  /// @param newestMillis time of the newest sample of the requests; 0 if there is none
  /// @param routes the same counts of each route; null or empty if routes are not compared
  record Side(
      double total,
      List<Double> bad,
      int series,
      int resets,
      int notNumbers,
      long newestMillis,
      @Nullable List<Route> routes) {
    public Side {
      bad = List.copyOf(bad);
      routes = routes == null ? List.of() : List.copyOf(routes);
    }

    /// Returns a side without any data.
    public static Side none() {
      return new Side(0, List.of(), 0, 0, 0, 0, null);
    }
  }

  /// The requests of one route.
  ///
  /// @param name the value of the label with the route
  /// @param bad as in [Side]
  record Route(String name, double total, List<Double> bad) {
    public Route {
      bad = List.copyOf(bad);
    }
  }

  /// Pairs of probes since the previous observation.
  ///
  /// @param candidate the probe of the candidate
  /// @param baseline the probe of the baseline; empty if the deployment names no baseline
  /// @param pairs number of pairs with two known answers
  /// @param unknown number of pairs with an unknown answer, because of own trouble
  /// @param reason the reason for unknown answers; empty if there are none
  /// @param newestMillis start of the last known pair; 0 if there is none yet
  record Pairs(
      String candidate,
      String baseline,
      long pairs,
      long candidateFailed,
      long baselineFailed,
      long unknown,
      String reason,
      long newestMillis)
      implements Reading {}

  /// A gauge on both sides. The level of a side is the mean of the newest samples of all its
  /// series.
  ///
  /// @param candidateMillis time of the candidate's newest sample; 0 if there is none
  /// @param baselineMillis time of the baseline's newest sample; 0 if there is none
  record Levels(double candidate, double baseline, long candidateMillis, long baselineMillis)
      implements Reading {}

  /// The error budget of the service.
  ///
  /// @param burns burn rates, the shortest windows first
  /// @param remaining fraction of the budget that was left at the gate's first observation;
  ///   negative if overdrawn
  record Budget(List<Burn> burns, double remaining) implements Reading {
    public Budget {
      burns = List.copyOf(burns);
    }
  }

  /// The burn rates over two windows. At the rate 1, the budget is used up exactly at the end of
  /// its period.
  ///
  /// @param factor the budget burns too fast if both rates are at least this
  /// @param shortRate current rate over the short window
  /// @param longRate current rate over the long window
  /// @param shortRateBefore rate over the short window when the deployment started
  /// @param longRateBefore rate over the long window when the deployment started
  record Burn(
      double factor,
      long shortMillis,
      long longMillis,
      double shortRate,
      double longRate,
      double shortRateBefore,
      double longRateBefore) {
    /// Returns whether the budget burns too fast over both windows.
    boolean isFast() {
      return slower() >= factor;
    }

    /// Returns whether the budget burned too fast over both windows when the deployment started.
    boolean wasFast() {
      return Math.min(shortRateBefore, longRateBefore) >= factor;
    }

    /// Returns the lower of the two current rates.
    double slower() {
      return Math.min(shortRate, longRate);
    }
  }
}
