package io.pharos.probe.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PushTokensTest {
  @TempDir Path folder;

  @Test
  void token_replacedInItsFile_isRefusedAtOnce() throws IOException {
    Path file = Files.writeString(folder.resolve("cron"), "old-token");
    var tokens =
        new PushTokens(
            () -> Map.of("cron", file), InstantSource.fixed(Instant.EPOCH.plusSeconds(9)));
    assertThat(tokens.find("old-token")).isEqualTo(new PushTokens.Match.Probe("cron"));
    Files.writeString(file, "new-token");
    assertThat(tokens.find("old-token")).isEqualTo(new PushTokens.Match.Nobody());
  }

  @Test
  void token_ofAFileThatBecameUnreadable_isStillKnownUntilTheNextReading() throws IOException {
    Path file = Files.writeString(folder.resolve("cron"), "token");
    var tokens =
        new PushTokens(
            () -> Map.of("cron", file), InstantSource.fixed(Instant.EPOCH.plusSeconds(9)));
    assertThat(tokens.find("token")).isEqualTo(new PushTokens.Match.Probe("cron"));
    Files.delete(file);
    assertThat(tokens.find("token")).isEqualTo(new PushTokens.Match.Probe("cron"));
  }
}
