package io.pharos.rollout.agent;

/// A server at the load balancer.
///
/// @param healthy whether the load balancer has checked the server and found it healthy
/// @param ready whether it has not been taken out of service manually
/// @param weight weight relative to the other servers, 0 or more
/// @param sessions number of requests in progress
record BalancedServer(String name, boolean healthy, boolean ready, int weight, int sessions) {
  BalancedServer {
    if (weight < 0 || sessions < 0) {
      throw new IllegalArgumentException(
          name + ": weight " + weight + ", sessions " + sessions + ": expected 0 or more");
    }
  }
}
