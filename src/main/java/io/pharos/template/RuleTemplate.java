package io.pharos.template;

import io.pharos.model.Labels;
import io.pharos.template.value.TemplateObject;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A template of a rule's label or annotation, with `$labels`, `$externalLabels`, `$externalURL`
/// and `$value` predeclared. It is parsed once and expanded for each alert; thread-safe.
public final class RuleTemplate {
  static final Map<String, String> VARIABLES =
      Map.of(
          "$labels", "Labels",
          "$externalLabels", "ExternalLabels",
          "$externalURL", "ExternalURL",
          "$value", "Value");
  private static final Template.Limits LIMITS = new Template.Limits(200_000, 200_000, 50);

  private final @Nullable Template template;
  private final String text;

  private RuleTemplate(@Nullable Template template, String text) {
    this.template = template;
    this.text = text;
  }

  /// Parses a template and checks the names of functions and variables.
  ///
  /// @param name name of the template in errors, such as `__alert_HighErrorRate`
  /// @throws TemplateException with line and column in the text
  public static RuleTemplate parse(String name, String text) {
    if (!text.contains("{{")) {
      return new RuleTemplate(null, text);
    }
    return new RuleTemplate(
        Template.parse(name, text, PrometheusFunctions.ALL, TemplateSet.empty(), VARIABLES, LIMITS),
        text);
  }

  /// Data of a rule's template.
  ///
  /// @param labels the sample's labels, including `__name__`
  /// @param value the sample's value: a Double, or the text of a histogram
  public record Data(Labels labels, Labels externalLabels, String externalUrl, Object value)
      implements TemplateObject {
    public Data {
      if (!(value instanceof Double || value instanceof String)) {
        throw new IllegalArgumentException(
            "expected a Double or a String as the sample's value, found "
                + value.getClass().getSimpleName());
      }
    }

    @Override
    public String typeName() {
      return "struct";
    }

    @Override
    public Shape shape() {
      return Struct.of(
          "Labels",
          labels.toMap(),
          "ExternalLabels",
          externalLabels.toMap(),
          "ExternalURL",
          externalUrl,
          "Value",
          value);
    }

    @Override
    public Optional<Member> member(String name) {
      return switch (name) {
        case "Labels" -> Optional.of(new Property(labels.toMap()));
        case "ExternalLabels" -> Optional.of(new Property(externalLabels.toMap()));
        case "ExternalURL" -> Optional.of(new Property(externalUrl));
        case "Value" -> Optional.of(new Property(value));
        default -> Optional.empty();
      };
    }
  }

  /// Context of the functions in a rule's template.
  ///
  /// @param query evaluates an expression at the rule's time
  public record Context(QueryFunction query, Instant now, URI externalUrl) {
    /// Evaluates PromQL for a template.
    @FunctionalInterface
    public interface QueryFunction {
      /// Returns the samples of an instant vector, or a scalar as one sample without labels.
      ///
      /// @throws IllegalArgumentException if the expression fails; the message becomes part of the
      ///   template's error
      List<Sample> query(String expression);
    }
  }

  /// A sample that the `query` function of a rule's template returns.
  public record Sample(Labels labels, double value) implements TemplateObject {
    @Override
    public String typeName() {
      return "*template.sample";
    }

    @Override
    public Shape shape() {
      return Struct.of("Labels", labels.toMap(), "Value", value);
    }
  }

  /// Returns the labels and values to which the template refers.
  public RuleReferences references() {
    return template == null ? RuleReferences.NONE : RuleReferences.of(template.body());
  }

  /// Expands the template for one alert.
  ///
  /// @throws TemplateException if a function fails or a limit is exceeded
  public String expand(Data data, Context context) {
    return template == null ? text : template.execute(data, context);
  }
}
