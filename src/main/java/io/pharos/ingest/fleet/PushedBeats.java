package io.pharos.ingest.fleet;

import io.pharos.ingest.fleet.FleetReading.Unreadable;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/// What was pushed to this process; nothing of it outlives it. Thread-safe.
final class PushedBeats implements FleetReading.Source {
  private final FleetConfig.Push config;
  private final int maxHosts;
  private final Duration forgetAfter;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final Map<String, Pushed> hosts = new HashMap<>();
  private long lastNanos;
  private int leftOut;

  /// @param at corrected to this process' clock
  private record Pushed(Instant at, Duration skew, long nanos) {}

  /// A heartbeat as it was pushed.
  ///
  /// @param at by the sender's clock
  record Beat(String host, Instant at) {}

  PushedBeats(
      FleetConfig.Push config,
      int maxHosts,
      Duration forgetAfter,
      InstantSource clock,
      LongSupplier nanos) {
    this.config = config;
    this.maxHosts = maxHosts;
    this.forgetAfter = forgetAfter;
    this.clock = clock;
    this.nanos = nanos;
  }

  @Override
  public String name() {
    return "push";
  }

  /// Takes what one sender says.
  ///
  /// @param sentAt by the sender's clock; what it differs from ours by, its beats differ by too
  /// @return the hosts that there is no room for
  synchronized List<String> take(Instant sentAt, List<Beat> beats) {
    Duration skew = Duration.between(clock.instant(), sentAt);
    long now = nanos.getAsLong();
    var refused = new ArrayList<String>();
    for (Beat beat : beats) {
      if (!hosts.containsKey(beat.host()) && hosts.size() == maxHosts) {
        leftOut++;
        refused.add(beat.host());
        continue;
      }
      // Nobody can send what is not yet.
      Instant at = (beat.at().isAfter(sentAt) ? sentAt : beat.at()).minus(skew);
      Pushed known = hosts.get(beat.host());
      if (known == null || at.isAfter(known.at())) {
        hosts.put(beat.host(), new Pushed(at, skew, now));
      }
      lastNanos = now;
    }
    return refused;
  }

  /// What the senders' clocks differ from ours by, positive where they are ahead.
  synchronized Map<String, Duration> skews() {
    return hosts.entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue().skew()));
  }

  /// One machine that is silent has stopped; all of them at once can't be reached, or can't reach
  /// us.
  @Override
  public synchronized FleetReading read() throws Unreadable {
    long now = nanos.getAsLong();
    hosts.values().removeIf(pushed -> now - pushed.nanos() > forgetAfter.toNanos());
    if (hosts.size() > 1 && now - lastNanos > config.silentAfter().toNanos()) {
      throw new Unreadable(
          "no heartbeat of any of " + hosts.size() + " hosts for " + config.silentAfter());
    }
    int over = leftOut;
    leftOut = 0;
    return new FleetReading(
        clock.instant(),
        hosts.entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue().at())),
        Optional.empty(),
        List.of(),
        over);
  }

  /// Keeps what another configuration's process of pushes knew.
  synchronized void adopt(PushedBeats before) {
    synchronized (before) {
      before.hosts.forEach(
          (host, pushed) -> {
            if (hosts.size() < maxHosts) {
              hosts.putIfAbsent(host, pushed);
            }
          });
      lastNanos = before.lastNanos;
    }
  }
}
