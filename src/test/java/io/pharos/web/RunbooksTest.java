package io.pharos.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunbooksTest {
  @TempDir Path folder;

  @Test
  void html_markdownWithTableAndRawHtml_isRenderedAndEscaped() throws Exception {
    Files.writeString(
        folder.resolve("BackendDown.md"),
        "# Down\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n<script>x</script>\n");
    var runbooks = new Runbooks(folder);
    assertThat(runbooks.names()).containsExactly("BackendDown");
    assertThat(runbooks.html("BackendDown").orElseThrow())
        .contains("<h1>Down</h1>", "<td>1</td>", "&lt;script&gt;")
        .doesNotContain("<script>");
  }

  @Test
  void html_unknownOrPathLikeName_isEmpty() throws Exception {
    Files.writeString(folder.resolve("secret.md"), "x");
    var runbooks = new Runbooks(folder.resolve("sub"));
    assertThat(runbooks.html("None")).isEmpty();
    assertThat(runbooks.html("../secret")).isEmpty();
    assertThat(runbooks.names()).isEmpty();
  }

  @Test
  void html_sameNameInTwoFolders_isThatOfTheFirst() throws Exception {
    Path own = Files.createDirectory(folder.resolve("own"));
    Files.writeString(own.resolve("shop.md"), "# mine");
    Files.writeString(folder.resolve("shop.md"), "# shipped");
    Files.writeString(folder.resolve("Other.md"), "# other");
    var runbooks = new Runbooks(own, folder);
    assertThat(runbooks.names()).containsExactly("Other", "shop");
    assertThat(runbooks.html("shop").orElseThrow()).contains("mine");
    assertThat(runbooks.html("Other").orElseThrow()).contains("other");
  }
}
