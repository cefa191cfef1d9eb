package io.pharos.template;

import io.pharos.template.output.HtmlWriter;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Checks that [HtmlWriter] will refuse no action of an HTML template, in any branch and in any
/// called template.
final class HtmlCheck {
  /* The check stops after this number of statements, because templates that call each other often
   * would take too long. An action that was not checked is still refused when the message is
   * written. */
  private static final int MAX_NODES = 100_000;
  private static final int MAX_CHARACTERS = 4_000_000;

  private final Map<String, Parser.Definition> named;
  private final Set<String> openCalls = new HashSet<>();
  private int nodes;

  private HtmlCheck(Map<String, Parser.Definition> named) {
    this.named = named;
  }

  /// Checks a template.
  ///
  /// @param named templates that the template may call, by name
  /// @throws TemplateException at the first refused action
  static void run(Parser.Definition main, Map<String, Parser.Definition> named) {
    try {
      new HtmlCheck(named).walk(main.source(), main.body(), new HtmlWriter(MAX_CHARACTERS));
    } catch (IllegalArgumentException _) {
      // Malformed HTML is not a refused action. As in html/template, it fails when it is written.
    }
  }

  private void walk(Template.Source source, List<TemplateNode> body, HtmlWriter writer) {
    for (TemplateNode node : body) {
      if (++nodes > MAX_NODES) {
        return;
      }
      switch (node) {
        case TemplateNode.Text text -> writer.text(text.text());
        case TemplateNode.Action action -> {
          if (action.pipeline().variables().isEmpty()) {
            action(source, action, writer);
          }
        }
        case TemplateNode.If(_, _, var then, var otherwise) ->
            branches(source, then, otherwise, writer);
        case TemplateNode.With(_, _, var then, var otherwise) ->
            branches(source, then, otherwise, writer);
        case TemplateNode.Range(_, _, var repeated, var otherwise) ->
            branches(source, repeated, otherwise, writer);
        case TemplateNode.Call call -> call(call.name(), writer);
        case TemplateNode.Break _, TemplateNode.Continue _ -> {
          return;
        }
      }
    }
  }

  private static void action(
      Template.Source source, TemplateNode.Action action, HtmlWriter writer) {
    Optional<String> refusal = writer.refusal();
    if (refusal.isPresent()) {
      throw source.error(action.offset(), refusal.get());
    }
    writer.value("x");
  }

  /// Checks both branches. The text after them is checked in the context in which the first branch
  /// ends.
  private void branches(
      Template.Source source,
      List<TemplateNode> first,
      List<TemplateNode> second,
      HtmlWriter writer) {
    HtmlWriter other = writer.copy();
    walk(source, first, writer);
    walk(source, second, other);
  }

  private void call(String name, HtmlWriter writer) {
    Parser.Definition callee = named.get(name);
    if (callee != null && openCalls.add(name)) {
      walk(callee.source(), callee.body(), writer);
      openCalls.remove(name);
    }
  }
}
