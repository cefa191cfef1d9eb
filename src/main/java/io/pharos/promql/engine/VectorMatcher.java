package io.pharos.promql.engine;

import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.promql.ast.BinaryOp;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.VectorMatching;
import io.pharos.promql.ast.VectorMatching.Cardinality;
import io.pharos.promql.engine.query.Columns;
import io.pharos.promql.engine.query.ColumnsBuilder;
import io.pharos.promql.engine.query.QueryContext;
import io.pharos.promql.engine.query.QueryErrors;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Joins the series of two vectors, one-to-one or many-to-one. To join one-to-many, it swaps the
/// sides before the join, and swaps the values back before it applies the operator.
final class VectorMatcher {
  /* Groups are numbered once per node, so that a step costs array lookups only. The result row of
   * each matching pair is computed once and cached in `rows`. */
  private static final int NONE = -1;

  private final QueryContext context;
  private final Expr.Binary node;
  private final VectorMatching matching;
  private final boolean swapped;
  private final Columns many;
  private final Columns one;
  private final @Nullable Double fillMany;
  private final @Nullable Double fillOne;
  private final int[] manyGroups;
  private final int[] oneGroups;
  private final int groupCount;
  private final HistogramOperators histograms;
  private final ColumnsBuilder result;
  private final Map<Long, Integer> rows = new HashMap<>();

  /// For each group, whether one of its pairs has matched at the current step.
  private boolean[] matched = {};

  /// For each result row, the step at which its last pair matched.
  private int[] stepOfRow = {};

  /// For each result row, the group of its last pair.
  private int[] groupOfRow = {};

  VectorMatcher(
      QueryContext context,
      Expr.Binary node,
      VectorMatching matching,
      Columns left,
      Columns right) {
    this.context = context;
    this.node = node;
    this.matching = matching;
    this.swapped = matching.cardinality() == Cardinality.ONE_TO_MANY;
    this.many = swapped ? right : left;
    this.one = swapped ? left : right;
    // as in Prometheus, fill values are not swapped: fill_left always fills the many side
    this.fillMany = matching.fillLeft();
    this.fillOne = matching.fillRight();
    int[][] groups = BinaryOperations.groups(matching, many, one);
    this.manyGroups = groups[0];
    this.oneGroups = groups[1];
    this.groupCount = groups[2][0];
    this.histograms = new HistogramOperators(node.op(), node.span(), context.remarks());
    this.result = new ColumnsBuilder(left.steps());
  }

  Columns match() {
    int[] partner = new int[groupCount];
    matched = new boolean[groupCount];
    boolean fills = fillOne != null || fillMany != null;
    for (int step = 0; step < many.steps(); step++) {
      if (step % 64 == 0) {
        context.checkTime();
      }
      boolean anyMany = hasSample(many, step);
      boolean anyOne = hasSample(one, step);
      if ((anyMany && anyOne) || (fills && (anyMany || anyOne))) {
        matchStep(step, partner);
      }
    }
    histograms.finish();
    return result.build();
  }

  private static boolean hasSample(Columns side, int step) {
    for (int row = 0; row < side.rows(); row++) {
      if (side.has(row, step)) {
        return true;
      }
    }
    return false;
  }

  private void matchStep(int step, int[] partner) {
    Arrays.fill(partner, NONE);
    Arrays.fill(matched, false);
    for (int row = 0; row < one.rows(); row++) {
      if (!one.has(row, step)) {
        continue;
      }
      int group = oneGroups[row];
      if (partner[group] != NONE) {
        throw manyToMany(row, partner[group]);
      }
      partner[group] = row;
    }
    for (int row = 0; row < many.rows(); row++) {
      if (!many.has(row, step)) {
        continue;
      }
      int group = manyGroups[row];
      int other = partner[group];
      if (other != NONE) {
        combine(step, row, other, many.value(row, step), one.value(other, step));
      } else if (fillOne != null) {
        combine(step, row, NONE, many.value(row, step), fillOne);
      }
    }
    if (fillMany != null) {
      for (int row = 0; row < one.rows(); row++) {
        if (one.has(row, step) && !matched[oneGroups[row]]) {
          combine(step, NONE, row, fillMany, one.value(row, step));
        }
      }
    }
  }

  private void combine(int step, int manyRow, int oneRow, double manyValue, double oneValue) {
    BinaryOp op = node.op();
    double left = swapped ? oneValue : manyValue;
    double right = swapped ? manyValue : oneValue;
    Histogram manyHistogram = manyRow == NONE ? null : many.histogram(manyRow, step);
    Histogram oneHistogram = oneRow == NONE ? null : one.histogram(oneRow, step);
    Histogram histogram = null;
    double value;
    if (manyHistogram != null || oneHistogram != null || op.isTrim()) {
      HistogramOperators.Result combined =
          swapped
              ? histograms.apply(step, many.steps(), left, oneHistogram, right, manyHistogram)
              : histograms.apply(step, many.steps(), left, manyHistogram, right, oneHistogram);
      if (combined == null) {
        return;
      }
      histogram = combined.histogram();
      value = combined.holds() ? 1 : 0;
    } else {
      value = BinaryOperations.apply(op, left, right);
    }
    requireUnique(step, manyRow, oneRow);
    if (op.isComparison() && node.returnBool()) {
      histogram = null;
    } else if (op.isComparison()) {
      if (value == 0) {
        return;
      }
      value = left;
    }
    int target = rowOf(manyRow, oneRow);
    if (result.has(target, step)) {
      throw QueryErrors.sameLabelset();
    }
    if (histogram == null) {
      result.set(target, step, value);
    } else {
      result.set(target, step, histogram);
    }
  }

  /// Rejects a second pair of a group at the same step, even if a comparison drops the pair.
  /// Many-to-one allows further pairs if their result labels differ.
  private void requireUnique(int step, int manyRow, int oneRow) {
    int group = manyRow == NONE ? oneGroups[oneRow] : manyGroups[manyRow];
    if (matching.cardinality() == Cardinality.ONE_TO_ONE) {
      if (matched[group]) {
        throw QueryErrors.execution(
            "multiple matches for labels: many-to-one matching must be explicit"
                + " (group_left/group_right)");
      }
    } else {
      int target = rowOf(manyRow, oneRow);
      int capacity = stepOfRow.length;
      if (target >= capacity) {
        stepOfRow = Arrays.copyOf(stepOfRow, Math.max(16, target * 2));
        groupOfRow = Arrays.copyOf(groupOfRow, stepOfRow.length);
        Arrays.fill(stepOfRow, capacity, stepOfRow.length, NONE);
      }
      if (stepOfRow[target] == step && groupOfRow[target] == group) {
        throw QueryErrors.execution(
            "multiple matches for labels: grouping labels must ensure unique matches");
      }
      stepOfRow[target] = step;
      groupOfRow[target] = group;
    }
    matched[group] = true;
  }

  private int rowOf(int manyRow, int oneRow) {
    long key = ((long) manyRow << 32) | (oneRow & 0xffffffffL);
    Integer target = rows.get(key);
    if (target == null) {
      target = result.row(resultLabels(manyRow, oneRow), node.returnBool());
      rows.put(key, target);
    }
    return target;
  }

  private boolean dropsName() {
    return node.op().changesMetric();
  }

  private Labels resultLabels(int manyRow, int oneRow) {
    Labels manyLabels = labels(many, manyRow, one, oneRow);
    Labels oneLabels = labels(one, oneRow, many, manyRow);
    Labels labels = manyLabels;
    if (dropsName()) {
      labels = QueryContext.withoutName(labels);
    } else if (node.returnBool()) {
      labels = context.dropName(labels);
    }
    if (matching.cardinality() == Cardinality.ONE_TO_ONE) {
      labels = matching.on() ? labels.only(matching.labels()) : labels.without(matching.labels());
    }
    if (matching.include().isEmpty()) {
      return labels;
    }
    Labels.Builder builder = labels.toBuilder();
    matching.include().forEach(name -> builder.set(name, oneLabels.get(name)));
    return builder.build();
  }

  /// Returns the labels of a row. If a fill value is used instead of the row, returns the labels of
  /// its match group.
  private Labels labels(Columns side, int row, Columns other, int otherRow) {
    return row == NONE
        ? BinaryOperations.groupLabels(matching, other.labels(otherRow))
        : side.labels(row);
  }

  private RuntimeException manyToMany(int row, int earlier) {
    String series = one.labels(row).toString();
    String other = one.labels(earlier).toString();
    boolean inOrder = series.compareTo(other) < 0;
    return QueryErrors.execution(
        "found duplicate series for the match group "
            + BinaryOperations.groupLabels(matching, one.labels(row))
            + " on the "
            + (swapped ? "left" : "right")
            + " hand-side of the operation: ["
            + (inOrder ? series : other)
            + ", "
            + (inOrder ? other : series)
            + "];many-to-many matching not allowed: matching labels must be unique on one side");
  }
}
