package io.pharos.rollout.agent;

/// A server at the load balancer.
///
/// @param check the result of the load balancer's check
/// @param service whether it may get traffic
/// @param weight weight relative to the other servers, 0 or more
/// @param sessions number of requests in progress
record BalancedServer(String name, Check check, Service service, int weight, int sessions) {
  /// What the load balancer's check says.
  enum Check {
    /// The server answers.
    UP,
    /// The server does not answer.
    DOWN,
    /// The server was not checked yet.
    UNKNOWN
  }

  /// Whether a server may get traffic.
  enum Service {
    /// In service: its traffic depends on its weight.
    READY,
    /// Someone put it into the state `drain` or `maint`.
    WITHDRAWN,
    /// Out of service for another reason, for example because its name has no address.
    AWAY
  }

  BalancedServer {
    if (weight < 0 || sessions < 0) {
      throw new IllegalArgumentException(
          name + ": weight " + weight + ", sessions " + sessions + ": expected 0 or more");
    }
  }

  /// Returns whether the load balancer has checked the server and found it healthy.
  boolean healthy() {
    return check == Check.UP;
  }

  boolean ready() {
    return service == Service.READY;
  }

  boolean withdrawn() {
    return service == Service.WITHDRAWN;
  }
}
