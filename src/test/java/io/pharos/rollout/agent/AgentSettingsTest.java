package io.pharos.rollout.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.gate.deployment.SettingsFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class AgentSettingsTest {
  @TempDir Path folder;

  private static Map<String, String> settings(String... pairs) {
    var settings =
        new HashMap<>(
            Map.of(
                "SERVICE", "shop",
                "PHAROS_ENV", "staging",
                "HAPROXY_RUNTIME", "/run/haproxy/admin.sock",
                "HAPROXY_BACKEND", "shop"));
    for (int i = 0; i < pairs.length; i += 2) {
      settings.put(pairs[i], pairs[i + 1]);
    }
    return settings;
  }

  static Stream<Path> shipped() {
    return Stream.of("staging", "production").map(it -> Path.of("deploy", "env", it + ".env"));
  }

  @ParameterizedTest
  @MethodSource("shipped")
  void shippedSettings_areGoodForAnAgent(Path file) {
    var settings =
        AgentSettings.of(SettingsFile.read(file).under(Map.of()), Path.of("/opt/pharos"));
    assertThat(settings.service()).isEqualTo("remotegpu");
    assertThat(settings.composeFile()).isEqualTo(Path.of("/opt/pharos/deploy/compose.colors.yml"));
    assertThat(settings.healthUrl("green")).isPresent();
    assertThat(settings.stateDir()).startsWithRaw(Path.of("/opt/pharos/data/deploy"));
  }

  @Test
  void driver_isThatOfCommands_whereThereAreSome() {
    assertThat(AgentSettings.of(settings(), folder).driver()).isInstanceOf(ComposeDriver.class);
    assertThat(
            AgentSettings.of(settings("START_COMMAND", "a", "STOP_COMMAND", "b"), folder).driver())
        .isInstanceOf(ProcessDriver.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          SERVICE            |             | SERVICE: expected a name as in gates/*.yml
          PHAROS_ENV         | a b         | PHAROS_ENV: expected a name as in gates/*.yml
          HAPROXY_RUNTIME    | admin.sock  | HAPROXY_RUNTIME: expected the path of a socket, or host:port
          HAPROXY_BACKEND    | a;b         | HAPROXY_BACKEND: expected the name of a backend
          START_COMMAND      | ./run       | STOP_COMMAND: expected a command
          START_WAIT         | 2m          | START_WAIT: expected seconds, 1 to 99999
          CANDIDATE_URL_BLUE | ftp://x     | CANDIDATE_URL_BLUE: expected an http or https address
          """)
  void setting_thatCannotBe_isRefusedByItsName(String key, String value, String expected) {
    var wrong = settings(key, value == null ? "" : value);
    assertThatThrownBy(() -> AgentSettings.of(wrong, folder)).hasMessageContaining(expected);
  }

  @Test
  void commands_doNotGetTheToken() {
    var settings = AgentSettings.of(settings("PHAROS_TOKEN", "x", "MODE", "y"), folder);
    assertThat(settings.commands().settings())
        .containsKey("MODE")
        .doesNotContainKey("PHAROS_TOKEN");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          A=1                | A | 1
          A="x y"            | A | x y
          A='x "y"'          | A | x "y"
          A=x=y              | A | x=y
          API_TOKEN=         | API_TOKEN | ''
          API_TOKEN_FILE=/t  | API_TOKEN_FILE | /t
          """)
  void settingsFile_isReadAsTheScriptsReadIt(String line, String key, String value)
      throws Exception {
    Path file = Files.writeString(folder.resolve("x.env"), "# a comment\n\n" + line + "\n");
    assertThat(SettingsFile.read(file).values()).isEqualTo(Map.of(key, value));
    assertThat(SettingsFile.read(file).under(Map.of(key, "own"))).containsEntry(key, "own");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          export A=1  | x.env:2: expected KEY=VALUE, with a KEY of A-Z, 0-9 and _ that begins with a letter
          DB_PASSWORD=s3 | x.env:2: DB_PASSWORD is a secret; expected it in the environment
          """)
  void settingsFile_thatCannotBeRead_isRefusedByItsLine(String line, String expected)
      throws Exception {
    Path file = Files.writeString(folder.resolve("x.env"), "\n" + line + "\n");
    assertThatThrownBy(() -> SettingsFile.read(file)).hasMessageContaining(expected);
    assertThatThrownBy(() -> SettingsFile.read(folder.resolve("none.env")))
        .hasMessageContaining("none.env: can't be read");
  }
}
