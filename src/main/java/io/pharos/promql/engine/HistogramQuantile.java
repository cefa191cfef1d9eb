package io.pharos.promql.engine;

import io.pharos.model.Labels;
import io.pharos.promql.ast.Span;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Quantiles and fractions of classic histograms: vectors of cumulative counts with a label `le`.
final class HistogramQuantile {
  private static final String LE = "le";

  private final QueryContext context;

  HistogramQuantile(QueryContext context) {
    this.context = context;
  }

  /// What is asked of a histogram at a step.
  @FunctionalInterface
  interface Question {
    double answer(Buckets buckets, int step);
  }

  private record Group(Labels labels, boolean nameDropped, List<Integer> rows) {}

  /// `histogram_quantile`; warns of quantiles outside 0 to 1.
  Columns quantile(double[] quantiles, Span quantileSpan, Columns input, Span inputSpan) {
    for (double q : quantiles) {
      warnUnlessInRange(q, quantileSpan);
    }
    return evaluate(input, inputSpan, (buckets, step) -> buckets.quantile(quantiles[step]));
  }

  void warnUnlessInRange(double quantile, Span span) {
    if (!(quantile >= 0 && quantile <= 1)) {
      context.remarks().quantileOutOfRange(quantile, span);
    }
  }

  /// `histogram_fraction`
  Columns fraction(double[] lowers, double[] uppers, Columns input, Span inputSpan) {
    return evaluate(
        input, inputSpan, (buckets, step) -> buckets.fraction(lowers[step], uppers[step]));
  }

  Columns evaluate(Columns input, Span inputSpan, Question question) {
    var bounds = new double[input.rows()];
    var builder = new ColumnsBuilder(input.steps());
    for (Group group : groups(input, bounds, inputSpan)) {
      context.checkTime();
      int target = builder.row(group.labels, group.nameDropped);
      for (int step = 0; step < input.steps(); step++) {
        var buckets = new Buckets(group.rows.size());
        for (int row : group.rows) {
          if (input.has(row, step)) {
            buckets.add(bounds[row], input.value(row, step));
          }
        }
        if (buckets.isEmpty()) {
          continue;
        }
        builder.add(target, step, question.answer(buckets, step));
        if (buckets.wasForcedMonotonic()) {
          context
              .remarks()
              .forcedMonotonicity(input.labels(group.rows.getFirst()).metricName(), inputSpan);
        }
      }
    }
    return builder.build();
  }

  private List<Group> groups(Columns input, double[] bounds, Span span) {
    Map<Labels, Group> known = new HashMap<>();
    var groups = new ArrayList<Group>();
    for (int row = 0; row < input.rows(); row++) {
      Labels labels = input.labels(row);
      String le = labels.get(LE);
      double bound = bound(le);
      if (Double.isNaN(bound) && !le.equalsIgnoreCase("nan")) {
        context.remarks().badBucketLabel(labels.metricName(), le, span);
        continue;
      }
      bounds[row] = bound;
      Labels key = QueryContext.withoutName(labels).keep(name -> !name.equals(LE));
      Labels result = context.dropName(labels).keep(name -> !name.equals(LE));
      Group group = known.get(context.delaysNames() ? result : key);
      if (group == null) {
        group = new Group(result, true, new ArrayList<>());
        known.put(context.delaysNames() ? result : key, group);
        groups.add(group);
      }
      group.rows.add(row);
    }
    return groups;
  }

  /// The upper bound that a label names, NaN where it names none.
  private static double bound(String le) {
    return switch (le) {
      case "+Inf", "Inf", "inf", "+inf" -> Double.POSITIVE_INFINITY;
      case "-Inf", "-inf" -> Double.NEGATIVE_INFINITY;
      default -> {
        try {
          boolean hasSuffix = !le.isEmpty() && "dDfF".indexOf(le.charAt(le.length() - 1)) >= 0;
          yield hasSuffix || !le.equals(le.strip()) ? Double.NaN : Double.parseDouble(le);
        } catch (NumberFormatException _) {
          // not a number: the caller remarks on it
          yield Double.NaN;
        }
      }
    };
  }
}
