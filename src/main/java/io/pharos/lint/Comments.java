package io.pharos.lint;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Comments in rule files that disable checks. `# pharos disable CHECK` disables a check for the
/// rule or group around the comment or directly below it, `# pharos file/disable CHECK` for the
/// whole file. With `snooze TIME` instead of `disable`, the check is disabled until that time.
/// `pint` is accepted instead of `pharos`.
public final class Comments {
  /* Matching takes linear time, because no part of the pattern matches the beginning of the next
   * part. */
  private static final Pattern COMMENT =
      Pattern.compile(
          "#\\s*(pharos|pint)\\s+(file/)?(disable|snooze\\s+\\S+)\\s+([a-z_]+/[a-z_]+)(\\(.*\\))?");
  private static final Pattern INVALID = Pattern.compile("#\\s*pharos\\s+(.*)");

  /// A valid comment.
  ///
  /// @param subject first line of its rule or group; 0 for the whole file
  /// @param until time until which the check is disabled
  private record Comment(int subject, String check, Instant until) {}

  /// An invalid comment.
  ///
  /// @param line line of the comment, from 1
  public record Mistake(int line, String message) {}

  private final List<Comment> comments = new ArrayList<>();
  private final List<Mistake> mistakes = new ArrayList<>();

  private Comments() {}

  /// Reads all comments of a file.
  ///
  /// @param starts first lines of its groups and rules, in order
  public static Comments read(String text, List<Integer> starts) {
    var found = new Comments();
    List<String> lines = text.lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).indexOf('#') >= 0) {
        found.read(lines, i, starts);
      }
    }
    return found;
  }

  private void read(List<String> lines, int index, List<Integer> starts) {
    Matcher comment = COMMENT.matcher(lines.get(index));
    int line = index + 1;
    if (!comment.find()) {
      Matcher invalid = INVALID.matcher(lines.get(index));
      if (invalid.find()) {
        mistakes.add(
            new Mistake(
                line,
                "expected disable CHECK, file/disable CHECK or snooze TIME CHECK, found \"%s\""
                    .formatted(invalid.group(1).strip())));
      }
      return;
    }
    String check = comment.group(4);
    if (comment.group(1).equals("pharos")
        && LintCheck.of(check).filter(LintCheck::isAboutRules).isEmpty()) {
      mistakes.add(
          new Mistake(line, "unknown check " + check + ": use the name of a check of rules"));
      return;
    }
    Optional<Instant> until = until(comment.group(3));
    if (until.isEmpty()) {
      mistakes.add(
          new Mistake(
              line,
              "expected a time such as 2030-01-31 or 2030-01-31T12:00:00Z, found \"%s\""
                  .formatted(comment.group(3).substring("snooze".length()).strip())));
      return;
    }
    int subject = comment.group(2) == null ? subject(lines, index, starts) : 0;
    if (subject < 0) {
      mistakes.add(
          new Mistake(line, "the comment belongs to no rule: use file/disable for the whole file"));
      return;
    }
    comments.add(new Comment(subject, check, until.get()));
  }

  private static Optional<Instant> until(String action) {
    if (action.equals("disable")) {
      return Optional.of(Instant.MAX);
    }
    String time = action.substring("snooze".length()).strip();
    try {
      return Optional.of(
          time.indexOf('T') < 0
              ? LocalDate.parse(time).atStartOfDay(ZoneOffset.UTC).toInstant()
              : Instant.parse(time));
    } catch (DateTimeException _) { // the caller reports the mistake
      return Optional.empty();
    }
  }

  /* Returns the first line of the rule or group to which a comment belongs; -1 if there is none.
   * A comment belongs to the rule or group that starts directly below it, or else to the one
   * around it. */
  private static int subject(List<String> lines, int index, List<Integer> starts) {
    int below = index;
    while (below < lines.size() && isCommentOrBlank(lines.get(below))) {
      below++;
    }
    if (below > index && starts.contains(below + 1)) {
      return below + 1;
    }
    int subject = -1;
    for (int start : starts) {
      if (start <= index + 1) {
        subject = start;
      }
    }
    return subject;
  }

  private static boolean isCommentOrBlank(String line) {
    return line.isBlank() || line.stripLeading().startsWith("#");
  }

  /// Returns whether a check is disabled at a time for the rule or group that starts on line
  /// `subject`.
  public boolean disable(LintCheck check, int subject, Instant now) {
    return comments.stream()
        .anyMatch(
            one ->
                one.check.equals(check.id())
                    && (one.subject == 0 || one.subject == subject)
                    && now.isBefore(one.until));
  }

  /// Returns the comments that are not valid.
  public List<Mistake> mistakes() {
    return List.copyOf(mistakes);
  }
}
