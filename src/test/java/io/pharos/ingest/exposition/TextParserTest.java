package io.pharos.ingest.exposition;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.pharos.model.GoFloat;
import io.pharos.model.Labels;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class TextParserTest {
  @TestFactory
  Stream<DynamicTest> parse_cases_asInTheFile() throws IOException {
    String text;
    try (InputStream in = TextParserTest.class.getResourceAsStream("/exposition/cases.txt")) {
      text = new String(in.readAllBytes(), UTF_8);
    }
    return Stream.of(text.split("(?m)^=== ")).skip(1).map(TextParserTest::toTest);
  }

  private static DynamicTest toTest(String text) {
    String head = text.substring(0, text.indexOf('\n'));
    String[] parts = text.substring(head.length() + 1).split("(?m)^--- expect\n", 2);
    String[] title = head.split(" \\| ");
    Format format = title[1].equals("text") ? Format.TEXT : Format.OPENMETRICS;
    String body = parts[0].replaceFirst("\\$\n$", "");
    return dynamicTest(
        title[0],
        () -> assertThat(String.join("\n", parse(body, format)) + "\n").isEqualTo(parts[1]));
  }

  private static List<String> parse(String body, Format format) {
    var lines = new ArrayList<String>();
    byte[] bytes = body.getBytes(UTF_8);
    try {
      new TextParser(new LabelParser())
          .parse(
              bytes,
              bytes.length,
              format,
              (series, value, time) ->
                  lines.add(
                      series.labels()
                          + " "
                          + GoFloat.plain(value)
                          + (time == SampleSink.NO_TIMESTAMP ? "" : " @" + time)));
    } catch (ExpositionException e) {
      lines.add("error: " + e.getMessage());
      assertThat(e.line()).isPositive();
      assertThat(e.column()).isPositive();
    }
    return lines;
  }

  @Test
  void parse_bytesThatAreNotUtf8_areRefused() {
    byte[] body = "a{b=\"\u00ff\"} 1\n".getBytes(ISO_8859_1);

    assertThatThrownBy(
            () ->
                new TextParser(new LabelParser())
                    .parse(body, body.length, Format.TEXT, (series, _, _) -> series.labels()))
        .isInstanceOf(ExpositionException.class)
        .hasMessageContaining("line 1, column 6: found bytes that are not UTF-8");
  }

  @Test
  void parse_newlineInAValueOfTheTextFormat_isAccepted() {
    assertThat(parse("a{b=\"x\ny\"} 1\nc one\n", Format.TEXT))
        .containsExactly(
            "{__name__=\"a\", b=\"x\\ny\"} 1",
            "error: line 3, column 3: found \"one\", expected a value in \"c one\"");
  }

  @Test
  void parse_knownSeries_isRecognisedWithoutParsingItsLabels() throws ExpositionException {
    byte[] body = "a{b=\"1\"} 1\na{b=\"2\"} 2\na{b=\"1\"} 3\n".getBytes(UTF_8);
    var table = new SeriesTable<CachedText>();
    var parsed = new ArrayList<Labels>();
    var parser = new TextParser(new LabelParser());
    for (int i = 0; i < 3; i++) {
      parser.parse(
          body,
          body.length,
          Format.TEXT,
          (series, _, _) -> {
            if (table.get(series) == null) {
              table.put(series, new CachedText(series.toBytes()));
              parsed.add(series.labels());
            }
          });
    }

    assertThat(parsed)
        .containsExactly(
            Labels.of("__name__", "a", "b", "1"), Labels.of("__name__", "a", "b", "2"));
    assertThat(table.size()).isEqualTo(2);
  }

  @Test
  void parse_wantedMetadata_isParsed() throws ExpositionException {
    byte[] body =
        """
        # HELP "my.metric" Says \\\\ and \\n and \\"
        # TYPE "my.metric" gauge
        # HELP empty
        # TYPE a_seconds  counter
        """
            .getBytes(UTF_8);
    var seen = new ArrayList<String>();
    new TextParser(new LabelParser())
        .parse(
            body,
            body.length,
            Format.TEXT,
            new SampleSink() {
              @Override
              public void sample(RawText series, double value, long timestampMillis) {}

              @Override
              public boolean wants(RawText line) {
                return !line.toString().contains("empty");
              }

              @Override
              public void metadata(SampleSink.MetadataKind kind, String metric, String text) {
                seen.add(kind + " " + metric + " " + text);
              }
            });

    assertThat(seen)
        .containsExactly(
            "HELP my.metric Says \\ and \n and \\\"",
            "TYPE my.metric gauge",
            "TYPE a_seconds counter");
  }
}
