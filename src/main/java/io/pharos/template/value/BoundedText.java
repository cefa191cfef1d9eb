package io.pharos.template.value;

/// A string builder that refuses to grow beyond a maximum length.
public final class BoundedText {
  private final StringBuilder text = new StringBuilder();
  private final int maxCharacters;

  /// @param maxCharacters maximum length in UTF-16 code units
  public BoundedText(int maxCharacters) {
    this.maxCharacters = maxCharacters;
  }

  /// Appends text.
  ///
  /// @throws IllegalArgumentException if the result would be too long
  public BoundedText append(CharSequence more) {
    check(more.length());
    text.append(more);
    return this;
  }

  /// Appends a character.
  ///
  /// @throws IllegalArgumentException if the result would be too long
  public BoundedText append(char c) {
    check(1);
    text.append(c);
    return this;
  }

  /// Appends a code point.
  ///
  /// @throws IllegalArgumentException if the result would be too long
  public BoundedText appendCodePoint(int c) {
    check(2);
    text.appendCodePoint(c);
    return this;
  }

  /// Current length.
  public int length() {
    return text.length();
  }

  private void check(int more) {
    if (text.length() + (long) more > maxCharacters) {
      throw new IllegalArgumentException("output is longer than " + maxCharacters + " characters");
    }
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
