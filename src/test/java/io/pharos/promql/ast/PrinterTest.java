package io.pharos.promql.ast;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.promql.parser.ParseException;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.promql.parser.PromqlParser;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PrinterTest {
  /// The nightly profile sets more.
  private static final int ROUNDS = Integer.getInteger("pharos.promql.rounds", 2_000);

  @Test
  void randomExpression_printedAndParsed_isTheSameTree() {
    var random = new Random(20_260_101);
    for (int round = 0; round < ROUNDS; round++) {
      String text = new RandomExpressions(random).text();
      Expr expr = parse(text);
      String printed = Printer.print(expr);
      Expr again = parse(printed);
      assertThat(again.withoutSpans())
          .as("%s%nprinted as%n%s", text, printed)
          .isEqualTo(expr.withoutSpans());
      assertThat(Printer.print(again)).isEqualTo(printed);
    }
  }

  private static Expr parse(String text) {
    try {
      return PromqlParser.parse(text, ParserOptions.all());
    } catch (ParseException e) {
      throw new AssertionError(text, e);
    }
  }

  @Test
  void treeBuiltByHand_getsTheParenthesesThatItNeeds() {
    Expr one = number(1);
    Expr sum = binary(BinaryOp.ADD, one, number(2));
    assertThat(Printer.print(binary(BinaryOp.MULTIPLY, sum, one))).isEqualTo("(1 + 2) * 1");
    assertThat(Printer.print(binary(BinaryOp.SUBTRACT, one, sum))).isEqualTo("1 - (1 + 2)");
    assertThat(Printer.print(binary(BinaryOp.POWER, binary(BinaryOp.POWER, one, one), one)))
        .isEqualTo("(1 ^ 1) ^ 1");
    assertThat(Printer.print(binary(BinaryOp.POWER, number(-1), one))).isEqualTo("(-1) ^ 1");
    assertThat(Printer.print(new Expr.Unary(Expr.Unary.Sign.MINUS, sum, Span.NONE)))
        .isEqualTo("-(1 + 2)");
    assertThat(
            Printer.print(
                new Expr.Subquery(sum, DurationExpr.ofMillis(90_000), null, Shift.NONE, Span.NONE)))
        .isEqualTo("(1 + 2)[1m30s:]");
  }

  @Test
  void duration_withoutNotation_isPrintedInSeconds() {
    assertThat(Printer.print(new DurationExpr.Literal(0.0001, true, Span.NONE)))
        .isEqualTo("0.0001");
    assertThat(Printer.print(DurationExpr.ofMillis(-1500))).isEqualTo("-1s500ms");
  }

  private static Expr number(double value) {
    return new Expr.NumberLiteral(value, false, Span.NONE);
  }

  private static Expr binary(BinaryOp op, Expr left, Expr right) {
    return new Expr.Binary(op, left, right, false, null, Span.NONE);
  }

  /// Writes random expressions that are well typed.
  private static final class RandomExpressions {
    private static final List<String> NAMES =
        List.of("foo", "bar:baz", "sum", "up", "by", "{\"a.b\"}", "{\"a b\", \"c.d\"=\"e\"}");
    private static final List<String> LABELS = List.of("a", "job", "on", "\"x.y\"", "le");
    private static final List<String> DURATIONS =
        List.of(
            "5m",
            "1h30m",
            "300",
            "1m * 2",
            "(1m + 5s) * 3",
            "step() + 1",
            "2 ^ 2 ^ 0.5",
            "max_of(range(), 1m)",
            "-1m + 2m",
            "1h / 2 % 7m",
            "-(-5m)",
            "1d - step()");
    private static final List<String> NUMBERS =
        List.of("1", "0.5", "-3", "Inf", "-Inf", "NaN", "1e100", "5m", "0x1f", "010", "1_000");
    private static final List<String> OPERATORS = List.of("+", "-", "*", "/", "%", "^", "atan2");
    private static final List<String> COMPARISONS = List.of("==", "!=", "<", "<=", ">", ">=");

    private final Random random;
    private int budget = 25;

    RandomExpressions(Random random) {
      this.random = random;
    }

    String text() {
      return random.nextInt(5) == 0 ? scalar() : random.nextInt(12) == 0 ? matrix() : vector();
    }

    private <T> T oneOf(List<T> choices) {
      return choices.get(random.nextInt(choices.size()));
    }

    private boolean chance(int oneIn) {
      return random.nextInt(oneIn) == 0;
    }

    private String scalar() {
      if (budget-- < 0) {
        return oneOf(NUMBERS);
      }
      return switch (random.nextInt(7)) {
        case 0 -> "time()";
        case 1 -> "scalar(" + vector() + ")";
        case 2 -> "(" + scalar() + ")";
        case 3 -> "-" + scalar();
        case 4 -> scalar() + " " + oneOf(OPERATORS) + " " + scalar();
        case 5 -> scalar() + " " + oneOf(COMPARISONS) + " bool " + scalar();
        default -> oneOf(NUMBERS);
      };
    }

    private String vector() {
      if (budget-- < 0) {
        return selector() + shift();
      }
      return switch (random.nextInt(12)) {
        case 0 -> "(" + vector() + ")";
        case 1 -> (chance(2) ? "-" : "+") + vector();
        case 2 -> operand() + " " + oneOf(OPERATORS) + matching() + " " + operand();
        case 3 -> vector() + " " + oneOf(List.of("and", "or", "unless")) + on() + " " + vector();
        case 4 ->
            operand()
                + " "
                + oneOf(COMPARISONS)
                + (chance(2) ? " bool" : "")
                + matching()
                + " "
                + operand();
        case 5 -> vector() + " " + oneOf(OPERATORS) + " " + scalar();
        case 6 ->
            scalar() + " " + oneOf(COMPARISONS) + (chance(2) ? " bool (" : " (") + vector() + ")";
        case 7 -> aggregation();
        case 8 ->
            oneOf(List.of("rate", "max_over_time", "changes", "mad_over_time"))
                + "("
                + matrix()
                + ")";
        case 9 ->
            oneOf(List.of("abs", "minute", "sort", "histogram_sum", "absent"))
                + "("
                + vector()
                + ")";
        case 10 -> "label_replace(" + vector() + ", " + string() + ", '$1', \"b\", `(.*)`)";
        default -> selector() + shift();
      };
    }

    /// A vector that no operator beside it can take apart.
    private String operand() {
      return switch (random.nextInt(3)) {
        case 0 -> selector() + shift();
        case 1 -> aggregation();
        default -> "(" + vector() + ")";
      };
    }

    private String aggregation() {
      String group = chance(2) ? "" : (chance(2) ? " by " : " without ") + labels();
      boolean before = chance(2);
      String arguments =
          switch (random.nextInt(3)) {
            case 0 ->
                oneOf(List.of("topk", "quantile", "limit_ratio"))
                    + "|"
                    + scalar()
                    + ", "
                    + vector();
            case 1 -> "count_values|" + string() + ", " + vector();
            default -> oneOf(List.of("sum", "AVG", "group", "stddev")) + "|" + vector();
          };
      String[] parts = arguments.split("\\|", 2);
      return before
          ? parts[0] + group + " (" + parts[1] + ")"
          : parts[0] + "(" + parts[1] + ")" + group;
    }

    private String matrix() {
      if (chance(3)) {
        return "("
            + vector()
            + ")["
            + oneOf(DURATIONS)
            + ":"
            + (chance(2) ? oneOf(DURATIONS) : "")
            + "]"
            + shift();
      }
      String edges = chance(8) ? (chance(2) ? " anchored" : " smoothed") : "";
      return selector() + "[" + oneOf(DURATIONS) + "]" + edges + shift();
    }

    private String selector() {
      String name = oneOf(NAMES);
      if (name.startsWith("{") || chance(2)) {
        return name;
      }
      return name + "{" + oneOf(LABELS) + oneOf(List.of("=", "!=", "=~", "!~")) + string() + "}";
    }

    private String string() {
      return oneOf(List.of("\"x\"", "'y\\n'", "`z`", "\"\\\\d+\"", "\"é\"", "\"\\x00\\u2028\""));
    }

    private String shift() {
      String at = chance(4) ? " @ " + oneOf(List.of("1.5", "-3", "start()", "end()", "1m")) : "";
      String offset =
          chance(4)
              ? " offset "
                  + oneOf(
                      List.of(
                          "5m",
                          "-5m",
                          "100",
                          "(1m + 2m)",
                          "-(1m * 2)",
                          "step()",
                          "-range()",
                          "min_of(1m, step())"))
              : "";
      return chance(2) ? at + offset : offset + at;
    }

    private String on() {
      return chance(2) ? "" : (chance(2) ? " on " : " ignoring ") + labels();
    }

    private String matching() {
      if (chance(2)) {
        return chance(6) ? " fill (" + oneOf(NUMBERS) + ")" : "";
      }
      String grouped = chance(3) ? (chance(2) ? " group_left ()" : " group_right (z)") : "";
      String fill = chance(6) ? " fill_left (1) fill_right (2)" : "";
      return (chance(2) ? " on " : " ignoring ") + labels() + grouped + fill;
    }

    private String labels() {
      return chance(5) ? "()" : "(" + oneOf(LABELS) + (chance(2) ? ", c" : "") + ")";
    }
  }
}
