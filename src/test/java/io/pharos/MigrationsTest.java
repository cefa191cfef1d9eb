package io.pharos;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// A migration that was once shipped stays as it is: a database that has run it refuses to start
/// with another one under its number.
class MigrationsTest {
  private static final Path FOLDER = Path.of("src", "main", "resources", "db", "migration");

  /// What `sha256sum` prints of each.
  private static final Path SHIPPED =
      Path.of("src", "test", "resources", "db", "migrations.sha256");

  @Test
  void migrations_areThoseOnRecord_andNumberedWithoutAGap() throws Exception {
    var found = new TreeMap<String, String>();
    try (Stream<Path> files = Files.list(FOLDER)) {
      for (Path file : files.toList()) {
        found.put(file.getFileName().toString(), sha256(file));
      }
    }
    var recorded = new TreeMap<String, String>();
    for (String line : Files.readAllLines(SHIPPED)) {
      recorded.put(line.substring(66), line.substring(0, 64));
    }
    assertThat(found)
        .as(
            "a new one goes on record by: (cd %s && sha256sum V*.sql) > %s; one on record must not"
                + " change",
            FOLDER, SHIPPED)
        .isEqualTo(recorded);
    assertThat(found.keySet().stream().map(name -> name.replaceFirst("__.*", "")))
        .containsExactlyInAnyOrderElementsOf(
            IntStream.rangeClosed(1, found.size()).mapToObj(number -> "V" + number).toList());
  }

  private static String sha256(Path file) throws Exception {
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
    return HexFormat.of().formatHex(digest);
  }
}
