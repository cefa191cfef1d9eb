package io.pharos.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.cli.serve.ServeOptions;
import io.pharos.server.web.target.WatchFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckedEditsTest {
  private static final String GOOD = "probes:\n  - name: one\n    icmp: {host: a}\n";

  @TempDir Path folder;
  private Path probes;
  private CheckedEdits edits;

  @BeforeEach
  void begin() throws IOException {
    probes = Files.createDirectory(folder.resolve("probes"));
    Files.writeString(
        folder.resolve("prometheus.yml"),
        "scrape_configs:\n  - {job_name: shop, file_sd_configs: [{files: ['t/*.json', 't/a.yml']}]}\n");
    Files.createDirectory(folder.resolve("t"));
    Files.writeString(folder.resolve("t/shop.json"), "[]");
    Files.writeString(
        folder.resolve("alertmanager.yml"), "route: {receiver: r}\nreceivers: [{name: r}]\n");
    ServeOptions options =
        ServeOptions.parse(
            List.of(
                "--storage.path=" + folder.resolve("data"),
                "--config.file=" + folder.resolve("prometheus.yml"),
                "--notifications.file=" + folder.resolve("alertmanager.yml"),
                "--gates.dir=" + folder.resolve("gates"),
                "--probes.dir=" + probes),
            Map.of(),
            false);
    edits = new CheckedEdits(options, () -> VersionedFiles.read(options));
  }

  @Test
  void probeFiles_emptyFolder_offersAFirstFile() {
    assertThat(edits.probeFiles())
        .extracting(WatchFiles.Choice::file)
        .containsExactly(probes.resolve("probes.yml"));
  }

  @Test
  void targetFiles_areTheJsonFilesOfTheJobs() {
    assertThat(edits.targetFiles())
        .extracting(WatchFiles.Choice::file)
        .containsExactly(folder.resolve("t/shop.json"));
  }

  @Test
  void problems_goodText_areNoneAndNothingIsWritten() {
    assertThat(edits.problems(probes.resolve("probes.yml"), GOOD)).isEmpty();
    assertThat(probes.resolve("probes.yml")).doesNotExist();
  }

  @Test
  void problems_badText_areTheWordsOfCheck() throws IOException {
    Path file = probes.resolve("one.yml");
    Files.writeString(file, GOOD);

    assertThat(edits.problems(file, GOOD + "  - name: one\n    icmp: {host: b}\n"))
        .singleElement()
        .asString()
        .startsWith(file + ":4: ")
        .contains("found name \"one\" again");
    assertThat(edits.problems(file, GOOD.replace("host", "hots")))
        .singleElement()
        .asString()
        .contains("hots");
  }

  @Test
  void problems_ofOtherFiles_doNotRefuseAnEdit() throws IOException {
    Files.writeString(probes.resolve("broken.yml"), "probes: [{name: x}]\n");

    assertThat(edits.problems(probes.resolve("one.yml"), GOOD)).isEmpty();
  }

  @Test
  void problems_targetsThatAreNoJson_areFound() {
    Path file = folder.resolve("t/shop.json");

    assertThat(edits.problems(file, "[{\"targets\": [\"a:1\"]}]")).isEmpty();
    assertThat(edits.problems(file, "[{\"targets\": \"a:1\"}]")).isNotEmpty();
  }
}
