package io.pharos.limits.connections;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/// Limits of incoming connections.
///
/// @param most maximum number of connections
/// @param reserve file descriptors left to scrapes, messages and files; connections may use half of
///   them if other work used up the rest
/// @param head longest time for the head of a request, from its first byte on (from the connection
///   on for the first request)
/// @param read longest time for the body of a request, and for a pause while the client reads the
///   answer
/// @param idle longest time a connection is kept without a request
public record ConnectionLimits(int most, int reserve, Duration head, Duration read, Duration idle) {
  private static final int MAX = 512;

  public ConnectionLimits {
    if (most < 1) {
      throw new IllegalArgumentException(most + " connections: expected at least 1");
    }
    if (reserve < 0) {
      throw new IllegalArgumentException(reserve + " reserved descriptors: expected at least 0");
    }
    requirePositive(head, "head");
    requirePositive(read, "read");
    requirePositive(idle, "idle");
  }

  /// The default maximum number of connections: Prometheus' 512, but at most half of the
  /// descriptors.
  ///
  /// @param descriptors maximum number of descriptors of this process
  public static int most(long descriptors) {
    return Math.clamp(descriptors / 2, 1, MAX);
  }

  /// The default reserve of descriptors: a quarter, but at most what 512 targets with two
  /// descriptors each need.
  ///
  /// @param descriptors maximum number of descriptors of this process
  public static int reserve(long descriptors) {
    return (int) Math.min(descriptors / 4, 2 * MAX);
  }

  private static void requirePositive(Duration time, String name) {
    if (!requireNonNull(time, name + " is null").isPositive()) {
      throw new IllegalArgumentException(name + " is " + time + ", expected a positive time");
    }
  }
}
