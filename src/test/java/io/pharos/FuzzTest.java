package io.pharos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.pharos.bytes.protobuf.ProtoWriter;
import io.pharos.ingest.exposition.ExpositionException;
import io.pharos.ingest.exposition.Format;
import io.pharos.ingest.exposition.PageParser;
import io.pharos.ingest.exposition.RawText;
import io.pharos.ingest.exposition.SampleSink;
import io.pharos.model.histogram.Histogram;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Printer;
import io.pharos.promql.ast.RandomExpressions;
import io.pharos.promql.parser.ParseException;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.promql.parser.SeriesDescription;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// Broken texts are refused by the readers' own exceptions and by no others. A few thousand in
/// every build, and at night as many as a minute gives.
class FuzzTest {
  private static final int ROUNDS = 3_000;
  private static final List<PageParser.HistogramReading> READINGS =
      List.of(
          PageParser.HistogramReading.CLASSIC,
          new PageParser.HistogramReading(true, false, true),
          new PageParser.HistogramReading(true, true, false));
  private static final Duration AT_NIGHT = Duration.ofMinutes(1);

  /// Tries texts until enough were tried; what goes wrong is reported with its text.
  private static void fuzz(Mutations mutations, Consumer<String> reader) {
    long start = System.nanoTime();
    for (int round = 0;
        Nightly.isOn() ? System.nanoTime() - start < AT_NIGHT.toNanos() : round < ROUNDS;
        round++) {
      String text = mutations.next();
      try {
        reader.accept(text);
      } catch (RuntimeException | StackOverflowError | AssertionError e) {
        throw new AssertionError("round " + round + ", text: " + text, e);
      }
    }
  }

  private static List<String> expressions() throws IOException {
    var seeds = new ArrayList<String>();
    for (String table : List.of("good.txt", "bad.txt")) {
      for (String line : Files.readAllLines(Path.of("src/test/resources/promql", table))) {
        int arrow = line.lastIndexOf(" => ");
        seeds.add(arrow < 0 ? line : line.substring(0, arrow));
      }
    }
    var random = new Random(4);
    for (int i = 0; i < 200; i++) {
      seeds.add(new RandomExpressions(random).text());
    }
    return seeds;
  }

  @Test
  void brokenExpression_isRefusedOrPrintsToItself() throws IOException {
    List<String> pieces =
        List.of(
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            ",",
            ":",
            "=~",
            "!~",
            "!=",
            "==",
            "=",
            "</",
            ">/",
            "<=",
            "@",
            "^",
            "-",
            "+",
            "*",
            "/",
            "%",
            "and",
            " or ",
            " unless ",
            "atan2",
            "bool",
            "on",
            "ignoring",
            "group_left",
            "group_right ()",
            "fill (",
            "by (",
            "without",
            "offset ",
            "anchored",
            "smoothed",
            "start()",
            "end()",
            "step()",
            "range()",
            "min_of(",
            "sum(",
            "topk(",
            "info(",
            "5m",
            "1h30m",
            "1e9",
            "0x1f",
            "1_000",
            "Inf",
            "nan",
            "\"",
            "'",
            "`",
            "\\x",
            "\\u00e9",
            "\\",
            "#",
            "\n",
            " ",
            "é",
            "\uD83D\uDE00",
            "\uD83D",
            "\0",
            "99999999999999999999",
            "9e99y",
            "__name__",
            "foo");
    fuzz(
        new Mutations(new Random(1), expressions(), pieces),
        text -> {
          Expr expr;
          try {
            expr = PromqlParser.parse(text, ParserOptions.all());
          } catch (ParseException e) {
            assertThat(e.getMessage()).matches("(?s)\\d+:\\d+: parse error: .+");
            return;
          }
          Expr again = PromqlParser.parse(Printer.print(expr), ParserOptions.all());
          assertThat(again.withoutSpans()).isEqualTo(expr.withoutSpans());
        });
  }

  @Test
  void brokenSeries_isRefusedByAParseException() {
    List<String> seeds =
        List.of(
            "up{job=\"a\", x='y'} 1 2+3x4 _ _x2 stale -1-0.5x2 Inf NaN 1e3",
            "{\"http.requests\", \"a.b\"=\"c\"} 1x2",
            "h {{schema:1 sum:3 count:22 z_bucket:2 z_bucket_w:0.25 buckets:[5 10 7] offset:-1"
                + " n_buckets:[2 0] n_offset:3 counter_reset_hint:gauge}}x3 _",
            "h {{schema:-53 sum:1 count:1 custom_values:[5 10] buckets:[1]}}+{{count:1}}x7 {{}}");
    List<String> pieces =
        List.of(
            "{{",
            "}}",
            "{",
            "}",
            "[",
            "]",
            ":",
            "x",
            "x9",
            "_",
            "_x",
            "stale",
            "+",
            "-",
            "1",
            "0.5",
            "schema:",
            "schema:9",
            "count:-1",
            "buckets:[",
            "custom_values:[1 0]",
            "offset:",
            "counter_reset_hint:",
            "z_bucket_w:",
            "\"",
            "'",
            "=",
            ",",
            " ",
            "NaN",
            "99999999999");
    fuzz(
        new Mutations(new Random(2), seeds, pieces),
        text -> {
          if (text.matches("(?s).*x\\d{5,}.*")) {
            return; // long series are legal, and take long
          }
          try {
            SeriesDescription.parseLine(text);
          } catch (ParseException e) {
            assertThat(e.reason()).isNotBlank();
          }
        });
  }

  @Test
  void brokenExposition_isRefusedByAnExpositionException() {
    List<String> seeds =
        List.of(
            "# HELP a_total Help \\\\ \\n text.\n# TYPE a_total counter\n"
                + "a_total{b=\"c\",d=\"e\\\"\\n\"} 1.5e3 1700000000000\na_total 0x1p3\n\nb NaN\n",
            "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 3\nh_sum 1\nh_count 3\n{\"a.b\",c=\"é\"} -Inf\n",
            "# TYPE a counter\n# UNIT a seconds\na_total{b=\"c\"} 1 1700000000.123 # {t=\"x\"} 0.5"
                + " 1.1\na_created 1.7e9\n# EOF\n",
            "# TYPE s summary\ns{quantile=\"0.5\"} 1\ns_sum 2\ns_count 3\n# TYPE i info\n"
                + "i_info{a=\"b\"} 1\n# EOF\n");
    List<String> pieces =
        List.of(
            "# ",
            "# EOF",
            "# TYPE ",
            "# HELP ",
            "# UNIT ",
            "\n",
            "\n\n",
            "{",
            "}",
            "\"",
            "\\",
            "=",
            ",",
            " ",
            "\t",
            "1",
            "-1",
            "NaN",
            "+Inf",
            "1e999",
            "0x",
            "1_0",
            "9223372036854775808",
            "counter",
            "histogram",
            "a",
            "é",
            "\0",
            "\r",
            "_total",
            "_bucket",
            "le=\"");
    fuzz(
        new Mutations(new Random(3), seeds, pieces),
        text -> {
          byte[] body = text.getBytes(StandardCharsets.UTF_8);
          for (Format format : List.of(Format.TEXT, Format.OPENMETRICS)) {
            for (PageParser.HistogramReading reading : READINGS) {
              refused(body, format, reading)
                  .ifPresent(
                      e -> {
                        assertThat(e.line()).isPositive();
                        assertThat(e.column()).isPositive();
                      });
            }
          }
        });
  }

  @Test
  void brokenProtobuf_isRefusedOrRead() {
    byte[] family = family();
    var random = new Random(5);
    long start = System.nanoTime();
    for (int round = 0;
        Nightly.isOn() ? System.nanoTime() - start < AT_NIGHT.toNanos() : round < ROUNDS;
        round++) {
      byte[] body = Arrays.copyOf(family, random.nextInt(family.length + 1));
      for (int i = random.nextInt(6); i > 0 && body.length > 0; i--) {
        body[random.nextInt(body.length)] = (byte) random.nextInt(256);
      }
      for (PageParser.HistogramReading reading : READINGS) {
        assertThatCode(() -> refused(body, Format.PROTOBUF, reading))
            .as("round %d, body %s", round, Arrays.toString(body))
            .doesNotThrowAnyException();
      }
    }
  }

  /// Two delimited messages `MetricFamily`: a counter, and a histogram both classic and native.
  private static byte[] family() {
    var counter = new ProtoWriter();
    counter.string(1, "c_total").int64(3, 0);
    counter.message(
        4,
        metric ->
            metric
                .message(1, label -> label.string(1, "a").string(2, "b"))
                .message(3, value -> value.float64(1, 4.5)));
    var histogram = new ProtoWriter();
    histogram.string(1, "h").int64(3, 4);
    histogram.message(
        4,
        metric ->
            metric.message(
                7,
                value ->
                    value
                        .int64(1, 4)
                        .float64(2, 7.5)
                        .message(3, bucket -> bucket.int64(1, 2).float64(2, 0.5))
                        .sint64(5, 3)
                        .float64(6, 0.001)
                        .int64(7, 1)
                        .message(12, span -> span.sint64(1, -1).int64(2, 2))
                        .sint64s(13, 2, -1)));
    var body = new ByteArrayOutputStream();
    for (byte[] message : List.of(counter.toByteArray(), histogram.toByteArray())) {
      body.write(message.length); // a varint of one byte
      body.writeBytes(message);
    }
    return body.toByteArray();
  }

  @Test
  void wholeProtobuf_isRead() {
    byte[] family = family();
    for (PageParser.HistogramReading reading : READINGS) {
      assertThat(refused(family, Format.PROTOBUF, reading)).isEmpty();
    }
  }

  private static Optional<ExpositionException> refused(
      byte[] body, Format format, PageParser.HistogramReading reading) {
    SampleSink sink =
        new SampleSink() {
          @Override
          public void sample(RawText series, double value, long timestampMillis)
              throws ExpositionException {
            series.labels();
          }

          @Override
          public void histogram(RawText series, Histogram histogram, long timestampMillis)
              throws ExpositionException {
            series.labels();
          }
        };
    try {
      new PageParser().parse(body, body.length, format, reading, sink);
      return Optional.empty();
    } catch (ExpositionException e) {
      return Optional.of(e);
    }
  }
}
