package io.pharos.rules;

import io.pharos.config.pharos.HysteresisRule;
import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.YamlFile;
import io.pharos.model.Quoted;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.rules.hysteresis.Hysteresis;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/// A valid Prometheus rule file: all its keys are known, and all its expressions and templates can
/// be parsed.
///
/// @param name path as it was configured; part of the identity of the file's groups
/// @param warnings probable mistakes in the file, each with its position
public record RuleFile(
    String name, List<GroupSpec> groups, List<ConfigException.Problem> warnings) {
  public RuleFile {
    groups = List.copyOf(groups);
    warnings = List.copyOf(warnings);
  }

  /// Returns the number of rules and groups.
  public long size() {
    return groups.stream().mapToLong(group -> 1L + group.rules().size()).sum();
  }

  /// Returns the files with the hysteresis of their alerts. The first item whose matchers match the
  /// name and the labels of a rule, as written, applies.
  ///
  /// @throws ConfigException with each item that is for no rule, or does not fit one
  public static List<RuleFile> withHysteresis(List<HysteresisRule> items, List<RuleFile> files) {
    var used = new HashSet<HysteresisRule>();
    var problems = new ArrayList<ConfigException.Problem>();
    List<RuleFile> changed = withHysteresis(items, files, used, problems);
    items.stream()
        .filter(item -> !used.contains(item))
        .map(
            item ->
                item.problem(
                    "no alerting rule has this name and these labels, as written, or an earlier"
                        + " item applies"))
        .forEach(problems::add);
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    return changed;
  }

  /// Returns some of the files, for which not every item must have a rule; otherwise like
  /// [#withHysteresis].
  ///
  /// @throws ConfigException with each item that does not fit a rule
  public static List<RuleFile> someWithHysteresis(
      List<HysteresisRule> items, List<RuleFile> files) {
    var problems = new ArrayList<ConfigException.Problem>();
    List<RuleFile> changed = withHysteresis(items, files, new HashSet<>(), problems);
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    return changed;
  }

  private static List<RuleFile> withHysteresis(
      List<HysteresisRule> items,
      List<RuleFile> files,
      Set<HysteresisRule> used,
      List<ConfigException.Problem> problems) {
    if (items.isEmpty()) {
      return files;
    }
    var changed = new ArrayList<RuleFile>();
    for (RuleFile file : files) {
      var groups = new ArrayList<GroupSpec>();
      for (GroupSpec group : file.groups) {
        groups.add(
            group.withAlerts(
                (alert, labels) -> {
                  HysteresisRule item =
                      items.stream().filter(it -> it.matches(labels)).findFirst().orElse(null);
                  if (item == null) {
                    return alert;
                  }
                  used.add(item);
                  try {
                    return alert.with(new Hysteresis(item.atLeast(), item.of(), item.resolveAt()));
                  } catch (IllegalArgumentException e) {
                    String place = "the alert " + Quoted.of(alert.name()) + " in " + file.name;
                    problems.add(item.problem(place + ": " + e.getMessage()));
                    return alert;
                  }
                }));
      }
      changed.add(new RuleFile(file.name, groups, file.warnings));
    }
    return changed;
  }

  /// Reads a file with LogQL expressions.
  ///
  /// @throws ConfigException with every problem
  public static RuleFile readLogRules(Path file) {
    return read(file, RuleExpression.Language.logql());
  }

  /// Reads a file with PromQL expressions and the given options.
  ///
  /// @throws ConfigException with every problem
  public static RuleFile read(Path file, ParserOptions language) {
    return read(file, RuleExpression.Language.promql(language));
  }

  private static RuleFile read(Path file, RuleExpression.Language language) {
    return YamlFile.parsed(file, new RuleFileReader(file.toString(), language)::read);
  }

  /// Reads files with PromQL expressions and the given options.
  ///
  /// @throws ConfigException with every problem of every file
  public static List<RuleFile> readAll(List<Path> files, ParserOptions language) {
    return readAll(files, file -> read(file, language));
  }

  /// Reads files, each with the given reader.
  ///
  /// @throws ConfigException with every problem of every file
  public static List<RuleFile> readAll(List<Path> files, Function<Path, RuleFile> reader) {
    var read = new ArrayList<RuleFile>();
    var problems = new ArrayList<ConfigException.Problem>();
    for (Path file : files) {
      try {
        read.add(reader.apply(file));
      } catch (ConfigException e) {
        problems.addAll(e.problems());
      }
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    return read;
  }

  /// Parses PromQL rules with the given options.
  ///
  /// @param name name of the text in error messages
  public static RuleFile parse(String name, String text, ParserOptions language) {
    return new RuleFileReader(name, RuleExpression.Language.promql(language)).read(text);
  }

  /// Parses LogQL rules.
  ///
  /// @param name name of the text in error messages
  public static RuleFile parseLogRules(String name, String text) {
    return new RuleFileReader(name, RuleExpression.Language.logql()).read(text);
  }

  /// Returns the files that match any of the patterns, sorted, without duplicates. A pattern may
  /// contain `*`, `?` and `[a-z]` in any part of the path, as in Go's `filepath.Glob`.
  ///
  /// @param directory base of relative patterns
  public static List<Path> find(Path directory, List<String> patterns) {
    var found = new TreeSet<Path>();
    for (String pattern : patterns) {
      Path path = Path.of(pattern);
      List<Path> matches = List.of(path.isAbsolute() ? Path.of("/") : directory);
      for (Path part : path) {
        matches = matchingEntries(matches, part.toString());
      }
      matches.stream().filter(Files::isRegularFile).forEach(found::add);
    }
    return List.copyOf(found);
  }

  private static List<Path> matchingEntries(List<Path> directories, String part) {
    boolean literal = part.chars().noneMatch(c -> c == '*' || c == '?' || c == '[');
    var next = new ArrayList<Path>();
    for (Path directory : directories) {
      if (literal) {
        next.add(directory.resolve(part));
      } else if (Files.isDirectory(directory)) {
        String glob = part.replace("{", "\\{").replace("}", "\\}");
        try (var entries = Files.newDirectoryStream(directory, glob)) {
          entries.forEach(next::add);
        } catch (IOException | DirectoryIteratorException e) {
          throw new ConfigException(directory.toString(), 0, 0, "can't be listed: " + e);
        }
      }
    }
    return next;
  }
}
