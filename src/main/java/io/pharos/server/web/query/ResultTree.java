package io.pharos.server.web.query;

import static io.pharos.server.web.design.PageText.counted;

import io.pharos.alerting.message.TextLimit;
import io.pharos.model.GoFloat;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Function;
import io.pharos.promql.ast.Printer;
import io.pharos.promql.ast.Span;
import io.pharos.promql.ast.ValueType;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.Scalar;
import io.pharos.promql.value.Value;
import io.pharos.server.web.design.PageTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Evaluates an expression and each of its parts at one time, so that a reader sees which part has
/// which result, and which part is empty for which reason.
///
/// @param at time of the evaluation, in Unix milliseconds
/// @param nanoTime a monotonic clock, in nanoseconds
public record ResultTree(Evaluator evaluator, long at, LongSupplier nanoTime) {
  /// Maximum number of evaluated parts. The five panels of a graph page make at most 45 queries;
  /// the tree makes no more.
  public static final int MAX_PARTS = 45;

  /// Time after which no further part is evaluated: somebody waits for the page.
  static final Duration MAX_TIME = Duration.ofSeconds(2);

  private static final int MAX_TEXT = 400;
  private static final int MAX_LABELS = 200;

  /// One part of the expression, in the order of a walk that visits parents first.
  ///
  /// @param text the part as PromQL
  /// @param result what it evaluates to; empty if it has no result
  /// @param labels labels of its only series; else empty
  /// @param why why it has no result; empty if it has one
  /// @param took duration of its evaluation; empty if it was not evaluated
  /// @param opens whether its parts follow
  /// @param closes the levels that end after it, one element for each
  public record Row(
      String text,
      String result,
      String labels,
      String why,
      String took,
      boolean opens,
      List<Integer> closes) {
    public Row {
      closes = List.copyOf(closes);
    }
  }

  /// @param value null if it was not evaluated or the evaluation failed
  private record Part(
      Expr expr, @Nullable Value value, String problem, String took, List<Part> children) {
    private int size() {
      return switch (value) {
        case InstantVector vector -> vector.size();
        case Scalar _ -> 1;
        case null, default -> -1;
      };
    }
  }

  /// Returns the parts with their results. Constants are no parts.
  public List<Row> of(Expr expression) {
    var rows = new ArrayList<Row>();
    Part root = new Walk(nanoTime.getAsLong()).part(expression.unwrapped());
    addRows(root, 0, rows);
    return rows;
  }

  private void addRows(Part part, int closes, List<Row> rows) {
    boolean opens = !part.children().isEmpty();
    rows.add(
        new Row(
            TextLimit.line(MAX_TEXT, Printer.print(part.expr())),
            result(part),
            labels(part),
            part.problem().isEmpty() && part.size() == 0 ? whyEmpty(part) : part.problem(),
            part.took(),
            opens,
            IntStream.range(0, opens ? 0 : closes).boxed().toList()));
    for (int i = 0; i < part.children().size(); i++) {
      boolean isLast = i == part.children().size() - 1;
      addRows(part.children().get(i), isLast ? closes + 1 : 0, rows);
    }
  }

  /// Evaluates parts until there are too many or the time is up.
  private final class Walk {
    private final long started;
    private int evaluated;

    private Walk(long started) {
      this.started = started;
    }

    private Part part(Expr expr) {
      if (evaluated >= MAX_PARTS) {
        return new Part(expr, null, "Not evaluated: there are too many parts.", "", List.of());
      }
      long begin = nanoTime.getAsLong();
      if (begin - started > MAX_TIME.toNanos()) {
        return new Part(
            expr, null, "Not evaluated: the parts before took too long.", "", List.of());
      }
      evaluated++;
      Value value = null;
      String problem = "";
      try {
        value = evaluator.instant(Printer.print(asked(expr)), at).value();
      } catch (QueryException e) {
        problem = "No result: " + e.reason();
      }
      String took = PageTime.took(Duration.ofNanos(nanoTime.getAsLong() - begin));
      var children = new ArrayList<Part>();
      for (Expr child : children(expr)) {
        children.add(part(child));
      }
      return new Part(expr, value, problem, took, children);
    }
  }

  /// Returns the expression to evaluate for a part. Of the samples in a range only their number is
  /// asked.
  private static Expr asked(Expr expr) {
    return expr.type() == ValueType.MATRIX
        ? new Expr.Call(Function.COUNT_OVER_TIME, List.of(expr), Span.NONE)
        : expr;
  }

  private static List<Expr> children(Expr expr) {
    return expr instanceof Expr.MatrixSelector
        ? List.of()
        : expr.children().stream().map(Expr::unwrapped).filter(ResultTree::isVariable).toList();
  }

  private static boolean isVariable(Expr expr) {
    return expr.stream()
        .anyMatch(part -> part instanceof Expr.VectorSelector || part instanceof Expr.Call);
  }

  private static String result(Part part) {
    return switch (part.value()) {
      case Scalar scalar -> number(scalar.value());
      case InstantVector vector when vector.isEmpty() -> "";
      case InstantVector vector when part.expr().type() == ValueType.MATRIX ->
          counted(Math.round(sum(vector)), "sample") + " of " + counted(vector.size(), "series");
      case InstantVector vector
          when IntStream.range(0, vector.size()).anyMatch(i -> vector.histogram(i) != null) ->
          counted(vector.size(), "native histogram");
      case InstantVector vector when vector.size() == 1 -> number(vector.value(0));
      case InstantVector vector -> counted(vector.size(), "series") + range(vector);
      case null, default -> "";
    };
  }

  private static String labels(Part part) {
    return part.expr().type() == ValueType.VECTOR
            && part.value() instanceof InstantVector vector
            && vector.size() == 1
            && !vector.labels(0).isEmpty()
        ? TextLimit.line(MAX_LABELS, vector.labels(0).toString())
        : "";
  }

  private static double sum(InstantVector vector) {
    return IntStream.range(0, vector.size()).mapToDouble(vector::value).sum();
  }

  private static String range(InstantVector vector) {
    var values =
        IntStream.range(0, vector.size())
            .mapToDouble(vector::value)
            .filter(value -> !Double.isNaN(value))
            .summaryStatistics();
    return values.getCount() == 0
        ? ", NaN"
        : values.getMin() == values.getMax()
            ? ", each " + number(values.getMin())
            : ", from " + number(values.getMin()) + " to " + number(values.getMax());
  }

  /// Formats whole numbers exactly, and other numbers with six digits.
  private static String number(double value) {
    return value == Math.rint(value) ? GoFloat.general(value) : GoFloat.rounded(value, 6);
  }

  private String whyEmpty(Part part) {
    List<Part> children = part.children();
    boolean isAnyEmpty = children.stream().anyMatch(child -> child.size() == 0);
    boolean isAnyUnknown = children.stream().anyMatch(child -> child.size() < 0);
    return switch (part.expr()) {
      case Expr.VectorSelector selector -> whyMissing(selector);
      case Expr.MatrixSelector _ -> "Empty: no series has a sample in this range.";
      case Expr.Binary binary -> whyEmpty(binary, part);
      case Expr.Call call when call.function().isOfAbsence() ->
          "Empty: the series exist, so nothing is absent.";
      case Expr.Aggregate _, Expr.Subquery _, Expr.Unary _, Expr.Paren _, Expr.Call _
          when isAnyEmpty ->
          "Empty, because its argument is empty.";
      case Expr.Call _ when !isAnyUnknown && isOfRange(part) ->
          "Empty: no series has enough samples in this range.";
      case Expr.NumberLiteral _,
          Expr.StringLiteral _,
          Expr.Aggregate _,
          Expr.Subquery _,
          Expr.Unary _,
          Expr.Paren _,
          Expr.Call _ ->
          "Empty.";
    };
  }

  private static boolean isOfRange(Part part) {
    return part.children().stream().anyMatch(child -> child.expr().type() == ValueType.MATRIX);
  }

  private static String whyEmpty(Expr.Binary binary, Part part) {
    boolean isLeftEmpty = isEmpty(binary.left(), part);
    boolean isRightEmpty = isEmpty(binary.right(), part);
    return switch (binary.op()) {
      case OR -> "Empty, because both sides are empty.";
      case UNLESS ->
          isLeftEmpty
              ? "Empty, because the left side is empty."
              : "Empty: the right side has all series of the left side.";
      default -> {
        if (isLeftEmpty || isRightEmpty) {
          yield isLeftEmpty && isRightEmpty
              ? "Empty, because both sides are empty."
              : "Empty, because the " + (isLeftEmpty ? "left" : "right") + " side is empty.";
        }
        if (binary.op().isComparison()
            && (binary.left().type() == ValueType.SCALAR
                || binary.right().type() == ValueType.SCALAR)) {
          yield "Empty: the comparison holds for no series.";
        }
        yield binary.op().isComparison()
            ? "Empty: the comparison holds for no two series with the same labels."
            : "Empty: no two series of the sides have the same labels.";
      }
    };
  }

  private static boolean isEmpty(Expr side, Part part) {
    Expr inner = side.unwrapped();
    return part.children().stream()
        .anyMatch(child -> child.expr().equals(inner) && child.size() == 0);
  }

  /* One more query tells a name that does not exist from labels that do not match. */
  private String whyMissing(Expr.VectorSelector selector) {
    if (selector.name().isEmpty() || selector.matchers().size() < 2) {
      return "Empty: no series matches.";
    }
    var named =
        new Expr.VectorSelector(
            selector.name(),
            selector.matchers().subList(0, 1),
            selector.shift(),
            selector.edges(),
            Span.NONE);
    try {
      return evaluator.instant("count(" + Printer.print(named) + ")", at).value()
                  instanceof InstantVector vector
              && !vector.isEmpty()
          ? "Empty: there are %s series of this name, but none has these labels."
              .formatted(number(vector.value(0)))
          : "Empty: no series has this name.";
    } catch (QueryException e) {
      return "Empty: no series matches.";
    }
  }
}
