package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The pictures in the documents are those that `.ci/pictures` takes.
class PicturesTest {
  private static final Pattern REFERENCE = Pattern.compile("!\\[[^\\]]*]\\(([^)]+\\.png)\\)");

  private static List<Path> referenced() throws IOException {
    var found = new ArrayList<Path>();
    try (Stream<Path> documents = Files.walk(Path.of("docs"))) {
      for (Path document :
          Stream.concat(Stream.of(Path.of("README.md")), documents)
              .filter(it -> it.toString().endsWith(".md"))
              .toList()) {
        var matcher = REFERENCE.matcher(Files.readString(document));
        while (matcher.find()) {
          found.add(document.resolveSibling(matcher.group(1)).normalize());
        }
      }
    }
    return found;
  }

  @Test
  void pictures_inDocuments_areThere_andNotTooLarge() throws IOException {
    assertThat(referenced())
        .isNotEmpty()
        .allSatisfy(it -> assertThat(it).isRegularFile())
        .allSatisfy(it -> assertThat(Files.size(it)).isLessThanOrEqualTo(PicturesIT.MAX_BYTES));
  }

  @Test
  void pictures_thatTheCommandTakes_areThoseInDocuments() throws IOException {
    Path folder = Path.of("docs", "pictures");
    var taken = new TreeSet<Path>();
    PicturesIT.PICTURES.forEach(it -> taken.add(folder.resolve(it.name() + ".png")));

    assertThat(referenced().stream().filter(it -> it.startsWith(folder)))
        .containsExactlyInAnyOrderElementsOf(taken);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactlyInAnyOrderElementsOf(taken);
    }
  }
}
