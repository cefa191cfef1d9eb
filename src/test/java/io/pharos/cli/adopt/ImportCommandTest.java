package io.pharos.cli.adopt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pharos.cli.Commands;
import io.pharos.faults.LiveUptimeKuma;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
  void import_databaseThatIsNone_isRefused() throws IOException {
    Path file = directory.resolve("kuma.db");
    Files.writeString(file, "SQLite format 3\0rest");

    assertThat(run("uptime-kuma", file.toString())).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("kuma.db", "sqlite3");
  }

  /// As Uptime Kuma has it open: in the mode in which what is new stands beside the file.
  @Tag("peer")
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void import_database_becomesProbes_withTagsWhereItHasThem(boolean tags) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/sqlite3")), "sqlite3 is not installed");
    Path database = directory.resolve("kuma.db");
    String schema =
        """
        PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0;
        CREATE TABLE monitor (id INTEGER PRIMARY KEY, name TEXT, type TEXT, active BOOLEAN, interval INTEGER,
          maxretries INTEGER, push_token TEXT, hostname TEXT, port INTEGER, parent INTEGER);
        INSERT INTO monitor VALUES (1, 'Backup', 'push', 1, 3600, 1, 'k7Wv2QxLrT', NULL, NULL, NULL);
        INSERT INTO monitor VALUES (2, 'SSH', 'port', 0, 60, 0, NULL, '10.0.0.5', 22, NULL);
        """;
    String more =
        """
        CREATE TABLE tag (id INTEGER PRIMARY KEY, name TEXT, color TEXT);
        CREATE TABLE monitor_tag (id INTEGER PRIMARY KEY, monitor_id INTEGER, tag_id INTEGER, value TEXT);
        INSERT INTO tag VALUES (1, 'team', '#fff');
        INSERT INTO monitor_tag VALUES (1, 2, 1, 'infra');
        """;
    Process sqlite = new ProcessBuilder("sqlite3", database.toString()).start();
    try (var words = sqlite.outputWriter()) {
      words.write(schema + (tags ? more : ""));
    }
    assertThat(sqlite.waitFor()).isZero();
    byte[] before = Files.readAllBytes(database);
    Path secrets = directory.resolve("secrets");

    assertThat(run("uptime-kuma", database.toString(), "--push-tokens=" + secrets)).isZero();
    String probes = out.toString(StandardCharsets.UTF_8);
    assertThat(probes).contains("name: Backup", "name: SSH", "port: \"22\"", "enabled: false");
    assertThat(probes.contains("team: infra")).isEqualTo(tags);
    assertThat(probes + err).doesNotContain("k7Wv2QxLrT");
    assertThat(secrets.resolve("kuma-push-1")).content().isEqualTo("k7Wv2QxLrT\n");
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(secrets.resolve("kuma-push-1"))))
        .isEqualTo("rw-------");
    assertThat(Files.readAllBytes(database)).isEqualTo(before);

    // A second time, and over a file that is something else.
    assertThat(run("uptime-kuma", database.toString(), "--push-tokens=" + secrets)).isZero();
    Files.writeString(secrets.resolve("kuma-push-1"), "other");
    assertThat(run("uptime-kuma", database.toString(), "--push-tokens=" + secrets)).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("kuma-push-1 exists already");
  }

  /// While it has the database open, whose rows then stand in the log beside it.
  @Tag("peer")
  @Timeout(240)
  @Test
  void import_databaseOfARunningUptimeKuma_becomesProbes() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/sqlite3")), "sqlite3 is not installed");
    try (LiveUptimeKuma kuma = LiveUptimeKuma.start(directory)) {
      int group = kuma.add("{\"type\": \"group\", \"name\": \"RemoteGPU\"}");
      int site =
          kuma.add(
              "{\"type\": \"http\", \"name\": \"Site\", \"url\": \"http://127.0.0.1:1/\", \"parent\": %d}"
                  .formatted(group));
      kuma.add("{\"type\": \"push\", \"name\": \"Backup\", \"pushToken\": \"k7Wv2QxLrT\"}");
      int tag =
          kuma.call("addTag", Map.of("name", "team", "color", "#fff"))
              .path("tag")
              .path("id")
              .asInt();
      kuma.call("addMonitorTag", tag, site, "core");
      byte[] before = Files.readAllBytes(kuma.database());
      Path secrets = directory.resolve("secrets");

      assertThat(run("uptime-kuma", kuma.database().toString(), "--push-tokens=" + secrets))
          .isZero();
      assertThat(out.toString(StandardCharsets.UTF_8))
          .contains("name: Site", "group: RemoteGPU", "team: core", "timeout: \"10s\"")
          .doesNotContain("k7Wv2QxLrT");
      assertThat(secrets.resolve("kuma-push-3")).content().isEqualTo("k7Wv2QxLrT\n");
      assertThat(Files.readAllBytes(kuma.database())).isEqualTo(before);
    }
  }

  @Test
  void import_wrongWords_areRefused() {
    assertThat(run("nagios", FILES + "gatus.yaml")).isEqualTo(64);
    assertThat(run("gatus")).isEqualTo(64);
    assertThat(run("blackbox", FILES + "blackbox.yml")).isEqualTo(64);
    assertThat(run("gatus", directory.resolve("none").toString())).isEqualTo(2);
  }
}
