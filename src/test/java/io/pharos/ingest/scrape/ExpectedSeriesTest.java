package io.pharos.ingest.scrape;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.ingest.exposition.CachedText;
import io.pharos.ingest.exposition.ExpositionException;
import io.pharos.ingest.exposition.Format;
import io.pharos.ingest.exposition.PageParser;
import io.pharos.ingest.exposition.RawText;
import io.pharos.ingest.exposition.SampleSink;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Pages read with knowledge of earlier ones give the same result as without it.
class ExpectedSeriesTest {
  private static final PageParser.HistogramReading FLOATS =
      new PageParser.HistogramReading(false, false, false);

  /// Reads like the intake, and records what it receives.
  private static final class Remembering implements SampleSink {
    private final TargetSeries series = new TargetSeries();
    private final List<String> seen = new ArrayList<>();
    private int expectedOnes;

    @Override
    public @Nullable CachedText expected() {
      return series.expected();
    }

    @Override
    public void expectedSample(double value, long timestampMillis) {
      expectedOnes++;
      note(series.findExpected(), value, timestampMillis);
    }

    @Override
    public void sample(RawText raw, double value, long timestampMillis) throws ExpositionException {
      TargetSeries.Text text = series.find(raw);
      note(text == null ? series.add(raw, raw.labels()) : text, value, timestampMillis);
    }

    private void note(TargetSeries.Text text, double value, long timestampMillis) {
      TargetSeries.Series one = text.series;
      seen.add((one == null ? "dropped" : one.labels()) + " " + value + "@" + timestampMillis);
      if (one != null) {
        series.markSeen(one, true);
      }
    }
  }

  private static String read(PageParser parser, Remembering sink, byte[] page, Format format) {
    sink.series.begin();
    sink.series.leaveLayout(); // this test reads series one by one
    sink.seen.clear();
    String end;
    try {
      parser.parse(page, page.length, format, FLOATS, sink);
      end = "whole";
      sink.series.commit();
    } catch (ExpositionException e) {
      end = e.getMessage();
      sink.series.fail();
    }
    return String.join("\n", sink.seen) + "\n" + end;
  }

  @Test
  void parse_pagesThatChange_giveWhatEachGivesAlone() throws Exception {
    var random = new Random(23);
    int expectedOnes = 0;
    for (int target = 0; target < 60; target++) {
      Format format = target % 2 == 0 ? Format.TEXT : Format.OPENMETRICS;
      var parser = new PageParser();
      var sink = new Remembering();
      List<String> lines = lines(random, 3 + random.nextInt(30));
      for (int scrape = 0; scrape < 60; scrape++) {
        if (random.nextInt(3) == 0) {
          mutate(random, lines);
        }
        byte[] page = page(random, lines, format);
        String alone = read(new PageParser(), new Remembering(), page, format);
        assertThat(read(parser, sink, page, format)).as(new String(page, UTF_8)).isEqualTo(alone);
      }
      expectedOnes += sink.expectedOnes;
    }
    assertThat(expectedOnes).isGreaterThan(10_000);
  }

  @Test
  void parse_equalPages_expectsEachSeriesFromTheSecondOn() {
    var sink = new Remembering();
    byte[] page = "# HELP a b\na{x=\"1\"} 1\na{x=\"2\"} 2\nb 3\n".getBytes(UTF_8);
    read(new PageParser(), sink, page, Format.TEXT);
    assertThat(sink.expectedOnes).isZero();
    read(new PageParser(), sink, page, Format.TEXT);
    assertThat(sink.expectedOnes).isEqualTo(3);
  }

  @Test
  void parse_seriesComesBack_isKnownAnewAndOnce() {
    var sink = new Remembering();
    var parser = new PageParser();
    byte[] both = "a 1\nb 2\n".getBytes(UTF_8);
    read(parser, sink, both, Format.TEXT);
    read(parser, sink, "a 1\n".getBytes(UTF_8), Format.TEXT);
    assertThat(sink.series.size()).isEqualTo(1);
    for (int i = 0; i < 2; i++) {
      assertThat(read(parser, sink, both, Format.TEXT))
          .isEqualTo(read(new PageParser(), new Remembering(), both, Format.TEXT));
      assertThat(sink.series.size()).isEqualTo(2);
    }
  }

  static List<String> lines(Random random, int count) {
    var lines = new ArrayList<String>();
    for (int i = 0; i < count; i++) {
      lines.add(line(random));
    }
    return lines;
  }

  private static String line(Random random) {
    String name = "m" + random.nextInt(6) + (random.nextBoolean() ? "" : "x");
    return switch (random.nextInt(12)) {
      case 0 -> "# HELP " + name + " help \\n me";
      case 1 -> "# TYPE " + name + " gauge";
      case 2 -> name;
      case 3 -> name + " {a=\"1\"}";
      case 4 -> name + "{a=\"} \\\" #\"}";
      case 5 -> name + "{a=\"\\\\\",b=\"n\\nl\"}";
      case 6 -> "{\"" + name + "\",\"b c\"=\"d\"}";
      case 7 -> name + "{a=\"1\",}";
      case 8 -> name + "{}";
      case 9 -> name + "{b=\"é" + random.nextInt(3) + "\"}";
      default -> name + "{a=\"" + random.nextInt(4) + "\",le=\"" + random.nextInt(3) + "\"}";
    };
  }

  static void mutate(Random random, List<String> lines) {
    int at = random.nextInt(lines.size());
    switch (random.nextInt(5)) {
      case 0 -> lines.set(at, line(random));
      case 1 -> lines.add(at, line(random));
      case 2 -> {
        if (lines.size() > 2) {
          lines.remove(at);
        }
      }
      case 3 -> lines.add(lines.remove(at));
      default -> lines.add(at, lines.get(random.nextInt(lines.size())));
    }
  }

  static byte[] page(Random random, List<String> lines, Format format) {
    var page = new StringBuilder();
    for (String line : lines) {
      page.append(line);
      if (!line.startsWith("#")) {
        page.append(rest(random, format));
      }
      page.append(random.nextInt(400) == 0 ? "\r\n" : "\n");
    }
    if (format == Format.OPENMETRICS) {
      page.append("# EOF\n");
    }
    byte[] bytes = page.toString().getBytes(UTF_8);
    if (random.nextInt(12) == 0) {
      bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
    }
    if (random.nextInt(12) == 0 && bytes.length > 0) {
      bytes[random.nextInt(bytes.length)] = (byte) " \t{}\"\\\n#,=e\r".charAt(random.nextInt(12));
    }
    return bytes;
  }

  private static String rest(Random random, Format format) {
    String value =
        switch (random.nextInt(5)) {
          case 0 -> "NaN";
          case 1 -> "+Inf";
          case 2 -> "1.5e+0" + random.nextInt(9);
          default -> random.nextInt(1000) + "." + random.nextInt(100);
        };
    return switch (random.nextInt(40)) {
      case 0 -> "  " + value;
      case 1 -> "\t" + value;
      case 2 -> " " + value + " 1700000000";
      case 3 -> " " + value + " # {id=\"x\"} 1";
      case 4 -> " " + value + " ";
      case 5 -> random.nextInt(4) == 0 ? " {a=\"1\"} 2" : " " + value;
      case 6 -> random.nextInt(4) == 0 ? "" : " " + value;
      default -> " " + value;
    };
  }
}
