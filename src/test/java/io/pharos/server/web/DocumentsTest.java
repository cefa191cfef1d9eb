package io.pharos.server.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The shipped documents as pages.
class DocumentsTest {
  private static final Path DOCS = Path.of("docs");
  private static final Pattern LINK = Pattern.compile("(?:href|src)=\"([^\"]*)\"");

  private final Documents documents = new Documents(DOCS);

  @Test
  void links_ofAllDocuments_leadToDocumentsAndTheirHeadings() throws IOException {
    var dead = new ArrayList<String>();
    for (String path : paths()) {
      String html = documents.document(path).orElseThrow().html();
      for (String to : LINK.matcher(html).results().map(it -> it.group(1)).toList()) {
        if (!leads(path, to, html)) {
          dead.add(path + " -> " + to);
        }
      }
    }
    assertThat(dead).isEmpty();
  }

  private boolean leads(String path, String to, String html) {
    if (to.matches("[a-z]+:.*") || to.equals("/runbooks")) {
      return true;
    }
    if (to.startsWith("/runbooks/")) {
      return Files.isRegularFile(DOCS.resolve(to.substring(1).replaceFirst("#.*", "") + ".md"));
    }
    String[] parts = to.split("#", 2);
    String target =
        parts[0].isEmpty() ? path : Path.of(path).resolveSibling(parts[0]).normalize().toString();
    return documents.picture(target).isPresent()
        || documents
            .document(target)
            .filter(it -> parts.length == 1 || it.html().contains("id=\"" + parts[1] + "\""))
            .isPresent();
  }

  @Test
  void index_namesEachDocument() throws IOException {
    List<String> named =
        LINK.matcher(documents.document("index.md").orElseThrow().html())
            .results()
            .map(MatchResult::group)
            .toList();
    for (String path : paths()) {
      if (!path.contains("/") && !path.equals("index.md")) {
        assertThat(named).as(path).anySatisfy(link -> assertThat(link).contains("\"" + path));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../README.md",
        "format/../../AGENTS.md",
        "benchmarks.tsv",
        "none.md",
        "a\0.md",
        "/etc/passwd.md"
      })
  void document_outsideTheFolderOrAbsent_isNotFound(String path) {
    assertThat(documents.document(path)).isEmpty();
    assertThat(documents.picture(path)).isEmpty();
  }

  private static List<String> paths() throws IOException {
    try (Stream<Path> files = Files.walk(DOCS)) {
      return files
          .map(file -> DOCS.relativize(file).toString())
          .filter(file -> file.endsWith(".md") && !file.startsWith("runbooks"))
          .sorted()
          .toList();
    }
  }
}
