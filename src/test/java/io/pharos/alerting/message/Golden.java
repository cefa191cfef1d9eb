package io.pharos.alerting.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Compares with a committed file; `GOLDEN_UPDATE=true` in the environment rewrites it for review
/// in the diff.
public final class Golden {
  private static final Path FOLDER = Path.of("src/test/resources/notify");

  private Golden() {}

  public static void assertMatches(String file, String actual) {
    Path path = FOLDER.resolve(file);
    try {
      if ("true".equals(System.getenv("GOLDEN_UPDATE"))) {
        Files.createDirectories(FOLDER);
        Files.writeString(path, actual);
      }
      assertThat(actual).isEqualTo(Files.readString(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
