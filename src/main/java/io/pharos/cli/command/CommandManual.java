package io.pharos.cli.command;

import io.pharos.cli.command.Flags.Flag;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The help text of a command.
///
/// @param summary what the command does, in one line without a full stop
/// @param arguments the words after the command's name that are not flags, such as `FILE...`; empty
///   for none. Users type words in lower case literally and replace words in upper case
/// @param about further explanation, as lines of at most 80 columns; may be empty
/// @param exits every exit code with its meaning, such as `0 printed`. If the list lacks the code
///   of an invalid command line, it is added
public record CommandManual(
    String command,
    String summary,
    String arguments,
    String about,
    List<Flag> flags,
    List<String> exits,
    List<String> examples) {

  /// The exit code of an invalid command line.
  public static final int USAGE = 64;

  private static final int WIDTH = 100;

  /// Maximum number of flags that are listed without headings.
  private static final int MAX_UNGROUPED = 12;

  /// Maximum length of a flag whose help begins on the same line.
  private static final int MAX_FLAG_LENGTH = 36;

  private static final String FLAGS =
      """

      Flags, as --name=value or --name value, with their defaults; VALUE stands for an empty default.
      An environment variable, named below each flag, sets it too; the flag overrides the variable.
      """;

  public CommandManual {
    about = about.strip();
    flags = List.copyOf(flags);
    var all = new ArrayList<>(exits);
    if (exits.stream().noneMatch(exit -> exit.contains("command line"))) {
      all.add(USAGE + " the command line is invalid");
    }
    exits = List.copyOf(all);
    examples = List.copyOf(examples);
  }

  /// Returns whether a command line contains `--help` or `-h`.
  public static boolean isRequestedBy(List<String> words) {
    return words.contains("--help") || words.contains("-h");
  }

  /// Parses a command line. Words that are not flags are refused if [#arguments] is empty.
  public Flags parse(List<String> words, Map<String, String> environment) {
    Flags parsed = Flags.parse(flags, words, environment);
    if (arguments.isEmpty()) {
      parsed.refuseArguments();
    }
    return parsed;
  }

  /// Returns the help text, ending in a line feed.
  public String text() {
    var text = new StringBuilder();
    row(text, "pharos " + command + ":", summary, 8);
    text.append("\nusage: pharos ").append(command);
    text.append(arguments.isEmpty() ? "" : " " + arguments);
    text.append(flags.isEmpty() ? "\n" : " [flags]\n");
    text.append(about.isEmpty() ? "" : "\n" + about + "\n");
    text.append("\nExamples:\n");
    examples.forEach(example -> text.append("  ").append(example).append('\n'));
    if (!flags.isEmpty()) {
      text.append(FLAGS);
      int column =
          flags.stream()
                  .mapToInt(flag -> assignment(flag).length())
                  .filter(length -> length <= MAX_FLAG_LENGTH)
                  .max()
                  .orElse(0)
              + 4;
      Map<String, List<Flag>> groups = groups();
      groups.forEach(
          (heading, members) -> {
            text.append(groups.size() == 1 ? "\n" : "\n" + heading + ":\n");
            for (Flag flag : members) {
              row(text, "  " + assignment(flag), flag.help(), column);
              row(text, "", "$" + flag.variable(), column);
            }
          });
    }
    text.append("\nExit codes:\n");
    for (String exit : exits) {
      String[] parts = exit.split(" ", 2);
      row(text, "%5s".formatted(parts[0]), parts[1], 8);
    }
    return text.toString();
  }

  /* Returns the flags by what stands before the first dot of their names. Flags that have nothing in
   * common with others come first. A command with few flags has one group. */
  private Map<String, List<Flag>> groups() {
    var groups = new LinkedHashMap<String, List<Flag>>();
    groups.put("Files and others", new ArrayList<>());
    for (Flag flag : flags) {
      String prefix = prefix(flag);
      boolean isAlone =
          flags.size() <= MAX_UNGROUPED
              || flags.stream().filter(other -> prefix(other).equals(prefix)).count() == 1;
      String heading = isAlone ? "Files and others" : "--" + prefix;
      groups.computeIfAbsent(heading, _ -> new ArrayList<>()).add(flag);
    }
    groups.values().removeIf(List::isEmpty);
    return groups;
  }

  private static String prefix(Flag flag) {
    return flag.name().split("\\.", 2)[0];
  }

  private static String assignment(Flag flag) {
    String value = flag.defaultValue();
    return "--" + flag.name() + "=" + (value.isEmpty() ? "VALUE" : value);
  }

  /// Appends a row of two columns. The right text is wrapped. If the left text is longer than its
  /// column and does not end in a colon, the right text begins on the next line.
  ///
  /// @param column where each line of the right text begins
  public static void row(StringBuilder text, String left, String right, int column) {
    int length = left.length();
    text.append(left);
    if (length < column) {
      text.repeat(' ', column - length);
      length = column;
    } else if (left.endsWith(":")) {
      text.append(' ');
      length++;
    } else {
      text.append('\n').repeat(' ', column);
      length = column;
    }
    int begin = length;
    for (String word : right.split(" ")) {
      if (length > begin && length + 1 + word.length() > WIDTH) {
        text.append('\n').repeat(' ', column);
        begin = column;
        length = column;
      } else if (length > begin) {
        text.append(' ');
        length++;
      }
      text.append(word);
      length += word.length();
    }
    text.append('\n');
  }
}
