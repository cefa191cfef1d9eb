package io.pharos.template;

import static java.util.Objects.requireNonNull;

import io.pharos.template.output.HtmlWriter;
import io.pharos.template.output.Output;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// A parsed template. Immutable; one instance may be executed by many threads at once.
public final class Template {
  /// Limits of one execution.
  ///
  /// @param maxSteps maximum number of statements, operands and copied elements
  /// @param maxCharacters maximum length of the output and of each string
  /// @param maxDepth maximum depth of calls between templates
  public record Limits(int maxSteps, int maxCharacters, int maxDepth) {
    /// The default limits: a million steps, four million characters, and calls up to a hundred
    /// levels deep.
    public static final Limits DEFAULT = new Limits(1_000_000, 4_000_000, 100);

    public Limits {
      if (maxSteps < 1 || maxCharacters < 1 || maxDepth < 1) {
        throw new IllegalArgumentException(
            "expected positive limits, found "
                + maxSteps
                + " steps, "
                + maxCharacters
                + " characters and "
                + maxDepth
                + " levels");
      }
    }
  }

  private final Parser.Definition main;
  private final Map<String, Parser.Definition> named;
  private final Map<String, String> predeclared;
  private final Limits limits;

  private Template(
      Parser.Definition main,
      Map<String, Parser.Definition> named,
      Map<String, String> predeclared,
      Limits limits) {
    this.main = main;
    this.named = named;
    this.predeclared = predeclared;
    this.limits = limits;
  }

  /// Parses a template. It may call the templates of the set and the templates that it defines.
  ///
  /// @throws TemplateException with the position of the error
  public static Template parse(String name, String text, Functions functions, TemplateSet set) {
    return parse(name, text, functions, set, Map.of(), Limits.DEFAULT);
  }

  /// Parses a template like [#parse(String, String, Functions, TemplateSet)], with predeclared
  /// variables, each bound to a field of the data.
  static Template parse(
      String name,
      String text,
      Functions functions,
      TemplateSet set,
      Map<String, String> predeclared,
      Limits limits) {
    var source = new Source(requireNonNull(name), requireNonNull(text));
    var parser = new Parser(source, functions, List.copyOf(predeclared.keySet()));
    Parser.Definition main = parser.parse();
    Map<String, Parser.Definition> named = set.definitions;
    if (!parser.defined.isEmpty()) {
      named = TemplateSet.overlay(named, parser.defined);
    }
    return new Template(main, named, Map.copyOf(predeclared), limits);
  }

  /// Returns a copy with other limits.
  public Template within(Limits other) {
    return new Template(main, named, predeclared, other);
  }

  /// Executes the template.
  ///
  /// @throws TemplateException if it fails or exceeds a limit
  public String execute(@Nullable Object data) {
    return execute(data, null);
  }

  /// Executes the template with a context, which functions read by [Arguments#context(Class)].
  ///
  /// @throws TemplateException if it fails or exceeds a limit
  public String execute(@Nullable Object data, @Nullable Object context) {
    return run(new Output.Plain(limits.maxCharacters()), data, context);
  }

  /// Executes the template as HTML: values are escaped for their position (text, attribute, URL,
  /// style attribute).
  ///
  /// @throws TemplateException if it fails, exceeds a limit, or has an action in a script, a style
  ///   sheet or an event handler
  public String executeHtml(@Nullable Object data, @Nullable Object context) {
    return run(new HtmlWriter(limits.maxCharacters()), data, context);
  }

  /// Checks that [#executeHtml] will refuse no action, in any branch.
  ///
  /// @throws TemplateException at an action inside a script, a style sheet or an event handler
  public void checkHtml() {
    HtmlCheck.run(main, named);
  }

  /// Returns the errors of fields that Alertmanager's data does not have, in any branch of the text
  /// itself.
  ///
  /// @param nearest returns the known name that a misspelt one probably means
  public List<TemplateException> unknownFields(
      BiFunction<String, Collection<String>, Optional<String>> nearest) {
    return UnknownFields.of(main.source(), main.body(), true, nearest);
  }

  /// Returns the statements of the text itself, without the statements of called templates.
  List<TemplateNode> body() {
    return main.body();
  }

  private String run(Output output, @Nullable Object data, @Nullable Object context) {
    new Interpreter(named, output, limits, context).run(main, data, predeclared);
    try {
      return output.result();
    } catch (IllegalArgumentException e) {
      Source source = main.source();
      throw source.error(source.text().length(), String.valueOf(e.getMessage()));
    }
  }

  /// The text of a template, and its name in errors.
  record Source(String name, String text) {
    /// Creates the exception for a problem at an offset of the text.
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
}
