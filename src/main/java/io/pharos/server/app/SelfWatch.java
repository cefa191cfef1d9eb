package io.pharos.server.app;

import static java.util.Objects.requireNonNull;

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

/// Looks at this process itself and raises its own alerts, which need no samples, no rules, no
/// scheduler and no socket: only memory and the notifier. One for all that may cost alerts, one for
/// what can wait until morning.
final class SelfWatch implements Troubles, AutoCloseable {
  /// Says what is wrong now; the time is that of the look.
  @FunctionalInterface
  interface Look {
    List<Trouble> at(Instant now);
  }

  /// Where alerts come from and who is named in them.
  ///
  /// @param instance which process of several
  record Identity(Supplier<Labels> externalLabels, String externalUrl, String instance) {}

  static final String CRITICAL = "PharosInTrouble";
  static final String WARNING = "PharosNeedsCare";

  /// How often it looks.
  static final Duration INTERVAL = Duration.ofSeconds(5);

  /// How long something must be wrong before it is told, and gone before that is over.
  static final Duration HOLD = Duration.ofSeconds(30);

  private static final Logger LOG = LoggerFactory.getLogger(SelfWatch.class);
  private static final Duration RESEND = Duration.ofMinutes(1);
  private static final Duration BELIEVED = RESEND.multipliedBy(4);
  private static final int MOST_TOLD = 6;

  /// An alert while it is told.
  private static final class Raised {
    final Instant startsAt;
    Instant seenAt;
    Instant sentAt = Instant.MIN;
    Labels annotations = Labels.empty();

    Raised(Instant startsAt) {
      this.startsAt = startsAt;
      this.seenAt = startsAt;
    }
  }

  private record Known(Trouble.Kind kind, String text) {}

  private final Look look;
  private final AlertSink sink;
  private final InstantSource clock;
  private final Runnable clockSetBack;
  private final Identity identity;
  private final Map<Known, Instant> since = new HashMap<>();
  private final Map<String, Raised> raised = new HashMap<>();
  private volatile List<Trouble> now = List.of();
  private volatile long lastLookMillis;
  private @Nullable Thread thread;

  /// @param clockSetBack is called when it was
  SelfWatch(
      Look look,
      AlertSink sink,
      InstantSource clock,
      Runnable clockSetBack,
      Identity identity,
      MeterRegistry registry) {
    this.look = requireNonNull(look, "look is null");
    this.sink = requireNonNull(sink, "sink is null");
    this.clock = requireNonNull(clock, "clock is null");
    this.clockSetBack = requireNonNull(clockSetBack, "clockSetBack is null");
    this.identity = requireNonNull(identity, "identity is null");
    this.lastLookMillis = clock.millis();
    for (Trouble.Kind kind : Trouble.Kind.values()) {
      Gauge.builder(
              "pharos_troubles",
              this,
              it -> it.now.stream().filter(one -> one.kind() == kind).count())
          .tag("kind", kind.label())
          .description("What is wrong with this process now.")
          .register(registry);
    }
    Gauge.builder("pharos_self_watch_timestamp_seconds", this, it -> it.lastLookMillis / 1000.0)
        .description("When Pharos last looked at itself.")
        .register(registry);
  }

  /// Looks from now on, on a thread of its own: whatever stands still, this does not.
  ///
  /// The first look is now, while all is well: what it needs is loaded then, which without a
  /// descriptor fails for good.
  synchronized void start() {
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
          LOG.error("the watch over Pharos itself goes on after an error", e);
        }
      }
    } catch (InterruptedException _) {
      // Closed.
    }
  }

  /// Looks once.
  void tick() {
    Instant at = clock.instant();
    long back = lastLookMillis - at.toEpochMilli();
    lastLookMillis = at.toEpochMilli();
    if (back > 0) {
      LOG.error("the clock was set back by {} or more", Duration.ofMillis(back));
      clockSetBack.run();
    }
    var found = new ArrayList<Trouble>();
    for (Trouble one : look.at(at)) {
      Instant first = since.computeIfAbsent(new Known(one.kind(), one.text()), _ -> one.since());
      found.add(
          new Trouble(one.kind(), one.text(), first.isBefore(one.since()) ? first : one.since()));
    }
    since
        .keySet()
        .removeIf(
            known ->
                found.stream().noneMatch(one -> new Known(one.kind(), one.text()).equals(known)));
    found.sort(Comparator.comparing(Trouble::kind).thenComparing(Trouble::since));
    now = List.copyOf(found);
    tell(CRITICAL, "critical", found.stream().filter(it -> it.kind().isCritical()).toList(), at);
    tell(WARNING, "warning", found.stream().filter(it -> !it.kind().isCritical()).toList(), at);
  }

  private void tell(String name, String severity, List<Trouble> troubles, Instant at) {
    Raised alert = raised.get(name);
    if (!troubles.isEmpty()) {
      boolean held = troubles.stream().anyMatch(one -> !one.since().plus(HOLD).isAfter(at));
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
      send(name, severity, alert, at.plus(BELIEVED));
    } else if (alert != null && !alert.seenAt.plus(HOLD).isAfter(at)) {
      LOG.info("{} is over", name);
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
    String told =
        troubles.stream()
            .limit(MOST_TOLD)
            .map(
                one ->
                    one.text() + " (since " + one.since().toString().replaceAll("\\..*", "Z") + ")")
            .collect(Collectors.joining("; "));
    return troubles.size() > MOST_TOLD
        ? told + "; and " + (troubles.size() - MOST_TOLD) + " more"
        : told;
  }

  @Override
  public List<Trouble> now() {
    return now;
  }

  @Override
  public synchronized void close() {
    if (thread != null) {
      thread.interrupt();
    }
  }
}
