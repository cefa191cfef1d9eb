package io.pharos.template;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;

/// Finds fields of Alertmanager's data that do not exist, such as `.Alertz`, in every branch of a
/// template. Executing the template would find only those of the branches that are taken.
final class UnknownFields {
  private static final Set<String> OF_DATA =
      Set.of(
          "Receiver",
          "Status",
          "Alerts",
          "GroupLabels",
          "CommonLabels",
          "CommonAnnotations",
          "ExternalURL",
          "NotificationReason",
          "RouteLabels");
  private static final Set<String> OF_PARTS =
      Set.of("Firing", "Resolved", "Labels", "Annotations", "StartsAt", "EndsAt", "GeneratorURL");

  private final Template.Source source;
  private final BiFunction<String, Collection<String>, Optional<String>> nearest;
  private final List<TemplateException> found = new ArrayList<>();

  private UnknownFields(
      Template.Source source, BiFunction<String, Collection<String>, Optional<String>> nearest) {
    this.source = source;
    this.nearest = nearest;
  }

  /// Returns the unknown fields of a text.
  ///
  /// @param dotIsData whether dot is the data of the message; if not, only fields whose names
  ///   resemble those of the data are found
  /// @param nearest returns the known name that a misspelt one probably means
  static List<TemplateException> of(
      Template.Source source,
      List<TemplateNode> body,
      boolean dotIsData,
      BiFunction<String, Collection<String>, Optional<String>> nearest) {
    var walk = new UnknownFields(source, nearest);
    walk.nodes(body, dotIsData, dotIsData);
    return walk.found;
  }

  private void nodes(List<TemplateNode> nodes, boolean dotIsData, boolean topIsData) {
    for (TemplateNode node : nodes) {
      switch (node) {
        case TemplateNode.Text _, TemplateNode.Break _, TemplateNode.Continue _ -> {}
        case TemplateNode.Action action -> pipeline(action.pipeline(), dotIsData, topIsData);
        case TemplateNode.If(_, var condition, var then, var otherwise) -> {
          pipeline(condition, dotIsData, topIsData);
          nodes(then, dotIsData, topIsData);
          nodes(otherwise, dotIsData, topIsData);
        }
        case TemplateNode.With(_, var value, var then, var otherwise) -> {
          pipeline(value, dotIsData, topIsData);
          nodes(then, false, topIsData);
          nodes(otherwise, dotIsData, topIsData);
        }
        case TemplateNode.Range(_, var over, var repeated, var otherwise) -> {
          pipeline(over, dotIsData, topIsData);
          nodes(repeated, false, topIsData);
          nodes(otherwise, dotIsData, topIsData);
        }
        case TemplateNode.Call call -> {
          if (call.data() != null) {
            pipeline(call.data(), dotIsData, topIsData);
          }
        }
      }
    }
  }

  private void pipeline(TemplateNode.Pipeline pipeline, boolean dotIsData, boolean topIsData) {
    for (TemplateNode.Command command : pipeline.commands()) {
      for (TemplateNode.Expression word : command.words()) {
        switch (word) {
          case TemplateNode.Dot _,
              TemplateNode.Nil _,
              TemplateNode.Constant _,
              TemplateNode.Function _ -> {}
          case TemplateNode.Field(int offset, List<String> path) -> field(offset, path, dotIsData);
          case TemplateNode.Variable(int offset, String name, List<String> path) ->
              field(offset, path, topIsData && name.equals("$"));
          case TemplateNode.Nested(int offset, var inner, List<String> path) -> {
            pipeline(inner, dotIsData, topIsData);
            field(offset, path, false);
          }
        }
      }
    }
  }

  private void field(int offset, List<String> path, boolean ofData) {
    String name = path.isEmpty() ? "" : path.getFirst();
    if (name.isEmpty() || OF_DATA.contains(name) || OF_PARTS.contains(name)) {
      return;
    }
    Optional<String> near = nearest.apply(name, OF_DATA).or(() -> nearest.apply(name, OF_PARTS));
    // A label or a value of dict() may be named like a field: these have no fields of their own.
    if (ofData
        || (Character.isUpperCase(name.charAt(0))
            && near.isPresent()
            && path.size() > 1
            && !near.get().equals(name + "s"))) {
      found.add(
          source.error(
              offset,
              "messages have no field "
                  + name
                  + near.map(known -> ": did you mean " + known + "?").orElse("")));
    }
  }
}
