package io.pharos.config.pharos;

import static java.util.Objects.requireNonNull;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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

  public DeliverySettings {
    closing = Map.copyOf(requireNonNull(closing, "closing is null"));
    fallbacks = Map.copyOf(requireNonNull(fallbacks, "fallbacks is null"));
    limits = Map.copyOf(requireNonNull(limits, "limits is null"));
    urgent = List.copyOf(urgent);
    if (urgent.isEmpty()) {
      throw new IllegalArgumentException("urgent has no matcher, so that all alerts were urgent");
    }
  }

  /// Whether an integration of a receiver closes what it opened.
  ///
  /// @param otherwise what its kind does
  public boolean closes(String receiver, boolean otherwise) {
    return closing.getOrDefault(receiver, otherwise);
  }

  public boolean isUrgent(Labels labels) {
    return urgent.stream().allMatch(matcher -> matcher.matches(labels));
  }

  /// Who is told what a receiver could not be told.
  public Optional<String> fallback(String receiver) {
    return Optional.ofNullable(fallbacks.get(receiver));
  }

  /// How many messages each integration of a receiver may send; empty for what its service takes.
  public Optional<RateLimit> limit(String receiver) {
    return Optional.ofNullable(limits.get(receiver));
  }
}
