package io.pharos.rollout.agent;

import static java.util.Objects.requireNonNull;

/// A server as the load balancer knows it.
///
/// @param healthy whether its own check of the server passes, and was made
/// @param ready whether nobody took it out of service by hand
/// @param weight its share against those of the others, from 0 on
/// @param sessions requests that it works on now
record BalancedServer(String name, boolean healthy, boolean ready, int weight, int sessions) {
  BalancedServer {
    requireNonNull(name, "name is null");
    if (weight < 0 || sessions < 0) {
      throw new IllegalArgumentException(
          name + ": weight " + weight + ", sessions " + sessions + ": expected 0 or more");
    }
  }
}
