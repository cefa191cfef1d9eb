package io.pharos.server.cli;

import static java.util.Objects.requireNonNull;

import io.pharos.config.yaml.Suggestion;
import io.pharos.model.PromDuration;
import io.pharos.model.Quoted;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

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
    var values = new LinkedHashMap<String, String>();
    for (Flag flag : known) {
      String set = environment.get(flag.variable());
      values.put(flag.name(), set == null ? flag.defaultValue() : set);
    }
    var arguments = new ArrayList<String>();
    var rest = words.iterator();
    while (rest.hasNext()) {
      String word = rest.next();
      if (!word.startsWith("--") || word.equals("--")) {
        arguments.add(word);
        continue;
      }
      int equals = word.indexOf('=');
      String name = word.substring(2, equals < 0 ? word.length() : equals);
      Flag flag = find(known, name);
      if (equals >= 0) {
        values.put(name, word.substring(equals + 1));
      } else if (flag.isSwitch()) {
        values.put(name, "true");
      } else if (rest.hasNext()) {
        values.put(name, rest.next());
      } else {
        throw new UsageException("--" + name + " needs a value: " + flag.help());
      }
    }
    return new Flags(values, arguments);
  }

  private static Flag find(List<Flag> known, String name) {
    for (Flag flag : known) {
      if (flag.name().equals(name)) {
        return flag;
      }
    }
    List<String> names = known.stream().map(Flag::name).toList();
    throw new UsageException(
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
