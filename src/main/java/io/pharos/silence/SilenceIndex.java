package io.pharos.silence;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Unexpired silences by what an alert must have for them to match at all.
final class SilenceIndex {
  /* A silence with an equality matcher (that does not accept the missing label) can only match an
   * alert with exactly that pair, so it is found by that pair. Of the others, one whose regular
   * expression begins with a literal is tried only where the label begins so: that is what silences
   * like instance=~"node-9.*" are, and a comparison of a few characters costs a hundredth of the
   * expression. The rest is tried always. */
  private final Map<String, Map<String, List<Silence>>> byPair = new HashMap<>();
  private final List<Guarded> others = new ArrayList<>();

  private record Guarded(Silence silence, String label, String prefix) {}

  SilenceIndex(List<Silence> silences) {
    for (Silence silence : silences) {
      Optional<LabelMatcher> pair =
          silence.matchers().stream()
              .filter(m -> m.type() == LabelMatcher.Type.EQUAL && !m.value().isEmpty())
              .findFirst();
      if (pair.isPresent()) {
        byPair
            .computeIfAbsent(pair.get().name(), _ -> new HashMap<>())
            .computeIfAbsent(pair.get().value(), _ -> new ArrayList<>())
            .add(silence);
      } else {
        others.add(guard(silence));
      }
    }
  }

  private static Guarded guard(Silence silence) {
    return silence.matchers().stream()
        .filter(m -> m.type() == LabelMatcher.Type.REGEX)
        .map(m -> new Guarded(silence, m.name(), literalPrefix(m.value())))
        .filter(guarded -> !guarded.prefix().isEmpty())
        .findFirst()
        .orElseGet(() -> new Guarded(silence, "", ""));
  }

  /// Characters that every match begins with; maybe fewer than could be known.
  static String literalPrefix(String regex) {
    if (regex.indexOf('|') >= 0) {
      return "";
    }
    int end = 0;
    while (end < regex.length() && isLiteral(regex.charAt(end))) {
      end++;
    }
    boolean lastIsOptional = end < regex.length() && "*?{".indexOf(regex.charAt(end)) >= 0;
    return regex.substring(0, lastIsOptional && end > 0 ? end - 1 : end);
  }

  private static boolean isLiteral(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '_'
        || c == '-'
        || c == '/'
        || c == ':'
        || c == ' ';
  }

  List<String> activeMatches(Labels labels, Instant now) {
    var ids = new ArrayList<String>(0);
    for (int i = 0; i < labels.size(); i++) {
      Map<String, List<Silence>> byValue = byPair.get(labels.name(i));
      List<Silence> candidates = byValue == null ? null : byValue.get(labels.value(i));
      if (candidates != null) {
        candidates.forEach(silence -> addIfMatches(silence, labels, now, ids));
      }
    }
    for (Guarded guarded : others) {
      if (guarded.prefix().isEmpty() || labels.get(guarded.label()).startsWith(guarded.prefix())) {
        addIfMatches(guarded.silence(), labels, now, ids);
      }
    }
    ids.sort(null);
    return ids;
  }

  private static void addIfMatches(Silence silence, Labels labels, Instant now, List<String> ids) {
    if (silence.state(now) == Silence.State.ACTIVE && silence.matches(labels)) {
      ids.add(silence.id());
    }
  }
}
