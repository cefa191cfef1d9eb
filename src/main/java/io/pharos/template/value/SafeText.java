package io.pharos.template.value;

/// Text that a template has marked by `safeHtml` or `safeUrl` as safe in a kind of position in
/// HTML.
public record SafeText(Kind kind, String text) {
  /// The kind of position in which the text is safe.
  public enum Kind {
    HTML("template.HTML"),
    URL("template.URL");

    private final String typeName;

    Kind(String typeName) {
      this.typeName = typeName;
    }

    String typeName() {
      return typeName;
    }
  }

  @Override
  public String toString() {
    return text;
  }
}
