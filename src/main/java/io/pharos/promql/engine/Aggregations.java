package io.pharos.promql.engine;

import static java.util.Objects.requireNonNull;

import io.pharos.model.GoFloat;
import io.pharos.model.GoMath;
import io.pharos.model.Labels;
import io.pharos.model.Quoted;
import io.pharos.model.histogram.Histogram;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Span;
import io.pharos.promql.engine.function.LabelFunctions;
import io.pharos.promql.engine.function.OverTime;
import io.pharos.promql.engine.query.Columns;
import io.pharos.promql.engine.query.ColumnsBuilder;
import io.pharos.promql.engine.query.QueryAnnotations;
import io.pharos.promql.engine.query.QueryContext;
import io.pharos.promql.engine.query.QueryErrors;
import java.util.Arrays;
import java.util.HashSet;
import org.jspecify.annotations.Nullable;

/// Aggregations that return one series per group. [Selections] contains the aggregations that
/// return some of the input series.
final class Aggregations {
  private static final int CHECK_EVERY = 64;

  /// Minimum and maximum of an aggregation's parameter over all steps. If a value is NaN, both are
  /// NaN, except that a minimum of -Inf and a maximum of +Inf take precedence.
  record ParameterRange(double min, double max, boolean anyNaN) {
    static ParameterRange of(double[] parameters) {
      double min = Double.MAX_VALUE;
      double max = -Double.MAX_VALUE;
      boolean anyNaN = false;
      for (double parameter : parameters) {
        min = GoMath.min(min, parameter);
        max = GoMath.max(max, parameter);
        anyNaN |= Double.isNaN(parameter);
      }
      return new ParameterRange(min, max, anyNaN);
    }
  }

  private final QueryContext context;

  Aggregations(QueryContext context) {
    this.context = context;
  }

  /// The groups of an aggregation's input.
  ///
  /// @param groupOfRow group number of each row
  /// @param labels labels of each group
  /// @param nameDropped whether the metric name of any row of each group was dropped
  /// @param rows rows of each group, in order
  record Grouping(int[] groupOfRow, Labels[] labels, boolean[] nameDropped, int[][] rows) {
    int count() {
      return labels.length;
    }
  }

  static Grouping grouping(QueryContext context, Expr.Aggregate node, Columns input) {
    return context.ofLabels(node, input, Grouping.class, () -> grouping(node, input));
  }

  private static Grouping grouping(Expr.Aggregate node, Columns input) {
    var groups = new GroupNumbers(node);
    boolean usesNames = !node.without() && groups.ignoresNames();
    int[] groupOfRow = new int[input.rows()];
    var dropped = new boolean[input.rows()];
    for (int row = 0; row < input.rows(); row++) {
      int group = groups.of(usesNames ? input.named(row) : input.labels(row));
      groupOfRow[row] = group;
      dropped[group] |= input.nameDropped(row);
    }
    return new Grouping(
        groupOfRow,
        groups.labels(),
        Arrays.copyOf(dropped, groups.count()),
        rowsOf(groupOfRow, groups.count()));
  }

  /// Aggregates the input.
  ///
  /// @param parameters parameter at each step; unused by operators without a parameter
  Columns aggregate(Expr.Aggregate node, Columns input, double[] parameters) {
    return switch (node.op()) {
      case SUM, AVG ->
          input.hasHistograms() ? new MixedTotals(context, node).of(input) : reduce(node, input);
      case COUNT, GROUP -> reduce(node, input);
      case MIN, MAX, STDDEV, STDVAR -> reduce(node, floats(node, input));
      case QUANTILE -> quantile(node, floats(node, input), parameters);
      case TOPK, BOTTOMK, LIMITK, LIMIT_RATIO ->
          new Selections(context).select(node, input, parameters);
      case COUNT_VALUES -> throw new IllegalStateException("count_values has no scalar parameter");
    };
  }

  /// Returns a sink that aggregates rows one by one, or null if all rows are needed at once.
  ///
  /// @param node an aggregation
  /// @param keepsNames whether the rows keep their metric names, so that no two rows become equal
  @Nullable GroupedRows rows(Expr.Aggregate node, int steps, boolean keepsNames) {
    Accumulator accumulator = Accumulator.of(node.op());
    var groups = new GroupNumbers(node);
    return accumulator == null || !(keepsNames || groups.ignoresNames())
        ? null
        : new GroupedRows(context, groups, accumulator, steps, keepsNames);
  }

  /// Returns the input without its histograms, and adds an annotation if there were any.
  private Columns floats(Expr.Aggregate node, Columns input) {
    remarkIfIgnored(node, input);
    return input.onlyFloats();
  }

  private void remarkIfIgnored(Expr.Aggregate node, Columns input) {
    for (int row = 0; input.hasHistograms() && row < input.rows(); row++) {
      for (int step = 0; step < input.steps(); step++) {
        if (input.histogram(row, step) != null) {
          context.remarks().histogramIgnored(node.op(), QueryAnnotations.place(node.operand()));
          return;
        }
      }
    }
  }

  private Columns reduce(Expr.Aggregate node, Columns input) {
    Accumulator accumulator = requireNonNull(Accumulator.of(node.op()));
    Grouping groups = grouping(context, node, input);
    int steps = input.steps();
    int cells = Math.multiplyExact(groups.count(), steps);
    context.holdBytes((long) cells * accumulator.bytesPerCell());
    accumulator.ensureCells(cells);
    for (int row = 0; row < input.rows(); row++) {
      if (row % CHECK_EVERY == 0) {
        context.checkTime();
      }
      accumulator.addRow(groups.groupOfRow[row] * steps, input.values(), row * steps, steps);
    }
    return new Columns(groups.labels(), groups.nameDropped(), steps, accumulator.values(cells));
  }

  private static int[][] rowsOf(int[] groupOfRow, int count) {
    int[] sizes = new int[count];
    for (int group : groupOfRow) {
      sizes[group]++;
    }
    int[][] rows = new int[count][];
    for (int group = 0; group < count; group++) {
      rows[group] = new int[sizes[group]];
    }
    for (int row = groupOfRow.length - 1; row >= 0; row--) {
      int group = groupOfRow[row];
      rows[group][--sizes[group]] = row;
    }
    return rows;
  }

  private Columns quantile(Expr.Aggregate node, Columns input, double[] parameters) {
    Expr parameter = node.parameter();
    if (parameter != null) {
      var range = ParameterRange.of(parameters);
      Span place = QueryAnnotations.place(parameter);
      if (range.anyNaN()) {
        context.remarks().quantileOutOfRange(Double.NaN, place);
      }
      if (range.max() > 1) {
        context.remarks().quantileOutOfRange(range.max(), place);
      }
      if (range.min() < 0) {
        context.remarks().quantileOutOfRange(range.min(), place);
      }
    }
    Grouping groups = grouping(context, node, input);
    int steps = input.steps();
    double[] cells = new double[groups.count() * steps];
    double[] values = new double[input.rows()];
    int[][] rows = groups.rows();
    for (int group = 0; group < groups.count(); group++) {
      for (int step = 0; step < steps; step++) {
        int count = 0;
        for (int row : rows[group]) {
          if (input.has(row, step)) {
            values[count++] = input.value(row, step);
          }
        }
        cells[group * steps + step] =
            count == 0 ? Columns.ABSENT : OverTime.quantile(parameters[step], values, count);
      }
    }
    return new Columns(groups.labels(), groups.nameDropped(), steps, cells);
  }

  /// Counts occurrences of each value in a group. The value becomes the label `name`, which
  /// `without` can remove again.
  Columns countValues(Expr.Aggregate node, Columns input, String name) {
    if (name.isEmpty() || LabelFunctions.isInvalidText(name)) {
      throw QueryErrors.execution("invalid label name " + Quoted.of(name));
    }
    var names = new HashSet<String>(node.grouping());
    if (!node.without()) {
      names.add(name);
    }
    var builder = new ColumnsBuilder(input.steps());
    for (int row = 0; row < input.rows(); row++) {
      for (int step = 0; step < input.steps(); step++) {
        if (input.has(row, step)) {
          Histogram histogram = input.histogram(row, step);
          String value =
              histogram == null ? GoFloat.plain(input.value(row, step)) : histogram.toString();
          Labels labels =
              GroupNumbers.labelsOf(input.labels(row).with(name, value), node.without(), names);
          int target = builder.row(labels, false);
          builder.set(target, step, builder.get(target, step) + 1);
        }
      }
    }
    return builder.build();
  }
}
