package io.pharos.lint.tree;

import io.pharos.config.yaml.Suggestion;
import io.pharos.lint.Findings;
import io.pharos.lint.LintCheck;
import io.pharos.model.Quoted;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// Names of one kind that some files define and to which other files refer. A reference to an
/// undefined name is a finding. But if a definition without references has a similar name, that
/// definition is reported as misspelt instead.
final class References {
  private record Place(String file, int line) {
    @Override
    public String toString() {
      return file + ":" + line;
    }
  }

  private final String kind;
  private final Map<String, Place> defined = new TreeMap<>();
  private final Map<String, List<Place>> references = new TreeMap<>();
  private final Set<Place> quiet = new HashSet<>();

  References(String kind) {
    this.kind = kind;
  }

  /// Records a definition.
  void define(String name, String file, int line) {
    defined.putIfAbsent(name, new Place(file, line));
  }

  /// Records a reference. If its definition is missing, another check reports that.
  void referQuietly(String name, String file, int line) {
    refer(name, file, line);
    quiet.add(new Place(file, line));
  }

  /// Records a reference.
  void refer(String name, String file, int line) {
    List<Place> places = references.computeIfAbsent(name, _ -> new ArrayList<>());
    var place = new Place(file, line);
    if (!places.contains(place)) {
      places.add(place);
    }
  }

  /// Reports undefined names and misspelt definitions.
  ///
  /// @return the undefined names for which a misspelt definition was reported
  Set<String> report(Findings findings) {
    var renamed = new TreeSet<String>();
    references.forEach(
        (name, places) -> {
          if (defined.containsKey(name)) {
            return;
          }
          Optional<String> near = Suggestion.nearest(name, defined.keySet());
          if (near.isPresent() && !references.containsKey(near.get())) {
            Place definition = defined.getOrDefault(near.get(), places.getFirst());
            renamed.add(name);
            findings.warn(
                LintCheck.NAMES_UNKNOWN,
                definition.file(),
                definition.line(),
                "%s uses the %s %s, which is not defined, and nothing uses %s, which is defined here: should the definition be named %s?"
                    .formatted(
                        places.getFirst(),
                        kind,
                        Quoted.of(name),
                        Quoted.of(near.get()),
                        Quoted.of(name)));
            return;
          }
          for (Place place : places) {
            if (!quiet.contains(place)) {
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
