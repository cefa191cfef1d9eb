package io.pharos.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileModesTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"0077, true", "0177, true", "0022, false", "0027, false", "0067, false", "?, false"})
  void umask_thatTakesAllFromOthers_isLeftAsItIs(String mask, boolean kept) throws Exception {
    Path status =
        Files.writeString(folder.resolve("status"), "Name:\tjava\nUmask:\t" + mask + "\n");
    assertThat(FileModes.isRestricted(status)).isEqualTo(kept);
    assertThat(FileModes.isRestricted(folder.resolve("away"))).isFalse();
  }
}
