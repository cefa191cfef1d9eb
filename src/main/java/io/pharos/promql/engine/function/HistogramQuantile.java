package io.pharos.promql.engine.function;

import io.pharos.model.Labels;
import io.pharos.model.Quoted;
import io.pharos.model.histogram.Estimate;
import io.pharos.model.histogram.Estimate.NanEffect;
import io.pharos.model.histogram.Estimates;
import io.pharos.model.histogram.Histogram;
import io.pharos.promql.ast.Span;
import io.pharos.promql.engine.query.Columns;
import io.pharos.promql.engine.query.ColumnsBuilder;
import io.pharos.promql.engine.query.QueryAnnotations;
import io.pharos.promql.engine.query.QueryContext;
import io.pharos.promql.engine.query.Steps;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Computes quantiles and fractions of native and classic histograms. A classic histogram consists
/// of series of cumulative counts with a label `le`.
final class HistogramQuantile {
  private static final String LE = "le";

  private final QueryContext context;

  HistogramQuantile(QueryContext context) {
    this.context = context;
  }

  /// Computes one number from a histogram at a step.
  private interface Calculation {
    double of(Buckets buckets, int step);

    Estimate of(Histogram histogram, int step);
  }

  /// A classic histogram.
  ///
  /// @param key labels of its series without `le`
  /// @param rows row numbers of its series
  private record Classic(Labels key, List<Integer> rows) {}

  /// Evaluates `histogram_quantile`. Warns about quantiles outside 0 to 1.
  Columns quantile(
      double[] quantiles, Span quantileSpan, Columns input, Span inputSpan, Steps steps) {
    for (double q : quantiles) {
      warnUnlessInRange(q, quantileSpan);
    }
    return evaluate(
        input,
        inputSpan,
        steps,
        new Calculation() {
          @Override
          public double of(Buckets buckets, int step) {
            return buckets.quantile(quantiles[step]);
          }

          @Override
          public Estimate of(Histogram histogram, int step) {
            return Estimates.quantile(quantiles[step], histogram);
          }
        });
  }

  void warnUnlessInRange(double quantile, Span span) {
    if (!(quantile >= 0 && quantile <= 1)) {
      context.remarks().quantileOutOfRange(quantile, span);
    }
  }

  /// Evaluates `histogram_fraction`.
  Columns fraction(double[] lowers, double[] uppers, Columns input, Span inputSpan, Steps steps) {
    return evaluate(
        input,
        inputSpan,
        steps,
        new Calculation() {
          @Override
          public double of(Buckets buckets, int step) {
            return buckets.fraction(lowers[step], uppers[step]);
          }

          @Override
          public Estimate of(Histogram histogram, int step) {
            return Estimates.fraction(lowers[step], uppers[step], histogram);
          }
        });
  }

  private Columns evaluate(Columns input, Span inputSpan, Steps steps, Calculation calculation) {
    var bounds = new double[input.rows()];
    Map<Labels, Classic> classics = classics(input, bounds, inputSpan);
    var builder = new ColumnsBuilder(input.steps());
    Set<Labels> mixed = natives(input, inputSpan, calculation, classics, bounds, builder);
    for (Classic classic : classics.values()) {
      context.checkTime();
      int target = builder.row(context.dropName(classic.key), true);
      for (int step = 0; step < input.steps(); step++) {
        Buckets buckets = buckets(classic, input, bounds, step);
        if (buckets.isEmpty()
            || (mixed.contains(classic.key) && hasHistogram(input, classic.key, step))) {
          continue;
        }
        builder.add(target, step, calculation.of(buckets, step));
        QueryAnnotations.Raised raised = buckets.raised();
        if (raised != null) {
          context
              .remarks()
              .forcedMonotonicity(name(classic.key), raised, steps.at(step), inputSpan);
        }
      }
    }
    return builder.build();
  }

  /// Evaluates the native histograms. At a step at which a classic histogram has the same labels, a
  /// native histogram has no result.
  ///
  /// @return the labels of the native histograms that have no result at some step
  private Set<Labels> natives(
      Columns input,
      Span inputSpan,
      Calculation calculation,
      Map<Labels, Classic> classics,
      double[] bounds,
      ColumnsBuilder builder) {
    var mixed = new HashSet<Labels>();
    for (int row = 0; input.hasHistograms() && row < input.rows(); row++) {
      Labels labels = input.labels(row);
      Labels resultLabels = context.dropName(labels);
      Classic classic = classics.get(labels);
      int target = -1;
      for (int step = 0; step < input.steps(); step++) {
        Histogram histogram = input.histogram(row, step);
        if (histogram == null) {
          continue;
        }
        if (classic != null && !buckets(classic, input, bounds, step).isEmpty()) {
          context
              .remarks()
              .warn(
                  "vector contains a mix of classic and native histograms"
                      + QueryAnnotations.ofMetric(labels.metricName()),
                  inputSpan);
          mixed.add(labels);
          continue;
        }
        if (target < 0) {
          target = builder.row(resultLabels, true);
        }
        Estimate estimate = calculation.of(histogram, step);
        remarkNans(estimate.nans(), name(labels), inputSpan);
        builder.add(target, step, estimate.value());
      }
    }
    return mixed;
  }

  private void remarkNans(NanEffect effect, String metricName, Span span) {
    String text =
        switch (effect) {
          case NONE -> "";
          case RESULT_IS_NAN -> "histogram_quantile has NaN observations, result is NaN";
          case SKEWED_HIGHER -> "histogram_quantile has NaN observations, result is skewed higher";
          case EXCLUDED ->
              "histogram_fraction has NaN observations, which are excluded from all fractions";
        };
    if (!text.isEmpty()) {
      context.remarks().info("input to " + text + QueryAnnotations.ofMetric(metricName), span);
    }
  }

  /// Returns the metric name for an annotation; empty unless delayed name removal keeps metric
  /// names until the end of the evaluation.
  private String name(Labels labels) {
    return context.dropName(labels).metricName();
  }

  private static boolean hasHistogram(Columns input, Labels labels, int step) {
    for (int row = 0; row < input.rows(); row++) {
      if (input.histogram(row, step) != null && input.labels(row).equals(labels)) {
        return true;
      }
    }
    return false;
  }

  private static Buckets buckets(Classic classic, Columns input, double[] bounds, int step) {
    var buckets = new Buckets(classic.rows.size());
    for (int row : classic.rows) {
      if (input.hasFloat(row, step)) {
        buckets.add(bounds[row], input.value(row, step));
      }
    }
    return buckets;
  }

  /// Returns the classic histograms by their labels without `le`, and stores the bounds of their
  /// rows. Warns about series whose `le` is missing or invalid.
  private Map<Labels, Classic> classics(Columns input, double[] bounds, Span span) {
    Map<Labels, Classic> classics = new LinkedHashMap<>();
    for (int row = 0; row < input.rows(); row++) {
      if (!hasAnyFloat(input, row)) {
        continue;
      }
      Labels labels = input.labels(row);
      String le = labels.get(LE);
      double bound = bound(le);
      if (Double.isNaN(bound) && !le.equalsIgnoreCase("nan")) {
        context
            .remarks()
            .warn(
                "bucket label \"le\" is missing or has a malformed value of %s%s"
                    .formatted(Quoted.of(le), QueryAnnotations.ofMetric(labels.metricName())),
                span);
        continue;
      }
      bounds[row] = bound;
      Labels key = labels.keep(name -> !name.equals(LE));
      classics.computeIfAbsent(key, _ -> new Classic(key, new ArrayList<>())).rows.add(row);
    }
    return classics;
  }

  private static boolean hasAnyFloat(Columns input, int row) {
    for (int step = 0; step < input.steps(); step++) {
      if (input.hasFloat(row, step)) {
        return true;
      }
    }
    return false;
  }

  /// Parses the upper bound of a bucket; NaN if it is invalid.
  private static double bound(String le) {
    return switch (le) {
      case "+Inf", "Inf", "inf", "+inf" -> Double.POSITIVE_INFINITY;
      case "-Inf", "-inf" -> Double.NEGATIVE_INFINITY;
      default -> {
        try {
          boolean hasSuffix = !le.isEmpty() && "dDfF".indexOf(le.charAt(le.length() - 1)) >= 0;
          yield hasSuffix || !le.equals(le.strip()) ? Double.NaN : Double.parseDouble(le);
        } catch (NumberFormatException _) {
          // the caller adds the annotation
          yield Double.NaN;
        }
      }
    };
  }
}
