package io.pharos.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnvironmentFileTest {
  @TempDir Path folder;

  @Test
  void over_fileWithSettings_addsThemBelowTheEnvironment() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("pharos.env"),
            "# comment\n\nPHAROS_WEB_LISTEN_ADDRESS=127.0.0.1:9777\nPHAROS_URL='http://a:1'\n");
    assertThat(EnvironmentFile.over(file, Map.of("PHAROS_URL", "http://b:2")))
        .containsOnly(
            Map.entry("PHAROS_WEB_LISTEN_ADDRESS", "127.0.0.1:9777"),
            Map.entry("PHAROS_URL", "http://b:2"));
  }

  @Test
  void over_missingFile_isTheEnvironment() {
    assertThat(EnvironmentFile.over(folder.resolve("none"), Map.of("A", "b")))
        .containsOnlyKeys("A");
  }

  @Test
  void over_lineThatIsNoSetting_isRefusedWithItsPlace() throws Exception {
    Path file = Files.writeString(folder.resolve("pharos.env"), "A=b\nlisten 9095\n");
    assertThatThrownBy(() -> EnvironmentFile.over(file, Map.of()))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("pharos.env:2: expected a line such as")
        .hasMessageContaining("\"listen 9095\"");
  }
}
