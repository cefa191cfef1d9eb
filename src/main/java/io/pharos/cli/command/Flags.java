package io.pharos.cli.command;

import static java.util.Objects.requireNonNull;

import io.pharos.config.yaml.Suggestion;
import io.pharos.model.PromDuration;
import io.pharos.model.Quoted;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/// The flags of one command line, `--name=value` or `--name value`. Each flag has an environment
/// variable and a default: `--web.listen-address` can be set by `PHAROS_WEB_LISTEN_ADDRESS`. A flag
/// overrides its variable, and a variable overrides the default. Invalid values throw a
/// [UsageException].
public final class Flags {
  /// One flag of a command.
  ///
  /// @param defaultValue the value if the flag is not set. `true` or `false` makes the flag a
  ///   switch, which may be given without a value
  public record Flag(String name, String defaultValue, String help) {
    /// Returns whether the flag may be given without a value.
    public boolean isSwitch() {
      return defaultValue.equals("true") || defaultValue.equals("false");
    }

    /// Returns whether the value is a file or a folder.
    public boolean isPath() {
      return name.matches("(.*[.-])?(file|path|dir)");
    }

    /// Returns the flag with another default value.
    public Flag or(String otherDefault) {
      return new Flag(name, otherDefault, help);
    }

    /// Returns the environment variable that sets the flag.
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

  /// Reads a command line. Words other than `--name`, such as `-x` or `--`, are arguments. If a
  /// flag is given several times, the last value is used.
  public static Flags parse(List<Flag> known, List<String> words, Map<String, String> environment) {
    var flags = new LinkedHashMap<String, Flag>();
    var values = new LinkedHashMap<String, String>();
    for (Flag flag : known) {
      flags.put(flag.name(), flag);
      values.put(flag.name(), environment.getOrDefault(flag.variable(), flag.defaultValue()));
    }
    var arguments = new ArrayList<String>();
    for (Iterator<String> rest = words.iterator(); rest.hasNext(); ) {
      String word = rest.next();
      if (!word.startsWith("--") || word.equals("--")) {
        arguments.add(word);
        continue;
      }
      int equals = word.indexOf('=');
      String name = word.substring(2, equals < 0 ? word.length() : equals);
      Flag flag = flags.get(name);
      if (flag == null) {
        throw new UsageException(
            "unknown flag --" + name + suggestions("--", name, flags.keySet()));
      }
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

  /// Returns the end of an error message about an unknown word: `: did you mean --a, --b or --c?`,
  /// or an empty string.
  ///
  /// @param prefix stands before each suggested word
  public static String suggestions(String prefix, String wrong, Collection<String> known) {
    List<String> near = Suggestion.closest(wrong, known).stream().map(prefix::concat).toList();
    return near.isEmpty() ? "" : ": did you mean " + alternatives(near) + "?";
  }

  private static String alternatives(List<String> words) {
    int last = words.size() - 1;
    return (last == 0 ? "" : String.join(", ", words.subList(0, last)) + " or ") + words.get(last);
  }

  /// Returns the words that are not flags, in order.
  public List<String> arguments() {
    return arguments;
  }

  /// Refuses a command line with words that are not flags.
  public void refuseArguments() {
    if (!arguments.isEmpty()) {
      throw new UsageException(
          "unexpected word '" + arguments.getFirst() + "', expected flags only");
    }
  }

  /// Returns the only word that is not a flag.
  ///
  /// @param noun what the word is, for the error message `expected one NOUN`
  /// @throws UsageException when there is no such word, or more than one
  public String argument(String noun) {
    if (arguments.size() != 1) {
      throw new UsageException("expected one " + noun + ", found " + arguments.size());
    }
    return arguments.getFirst();
  }

  /// Returns the value of a flag as text: from the command line, its variable or its default.
  public String get(String name) {
    return requireNonNull(values.get(name), () -> "no flag --" + name);
  }

  /// Returns the value of a flag as text; absent when it is empty.
  public Optional<String> text(String name) {
    return Optional.of(get(name)).filter(text -> !text.isEmpty());
  }

  /// Returns the value of a flag that must be set.
  ///
  /// @param expected completes the error message `--NAME is missing, expected EXPECTED`
  /// @throws UsageException when the value is empty
  public String required(String name, String expected) {
    return text(name)
        .orElseThrow(() -> new UsageException("--" + name + " is missing, expected " + expected));
  }

  /// Returns the path of a file or folder; absent when the flag is empty.
  public Optional<Path> path(String name) {
    return text(name).map(Path::of);
  }

  /// Returns the value of a switch.
  public boolean isOn(String name) {
    return switch (get(name)) {
      case "true" -> true;
      case "false" -> false;
      default -> throw refused(name, "true or false");
    };
  }

  /// Returns the value of a flag, converted by a parser.
  ///
  /// @param parser throws IllegalArgumentException or DateTimeParseException for an invalid value
  public <T> T parsed(String name, Function<String, T> parser, String expected) {
    try {
      return parser.apply(get(name));
    } catch (IllegalArgumentException | DateTimeParseException _) { // the error below says more
      throw refused(name, expected);
    }
  }

  /// Returns a duration in Prometheus' format.
  public Duration duration(String name) {
    return parsed(name, PromDuration::parse, "a duration such as 30s or 15d");
  }

  /// Returns a duration in Prometheus' format that is longer than 0.
  public Duration positive(String name) {
    Duration duration = duration(name);
    if (!duration.isPositive()) {
      throw refused(name, "a duration longer than 0");
    }
    return duration;
  }

  /// Returns a time in the syntax of Grafana's time picker: `now`, `now-6h` or RFC 3339.
  public Instant time(String name, Instant now) {
    return parsed(
        name,
        text ->
            text.equals("now")
                ? now
                : text.startsWith("now-")
                    ? now.minus(PromDuration.parse(text.substring(4)))
                    : Instant.parse(text),
        "now, now-6h or an RFC 3339 time such as 2026-01-01T00:00:00Z");
  }

  /// Returns a whole number of 32 bits.
  public int integer(String name) {
    return parsed(name, Integer::valueOf, "a whole number");
  }

  /// Returns a whole number of 32 bits with a lower bound.
  public int integer(String name, int min) {
    int value = integer(name);
    if (value < min) {
      throw refused(name, "a whole number of at least " + min);
    }
    return value;
  }

  /// Returns a whole number within two bounds, both inclusive.
  public int integer(String name, int min, int max) {
    int value = integer(name);
    if (value < min || value > max) {
      throw refused(name, min + " to " + max);
    }
    return value;
  }

  /// Returns a whole number of 64 bits, such as a number of bytes.
  public long count(String name) {
    return parsed(name, Long::valueOf, "a whole number");
  }

  /// Returns an HTTP address without a slash at its end; absent when the flag is empty.
  public Optional<URI> url(String name) {
    return text(name).map(_ -> parsed(name, Flags::httpUrl, "an http or https URL"));
  }

  private static URI httpUrl(String text) {
    URI uri = URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
    if (!"http".equals(uri.getScheme()) && !"https".equals(uri.getScheme())) {
      throw new IllegalArgumentException(text);
    }
    return uri;
  }

  /// An address to listen on.
  ///
  /// @param host the host from the flag; `0.0.0.0` if the flag names no host
  /// @param port 0 to 65535
  public record Address(String host, int port) {
    /// Returns the host without the brackets of an IPv6 address.
    public String bareHost() {
      return host.replaceAll("^\\[(.*)]$", "$1");
    }
  }

  /// Returns an address to listen on, `HOST:PORT` or `:PORT`.
  public Address address(String name) {
    String text = get(name);
    int colon = text.lastIndexOf(':');
    try {
      int port = Integer.parseInt(text.substring(colon + 1));
      if (colon >= 0 && port >= 0 && port < 65536) {
        return new Address(colon == 0 ? "0.0.0.0" : text.substring(0, colon), port);
      }
    } catch (NumberFormatException _) { // refused below, as is a port above 65535
    }
    throw refused(name, "HOST:PORT with a port from 0 to 65535");
  }

  /// Returns the constant of an enumeration whose name, in lower case, is the value of a flag.
  public <T extends Enum<T>> T choice(String name, Class<T> type) {
    List<String> words =
        Stream.of(type.getEnumConstants())
            .map(constant -> constant.name().toLowerCase(Locale.ROOT))
            .toList();
    int index = words.indexOf(get(name));
    if (index < 0) {
      throw refused(name, alternatives(words));
    }
    return type.getEnumConstants()[index];
  }

  /// Returns the error for a flag with an invalid value.
  public UsageException refused(String name, String expected) {
    return new UsageException(
        "--" + name + ": expected " + expected + ", found " + Quoted.of(get(name)));
  }
}
