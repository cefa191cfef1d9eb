package io.pharos.adopt.init;

import static java.util.stream.Collectors.joining;

import io.pharos.adopt.init.PageSurvey.Metric;
import io.pharos.model.Quoted;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The metrics of a page as a person sees them: a histogram is one metric. It proposes which of
/// them count requests and errors, and which measures durations.
final class PageMetrics {
  /// The kind of a metric: as the page declares it, else by its name.
  enum Kind {
    COUNTER("counter"),
    HISTOGRAM("histogram"),
    SUMMARY("summary"),
    GAUGE("gauge");

    private final String word;

    Kind(String word) {
      this.word = word;
    }

    String word() {
      return word;
    }
  }

  /// One metric.
  ///
  /// @param series the series of the counter, of the gauge, or of the histogram's buckets
  record Seen(String name, Kind kind, Metric series) {}

  private static final int MAX_LINES = 40;
  private static final int MAX_BOUNDS = 20;
  private static final String PARTS = "_(bucket|count|sum|created)$";
  private static final Pattern COUNTED = Pattern.compile(".*(_total|[cC]ount|_failures|_errors)");
  /* Metrics of a language's runtime and of the scrape: of no use for requests. */
  private static final Pattern RUNTIME =
      Pattern.compile(
          "(go|process|python|jvm|nodejs|promhttp|scrape|dotnet|ruby|system|executor|hikaricp"
              + "|logback|tomcat|disk|application)_.*|up|.*_created|.*_build_info");
  private static final Pattern REQUEST =
      Pattern.compile(
          "(?i)request|response|call|quer|rpc|operation|_ops|message|command|handled|processed|jobs");
  private static final Pattern ERROR = Pattern.compile("(?i)error|fail|exception|fault");
  private static final Pattern FAILED =
      Pattern.compile(
          "(?i)(5\\d\\d|5xx|[\\w.:/-]*err(or)?s?|fail[\\w.:/-]*|exception|false|ko|nok)");
  private static final Pattern DURATION =
      Pattern.compile("(?i).*(duration|latency|time|seconds|millis|ms)");
  private static final Pattern AMOUNT = Pattern.compile("(?i)bytes|size|seconds|length");

  private final Map<String, Seen> metrics = new TreeMap<>();

  private PageMetrics() {}

  static PageMetrics of(PageSurvey page) {
    var all = new PageMetrics();
    for (String name : page.names()) {
      Metric series = page.metric(name).orElseThrow();
      String base = name.replaceAll(PARTS, "");
      if (name.endsWith("_bucket") && series.has("le")) {
        all.metrics.put(base, new Seen(base, Kind.HISTOGRAM, series));
      } else if (series.has("quantile") || page.type(base).equals("summary")) {
        all.metrics.putIfAbsent(base, new Seen(base, Kind.SUMMARY, series));
      } else if (name.equals(base) || page.metric(base + "_sum").isEmpty()) {
        boolean isCounter =
            page.type(name).equals("counter")
                || (List.of("", "untyped", "unknown").contains(page.type(name))
                    && COUNTED.matcher(name).matches());
        all.metrics.putIfAbsent(
            name, new Seen(name, isCounter ? Kind.COUNTER : Kind.GAUGE, series));
      }
    }
    return all;
  }

  Optional<Seen> of(String name) {
    return Optional.ofNullable(metrics.get(name));
  }

  /// Returns the names of the counters, also those that a histogram or a summary contains.
  List<String> counters() {
    return metrics.values().stream()
        .flatMap(
            it ->
                switch (it.kind()) {
                  case COUNTER -> Stream.of(it.name());
                  case HISTOGRAM, SUMMARY -> Stream.of(it.name() + "_count");
                  case GAUGE -> Stream.<String>of();
                })
        .toList();
  }

  /// Returns the names of the histograms.
  List<String> histograms() {
    return metrics.values().stream()
        .filter(it -> it.kind() == Kind.HISTOGRAM)
        .map(Seen::name)
        .toList();
  }

  /// Returns what may be meant by the names. A person must confirm it.
  ///
  /// @param known the request counter, if `init` recognised it
  NamedMetrics proposal(Optional<String> known) {
    Optional<Seen> histogram = best(Kind.HISTOGRAM, "", it -> matches(DURATION, it));
    Optional<Seen> counter =
        best(
            Kind.COUNTER,
            histogram.map(Seen::name).orElse(""),
            it -> names(REQUEST, it) && !names(ERROR, it) && !names(AMOUNT, it));
    Optional<String> requests =
        counter.map(Seen::name).or(() -> histogram.map(it -> it.name() + "_count"));
    String name = known.or(() -> requests).orElse("");
    Optional<String> match = counter.flatMap(PageMetrics::failures);
    Optional<String> errors =
        match.isPresent() || requests.isEmpty()
            ? Optional.empty()
            : best(Kind.COUNTER, name, it -> names(ERROR, it)).map(Seen::name);
    Optional<String> duration =
        best(Kind.HISTOGRAM, name, it -> matches(DURATION, it) && isOfRequests(it, name))
            .map(Seen::name);
    return new NamedMetrics(requests, errors, match, duration);
  }

  /* Whether a histogram names requests, or is of the part of the program that counts them. */
  private static boolean isOfRequests(Seen histogram, String counter) {
    Matcher word = REQUEST.matcher(counter);
    String part = word.find() ? counter.substring(0, word.start()) : "";
    return names(REQUEST, histogram)
        || histogram.name().contains("latency")
        || histogram.name().startsWith(part);
  }

  private static boolean names(Pattern pattern, Seen seen) {
    return pattern.matcher(seen.name()).find();
  }

  private static boolean matches(Pattern pattern, Seen seen) {
    return pattern.matcher(seen.name()).matches();
  }

  /* The metric that has the most letters in common with another at its beginning. */
  private Optional<Seen> best(Kind kind, String like, Predicate<Seen> condition) {
    return metrics.values().stream()
        .filter(it -> it.kind() == kind && !matches(RUNTIME, it) && condition.test(it))
        .max(
            Comparator.<Seen>comparingInt(it -> common(it.name(), like))
                .thenComparing(Seen::name, Comparator.reverseOrder()));
  }

  private static int common(String one, String other) {
    int letters = 0;
    while (letters < Math.min(one.length(), other.length())
        && one.charAt(letters) == other.charAt(letters)) {
      letters++;
    }
    return letters;
  }

  /* The matcher of the label that seems to tell failures. */
  private static Optional<String> failures(Seen counter) {
    for (String label : counter.series().labels().stream().sorted().toList()) {
      List<String> failed =
          counter.series().values(label).stream()
              .filter(value -> FAILED.matcher(value).matches())
              .toList();
      if (!failed.isEmpty() && failed.size() < counter.series().values(label).size()) {
        return Optional.of(
            failed.size() == 1
                ? label + "=\"" + failed.getFirst() + "\""
                : label + "=~\"" + String.join("|", failed) + "\"");
      }
    }
    return Optional.empty();
  }

  /// Returns one line per metric: its kind, labels, and how it is read.
  ///
  /// @param read what the metrics are taken for, as in `requests`
  List<String> table(Map<String, String> read) {
    List<Seen> shown =
        metrics.values().stream()
            .filter(it -> !matches(RUNTIME, it) || read.containsKey(it.name()))
            .sorted(Comparator.comparing(it -> !read.containsKey(it.name())))
            .toList();
    int width = shown.stream().mapToInt(it -> it.name().length()).max().orElse(0);
    var lines = new ArrayList<String>();
    for (Seen it : shown.stream().limit(MAX_LINES).toList()) {
      lines.add(
          ("%-" + Math.max(1, Math.min(width, 56)) + "s  %-9s  %-10s  %s")
              .formatted(it.name(), it.kind().word(), read.getOrDefault(it.name(), "-"), detail(it))
              .stripTrailing());
    }
    if (shown.size() > MAX_LINES) {
      lines.add("and " + (shown.size() - MAX_LINES) + " more");
    }
    int hidden = metrics.size() - shown.size();
    if (hidden > 0) {
      lines.add(hidden + " metrics of the process and its runtime are left out");
    }
    return lines;
  }

  private static String detail(Seen seen) {
    if (seen.kind() == Kind.HISTOGRAM) {
      var bounds = seen.series().buckets().keySet();
      return bounds.stream()
          .filter(Double::isFinite)
          .limit(MAX_BOUNDS)
          .map(RequestMetrics::plain)
          .collect(joining(" ", "", bounds.size() > MAX_BOUNDS + 1 ? " …" : ""));
    }
    return seen.series().labels().stream()
        .filter(label -> !label.equals("quantile"))
        .sorted()
        .limit(4)
        .map(
            label ->
                label
                    + "="
                    + seen.series().values(label).stream()
                        .limit(3)
                        .map(value -> Quoted.cut(value, 40))
                        .collect(joining("|"))
                    + (seen.series().values(label).size() > 3 ? "|…" : ""))
        .collect(joining(", "));
  }
}
