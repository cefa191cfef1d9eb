package io.pharos.gate;

import static java.util.Objects.requireNonNull;

import io.pharos.model.LabelMatcher;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

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
      case Relative relative -> relative.subject().comparison();
      case Paired _ -> "paired_probes";
      case Gauge _ -> "gauges";
      case Budget _ -> "budget";
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
      case Relative relative ->
          Stream.of(relative.total(), relative.bad()).flatMap(List::stream).toList();
      case Paired paired -> List.of(paired.probe());
      case Gauge gauge -> List.of(gauge.selector());
      case Budget budget -> Stream.of(budget.total(), budget.bad()).flatMap(List::stream).toList();
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

  /// A comparison of the candidate with the baseline beside it by counts on both sides.
  sealed interface Comparing extends Check {
    /// How many times as often the candidate may do badly, 1 to 10.
    double theta0();

    /// How many requests each side needs before the check can pass.
    int minRequests();

    /// What a candidate that is worse fails with.
    ReasonCode code();

    /// What a bad request did.
    String verb();
  }

  /// Does the candidate do worse than the baseline beside it?
  ///
  /// @param total selectors of counters of requests, for either side; for latency those of all
  ///   buckets of a histogram
  /// @param bad selectors of counters of bad ones; empty for latency
  /// @param boundaries upper bounds of request times in seconds, rising, 1 to 4 buckets of the
  ///   histogram; empty where errors are compared, and where the baseline's own times choose
  record Relative(
      String id,
      boolean required,
      boolean blocking,
      Subject subject,
      List<PolicyText> total,
      List<PolicyText> bad,
      List<Double> boundaries,
      double theta0,
      int minRequests)
      implements Comparing {
    public Relative {
      requireNonNull(subject, "subject is null");
      total = List.copyOf(total);
      bad = List.copyOf(bad);
      boundaries = List.copyOf(boundaries);
    }

    @Override
    public ReasonCode code() {
      return subject.comparisonCode();
    }

    @Override
    public String verb() {
      return subject.verb();
    }
  }

  /// Does the candidate fail more of the same requests, which Pharos sends to both sides?
  ///
  /// @param probe the name of a probe that asks one side itself
  /// @param rate pairs a second, 1 to 5
  record Paired(
      String id,
      boolean required,
      boolean blocking,
      PolicyText probe,
      int rate,
      double theta0,
      int minRequests)
      implements Comparing {
    public Paired {
      requireNonNull(probe, "probe is null");
    }

    @Override
    public ReasonCode code() {
      return ReasonCode.PAIRED_PROBES;
    }

    @Override
    public String verb() {
      return "failed";
    }
  }

  /// Does a gauge of the candidate differ from the baseline's? It is advice, and never blocks.
  ///
  /// @param selector series of the gauge, for either side; several are averaged
  /// @param margin what difference is allowed, as a fraction of the baseline's level
  /// @param direction which difference is bad
  record Gauge(String id, boolean required, PolicyText selector, double margin, Direction direction)
      implements Check {
    public Gauge {
      requireNonNull(selector, "selector is null");
      requireNonNull(direction, "direction is null");
    }

    @Override
    public boolean blocking() {
      return false;
    }
  }

  /// Which way a gauge may not go.
  enum Direction {
    INCREASE,
    DECREASE,
    EITHER
  }

  /// Does the whole service burn its error budget since the deployment, and is any of it left?
  ///
  /// @param total selectors of counters of requests of the service
  /// @param bad selectors of counters of bad ones
  /// @param objective the fraction of requests that must be good
  /// @param window over which
  record Budget(
      String id,
      boolean required,
      boolean blocking,
      List<PolicyText> total,
      List<PolicyText> bad,
      double objective,
      Duration window)
      implements Check {
    public Budget {
      total = List.copyOf(total);
      bad = List.copyOf(bad);
    }
  }

  /// What a bound or a comparison is about.
  enum Subject {
    ERRORS(
        "error_bound",
        ReasonCode.ERROR_BOUND,
        "errors_vs_baseline",
        ReasonCode.ERRORS_VS_BASELINE,
        "failed"),
    LATENCY(
        "latency_bound",
        ReasonCode.LATENCY_BOUND,
        "latency_vs_baseline",
        ReasonCode.LATENCY_VS_BASELINE,
        "were slow");

    private final String kind;
    private final ReasonCode code;
    private final String comparison;
    private final ReasonCode comparisonCode;
    private final String verb;

    Subject(
        String kind, ReasonCode code, String comparison, ReasonCode comparisonCode, String verb) {
      this.kind = kind;
      this.code = code;
      this.comparison = comparison;
      this.comparisonCode = comparisonCode;
      this.verb = verb;
    }

    String kind() {
      return kind;
    }

    ReasonCode code() {
      return code;
    }

    String comparison() {
      return comparison;
    }

    ReasonCode comparisonCode() {
      return comparisonCode;
    }

    String verb() {
      return verb;
    }
  }
}
