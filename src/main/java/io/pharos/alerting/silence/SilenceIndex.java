package io.pharos.alerting.silence;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;

/// Index of unexpired silences, by a condition that every matching alert must fulfil.
final class SilenceIndex {
  /* A silence with an equality matcher that does not match a missing label can only match alerts
   * with exactly that pair of name and value, so it is indexed by the pair. Other silences with
   * a regular expression that begins with a literal, such as instance=~"node-9.*", are indexed
   * by the first characters of the label's value. All other silences are tested for every alert. */
  private final Map<String, Map<String, List<Silence>>> byPair = new HashMap<>();
  private final Map<String, Prefixes> byPrefix = new HashMap<>();
  private final List<Silence> others = new ArrayList<>();

  /// Silences by a required prefix of one label's value.
  private static final class Prefixes {
    private final TreeSet<Integer> lengths = new TreeSet<>();
    private final Map<String, List<Silence>> silences = new HashMap<>();

    void add(String prefix, Silence silence) {
      lengths.add(prefix.length());
      silences.computeIfAbsent(prefix, _ -> new ArrayList<>()).add(silence);
    }

    void forEach(String value, Consumer<Silence> action) {
      for (int length : lengths) {
        if (length > value.length()) {
          return;
        }
        List<Silence> found = silences.get(value.substring(0, length));
        if (found != null) {
          found.forEach(action);
        }
      }
    }
  }

  SilenceIndex(List<Silence> silences) {
    silences.forEach(this::add);
  }

  private void add(Silence silence) {
    for (LabelMatcher m : silence.matchers()) {
      if (m.type() == LabelMatcher.Type.EQUAL && !m.value().isEmpty()) {
        byPair
            .computeIfAbsent(m.name(), _ -> new HashMap<>())
            .computeIfAbsent(m.value(), _ -> new ArrayList<>())
            .add(silence);
        return;
      }
    }
    for (LabelMatcher m : silence.matchers()) {
      String prefix = m.type() == LabelMatcher.Type.REGEX ? literalPrefix(m.value()) : "";
      if (!prefix.isEmpty()) {
        byPrefix.computeIfAbsent(m.name(), _ -> new Prefixes()).add(prefix, silence);
        return;
      }
    }
    others.add(silence);
  }

  /// Returns a literal prefix of every text that the regular expression matches. A longer common
  /// prefix may exist.
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
      String value = labels.value(i);
      Map<String, List<Silence>> byValue = byPair.get(labels.name(i));
      List<Silence> candidates = byValue == null ? null : byValue.get(value);
      if (candidates != null) {
        candidates.forEach(silence -> addIfMatches(silence, labels, now, ids));
      }
      Prefixes prefixes = byPrefix.get(labels.name(i));
      if (prefixes != null) {
        prefixes.forEach(value, silence -> addIfMatches(silence, labels, now, ids));
      }
    }
    others.forEach(silence -> addIfMatches(silence, labels, now, ids));
    if (ids.size() > 1) {
      ids.sort(null);
    }
    return ids;
  }

  private static void addIfMatches(Silence silence, Labels labels, Instant now, List<String> ids) {
    if (silence.state(now) == Silence.State.ACTIVE && silence.matches(labels)) {
      ids.add(silence.id());
    }
  }
}
