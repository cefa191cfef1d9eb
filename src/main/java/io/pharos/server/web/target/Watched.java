package io.pharos.server.web.target;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.config.prometheus.SampleLimits;
import io.pharos.ingest.scrape.ScrapeRecord;
import io.pharos.ingest.scrape.TargetsSnapshot.ActiveTarget;
import io.pharos.ingest.scrape.TargetsSnapshot.Health;
import io.pharos.model.Labels;
import io.pharos.probe.FailureThreshold;
import io.pharos.probe.ProbeCheck;
import io.pharos.probe.ProbeOutcome;
import io.pharos.probe.ProbeResult;
import io.pharos.probe.run.ProbeStatus;
import io.pharos.probe.run.ProbeTargetState;
import io.pharos.server.web.design.PageTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A target, a probe or a heartbeat with its last checks.
///
/// @param id part of its page's address
/// @param group the job of a target; the kind of others
/// @param name the instance of a target; the name of others
/// @param labels the labels of its series, without the name
/// @param since since when it is like this, as far as this process saw; null before the first check
/// @param isOlder whether this process saw it only like this, so that it may be so for longer
/// @param reason why it is not up; empty if it is
/// @param last start of the last check; null before the first
/// @param next when the next check is due, or the next report of a heartbeat
/// @param expiry earliest expiry in its chain of certificates; null without TLS
/// @param target the target; null for others
/// @param probe the probe or heartbeat; null for others
record Watched(
    Kind kind,
    String id,
    String group,
    String name,
    String address,
    Labels labels,
    WatchState standing,
    @Nullable Instant since,
    boolean isOlder,
    String reason,
    @Nullable Instant last,
    Duration took,
    Duration interval,
    Instant next,
    @Nullable Instant expiry,
    @Nullable ActiveTarget target,
    @Nullable ProbeStatus probe) {
  /// A shorter validity of a certificate needs attention.
  static final Duration MIN_VALIDITY = Duration.ofDays(14);

  private static final Duration MAX_SKEW = Duration.ofSeconds(30);

  /// Part of a limit from which its use needs attention.
  private static final double NEAR = 0.8;

  /// What is watched.
  enum Kind {
    TARGET,
    PROBE,
    /// A probe whose target reports by itself.
    HEARTBEAT;

    /// Returns the word on the page and in its address.
    String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    static Optional<Kind> parse(String text) {
      return Stream.of(values()).filter(one -> one.text().equals(text)).findFirst();
    }
  }

  /// One past check.
  ///
  /// @param standing up, down or unknown
  record Check(Instant at, WatchState standing, Duration took, String reason) {}

  static Watched of(ActiveTarget target, Instant now) {
    ScrapeRecord record = target.record();
    String warning = warning(target, now);
    WatchState standing = standing(target.health());
    return new Watched(
        Kind.TARGET,
        id(
            Kind.TARGET,
            target.labels().with("url\u0000", target.scrapePool() + target.scrapeUrl())),
        target.scrapePool(),
        target.labels().get("instance"),
        target.scrapeUrl(),
        target.labels(),
        standing == WatchState.UP && !warning.isEmpty() ? WatchState.DEGRADED : standing,
        record.since(),
        record.isOlder(),
        reason(target, warning),
        target.lastScrape(),
        target.lastScrapeDuration(),
        target.scrapeInterval(),
        target.nextScrape(),
        record.certificateExpiry(),
        target,
        null);
  }

  private static String id(Kind kind, Labels labels) {
    return Fingerprint.of(labels.with("kind\u0000", kind.text())).toString();
  }

  private static String reason(ActiveTarget target, String warning) {
    return !target.lastError().isEmpty()
        ? target.lastError()
        : target.lastScrape() == null ? "It has not been scraped yet." : warning;
  }

  private static WatchState standing(Health health) {
    return switch (health) {
      case UP -> WatchState.UP;
      case DOWN -> WatchState.DOWN;
      case UNKNOWN -> WatchState.UNKNOWN;
    };
  }

  private static String warning(ActiveTarget target, Instant now) {
    var found = new ArrayList<String>();
    expiry(target.record().certificateExpiry(), now).ifPresent(found::add);
    Duration took = target.lastScrapeDuration();
    if (took.toMillis() > NEAR * target.scrapeTimeout().toMillis()) {
      found.add(
          "A scrape takes %s; the timeout is %s."
              .formatted(PageTime.span(took), PageTime.span(target.scrapeTimeout())));
    }
    ScrapeRecord.Cost cost = target.record().cost();
    SampleLimits limits = target.limits();
    if (limits.samples() > 0 && cost.kept() > NEAR * limits.samples()) {
      found.add("It has %d samples; sample_limit is %d.".formatted(cost.kept(), limits.samples()));
    }
    if (limits.bodyBytes() > 0 && cost.bytes() > NEAR * limits.bodyBytes()) {
      found.add(
          "Its page has %d bytes; body_size_limit is %d."
              .formatted(cost.bytes(), limits.bodyBytes()));
    }
    if (target.skew().abs().compareTo(MAX_SKEW) > 0) {
      found.add(
          "The times on its page are %s %s."
              .formatted(
                  PageTime.span(target.skew().abs()),
                  target.skew().isNegative() ? "behind" : "ahead"));
    }
    return String.join(" ", found);
  }

  /// Returns a sentence about a certificate that expires soon.
  static Optional<String> expiry(@Nullable Instant expiry, Instant now) {
    return Optional.ofNullable(expiry)
        .map(at -> Duration.between(now, at))
        .filter(left -> left.compareTo(MIN_VALIDITY) < 0)
        .map(
            left ->
                left.isNegative()
                    ? "Its certificate expired " + PageTime.span(left.negated()) + " ago."
                    : "Its certificate expires in " + PageTime.span(left) + ".");
  }

  static Watched of(ProbeStatus status, Instant now) {
    Kind kind =
        status.probe().check() instanceof ProbeCheck.PushCheck ? Kind.HEARTBEAT : Kind.PROBE;
    Labels labels = status.probe().sampleLabels();
    Optional<ProbeResult> last = status.last();
    Instant expiry = last.map(result -> result.seen().earliestExpiry()).orElse(null);
    String failure = last.map(result -> reason(result.outcome())).orElse("");
    String warning = warning(status, failure, expiry(expiry, now).orElse(""));
    WatchState standing = standing(status, warning);
    List<ProbeResult> recent = status.recent();
    int first = recent.size() - 1;
    while (first > 0 && isAlike(recent.get(first - 1), recent.get(first))) {
      first--;
    }
    return new Watched(
        kind,
        id(kind, labels),
        kind == Kind.PROBE ? "probes" : "heartbeats",
        status.probe().name(),
        kind == Kind.PROBE ? status.probe().check().instance() : "",
        labels,
        standing,
        first < 0 ? null : recent.get(first).began(),
        first <= 0,
        last.isEmpty()
            ? kind == Kind.PROBE ? "It has not run yet." : "No report came since Pharos started."
            : standing == WatchState.DEGRADED ? warning : failure,
        last.map(ProbeResult::began).orElse(null),
        last.map(ProbeResult::took).orElse(Duration.ZERO),
        status.probe().interval(),
        status.next(),
        expiry,
        null,
        status);
  }

  private static boolean isAlike(ProbeResult one, ProbeResult other) {
    return one.outcome().getClass() == other.outcome().getClass();
  }

  private static WatchState standing(ProbeStatus status, String warning) {
    return status
        .last()
        .map(
            last ->
                last.outcome() instanceof ProbeOutcome.Unknown
                    ? WatchState.UNKNOWN
                    : status.state() == ProbeTargetState.State.DOWN
                        ? WatchState.DOWN
                        : warning.isEmpty() ? WatchState.UP : WatchState.DEGRADED)
        .orElse(WatchState.UNKNOWN);
  }

  private static String warning(ProbeStatus status, String failure, String expiry) {
    if (!failure.isEmpty()) {
      return "It fails, but counts as down only after %s: %s"
          .formatted(times(status.probe().alarming().downAfter()), failure);
    }
    return status.isFlapping() ? "Its results change too often. " + expiry : expiry;
  }

  static String times(FailureThreshold after) {
    return after.runs() == 1
        ? "1 failure"
        : after.failures() == after.runs()
            ? after.failures() + " failures in a row"
            : after.failures() + " failures in " + after.runs() + " runs";
  }

  private static String reason(ProbeOutcome outcome) {
    return switch (outcome) {
      case ProbeOutcome.Success() -> "";
      case ProbeOutcome.Failure(String reason) -> reason;
      case ProbeOutcome.Unknown(_, String reason) -> reason;
    };
  }

  /// Returns the last checks, oldest first.
  ///
  /// @param max maximum number of them
  List<Check> checks(int max) {
    List<Check> all =
        target != null
            ? target.record().recent().stream()
                .map(
                    one ->
                        new Check(
                            Instant.ofEpochMilli(one.beganMillis()),
                            standing(one.health()),
                            Duration.ofMillis(one.tookMillis()),
                            one.error()))
                .toList()
            : probe != null ? probe.recent().stream().map(Watched::check).toList() : List.of();
    return all.subList(Math.max(0, all.size() - max), all.size());
  }

  private static Check check(ProbeResult result) {
    WatchState standing =
        switch (result.outcome()) {
          case ProbeOutcome.Success() -> WatchState.UP;
          case ProbeOutcome.Failure _ -> WatchState.DOWN;
          case ProbeOutcome.Unknown _ -> WatchState.UNKNOWN;
        };
    return new Check(result.began(), standing, result.took(), reason(result.outcome()));
  }

  /// Returns the same with another start of its state.
  Watched since(Instant start, boolean mayBeOlder) {
    return new Watched(
        kind,
        id,
        group,
        name,
        address,
        labels,
        standing,
        start,
        mayBeOlder,
        reason,
        last,
        took,
        interval,
        next,
        expiry,
        target,
        probe);
  }

  /// Returns the series that says whether it was up.
  String signal() {
    return (target == null ? "probe_success" : "up") + labels;
  }

  /// Returns the series of the durations of its checks.
  String duration() {
    return (target == null ? "probe_duration_seconds" : "scrape_duration_seconds") + labels;
  }
}
