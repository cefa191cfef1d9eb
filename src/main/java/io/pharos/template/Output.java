package io.pharos.template;

import org.jspecify.annotations.Nullable;

/// Where an execution writes to: as it is, or escaped for HTML.
sealed interface Output {
  /// Text that stands in the template.
  void text(String text);

  /// A value that the template computed.
  void value(@Nullable Object value);

  String result();

  /// Whether a closing `html` function is redundant, since the output itself escapes that way.
  boolean escapesHtml();

  /// Whether what comes next stands in the query of a URL, where `urlquery` has done the work.
  boolean inUrlQuery();

  /// Output of text/template.
  final class Plain implements Output {
    private final BoundedText out;

    Plain(int maxCharacters) {
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
    public boolean escapesHtml() {
      return false;
    }

    @Override
    public boolean inUrlQuery() {
      return false;
    }

    @Override
    public String result() {
      return out.toString();
    }
  }

  /// Output of html/template.
  final class Html implements Output {
    private final HtmlWriter writer;

    Html(int maxCharacters) {
      writer = new HtmlWriter(new BoundedText(maxCharacters));
    }

    @Override
    public void text(String text) {
      writer.text(text);
    }

    @Override
    public void value(@Nullable Object value) {
      writer.value(value);
    }

    @Override
    public boolean escapesHtml() {
      return true;
    }

    @Override
    public boolean inUrlQuery() {
      return writer.inUrlQuery();
    }

    @Override
    public String result() {
      return writer.result();
    }
  }
}
