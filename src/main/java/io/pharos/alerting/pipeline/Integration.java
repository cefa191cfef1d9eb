package io.pharos.alerting.pipeline;

import io.pharos.config.pharos.RateLimit;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/// An integration of the current configuration.
///
/// @param opensIncidents whether its messages open incidents at an incident service
/// @param closes whether the end of an announced alert is reported even while the alert is muted
/// @param permits one permit for each attempt that may run at the same time
public record Integration(
    Id id,
    boolean sendResolved,
    boolean opensIncidents,
    boolean closes,
    Optional<RateLimit> limit,
    Notifier notifier,
    Semaphore permits) {
  /// Maximum number of attempts of one integration that may run at the same time.
  public static final int CONCURRENCY = 32;

  /// Creates an integration with [#CONCURRENCY] permits.
  public Integration(
      Id id,
      boolean sendResolved,
      boolean opensIncidents,
      boolean closes,
      Optional<RateLimit> limit,
      Notifier notifier) {
    this(id, sendResolved, opensIncidents, closes, limit, notifier, new Semaphore(CONCURRENCY));
  }

  /// An integration that cannot send because something is missing.
  ///
  /// @param missing the reason, such as `the secret file /run/secrets/slack does not exist`
  public record Unconfigured(Id integration, String missing) {}

  /// Identifies one integration of one receiver.
  ///
  /// @param type type of the integration, such as `slack`
  /// @param index position among the receiver's integrations of this type, from 0
  public record Id(String receiver, String type, int index) {
    /// Returns the id as a text like `on-call/slack[0]`.
    @Override
    public String toString() {
      return receiver + "/" + type + "[" + index + "]";
    }
  }
}
