package io.pharos.alerting.pipeline;

import static java.util.Objects.requireNonNull;

import io.pharos.config.pharos.RateLimit;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/// An integration in force: how it is told, and how many at a time.
///
/// @param closes whether what it was told as firing is told as over even while it is muted
/// @param limit how many messages it may send
/// @param free one permit for each attempt that may run now
public record Integration(
    IntegrationId id,
    boolean sendResolved,
    boolean closes,
    Optional<RateLimit> limit,
    Notifier notifier,
    Semaphore permits) {
  /// How many messages one integration may be sending at a time.
  public static final int CONCURRENCY = 32;

  public Integration {
    requireNonNull(id, "id is null");
    requireNonNull(limit, "limit is null");
    requireNonNull(notifier, "notifier is null");
    requireNonNull(permits, "permits is null");
  }

  public Integration(
      IntegrationId id,
      boolean sendResolved,
      boolean closes,
      Optional<RateLimit> limit,
      Notifier notifier) {
    this(id, sendResolved, closes, limit, notifier, new Semaphore(CONCURRENCY));
  }
}
