package io.pharos.gate.policy;

import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.Strategy;
import io.pharos.model.LabelMatcher;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// A check that a policy requires of a candidate.
public sealed interface Check {
  /// Returns the name of the check within its policy.
  String id();

  /// Returns whether a pass of the gate needs a pass of this check.
  boolean required();

  /// Returns whether a failure of this check fails the gate.
  boolean blocking();

  /// Returns the kind of the check: its key in the policy file.
  default String kind() {
    return switch (this) {
      case Version _, UnprovenVersion _ -> "version";
      case Restarts _ -> "restarts";
      case Probes _ -> "probes";
      case Alerts _ -> "alerts";
      case Bound bound -> bound.subject().bound;
      case Relative relative -> relative.subject().comparison;
      case Paired _ -> "paired_probes";
      case Gauge _ -> "gauges";
      case Budget _ -> "budget";
    };
  }

  /// Returns the texts of the check that may contain variables.
  default List<PolicyText> templates() {
    return switch (this) {
      case Version version -> List.of(version.selector());
      case UnprovenVersion _ -> List.of();
      case Restarts restarts -> List.of(restarts.selector());
      case Probes probes -> probes.names();
      case Alerts alerts -> alerts.matchers();
      case Bound bound ->
          Stream.of(bound.total(), bound.bad(), bound.good()).flatMap(List::stream).toList();
      case Relative relative ->
          Stream.of(relative.total(), relative.bad()).flatMap(List::stream).toList();
      case Paired paired -> List.of(paired.probe());
      case Gauge gauge -> List.of(gauge.selector());
      case Budget budget -> Stream.of(budget.total(), budget.bad()).flatMap(List::stream).toList();
    };
  }

  /// Returns the names of the deployment's variables that the check uses.
  default Set<String> variables() {
    var names = new TreeSet<String>();
    templates().forEach(template -> names.addAll(template.variables()));
    return names;
  }

  /// Does the candidate run the announced version?
  ///
  /// @param selector series whose labels contain the version, one for each instance
  /// @param label the label with the version
  /// @param shaLabel the label with the commit; optional on a series
  /// @param digestLabel the label with the image digest; optional on a series
  /// @param instances number of instances that must run the version
  record Version(
      String id,
      boolean required,
      boolean blocking,
      PolicyText selector,
      String label,
      String shaLabel,
      String digestLabel,
      int instances)
      implements Check {}

  /// The policy says `version: none`. Nothing proves the running version, and every verdict
  /// mentions that.
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

  /// Does the candidate run without restarts?
  ///
  /// @param selector gauges of the start of each process, in seconds since 1970
  /// @param max maximum number of restarts with which the check does not fail
  record Restarts(String id, boolean required, boolean blocking, PolicyText selector, int max)
      implements Check {}

  /// Do the probes of the candidate succeed?
  ///
  /// @param names probes of the candidate itself, not of the load balancer
  /// @param consecutiveOk number of consecutive successes that each probe needs
  /// @param minDuration minimum time that these successes span
  /// @param consecutiveFailed number of consecutive failures that fail the check
  /// @param startup time in which failures before the first success do not count
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
  /// @param matchers lists of matchers; an alert counts only if all lists match it
  /// @param severities values of the label `severity` that count; empty means every alert
  /// @param ignore lists of matchers; an alert does not count if one list matches it
  /// @param maxAge maximum age of the last evaluation of the rules
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
  /// @param bad selectors of counters of bad requests; empty if `good` is given
  /// @param good selectors of counters of good requests, such as a histogram's bucket
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
    /// The smallest accepted bound. The evidence compares a bound with fractions down to 1e-6,
    /// which must be much smaller than the bound.
    public static final double MIN = 1e-4;

    /// The largest accepted bound. The evidence compares a bound with fractions up to 0.999, which
    /// must be larger than the bound.
    public static final double MAX = 0.9;

    public Bound {
      total = List.copyOf(total);
      bad = List.copyOf(bad);
      good = List.copyOf(good);
      if (total.isEmpty() || bad.isEmpty() == good.isEmpty()) {
        throw new IllegalArgumentException(
            "expected selectors in total, and in either bad or good");
      }
    }
  }

  /// A comparison of the candidate with the baseline by counts of requests.
  sealed interface Comparing extends Check {
    /// Returns the permitted ratio of the candidate's failure rate to the baseline's, 1 to 10.
    double theta0();

    /// Returns the number of requests that each side needs before the check can pass.
    int minRequests();

    /// Returns the verb that describes bad requests in a sentence, such as `failed`.
    String verb();
  }

  /// Is the candidate worse than the baseline beside it? If it replaces the previous release in
  /// place: is it worse than that release was in the hour before and on the day before?
  ///
  /// @param total selectors of counters of requests, for either side; for latency, of all buckets
  ///   of a histogram
  /// @param bad selectors of counters of bad requests; of requests without an answer for answers;
  ///   empty for latency
  /// @param boundaries upper bounds of request times in seconds, ascending, 1 to 4 buckets of the
  ///   histogram; empty for errors and answers, or for all buckets
  /// @param statusLabel the label with the status of an answer; empty unless answers are compared
  /// @param routeLabel the label with the route of a request, to compare each route by itself as
  ///   well; empty if routes are not compared
  record Relative(
      String id,
      boolean required,
      boolean blocking,
      Subject subject,
      List<PolicyText> total,
      List<PolicyText> bad,
      List<Double> boundaries,
      String statusLabel,
      String routeLabel,
      double theta0,
      int minRequests)
      implements Comparing {
    public Relative {
      total = List.copyOf(total);
      bad = List.copyOf(bad);
      boundaries = List.copyOf(boundaries);
    }

    /// Returns whether no baseline runs beside the candidate, so that it is compared with the
    /// previous release at earlier times.
    public boolean isInPlace(Deployment deployment) {
      return deployment.announcement().strategy() == Strategy.RECREATE
          && templates().stream().noneMatch(text -> text.namesCandidate(deployment));
    }

    @Override
    public String verb() {
      return subject.verb();
    }
  }

  /// Does the candidate fail more of the requests that Pharos sends to both sides?
  ///
  /// @param probe name of the probe of each side, with a variable that distinguishes the sides
  /// @param rate pairs per second, 1 to 5
  record Paired(
      String id,
      boolean required,
      boolean blocking,
      PolicyText probe,
      int rate,
      double theta0,
      int minRequests)
      implements Comparing {
    /// The highest rate of pairs per second; each pair is two requests.
    public static final int MAX_RATE = 5;

    @Override
    public String verb() {
      return "failed";
    }
  }

  /// Does a gauge of the candidate differ from the baseline's, or does it grow without end?
  ///
  /// @param blocking false unless growth is judged: a difference is only advice
  /// @param selector series of the gauge, for either side; several series are averaged
  /// @param margin allowed difference, as a fraction of the baseline's level
  /// @param direction the bad direction of a difference
  /// @param growth whether to judge growth instead of a difference
  record Gauge(
      String id,
      boolean required,
      boolean blocking,
      PolicyText selector,
      double margin,
      Direction direction,
      boolean growth)
      implements Check {}

  /// The direction in which a gauge of the candidate must not differ from the baseline's.
  enum Direction {
    INCREASE,
    DECREASE,
    EITHER
  }

  /// Has the service burned its error budget too fast since the deployment, or has it used up the
  /// budget?
  ///
  /// @param total selectors of counters of requests of the service
  /// @param bad selectors of counters of bad requests
  /// @param objective the fraction of requests that must be good
  /// @param window the period of the budget
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

  /// The bad requests that a bound or a comparison counts.
  enum Subject {
    ERRORS("error_bound", "errors_vs_baseline", "failed"),
    LATENCY("latency_bound", "latency_vs_baseline", "were slow"),
    /// Answers by the class of their status, which have no fixed bound.
    ANSWERS("", "answers_vs_baseline", "were answered badly");

    /// The kind of the checks that compare these bad requests with a fixed bound; empty if there
    /// are none.
    final String bound;

    /// The kind of the checks that compare these bad requests with the baseline.
    final String comparison;

    private final String verb;

    Subject(String bound, String comparison, String verb) {
      this.bound = bound;
      this.comparison = comparison;
      this.verb = verb;
    }

    /// Returns the verb that describes bad requests in a sentence, such as `failed`.
    public String verb() {
      return verb;
    }
  }
}
