package io.pharos.config.alertmanager;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/// A text that must not be shown. It prints as `<secret>` everywhere; only [#reveal] gives it away.
public final class Secret {
  /// What stands in for the text in files, pages and logs.
  public static final String MASK = "<secret>";

  private final String text;

  public Secret(String text) {
    this.text = requireNonNull(text, "text is null");
  }

  /// The text itself, for the request that needs it and nothing else.
  public String reveal() {
    return text;
  }

  @Override
  public boolean equals(@Nullable Object object) {
    return object instanceof Secret other && text.equals(other.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return MASK;
  }
}
