package io.pharos.rules;

import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.YamlFile;
import io.pharos.promql.parser.ParserOptions;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
