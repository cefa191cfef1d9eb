package io.pharos.release.gate;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import java.util.Map;

/// What one check saw at one time: plain numbers, so that the audit trail can hold them and a
/// replay can judge them again. Times are Unix milliseconds.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Reading.Unavailable.class, name = "unavailable"),
  @JsonSubTypes.Type(value = Reading.Versions.class, name = "versions"),
  @JsonSubTypes.Type(value = Reading.Probes.class, name = "probes"),
  @JsonSubTypes.Type(value = Reading.Alerts.class, name = "alerts"),
  @JsonSubTypes.Type(value = Reading.Counts.class, name = "counts")
})
public sealed interface Reading {
  /// The source did not answer.
  record Unavailable(String reason) implements Reading {}

  /// The versions that run.
  record Versions(List<Instance> instances) implements Reading {
    public Versions {
      instances = List.copyOf(instances);
    }
  }

  /// One instance of the candidate.
  ///
  /// @param samples how often it was scraped since the deployment started
  record Instance(String series, String version, long firstMillis, long lastMillis, int samples) {}

  /// The probes that the policy names; one that has no result is left out.
  record Probes(List<Probe> probes) implements Reading {
    public Probes {
      probes = List.copyOf(probes);
    }
  }

  /// The results of one probe since the deployment started.
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
  record Alerts(int rules, long evaluatedMillis, List<ActiveAlert> alerts) implements Reading {
    public Alerts {
      alerts = List.copyOf(alerts);
    }
  }

  /// One alert of the service.
  record ActiveAlert(
      Map<String, String> labels, long activeMillis, boolean firing, boolean silenced) {
    public ActiveAlert {
      labels = Map.copyOf(labels);
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
  record Counts(
      long fromMillis,
      double total,
      double bad,
      int series,
      int goodSeries,
      int resets,
      int notNumbers,
      long newestMillis)
      implements Reading {}
}
