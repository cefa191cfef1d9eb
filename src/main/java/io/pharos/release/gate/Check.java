package io.pharos.release.gate;

import static java.util.Objects.requireNonNull;

import io.pharos.model.LabelMatcher;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// One question that a policy asks about a candidate.
public sealed interface Check {
  /// Names the check within its policy.
  String id();

  /// Whether a pass of the gate needs a pass of this check.
  boolean required();

  /// Whether a failure of this check fails the gate.
  boolean blocking();

  /// The kind, as policies name it.
  default String kind() {
    return switch (this) {
      case Version _, UnprovenVersion _ -> "version";
      case Restarts _ -> "restarts";
      case Probes _ -> "probes";
      case Alerts _ -> "alerts";
      case Bound bound -> bound.subject().kind();
    };
  }

  /// Every template of the check.
  default List<PolicyText> templates() {
    return switch (this) {
      case Version version -> List.of(version.selector());
      case UnprovenVersion _ -> List.of();
      case Restarts restarts -> List.of(restarts.selector());
      case Probes probes -> probes.names();
      case Alerts alerts -> alerts.matchers();
      case Bound bound -> {
        var all = new ArrayList<>(bound.total());
        all.addAll(bound.bad());
        all.addAll(bound.good());
        yield List.copyOf(all);
      }
    };
  }

  /// The names of the variables that the check needs of a deployment.
  default Set<String> variables() {
    var names = new TreeSet<String>();
    templates().forEach(template -> names.addAll(template.variables()));
    return names;
  }

  /// Does the candidate run the version that was announced?
  ///
  /// @param selector series that carry the version, one for each instance
  /// @param label the label that holds it
  /// @param shaLabel the label that holds the commit; a series may lack it
  /// @param digestLabel the label that holds the digest of the image; a series may lack it
  /// @param instances how many instances must run it
  record Version(
      String id,
      boolean required,
      boolean blocking,
      PolicyText selector,
      String label,
      String shaLabel,
      String digestLabel,
      int instances)
      implements Check {
    public Version {
      requireNonNull(selector, "selector is null");
      requireNonNull(label, "label is null");
      requireNonNull(shaLabel, "shaLabel is null");
      requireNonNull(digestLabel, "digestLabel is null");
    }
  }

  /// The policy says `version: none`: nothing proves what runs, and every verdict says so.
  record UnprovenVersion(String id) implements Check {
    @Override
    public boolean required() {
      return false;
    }

    @Override
    public boolean blocking() {
      return false;
    }
  }

  /// Does the candidate stay up?
  ///
  /// @param selector gauges of when each process started, in seconds since 1970
  /// @param max how many restarts do not fail the check
  record Restarts(String id, boolean required, boolean blocking, PolicyText selector, int max)
      implements Check {
    public Restarts {
      requireNonNull(selector, "selector is null");
    }
  }

  /// Do the probes of the candidate succeed?
  ///
  /// @param names of probes that ask the candidate itself, not the load balancer
  /// @param consecutiveOk how many successes in a row each needs
  /// @param minDuration over how long they must be spread
  /// @param consecutiveFailed how many failures in a row fail the check
  /// @param startup how long failures are excused before the first success
  record Probes(
      String id,
      boolean required,
      boolean blocking,
      List<PolicyText> names,
      int consecutiveOk,
      Duration minDuration,
      int consecutiveFailed,
      Duration startup)
      implements Check {
    public Probes {
      names = List.copyOf(names);
    }
  }

  /// Does an alert of the service fire?
  ///
  /// @param matchers an alert counts if all of these lists of matchers match
  /// @param severities values of the label `severity` that count; empty means every alert
  /// @param ignore an alert does not count if one of these lists matches
  /// @param maxAge how old the last evaluation of the rules may be
  record Alerts(
      String id,
      boolean required,
      boolean blocking,
      List<PolicyText> matchers,
      Set<String> severities,
      List<List<LabelMatcher>> ignore,
      Duration maxAge)
      implements Check {
    public Alerts {
      matchers = List.copyOf(matchers);
      severities = Set.copyOf(severities);
      ignore = ignore.stream().map(List::copyOf).toList();
    }
  }

  /// Is the fraction of bad requests below a bound?
  ///
  /// @param total selectors of counters of requests
  /// @param bad selectors of counters of bad ones; empty where `good` is given
  /// @param good selectors of counters of good ones, as of a histogram's bucket
  /// @param pMax the bound, between 0 and 1
  record Bound(
      String id,
      boolean required,
      boolean blocking,
      Subject subject,
      List<PolicyText> total,
      List<PolicyText> bad,
      List<PolicyText> good,
      double pMax)
      implements Check {
    public Bound {
      requireNonNull(subject, "subject is null");
      total = List.copyOf(total);
      bad = List.copyOf(bad);
      good = List.copyOf(good);
      if (total.isEmpty() || bad.isEmpty() == good.isEmpty()) {
        throw new IllegalArgumentException("a bound has a total, and either bad or good");
      }
    }
  }

  /// What a bound is about.
  enum Subject {
    ERRORS("error_bound", Code.ERROR_BOUND, "failed"),
    LATENCY("latency_bound", Code.LATENCY_BOUND, "were slow");

    private final String kind;
    private final Code code;
    private final String verb;

    Subject(String kind, Code code, String verb) {
      this.kind = kind;
      this.code = code;
      this.verb = verb;
    }

    String kind() {
      return kind;
    }

    Code code() {
      return code;
    }

    String verb() {
      return verb;
    }
  }
}
