package io.pharos.server.web.home;

import static java.util.stream.Collectors.joining;

import com.google.re2j.Pattern;
import io.pharos.adopt.init.Convention;
import io.pharos.model.Labels;
import io.pharos.model.Quoted;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.InstantVector;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// The expressions of the request signals of jobs whose metrics follow one convention. Each
/// expression has one series for each job.
///
/// @param jobs the jobs
/// @param requests answered requests a second
/// @param errors the share of failed requests, from 0 to 1; empty if no label tells them from
///   others
/// @param latency 95th percentile of the durations in seconds; empty if there is no histogram
record RequestSignals(
    Set<String> jobs, String requests, Optional<String> errors, Optional<String> latency) {
  private static final String WINDOW = "5m";

  RequestSignals {
    jobs = Set.copyOf(jobs);
  }

  /// Finds the conventions that the jobs follow by the metrics that they have now.
  ///
  /// @param at Unix milliseconds
  static List<RequestSignals> find(Evaluator evaluator, List<Convention> conventions, long at) {
    Map<String, Set<String>> jobsOf = jobsOf(evaluator, names(conventions), at);
    var taken = new TreeSet<String>();
    var found = new ArrayList<RequestSignals>();
    for (Convention convention : conventions) {
      var jobs = new TreeSet<>(jobsOf.getOrDefault(convention.requests(), Set.of()));
      if (!convention.onlyWith().isEmpty()) {
        jobs.retainAll(jobsOf.getOrDefault(convention.onlyWith(), Set.of()));
      }
      jobs.removeAll(taken);
      if (!jobs.isEmpty()) {
        taken.addAll(jobs);
        found.add(of(evaluator, convention, jobs, jobsOf, at));
      }
    }
    return found;
  }

  private static Stream<String> names(List<Convention> conventions) {
    return conventions.stream()
        .flatMap(
            it ->
                Stream.concat(
                    Stream.of(it.requests(), it.onlyWith()),
                    it.durations().stream().map(name -> name + "_bucket")))
        .filter(name -> !name.isEmpty())
        .distinct();
  }

  /// Returns the jobs that have each metric.
  private static Map<String, Set<String>> jobsOf(
      Evaluator evaluator, Stream<String> names, long at) {
    String anyName = names.map(Pattern::quote).collect(joining("|"));
    var jobs = new HashMap<String, Set<String>>();
    for (Labels labels :
        vector(
            evaluator,
            "count by (__name__, job) ({__name__=~%s})".formatted(Quoted.of(anyName)),
            at)) {
      jobs.computeIfAbsent(labels.get("__name__"), _ -> new TreeSet<>()).add(labels.get("job"));
    }
    return jobs;
  }

  private static List<Labels> vector(Evaluator evaluator, String expression, long at) {
    var labels = new ArrayList<Labels>();
    if (evaluator.instant(expression, at).value() instanceof InstantVector vector) {
      for (int i = 0; i < vector.size(); i++) {
        labels.add(vector.labels(i));
      }
    }
    return labels;
  }

  private static RequestSignals of(
      Evaluator evaluator,
      Convention convention,
      Set<String> jobs,
      Map<String, Set<String>> jobsOf,
      long at) {
    var matchers = new ArrayList<String>();
    matchers.add("job=~" + Quoted.of(jobs.stream().map(Pattern::quote).collect(joining("|"))));
    matchers.addAll(convention.leaveOut());
    String all = selector(convention.requests(), matchers);
    Optional<String> status =
        convention.status().stream()
            .filter(
                label ->
                    !vector(
                            evaluator,
                            "count(%s)"
                                .formatted(
                                    selector(
                                        convention.requests(), plus(matchers, label + "!=\"\""))),
                            at)
                        .isEmpty())
            .findFirst();
    Optional<String> histogram =
        convention.durations().stream()
            .filter(name -> jobsOf.containsKey(name + "_bucket"))
            .findFirst();
    String total = "sum by (job) (rate(%s[%s]))".formatted(all, WINDOW);
    return new RequestSignals(
        jobs,
        total,
        status.map(
            label ->
                "(sum by (job) (rate(%s[%s])) or 0 * %s) / %s"
                    .formatted(
                        selector(
                            convention.requests(),
                            plus(matchers, label + "=~" + Quoted.of(convention.failed()))),
                        WINDOW,
                        total,
                        total)),
        histogram.map(
            name ->
                "histogram_quantile(0.95, sum by (job, le) (rate(%s[%s]))) / %s"
                    .formatted(
                        selector(name + "_bucket", matchers),
                        WINDOW,
                        convention.unitOf(name).perSecond())));
  }

  private static List<String> plus(List<String> matchers, String one) {
    return Stream.concat(matchers.stream(), Stream.of(one)).toList();
  }

  private static String selector(String metric, List<String> matchers) {
    return metric + "{" + String.join(",", matchers) + "}";
  }
}
