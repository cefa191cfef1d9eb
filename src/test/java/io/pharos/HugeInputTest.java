package io.pharos;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.ingest.exposition.ExpositionException;
import io.pharos.ingest.exposition.Format;
import io.pharos.ingest.exposition.PageParser;
import io.pharos.ingest.exposition.RawText;
import io.pharos.ingest.exposition.SampleSink;
import io.pharos.model.MatcherParser;
import io.pharos.model.PromDuration;
import io.pharos.model.Re2;
import io.pharos.model.histogram.Histogram;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.server.api.HugeRequests;
import io.pharos.server.api.alertmanager.HugeAlertmanagerRequests;
import io.pharos.server.api.prometheus.HugePrometheusRequests;
import io.pharos.server.api.refusal.HugeRefusedRequests;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Much of what is meant to be slow, for every parser of what comes from outside. Each text takes
/// some milliseconds; the bound is one that only a parser breaks that goes back, or that recurses.
/// Whether a text is taken or refused does not matter here, only that it is one of both.
@Tag("slow")
class HugeInputTest {
  private static final int SIZE = 200_000;
  private static final Duration HANGS = Duration.ofSeconds(20);
  private static final ObjectMapper JSON = new ObjectMapper();

  private interface Reading {
    void read(String text) throws Exception;
  }

  private static final Map<String, Reading> PARSERS =
      Map.ofEntries(
          Map.entry("PromQL", PromqlParser::parse),
          Map.entry("selector", PromqlParser::parseSelector),
          Map.entry("duration", PromDuration::parse),
          Map.entry("matchers", MatcherParser::parseMatchers),
          Map.entry("matcher", MatcherParser::parseMatcher),
          Map.entry("regular expression", text -> Re2.compile(text, 0)),
          Map.entry("text format", text -> page(text, Format.TEXT)),
          Map.entry("OpenMetrics", text -> page(text, Format.OPENMETRICS)),
          Map.entry("protobuf", text -> page(text, Format.PROTOBUF)),
          Map.entry("JSON", JSON::readTree),
          Map.entry("time parameter", HugeRequests::time),
          Map.entry("duration parameter", HugeRequests::duration),
          Map.entry("selectors of a request", HugeRequests::selectors),
          Map.entry("posted alerts", HugeAlertmanagerRequests::alerts),
          Map.entry("posted alert's address", HugeAlertmanagerRequests::generatorUrl),
          Map.entry("posted alert's label", HugeAlertmanagerRequests::label),
          Map.entry("posted silence's matcher", HugeAlertmanagerRequests::silenceMatcher),
          Map.entry("Accept", HugePrometheusRequests::accept),
          Map.entry("form", HugeRequests::form),
          Map.entry("address of a request", HugeRefusedRequests::address),
          Map.entry("remote write", HugePrometheusRequests::remoteWrite),
          Map.entry("JSON body", HugeRequests::jsonBody));

  /// What leads a parser to the place where the rest matters.
  private static final Map<String, List<String>> STARTS =
      Map.of(
          "PromQL", List.of("", "up{a=~\"", "sum(", "up["),
          "selector", List.of("up{a=~\""),
          "matchers", List.of("", "a=~\"", "{a="),
          "matcher", List.of("a=~", "a=\""),
          "text format", List.of("", "a{b=\"", "# HELP a "),
          "OpenMetrics", List.of("", "a_total 1 # {a=\""),
          "JSON", List.of("", "{\"labels\":{\"a\":\""),
          "posted alerts", List.of("[", "[{\"labels\":"),
          "time parameter", List.of("", "1", "2026-01-01T00:00:00."));

  private static final List<String> UNITS =
      List.of(
          "1",
          ".",
          "1.",
          "e1",
          "-",
          "+",
          "(",
          "((",
          ")",
          "[",
          "{",
          "{a=\"b\",",
          "a",
          "a1",
          "a ",
          " ",
          "\t",
          "\n",
          "\"",
          "\\",
          "\"\\",
          "'",
          "`",
          "$",
          "${",
          "@",
          "a@",
          ":",
          "://",
          "a:",
          "/",
          "//",
          "?",
          "*",
          "a*",
          "a|",
          "|",
          ",",
          ";",
          "=",
          "=~",
          "a=~\".{99}\",",
          "#",
          "# ",
          "# TYPE a ",
          "a 1\n",
          "a{b=\"c\"} ",
          "{\"a\":",
          "[[",
          "1m",
          "1h1",
          "a[1m:",
          "-a",
          "a+",
          "a^",
          "!a",
          "é",
          "\uD83D\uDE00",
          "\u2028",
          "\0",
          "\\x{1",
          "\\Q",
          "(?i:",
          "(?P<a>",
          "[^",
          "[a-",
          "a{9}",
          "\\pL",
          "a{0,999}",
          "nan",
          "+Inf",
          "by(",
          "sum(",
          "on(a)",
          "offset ",
          "bool ",
          "0x1",
          "1_",
          "%",
          "%4",
          "%41",
          "a=b&",
          "\n\0",
          "\n\2\n\0",
          "&",
          "<",
          "- - ",
          "&a ",
          "*a ",
          "? ",
          "[a,",
          "{a: ",
          "!!a ");

  static Stream<Arguments> inputs() {
    return PARSERS.keySet().stream().sorted().map(Arguments::of);
  }

  @ParameterizedTest
  @MethodSource("inputs")
  void parser_ofWhatIsMadeToBeSlow_answers(String parser) throws InterruptedException {
    Reading reading = PARSERS.get(parser);
    for (String unit : UNITS) {
      for (String start : STARTS.getOrDefault(parser, List.of(""))) {
        String text = huge(start, unit, SIZE);
        var answered = new boolean[1];
        var failed = new Throwable[1];
        Thread thread =
            Thread.ofVirtual()
                .start(
                    () -> {
                      try {
                        reading.read(text);
                      } catch (Exception _) { // refused, which is an answer
                      } catch (StackOverflowError | OutOfMemoryError e) {
                        failed[0] = e;
                      }
                      answered[0] = true;
                    });
        assertThat(thread.join(HANGS))
            .as("%s over many %s behind %s", parser, unit, start)
            .isTrue();
        assertThat(failed[0]).as("%s over many %s behind %s", parser, unit, start).isNull();
        assertThat(answered[0]).isTrue();
      }
    }
  }

  private static String huge(String start, String unit, int size) {
    return start + unit.repeat((size - start.length()) / unit.length()) + "!";
  }

  /// Prints a table for docs/PERFORMANCE.md: for each parser the dearest of all texts of a
  /// megabyte, the least CPU time of three tries.
  public static void main(String[] only) {
    var wanted = new TreeSet<>(only.length == 0 ? PARSERS.keySet() : List.of(only));
    System.out.println("| parser | CPU, ms | of |");
    System.out.println("| --- | --- | --- |");
    for (String parser : wanted) {
      double worst = 0;
      String dearest = "";
      for (String unit : UNITS) {
        for (String start : STARTS.getOrDefault(parser, List.of(""))) {
          String text = huge(start, unit, 1_000_000);
          double millis = Double.POSITIVE_INFINITY;
          for (int i = 0; i < 3; i++) {
            millis = Math.min(millis, cpuMillis(PARSERS.get(parser), text));
          }
          if (millis > worst) {
            worst = millis;
            dearest = start + unit + unit + "…";
          }
        }
      }
      System.out.printf("| %s | %.0f | `%s` |%n", parser, worst, JSON.valueToTree(dearest));
    }
  }

  private static double cpuMillis(Reading reading, String text) {
    var threads = ManagementFactory.getThreadMXBean();
    long start = threads.getCurrentThreadCpuTime();
    try {
      reading.read(text);
    } catch (Exception _) { // refused, which takes its time too
    }
    return (threads.getCurrentThreadCpuTime() - start) / 1e6;
  }

  private static void page(String text, Format format) throws ExpositionException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    new PageParser()
        .parse(
            body,
            body.length,
            format,
            new PageParser.HistogramReading(true, true, true),
            new SampleSink() {
              @Override
              public void sample(RawText series, double value, long timestampMillis)
                  throws ExpositionException {
                series.labels();
              }

              @Override
              public void histogram(RawText series, Histogram value, long timestampMillis)
                  throws ExpositionException {
                series.labels();
              }
            });
  }

  /// The case that stopped everything: 50 s for 80 kB.
  @Test
  void time_ofAMillionDigits_isRefusedAtOnce() {
    assertThat(HugeRequests.time("1".repeat(SIZE))).isFalse();
  }
}
