package io.pharos.server.app;

import io.pharos.gate.observe.TargetFaults;
import io.pharos.ingest.scrape.TargetsSnapshot;
import io.pharos.model.LabelMatcher;
import io.pharos.model.PromDuration;
import io.pharos.model.Quoted;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// The faults of the scraped pages, for gates.
record PageFaults(Supplier<TargetsSnapshot> targets) implements TargetFaults {
  /// Maximum length of a fault in characters, so that the whole reason is a sentence that a phone
  /// shows.
  private static final int MAX_FAULT = 59;

  private static final int MAX_ADDRESS = 44;

  /// The clocks of two machines may differ by this time.
  private static final Duration MAX_AHEAD = Duration.ofSeconds(5);

  /// Exporters that collect rarely show times that are this far behind.
  private static final Duration MAX_BEHIND = Duration.ofMinutes(1);

  @Override
  public Optional<String> of(List<LabelMatcher> selector) {
    return targets.get().active().stream()
        .filter(
            target ->
                target.labels().has("job")
                    && selector.stream().anyMatch(matcher -> matcher.name().equals("job"))
                    && selector.stream()
                        .filter(matcher -> target.labels().has(matcher.name()))
                        .allMatch(matcher -> matcher.matches(target.labels().get(matcher.name()))))
        .flatMap(target -> fault(target).stream())
        .findFirst();
  }

  private static Optional<String> fault(TargetsSnapshot.ActiveTarget target) {
    String address = Quoted.cut(target.scrapeUrl(), MAX_ADDRESS);
    Duration skew = target.skew();
    if (target.health() == TargetsSnapshot.Health.DOWN) {
      return Optional.of(
          "the page %s fails (%s); fix it, or the scrape job"
              .formatted(address, Quoted.cut(error(target), MAX_FAULT)));
    }
    return skew.compareTo(MAX_AHEAD) <= 0 && skew.negated().compareTo(MAX_BEHIND) <= 0
        ? Optional.empty()
        : Optional.of(
            "the times on the page %s are %s %s Pharos' clock; set the clocks, or honor_timestamps: false"
                .formatted(
                    address,
                    PromDuration.format(skew.abs().truncatedTo(ChronoUnit.SECONDS)),
                    skew.isNegative() ? "behind" : "ahead of"));
  }

  /* The address is in the sentence already. */
  private static String error(TargetsSnapshot.ActiveTarget target) {
    String address = target.scrapeUrl() + ": ";
    String error = target.lastError();
    return error.startsWith(address) ? error.substring(address.length()) : error;
  }
}
