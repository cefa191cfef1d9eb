package io.pharos.template.value;

/// A string in the making that refuses to grow past its bound.
public final class BoundedText {
  private final StringBuilder text = new StringBuilder();
  private final int maxCharacters;

  public BoundedText(int maxCharacters) {
    this.maxCharacters = maxCharacters;
  }

  public BoundedText append(CharSequence more) {
    check(more.length());
    text.append(more);
    return this;
  }

  public BoundedText append(char c) {
    check(1);
    text.append(c);
    return this;
  }

  public BoundedText appendCodePoint(int c) {
    check(2);
    text.appendCodePoint(c);
    return this;
  }

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
