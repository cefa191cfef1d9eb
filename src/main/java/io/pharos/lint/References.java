package io.pharos.lint;

import io.pharos.config.yaml.Suggestion;
import io.pharos.model.Quoted;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// Names of one kind that are defined here and asked for there. One that is asked for and not
/// defined is a finding where it is asked for; unless a defined one that nobody asks for is nearly
/// the same: then it is that one that was mistyped, and everything else is in order.
final class References {
  private record Place(String file, int line) {
    @Override
    public String toString() {
      return file + ":" + line;
    }
  }

  private final String kind;
  private final Map<String, Place> defined = new TreeMap<>();
  private final Map<String, List<Place>> asked = new TreeMap<>();
  private final Set<Place> told = new HashSet<>();

  References(String kind) {
    this.kind = kind;
  }

  void define(String name, String file, int line) {
    defined.putIfAbsent(name, new Place(file, line));
  }

  /// Notes that somebody asks for a name whose absence others tell of.
  void askQuietly(String name, String file, int line) {
    ask(name, file, line);
    told.add(new Place(file, line));
  }

  void ask(String name, String file, int line) {
    List<Place> places = asked.computeIfAbsent(name, _ -> new ArrayList<>());
    var place = new Place(file, line);
    if (!places.contains(place)) {
      places.add(place);
    }
  }

  /// Tells what does not fit together.
  ///
  /// @return the names that are asked for and were mistyped where they are defined
  Set<String> judge(Findings findings) {
    var renamed = new TreeSet<String>();
    asked.forEach(
        (name, places) -> {
          if (defined.containsKey(name)) {
            return;
          }
          Optional<String> near = Suggestion.nearest(name, defined.keySet());
          if (near.isPresent() && !asked.containsKey(near.get())) {
            Place at = defined.getOrDefault(near.get(), places.getFirst());
            renamed.add(name);
            findings.warn(
                LintCheck.NAMES_UNKNOWN,
                at.file(),
                at.line(),
                "nobody asks for the %s %s, but %s asks for %s: did you mean that?"
                    .formatted(kind, Quoted.of(near.get()), places.getFirst(), Quoted.of(name)));
            return;
          }
          for (Place place : places) {
            if (!told.contains(place)) {
              findings.warn(
                  LintCheck.NAMES_UNKNOWN,
                  place.file(),
                  place.line(),
                  "there is no %s %s%s"
                      .formatted(kind, Quoted.of(name), Suggestion.of(name, defined.keySet())));
            }
          }
        });
    return renamed;
  }
}
