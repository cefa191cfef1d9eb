package io.pharos.config.pharos;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Settings of deliveries that Alertmanager does not have.
///
/// @param closing by receiver: whether a resolved notification is sent for every alert that was
///   sent as firing, even while it is muted. For a receiver that is absent, the default of each
///   integration applies
/// @param fallbacks by receiver: the receiver that gets notifications which could not be delivered
/// @param limits by receiver: the rate limit of each of its integrations
/// @param urgent an alert that matches all of these matchers is sent even if the decision can't be
///   stored, and so may be sent twice
/// @param flapping when alerts flap; the first rule that matches an alert applies
/// @param acknowledgements who must acknowledge, and whether the owner is asked again
/// @param heartbeats addresses that are called while Pharos is well
/// @param hysteresis when alerts of rules begin and end; the first one that matches a rule applies
public record DeliverySettings(
    Map<String, Boolean> closing,
    Map<String, String> fallbacks,
    Map<String, RateLimit> limits,
    List<LabelMatcher> urgent,
    List<FlapRule> flapping,
    AcknowledgementRules acknowledgements,
    List<OutboundHeartbeat> heartbeats,
    List<HysteresisRule> hysteresis) {
  /// The settings if there is no `pharos.yml`.
  public static final DeliverySettings STANDARD =
      new DeliverySettings(
          Map.of(),
          Map.of(),
          Map.of(),
          List.of(LabelMatcher.of(LabelMatcher.Type.REGEX, "severity", "critical|page", false)),
          List.of(),
          AcknowledgementRules.NONE,
          List.of(),
          List.of());

  public DeliverySettings {
    closing = Map.copyOf(closing);
    fallbacks = Map.copyOf(fallbacks);
    limits = Map.copyOf(limits);
    urgent = List.copyOf(urgent);
    flapping = List.copyOf(flapping);
    heartbeats = List.copyOf(heartbeats);
    hysteresis = List.copyOf(hysteresis);
    if (urgent.isEmpty()) {
      throw new IllegalArgumentException("urgent has no matcher: every alert would be urgent");
    }
  }

  /// Returns whether an integration of a receiver closes the incidents that it opened.
  ///
  /// @param defaultValue the default of this kind of integration
  public boolean closes(String receiver, boolean defaultValue) {
    return closing.getOrDefault(receiver, defaultValue);
  }

  /// Returns whether an alert is sent even if its decision can't be stored.
  public boolean isUrgent(Labels labels) {
    return LabelMatcher.matchesAll(urgent, labels);
  }

  /// Returns the receiver that gets the notifications which this receiver could not deliver.
  public Optional<String> fallback(String receiver) {
    return Optional.ofNullable(fallbacks.get(receiver));
  }

  /// Returns the rate limit of each integration of a receiver; empty if only the limit of the
  /// receiving service applies.
  public Optional<RateLimit> limit(String receiver) {
    return Optional.ofNullable(limits.get(receiver));
  }
}
