package io.pharos.adopt.init;

import static java.util.Objects.requireNonNullElse;
import static java.util.stream.Collectors.joining;

import com.google.re2j.Pattern;
import io.pharos.adopt.init.Convention.TimeUnit;
import io.pharos.adopt.init.PageSurvey.Metric;
import io.pharos.adopt.init.RequestMetrics.Durations;
import io.pharos.adopt.init.RequestMetrics.Failure;
import io.pharos.adopt.init.RequestMetrics.Requests;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/// Finds the request metrics on a page: first by the names that known libraries use, then by
/// typical names and labels.
final class Detection {
  private static final List<String> ROUTES =
      List.of("uri", "path", "route", "http_route", "path_template", "url", "endpoint", "handler");
  private static final List<String> STATUSES =
      List.of(
          "status",
          "code",
          "status_code",
          "statusCode",
          "statuscode",
          "http_status",
          "http_status_code",
          "http_response_status_code",
          "response_code",
          "status_class");
  private static final Pattern STATUS = Pattern.compile("[1-5]\\d\\d|[1-5][xX]{2}");
  private static final Pattern CLASS = Pattern.compile("[1-5][xX]{2}");
  private static final Pattern DIGIT = Pattern.compile("[1-5]");
  private static final Pattern REQUESTS =
      Pattern.compile(
          "(.*_)?(requests?|responses?)(_count)?(_total)?"
              + "|(.*_)?(http|requests?|responses?)(_.*)?_(seconds|milliseconds|ms)_count");
  private static final Pattern DURATIONS =
      Pattern.compile(
          "(.*_)?(http|requests?|responses?)_?.*(duration|latency|time|seconds|milliseconds|ms).*");
  /* Matches metrics of outgoing requests, of requests to the metrics page and of sizes. */
  private static final Pattern EXCLUDED =
      Pattern.compile(
          "promhttp_.*|.*(client|outgoing|outbound|upstream|fetch|scrape|webhook|_size_?).*");

  /* A request is slow above a boundary of at least one second, because people notice such a delay.
   * The boundary is higher for a service whose requests usually take longer. */
  private static final double SLOW_SECONDS = 1;
  private static final double SLOW_FACTOR = 4;
  private static final double MIN_REQUESTS = 20;

  private final PageSurvey page;
  private final List<Convention> conventions;
  private final Set<String> leftOutPaths;
  private final List<String> notes = new ArrayList<>();

  private Detection(PageSurvey page, List<Convention> conventions, Set<String> leftOutPaths) {
    this.page = page;
    this.conventions = conventions;
    this.leftOutPaths = leftOutPaths;
  }

  /// @param leftOutPaths paths that users do not request: the paths of the metrics page and of the
  ///   probe
  /// @param named metrics that are used whatever the names mean; they must be on the page
  static RequestMetrics find(
      PageSurvey page, List<Convention> conventions, Set<String> leftOutPaths, NamedMetrics named) {
    var detection = new Detection(page, conventions, leftOutPaths);
    return named.isEmpty() ? detection.find() : detection.find(named);
  }

  private RequestMetrics find(NamedMetrics named) {
    RequestMetrics found = find();
    List<String> before = List.copyOf(notes);
    notes.clear();
    Optional<Requests> requests = found.requests();
    if (named.requests().isPresent()) {
      String name = named.requests().get();
      Metric metric = page.metric(name).orElseThrow();
      List<String> others = matchers(metric, List.of());
      Optional<Failure> failure =
          STATUSES.stream()
              .filter(label -> isStatus(metric, label))
              .findFirst()
              .map(label -> failure(name, metric, others, label));
      requests = Optional.of(new Requests("by --requests", name, others, failure, route(metric)));
    }
    if (requests.isPresent() && named.namesErrors()) {
      Requests counted = requests.get();
      Optional<Failure> failure = Optional.of(named.failure(page, counted));
      requests =
          Optional.of(
              new Requests(
                  counted.convention(),
                  counted.metric(),
                  counted.matchers(),
                  failure,
                  counted.route()));
    }
    Optional<Durations> durations = found.durations();
    if (named.duration().isPresent()) {
      String name = named.duration().get();
      durations = histogram(name, Optional.of(unit(name)), List.of());
    }
    if (requests.isEmpty() || (durations.isEmpty() && named.duration().isEmpty())) {
      notes.addAll(before);
    }
    return new RequestMetrics(requests, durations, notes);
  }

  /* Without a unit in the name, boundaries above a quarter of an hour are milliseconds. */
  private TimeUnit unit(String name) {
    Optional<TimeUnit> unit = TimeUnit.ofName(name);
    if (unit.isEmpty()) {
      boolean isLarge =
          page.metric(name + "_bucket").orElseThrow().buckets().keySet().stream()
              .anyMatch(bound -> Double.isFinite(bound) && bound > 900);
      unit = Optional.of(isLarge ? TimeUnit.MILLISECONDS : TimeUnit.SECONDS);
      notes.add(
          "The name %s has no unit; its boundaries are taken for %s."
              .formatted(name, isLarge ? "milliseconds" : "seconds"));
    }
    return unit.get();
  }

  private static boolean isStatus(Metric metric, String label) {
    return metric.has(label)
        && metric.values(label).stream().allMatch(value -> STATUS.matcher(value).matches());
  }

  private RequestMetrics find() {
    for (Convention convention : conventions) {
      Optional<Requests> requests = requests(convention);
      if (requests.isPresent()) {
        if (convention.status().isEmpty()) {
          Optional<Requests> better = guessRequests();
          if (better.isPresent()) {
            return new RequestMetrics(better, guessDurations(better.get().metric()), notes);
          }
          notes.add(
              ("No status of requests found, so there is no alert about errors (%s"
                      + " only counts requests).%s")
                  .formatted(convention.requests(), advice(convention)));
        }
        return new RequestMetrics(requests, durations(convention), notes);
      }
    }
    Optional<Requests> guessed = guessRequests();
    if (guessed.isEmpty()) {
      noteMissingRequests();
    }
    return new RequestMetrics(
        guessed, guessDurations(guessed.map(Requests::metric).orElse("")), notes);
  }

  private void noteMissingRequests() {
    List<String> names = conventions.stream().map(Convention::requests).distinct().toList();
    List<String> empty =
        names.stream()
            .filter(name -> page.declares(name) || page.declares(name.replaceAll("_count$", "")))
            .toList();
    notes.add(
        empty.isEmpty()
            ? "No request counter with a status found, so there are no alerts about errors and"
                + " traffic. A service without requests may not expose the counter yet: send it a"
                + " request and run init again with --force."
            : String.join(", ", empty)
                + " has no series with a status, so there are no alerts about errors and traffic."
                + " Send the service a request and run init again with --force.");
  }

  private Optional<Requests> requests(Convention convention) {
    Optional<Metric> found = page.metric(convention.requests());
    if (found.isEmpty()
        || !(convention.onlyWith().isEmpty() || page.metric(convention.onlyWith()).isPresent())) {
      return Optional.empty();
    }
    Metric metric = found.get();
    Optional<String> label = convention.status().stream().filter(metric::has).findFirst();
    if (label.isEmpty() && !convention.status().isEmpty()) {
      return Optional.empty();
    }
    List<String> others = matchers(metric, convention.leaveOut());
    return Optional.of(
        new Requests(
            convention.name(),
            convention.requests(),
            others,
            label.map(name -> failure(metric, others, name, convention)),
            route(metric)));
  }

  private static Failure failure(
      Metric metric, List<String> others, String label, Convention convention) {
    return convention.errors().isEmpty()
        ? failure(convention.requests(), metric, others, label)
        : Failure.byStatus(
            convention.requests(),
            others,
            label,
            convention.errors(),
            convention.examples().getFirst(),
            convention.examples().getLast());
  }

  private static Failure failure(String name, Metric metric, List<String> others, String label) {
    Set<String> values = metric.values(label);
    if (values.stream().anyMatch(value -> CLASS.matcher(value).matches())) {
      return Failure.byStatus(name, others, label, "5..", "2xx", "5xx");
    }
    return values.stream().allMatch(value -> DIGIT.matcher(value).matches())
        ? Failure.byStatus(name, others, label, "5", "2", "5")
        : Failure.byStatus(name, others, label, "5..", "200", "500");
  }

  private static Optional<String> route(Metric metric) {
    return ROUTES.stream().filter(metric::has).findFirst();
  }

  /// Returns the matchers that exclude requests: the convention's matchers whose labels the metric
  /// has, and a matcher for the paths that users do not request.
  private List<String> matchers(Metric metric, List<String> leaveOut) {
    var matchers = new ArrayList<>(leaveOut);
    matchers.removeIf(matcher -> !metric.has(matcher.substring(0, matcher.indexOf('!'))));
    Optional<String> route =
        ROUTES.stream()
            .filter(
                label ->
                    metric.values(label).stream().anyMatch(value -> value.startsWith("/"))
                        && matchers.stream().noneMatch(matcher -> matcher.startsWith(label + "!")))
            .findFirst();
    if (route.isPresent() && !leftOutPaths.isEmpty()) {
      String paths = leftOutPaths.stream().map(Detection::quoted).collect(joining("|"));
      boolean isExact = leftOutPaths.size() == 1 && paths.indexOf('[') < 0;
      matchers.add(route.get() + (isExact ? "!=\"" : "!~\"") + paths + "\"");
    }
    return matchers;
  }

  private static String quoted(String path) {
    return path.replaceAll("([.+*?()|\\[\\]{}^$])", "[$1]");
  }

  private Optional<Requests> guessRequests() {
    for (String name : page.names()) {
      Metric metric = page.metric(name).orElseThrow();
      if (!REQUESTS.matcher(name).matches() || EXCLUDED.matcher(name).matches()) {
        continue;
      }
      Optional<String> label =
          STATUSES.stream().filter(status -> isStatus(metric, status)).findFirst();
      if (label.isPresent()) {
        List<String> others = matchers(metric, List.of());
        notes.add(
            ("No known library has the metric %s. It is used as the request counter because of"
                    + " its name and its label %s; check that this is right.")
                .formatted(name, label.get()));
        return Optional.of(
            new Requests(
                "by its name",
                name,
                others,
                Optional.of(failure(name, metric, others, label.get())),
                route(metric)));
      }
    }
    return Optional.empty();
  }

  private Optional<Durations> durations(Convention convention) {
    for (String name : convention.durations()) {
      if (page.metric(name + "_bucket").isPresent()) {
        return histogram(
            name, convention.unit().or(() -> TimeUnit.ofName(name)), convention.leaveOut());
      }
    }
    List<String> buckets = convention.durations().stream().map(name -> name + "_bucket").toList();
    notes.add(
        "No histogram of request durations found, so there is no latency alert."
            + (buckets.isEmpty()
                ? ""
                : " Looked for " + String.join(", ", buckets) + summaries(convention) + ".")
            + advice(convention));
    return Optional.empty();
  }

  private String summaries(Convention convention) {
    return convention.durations().stream()
        .filter(name -> page.metric(name).map(metric -> metric.has("quantile")).orElse(false))
        .findFirst()
        .map(
            " (%s is a summary: its quantiles can't be aggregated over instances or time)"
                ::formatted)
        .orElse("");
  }

  private static String advice(Convention convention) {
    return convention.advice().isEmpty()
        ? ""
        : (" To enable the alert, " + convention.advice().strip() + ".").replace("  ", " ");
  }

  private Optional<Durations> guessDurations(String requests) {
    String prefix = requests.replaceAll("_(count|total|requests_total)$", "");
    List<String> candidates =
        page.names().stream()
            .filter(name -> name.endsWith("_bucket"))
            .map(name -> name.substring(0, name.length() - "_bucket".length()))
            .filter(name -> DURATIONS.matcher(name).matches())
            .filter(name -> !EXCLUDED.matcher(name).matches())
            .filter(name -> TimeUnit.ofName(name).isPresent())
            .toList();
    Optional<String> name =
        candidates.stream()
            .filter(candidate -> candidate.startsWith(prefix))
            .findFirst()
            .or(() -> candidates.stream().findFirst());
    if (name.isEmpty()) {
      notes.add(
          "No histogram of request durations found, so there is no latency alert;"
              + " --duration=HISTOGRAM names one.");
    }
    return name.flatMap(it -> histogram(it, TimeUnit.ofName(it), List.of()));
  }

  private Optional<Durations> histogram(
      String name, Optional<TimeUnit> unit, List<String> leaveOut) {
    Metric metric = page.metric(name + "_bucket").orElseThrow();
    double perSecond = unit.orElse(TimeUnit.SECONDS).perSecond();
    NavigableMap<Double, Double> buckets = metric.buckets();
    OptionalDouble usual = percentile(buckets);
    double minBoundary =
        Math.max(
            SLOW_SECONDS * perSecond, usual.isPresent() ? SLOW_FACTOR * usual.getAsDouble() : 0);
    List<Double> finite = buckets.keySet().stream().filter(Double::isFinite).toList();
    for (double bound : finite) {
      boolean isLast = bound == finite.getLast();
      if (bound >= minBoundary || (isLast && usual.orElse(0) < bound)) {
        return Optional.of(
            new Durations(
                name,
                matchers(metric, leaveOut),
                unit.orElse(TimeUnit.SECONDS),
                bound,
                metric.bound(bound),
                usual.isPresent()
                    ? OptionalDouble.of(usual.getAsDouble() / perSecond)
                    : OptionalDouble.empty()));
      }
    }
    notes.add(
        name
            + " has the boundaries "
            + finite.stream().map(RequestMetrics::plain).collect(joining(", "))
            + "; a slow request is one above "
            + RequestMetrics.plain(minBoundary)
            + (usual.isPresent()
                ? " (95 % of the requests so far took up to "
                    + RequestMetrics.plain(usual.getAsDouble())
                    + ")"
                : "")
            + ", so there is no latency alert. Add a higher boundary to the histogram.");
    return Optional.empty();
  }

  /// Returns the lowest boundary that at least 95 % of the requests did not exceed; empty if there
  /// were fewer than 20 requests.
  private static OptionalDouble percentile(NavigableMap<Double, Double> buckets) {
    double total = buckets.isEmpty() ? 0 : buckets.lastEntry().getValue();
    if (total < MIN_REQUESTS) {
      return OptionalDouble.empty();
    }
    return buckets.entrySet().stream()
        .filter(entry -> entry.getValue() >= 0.95 * total)
        .map(Map.Entry::getKey)
        .mapToDouble(le -> Double.isFinite(le) ? le : requireNonNullElse(buckets.lowerKey(le), 0.0))
        .findFirst();
  }
}
