package io.pharos.template.value;

import static java.util.Objects.requireNonNull;

/// Text that its author marked as safe in a context of HTML (`safeHtml`, `safeUrl`).
public record SafeText(Kind kind, String text) {
  /// Where the text is safe.
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

  public SafeText {
    requireNonNull(kind, "kind is null");
    requireNonNull(text, "text is null");
  }

  @Override
  public String toString() {
    return text;
  }
}
