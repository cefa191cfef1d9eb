package io.pharos.server.web;

import io.pharos.alerting.message.AlertSubject;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Replaces placeholders in shell commands by values. The values are labels, which anybody may have
/// chosen, so the shell must never read a part of a value as syntax.
/* A value whose characters have no meaning for a shell is inserted unchanged, even inside quotes.
 * Any other value is inserted in single quotes, if the placeholder is outside quotes and comments
 * and the value does not start with a hyphen, as an option does. Otherwise the placeholder is not
 * replaced: inside quotes, the value could be syntax of a nested shell, SQL or PromQL. */
final class CommandFiller {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9/][A-Za-z0-9._:/@,+=-]*");
  private static final Pattern QUOTABLE = Pattern.compile("[\\x21-\\x7e&&[^-]][\\x20-\\x7e]*");
  private static final int MAX_VALUE = 200;

  private final Map<Placeholder, String> values;
  private final Set<Placeholder> missing = EnumSet.noneOf(Placeholder.class);
  private final Set<Placeholder> refused = EnumSet.noneOf(Placeholder.class);

  CommandFiller(Map<Placeholder, String> values) {
    this.values = Map.copyOf(values);
  }

  /// How a shell would read a character: as bare text, inside quotes, or in a comment.
  private enum Context {
    BARE,
    SINGLE_QUOTES,
    DOUBLE_QUOTES,
    COMMENT
  }

  /// Replaces each placeholder whose value is safe at that position.
  String fill(String commands) {
    var filled = new StringBuilder();
    Context context = Context.BARE;
    int position = 0;
    while (position < commands.length()) {
      Placeholder found = placeholderAt(commands, position);
      if (found != null) {
        filled.append(value(found, context));
        position += found.name().length();
        continue;
      }
      char c = commands.charAt(position);
      char before = position == 0 ? '\n' : commands.charAt(position - 1);
      if (c == '\\' && context != Context.SINGLE_QUOTES && position + 1 < commands.length()) {
        filled.append(c);
        position++;
        c = commands.charAt(position);
      } else {
        context = nextContext(context, before, c);
      }
      filled.append(c);
      position++;
    }
    return filled.toString();
  }

  private static Context nextContext(Context context, char before, char c) {
    return switch (context) {
      case BARE ->
          switch (c) {
            case '\'' -> Context.SINGLE_QUOTES;
            case '"' -> Context.DOUBLE_QUOTES;
            case '#' -> Character.isWhitespace(before) ? Context.COMMENT : Context.BARE;
            default -> Context.BARE;
          };
      case SINGLE_QUOTES -> c == '\'' ? Context.BARE : context;
      case DOUBLE_QUOTES -> c == '"' ? Context.BARE : context;
      case COMMENT -> c == '\n' ? Context.BARE : context;
    };
  }

  private static @Nullable Placeholder placeholderAt(String text, int position) {
    if (position > 0
        && (isNameCharacter(text.charAt(position - 1)) || text.charAt(position - 1) == '$')) {
      return null;
    }
    for (Placeholder candidate : Placeholder.values()) {
      int end = position + candidate.name().length();
      if (text.startsWith(candidate.name(), position)
          && (end == text.length() || !isNameCharacter(text.charAt(end)))) {
        return candidate;
      }
    }
    return null;
  }

  private static boolean isNameCharacter(char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  }

  private String value(Placeholder placeholder, Context context) {
    String value = values.get(placeholder);
    if (value == null) {
      missing.add(placeholder);
      return placeholder.name();
    }
    if (value.length() <= MAX_VALUE && PLAIN.matcher(value).matches()) {
      return value;
    }
    boolean quotable = value.length() <= MAX_VALUE && QUOTABLE.matcher(value).matches();
    if (quotable && context == Context.BARE) {
      return "'" + value.replace("'", "'\\''") + "'";
    }
    refused.add(placeholder);
    return placeholder.name();
  }

  /// Returns the placeholders in the commands that have no value.
  Set<Placeholder> missing() {
    return Set.copyOf(missing);
  }

  /// Returns the placeholders in the commands that were not replaced because their value would have
  /// been unsafe.
  Set<Placeholder> refused() {
    return Set.copyOf(refused);
  }

  /// A word in the commands of runbooks that stands for a value of the alert.
  enum Placeholder {
    /// The external URL of Pharos, without a slash at the end.
    PHAROS,
    /// The scraped or probed instance, such as `10.0.0.7:9400` or `https://example.org/login`.
    INSTANCE,
    /// The machine's name from a label; without such a label the host of the instance.
    HOST,
    /// The number of the GPU on its machine.
    GPU_INDEX,
    /// The mount point of the file system.
    MOUNTPOINT;

    private static final List<String> HOST_LABELS = List.of("host", "hostname", "Hostname", "node");

    /// Returns the values of the placeholders for an alert with these labels; placeholders without
    /// a value are missing from the map.
    static Map<Placeholder, String> values(Map<String, String> labels, String externalUrl) {
      var values = new EnumMap<Placeholder, String>(Placeholder.class);
      values.put(PHAROS, externalUrl);
      put(values, INSTANCE, labels.getOrDefault("instance", ""));
      put(values, GPU_INDEX, labels.getOrDefault("gpu", ""));
      put(values, MOUNTPOINT, labels.getOrDefault("mountpoint", ""));
      Optional<String> host =
          HOST_LABELS.stream()
              .map(labels::get)
              .filter(it -> it != null && !it.isEmpty())
              .findFirst();
      put(
          values,
          HOST,
          host.orElseGet(() -> AlertSubject.hostOf(labels.getOrDefault("instance", ""))));
      return values;
    }

    private static void put(Map<Placeholder, String> values, Placeholder key, String value) {
      if (!value.isEmpty()) {
        values.put(key, value);
      }
    }
  }
}
