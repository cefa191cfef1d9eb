package io.pharos.promql.engine;

import io.pharos.model.GoFloat;
import io.pharos.promql.ast.AggregateOp;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.engine.Aggregations.Grouping;
import io.pharos.promql.engine.function.Sorting;
import io.pharos.promql.engine.query.Columns;
import io.pharos.promql.engine.query.ColumnsBuilder;
import io.pharos.promql.engine.query.QueryAnnotations;
import io.pharos.promql.engine.query.QueryContext;
import io.pharos.promql.engine.query.QueryErrors;
import java.util.Arrays;
import java.util.Comparator;

/// The aggregations `topk`, `bottomk`, `limitk` and `limit_ratio`, which return some of the input's
/// series.
final class Selections {
  private final QueryContext context;

  Selections(QueryContext context) {
    this.context = context;
  }

  Columns select(Expr.Aggregate node, Columns samples, double[] parameters) {
    if (node.op() == AggregateOp.LIMIT_RATIO) {
      return limitRatio(node, samples, parameters);
    }
    var range = Aggregations.ParameterRange.of(parameters);
    if (range.max() < 1) {
      return Columns.empty(samples.steps());
    }
    requireWholeNumbers(range);
    Columns input = samples;
    if (node.op() != AggregateOp.LIMITK) {
      remarkIfIgnored(node, samples, parameters);
      input = samples.onlyFloats();
    }
    Grouping groups = Aggregations.grouping(context, node, input);
    int[][] rows = groups.rows();
    var builder = new ColumnsBuilder(input.steps());
    for (int[] group : rows) {
      context.checkTime();
      for (int step = 0; step < input.steps(); step++) {
        chooseStep(node.op(), input, group, step, (long) parameters[step], builder);
      }
    }
    return builder.build();
  }

  /// Adds an annotation if a step that selects at least one series has a histogram. Histograms are
  /// ignored.
  private void remarkIfIgnored(Expr.Aggregate node, Columns samples, double[] parameters) {
    for (int row = 0; samples.hasHistograms() && row < samples.rows(); row++) {
      for (int step = 0; step < samples.steps(); step++) {
        if (parameters[step] >= 1 && samples.histogram(row, step) != null) {
          context.remarks().histogramIgnored(node.op(), node.span());
          return;
        }
      }
    }
  }

  private static void requireWholeNumbers(Aggregations.ParameterRange range) {
    if (range.anyNaN()) {
      throw QueryErrors.execution("Parameter value is NaN");
    }
    if (range.min() <= -0x1p63) {
      throw QueryErrors.execution(
          "Scalar value " + GoFloat.general(range.min()) + " underflows int64");
    }
    // as in Prometheus, the largest float that fits into 64 bits is rejected too
    if (range.max() >= Math.nextDown(0x1p63)) {
      throw QueryErrors.execution(
          "Scalar value " + GoFloat.general(range.max()) + " overflows int64");
    }
  }

  private static void chooseStep(
      AggregateOp op,
      Columns input,
      int[] group,
      int step,
      long maxSeries,
      ColumnsBuilder builder) {
    if (maxSeries < 1) {
      return;
    }
    Integer[] present =
        Arrays.stream(group).filter(row -> input.has(row, step)).boxed().toArray(Integer[]::new);
    if (op != AggregateOp.LIMITK) {
      Comparator<Integer> order =
          (a, b) ->
              Sorting.compare(input.value(a, step), input.value(b, step), op == AggregateOp.TOPK);
      Arrays.sort(present, order);
    }
    for (int i = 0; i < present.length && i < maxSeries; i++) {
      int row = present[i];
      int target = builder.row(input.labels(row), input.nameDropped(row));
      builder.addFrom(target, step, input, row);
    }
  }

  private void remarkCapped(double ratio, double capped, Expr parameter) {
    context
        .remarks()
        .warn(
            "ratio value should be between -1 and 1, got %s, capping to %s"
                .formatted(GoFloat.general(ratio), GoFloat.general(capped)),
            QueryAnnotations.place(parameter));
  }

  private Columns limitRatio(Expr.Aggregate node, Columns input, double[] parameters) {
    var range = Aggregations.ParameterRange.of(parameters);
    if (range.min() == 0 && range.max() == 0) {
      return Columns.empty(input.steps());
    }
    if (range.anyNaN()) {
      throw QueryErrors.execution("Ratio value is NaN");
    }
    Expr parameter = node.parameter();
    if (range.max() > 1 && parameter != null) {
      remarkCapped(range.max(), 1, parameter);
    }
    if (range.min() < -1 && parameter != null) {
      remarkCapped(range.min(), -1, parameter);
    }
    var builder = new ColumnsBuilder(input.steps());
    for (int row = 0; row < input.rows(); row++) {
      int target = builder.row(input.labels(row), input.nameDropped(row));
      double share = LabelHash.share(input.labels(row));
      for (int step = 0; step < input.steps(); step++) {
        double ratio = Math.clamp(parameters[step], -1, 1);
        boolean isSelected =
            ratio >= 0 ? share < ratio || (ratio == 1 && share == 1) : share >= 1 + ratio;
        if (isSelected && input.has(row, step)) {
          builder.setFrom(target, step, input, row);
        }
      }
    }
    return builder.build();
  }
}
