package io.pharos.promql.engine.function;

import io.pharos.promql.ast.Expr;
import io.pharos.promql.engine.query.Columns;
import io.pharos.promql.engine.query.QueryContext;
import io.pharos.promql.engine.query.Steps;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// Evaluates `sort` and its variants. They sort the results of instant queries only. The results of
/// range queries and subqueries are always sorted by labels.
public final class Sorting {
  private final QueryContext context;

  Sorting(QueryContext context) {
    this.context = context;
  }

  /// Sorts the series by value. Drops histograms, which have no order.
  Columns byValue(Expr.Call call, Columns samples, boolean descending, Steps steps) {
    Columns input = samples.onlyFloats();
    return sorted(
        call, input, (a, b) -> compare(input.value(a, 0), input.value(b, 0), descending), steps);
  }

  Columns byLabels(
      Expr.Call call, Columns input, List<String> names, boolean descending, Steps steps) {
    Comparator<Integer> order =
        (a, b) -> {
          for (String name : names) {
            int result = naturally(input.labels(a).get(name), input.labels(b).get(name));
            if (result != 0) {
              return result;
            }
          }
          return input.labels(a).compareTo(input.labels(b));
        };
    return sorted(call, input, descending ? order.reversed() : order, steps);
  }

  /// Compares two numbers for sorting; NaN is last in both directions.
  public static int compare(double a, double b, boolean descending) {
    if (Double.isNaN(a) || Double.isNaN(b)) {
      return Boolean.compare(Double.isNaN(a), Double.isNaN(b));
    }
    if (a == b) {
      return 0;
    }
    return (a < b) == descending ? 1 : -1;
  }

  private Columns sorted(Expr.Call call, Columns input, Comparator<Integer> order, Steps steps) {
    if (steps.isRange()) {
      context
          .remarks()
          .warn(
              "sort is ineffective for range queries since results are always ordered by labels",
              call.span());
      return input;
    }
    var rows = new Integer[input.rows()];
    Arrays.setAll(rows, i -> i);
    Arrays.sort(rows, order);
    return input.select(Arrays.stream(rows).mapToInt(Integer::intValue).toArray());
  }

  /// Compares texts so that `node9` is before `node10`: sequences of digits are compared as
  /// numbers.
  static int naturally(String a, String b) {
    int i = 0;
    int j = 0;
    while (i < a.length() && j < b.length()) {
      int endA = chunkEnd(a, i);
      int endB = chunkEnd(b, j);
      String chunkA = a.substring(i, endA);
      String chunkB = b.substring(j, endB);
      int order =
          isDigit(chunkA.charAt(0)) && isDigit(chunkB.charAt(0))
              ? new BigInteger(chunkA).compareTo(new BigInteger(chunkB))
              : chunkA.compareTo(chunkB);
      if (order != 0) {
        return order;
      }
      i = endA;
      j = endB;
    }
    return Integer.compare(a.length() - i, b.length() - j);
  }

  private static int chunkEnd(String text, int start) {
    boolean digits = isDigit(text.charAt(start));
    int end = start;
    while (end < text.length() && isDigit(text.charAt(end)) == digits) {
      end++;
    }
    return end;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
