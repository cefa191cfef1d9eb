package io.pharos.server.web.design;

import io.pharos.model.ControlCharacters;
import io.quarkus.qute.EngineBuilder;
import io.quarkus.qute.HtmlEscaper;
import io.quarkus.qute.TemplateExtension;
import io.quarkus.qute.TemplateNode;
import io.quarkus.qute.Variant;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.event.Observes;
import java.util.List;

/// Writes the values of expressions into pages: escaped as by Qute's own mapper, and without the
/// characters that could hide or reorder the rest of the page ([ControlCharacters]). The value of a
/// field that is sent back keeps them: `{text.exact}`.
final class ShownText extends HtmlEscaper {
  private static final String REPLACEMENT = "\uFFFD";

  ShownText() {
    super(List.of(Variant.TEXT_HTML));
  }

  @Override
  protected String replacementFor(char character) {
    return ControlCharacters.contains(character) ? REPLACEMENT : super.replacementFor(character);
  }

  /// A text whose characters are only escaped.
  public record Exact(String text) {
    @Override
    public String toString() {
      return text;
    }
  }

  /// Returns a text for the value of a field.
  @TemplateExtension
  static Exact exact(String text) {
    return new Exact(text);
  }

  @Override
  public boolean appliesTo(TemplateNode.Origin origin, Object result) {
    return !(result instanceof Exact) && super.appliesTo(origin, result);
  }

  @Override
  public int getPriority() {
    return DEFAULT_PRIORITY + 1;
  }

  /// Adds the mapper to the engine of all pages.
  @Dependent
  static class Registration {
    void add(@Observes EngineBuilder engine) {
      engine.addResultMapper(new ShownText());
    }
  }
}
