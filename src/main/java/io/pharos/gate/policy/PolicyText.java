package io.pharos.gate.policy;

import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.MatcherList;
import io.pharos.model.LabelMatcher;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A text of a policy in which `$service`, `$env`, `$version`, `$color` and `$candidate` are
/// replaced by the deployment's values; `$$` is a dollar sign. `$candidate` is replaced by a list
/// of label matchers.
///
/// @param text the text in the file
public record PolicyText(String text) {
  private static final Pattern VARIABLE = Pattern.compile("\\$(\\$|[a-z_]+)");
  private static final Set<String> VARIABLES =
      Set.of("service", "env", "version", "color", "candidate");
  private static final Set<String> OF_CANDIDATE = Set.of("version", "color", "candidate");
  private static final Pattern SELECTOR =
      Pattern.compile("\\s*+([a-zA-Z_:][a-zA-Z0-9_:]*+)?+\\s*+(\\{.*\\})?\\s*+", Pattern.DOTALL);

  /// @throws IllegalArgumentException when a variable is not known
  public PolicyText {
    for (String name : variablesOf(text)) {
      if (!VARIABLES.contains(name)) {
        throw new IllegalArgumentException(
            "$" + name + " is not one of $service, $env, $version, $color, $candidate");
      }
    }
  }

  /// Parses a series selector with variables.
  ///
  /// @throws IllegalArgumentException when the text is not a plain selector but, for example, a
  ///   function or a range
  public static PolicyText selector(String text) {
    var template = new PolicyText(text);
    String sample = template.substitute(name -> name.equals("candidate") ? "a=\"b\"" : "x");
    Matcher parts = SELECTOR.matcher(sample);
    if (!parts.matches() || (parts.group(1) == null && parts.group(2) == null)) {
      throw new IllegalArgumentException(
          "only a plain selector keeps counter resets visible; rates, sums and ranges do not");
    }
    if (parts.group(2) != null
        && MatcherList.parse(parts.group(2)).isEmpty()
        && parts.group(1) == null) {
      throw new IllegalArgumentException("it selects every series");
    }
    return template;
  }

  /// Returns the matchers of an expanded selector, without that of the metric's name.
  public static List<LabelMatcher> matchers(String selector) {
    Matcher parts = SELECTOR.matcher(selector);
    return parts.matches() && parts.group(2) != null
        ? MatcherList.parse(parts.group(2))
        : List.of();
  }

  /// Returns the names of the variables used, without the dollar sign.
  public Set<String> variables() {
    return variablesOf(text);
  }

  private static Set<String> variablesOf(String text) {
    var names = new TreeSet<String>();
    Matcher matcher = VARIABLE.matcher(text);
    while (matcher.find()) {
      if (!matcher.group(1).equals("$")) {
        names.add(matcher.group(1));
      }
    }
    return names;
  }

  /// Expands the text for the candidate, with values escaped for the quotes of a selector.
  public String expand(Deployment deployment) {
    return expand(deployment, ComparisonSide.CANDIDATE);
  }

  /// Expands the text for one side of a deployment, with values escaped for the quotes of a
  /// selector.
  public String expand(Deployment deployment, ComparisonSide side) {
    return substitute(
        name -> {
          String value = value(name, deployment, side);
          return name.equals("candidate") ? value : escape(value);
        });
  }

  /// Expands the text for one side of a deployment, without escaping.
  public String expandPlain(Deployment deployment, ComparisonSide side) {
    return substitute(name -> value(name, deployment, side));
  }

  /// Returns whether the text selects only the candidate: by a variable, or by the matchers that
  /// the deployment announced.
  public boolean namesCandidate(Deployment deployment) {
    if (variables().stream().anyMatch(OF_CANDIDATE::contains)) {
      return true;
    }
    List<LabelMatcher> announced = MatcherList.parse(deployment.announcement().candidate());
    Matcher parts = SELECTOR.matcher(text);
    if (announced.isEmpty() || !parts.matches() || parts.group(2) == null) {
      return false;
    }
    List<LabelMatcher> selected = MatcherList.parse(parts.group(2));
    return announced.stream()
        .allMatch(matcher -> selected.stream().anyMatch(other -> isSame(matcher, other)));
  }

  private static boolean isSame(LabelMatcher matcher, LabelMatcher other) {
    return matcher.type() == other.type()
        && matcher.name().equals(other.name())
        && matcher.value().equals(other.value());
  }

  /// Returns whether the text can be expanded for the baseline: for each variable of the candidate,
  /// the deployment announces a value of the baseline.
  public boolean hasBaseline(Deployment deployment) {
    List<String> names = variables().stream().filter(OF_CANDIDATE::contains).toList();
    return !names.isEmpty()
        && names.stream()
            .noneMatch(name -> value(name, deployment, ComparisonSide.BASELINE).isEmpty());
  }

  private static String escape(String value) {
    return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("'", "\\'");
  }

  private static String value(String name, Deployment deployment, ComparisonSide side) {
    return switch (side) {
      case CANDIDATE -> value(name, deployment);
      case BASELINE ->
          switch (name) {
            case "color" -> baselineColor(deployment);
            case "candidate" -> deployment.announcement().baseline();
            case "version" -> ""; // a baseline has no announced version
            default -> value(name, deployment);
          };
    };
  }

  /// Returns the colour of the announced baseline. If no baseline colour is announced, returns
  /// green for blue and blue for green; empty for other colours.
  private static String baselineColor(Deployment deployment) {
    return MatcherList.parse(deployment.announcement().baseline()).stream()
        .filter(
            matcher -> matcher.name().equals("color") && matcher.type() == LabelMatcher.Type.EQUAL)
        .map(LabelMatcher::value)
        .findFirst()
        .orElse(
            switch (deployment.color()) {
              case "blue" -> "green";
              case "green" -> "blue";
              default -> "";
            });
  }

  /// Returns the value of a variable; empty if the deployment has none.
  public static String value(String name, Deployment deployment) {
    return switch (name) {
      case "service" -> deployment.service();
      case "env" -> deployment.env();
      case "version" -> deployment.version();
      case "color" -> deployment.color();
      case "candidate" -> deployment.announcement().candidate();
      default -> throw new IllegalArgumentException("$" + name + " is not a variable");
    };
  }

  private String substitute(UnaryOperator<String> values) {
    return VARIABLE
        .matcher(text)
        .replaceAll(
            found ->
                Matcher.quoteReplacement(
                    found.group(1).equals("$") ? "$" : values.apply(found.group(1))));
  }
}
