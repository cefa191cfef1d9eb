package io.pharos.server.web.rule;

import io.pharos.model.Labels;
import io.pharos.rules.GroupSnapshot;
import io.pharos.rules.RuleSnapshot;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Which rules the list shows, and in which order.
///
/// @param text words that a rule must all contain
/// @param standing the only standing that is shown; empty shows all
/// @param byCost whether the most expensive rules come first, without their groups
record RuleSearch(String text, Optional<RuleStanding> standing, boolean byCost) {
  /* A longer text finds nothing more; it would only make the page longer. */
  private static final int MAX_TEXT = 300;

  static RuleSearch of(@Nullable String text, @Nullable String state, @Nullable String sort) {
    String words = text == null ? "" : text.strip();
    return new RuleSearch(
        words.substring(0, Math.min(MAX_TEXT, words.length())),
        Optional.ofNullable(state).flatMap(RuleStanding::parse),
        "cost".equals(sort));
  }

  /// Whether it leaves rules out.
  public boolean isNarrow() {
    return !text.isEmpty() || standing.isPresent();
  }

  /// Returns the word of the standing; empty if all are shown.
  public String state() {
    return standing.map(RuleStanding::text).orElse("");
  }

  /// Whether a rule is shown: its name, expression, labels, group or file contain each word.
  boolean matches(GroupSnapshot group, RuleSnapshot rule) {
    if (standing.isPresent() && standing.get() != RuleStanding.of(rule)) {
      return false;
    }
    if (text.isEmpty()) {
      return true;
    }
    List<String> places =
        Stream.of(
                rule.name(),
                rule.query(),
                Labels.of(rule.labels()).toString(),
                group.name(),
                group.file())
            .map(place -> place.toLowerCase(Locale.ROOT))
            .toList();
    return Stream.of(text.toLowerCase(Locale.ROOT).split("\\s+"))
        .allMatch(word -> places.stream().anyMatch(place -> place.contains(word)));
  }
}
