package io.pharos.lint.flow;

import io.pharos.lint.RuleIndex;
import io.pharos.promql.ast.BinaryOp;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Function;
import io.pharos.promql.ast.Shift;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// Decides whether a quotient is a share: a part divided by its whole, which is between 0 and 1.
public final class Share {
  /// Functions whose result for a part is at most that for the whole, over the same range.
  private static final Set<Function> MONOTONE =
      Set.of(
          Function.RATE,
          Function.IRATE,
          Function.INCREASE,
          Function.SUM_OVER_TIME,
          Function.COUNT_OVER_TIME,
          Function.AVG_OVER_TIME,
          Function.MAX_OVER_TIME,
          Function.MIN_OVER_TIME,
          Function.LAST_OVER_TIME);

  private record Pair(Pattern part, Pattern whole) {
    static Pair of(String part, String whole) {
      return new Pair(Pattern.compile(part), Pattern.compile(whole));
    }
  }

  /// Metrics of common exporters that are parts of another metric.
  private static final List<Pair> PAIRS =
      List.of(
          Pair.of(
              "node_memory_(MemAvailable|MemFree|Cached|Buffers|Slab|Active|Inactive)_bytes",
              "node_memory_MemTotal_bytes"),
          Pair.of("node_memory_SwapFree_bytes", "node_memory_SwapTotal_bytes"),
          Pair.of("node_filesystem_(avail|free)_bytes", "node_filesystem_size_bytes"),
          Pair.of("node_filesystem_files_free", "node_filesystem_files"),
          Pair.of("node_filefd_allocated", "node_filefd_maximum"),
          Pair.of("node_nf_conntrack_entries", "node_nf_conntrack_entries_limit"),
          Pair.of(
              "kubelet_volume_stats_(available|used)_bytes", "kubelet_volume_stats_capacity_bytes"),
          Pair.of("kubelet_volume_stats_inodes_(free|used)", "kubelet_volume_stats_inodes"),
          Pair.of("pg_stat_activity_count", "pg_settings_max_connections"),
          Pair.of(
              "mysql_global_status_threads_connected", "mysql_global_variables_max_connections"),
          Pair.of("redis_memory_used_bytes", "redis_memory_max_bytes"),
          Pair.of("process_open_fds", "process_max_fds"));

  private static final Pattern ERRORS =
      Pattern.compile("(?i)error|errs|fail|5xx|rejected|timeout|exception|drop");
  private static final Pattern REQUESTS =
      Pattern.compile("(?i)request|response|call|attempt|operation|message|packet|_count$");

  /* By the convention level:metric:operations. */
  private static final Pattern RECORDED_RATE = Pattern.compile(":(rate|increase)[0-9a-z]*$");

  private Share() {}

  /// Returns whether every value of `part` is at most the value of `whole` with the same labels.
  public static boolean isOf(Expr part, Expr whole) {
    Expr left = unfiltered(part);
    Expr right = unfiltered(whole);
    if (right instanceof Expr.Binary sum && sum.op() == BinaryOp.ADD) {
      return isCount(sum.left())
          && isCount(sum.right())
          && (isOf(left, sum.left()) || isOf(left, sum.right()));
    }
    return switch (left) {
      case Expr.Aggregate one ->
          right instanceof Expr.Aggregate all
              && one.op() == all.op()
              && switch (one.op()) {
                case SUM, COUNT -> isOf(one.operand(), all.operand());
                case COUNT_VALUES,
                    GROUP,
                    STDDEV,
                    STDVAR,
                    AVG,
                    MIN,
                    MAX,
                    TOPK,
                    BOTTOMK,
                    LIMITK,
                    LIMIT_RATIO,
                    QUANTILE ->
                    false;
              };
      case Expr.Call one ->
          right instanceof Expr.Call all
              && one.function() == all.function()
              && MONOTONE.contains(one.function())
              && isOf(one.arguments().getFirst(), all.arguments().getFirst());
      case Expr.MatrixSelector one ->
          right instanceof Expr.MatrixSelector all
              && one.range().withoutSpans().equals(all.range().withoutSpans())
              && isOf(one.selector(), all.selector());
      case Expr.VectorSelector one -> right instanceof Expr.VectorSelector all && isOf(one, all);
      case Expr.NumberLiteral _,
          Expr.StringLiteral _,
          Expr.Subquery _,
          Expr.Paren _,
          Expr.Unary _,
          Expr.Binary _ ->
          false;
    };
  }

  private static boolean isOf(Expr.VectorSelector one, Expr.VectorSelector all) {
    String part = RuleIndex.metric(one);
    String whole = RuleIndex.metric(all);
    boolean same =
        part.equals(whole)
            || (part.endsWith("_bucket")
                && whole.equals(part.substring(0, part.length() - 6) + "count"));
    return !part.isEmpty()
        && one.shift().equals(Shift.NONE)
        && all.shift().equals(Shift.NONE)
        && ((same
                && isCountName(part)
                && one.matchers()
                    .containsAll(
                        all.matchers().stream().filter(m -> !m.name().equals("__name__")).toList()))
            || PAIRS.stream()
                .anyMatch(
                    pair ->
                        pair.part().matcher(part).matches()
                            && pair.whole().matcher(whole).matches()));
  }

  /// Returns whether a quotient divides errors by requests, according to the names of the metrics.
  public static boolean isOfErrors(Expr part, Expr whole) {
    List<String> left = part.selectors().map(RuleIndex::metric).distinct().toList();
    List<String> right = whole.selectors().map(RuleIndex::metric).distinct().toList();
    return !left.isEmpty()
        && !right.isEmpty()
        && left.stream().allMatch(name -> ERRORS.matcher(name).find() && isCountName(name))
        && right.stream()
            .allMatch(
                name ->
                    REQUESTS.matcher(name).find()
                        && !ERRORS.matcher(name).find()
                        && isCountName(name));
  }

  private static boolean isCountName(String metric) {
    return metric.endsWith("_total")
        || metric.endsWith("_count")
        || metric.endsWith("_bucket")
        || RECORDED_RATE.matcher(metric).find();
  }

  /* Returns whether an expression counts something, so that it is never negative. */
  private static boolean isCount(Expr expr) {
    return expr.selectors().map(RuleIndex::metric).allMatch(Share::isCountName)
        && expr.all(Expr.Binary.class).allMatch(binary -> binary.op() == BinaryOp.ADD);
  }

  /* Returns the operand of comparisons that only leave samples out, such as `x > 0`. */
  private static Expr unfiltered(Expr expr) {
    Expr inner = expr.unwrapped();
    return inner instanceof Expr.Binary binary
            && binary.op().isComparison()
            && !binary.returnBool()
            && binary.right().unwrapped() instanceof Expr.NumberLiteral
        ? unfiltered(binary.left())
        : inner;
  }
}
