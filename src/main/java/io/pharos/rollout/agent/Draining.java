package io.pharos.rollout.agent;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/// Tracks whether servers without weight have finished their requests.
final class Draining {
  /// Number of successive rounds without requests after which a server has finished its requests.
  /// One round is too few: it may not show a request that the server received just before it lost
  /// its weight.
  private static final int QUIET_ROUNDS = 2;

  /// A server without weight.
  ///
  /// @param since when it lost its weight, in nanoseconds of the monotonic clock
  /// @param quietRounds number of the last rounds in which it had no request
  private record Rest(long since, int quietRounds) {}

  private final LongSupplier nanos;
  private final Map<String, Rest> resting = new HashMap<>();

  Draining(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /// Updates the state; call it once in each round.
  void update(Map<String, BalancedServer> servers) {
    servers.forEach(
        (name, server) -> {
          if (server.weight() > 0) {
            resting.remove(name);
          } else {
            Rest rest = resting.getOrDefault(name, new Rest(nanos.getAsLong(), 0));
            int quietRounds = server.sessions() == 0 ? rest.quietRounds() + 1 : 0;
            resting.put(name, new Rest(rest.since(), quietRounds));
          }
        });
  }

  /// Returns whether a server has no weight and has finished its requests, or has had no weight for
  /// `limit`.
  boolean isOver(String name, Duration limit) {
    Rest rest = resting.get(name);
    return rest != null
        && (rest.quietRounds() >= QUIET_ROUNDS
            || nanos.getAsLong() - rest.since() >= limit.toNanos());
  }
}
