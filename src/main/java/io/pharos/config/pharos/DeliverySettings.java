package io.pharos.config.pharos;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Settings of deliveries that Alertmanager does not have.
///
/// @param closing by receiver: whether to send the resolution of everything that was sent, even
///   while muted; absent receivers follow their integration's kind
/// @param fallbacks by receiver: the receiver that gets what could not be delivered
/// @param limits by receiver: rate limit of each of its integrations
/// @param urgent an alert that matches all of these is sent even if its decision can't be stored,
///   at the risk of sending it twice
public record DeliverySettings(
    Map<String, Boolean> closing,
    Map<String, String> fallbacks,
    Map<String, RateLimit> limits,
    List<LabelMatcher> urgent) {
  /// The settings without a `pharos.yml`.
  public static final DeliverySettings STANDARD =
      new DeliverySettings(
          Map.of(),
          Map.of(),
          Map.of(),
          List.of(LabelMatcher.of(LabelMatcher.Type.REGEX, "severity", "critical|page", false)));

  public DeliverySettings {
    closing = Map.copyOf(closing);
    fallbacks = Map.copyOf(fallbacks);
    limits = Map.copyOf(limits);
    urgent = List.copyOf(urgent);
    if (urgent.isEmpty()) {
      throw new IllegalArgumentException("urgent has no matcher: every alert would be urgent");
    }
  }

  /// Whether an integration of a receiver closes the incidents that it opened.
  ///
  /// @param defaultValue what the integration's kind does
  public boolean closes(String receiver, boolean defaultValue) {
    return closing.getOrDefault(receiver, defaultValue);
  }

  /// Whether an alert is sent even if its decision can't be stored.
  public boolean isUrgent(Labels labels) {
    return urgent.stream().allMatch(matcher -> matcher.matches(labels));
  }

  /// The receiver that gets what this receiver could not deliver.
  public Optional<String> fallback(String receiver) {
    return Optional.ofNullable(fallbacks.get(receiver));
  }

  /// The rate limit of each integration of a receiver; empty for the limit of its service.
  public Optional<RateLimit> limit(String receiver) {
    return Optional.ofNullable(limits.get(receiver));
  }
}
