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

/// Heartbeats that were pushed to this process; a restart loses them. Thread-safe.
final class PushedBeats implements FleetReading.Source {
  private final FleetConfig.Push config;
  private final int maxHosts;
  private final Duration forgetAfter;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final Map<String, Pushed> hosts = new HashMap<>();
  private long lastNanos;
  private int leftOut;

  /// @param beat time of the heartbeat, corrected to the clock of this process
  /// @param skew how far the sender's clock is ahead of the clock of this process
  /// @param nanos when the heartbeat was pushed, by a monotonic clock
  private record Pushed(Instant beat, Duration skew, long nanos) {}

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

  /// Stores the heartbeats of one sender.
  ///
  /// @param sentAt current time by the sender's clock; its difference to this process' clock is
  ///   subtracted from the heartbeats
  /// @return the hosts that were rejected because of the limit
  synchronized List<String> accept(Instant sentAt, List<AgentFleet.Beat> beats) {
    Duration skew = Duration.between(clock.instant(), sentAt);
    long now = nanos.getAsLong();
    var rejected = new ArrayList<String>();
    for (AgentFleet.Beat beat : beats) {
      if (!hosts.containsKey(beat.host()) && hosts.size() == maxHosts) {
        leftOut++;
        rejected.add(beat.host());
        continue;
      }
      // A heartbeat cannot be newer than the push.
      Instant time = (beat.time().isAfter(sentAt) ? sentAt : beat.time()).minus(skew);
      Pushed stored = hosts.get(beat.host());
      if (stored == null || time.isAfter(stored.beat())) {
        hosts.put(beat.host(), new Pushed(time, skew, now));
      }
      lastNanos = now;
    }
    return rejected;
  }

  /// Returns for each host how far the clock of its sender is ahead of this process' clock.
  synchronized Map<String, Duration> skews() {
    return hosts.entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue().skew()));
  }

  /// Returns the stored heartbeats. If a single machine sends none, its agent has stopped. If all
  /// of several machines send none, the network is probably broken, so their states are unknown.
  ///
  /// @throws Unreadable if none of several hosts has sent a heartbeat recently
  @Override
  public synchronized FleetReading read() throws Unreadable {
    long now = nanos.getAsLong();
    hosts.values().removeIf(pushed -> now - pushed.nanos() > forgetAfter.toNanos());
    if (hosts.size() > 1 && now - lastNanos > config.silentAfter().toNanos()) {
      throw new Unreadable(
          "none of " + hosts.size() + " hosts sent a heartbeat for " + config.silentAfter());
    }
    int leftOutNow = leftOut;
    leftOut = 0;
    return new FleetReading(
        clock.instant(),
        hosts.entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue().beat())),
        Optional.empty(),
        List.of(),
        leftOutNow);
  }

  /// Copies the heartbeats that were pushed under the previous configuration.
  synchronized void adopt(PushedBeats previous) {
    synchronized (previous) {
      previous.hosts.forEach(
          (host, pushed) -> {
            if (hosts.size() < maxHosts) {
              hosts.putIfAbsent(host, pushed);
            }
          });
      lastNanos = previous.lastNanos;
    }
  }
}
