package io.pharos.cli;

import static java.util.Objects.requireNonNull;

import io.pharos.cli.Flags.Flag;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;

/// A command as picocli parses, explains and completes it.
///
/// @param command its name
/// @param summary one line without a full stop: what it does
/// @param arguments what stands behind the name apart from flags, as in `FILE...`; empty where
///   nothing may. Words in small letters are meant as they stand
/// @param about what somebody must know who calls it, as lines that fit 80 columns; may be empty
/// @param exits each exit code and what it says; that of a wrong command line is added where none
///   is named for it
/// @param examples whole command lines
public record CommandManual(
    String command,
    String summary,
    String arguments,
    String about,
    List<Flag> flags,
    List<Exit> exits,
    List<String> examples) {

  /// One exit code.
  public record Exit(int code, String meaning) {}

  /// The exit code of a command line that can't be obeyed.
  public static final int USAGE = 64;

  static final int WIDTH = 100;
  private static final String FLAGS =
      "%nFlags, as --name=value or --name value, with their defaults; VALUE stands where that is%n"
          + "empty. The variable of the environment below a flag sets it too; the flag wins.%n%n";

  public CommandManual {
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
    return new CommandLine(spec()).getUsageMessage(Help.Ansi.OFF);
  }

  /// Its name and what it does, for picocli to list.
  CommandSpec outline() {
    CommandSpec outline = CommandSpec.create().name(command);
    outline.usageMessage().header(escaped(summary));
    return outline;
  }

  /// All of it for picocli, which prints and completes it.
  CommandSpec spec() {
    CommandSpec spec = outline();
    flags.forEach(flag -> spec.addOption(flag.option()));
    var codes = new LinkedHashMap<String, String>();
    exits.forEach(exit -> codes.put("%3d".formatted(exit.code()), escaped(exit.meaning())));
    spec.usageMessage()
        .width(WIDTH)
        .sortOptions(false)
        .headerHeading("pharos " + command + ": ")
        .synopsisHeading("%nusage: ")
        .customSynopsis(synopsis())
        .longOptionsMaxWidth(40)
        .descriptionHeading(about.isEmpty() ? "" : "%n")
        .description(escaped(about).split("\n"))
        .optionListHeading(flags.isEmpty() ? "" : FLAGS)
        .exitCodeListHeading("%nExit codes:%n")
        .exitCodeList(codes)
        .footerHeading("%nExamples:%n")
        .footer(examples.stream().map(example -> "  " + escaped(example)).toArray(String[]::new));
    return spec;
  }

  private String synopsis() {
    return "pharos "
        + command
        + (arguments.isEmpty() ? "" : " " + arguments)
        + (flags.isEmpty() ? "" : " [flags]");
  }

  /// A text in which picocli replaces nothing.
  static String escaped(String text) {
    return text.replace("%", "%%");
  }
}
