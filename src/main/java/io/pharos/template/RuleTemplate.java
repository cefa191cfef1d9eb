package io.pharos.template;

import io.pharos.model.Labels;
import io.pharos.template.value.TemplateObject;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A template of a rule's label or annotation, with `$labels`, `$externalLabels`, `$externalURL`
/// and `$value` predeclared. Parsed once, expanded for each alert; thread-safe.
public final class RuleTemplate {
  static final Map<String, String> VARIABLES = variables();
  private static final Template.Limits LIMITS = new Template.Limits(200_000, 200_000, 50);

  private final @Nullable Template template;
  private final String text;

  private RuleTemplate(@Nullable Template template, String text) {
    this.template = template;
    this.text = text;
  }

  private static Map<String, String> variables() {
    var variables = new LinkedHashMap<String, String>();
    variables.put("$labels", "Labels");
    variables.put("$externalLabels", "ExternalLabels");
    variables.put("$externalURL", "ExternalURL");
    variables.put("$value", "Value");
    return variables;
  }

  /// Parses a template, which also checks the names of functions and variables.
  ///
  /// @param name name in errors, such as `__alert_HighErrorRate`
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
        throw new IllegalArgumentException(value + " is not a value, expected a number or a text");
      }
    }

    @Override
    public String typeName() {
      return "struct";
    }

    @Override
    public Shape shape() {
      var fields = new LinkedHashMap<String, Object>();
      fields.put("Labels", labels.toMap());
      fields.put("ExternalLabels", externalLabels.toMap());
      fields.put("ExternalURL", externalUrl);
      fields.put("Value", value);
      return new Struct(fields);
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

  /// What the template refers to.
  public RuleReferences references() {
    return template == null ? RuleReferences.NONE : RuleReferences.of(template.body());
  }

  /// Expands the template for one alert.
  ///
  /// @throws TemplateException if a function fails or a limit is exceeded
  public String expand(Data data, RuleTemplateContext context) {
    return template == null ? text : template.execute(data, context);
  }
}
