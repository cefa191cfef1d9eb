package io.pharos.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImportCommandTest {
  private static final String FILES = "src/test/resources/imports/";

  @TempDir Path directory;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... words) {
    return new Commands(
            Map.of(),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8))
        .run("import", List.of(words));
  }

  @Test
  void import_withRemarks_printsBothAndSaysSo() {
    assertThat(run("gatus", FILES + "gatus.yaml")).isEqualTo(1);
    assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("probes:\n  - name: ");
    assertThat(err.toString(StandardCharsets.UTF_8)).endsWith("9 probes, 6 remarks\n");
  }

  @Test
  void import_allHasAnEqual_isGoodNews() throws IOException {
    Path file = directory.resolve("g.yml");
    Files.writeString(
        file, "endpoints: [{name: a, url: 'http://a/', conditions: ['[STATUS] == 200']}]");

    assertThat(run("gatus", file.toString())).isZero();
  }

  @Test
  void import_database_isToldHowToPrintIt() throws IOException {
    Path file = directory.resolve("kuma.db");
    Files.writeString(file, "SQLite format 3\0rest");

    assertThat(run("uptime-kuma", file.toString())).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("sqlite3 -json", "SELECT * FROM monitor");
  }

  @Test
  void import_wrongWords_areRefused() {
    assertThat(run("nagios", FILES + "gatus.yaml")).isEqualTo(64);
    assertThat(run("gatus")).isEqualTo(64);
    assertThat(run("blackbox", FILES + "blackbox.yml")).isEqualTo(64);
    assertThat(run("gatus", directory.resolve("none").toString())).isEqualTo(2);
  }
}
