package io.pharos.server.app.health;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.alerting.alert.Alert;
import io.pharos.alerting.alert.AlertSink;
import io.pharos.model.Labels;
import io.pharos.trouble.Trouble;
import io.pharos.trouble.Troubles;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Checks this process itself and raises two alerts: one for troubles that may lose alerts, one for
/// troubles that can wait until morning. The alerts need only memory and the notifier; they work
/// without samples, rules, scheduler and sockets.
public final class SelfWatch implements Troubles, AutoCloseable {
  /// A source of current troubles.
  @FunctionalInterface
  public interface Source {
    /// Returns the troubles at the given time.
    List<Trouble> troubles(Instant now);
  }

  /// Labels and links of the alerts.
  ///
  /// @param instance name of this replica
  public record Identity(Supplier<Labels> externalLabels, String externalUrl, String instance) {}

  static final String CRITICAL = "PharosInTrouble";
  static final String WARNING = "PharosNeedsCare";

  /// Time between two checks.
  static final Duration INTERVAL = Duration.ofSeconds(5);

  /// How long a trouble must last before the alert fires, and how long ago all troubles must have
  /// ended before the alert resolves.
  static final Duration HOLD = Duration.ofSeconds(30);

  private static final Logger LOG = LoggerFactory.getLogger(SelfWatch.class);
  private static final Duration RESEND = Duration.ofMinutes(1);
  private static final Duration VALIDITY = RESEND.multipliedBy(4);
  private static final int MAX_LISTED = 6;

  /* Twelve checks. */
  private static final Duration HANGING = Duration.ofMinutes(1);

  /// An alert that this class raised.
  private static final class Raised {
    Instant startsAt;
    Instant seenAt;
    Instant sentAt = Instant.MIN;
    Labels annotations = Labels.empty();

    Raised(Instant startsAt) {
      this.startsAt = startsAt;
      this.seenAt = startsAt;
    }

    /* No time may be after the present: the end would be told late, or refused because it would be
     * before the start. */
    void clockSetBack(Instant at) {
      startsAt = earlier(startsAt, at);
      seenAt = earlier(seenAt, at);
      sentAt = earlier(sentAt, at);
    }
  }

  private record TroubleKey(Trouble.Kind kind, String text) {}

  private final Source source;
  private final AlertSink sink;
  private final InstantSource clock;
  private final Runnable clockSetBack;
  private final Identity identity;
  private final Map<TroubleKey, Instant> since = new HashMap<>();
  private final Map<String, Raised> raised = new HashMap<>();
  private volatile List<Trouble> now = List.of();
  private volatile long lastCheckMillis;
  private @Nullable Thread thread;

  /// @param clockSetBack called when the clock was set back
  public SelfWatch(
      Source source,
      AlertSink sink,
      InstantSource clock,
      Runnable clockSetBack,
      Identity identity,
      MeterRegistry registry) {
    this.source = source;
    this.sink = sink;
    this.clock = clock;
    this.clockSetBack = clockSetBack;
    this.identity = identity;
    this.lastCheckMillis = clock.millis();
    for (Trouble.Kind kind : Trouble.Kind.values()) {
      Gauge.builder(
              "pharos_troubles",
              this,
              it -> it.now.stream().filter(trouble -> trouble.kind() == kind).count())
          .tag("kind", kind.label())
          .description("Current troubles of this process.")
          .register(registry);
    }
    Gauge.builder("pharos_self_watch_timestamp_seconds", this, it -> it.lastCheckMillis / 1000.0)
        .description("When Pharos last checked itself.")
        .register(registry);
  }

  /// Checks immediately, and then repeatedly on a separate thread, so that a hanging job does not
  /// stop the checks.
  ///
  /// The immediate check loads the classes that later checks need. Later, a lack of descriptors may
  /// prevent loading.
  public synchronized void start() {
    tick();
    thread = Thread.ofPlatform().daemon().name("self-watch").start(this::run);
  }

  private void run() {
    try {
      while (true) {
        Thread.sleep(INTERVAL);
        try {
          tick();
        } catch (RuntimeException | Error e) {
          LOG.error("a check of Pharos itself failed; the next check follows in 5 s", e);
        }
      }
    } catch (InterruptedException _) {
      // close() has interrupted the thread.
    }
  }

  void tick() {
    Instant at = clock.instant();
    long setBackMillis = lastCheckMillis - at.toEpochMilli();
    lastCheckMillis = at.toEpochMilli();
    if (setBackMillis > 0) {
      LOG.error("the clock was set back by {} or more", Duration.ofMillis(setBackMillis));
      since.replaceAll((_, first) -> earlier(first, at));
      raised.values().forEach(alert -> alert.clockSetBack(at));
      clockSetBack.run();
    }
    var found = new ArrayList<Trouble>();
    for (Trouble trouble : source.troubles(at)) {
      Instant first =
          since.computeIfAbsent(
              new TroubleKey(trouble.kind(), trouble.text()), _ -> earlier(trouble.since(), at));
      found.add(new Trouble(trouble.kind(), trouble.text(), earlier(first, trouble.since())));
    }
    since
        .keySet()
        .removeIf(
            key ->
                found.stream()
                    .noneMatch(
                        trouble -> new TroubleKey(trouble.kind(), trouble.text()).equals(key)));
    found.sort(Comparator.comparing(Trouble::kind).thenComparing(Trouble::since));
    now = List.copyOf(found);
    update(CRITICAL, "critical", found.stream().filter(it -> it.kind().isCritical()).toList(), at);
    update(WARNING, "warning", found.stream().filter(it -> !it.kind().isCritical()).toList(), at);
  }

  private static Instant earlier(Instant a, Instant b) {
    return a.isBefore(b) ? a : b;
  }

  private void update(String name, String severity, List<Trouble> troubles, Instant at) {
    Raised alert = raised.get(name);
    if (!troubles.isEmpty()) {
      boolean held = troubles.stream().anyMatch(trouble -> !trouble.since().plus(HOLD).isAfter(at));
      if (alert == null && !held) {
        return;
      }
      if (alert == null) {
        alert = new Raised(at);
        raised.put(name, alert);
        LOG.error("{}: {}", name, text(troubles));
      }
      alert.seenAt = at;
      Labels annotations = annotations(name, troubles);
      if (alert.sentAt.plus(RESEND).isAfter(at) && annotations.equals(alert.annotations)) {
        return;
      }
      alert.annotations = annotations;
      alert.sentAt = at;
      send(name, severity, alert, at.plus(VALIDITY));
    } else if (alert != null && !alert.seenAt.plus(HOLD).isAfter(at)) {
      LOG.info("{} has ended", name);
      raised.remove(name);
      send(name, severity, alert, at);
    }
  }

  private void send(String name, String severity, Raised alert, Instant endsAt) {
    Labels labels =
        identity.externalLabels().get().toBuilder()
            .set("alertname", name)
            .set("severity", severity)
            .set("service", "pharos")
            .set("instance", identity.instance())
            .build();
    sink.send(
        List.of(
            new Alert(
                labels,
                alert.annotations,
                alert.startsAt,
                endsAt,
                identity.externalUrl() + "/trouble")));
  }

  private Labels annotations(String name, List<Trouble> troubles) {
    return Labels.of(
        "summary",
        troubles.getFirst().text(),
        "description",
        text(troubles),
        "runbook_url",
        identity.externalUrl() + "/runbooks/" + name);
  }

  private static String text(List<Trouble> troubles) {
    String listed =
        troubles.stream()
            .limit(MAX_LISTED)
            .map(
                trouble ->
                    trouble.text()
                        + " (since "
                        + trouble.since().toString().replaceAll("\\..*", "Z")
                        + ")")
            .collect(Collectors.joining("; "));
    return troubles.size() > MAX_LISTED
        ? listed + "; and " + (troubles.size() - MAX_LISTED) + " more"
        : listed;
  }

  @Override
  public List<Trouble> now() {
    return now;
  }

  /// Returns what may lose alerts now: the critical troubles, and that the checks of them hang.
  public List<String> danger() {
    if (clock.millis() - lastCheckMillis > HANGING.toMillis()) {
      return List.of("the checks of Pharos itself hang");
    }
    return now.stream().filter(it -> it.kind().isCritical()).map(Trouble::text).toList();
  }

  @Override
  public synchronized void close() {
    if (thread != null) {
      thread.interrupt();
    }
  }
}
