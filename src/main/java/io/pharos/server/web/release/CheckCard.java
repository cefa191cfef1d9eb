package io.pharos.server.web.release;

import io.pharos.gate.hindsight.RateEstimate;
import io.pharos.gate.judge.CheckReport;
import io.pharos.gate.judge.EvidenceCourse;
import io.pharos.gate.judge.Observation;
import io.pharos.gate.judge.Reading;
import io.pharos.gate.policy.Check;
import io.pharos.model.GoFloat;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageText;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One check of a gate on its page.
///
/// @param id its name in the policy
/// @param question what it asks
/// @param css class of the state
/// @param role what the check may decide
/// @param facts the numbers behind the result
/// @param unseen what it could not see; empty if it saw everything
/// @param line line of the policy; 0 if it is unknown
/// @param isOpen whether it is the reason of the verdict, so that it is unfolded
record CheckCard(
    String id,
    String question,
    String css,
    String role,
    String text,
    List<Fact> facts,
    List<String> notes,
    String unseen,
    List<EvidenceChart> charts,
    List<RateRow> rates,
    List<Query> queries,
    int line,
    boolean isOpen) {
  /// Routes in the table; those that differ most.
  private static final int MAX_ROUTES = 12;

  /// A number with its name.
  record Fact(String name, String value) {}

  /// The bad requests of both sides, of one class or on one route.
  record RateRow(String route, String what, String candidate, String baseline, boolean isWorse) {}

  /// A link to the samples that the check reads.
  record Query(String text, String address) {}

  /// Returns a check.
  ///
  /// @param check null if the stored policy cannot be read
  static CheckCard of(CheckReport report, @Nullable Check check, GateEvidence evidence) {
    String unseen = check == null ? "" : unseen(check, evidence);
    return new CheckCard(
        PageText.of(report.id()),
        check == null ? PageText.of(report.kind()) : question(check),
        css(report),
        role(report),
        PageText.of(text(report)),
        facts(report, evidence),
        report.notes().stream().map(PageText::of).toList(),
        unseen,
        evidence.courses(report.id()).stream()
            .map(it -> EvidenceChart.of(it, evidence.observations(), evidence.maxGap()))
            .toList(),
        check instanceof Check.Relative relative ? rates(relative, evidence) : List.of(),
        queries(report, check, evidence),
        check == null ? 0 : evidence.policy().of(check),
        report.state().equals("fail") || (report.required() && !report.state().equals("pass")));
  }

  /* The texts of the judge begin with the name of their check, which the row shows already. */
  private static String text(CheckReport report) {
    String name = report.id() + ": ";
    String text = report.text();
    return text.startsWith(name)
        ? text.substring(name.length(), name.length() + 1).toUpperCase(Locale.ROOT)
            + text.substring(name.length() + 1)
        : text;
  }

  private static String css(CheckReport report) {
    return switch (report.state()) {
      case "pass" -> "pass";
      case "fail" -> report.blocking() ? "fail" : "warning";
      default -> "unknown";
    };
  }

  private static String role(CheckReport report) {
    return report.required()
        ? report.blocking() ? "required" : "required, holds only"
        : report.blocking() ? "stops only" : "advice";
  }

  /// Returns what a check asks.
  static String question(Check check) {
    return switch (check) {
      case Check.Version _ -> "Does the announced version run?";
      case Check.UnprovenVersion _ -> "The policy does not ask which version runs.";
      case Check.Restarts _ -> "Does it run without restarts?";
      case Check.Probes _ -> "Do its probes succeed?";
      case Check.Alerts _ -> "Does no alert fire?";
      case Check.Bound bound ->
          bound.subject() == Check.Subject.LATENCY
              ? "Are few enough requests slow?"
              : "Do few enough requests fail?";
      case Check.Relative relative ->
          switch (relative.subject()) {
            case ERRORS -> "Does it fail no more requests than the baseline?";
            case LATENCY -> "Is it as fast as the baseline?";
            case ANSWERS -> "Does it answer as well as the baseline?";
          };
      case Check.Paired _ -> "Does it fail no more probes than the baseline?";
      case Check.Gauge gauge ->
          gauge.growth() ? "Does it not leak?" : "Is the gauge as on the baseline?";
      case Check.Budget _ -> "Is there error budget left?";
    };
  }

  private static List<Fact> facts(CheckReport report, GateEvidence evidence) {
    var facts = new ArrayList<Fact>();
    Optional<RateEstimate> estimate = evidence.estimate(report.id());
    counted("New version", report.bad(), report.total(), estimate.map(RateEstimate::candidate))
        .ifPresent(facts::add);
    counted(
            "Baseline",
            report.baselineBad(),
            report.baselineTotal(),
            estimate.map(RateEstimate::baseline))
        .ifPresent(facts::add);
    Double threshold = report.threshold();
    if (threshold != null && report.total() != null) {
      facts.add(
          new Fact(report.baselineTotal() == null ? "Bound" : "Tolerated", percent(threshold)));
    } else if (threshold != null) {
      Double value = report.value();
      facts.add(new Fact("Value", value == null ? "unknown" : GoFloat.rounded(value, 4)));
      facts.add(new Fact("Bound", GoFloat.rounded(threshold, 4)));
    }
    estimate
        .map(RateEstimate::worse)
        .ifPresent(it -> facts.add(new Fact("Probability that it is worse", percent(it))));
    Double odds = report.evalue();
    if (odds != null) {
      facts.add(new Fact("Evidence", odds(odds)));
    }
    Long needed = report.needed();
    if (needed != null && needed > 0) {
      facts.add(new Fact("Missing", PageText.count(needed, "request")));
    }
    return facts;
  }

  private static String odds(double odds) {
    return odds > 1e6
        ? "more than 1000000 : 1"
        : (odds < 10 ? GoFloat.rounded(odds, 3) : String.valueOf(Math.round(odds))) + " : 1";
  }

  private static Optional<Fact> counted(
      String name,
      @Nullable Long bad,
      @Nullable Long total,
      Optional<RateEstimate.Interval> interval) {
    return bad == null || total == null
        ? Optional.empty()
        : Optional.of(
            new Fact(
                name,
                "%d of %d requests%s"
                    .formatted(
                        bad,
                        total,
                        interval
                            .map(
                                it ->
                                    ", the true rate is likely %s to %s"
                                        .formatted(percent(it.low()), percent(it.high())))
                            .orElse(""))));
  }

  private static String percent(double fraction) {
    return GoFloat.rounded(fraction * 100, 3) + " %";
  }

  private static String unseen(Check check, GateEvidence evidence) {
    List<Observation> without =
        evidence.observations().stream().filter(it -> !evidence.hasData(check, it)).toList();
    if (without.isEmpty()) {
      return "";
    }
    return "%d of %d observations had no usable data%s"
        .formatted(
            without.size(),
            evidence.observations().size(),
            without.getLast().of(check) instanceof Reading.Unavailable(String reason)
                ? ", the last because " + PageText.of(reason)
                : ".");
  }

  private static List<RateRow> rates(Check.Relative check, GateEvidence evidence) {
    for (Observation observation : evidence.observations().reversed()) {
      if (observation.of(check) instanceof Reading.Comparison reading
          && reading.candidate().total() > 0) {
        return EvidenceCourse.ComparedRate.of(check, reading).stream()
            .limit(MAX_ROUTES)
            .map(
                it ->
                    new RateRow(
                        it.route().isEmpty() ? "all routes" : PageText.of(it.route()),
                        it.what(),
                        part(it.bad(), it.total()),
                        part(it.baselineBad(), it.baselineTotal()),
                        it.isWorse(check.theta0())))
            .toList();
      }
    }
    return List.of();
  }

  private static String part(long bad, long total) {
    return total == 0
        ? "no requests"
        : "%d of %d (%s)".formatted(bad, total, percent((double) bad / total));
  }

  private static List<Query> queries(
      CheckReport report, @Nullable Check check, GateEvidence evidence) {
    boolean counts =
        check instanceof Check.Bound
            || check instanceof Check.Relative
            || check instanceof Check.Budget;
    return report.queries().stream()
        .map(query -> query.endsWith("]") ? query.substring(0, query.lastIndexOf('[')) : query)
        .distinct()
        .map(
            selector ->
                new Query(
                    PageText.of(selector),
                    PageLinks.query(
                        counts ? "sum(rate(" + selector + "[2m]))" : selector,
                        evidence.from(),
                        evidence.to())))
        .toList();
  }
}
