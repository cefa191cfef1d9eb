package io.pharos.template;

import io.pharos.template.value.TemplateFunction;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A statement of a template.
sealed interface TemplateNode {
  int offset();

  record Text(int offset, String text) implements TemplateNode {}

  /// `{{ pipeline }}`: prints the pipeline's value, unless the pipeline declares or assigns
  /// variables.
  record Action(int offset, Pipeline pipeline) implements TemplateNode {}

  record If(int offset, Pipeline condition, List<TemplateNode> then, List<TemplateNode> otherwise)
      implements TemplateNode {}

  record With(int offset, Pipeline value, List<TemplateNode> then, List<TemplateNode> otherwise)
      implements TemplateNode {}

  record Range(int offset, Pipeline over, List<TemplateNode> body, List<TemplateNode> otherwise)
      implements TemplateNode {}

  /// `{{template "name" pipeline}}`: calls a template; without a pipeline, the template's data is
  /// nil.
  record Call(int offset, String name, @Nullable Pipeline data) implements TemplateNode {}

  record Break(int offset) implements TemplateNode {}

  record Continue(int offset) implements TemplateNode {}

  /// A sequence of commands. Each command after the first receives the previous command's value;
  /// the last value is assigned to the variables.
  ///
  /// @param assigns true for `=`, false for `:=` or if there are no variables
  record Pipeline(int offset, List<String> variables, boolean assigns, List<Command> commands) {}

  /// An operand and its arguments.
  record Command(int offset, List<Expression> words) {}

  /// An operand or argument of a command.
  sealed interface Expression {
    int offset();

    /// Returns the expression as errors show it.
    default String shown() {
      return switch (this) {
        case Dot _ -> ".";
        case Nil _ -> "nil";
        case Constant constant -> constant.written();
        case Field(_, var path) -> "." + String.join(".", path);
        case Variable(_, String name, var path) ->
            path.isEmpty() ? name : name + "." + String.join(".", path);
        case Function function -> function.name();
        case Nested(_, _, var path) -> "(…)" + (path.isEmpty() ? "" : "." + String.join(".", path));
      };
    }
  }

  record Dot(int offset) implements Expression {}

  record Nil(int offset) implements Expression {}

  /// A string, boolean or number.
  ///
  /// @param value a String, Boolean, Long or Double
  /// @param written the constant as the template writes it
  record Constant(int offset, Object value, String written) implements Expression {}

  /// `.A.B`: members of dot, the current data.
  record Field(int offset, List<String> path) implements Expression {}

  /// `$x.A.B`: members of a variable.
  record Variable(int offset, String name, List<String> path) implements Expression {}

  /// A function's name.
  record Function(int offset, String name, TemplateFunction function) implements Expression {}

  /// `(pipeline).A.B`: members of a pipeline's value; the path may be empty.
  record Nested(int offset, Pipeline pipeline, List<String> path) implements Expression {}
}
