package io.pharos.limits.connections;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/// The bounds of connections that come in.
///
/// @param most how many there may be
/// @param reserve how many file descriptors they leave to scrapes, messages and files; half of them
///   is their own where others took the rest
/// @param head how long a client may take for the head of a request, from its first byte on; for
///   the first request from the connection on
/// @param read how long it may take for the body, and how long an answer may wait for it to read on
/// @param idle how long a connection may be kept without a request
public record ConnectionLimits(int most, int reserve, Duration head, Duration read, Duration idle) {
  private static final int MOST = 512;

  public ConnectionLimits {
    if (most < 1) {
      throw new IllegalArgumentException(most + ": at least one connection");
    }
    if (reserve < 0) {
      throw new IllegalArgumentException(reserve + ": the reserve can't be negative");
    }
    requirePositive(head, "head");
    requirePositive(read, "read");
    requirePositive(idle, "idle");
  }

  /// How many connections there may be where nobody says: Prometheus' 512, and at most half of the
  /// descriptors.
  ///
  /// @param descriptors how many this process may have
  public static int most(long descriptors) {
    return Math.clamp(descriptors / 2, 1, MOST);
  }

  /// The descriptors that connections leave to others: a quarter, and at most as many as 512
  /// targets with two each need.
  ///
  /// @param descriptors how many this process may have
  public static int reserve(long descriptors) {
    return (int) Math.min(descriptors / 4, 2 * MOST);
  }

  private static void requirePositive(Duration time, String name) {
    if (!requireNonNull(time, name + " is null").isPositive()) {
      throw new IllegalArgumentException(time + ": " + name + " must be positive");
    }
  }
}
