package io.pharos.config.alertmanager;

import static java.util.Objects.requireNonNull;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// How deliveries are treated where Alertmanager has no word for it.
///
/// @param closing by receiver, whether it is told the end of what it was told, even while that is
///   muted; the others go by their kind
/// @param fallbacks by receiver, the one that is told what it could not be told
/// @param limits by receiver, how many messages each of its integrations may send
/// @param urgent matchers of which all hold for an alert that is told even where the decision can't
///   be stored, at the price of telling it twice
public record DeliverySettings(
    Map<String, Boolean> closing,
    Map<String, String> fallbacks,
    Map<String, RateLimit> limits,
    List<LabelMatcher> urgent) {
  /// Without a `pharos.yml`.
  public static final DeliverySettings STANDARD =
      new DeliverySettings(
          Map.of(),
          Map.of(),
          Map.of(),
          List.of(LabelMatcher.of(LabelMatcher.Type.REGEX, "severity", "critical|page", false)));

  /// What opens incidents closes them: one that is left open because its end was muted pages
  /// someone for nothing, or hides the next one.
  static final Set<String> INCIDENT_RECEIVERS = Set.of("pagerduty", "opsgenie");

  /// What group robots take before they are blocked for minutes.
  private static final Map<String, RateLimit> ROBOTS =
      Map.of(
          "dingtalk", new RateLimit(20, Duration.ofMinutes(1)),
          "feishu", new RateLimit(100, Duration.ofMinutes(1)),
          "wecom", new RateLimit(20, Duration.ofMinutes(1)));

  public DeliverySettings {
    closing = Map.copyOf(requireNonNull(closing, "closing is null"));
    fallbacks = Map.copyOf(requireNonNull(fallbacks, "fallbacks is null"));
    limits = Map.copyOf(requireNonNull(limits, "limits is null"));
    urgent = List.copyOf(urgent);
    if (urgent.isEmpty()) {
      throw new IllegalArgumentException("urgent has no matcher, so that all alerts were urgent");
    }
  }

  /// Whether an integration closes what it opened.
  ///
  /// @param type of the integration, as in `slack`
  public boolean closes(String receiver, String type) {
    return closing.getOrDefault(receiver, INCIDENT_RECEIVERS.contains(type));
  }

  public boolean isUrgent(Labels labels) {
    return urgent.stream().allMatch(matcher -> matcher.matches(labels));
  }

  /// Who is told what a receiver could not be told.
  public Optional<String> fallback(String receiver) {
    return Optional.ofNullable(fallbacks.get(receiver));
  }

  /// How many messages an integration may send: as its receiver says, or as its service takes.
  ///
  /// @param type of the integration, as in `slack`
  public Optional<RateLimit> limit(String receiver, String type) {
    return Optional.ofNullable(limits.getOrDefault(receiver, ROBOTS.get(type)));
  }
}
