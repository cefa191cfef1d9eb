package io.pharos.access;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;

/// Decides about requests by the tokens in force, which can be replaced while it runs, and counts
/// the answers as `pharos_access_total{scope,outcome}`.
public final class AccessControl {
  private final InstantSource clock;
  private final MeterRegistry meterRegistry;
  private volatile Tokens tokens;

  public AccessControl(Tokens tokens, InstantSource clock, MeterRegistry meterRegistry) {
    this.tokens = requireNonNull(tokens, "tokens is null");
    this.clock = requireNonNull(clock, "clock is null");
    this.meterRegistry = requireNonNull(meterRegistry, "meterRegistry is null");
  }

  /// Puts other tokens in force, from the next request on.
  public void replace(Tokens other) {
    this.tokens = requireNonNull(other, "other is null");
  }

  /// Whether a client may do what a scope names.
  public Access authorize(Client client, Scope scope) {
    Access access = tokens.authorize(client, scope, clock.instant());
    String outcome =
        switch (access) {
          case Access.Granted _ -> "granted";
          case Access.Missing _ -> "missing";
          case Access.Invalid _ -> "invalid";
          case Access.Forbidden _ -> "forbidden";
        };
    meterRegistry.counter("pharos.access", "scope", scope.text(), "outcome", outcome).increment();
    return access;
  }
}
