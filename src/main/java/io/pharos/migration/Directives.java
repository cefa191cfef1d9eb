package io.pharos.migration;

import static java.util.Objects.requireNonNull;

import io.pharos.config.yaml.ConfigException.Problem;
import io.pharos.config.yaml.Suggestion;
import io.pharos.migration.sql.SqlComment;
import io.pharos.migration.sql.SqlScript;
import io.pharos.migration.sql.SqlStatement;
import io.pharos.model.PromDuration;
import io.pharos.model.Quoted;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The directives of a file, in comments `-- pharos: …`.
///
/// @param safeFrom the oldest release that can run after the file was applied
/// @param transaction whether all statements run in one transaction; without it, there is one
///   statement
/// @param lockTimeout how long a statement waits for a lock; empty for the command's setting
/// @param statementTimeout how long a statement may run; empty for the command's setting
/// @param allowed allowed violations by the line of the statement
public record Directives(
    Optional<String> safeFrom,
    boolean transaction,
    Optional<Duration> lockTimeout,
    Optional<Duration> statementTimeout,
    Map<Integer, List<Allowed>> allowed) {
  private static final String PREFIX = "pharos:";
  private static final List<String> OF_FILE =
      List.of("safe-from", "no-transaction", "lock-timeout", "statement-timeout");

  /// An allowed violation of a rule.
  ///
  /// @param rule the rule
  /// @param reason the reason, in words
  public record Allowed(MigrationRule rule, String reason, int line) {
    public Allowed {
      requireNonNull(rule, "rule is null");
      requireNonNull(reason, "reason is null");
    }
  }

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
        words(comment).ifPresent(words -> ofFile(words, comment));
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

    private void ofFile(String words, SqlComment comment) {
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
        case "allow" -> {} // belongs to the next statement
        default ->
            refuse(
                comment,
                "unknown "
                    + Quoted.of(PREFIX + " " + name)
                    + Suggestion.nearest(name, OF_FILE)
                        .map(near -> ": did you mean " + near + "?")
                        .orElse(", expected one of " + String.join(", ", OF_FILE) + ", allow"));
      }
    }

    private Optional<Duration> duration(String name, String value, SqlComment comment) {
      try {
        Duration duration = PromDuration.parse(value);
        if (duration.isPositive()) {
          return Optional.of(duration);
        }
      } catch (IllegalArgumentException _) { // reported below
      }
      refuse(comment, name + ": expected a duration such as 5s or 10m, found " + Quoted.of(value));
      return Optional.empty();
    }

    private Optional<Allowed> allow(String words, SqlComment comment) {
      if (!first(words).equals("allow")) {
        refuse(
            comment,
            Quoted.of(PREFIX + " " + first(words))
                + " is above a statement: expected it before the first statement, or allow");
        return Optional.empty();
      }
      String rest = words.substring("allow".length()).strip();
      String id = first(rest);
      String reason = rest.substring(id.length()).strip();
      Optional<MigrationRule> rule = MigrationRule.of(id);
      if (rule.isEmpty()) {
        refuse(
            comment,
            "allow: expected the name of a rule, found "
                + Quoted.of(id)
                + Suggestion.of(id, MigrationRule.ids()));
        return Optional.empty();
      }
      if (!rule.get().canBeAllowed()) {
        refuse(comment, "allow: " + id + " cannot be allowed");
        return Optional.empty();
      }
      if (reason.isEmpty()) {
        refuse(comment, "allow: expected a reason after " + id);
        return Optional.empty();
      }
      return Optional.of(new Allowed(rule.get(), reason, comment.line()));
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
