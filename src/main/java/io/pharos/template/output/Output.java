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
  /// @throws IllegalArgumentException if a value at this position is refused
  void value(@Nullable Object value);

  /// Returns the text written so far.
  ///
  /// @throws IllegalArgumentException if the text is incomplete, such as HTML with an open tag
  String result();

  /// Returns whether a final `html` function is redundant, because the output escapes HTML.
  default boolean escapesHtml() {
    return false;
  }

  /// Returns whether the next value is part of a URL's query, so that a value from `urlquery` need
  /// not be escaped again.
  default boolean inUrlQuery() {
    return false;
  }

  /// The output of Go's text/template: nothing is escaped.
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
