package io.pharos.promql.parser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.model.LabelMatcher;
import io.pharos.promql.ast.AtModifier;
import io.pharos.promql.ast.BinaryOp;
import io.pharos.promql.ast.DurationExpr;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Printer;
import io.pharos.promql.ast.Span;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PromqlParserTest {
  private static final Path TABLES = Path.of("src/test/resources/promql");

  /// A line of a table: what stands before and behind the arrow.
  record Row(String text, String expected) {}

  static Stream<Row> rows(String file) throws IOException {
    return Files.readAllLines(TABLES.resolve(file)).stream()
        .skip(1)
        .map(
            line -> {
              int arrow = line.lastIndexOf(" => ");
              return arrow < 0
                  ? new Row(line, line)
                  : new Row(line.substring(0, arrow), line.substring(arrow + 4));
            });
  }

  static Stream<Row> goodRows() throws IOException {
    return rows("good.txt");
  }

  static Stream<Row> badRows() throws IOException {
    return rows("bad.txt");
  }

  @ParameterizedTest
  @MethodSource("goodRows")
  void goodExpression_parsedAndPrinted_isTheSameTree(Row row) {
    Expr expr = PromqlParser.parse(row.text, ParserOptions.all());
    assertThat(Printer.print(expr)).isEqualTo(row.expected.strip());
    Expr again = PromqlParser.parse(Printer.print(expr), ParserOptions.all());
    assertThat(again.withoutSpans()).isEqualTo(expr.withoutSpans());
  }

  @ParameterizedTest
  @MethodSource("badRows")
  void badExpression_isRefusedWithPlaceAndExpectation(Row row) {
    // a backslash-n between the words of a row is a new line, in a string it is an escape
    String text = row.text.startsWith("\"") ? row.text : row.text.replace("\\n", "\n");
    assertThatThrownBy(() -> PromqlParser.parse(text, ParserOptions.all()))
        .isInstanceOf(ParseException.class)
        .hasMessage(row.expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mad_over_time(foo[5m])",
        "limitk(1, foo)",
        "foo[5m] anchored",
        "a + fill (1) b",
        "sort_by_label(foo, \"a\")"
      })
  void experimentalSyntax_byDefault_isRefused(String text) {
    assertThatThrownBy(() -> PromqlParser.parse(text))
        .isInstanceOf(ParseException.class)
        .hasMessageContaining("expected --enable-feature=");
    assertThat(PromqlParser.parse(text, ParserOptions.all())).isNotNull();
  }

  @Test
  void durationExpression_optionClosed_isRefused() {
    var closed = new ParserOptions(false, false, false, false);
    assertThatThrownBy(() -> PromqlParser.parse("foo[5m + 1m]", closed))
        .hasMessage(
            "1:5: parse error: duration expressions are not enabled, expected a number or a"
                + " duration");
    assertThat(PromqlParser.parse("foo[300] offset -5m", closed).selectors()).hasSize(1);
  }

  @Test
  void nodes_keepTheirPlaceInTheText() {
    var expr = (Expr.Binary) PromqlParser.parse("sum(rate(foo[5m] offset 1m)) + bar");
    assertThat(expr.op()).isEqualTo(BinaryOp.ADD);
    assertThat(expr.span()).isEqualTo(new Span(0, 34));
    assertThat(expr.left().span()).isEqualTo(new Span(0, 28));
    assertThat(expr.right().span()).isEqualTo(new Span(31, 34));
    assertThat(expr.stream().filter(Expr.MatrixSelector.class::isInstance).findFirst())
        .hasValueSatisfying(matrix -> assertThat(matrix.span()).isEqualTo(new Span(9, 26)));
  }

  @Test
  void selectors_ofAnExpression_areFoundEverywhere() {
    Expr expr =
        PromqlParser.parse("topk(scalar(a), b) / on (x) rate(c[5m]) or max_over_time((-d)[5m:1m])");
    assertThat(expr.selectors().map(Expr.VectorSelector::name)).containsExactly("a", "b", "c", "d");
  }

  @Test
  void shift_ofARange_isThatOfItsSelector() {
    var matrix = (Expr.MatrixSelector) PromqlParser.parse("foo[5m] @ end() offset 1m");
    assertThat(matrix.selector().shift().at()).isEqualTo(new AtModifier.End());
    assertThat(matrix.selector().shift().offset())
        .isInstanceOfSatisfying(
            DurationExpr.Literal.class, literal -> assertThat(literal.seconds()).isEqualTo(60));
  }

  @Test
  void nesting_tooDeep_isRefused() {
    String deep = "(".repeat(5_000) + "1" + ")".repeat(5_000);
    assertThatThrownBy(() -> PromqlParser.parse(deep)).hasMessageContaining("nested too deeply");
    String durations = "foo[" + "(".repeat(5_000) + "1" + ")".repeat(5_000) + "]";
    assertThatThrownBy(() -> PromqlParser.parse(durations))
        .hasMessageContaining("nested too deeply");
    String signs = "-".repeat(5_000) + "foo";
    assertThatThrownBy(() -> PromqlParser.parse(signs)).hasMessageContaining("nested too deeply");
    String subqueries = "foo" + "[5m:]".repeat(5_000);
    assertThatThrownBy(() -> PromqlParser.parse(subqueries))
        .hasMessageContaining("nested too deeply");
    String fills = "a + fill (".repeat(5_000);
    assertThatThrownBy(() -> PromqlParser.parse(fills, ParserOptions.all()))
        .hasMessageContaining("unexpected identifier \"a\" in fill, expected a number");
    String calls = "abs(".repeat(5_000);
    assertThatThrownBy(() -> PromqlParser.parse(calls)).hasMessageContaining("nested too deeply");
    String groups = "foo{a=~\"" + "(".repeat(5_000) + ")".repeat(5_000) + "\"}";
    assertThatThrownBy(() -> PromqlParser.parse(groups)).hasMessageContaining("nests too deeply");
    String powers = "foo[" + "2^".repeat(5_000) + "2]";
    assertThatThrownBy(() -> PromqlParser.parse(powers)).hasMessageContaining("nested too deeply");
  }

  @Test
  void operators_tooMany_areRefused() {
    assertThatThrownBy(() -> PromqlParser.parse("1" + " + 1".repeat(5_000)))
        .hasMessageContaining("expected at most 1000 binary operators");
    assertThatThrownBy(() -> PromqlParser.parse("foo[1" + " + 1".repeat(50_000) + "]"))
        .hasMessageContaining("expected at most 1000 operators");
    assertThat(Printer.print(PromqlParser.parse("1" + " + 1".repeat(900)))).hasSize(3601);
    assertThat(PromqlParser.parse("a" + " + a".repeat(900)).selectors()).hasSize(901);
  }

  @Test
  void position_inALaterLine_countsBytes() {
    assertThatThrownBy(() -> PromqlParser.parse("foo +\n foo{a=\"é\"} + *"))
        .isInstanceOfSatisfying(
            ParseException.class,
            e -> {
              assertThat(e.position()).isEqualTo("2:16");
              assertThat(e.offset()).isEqualTo(20);
              assertThat(e.reason()).contains("unexpected <op:*>");
            });
  }

  @Test
  void selector_alone_givesItsMatchers() {
    assertThat(PromqlParser.parseSelector("up{job=~\"a|b\"}"))
        .isEqualTo(
            List.of(
                LabelMatcher.equal("__name__", "up"),
                LabelMatcher.of(LabelMatcher.Type.REGEX, "job", "a|b")));
    assertThatThrownBy(() -> PromqlParser.parseSelector("up + 1"))
        .hasMessage("1:4: parse error: unexpected <op:+> in selector, expected end of input");
    assertThatThrownBy(() -> PromqlParser.parseSelector("1"))
        .hasMessageContaining("expected a metric name or \"{\"");
    assertThatThrownBy(() -> PromqlParser.parseSelector("{}")).hasMessageContaining("non-empty");
  }
}
