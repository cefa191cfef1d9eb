package io.pharos.config.prometheus;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.pharos.config.yaml.Problems;
import io.pharos.config.yaml.YamlMap;
import io.pharos.model.LabelName;
import io.pharos.model.Quoted;
import io.pharos.model.Re2;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A step of relabelling.
///
/// @param modulus for [Action#HASHMOD]; 0 for other actions
/// @param regex in RE2 syntax, anchored at both ends; `.` also matches line feeds
/// @param replacement may contain groups of the regex, as `$1`, `${1}` or `${name}`
public record RelabelConfig(
    List<String> sourceLabels,
    String separator,
    String targetLabel,
    Regex regex,
    long modulus,
    String replacement,
    Action action) {

  /// What a step does.
  public enum Action {
    REPLACE,
    KEEP,
    DROP,
    KEEPEQUAL,
    DROPEQUAL,
    HASHMOD,
    LABELMAP,
    LABELDROP,
    LABELKEEP,
    LOWERCASE,
    UPPERCASE;

    /// Returns the name in the configuration file.
    public String configName() {
      return name().toLowerCase(Locale.ROOT);
    }

    static Action parse(String text) {
      return Stream.of(values())
          .filter(action -> action.configName().equals(text.toLowerCase(Locale.ROOT)))
          .findFirst()
          .orElseThrow(() -> new NumberFormatException(text));
    }

    static String names() {
      return Stream.of(values()).map(Action::configName).collect(Collectors.joining(", "));
    }
  }

  /// A compiled regular expression. Two expressions are equal if their texts are equal.
  public static final class Regex {
    static final Regex DEFAULT = of("(.*)");

    private final String text;
    private final Pattern pattern;

    private Regex(String text, Pattern pattern) {
      this.text = text;
      this.pattern = pattern;
    }

    /// Compiles an expression.
    ///
    /// @throws IllegalArgumentException if the text is not valid in RE2
    public static Regex of(String text) {
      try {
        return new Regex(text, Re2.compile("^(?:" + text + ")$", Pattern.DOTALL));
      } catch (PatternSyntaxException e) {
        throw new IllegalArgumentException(e.getDescription() + ": " + e.getPattern(), e);
      }
    }

    Pattern pattern() {
      return pattern;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Regex regex && text.equals(regex.text);
    }

    @Override
    public int hashCode() {
      return text.hashCode();
    }

    @Override
    public String toString() {
      return text;
    }
  }

  static final String DEFAULT_SEPARATOR = ";";
  static final String DEFAULT_REPLACEMENT = "$1";

  /* A label name in which groups may be referenced. */
  private static final Pattern TEMPLATE =
      Pattern.compile("^(?:(?:[a-zA-Z_]|\\$(?:\\{\\w+\\}|\\w+))+\\w*)+$");

  /// @throws IllegalArgumentException if the action needs a field that is missing, or does not
  ///   allow a field that is set; the message contains the field
  public RelabelConfig {
    sourceLabels = List.copyOf(sourceLabels);
    String name = action.configName();
    boolean defaultRegex = regex.equals(Regex.DEFAULT);
    boolean defaultReplacement = replacement.equals(DEFAULT_REPLACEMENT);
    boolean defaultSeparator = separator.equals(DEFAULT_SEPARATOR);
    switch (action) {
      case REPLACE -> {
        require(!targetLabel.isEmpty(), name + " requires a target_label");
        require(
            targetLabel.indexOf('$') < 0 || TEMPLATE.matches(targetLabel),
            invalid(targetLabel, "target_label", name));
      }
      case HASHMOD -> {
        require(modulus > 0, name + " requires a modulus above 0");
        requireName(targetLabel, name);
      }
      case LOWERCASE, UPPERCASE -> {
        requireName(targetLabel, name);
        require(defaultReplacement, name + " does not use replacement");
      }
      case KEEPEQUAL, DROPEQUAL -> {
        requireName(targetLabel, name);
        require(
            defaultRegex && defaultReplacement && defaultSeparator && modulus == 0,
            name + " allows only source_labels and target_label");
      }
      case LABELMAP ->
          require(TEMPLATE.matches(replacement), invalid(replacement, "replacement", name));
      case LABELDROP, LABELKEEP ->
          require(
              sourceLabels.isEmpty()
                  && targetLabel.isEmpty()
                  && defaultReplacement
                  && defaultSeparator
                  && modulus == 0,
              name + " allows only regex");
      case KEEP, DROP -> {}
    }
  }

  private static void requireName(String targetLabel, String action) {
    require(!targetLabel.isEmpty(), action + " requires a target_label");
    require(LabelName.isLegacy(targetLabel), invalid(targetLabel, "target_label", action));
  }

  private static String invalid(String value, String field, String action) {
    return Quoted.of(value) + " is not a valid " + field + " for " + action;
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }

  /// Returns whether the step never changes the labels with these names.
  public boolean preserves(List<String> names) {
    return switch (action) {
      case KEEP, DROP, KEEPEQUAL, DROPEQUAL -> true;
      case REPLACE, HASHMOD, LOWERCASE, UPPERCASE ->
          targetLabel.indexOf('$') < 0 && !names.contains(targetLabel);
      case LABELMAP -> false; // the label names of the target determine which labels it sets
      case LABELDROP -> names.stream().noneMatch(regex.pattern::matches);
      case LABELKEEP -> names.stream().allMatch(regex.pattern::matches);
    };
  }

  /// Reads a list of steps.
  static List<RelabelConfig> list(YamlMap map, String key, Problems problems) {
    return List.copyOf(problems.list(map, key, item -> step(item.asMap())));
  }

  private static RelabelConfig step(YamlMap map) {
    Action action =
        map.get("action")
            .map(value -> value.parse("one of " + Action.names(), Action::parse))
            .orElse(Action.REPLACE);
    List<String> sources = map.strings("source_labels");
    String separator = map.string("separator", DEFAULT_SEPARATOR);
    String target = map.string("target_label", "");
    Regex regex =
        map.get("regex")
            .map(value -> value.parse("a regular expression (RE2)", Regex::of))
            .orElse(Regex.DEFAULT);
    long modulus =
        map.get("modulus")
            .map(value -> value.parse("a whole number", Long::parseUnsignedLong))
            .orElse(0L);
    String replacement = map.string("replacement", DEFAULT_REPLACEMENT);
    map.finish();
    try {
      return new RelabelConfig(sources, separator, target, regex, modulus, replacement, action);
    } catch (IllegalArgumentException e) {
      throw map.error(String.valueOf(e.getMessage()));
    }
  }
}
