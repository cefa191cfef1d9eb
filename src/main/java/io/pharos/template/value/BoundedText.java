package io.pharos.template.value;

/// Builds a string up to a maximum length. All lengths are in UTF-16 code units.
public final class BoundedText {
  private final StringBuilder text = new StringBuilder();
  private final int maxLength;

  /// Creates an empty text.
  ///
  /// @param maxLength maximum length in UTF-16 code units
  public BoundedText(int maxLength) {
    this.maxLength = maxLength;
  }

  /// Appends text.
  ///
  /// @throws IllegalArgumentException if the result would be too long
  public BoundedText append(CharSequence added) {
    check(added.length());
    text.append(added);
    return this;
  }

  /// Appends a UTF-16 code unit.
  ///
  /// @throws IllegalArgumentException if the result would be too long
  public BoundedText append(char c) {
    check(1);
    text.append(c);
    return this;
  }

  /// Appends a code point, which is one or two UTF-16 code units long.
  ///
  /// @throws IllegalArgumentException if the result would be too long
  public BoundedText appendCodePoint(int c) {
    check(Character.charCount(c));
    text.appendCodePoint(c);
    return this;
  }

  /// Returns the current length in UTF-16 code units.
  public int length() {
    return text.length();
  }

  private void check(int added) {
    if (text.length() + (long) added > maxLength) {
      throw new IllegalArgumentException("output is longer than " + maxLength + " characters");
    }
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
