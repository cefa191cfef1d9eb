package io.pharos.promql.engine;

import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.HistogramMean;
import io.pharos.model.histogram.HistogramSum;
import io.pharos.model.histogram.HistogramTotal;
import io.pharos.promql.ast.AggregateOp;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Span;
import io.pharos.promql.engine.query.Columns;
import io.pharos.promql.engine.query.ColumnsBuilder;
import io.pharos.promql.engine.query.QueryAnnotations;
import io.pharos.promql.engine.query.QueryAnnotations.OfMetric;
import io.pharos.promql.engine.query.QueryContext;
import io.pharos.promql.engine.query.Sample;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Computes `sum` and `avg` of groups with histograms. A group has no result if it mixes floats and
/// histograms, or exponential and custom buckets.
final class MixedTotals {
  private final QueryContext context;
  private final Expr.Aggregate node;
  private final Span operand;

  MixedTotals(QueryContext context, Expr.Aggregate node) {
    this.context = context;
    this.node = node;
    this.operand = QueryAnnotations.place(node.operand());
  }

  /// Returns the totals of `sum`, or the means of `avg`.
  Columns of(Columns input) {
    return node.op() == AggregateOp.SUM
        ? reduce(input, new Accumulator.Sum(), HistogramSum::new)
        : reduce(input, new Accumulator.Average(), HistogramMean::new);
  }

  private Columns reduce(
      Columns input, Accumulator floats, Function<Histogram, HistogramTotal> newTotal) {
    Aggregations.Grouping groups = Aggregations.grouping(context, node, input);
    int[][] rows = groups.rows();
    floats.ensureCells(1);
    var builder = new ColumnsBuilder(input.steps());
    for (int group = 0; group < groups.count(); group++) {
      context.checkTime();
      int target = builder.row(groups.labels()[group], groups.nameDropped()[group]);
      for (int step = 0; step < input.steps(); step++) {
        Sample total = total(input, rows[group], step, floats, newTotal);
        if (total != null) {
          builder.add(target, step, total);
        }
      }
    }
    return builder.build();
  }

  private @Nullable Sample total(
      Columns input,
      int[] rows,
      int step,
      Accumulator floats,
      Function<Histogram, HistogramTotal> newTotal) {
    floats.clear(0);
    boolean anyFloat = false;
    boolean anyHistogram = false;
    boolean compatible = true;
    HistogramTotal histograms = null;
    for (int row : rows) {
      if (!input.has(row, step) || !compatible) {
        continue;
      }
      Histogram histogram = input.histogram(row, step);
      if (histogram == null) {
        anyFloat = true;
        floats.add(0, input.value(row, step));
        continue;
      }
      anyHistogram = true;
      if (histograms == null) {
        if (anyFloat) {
          // a mixed group has no result, so its histograms are not added
          continue;
        }
        histograms = newTotal.apply(histogram);
      } else if (histograms.accepts(histogram)) {
        histograms.add(histogram);
      } else {
        context.remarks().add(OfMetric.MIXED_BUCKETS, input.labels(row).metricName(), operand);
        compatible = false;
      }
    }
    if (histograms != null && histograms.boundsReconciled()) {
      context.remarks().boundsReconciled("aggregation", operand);
    }
    if (anyFloat && anyHistogram) {
      context.remarks().warn("encountered a mix of histograms and floats for aggregation", operand);
      return null;
    }
    if (histograms == null) {
      return anyFloat ? Sample.of(floats.value(0)) : null;
    }
    if (!compatible) {
      return null;
    }
    if (histograms.resetsCollide()) {
      context.remarks().resetsCollide("aggregation", operand);
    }
    return Sample.of(histograms.value().compacted());
  }
}
