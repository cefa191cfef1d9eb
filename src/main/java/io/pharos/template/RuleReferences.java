package io.pharos.template;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// The labels and values to which a rule's template refers. Labels whose names the template
/// computes are not included.
///
/// @param labels labels of the sample, as in `$labels.job` and `.Labels.job`
/// @param externalLabels external labels, as in `$externalLabels.cluster`
/// @param printsValue whether the text contains the sample's value
/// @param testsValue whether a condition uses the sample's value
public record RuleReferences(
    Set<String> labels, Set<String> externalLabels, boolean printsValue, boolean testsValue) {
  static final RuleReferences NONE = new RuleReferences(Set.of(), Set.of(), false, false);

  public RuleReferences {
    labels = Set.copyOf(labels);
    externalLabels = Set.copyOf(externalLabels);
  }

  static RuleReferences of(List<TemplateNode> body) {
    var walk = new Walk();
    walk.nodes(body, true);
    return new RuleReferences(walk.labels, walk.externalLabels, walk.printsValue, walk.testsValue);
  }

  /// Visits the statements of a template. Fields of dot are ignored where dot is not the data of
  /// the rule.
  private static final class Walk {
    private final Set<String> labels = new TreeSet<>();
    private final Set<String> externalLabels = new TreeSet<>();
    private boolean printsValue;
    private boolean testsValue;

    private void nodes(List<TemplateNode> nodes, boolean dotIsData) {
      nodes.forEach(node -> node(node, dotIsData));
    }

    private void node(TemplateNode node, boolean dotIsData) {
      switch (node) {
        case TemplateNode.Text _, TemplateNode.Break _, TemplateNode.Continue _ -> {}
        case TemplateNode.Action action -> pipeline(action.pipeline(), dotIsData, false);
        case TemplateNode.If(_, var condition, var then, var otherwise) -> {
          pipeline(condition, dotIsData, true);
          nodes(then, dotIsData);
          nodes(otherwise, dotIsData);
        }
        case TemplateNode.With(_, var value, var then, var otherwise) ->
            scope(value, then, otherwise, dotIsData);
        case TemplateNode.Range(_, var over, var repeated, var otherwise) ->
            scope(over, repeated, otherwise, dotIsData);
        case TemplateNode.Call call -> {
          if (call.data() != null) {
            pipeline(call.data(), dotIsData, false);
          }
        }
      }
    }

    /// Visits a `with` or `range`. Only in its body, not in `else`, dot is another value than
    /// before.
    private void scope(
        TemplateNode.Pipeline value,
        List<TemplateNode> inner,
        List<TemplateNode> otherwise,
        boolean dotIsData) {
      pipeline(value, dotIsData, false);
      nodes(inner, false);
      nodes(otherwise, dotIsData);
    }

    private void pipeline(TemplateNode.Pipeline pipeline, boolean dotIsData, boolean test) {
      for (TemplateNode.Command command : pipeline.commands()) {
        index(command);
        command.words().forEach(word -> expression(word, dotIsData, test));
      }
    }

    /* Visits a command such as `index $labels "job"`. */
    private void index(TemplateNode.Command command) {
      List<TemplateNode.Expression> words = command.words();
      if (words.size() == 3
          && words.getFirst() instanceof TemplateNode.Function function
          && function.name().equals("index")
          && words.get(1) instanceof TemplateNode.Variable map
          && map.path().isEmpty()
          && words.get(2) instanceof TemplateNode.Constant(_, String key, _)) {
        variable(map.name(), List.of(key), false);
      }
    }

    private void expression(TemplateNode.Expression word, boolean dotIsData, boolean test) {
      switch (word) {
        case TemplateNode.Dot _,
            TemplateNode.Nil _,
            TemplateNode.Constant _,
            TemplateNode.Function _ -> {}
        case TemplateNode.Field field -> {
          if (dotIsData) {
            data(field.path(), test);
          }
        }
        case TemplateNode.Variable variable -> variable(variable.name(), variable.path(), test);
        case TemplateNode.Nested nested -> pipeline(nested.pipeline(), dotIsData, test);
      }
    }

    private void variable(String name, List<String> path, boolean test) {
      if (name.equals("$")) {
        data(path, test);
      } else if (RuleTemplate.VARIABLES.containsKey(name)) {
        data(
            Stream.concat(Stream.of(RuleTemplate.VARIABLES.get(name)), path.stream()).toList(),
            test);
      }
    }

    private void data(List<String> path, boolean test) {
      String field = path.isEmpty() ? "" : path.getFirst();
      if (field.equals("Value")) {
        printsValue |= !test;
        testsValue |= test;
      } else if (path.size() > 1 && field.equals("Labels")) {
        labels.add(path.get(1));
      } else if (path.size() > 1 && field.equals("ExternalLabels")) {
        externalLabels.add(path.get(1));
      }
    }
  }
}
