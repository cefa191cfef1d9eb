package io.pharos.gate;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What one check saw at one time: plain numbers, so that the audit trail can hold them and a
/// replay can judge them again. Times are Unix milliseconds.
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

  /// The candidate has not been seen yet: whatever there is, is of what it replaces.
  record Awaited() implements Reading {}

  /// The policy asks for no proof of the version.
  record Unproven() implements Reading {}

  /// The versions that run.
  record Versions(List<Instance> instances) implements Reading {
    public Versions {
      instances = List.copyOf(instances);
    }
  }

  /// One instance of the candidate.
  ///
  /// @param samples how often it was scraped since the deployment started
  /// @param gone whether the series has ended
  /// @param sha the commit that it names; null or empty if it names none
  /// @param digest the digest that it names; null or empty if it names none
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
  record Processes(List<Process> processes) implements Reading {
    public Processes {
      processes = List.copyOf(processes);
    }
  }

  /// One instance of the candidate, as its process start time tells of it.
  ///
  /// @param startedMillis when the newest process started, by its own clock
  /// @param isNew whether it started for the deployment, as far as that can be seen
  /// @param restarts how often it started again after that
  /// @param lastMillis the newest sample
  /// @param gone whether the series has ended
  record Process(
      String series,
      long startedMillis,
      boolean isNew,
      int restarts,
      long lastMillis,
      boolean gone) {}

  /// The probes that the policy names; one that has no result is left out.
  ///
  /// @param sinceMillis from when on results count: the candidate was first seen then
  /// @param baseline the same probes of what runs beside the candidate; null or empty if there are
  ///   none
  record Probes(List<Probe> probes, long sinceMillis, @Nullable List<Probe> baseline)
      implements Reading {
    public Probes {
      probes = List.copyOf(probes);
      baseline = baseline == null ? List.of() : List.copyOf(baseline);
    }
  }

  /// The results of one probe since then.
  ///
  /// @param ok successes in a row up to the last result
  /// @param failed failures in a row up to the last result
  /// @param firstOkMillis the first success; 0 if there is none
  /// @param runSinceMillis the first result of the present row of successes or failures
  /// @param lastMillis the last result
  record Probe(
      String name, int ok, int failed, long firstOkMillis, long runSinceMillis, long lastMillis) {}

  /// The alerts of the service that are pending or firing.
  ///
  /// @param rules how many alerting rules are loaded
  /// @param evaluatedMillis when the rule that waits longest was last evaluated
  /// @param sinceMillis what began before is not the candidate's: it was first seen then
  record Alerts(int rules, long evaluatedMillis, List<ActiveAlert> alerts, long sinceMillis)
      implements Reading {
    public Alerts {
      alerts = List.copyOf(alerts);
    }
  }

  /// One alert of the service.
  ///
  /// @param whose null in the trails of earlier versions: of the service
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

  /// Increases of counters from a time on, resets taken into account.
  ///
  /// @param total requests
  /// @param bad bad requests
  /// @param series how many series of requests there are
  /// @param goodSeries how many series of good requests there are; -1 where bad ones are counted
  /// @param resets how often a counter went back when no restart was expected
  /// @param notNumbers how many samples were NaN
  /// @param newestMillis the newest sample of the requests; 0 if there is none
  /// @param gone whether every series of requests has ended
  /// @param baseline the same of what runs beside the candidate; null if there is nothing
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

  /// Increases of counters on both sides of a comparison from a time on.
  ///
  /// @param boundaries upper bounds of request times in seconds, rising; empty where errors are
  ///   counted, and where nothing was there to choose them by
  /// @param dispersion how many bad requests came together before the deployment, one for each kind
  ///   of bad; empty where nothing is known
  record Comparison(
      long fromMillis,
      List<Double> boundaries,
      List<Double> dispersion,
      Side candidate,
      Side baseline)
      implements Reading {
    public Comparison {
      boundaries = List.copyOf(boundaries);
      dispersion = List.copyOf(dispersion);
    }
  }

  /// One side of a comparison.
  ///
  /// @param total requests
  /// @param bad the failed ones, or for each boundary those that took longer
  /// @param series how many series of requests there are
  /// @param resets how often a counter went back when no restart was expected
  /// @param notNumbers how many samples were not finite
  /// @param newestMillis the newest sample of the requests; 0 if there is none
  record Side(
      double total, List<Double> bad, int series, int resets, int notNumbers, long newestMillis) {
    public Side {
      bad = List.copyOf(bad);
    }
  }

  /// Paired probes since the observation before.
  ///
  /// @param candidate the probe of the candidate
  /// @param baseline the probe of the baseline; empty where the deployment does not say which
  /// @param pairs of which both answers are known
  /// @param unknown pairs of which one is not, for a reason of Pharos' own
  /// @param reason why; empty where there is none
  /// @param newestMillis when the last known pair was asked; 0 if there was none yet
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

  /// A gauge on both sides, the mean of the newest samples of its series.
  ///
  /// @param candidateMillis the newest sample of the candidate; 0 if there is none
  /// @param baselineMillis the newest sample of the baseline; 0 if there is none
  record Levels(double candidate, double baseline, long candidateMillis, long baselineMillis)
      implements Reading {}

  /// The error budget of the service.
  ///
  /// @param burns by windows, the fastest first
  /// @param remaining the fraction that was left when the gate first looked; below 0 when more was
  ///   used
  record Budget(List<Burn> burns, double remaining) implements Reading {
    public Budget {
      burns = List.copyOf(burns);
    }
  }

  /// How fast the budget burns over two windows: 1 uses it up exactly at its end.
  ///
  /// @param factor what is fast
  /// @param shortRate now, over the short window
  /// @param longRate now, over the long window
  /// @param shortRateBefore when the deployment started
  /// @param longRateBefore when the deployment started
  record Burn(
      double factor,
      long shortMillis,
      long longMillis,
      double shortRate,
      double longRate,
      double shortRateBefore,
      double longRateBefore) {
    /// Whether both windows say that it burns fast.
    boolean isFast() {
      return slower() >= factor;
    }

    /// Whether they said so when the deployment started.
    boolean wasFast() {
      return Math.min(shortRateBefore, longRateBefore) >= factor;
    }

    /// The lower of the present rates.
    double slower() {
      return Math.min(shortRate, longRate);
    }
  }
}
