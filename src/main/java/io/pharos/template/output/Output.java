package io.pharos.template.output;

import io.pharos.template.value.BoundedText;
import io.pharos.template.value.GoFormat;
import org.jspecify.annotations.Nullable;

/// The output of one execution of a template: plain, or escaped for HTML.
public sealed interface Output permits Output.Plain, HtmlWriter {
  /// Writes literal text of the template.
  void text(String text);

  /// Writes a value that the template computed.
  ///
  /// @throws IllegalArgumentException when the value cannot be written here
  void value(@Nullable Object value);

  /// Returns what was written.
  ///
  /// @throws IllegalArgumentException when the output is incomplete, such as HTML with an open tag
  String result();

  /// Whether a closing `html` function is redundant, because the output itself escapes that way.
  default boolean escapesHtml() {
    return false;
  }

  /// Whether the next value is part of a URL's query, where `urlquery` has already escaped it.
  default boolean inUrlQuery() {
    return false;
  }

  /// Output of Go's text/template.
  final class Plain implements Output {
    private final BoundedText out;

    public Plain(int maxCharacters) {
      out = new BoundedText(maxCharacters);
    }

    @Override
    public void text(String text) {
      out.append(text);
    }

    @Override
    public void value(@Nullable Object value) {
      out.append(value == null ? "<no value>" : GoFormat.print(value));
    }

    @Override
    public String result() {
      return out.toString();
    }
  }
}
