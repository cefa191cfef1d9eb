package io.pharos.cli;

import static java.util.Objects.requireNonNull;

import io.pharos.config.yaml.Suggestion;
import io.pharos.model.PromDuration;
import io.pharos.model.Quoted;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Stack;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/// The flags of one command, each `--name=value` or `--name value`, with a default and the name of
/// an environment variable: `--web.listen-address` is `PHAROS_WEB_LISTEN_ADDRESS`. A flag wins over
/// its variable, a variable over the default.
public final class Flags {
  /// One flag that a command knows.
  ///
  /// @param defaultValue what it is when nobody sets it; `true` or `false` makes it a switch, which
  ///   may stand without a value
  public record Flag(String name, String defaultValue, String help) {
    public Flag {
      requireNonNull(name, "name is null");
      requireNonNull(defaultValue, "defaultValue is null");
      requireNonNull(help, "help is null");
    }

    /// The same for picocli, which takes any text: what it may be is told by who asks for it.
    OptionSpec option() {
      var option =
          OptionSpec.builder("--" + name)
              .paramLabel(defaultValue.isEmpty() ? "VALUE" : defaultValue)
              .hideParamSyntax(true)
              .converters(text -> text)
              .description(CommandManual.escaped(help), "$" + variable());
      return isSwitch()
          ? option.type(boolean.class).arity("0..1").preprocessor(Flag::switchOn).build()
          : option.type(isPath() ? Path.class : String.class).build();
    }

    /* A switch takes its value behind = only: a word that follows is one of its own. */
    private static boolean switchOn(
        Stack<String> words, CommandSpec spec, ArgSpec option, Map<String, Object> how) {
      if (!"=".equals(how.get("separator"))) {
        words.push("true");
      }
      return false;
    }

    private boolean isPath() {
      return name.matches("(.*[.-])?(file|path|dir)");
    }

    boolean isSwitch() {
      return defaultValue.equals("true") || defaultValue.equals("false");
    }

    /// The environment variable that sets it.
    public String variable() {
      return "PHAROS_" + name.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }
  }

  private final Map<String, String> values;
  private final List<String> arguments;

  private Flags(Map<String, String> values, List<String> arguments) {
    this.values = values;
    this.arguments = List.copyOf(arguments);
  }

  /// Reads a command line.
  ///
  /// @throws UsageException on an unknown flag or a missing value
  public static Flags parse(List<Flag> known, List<String> words, Map<String, String> environment) {
    Map<String, String> values = defaults(known, environment);
    if (words.stream().allMatch(word -> isPlain(word, values))) {
      for (String word : words) {
        values.put(name(word), word.substring(word.indexOf('=') + 1));
      }
      return new Flags(values, List.of());
    }
    return byPicocli(known, words, environment);
  }

  private static Map<String, String> defaults(List<Flag> known, Map<String, String> environment) {
    var values = new LinkedHashMap<String, String>();
    for (Flag flag : known) {
      values.put(flag.name(), environment.getOrDefault(flag.variable(), flag.defaultValue()));
    }
    return values;
  }

  /* A known flag with its value behind =, as services are started: of this there is only one
   * reading, and picocli's 150 classes are of an age that the JVM's start-up cache does not take. */
  private static boolean isPlain(String word, Map<String, String> values) {
    return word.startsWith("--") && word.indexOf('=') > 0 && values.containsKey(name(word));
  }

  private static String name(String word) {
    return word.substring("--".length(), word.indexOf('='));
  }

  static Flags byPicocli(List<Flag> known, List<String> words, Map<String, String> environment) {
    Map<String, String> values = defaults(known, environment);
    var rest =
        PositionalParamSpec.builder().arity("0..*").type(List.class).auxiliaryTypes(String.class);
    CommandSpec spec = CommandSpec.create().addPositional(rest.build());
    known.forEach(flag -> spec.addOption(flag.option()));
    // What picocli takes for special is an ordinary word here: -x, which may begin an expression,
    // @x, and --, behind which flags count as before it.
    spec.parser()
        .unmatchedOptionsArePositionalParams(true)
        .allowOptionsAsOptionParameters(true)
        .overwrittenOptionsAllowed(true)
        .posixClusteredShortOptionsAllowed(false)
        .expandAtFiles(false)
        .endOfOptionsDelimiter("\0");
    ParseResult result;
    try {
      result = new CommandLine(spec).parseArgs(words.toArray(String[]::new));
    } catch (MissingParameterException e) {
      throw missing(name((OptionSpec) e.getMissing().getFirst()), known);
    }
    result.matchedOptions().forEach(option -> values.put(name(option), option.getValue()));
    List<String> arguments = result.matchedPositionalValue(0, List.of());
    for (String word : arguments) {
      if (word.startsWith("--") && !word.equals("--")) {
        throw unknown(word.substring(2).replaceFirst("=.*", ""), known);
      }
    }
    return new Flags(values, arguments);
  }

  private static String name(OptionSpec option) {
    return option.longestName().substring(2);
  }

  private static UsageException missing(String name, List<Flag> known) {
    Flag flag = known.stream().filter(it -> it.name().equals(name)).findFirst().orElseThrow();
    return new UsageException("--" + name + " needs a value: " + flag.help());
  }

  private static UsageException unknown(String name, List<Flag> known) {
    List<String> names = known.stream().map(Flag::name).toList();
    return new UsageException(
        "unknown flag --"
            + name
            + Suggestion.nearest(name, names)
                .map(near -> ": did you mean --" + near + "?")
                .orElse(
                    names.isEmpty()
                        ? ", expected none"
                        : ", expected one of --" + String.join(" --", names)));
  }

  /// The words that are not flags, in order.
  public List<String> arguments() {
    return arguments;
  }

  /// Refuses words that are not flags.
  ///
  /// @throws UsageException when there is one
  public void refuseArguments() {
    if (!arguments.isEmpty()) {
      throw new UsageException(
          "unexpected word '" + arguments.getFirst() + "', expected flags only");
    }
  }

  public String get(String name) {
    return requireNonNull(values.get(name), () -> "no flag --" + name);
  }

  /// A file or folder; absent where the flag is empty.
  public Optional<Path> path(String name) {
    return get(name).isEmpty() ? Optional.empty() : Optional.of(Path.of(get(name)));
  }

  public boolean isOn(String name) {
    return switch (get(name)) {
      case "true" -> true;
      case "false" -> false;
      default -> throw refused(name, "true or false");
    };
  }

  public Duration duration(String name) {
    try {
      return PromDuration.parse(get(name));
    } catch (IllegalArgumentException _) { // the message below says more
      throw refused(name, "a duration such as 30s or 15d");
    }
  }

  /// A time as Grafana's time picker takes it: a moment, or so long before now.
  public Instant time(String name, Instant now) {
    String text = get(name);
    try {
      if (text.equals("now")) {
        return now;
      }
      return text.startsWith("now-")
          ? now.minus(PromDuration.parse(text.substring(4)))
          : Instant.parse(text);
    } catch (IllegalArgumentException | DateTimeParseException _) { // the message below says more
      throw refused(name, "now, now-6h or an RFC 3339 time such as 2026-01-01T00:00:00Z");
    }
  }

  public int integer(String name) {
    try {
      return Integer.parseInt(get(name));
    } catch (NumberFormatException _) { // the message below says more
      throw refused(name, "a whole number");
    }
  }

  /// A number of bytes or things.
  public long count(String name) {
    try {
      return Long.parseLong(get(name));
    } catch (NumberFormatException _) { // the message below says more
      throw refused(name, "a whole number");
    }
  }

  /// The error for a flag whose value is not what was expected.
  public UsageException refused(String name, String expected) {
    return new UsageException(
        "--" + name + ": expected " + expected + ", found " + Quoted.of(get(name)));
  }
}
