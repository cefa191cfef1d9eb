package io.pharos.server.cli;

import static java.util.Objects.requireNonNull;

import io.pharos.server.cli.Flags.Flag;
import java.util.ArrayList;
import java.util.List;

/// What `pharos COMMAND --help` and `pharos help COMMAND` say about a command.
///
/// @param command its name
/// @param summary one line without a full stop: what it does
/// @param arguments what stands behind the name apart from flags, as in `FILE…`; empty where
///   nothing may
/// @param about what somebody must know who calls it, as lines that fit 80 columns; may be empty
/// @param exits each exit code and what it says; that of a wrong command line is added where none
///   is named for it
/// @param examples whole command lines
record Manual(
    String command,
    String summary,
    String arguments,
    String about,
    List<Flag> flags,
    List<Exit> exits,
    List<String> examples) {

  /// One exit code.
  record Exit(int code, String meaning) {}

  /// The exit code of a command line that can't be obeyed.
  static final int USAGE = 64;

  private static final int WIDTH = 46;

  Manual {
    requireNonNull(command, "command is null");
    requireNonNull(summary, "summary is null");
    requireNonNull(arguments, "arguments is null");
    about = about.strip();
    flags = List.copyOf(flags);
    var all = new ArrayList<>(exits);
    if (exits.stream().noneMatch(exit -> exit.meaning().contains("command line"))) {
      all.add(new Exit(USAGE, "the command line can't be obeyed"));
    }
    exits = List.copyOf(all);
    examples = List.copyOf(examples);
  }

  /// Whether these words ask for the manual instead of the work.
  static boolean isAskedBy(List<String> words) {
    return words.contains("--help") || words.contains("-h");
  }

  /// The manual as text, ending in a line feed.
  String text() {
    var text = new StringBuilder();
    text.append("pharos %s: %s%n%n".formatted(command, summary));
    text.append("usage: pharos %s".formatted(command));
    text.append(arguments.isEmpty() ? "" : " " + arguments);
    text.append(flags.isEmpty() ? "" : " [flags]").append('\n');
    if (!about.isEmpty()) {
      text.append('\n').append(about).append('\n');
    }
    if (!flags.isEmpty()) {
      text.append(
          "\nFlags, as --name=value or --name value, with their defaults. The variable of ");
      text.append("the environment\nthat stands beside a flag sets it too; the flag wins.\n\n");
      flags.forEach(flag -> append(text, flag));
    }
    text.append("\nExit codes:\n");
    exits.forEach(exit -> text.append("  %3d  %s%n".formatted(exit.code(), exit.meaning())));
    if (!examples.isEmpty()) {
      text.append("\nExamples:\n");
      examples.forEach(example -> text.append("  ").append(example).append('\n'));
    }
    return text.toString();
  }

  private static void append(StringBuilder text, Flag flag) {
    String form = "--" + flag.name() + "=" + flag.defaultValue();
    String padding = " ".repeat(Math.max(1, WIDTH - form.length()));
    text.append("  ").append(form).append(padding).append(flag.variable()).append('\n');
    text.append("      ").append(flag.help()).append('\n');
  }
}
