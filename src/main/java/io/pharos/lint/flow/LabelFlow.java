package io.pharos.lint.flow;

import io.pharos.lint.LintedRule;
import io.pharos.lint.RuleIndex;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.promql.ast.AggregateOp;
import io.pharos.promql.ast.BinaryOp;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.ValueType;
import io.pharos.promql.ast.VectorMatching;
import io.pharos.rules.RuleExpression;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Infers the labels of an expression's result from its selectors and from the rules that record
/// the selected series.
public final class LabelFlow {
  /// Maximum length of a chain of rules in which each rule reads results of the next.
  private static final int MAX_DEPTH = 8;

  private static final Set<String> TARGET_LABELS = Set.of("job", "instance");

  private final RuleIndex index;
  /* Cached shapes of recorded series, by depth in such a chain. Many rules read the same series. */
  private final List<Map<LintedRule, LabelShape>> recorded = new ArrayList<>();

  /// @param index rules whose results expressions read
  public LabelFlow(RuleIndex index) {
    this.index = index;
    for (int depth = 1; depth <= MAX_DEPTH; depth++) {
      recorded.add(new IdentityHashMap<>());
    }
  }

  /// Returns the labels of a rule's results before the rule sets its own labels.
  public LabelShape of(LintedRule rule) {
    return switch (rule.spec().expression()) {
      case RuleExpression.OfSamples samples -> of(samples.tree());
      case RuleExpression.OfLines lines ->
          lines
              .query()
              .labels()
              .map(names -> LabelShape.OPEN.keep(names, "the aggregation"))
              .orElse(LabelShape.OPEN);
    };
  }

  /// Returns the labels of the alerts of a rule.
  public LabelShape ofAlerts(LintedRule rule) {
    return withLabels(of(rule), rule.spec().labels()).addFixed("alertname", rule.spec().name());
  }

  /// Returns the labels of an expression's result.
  public LabelShape of(Expr expr) {
    return of(expr, 0);
  }

  private LabelShape of(Expr expr, int depth) {
    return switch (expr) {
      case Expr.NumberLiteral _, Expr.StringLiteral _ -> LabelShape.OPEN;
      case Expr.VectorSelector selector -> selector(selector, depth);
      case Expr.MatrixSelector matrix -> of(matrix.selector(), depth);
      case Expr.Subquery subquery -> of(subquery.inner(), depth);
      case Expr.Paren paren -> of(paren.inner(), depth);
      case Expr.Unary unary -> of(unary.operand(), depth);
      case Expr.Aggregate aggregate -> aggregate(aggregate, depth);
      case Expr.Call call -> call(call, depth);
      case Expr.Binary binary -> binary(binary, depth);
    };
  }

  private LabelShape selector(Expr.VectorSelector selector, int depth) {
    String metric = RuleIndex.metric(selector);
    List<LintedRule> recordings = index.recordings(selector);
    LabelShape shape;
    if (!recordings.isEmpty() && depth < MAX_DEPTH) {
      shape =
          recordings.stream()
              .map(rule -> recorded(rule, depth + 1))
              .reduce(LabelShape::or)
              .orElse(LabelShape.OPEN);
    } else if (RuleIndex.isAlertState(metric)) {
      shape = LabelShape.OPEN.addSure("alertname");
    } else {
      boolean scraped = !metric.isEmpty() && metric.indexOf(':') < 0;
      shape = LabelShape.OPEN.withLikely(scraped ? TARGET_LABELS : Set.of());
    }
    for (LabelMatcher matcher : selector.matchers()) {
      if (matcher.name().equals(Labels.METRIC_NAME)) {
        continue;
      }
      shape = matched(shape, matcher);
    }
    return shape;
  }

  private static LabelShape matched(LabelShape shape, LabelMatcher matcher) {
    if (matcher.matches("")) {
      boolean nothingElse =
          (matcher.type() == LabelMatcher.Type.EQUAL)
              || (matcher.type() == LabelMatcher.Type.NOT_REGEX && matcher.value().equals(".+"));
      return nothingElse ? shape.drop(Set.of(matcher.name()), matcher.toString()) : shape;
    }
    if (!shape.canHave(matcher.name())) {
      return shape;
    }
    return matcher.type() == LabelMatcher.Type.EQUAL
        ? shape.addFixed(matcher.name(), matcher.value())
        : shape.sure().contains(matcher.name()) ? shape : shape.addSure(matcher.name());
  }

  private LabelShape recorded(LintedRule rule, int depth) {
    Map<LintedRule, LabelShape> cache = recorded.get(depth - 1);
    LabelShape shape = cache.get(rule);
    if (shape == null) {
      shape = withLabels(of(rule.expr(), depth), rule.spec().labels());
      cache.put(rule, shape);
    }
    return shape;
  }

  /// Returns the shape of series after a rule has set these labels.
  public static LabelShape withLabels(LabelShape shape, Map<String, String> labels) {
    LabelShape result = shape;
    for (var label : labels.entrySet()) {
      String value = label.getValue();
      if (value.isEmpty()) {
        result = result.drop(Set.of(label.getKey()), "the rule's labels");
      } else if (value.contains("{{")) {
        result = result.add(label.getKey());
      } else {
        result = result.addFixed(label.getKey(), value);
      }
    }
    return result;
  }

  private LabelShape aggregate(Expr.Aggregate aggregate, int depth) {
    LabelShape operand = of(aggregate.operand(), depth);
    if (aggregate.op().keepsSeries()) {
      return operand;
    }
    String operation =
        aggregate.op().symbol()
            + (aggregate.without() ? " without (" : " by (")
            + String.join(", ", aggregate.grouping())
            + ")";
    LabelShape grouped =
        aggregate.without()
            ? operand.drop(aggregate.grouping(), operation)
            : operand.keep(aggregate.grouping(), operation);
    return aggregate.op() == AggregateOp.COUNT_VALUES
            && aggregate.parameter() instanceof Expr.StringLiteral label
        ? grouped.addSure(label.value())
        : grouped;
  }

  private LabelShape call(Expr.Call call, int depth) {
    String operation = call.function().symbol() + "()";
    return switch (call.function()) {
      case ABSENT, ABSENT_OVER_TIME -> absent(call, operation);
      case VECTOR_OF -> LabelShape.none(operation);
      case LABEL_REPLACE, LABEL_JOIN -> {
        LabelShape operand = of(call.arguments().getFirst(), depth);
        yield text(call, 1).map(operand::add).orElse(LabelShape.OPEN);
      }
      case HISTOGRAM_QUANTILE, HISTOGRAM_FRACTION ->
          of(call.arguments().getLast(), depth).drop(Set.of("le"), operation);
      case HISTOGRAM_QUANTILES, INFO -> LabelShape.OPEN;
      default ->
          call.arguments().stream()
              .filter(
                  argument ->
                      argument.type() == ValueType.VECTOR || argument.type() == ValueType.MATRIX)
              .findFirst()
              .map(argument -> of(argument, depth))
              .orElseGet(() -> LabelShape.none(operation));
    };
  }

  /// Returns the text of an argument; empty if it is not a string literal.
  public static Optional<String> text(Expr.Call call, int argument) {
    return call.arguments().size() > argument
            && call.arguments().get(argument).unwrapped() instanceof Expr.StringLiteral literal
        ? Optional.of(literal.value())
        : Optional.empty();
  }

  /* The result of absent() has a label of the selector if exactly one matcher is about the label
   * and tests for equality. */
  private static LabelShape absent(Expr.Call call, String operation) {
    Expr argument = call.arguments().getFirst().unwrapped();
    if (argument instanceof Expr.MatrixSelector matrix) {
      argument = matrix.selector();
    }
    LabelShape shape = LabelShape.none(operation);
    if (argument instanceof Expr.VectorSelector selector) {
      Map<String, List<LabelMatcher>> byLabel = new HashMap<>();
      for (LabelMatcher matcher : selector.matchers()) {
        byLabel.computeIfAbsent(matcher.name(), _ -> new ArrayList<>()).add(matcher);
      }
      for (List<LabelMatcher> matchers : byLabel.values()) {
        LabelMatcher first = matchers.getFirst();
        if (matchers.size() == 1
            && first.type() == LabelMatcher.Type.EQUAL
            && !first.value().isEmpty()
            && !first.name().equals(Labels.METRIC_NAME)) {
          shape = shape.addFixed(first.name(), first.value());
        }
      }
    }
    return shape;
  }

  private LabelShape binary(Expr.Binary binary, int depth) {
    VectorMatching matching = binary.matching();
    if (matching == null) {
      return of(binary.left().type() == ValueType.VECTOR ? binary.left() : binary.right(), depth);
    }
    LabelShape left = of(binary.left(), depth);
    LabelShape right = of(binary.right(), depth);
    if (binary.op() == BinaryOp.OR) {
      return left.or(right);
    }
    return switch (matching.cardinality()) {
      case MANY_TO_MANY -> left;
      case MANY_TO_ONE -> joined(left, right, matching.include());
      case ONE_TO_MANY -> joined(right, left, matching.include());
      case ONE_TO_ONE ->
          matching.on()
              ? left.keep(matching.labels(), "on (" + String.join(", ", matching.labels()) + ")")
              : left.drop(
                  matching.labels(), "ignoring (" + String.join(", ", matching.labels()) + ")");
    };
  }

  private static LabelShape joined(LabelShape many, LabelShape one, List<String> include) {
    LabelShape shape = many;
    for (String label : include) {
      String fixed = one.fixed().get(label);
      if (!one.canHave(label)) {
        shape = shape.drop(Set.of(label), "the group modifier");
      } else if (fixed != null) {
        shape = shape.addFixed(label, fixed);
      } else {
        shape = one.sure().contains(label) ? shape.addSure(label) : shape.add(label);
      }
    }
    return shape;
  }
}
