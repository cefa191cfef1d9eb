package io.pharos.server.web.rule;

import static io.pharos.server.web.design.PageText.counted;

import io.pharos.alerting.message.TextLimit;
import io.pharos.rules.GroupSnapshot;
import io.pharos.rules.RuleSnapshot;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageTime;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One rule in a list.
///
/// @param severity the label `severity` if the design has it; else empty
/// @param condition the start of the expression
/// @param hold for how long the condition must hold, such as `for 5 min`; empty for none
/// @param error why the last evaluation failed, or what the engine warns of; else empty. The reason
///   for an unknown state is often that of many rules, so only the page of the rule shows it
/// @param took duration of the last evaluation
/// @param samples samples that it read
/// @param share part of the time that its evaluation takes, such as `0.2 % of the time`
/// @param lastRun null before the first evaluation
record RuleRow(
    String state,
    String severity,
    String name,
    String address,
    String group,
    String condition,
    String hold,
    String error,
    String took,
    String samples,
    String share,
    @Nullable PageTime lastRun) {
  private static final Set<String> SEVERITIES = Set.of("critical", "warning", "info");

  /* An expression of this length fills two lines on a large screen. The page of the rule shows all
   * of it. */
  private static final int MAX_CONDITION = 160;

  static final int MAX_NAME = 200;
  private static final int MAX_ERROR = 500;

  static RuleRow of(GroupSnapshot group, RuleSnapshot rule, Instant now) {
    RuleSnapshot.Evaluation last = rule.evaluation();
    Instant at = last.at();
    RuleStanding standing = RuleStanding.of(rule);
    return new RuleRow(
        standing.text(),
        severity(rule),
        TextLimit.line(MAX_NAME, rule.name()),
        PageLinks.rule(group, rule),
        group.name(),
        TextLimit.line(MAX_CONDITION, rule.query()),
        hold(rule),
        standing == RuleStanding.UNKNOWN
            ? ""
            : TextLimit.line(
                MAX_ERROR,
                last.lastError().isEmpty() ? String.join("; ", last.warnings()) : last.lastError()),
        PageTime.took(last.duration()),
        counted(last.stats().samples(), "sample"),
        percent(share(group, rule)) + " of the time",
        Optional.ofNullable(at).map(time -> PageTime.of(time, now)).orElse(null));
  }

  static String severity(RuleSnapshot rule) {
    String severity = rule.labels().getOrDefault("severity", "");
    return SEVERITIES.contains(severity) ? severity : "";
  }

  private static String hold(RuleSnapshot rule) {
    return switch (rule) {
      case RuleSnapshot.Alerting alerting when !alerting.holdFor().isZero() ->
          "for " + PageTime.span(alerting.holdFor());
      case RuleSnapshot.Alerting _, RuleSnapshot.Recording _ -> "";
    };
  }

  /// Returns the part of the time that the evaluation of a rule takes.
  static double share(GroupSnapshot group, RuleSnapshot rule) {
    return rule.evaluation().duration().toNanos() / (double) group.interval().toNanos();
  }

  static String percent(double share) {
    return share * 100 >= 0.1 || share == 0
        ? String.format(Locale.ROOT, "%.1f %%", share * 100)
        : "under 0.1 %";
  }
}
