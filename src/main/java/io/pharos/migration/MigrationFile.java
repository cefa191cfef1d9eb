package io.pharos.migration;

import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.ConfigException.Problem;
import io.pharos.config.yaml.Suggestion;
import io.pharos.migration.sql.SqlScript;
import io.pharos.migration.sql.SqlScript.SqlComment;
import io.pharos.migration.sql.SqlScript.SqlException;
import io.pharos.migration.sql.SqlScript.SqlStatement;
import io.pharos.model.PlainReason;
import io.pharos.model.PromDuration;
import io.pharos.model.Quoted;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32;

/// A migration file, such as `V12__expand_add_quota.sql`.
///
/// @param version the part after `V`, such as `12` or `12.1`
/// @param words the words of the file's name after the phase, separated by spaces
/// @param checksum CRC-32 of the lines, without line endings and directives, which may be changed
///   after the file was applied
public record MigrationFile(
    String file,
    String version,
    MigrationPhase phase,
    String words,
    List<SqlStatement> statements,
    Directives directives,
    int checksum) {
  private static final String SUFFIX = ".sql";

  /// Maximum size of a file in bytes. Memory contains its statements several times.
  private static final long MAX_BYTES = 4 << 20;

  private static final String NAME =
      "V<number>__expand_<words>.sql or V<number>__contract_<words>.sql";

  public MigrationFile {
    statements = List.copyOf(statements);
  }

  /// Returns the name without the directory.
  public String name() {
    return String.valueOf(Path.of(file).getFileName());
  }

  /// Returns the oldest release that can run after this file was applied; empty if every release
  /// can.
  public Optional<String> safeFrom() {
    return directives.safeFrom();
  }

  /// Returns whether the file runs in a transaction, so that a failure changes nothing.
  public boolean inTransaction() {
    return directives.transaction();
  }

  /// Returns lines that describe what a run of this file would do.
  public List<String> shown() {
    var lines = new ArrayList<String>();
    lines.add(
        name()
            + (inTransaction() ? ", in one transaction" : ", without a transaction")
            + directives.safeFrom().map(version -> ", safe from " + version).orElse("")
            + directives
                .lockTimeout()
                .map(timeout -> ", waits at most " + PromDuration.format(timeout) + " for a lock")
                .orElse("")
            + directives
                .statementTimeout()
                .map(timeout -> ", each statement runs at most " + PromDuration.format(timeout))
                .orElse(""));
    for (SqlStatement statement : statements) {
      lines.add("  line " + statement.line() + ": " + statement.text().replace("\n", "\n    "));
    }
    return lines;
  }

  /// Reads a file.
  ///
  /// @throws ConfigException with all errors of its name, its directives and its statements
  public static MigrationFile read(Path path) {
    var problems = new ArrayList<Problem>();
    String file = path.toString();
    Optional<Name> name = Name.of(String.valueOf(path.getFileName()));
    if (name.isEmpty()) {
      problems.add(new Problem(file, 0, 0, "expected a name such as " + NAME));
    }
    SqlScript script = script(path, problems);
    Directives directives = Directives.read(file, script, problems);
    if (problems.isEmpty() && script.statements().isEmpty()) {
      problems.add(new Problem(file, 0, 0, "expected a statement, found none"));
    }
    name.filter(parts -> parts.phase == MigrationPhase.CONTRACT && directives.safeFrom().isEmpty())
        .ifPresent(
            _ ->
                problems.add(
                    new Problem(
                        file,
                        1,
                        0,
                        "expected a line \"-- pharos: safe-from VERSION\": the oldest release that"
                            + " runs without the things that this file removes")));
    if (!directives.transaction() && script.statements().size() > 1) {
      problems.add(
          new Problem(
              file,
              script.statements().get(1).line(),
              0,
              "no-transaction: expected one statement in the file, so that a failure leaves nothing"
                  + " half done; found "
                  + script.statements().size()));
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    Name parsed = name.orElseThrow();
    return new MigrationFile(
        file,
        parsed.version,
        parsed.phase,
        parsed.words,
        script.statements(),
        directives,
        checksum(text(path)));
  }

  /// Reads files and returns them ordered by version.
  ///
  /// @throws ConfigException with all errors of all files
  public static List<MigrationFile> readAll(List<Path> paths) {
    var problems = new ArrayList<Problem>();
    var files = new ArrayList<MigrationFile>();
    for (Path path : paths) {
      try {
        MigrationFile file = read(path);
        files.stream()
            .filter(other -> compareVersions(other.version, file.version) == 0)
            .findFirst()
            .ifPresent(
                other ->
                    problems.add(
                        new Problem(
                            file.file,
                            0,
                            0,
                            "expected a unique version, but %s is also the version of %s"
                                .formatted(file.version, other.name()))));
        files.add(file);
      } catch (ConfigException e) {
        problems.addAll(e.problems());
      }
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    files.sort((one, other) -> compareVersions(one.version, other.version));
    return List.copyOf(files);
  }

  /// Compares versions part by part, as numbers.
  static int compareVersions(String one, String other) {
    String[] left = one.split("\\.", -1);
    String[] right = other.split("\\.", -1);
    for (int i = 0; i < Math.max(left.length, right.length); i++) {
      int order =
          Long.compare(
              i < left.length ? Long.parseLong(left[i]) : 0,
              i < right.length ? Long.parseLong(right[i]) : 0);
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  private static SqlScript script(Path path, List<Problem> problems) {
    try {
      return SqlScript.parse(text(path));
    } catch (SqlException e) {
      problems.add(new Problem(path.toString(), e.line(), 0, String.valueOf(e.getMessage())));
    } catch (ConfigException e) {
      problems.addAll(e.problems());
    }
    return new SqlScript(List.of(), List.of());
  }

  private static String text(Path path) {
    try {
      long size = Files.size(path);
      if (size > MAX_BYTES) {
        throw new ConfigException(
            path.toString(), 0, 0, "expected at most " + MAX_BYTES + " bytes, found " + size);
      }
      return Files.readString(path, StandardCharsets.UTF_8);
    } catch (CharacterCodingException _) {
      throw new ConfigException(path.toString(), 0, 0, "expected UTF-8");
    } catch (IOException e) {
      throw new ConfigException(path.toString(), 0, 0, "can't be read: " + PlainReason.of(e));
    }
  }

  private static int checksum(String text) {
    var crc = new CRC32();
    text.lines()
        .filter(line -> !line.strip().startsWith("-- pharos:"))
        .forEach(line -> crc.update((line + "\n").getBytes(StandardCharsets.UTF_8)));
    return (int) crc.getValue();
  }

  /// The parts of a name.
  private record Name(String version, MigrationPhase phase, String words) {
    static Optional<Name> of(String name) {
      int separator = name.indexOf("__");
      if (!name.startsWith("V") || separator < 2 || !name.endsWith(SUFFIX)) {
        return Optional.empty();
      }
      String version = name.substring(1, separator);
      String rest = name.substring(separator + 2, name.length() - SUFFIX.length());
      int end = rest.indexOf('_');
      if (end < 0 || end == rest.length() - 1 || !isVersion(version)) {
        return Optional.empty();
      }
      return MigrationPhase.of(rest.substring(0, end))
          .map(phase -> new Name(version, phase, rest.substring(end + 1).replace('_', ' ')));
    }

    private static boolean isVersion(String version) {
      return Arrays.stream(version.split("\\.", -1))
          .allMatch(
              part ->
                  !part.isEmpty()
                      && part.length() <= 18
                      && part.chars().allMatch(c -> c >= '0' && c <= '9'));
    }
  }

  @Override
  public String toString() {
    return Quoted.of(name());
  }

  /// The directives of a file, in comments `-- pharos: …`.
  ///
  /// @param safeFrom the oldest release that can run after the file was applied
  /// @param transaction whether all statements run in one transaction; if not, the file has one
  ///   statement
  /// @param lockTimeout how long a statement waits for a lock; empty for the command's setting
  /// @param statementTimeout how long a statement may run; empty for the command's setting
  /// @param allowed violations of rules that the file allows, by the line of the statement
  public record Directives(
      Optional<String> safeFrom,
      boolean transaction,
      Optional<Duration> lockTimeout,
      Optional<Duration> statementTimeout,
      Map<Integer, List<Allowed>> allowed) {
    private static final String PREFIX = "pharos:";
    private static final List<String> FILE_DIRECTIVES =
        List.of("safe-from", "no-transaction", "lock-timeout", "statement-timeout");

    /// A rule that one statement may violate.
    public record Allowed(MigrationRule rule, String reason, int line) {}

    public Directives {
      allowed = Map.copyOf(allowed);
    }

    /// Reads the directives of a script.
    static Directives read(String file, SqlScript script, List<Problem> problems) {
      return new Reading(file, problems).read(script);
    }

    private static final class Reading {
      private final String file;
      private final List<Problem> problems;
      private Optional<String> safeFrom = Optional.empty();
      private boolean transaction = true;
      private Optional<Duration> lockTimeout = Optional.empty();
      private Optional<Duration> statementTimeout = Optional.empty();

      Reading(String file, List<Problem> problems) {
        this.file = file;
        this.problems = problems;
      }

      Directives read(SqlScript script) {
        for (SqlComment comment : script.head()) {
          words(comment).ifPresent(words -> readFileDirective(words, comment));
        }
        var allowed = new HashMap<Integer, List<Allowed>>();
        for (SqlStatement statement : script.statements()) {
          for (SqlComment comment : statement.remarks()) {
            words(comment)
                .filter(words -> !script.head().contains(comment) || words.startsWith("allow"))
                .flatMap(words -> allow(words, comment))
                .ifPresent(
                    one ->
                        allowed.computeIfAbsent(statement.line(), _ -> new ArrayList<>()).add(one));
          }
        }
        return new Directives(safeFrom, transaction, lockTimeout, statementTimeout, allowed);
      }

      private static Optional<String> words(SqlComment comment) {
        return comment.text().startsWith(PREFIX)
            ? Optional.of(comment.text().substring(PREFIX.length()).strip())
            : Optional.empty();
      }

      private void readFileDirective(String words, SqlComment comment) {
        String name = first(words);
        String value = words.substring(name.length()).strip();
        switch (name) {
          case "safe-from" -> {
            if (value.isEmpty() || value.chars().anyMatch(Character::isWhitespace)) {
              refuse(comment, "safe-from: expected a version, found " + Quoted.of(value));
            } else {
              safeFrom = Optional.of(value);
            }
          }
          case "no-transaction" -> {
            if (!value.isEmpty()) {
              refuse(comment, "no-transaction: expected no value");
            }
            transaction = false;
          }
          case "lock-timeout" -> lockTimeout = duration(name, value, comment);
          case "statement-timeout" -> statementTimeout = duration(name, value, comment);
          case "allow" -> {} // read with the next statement
          default ->
              refuse(
                  comment,
                  "unknown "
                      + Quoted.of(PREFIX + " " + name)
                      + Suggestion.nearest(name, FILE_DIRECTIVES)
                          .map(near -> ": did you mean " + near + "?")
                          .orElse(
                              ", expected one of "
                                  + String.join(", ", FILE_DIRECTIVES)
                                  + ", allow"));
        }
      }

      private Optional<Duration> duration(String name, String value, SqlComment comment) {
        try {
          Duration duration = PromDuration.parse(value);
          if (duration.isPositive()) {
            return Optional.of(duration);
          }
        } catch (IllegalArgumentException _) { // refused below
        }
        refuse(
            comment, name + ": expected a duration such as 5s or 10m, found " + Quoted.of(value));
        return Optional.empty();
      }

      private Optional<Allowed> allow(String words, SqlComment comment) {
        if (!first(words).equals("allow")) {
          refuse(
              comment,
              Quoted.of(PREFIX + " " + first(words))
                  + " is not before the first statement: only \"pharos: allow\" may be after it");
          return Optional.empty();
        }
        String rest = words.substring("allow".length()).strip();
        String id = first(rest);
        String reason = rest.substring(id.length()).strip();
        Optional<MigrationRule> rule = MigrationRule.of(id);
        if (rule.isEmpty()) {
          String near = Suggestion.of(id, MigrationRule.ids());
          refuse(comment, "allow: expected the name of a rule, found " + Quoted.of(id) + near);
        } else if (!rule.get().canBeAllowed()) {
          refuse(comment, "allow: " + id + " cannot be allowed");
        } else if (reason.isEmpty()) {
          refuse(comment, "allow: expected a reason after " + id);
        } else {
          return Optional.of(new Allowed(rule.get(), reason, comment.line()));
        }
        return Optional.empty();
      }

      private static String first(String words) {
        int space = words.indexOf(' ');
        return space < 0 ? words : words.substring(0, space);
      }

      private void refuse(SqlComment comment, String message) {
        problems.add(new Problem(file, comment.line(), 0, message));
      }
    }
  }
}
