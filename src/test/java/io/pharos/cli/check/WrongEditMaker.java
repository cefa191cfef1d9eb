package io.pharos.cli.check;

import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.random.RandomGenerator;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// Makes one wrong edit of a kind in a random place of a tree of versioned files.
final class WrongEditMaker {
  /// Unit tests of rules.
  static final String TESTS = "alert-rules/tests/[a-z_-]+\\.yml";

  /// A kind of mistake. The first group of `place` is replaced.
  ///
  /// @param everywhere whether the same word is replaced in the whole file and in the unit tests
  /// @param structural whether the mistake may be told at the line of the key or item around it
  record Kind(
      String name,
      Pattern files,
      Pattern place,
      BiFunction<RandomGenerator, String, String> change,
      boolean everywhere,
      boolean structural) {}

  /// An edit.
  ///
  /// @param texts the edited files, after the edit
  /// @param lines the changed lines of each file, from 1
  record Edit(Kind kind, Map<String, String> texts, Map<String, List<Integer>> lines, String what) {
    /// Returns whether a line of `check` is about the place of this edit.
    ///
    /// @param root the folder of the files, with a slash at the end
    boolean isTold(String finding, String root) {
      for (var file : lines.entrySet()) {
        for (int line : file.getValue()) {
          int before = kind.structural() ? -1 : 0;
          for (int near = before + from(texts.get(file.getKey()), line);
              near <= to(texts.get(file.getKey()), line);
              near++) {
            if (finding.contains(root + file.getKey() + ":" + near + ":")
                || finding.contains(root + file.getKey() + ":" + near + " ")
                || finding.contains(root + file.getKey() + ":" + near + ")")) {
              return true;
            }
          }
        }
      }
      return false;
    }

    /* Returns the first line that is accepted: that of the key whose text of several lines
     * contains the edited line; for a structural mistake the line of the item around it. */
    private int from(String text, int line) {
      List<String> all = text.lines().toList();
      int indent = indent(all, line);
      for (int above = line - 1; above > 0; above--) {
        String candidate = all.get(above - 1);
        if (!candidate.isBlank() && indent(all, above) < indent) {
          if (candidate.matches(".*[:-] [>|][-+]?\\s*(#.*)?")) {
            return above;
          }
          if (candidate.matches("\\s*(- )?\\w+:( .*)?")
              || candidate.stripLeading().startsWith("- ")) {
            return kind.structural() ? above : line;
          }
          indent = indent(all, above);
        }
      }
      return line;
    }

    /* Returns the last line that is accepted: an error of a text is told where its reader stops. */
    private int to(String text, int line) {
      List<String> all = text.lines().toList();
      int from = from(text, line);
      int end = line + 1;
      if (from < line && all.get(from - 1).matches(".*[:-] [>|][-+]?\\s*(#.*)?")) {
        while (end < all.size()
            && (all.get(end).isBlank() || indent(all, end + 1) > indent(all, from))) {
          end++;
        }
      }
      return end;
    }

    private static int indent(List<String> lines, int line) {
      String text = line <= lines.size() ? lines.get(line - 1) : "";
      return text.length() - text.stripLeading().length();
    }
  }

  private final SortedMap<String, String> texts;

  /// @param texts texts of the files by their paths in the tree
  WrongEditMaker(Map<String, String> texts) {
    this.texts = new TreeMap<>(texts);
  }

  /// Makes an edit of a kind; empty if the tree has no place for it.
  Optional<Edit> make(Kind kind, RandomGenerator random) {
    record Place(String file, int start, int end) {}
    var places = new ArrayList<Place>();
    texts.forEach(
        (file, text) -> {
          if (kind.files().matcher(file).matches()) {
            kind.place()
                .matcher(text)
                .results()
                .filter(result -> !isComment(text, result))
                .forEach(result -> places.add(new Place(file, result.start(1), result.end(1))));
          }
        });
    for (int attempt = 0; attempt < 50 && !places.isEmpty(); attempt++) {
      Place place = places.get(random.nextInt(places.size()));
      String before = texts.get(place.file());
      String old = before.substring(place.start(), place.end());
      String changed = kind.change().apply(random, old);
      String after = before.substring(0, place.start()) + changed + before.substring(place.end());
      if (changed.equals(old) || isSame(place.file(), before, after)) {
        continue;
      }
      var edited = new TreeMap<String, String>();
      edited.put(place.file(), after);
      var lines = new TreeMap<String, List<Integer>>();
      int line = line(before, place.start()) + (changed.startsWith("\n") ? 1 : 0);
      lines.put(place.file(), List.of(line));
      if (kind.everywhere()) {
        everywhere(place.file(), old, changed, edited, lines);
      }
      return Optional.of(
          new Edit(
              kind,
              edited,
              lines,
              place.file() + ":" + line + " " + old.strip() + " -> " + changed.strip()));
    }
    return Optional.empty();
  }

  private void everywhere(
      String file,
      String old,
      String changed,
      Map<String, String> edited,
      Map<String, List<Integer>> lines) {
    Pattern word = Pattern.compile("(?<![\\w:])" + Pattern.quote(old) + "(?![\\w:])");
    texts.forEach(
        (path, text) -> {
          if (path.equals(file) || path.matches(TESTS)) {
            var at = new TreeSet<Integer>();
            word.matcher(text).results().forEach(result -> at.add(line(text, result.start())));
            if (!at.isEmpty()) {
              edited.put(path, word.matcher(text).replaceAll(changed));
              lines.put(path, List.copyOf(at));
            }
          }
        });
  }

  private static boolean isComment(String text, MatchResult result) {
    int start = text.lastIndexOf('\n', result.start(1) - 1) + 1;
    String line = text.substring(start, Math.max(start, result.start(1)));
    return line.stripLeading().startsWith("#") || line.contains(" #");
  }

  private static int line(String text, int position) {
    return 1 + (int) text.substring(0, position).chars().filter(c -> c == '\n').count();
  }

  /* Returns whether a YAML file means the same after an edit. */
  private static boolean isSame(String file, String before, String after) {
    try {
      return shape(file, before).equals(shape(file, after));
    } catch (ConfigException _) {
      return false;
    }
  }

  private static String shape(String file, String text) {
    return YamlFile.parseValue(file, text).map(WrongEditMaker::shape).orElse("");
  }

  private static String shape(YamlValue value) {
    if (value.isMap()) {
      var result = new StringBuilder("{");
      var map = value.asMap();
      map.keys().forEach(key -> result.append(key).append('=').append(shape(map.require(key))));
      return result.append('}').toString();
    }
    if (value.isList()) {
      return value.asList().stream().map(WrongEditMaker::shape).toList().toString();
    }
    return "'" + value.asString() + "'";
  }
}
