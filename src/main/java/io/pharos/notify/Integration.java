package io.pharos.notify;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.Semaphore;

/// An integration in force: how it is told, and how many at a time.
///
/// @param free one permit for each attempt that may run now
record Integration(IntegrationId id, boolean sendResolved, Notifier notifier, Semaphore free) {
  /// How many messages one integration may be sending at a time.
  static final int CONCURRENCY = 32;

  Integration {
    requireNonNull(id, "id is null");
    requireNonNull(notifier, "notifier is null");
    requireNonNull(free, "free is null");
  }

  Integration(IntegrationId id, boolean sendResolved, Notifier notifier) {
    this(id, sendResolved, notifier, new Semaphore(CONCURRENCY));
  }
}
