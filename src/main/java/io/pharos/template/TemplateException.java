package io.pharos.template;

/// Reports a template that could not be parsed or executed. The message names the template, line
/// and column: `template: slack.title:1:14: function "foo" not defined`.
public final class TemplateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String template;
  private final int line;
  private final int column;

  TemplateException(String name, int line, int column, String problem) {
    super("template: " + name + ":" + line + ":" + column + ": " + problem);
    this.template = name;
    this.line = line;
    this.column = column;
  }

  /// Returns the name of the template: for one of a file, the file's name.
  public String template() {
    return template;
  }

  /// Returns the line in the template's text, from 1.
  public int line() {
    return line;
  }

  /// Returns the column in that line, in characters from 1.
  public int column() {
    return column;
  }
}
