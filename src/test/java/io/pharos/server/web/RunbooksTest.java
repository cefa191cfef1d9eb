package io.pharos.server.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RunbooksTest {
  @TempDir Path folder;

  @Test
  void page_markdownWithTableAndRawHtml_isRenderedAndEscaped() throws Exception {
    Files.writeString(
        folder.resolve("BackendDown.md"),
        "# Down\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n<script>x</script>\n");
    var runbooks = new Runbooks(folder);
    assertThat(runbooks.names()).containsExactly("BackendDown");
    assertThat(page("BackendDown", Map.of()).html())
        .contains("<td>1</td>", "&lt;script&gt;")
        .doesNotContain("<script>", "<h1>");
  }

  private Runbooks.RunbookPage page(String name, Map<String, String> labels) {
    return new Runbooks(folder).page(name, labels, "https://pharos.example.org").orElseThrow();
  }

  private Runbooks.RunbookPage commands(String block, Map<String, String> labels) throws Exception {
    Files.writeString(folder.resolve("A.md"), "# A\n\n```sh\n" + block + "\n```\n");
    return page("A", labels);
  }

  @Test
  void commands_ofAnAlert_areFilledIn() throws Exception {
    Runbooks.RunbookPage page =
        commands(
            """
            curl -sS PHAROS/-/ready
            ssh HOST 'nvidia-smi -i GPU_INDEX'   # HOST's GPU
            curl http://INSTANCE/metrics; echo $HOST MY_HOST HOSTS\
            """,
            Map.of("instance", "10.0.0.7:9400", "Hostname", "gpu-node-02", "gpu", "3"));
    assertThat(page.commands())
        .containsExactly(
            "curl -sS https://pharos.example.org/-/ready",
            "ssh gpu-node-02 'nvidia-smi -i 3'   # gpu-node-02's GPU",
            "curl http://10.0.0.7:9400/metrics; echo $HOST MY_HOST HOSTS");
    assertThat(page.missing()).isEmpty();
    assertThat(page.html()).contains("<pre class=\"commands\"><code>curl -sS https://");
  }

  @Test
  void commands_withoutAnAlert_keepTheirPlaceholders_andThePageKnows() throws Exception {
    Runbooks.RunbookPage page = commands("ssh HOST 'nvidia-smi -i GPU_INDEX'", Map.of());
    assertThat(page.commands()).containsExactly("ssh HOST 'nvidia-smi -i GPU_INDEX'");
    assertThat(page.missing()).containsExactly("HOST", "GPU_INDEX");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          10.0.0.7:9400            | 10.0.0.7
          db-1                     | db-1
          https://x.org:8443/a?b=c | x.org
          tcp://x.org:25           | x.org
          [fd00::1]:9100           | '[fd00::1]'
          """)
  void host_whereNoLabelNamesIt_isThatOfTheAddress(String instance, String host) {
    assertThat(CommandFiller.Placeholder.values(Map.of("instance", instance), "u"))
        .containsEntry(CommandFiller.Placeholder.HOST, host);
  }

  /// A shell must treat any label value as one word; this runs each in a shell.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "$(touch pwned)",
        "`touch pwned`",
        "; touch pwned",
        "a' ; touch pwned; echo 'b",
        "\"; touch pwned; \"",
        "x\\",
        "a && touch pwned",
        "https://x/?a=1&touch pwned",
        "*",
        "~root",
        "!!",
        "#",
        "{a,b}",
        "> pwned",
      })
  void hostileValue_isOneWordOrLeftOut(String value) throws Exception {
    Map<String, String> labels = Map.of("instance", value, "host", value, "gpu", value);
    Runbooks.RunbookPage page =
        commands(
            """
            printf '%s' INSTANCE
            printf '%s' "HOST"
            printf '%s' 'GPU_INDEX'
            printf '%s' fixed # HOST GPU_INDEX
            """,
            labels);
    assertThat(run(page.commands().get(0))).isEqualTo(value);
    assertThat(run(page.commands().get(1))).isEqualTo("HOST");
    assertThat(run(page.commands().get(2))).isEqualTo("GPU_INDEX");
    assertThat(run(page.commands().get(3))).isEqualTo("fixed");
    assertThat(page.refused()).containsExactly("HOST", "GPU_INDEX");
    assertThat(folder.resolve("pwned")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"-oProxyCommand=touch", "a\nb", "\u202ea", "ü", "'-x"})
  void valueThatLooksLikeAnOptionOrIsNotPrintable_isNeverFilledInBare(String value)
      throws Exception {
    Runbooks.RunbookPage page = commands("printf '%s' HOST", Map.of("host", value));
    assertThat(run(page.commands().getFirst())).isIn("HOST", "'-x");
  }

  private String run(String command) throws Exception {
    Process process =
        new ProcessBuilder("sh", "-c", command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", command, output).isZero();
    return output;
  }

  @Test
  void page_unknownOrPathLikeName_isEmpty() throws Exception {
    Files.writeString(folder.resolve("secret.md"), "x");
    var runbooks = new Runbooks(folder.resolve("sub"));
    assertThat(runbooks.page("None", Map.of(), "u")).isEmpty();
    assertThat(runbooks.page("../secret", Map.of(), "u")).isEmpty();
    assertThat(runbooks.names()).isEmpty();
  }

  @Test
  void page_sameNameInTwoFolders_isThatOfTheFirst() throws Exception {
    Path own = Files.createDirectory(folder.resolve("own"));
    Files.writeString(own.resolve("shop.md"), "mine");
    Files.writeString(folder.resolve("shop.md"), "# shipped");
    Files.writeString(folder.resolve("Other.md"), "other");
    var runbooks = new Runbooks(own, folder);
    assertThat(runbooks.names()).containsExactly("Other", "shop");
    assertThat(runbooks.page("shop", Map.of(), "u").orElseThrow().html()).contains("mine");
    assertThat(runbooks.page("Other", Map.of(), "u").orElseThrow().html()).contains("other");
  }
}
