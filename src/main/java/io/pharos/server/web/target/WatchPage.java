package io.pharos.server.web.target;

import io.pharos.alerting.message.TextLimit;
import io.pharos.config.prometheus.SampleLimits;
import io.pharos.ingest.scrape.ScrapeRecord;
import io.pharos.ingest.scrape.TargetsSnapshot.ActiveTarget;
import io.pharos.ingest.scrape.TargetsSnapshot.MetricMetadata;
import io.pharos.model.Labels;
import io.pharos.model.Quoted;
import io.pharos.probe.ProbeObservations;
import io.pharos.probe.ProbeOutcome;
import io.pharos.probe.ProbeResult;
import io.pharos.probe.RequestPhase;
import io.pharos.probe.run.ProbeStatus;
import io.pharos.server.web.design.HistoryBars;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.design.PageTime;
import io.pharos.server.web.query.Asked;
import io.pharos.server.web.query.GraphPanels;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What the page of something watched shows.
///
/// @param reason why it is not up, in full; empty if it is
/// @param checks its last checks, the newest first
/// @param phases the parts of the last run's duration; empty without phases
/// @param metrics what it exposes; empty for probes
/// @param series the query page with all its series
/// @param change the page that changes it; empty for targets
/// @param history null if it can't be read
/// @param chart the durations of its checks; null if they can't be read, or it has none
/// @param unread why something can't be read
record WatchPage(
    WatchRow row,
    PageTime moment,
    String age,
    String reason,
    List<Fact> facts,
    PageTime next,
    List<String> labels,
    List<String> discovered,
    List<CheckRow> checks,
    List<Phase> phases,
    List<Step> steps,
    List<Metric> metrics,
    int omittedMetrics,
    String series,
    String change,
    Watchers watchers,
    List<Hop> ranges,
    @Nullable HistoryBars history,
    GraphPanels.@Nullable View chart,
    List<String> unread) {
  private static final int MAX_REASON = 4000;
  private static final int MAX_METRICS = 300;

  /// A property and its value.
  record Fact(String name, String value) {}

  /// A past check as text.
  record CheckRow(String state, PageTime at, String took, String reason) {}

  /// A part of the duration of a run.
  ///
  /// @param share part of the whole, in percent
  record Phase(String name, String took, int share) {}

  /// A step of the last run.
  record Step(String state, String name, String took, String reason) {}

  /// An exposed metric.
  record Metric(String name, String address, String type, String help) {}

  /// A link to the page with another time range.
  record Hop(String text, String address, boolean isCurrent) {}

  /// What the page asks of the stored samples.
  record Answers(Asked<HistoryBars> history, Asked<GraphPanels.View> chart) {}

  static WatchPage of(
      Watched one, Watchers watchers, Answers answers, WatchHistory.Range range, Instant now) {
    Optional<ProbeResult> last = Optional.ofNullable(one.probe()).flatMap(ProbeStatus::last);
    List<Metric> metrics = metrics(one);
    return new WatchPage(
        WatchRow.of(one, now),
        PageTime.of(now),
        age(one, now),
        TextLimit.to(MAX_REASON, one.reason()),
        facts(one, now),
        PageTime.of(one.next(), now),
        PageText.chips(one.labels()),
        one.target() == null ? List.of() : PageText.chips(one.target().discoveredLabels()),
        one.checks(CheckBars.MAX).reversed().stream().map(check -> row(check, now)).toList(),
        last.map(WatchPage::phases).orElse(List.of()),
        last.map(result -> result.seen().steps().stream().map(WatchPage::step).toList())
            .orElse(List.of()),
        metrics.stream().limit(MAX_METRICS).toList(),
        Math.max(0, metrics.size() - MAX_METRICS),
        PageLinks.query(one.labels().toString()),
        one.probe() == null ? "" : "/targets/change/probe?name=" + PageLinks.encoded(one.name()),
        watchers,
        Stream.of(WatchHistory.Range.values())
            .map(
                other ->
                    new Hop(
                        other.text(),
                        WatchRow.address(one) + "?range=" + other.text(),
                        other == range))
            .toList(),
        answers.history().value(),
        answers.chart().value(),
        Stream.of(answers.history().problem(), answers.chart().problem())
            .filter(problem -> !problem.isEmpty())
            .distinct()
            .toList());
  }

  /// Returns the class of the first sentence in the style sheet.
  public String look() {
    return switch (row.state()) {
      case "up" -> "ok";
      case "down" -> "firing";
      default -> "unknown";
    };
  }

  /// Returns for how long it is in its state.
  private static String age(Watched one, Instant now) {
    Instant since = one.since();
    return since == null
        ? ""
        : "for %s%s"
            .formatted(
                one.isOlder() ? "at least " : "", PageTime.span(Duration.between(since, now)));
  }

  private static List<Fact> facts(Watched one, Instant now) {
    var facts = new ArrayList<Fact>();
    facts.add(new Fact("interval", PageTime.span(one.interval())));
    if (one.last() != null && one.kind() != Watched.Kind.HEARTBEAT) {
      facts.add(new Fact("duration", duration(one)));
    }
    if (one.target() != null) {
      addCost(facts, one.target());
    }
    String expiry = WatchRow.expiry(one, now);
    if (!expiry.isEmpty()) {
      facts.add(
          new Fact(
              "certificate",
              expiry.substring("certificate ".length())
                  + (one.expiry() != null && one.expiry().isAfter(now) ? " left" : "")
                  + ", until "
                  + one.expiry()));
    }
    ProbeStatus probe = one.probe();
    if (probe != null) {
      facts.add(new Fact("down after", Watched.times(probe.probe().alarming().downAfter())));
      if (!probe.probe().alarming().parents().isEmpty()) {
        facts.add(
            new Fact(
                "parents", PageText.of(String.join(", ", probe.probe().alarming().parents()))));
      }
      facts.add(new Fact("file", PageText.of(probe.probe().file() + ":" + probe.probe().line())));
    }
    return facts;
  }

  private static String duration(Watched one) {
    Duration timeout =
        one.target() != null
            ? one.target().scrapeTimeout()
            : one.probe() != null ? one.probe().probe().timeout() : one.interval();
    return PageTime.span(one.took()) + " of at most " + PageTime.span(timeout);
  }

  private static void addCost(List<Fact> facts, ActiveTarget target) {
    ScrapeRecord.Cost cost = target.record().cost();
    SampleLimits limits = target.limits();
    facts.add(
        new Fact(
            "samples",
            "%,d on the page, %,d stored%s"
                .formatted(cost.samples(), cost.kept(), limit(limits.samples(), "sample_limit"))));
    facts.add(new Fact("new series", "%,d in the last scrape".formatted(cost.added())));
    facts.add(
        new Fact(
            "page",
            "%,d bytes%s".formatted(cost.bytes(), limit(limits.bodyBytes(), "body_size_limit"))));
    if (!target.skew().isZero()) {
      facts.add(
          new Fact(
              "its clock",
              PageTime.span(target.skew().abs())
                  + (target.skew().isNegative() ? " behind" : " ahead")));
    }
  }

  private static String limit(long limit, String key) {
    return limit == 0 ? "" : ", of at most %,d (%s)".formatted(limit, key);
  }

  private static CheckRow row(Watched.Check check, Instant now) {
    return new CheckRow(
        check.standing().text(),
        PageTime.of(check.at(), now),
        PageTime.span(check.took()),
        PageText.of(check.reason()));
  }

  private static List<Phase> phases(ProbeResult result) {
    Duration whole = result.seen().phases().values().stream().reduce(Duration.ZERO, Duration::plus);
    return result.seen().phases().entrySet().stream()
        .map(
            phase ->
                new Phase(
                    words(phase.getKey()),
                    PageTime.span(phase.getValue()),
                    whole.isZero()
                        ? 0
                        : (int) (phase.getValue().toNanos() * 100 / whole.toNanos())))
        .toList();
  }

  private static String words(RequestPhase phase) {
    return switch (phase) {
      case RESOLVE -> "name resolution";
      case CONNECT -> "connection";
      case TLS -> "TLS";
      case PROCESSING -> "until the first byte";
      case TRANSFER -> "until the last byte";
    };
  }

  private static Step step(ProbeObservations.Step step) {
    return switch (step.outcome()) {
      case ProbeOutcome.Success() -> step("up", step, "");
      case ProbeOutcome.Failure(String reason) -> step("down", step, reason);
      case ProbeOutcome.Unknown(_, String reason) -> step("unknown", step, reason);
    };
  }

  private static Step step(String state, ProbeObservations.Step step, String reason) {
    return new Step(
        state, PageText.of(step.name()), PageTime.span(step.took()), PageText.of(reason));
  }

  private static List<Metric> metrics(Watched one) {
    Map<String, MetricMetadata> metadata =
        one.target() == null ? Map.of() : one.target().metadata();
    return metadata.values().stream()
        .sorted(Comparator.comparing(MetricMetadata::metric))
        .map(
            metric ->
                new Metric(
                    PageText.of(metric.metric()),
                    PageLinks.query(selector(metric, one.labels())),
                    PageText.of(metric.type()),
                    PageText.of(metric.help())))
        .toList();
  }

  private static String selector(MetricMetadata metric, Labels labels) {
    String named =
        switch (metric.type()) {
          case "histogram", "summary" -> metric.metric() + "_count";
          default -> metric.metric();
        };
    return "{"
        + Quoted.of(named)
        + (labels.isEmpty() ? "}" : ", " + labels.toString().substring(1));
  }
}
