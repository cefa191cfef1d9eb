package io.pharos.demo;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/// Stores the active fault, and the time when a GPU last reported an XID.
final class FaultSwitch {
  private final InstantSource clock;
  private volatile DemoFault current = DemoFault.NONE;
  private volatile @Nullable Instant xidAt;

  FaultSwitch(InstantSource clock) {
    this.clock = clock;
  }

  /// Replaces the active fault. `none` also repairs the GPU; otherwise its last XID stays visible,
  /// as in the driver.
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

  /// The kind of the active fault.
  FaultKind kind() {
    return current.kindAt(clock.instant());
  }

  /// When a GPU reported an XID since the last repair; null for never.
  @Nullable Instant xidAt() {
    return xidAt;
  }

  /// The body of `GET /fault`.
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
