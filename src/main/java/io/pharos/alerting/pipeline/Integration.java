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
record Integration(
    IntegrationId id,
    boolean sendResolved,
    boolean closes,
    Optional<RateLimit> limit,
    Notifier notifier,
    Semaphore free) {
  /// How many messages one integration may be sending at a time.
  static final int CONCURRENCY = 32;

  Integration {
    requireNonNull(id, "id is null");
    requireNonNull(limit, "limit is null");
    requireNonNull(notifier, "notifier is null");
    requireNonNull(free, "free is null");
  }

  Integration(
      IntegrationId id,
      boolean sendResolved,
      boolean closes,
      Optional<RateLimit> limit,
      Notifier notifier) {
    this(id, sendResolved, closes, limit, notifier, new Semaphore(CONCURRENCY));
  }
}
