package io.pharos.demo;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/// Holds the one fault that may be on, and what a fault leaves behind.
final class FaultSwitch {
  private final InstantSource clock;
  private volatile DemoFault current = DemoFault.NONE;
  private volatile @Nullable Instant xidAt;

  FaultSwitch(InstantSource clock) {
    this.clock = clock;
  }

  /// Takes the place of the fault that was on. `none` also repairs the GPU, whose last XID stays
  /// visible otherwise, as in the driver.
  void set(FaultRequest request) {
    if (request.kind() == FaultKind.NONE) {
      xidAt = null;
    } else if (request.kind() == FaultKind.GPU_XID) {
      xidAt = clock.instant();
    }
    current = request.startingAt(clock.instant());
  }

  DemoFault current() {
    return current;
  }

  /// What is wrong now.
  FaultKind kind() {
    return current.kindAt(clock.instant());
  }

  /// When a GPU reported an XID since the last repair; null if none did.
  @Nullable Instant xidAt() {
    return xidAt;
  }

  /// For `GET /fault`.
  String describe() {
    Instant now = clock.instant();
    DemoFault fault = current;
    FaultKind kind = fault.kindAt(now);
    return kind == FaultKind.NONE
        ? "{\"kind\":\"none\"}"
        : "{\"kind\":\"%s\",\"ratio\":%s,\"until\":\"%s\",\"remaining_seconds\":%d}"
            .formatted(
                kind.label(),
                fault.ratio(),
                fault.until(),
                Duration.between(now, fault.until()).toSeconds());
  }
}
