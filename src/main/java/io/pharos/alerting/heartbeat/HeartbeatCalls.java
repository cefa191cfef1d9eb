package io.pharos.alerting.heartbeat;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.alerting.channel.HttpCall;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.channel.SecretMask;
import io.pharos.alerting.message.TextLimit;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.http.SecretSource;
import io.pharos.config.pharos.OutboundHeartbeat;
import io.pharos.http.ClientPool;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Calls the addresses of `heartbeats` while this Pharos is well. Every replica calls for itself: a
/// call by one of them for all would say nothing about the others.
public final class HeartbeatCalls {
  /// How often [#tick] must be called.
  public static final Duration INTERVAL = Duration.ofSeconds(1);

  /// How long Pharos must be unwell before calls are left out; the alert PharosInTrouble waits as
  /// long. A shorter trouble must not make the other side call people.
  static final Duration HOLD = Duration.ofSeconds(30);

  /// Time from a failed call to the next one, unless the interval is shorter.
  static final Duration RETRY = Duration.ofSeconds(10);

  private static final Logger LOG = LoggerFactory.getLogger(HeartbeatCalls.class);
  private static final int MAX_REASON = 500;

  /// What happened at the last time a call was due.
  public enum Result {
    /// Nothing yet.
    NONE,
    /// The other side accepted the call.
    ACCEPTED,
    /// The other side did not accept the call.
    FAILED,
    /// There was no call, because Pharos is not well.
    LEFT_OUT,
    /// The other side was told that Pharos is not well.
    REPORTED;

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// A heartbeat for people.
  ///
  /// @param at when the result came; null for [Result#NONE]
  /// @param reason why, without secrets; empty if the call was accepted
  /// @param acceptedAt when a call that says that Pharos is well was last accepted; null if never
  public record Shown(
      String name,
      Duration interval,
      Result result,
      @Nullable Instant at,
      String reason,
      @Nullable Instant acceptedAt) {}

  private final Supplier<List<OutboundHeartbeat>> settings;
  private final Supplier<Condition> condition;
  private final ClientPool clients;
  private final Executor executor;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final MeterRegistry registry;
  private volatile Map<String, Entry> entries = Map.of();
  private @Nullable List<OutboundHeartbeat> applied;
  private Condition lastGood = new Condition.Starting();
  private long goodAt;

  /// Calls nobody before [#tick].
  ///
  /// @param settings the heartbeats of the configuration that was read last
  /// @param clients used only by these calls; the caller closes it
  /// @param executor runs the calls
  /// @param nanos a monotonic clock in nanoseconds, so that a changed wall clock delays no call
  public HeartbeatCalls(
      Supplier<List<OutboundHeartbeat>> settings,
      Supplier<Condition> condition,
      ClientPool clients,
      Executor executor,
      InstantSource clock,
      LongSupplier nanos,
      MeterRegistry registry) {
    this.settings = settings;
    this.condition = condition;
    this.clients = clients;
    this.executor = executor;
    this.clock = clock;
    this.nanos = nanos;
    this.registry = registry;
    this.goodAt = nanos.getAsLong();
  }

  /// Starts the calls that are due.
  public synchronized void tick() {
    List<OutboundHeartbeat> current = settings.get();
    if (!current.equals(applied)) {
      apply(current);
    }
    if (entries.isEmpty()) {
      return;
    }
    long now = nanos.getAsLong();
    Condition held = held(condition.get(), now);
    for (Entry entry : entries.values()) {
      if (now - entry.due >= 0 && entry.calling.compareAndSet(false, true)) {
        long next = entry.due + entry.settings.interval().toNanos();
        entry.due = next - now > 0 ? next : now + entry.settings.interval().toNanos();
        entry.meet(held);
      }
    }
  }

  private Condition held(Condition found, long now) {
    if (found instanceof Condition.Unwell) {
      return now - goodAt < HOLD.toNanos() ? lastGood : found;
    }
    goodAt = now;
    // A reload makes the results of rules unknown, but it is no start.
    lastGood = found instanceof Condition.Well ? found : lastGood;
    return lastGood;
  }

  private void apply(List<OutboundHeartbeat> current) {
    var next = new LinkedHashMap<String, Entry>();
    for (OutboundHeartbeat heartbeat : current) {
      Entry existing = entries.get(heartbeat.name());
      next.put(
          heartbeat.name(),
          existing != null && existing.settings.equals(heartbeat)
              ? existing
              : new Entry(heartbeat, existing == null ? null : existing.acceptedAt));
    }
    entries.values().stream()
        .filter(entry -> !next.containsValue(entry))
        .forEach(Entry::unregister);
    next.values().forEach(Entry::register);
    clients.retain(current.stream().map(OutboundHeartbeat::http).collect(Collectors.toSet()));
    entries = next;
    applied = current;
  }

  /// Returns all heartbeats, in the order of the file.
  public List<Shown> shown() {
    return entries.values().stream().map(Entry::shown).toList();
  }

  /// A heartbeat and its last call.
  private final class Entry {
    private final OutboundHeartbeat settings;
    private final AtomicBoolean calling = new AtomicBoolean();
    private final Map<Result, Counter> counters = new EnumMap<>(Result.class);
    private @Nullable Gauge accepted;
    private volatile long due = nanos.getAsLong();
    private volatile Result result = Result.NONE;
    private volatile @Nullable Instant at;
    private volatile String reason = "";
    private volatile @Nullable Instant acceptedAt;

    Entry(OutboundHeartbeat settings, @Nullable Instant acceptedAt) {
      this.settings = settings;
      this.acceptedAt = acceptedAt;
    }

    void register() {
      if (accepted != null) {
        return;
      }
      accepted =
          Gauge.builder("pharos_outbound_heartbeat_success_timestamp_seconds", this, Entry::seconds)
              .description("When the other side last accepted that Pharos is well; 0 if never.")
              .tag("heartbeat", settings.name())
              .register(registry);
      EnumSet.complementOf(EnumSet.of(Result.NONE))
          .forEach(counted -> counters.put(counted, counter(counted)));
    }

    void unregister() {
      counters.values().forEach(registry::remove);
      if (accepted != null) {
        registry.remove(accepted);
      }
    }

    private double seconds() {
      Instant last = acceptedAt;
      return last == null ? 0 : last.toEpochMilli() / 1000.0;
    }

    private Counter counter(Result counted) {
      return Counter.builder("pharos_outbound_heartbeats")
          .description("Calls that were due, by what happened.")
          .tag("heartbeat", settings.name())
          .tag("result", counted.label())
          .register(registry);
    }

    Shown shown() {
      return new Shown(settings.name(), settings.interval(), result, at, reason, acceptedAt);
    }

    /// Makes the call that fits the condition, if any.
    void meet(Condition found) {
      switch (found) {
        case Condition.Well _ -> start(settings.url(), "Pharos is well", Result.ACCEPTED, "");
        case Condition.Starting _ -> {
          due = nanos.getAsLong();
          calling.set(false);
        }
        case Condition.Unwell(List<String> reasons) -> {
          String text = TextLimit.to(MAX_REASON, String.join("; ", reasons));
          if (settings.failUrl().isSet()) {
            start(settings.failUrl(), "Pharos is not well: " + text, Result.REPORTED, text);
          } else {
            end(Result.LEFT_OUT, text);
          }
        }
      }
    }

    private void start(SecretSource address, String body, Result success, String why) {
      executor.execute(
          () -> {
            try {
              switch (call(address, body)) {
                case HttpPoster.Outcome.Answered _ -> end(success, why);
                case HttpPoster.Outcome.Failed failed -> fail(reason(failed.result()));
              }
            } catch (IOException | RuntimeException | Error e) {
              fail(String.valueOf(e.getMessage()));
            }
          });
    }

    private HttpPoster.Outcome call(SecretSource address, String body) throws IOException {
      String url = address.read().orElse("");
      HttpCall call =
          switch (settings.method()) {
            case "GET" -> HttpCall.get(url);
            default -> new HttpCall("POST", url, "text/plain; charset=utf-8", body, Map.of());
          };
      Duration timeout = settings.timeout();
      return new HttpPoster(clients.client(settings.http()), clock)
          .call(call, "", timeout, clock.instant().plus(timeout));
    }

    private static String reason(NotifyResult result) {
      return switch (result) {
        case NotifyResult.Retryable(String text, var _) -> text;
        case NotifyResult.Rejected(String text) -> text;
        case NotifyResult.Sent(String text) -> text;
        case NotifyResult.NotConfigured(String text) -> text;
      };
    }

    private void fail(String text) {
      var mask = SecretMask.of(List.of(settings.url(), settings.failUrl()));
      long retry = nanos.getAsLong() + RETRY.toNanos();
      due = due - retry > 0 ? retry : due;
      end(Result.FAILED, mask.apply(text));
    }

    private void end(Result next, String why) {
      if (next != result) {
        String name = settings.name();
        switch (next) {
          case NONE -> {}
          case ACCEPTED -> LOG.info("The heartbeat {} is accepted", name);
          case FAILED -> LOG.warn("The heartbeat {} failed: {}", name, why);
          case LEFT_OUT -> LOG.error("The heartbeat {} is left out: {}", name, why);
          case REPORTED ->
              LOG.error("The heartbeat {} reports that Pharos is not well: {}", name, why);
        }
      }
      Instant now = clock.instant();
      if (next == Result.ACCEPTED) {
        acceptedAt = now;
      }
      at = now;
      reason = why;
      result = next;
      Counter counted = counters.get(next);
      if (counted != null) {
        counted.increment();
      }
      calling.set(false);
    }
  }
}
