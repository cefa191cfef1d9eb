package io.pharos.server.web.design;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.PromDuration;
import io.pharos.rules.GroupSnapshot;
import io.pharos.rules.RuleSnapshot;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// The addresses of pages, as paths on this server.
public final class PageLinks {
  private PageLinks() {}

  /// Returns the page of an incident. Its id is the fingerprint of the group's labels, so the
  /// address stays the same over restarts, on each replica and for the next incident of the group.
  public static String incident(Labels groupLabels) {
    return "/incidents/" + Fingerprint.of(groupLabels);
  }

  /// Returns the page of a rule. Its id is a hash of all that identifies a rule; two rules that
  /// differ in nothing share a page.
  public static String rule(GroupSnapshot group, RuleSnapshot rule) {
    return "/rules/" + ruleId(group, rule);
  }

  /// Returns the id of a rule in its page's address.
  public static String ruleId(GroupSnapshot group, RuleSnapshot rule) {
    return Fingerprint.of(
            Labels.builder()
                .set("file", group.file())
                .set("group", group.name())
                .set("rule", rule.name())
                .set("query", rule.query())
                .set("labels", rule.labels().toString())
                .build())
        .toString();
  }

  /// Returns the page of a deployment.
  public static String deployment(String key) {
    return "/releases/deployment?key=" + encoded(key);
  }

  /// Returns the page of a gate.
  public static String gate(String id) {
    return "/releases/gates/" + encoded(id);
  }

  /// Returns the page of a rollout.
  public static String rollout(String id) {
    return "/releases/rollouts/" + encoded(id);
  }

  /// Returns the query page with an expression.
  public static String query(String expression) {
    return "/graph?g0.expr=" + encoded(expression);
  }

  /// Returns the query page with an expression over a time span.
  public static String query(String expression, Instant from, Instant to) {
    long seconds = Math.max(60, Duration.between(from, to).toSeconds());
    return query(expression)
        + "&g0.range_input="
        + PromDuration.format(seconds * 1000)
        + "&g0.end_input="
        + encoded(to.truncatedTo(ChronoUnit.SECONDS).toString());
  }

  /// Returns the form of a new silence whose matchers match exactly these labels.
  public static String silence(Labels labels) {
    return "/silences/new"
        + IntStream.range(0, labels.size())
            .mapToObj(
                i ->
                    "matcher="
                        + encoded(LabelMatcher.equal(labels.name(i), labels.value(i)).toString()))
            .collect(Collectors.joining("&", "?", ""));
  }

  /// Returns the list of the targets of a job.
  public static String targets(String job) {
    return "/targets?group=" + encoded(job);
  }

  /// Encodes a text for a query parameter.
  public static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
