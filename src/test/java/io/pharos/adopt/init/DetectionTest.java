package io.pharos.adopt.init;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.ingest.exposition.Format;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Pages of the usual libraries, each with what must be found on it in its first lines.
class DetectionTest {
  private static final Path PAGES = Path.of("src/test/resources/onboarding/pages");
  private static final String EXPECT = "# expect ";

  static List<String> pages() throws IOException {
    try (Stream<Path> files = Files.list(PAGES)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  static RequestMetrics find(String page) throws Exception {
    byte[] body = Files.readAllBytes(PAGES.resolve(page));
    return Detection.find(
        PageSurvey.of(body, body.length, Format.TEXT),
        Convention.all(),
        Set.of("/metrics"),
        NamedMetrics.NONE);
  }

  @ParameterizedTest
  @MethodSource("pages")
  void find_pageOfALibrary_namesItsMetrics(String page) throws Exception {
    RequestMetrics found = find(page);
    for (String line : Files.readAllLines(PAGES.resolve(page), StandardCharsets.UTF_8)) {
      if (line.startsWith(EXPECT)) {
        String[] parts = line.substring(EXPECT.length()).split(": ", 2);
        if (parts[0].equals("note")) {
          assertThat(String.join("\n", found.notes())).contains(parts[1]);
        } else if (parts[0].equals("exporter")) {
          byte[] body = Files.readAllBytes(PAGES.resolve(page));
          assertThat(Exporter.of(PageSurvey.of(body, body.length, Format.TEXT)).map(Exporter::name))
              .hasValue(parts[1]);
        } else {
          assertThat(said(found, parts[0])).as(parts[0]).isEqualTo(parts[1]);
        }
      }
    }
  }

  private static String said(RequestMetrics found, String what) {
    Optional<String> said =
        switch (what) {
          case "requests" -> found.requests().map(requests -> requests.all("j"));
          case "failed" -> found.requests().flatMap(requests -> requests.failed("j"));
          case "durations" ->
              found
                  .durations()
                  .map(
                      durations ->
                          durations.metric()
                              + " above "
                              + RequestMetrics.plain(durations.slowSeconds())
                              + " s");
          default -> throw new IllegalArgumentException(what);
        };
    return said.orElse("none");
  }
}
