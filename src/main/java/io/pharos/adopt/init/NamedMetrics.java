package io.pharos.adopt.init;

import static java.util.stream.Collectors.joining;

import io.pharos.adopt.init.PageSurvey.Metric;
import io.pharos.adopt.init.RequestMetrics.Failure;
import io.pharos.adopt.init.RequestMetrics.Requests;
import io.pharos.config.yaml.Suggestion;
import io.pharos.model.LabelMatcher;
import io.pharos.model.MatcherParser;
import io.pharos.model.Quoted;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The request metrics of a service as a person names them, because `init` does not know the names.
///
/// @param requests a counter of all requests
/// @param errors a counter of failed requests; empty if `requests` counts them too
/// @param errorsMatch matchers of the failed requests, such as `result="failure"`
/// @param duration a histogram without `_bucket`
public record NamedMetrics(
    Optional<String> requests,
    Optional<String> errors,
    Optional<String> errorsMatch,
    Optional<String> duration) {
  /// No metric is named.
  public static final NamedMetrics NONE =
      new NamedMetrics(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

  public NamedMetrics {
    duration = duration.map(name -> name.replaceAll("_bucket$", ""));
  }

  /// Whether no metric is named.
  public boolean isEmpty() {
    return equals(NONE);
  }

  boolean namesErrors() {
    return errors.isPresent() || errorsMatch.isPresent();
  }

  /// Returns the flags of `init` with these values, for a shell.
  public List<String> flags() {
    return Stream.of(
            requests.map(name -> "--requests=" + name),
            errors.map(name -> "--errors=" + name),
            errorsMatch.map(text -> "--errors-match='" + text + "'"),
            duration.map(name -> "--duration=" + name))
        .flatMap(Optional::stream)
        .toList();
  }

  /// Returns why a metric or a matcher does not fit the page; empty if all fit.
  ///
  /// @param recognised the request counter that `init` found itself
  Optional<String> problem(PageSurvey page, PageMetrics metrics, Optional<String> recognised) {
    Optional<String> counter = requests.or(() -> recognised);
    if (counter.isEmpty() && namesErrors()) {
      return Optional.of("--errors needs --requests, the counter of all requests");
    }
    return requests
        .flatMap(name -> wrongCounter("--requests", name, metrics))
        .or(() -> errors.flatMap(name -> wrongCounter("--errors", name, metrics)))
        .or(() -> duration.flatMap(name -> wrongHistogram(name, metrics)))
        .or(() -> errorsMatch.flatMap(text -> wrongMatch(text, page, errors.or(() -> counter))))
        .or(
            () ->
                errors
                    .filter(name -> errorsMatch.isEmpty() && counter.equals(Optional.of(name)))
                    .map(_ -> "--errors is the request counter itself: --errors-match is missing"));
  }

  private static Optional<String> wrongCounter(String flag, String name, PageMetrics metrics) {
    if (metrics.counters().contains(name)) {
      return Optional.empty();
    }
    return Optional.of(
        metrics
            .of(name)
            .map(it -> "%s: %s is a %s, expected a counter".formatted(flag, name, it.kind().word()))
            .orElseGet(() -> "%s: the page has no metric %s".formatted(flag, Quoted.of(name)))
            .concat(seen("counters", name, metrics.counters())));
  }

  private static Optional<String> wrongHistogram(String name, PageMetrics metrics) {
    Optional<PageMetrics.Seen> seen = metrics.of(name);
    if (seen.filter(it -> it.kind() == PageMetrics.Kind.HISTOGRAM).isPresent()) {
      return Optional.empty();
    }
    return Optional.of(
        seen.map(
                it ->
                    "--duration: %s is a %s, expected a histogram%s"
                        .formatted(
                            name,
                            it.kind().word(),
                            it.kind() == PageMetrics.Kind.SUMMARY
                                ? " (quantiles can't be aggregated over instances or time)"
                                : ""))
            .orElseGet(() -> "--duration: the page has no metric " + Quoted.of(name))
            .concat(seen("histograms", name, metrics.histograms())));
  }

  private static String seen(String noun, String wrong, Collection<String> known) {
    List<String> near = Suggestion.closest(wrong, known);
    List<String> named = near.isEmpty() ? known.stream().limit(3).toList() : near;
    return known.isEmpty()
        ? "; the page has no " + noun
        : "; its %d %s include %s".formatted(known.size(), noun, String.join(", ", named));
  }

  private static Optional<String> wrongMatch(
      String text, PageSurvey page, Optional<String> counter) {
    String name = counter.orElseThrow();
    Metric metric = page.metric(name).orElseThrow();
    List<LabelMatcher> matchers;
    try {
      matchers = MatcherParser.parseMatchers(text);
    } catch (IllegalArgumentException e) {
      return Optional.of(
          "--errors-match is %s, expected matchers such as result=\"failure\": %s"
              .formatted(Quoted.of(text), e.getMessage()));
    }
    if (matchers.isEmpty()) {
      return Optional.of("--errors-match has no matcher, expected one such as result=\"failure\"");
    }
    for (LabelMatcher matcher : matchers) {
      if (!metric.has(matcher.name())) {
        return Optional.of(
            "--errors-match: %s has no label %s; its labels are %s"
                .formatted(
                    name,
                    matcher.name(),
                    metric.labels().isEmpty() ? "none" : String.join(", ", metric.labels())));
      }
      if (example(metric, matcher, true).isEmpty()) {
        return Optional.of(
            "--errors-match: no value of %s matches %s; its values include %s"
                .formatted(
                    matcher.name(),
                    matcher,
                    metric.values(matcher.name()).stream().limit(5).collect(joining(", "))));
      }
    }
    return Optional.empty();
  }

  /// Returns how the failures are counted; [#problem] has found nothing wrong.
  Failure failure(PageSurvey page, Requests counted) {
    String name = errors.orElse(counted.metric());
    Metric metric = page.metric(name).orElseThrow();
    List<LabelMatcher> own = errorsMatch.map(MatcherParser::parseMatchers).orElse(List.of());
    var texts = new ArrayList<>(counted.matchers());
    texts.removeIf(text -> !metric.has(text.replaceAll("[!=].*", "")));
    own.forEach(matcher -> texts.add(text(matcher)));
    String bad = own.stream().map(it -> labelled(metric, it, true)).collect(joining(","));
    String good =
        name.equals(counted.metric())
            ? own.stream().limit(1).map(it -> labelled(metric, it, false)).collect(joining(","))
            : "";
    return new Failure(
        name,
        texts,
        own.isEmpty() ? "" : own.getFirst().name(),
        own.stream().map(NamedMetrics::text).collect(joining(",")),
        good,
        bad);
  }

  private static String text(LabelMatcher matcher) {
    String value = matcher.value().replace("\\", "\\\\").replace("\"", "\\\"");
    return matcher.name() + matcher.type().symbol() + "\"" + value + "\"";
  }

  private static String labelled(Metric metric, LabelMatcher matcher, boolean isMatch) {
    return matcher.name() + "=\"" + example(metric, matcher, isMatch).orElse("") + "\"";
  }

  /* A value that the page has, a typical value, or one that the matcher itself names. */
  private static Optional<String> example(Metric metric, LabelMatcher matcher, boolean isMatch) {
    return Stream.of(
            metric.values(matcher.name()).stream(),
            Stream.of("ok", "200", "500", "503", "error", "failure"),
            Stream.of(matcher.value().split("\\|")).map(it -> it.replaceAll("[()^$]", "")))
        .flatMap(it -> it)
        .filter(value -> !value.isEmpty() && matcher.matches(value) == isMatch)
        .findFirst();
  }
}
