package io.pharos.template;

/// A template's text and its name in errors.
record TemplateSource(String name, String text) {
  /// Creates the error of a problem at an offset of the text.
  TemplateException error(int offset, String problem) {
    int line = 1;
    int lineStart = 0;
    int end = Math.min(offset, text.length());
    for (int i = 0; i < end; i++) {
      if (text.charAt(i) == '\n') {
        line++;
        lineStart = i + 1;
      }
    }
    return new TemplateException(name, line, text.codePointCount(lineStart, end) + 1, problem);
  }
}
