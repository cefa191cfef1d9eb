package io.pharos.gate.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.config.yaml.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeploySettingsTest {
  private static final String GOOD =
      """
      # a comment
      PHAROS_ENV=staging
      PHAROS_URL="http://127.0.0.1:9095/"
      SERVICE=shop
      STRATEGY=canary
      ON_INCONCLUSIVE=rollback
      START_COMMAND=run $COLOR
      HAPROXY_RUNTIME=/run/h.sock
      HAPROXY_BACKEND=shop
      CANARY_WEIGHT=10
      """;
  private static final int LAST = 11;

  @TempDir Path folder;

  private SettingsFile read(String text) throws IOException {
    return DeploySettings.read(Files.writeString(folder.resolve("x.env"), text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"dev", "staging", "production"})
  void shippedFile_isGood(String name) {
    assertThat(DeploySettings.read(Path.of("deploy", "env", name + ".env")).values())
        .containsEntry("PHAROS_ENV", name);
  }

  @Test
  void goodFile_givesItsValues() throws IOException {
    assertThat(read(GOOD).values())
        .containsEntry("PHAROS_URL", "http://127.0.0.1:9095/")
        .containsEntry("START_COMMAND", "run $COLOR");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          STRATGY=canary                | unknown setting STRATGY: did you mean STRATEGY?
          QQQ=1                         | unknown setting QQQ, expected a setting that deploy/README.md lists
          GATE_WAIT=15m                 | GATE_WAIT: expected whole seconds, at most 86400, found "15m"
          CONTRACT_SOAK=15              | CONTRACT_SOAK: expected a duration such as 5s or 15m, found "15"
          STORE=h2                      | STORE: expected one of embedded, postgresql, found "h2"
          BACKUP_MAX_AGE_HOURS=0        | BACKUP_MAX_AGE_HOURS: expected whole hours, 1 to 8760, found "0"
          CANDIDATE_URL=127.0.0.1:80    | CANDIDATE_URL: expected an http or https address without a password
          CANDIDATE_URL=http://a:s3cr@b | CANDIDATE_URL: expected an http or https address without a password
          BACKEND_JDBC_URL=jdbc:postgresql://h/d?password=s3cr | BACKEND_JDBC_URL: expected jdbc:postgresql:… without a password
          JDBC_PASSWORD=s3cr            | JDBC_PASSWORD is a secret; expected it in the environment, or in a file whose path is in JDBC_PASSWORD_FILE
          MY_TOKEN=s3cr                 | MY_TOKEN is a secret
          SECRETS_FILE=plain.txt        | SECRETS_FILE: expected a file that ends in .age or .sops.env
          export A=s3cr                 | expected KEY=VALUE, with a KEY of A-Z, 0-9 and _ that begins with a letter
          SERVICE=other                 | SERVICE is already set in line 4; expected it once
          """)
  void wrongLine_isRefusedWithItsPlace_andSecretsAreNotShown(String line, String message) {
    assertThatThrownBy(() -> read(GOOD + line + "\n"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("x.env:" + LAST + ": " + message)
        .hasMessageNotContaining("s3cr");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          SERVICE=.*         |                   | SERVICE is missing; it is required in every file
          CANARY_WEIGHT=.*   |                   | CANARY_WEIGHT is missing; it is required with STRATEGY=canary
          HAPROXY_RUNTIME=.* | HAPROXY_RUNTIME=  | x.env:8: HAPROXY_RUNTIME is missing
          START_COMMAND=.*   |                   | COMPOSE_FILE is missing; it is required without START_COMMAND
          # a comment        | STORE=postgresql  | JDBC_URL is missing; it is required with STORE=postgresql
          # a comment        | BACKEND_JDBC_URL=jdbc:postgresql:x | BACKEND_JDBC_USER is missing
          # a comment        | SECRETS_FILE=x.age | AGE_IDENTITY_FILE is missing
          """)
  void whatTheOthersNeed_isMissed(String gone, String instead, String message) {
    String text = GOOD.replaceFirst("(?m)^" + gone + "$", instead == null ? "" : instead);
    assertThat(text).isNotEqualTo(GOOD);
    assertThatThrownBy(() -> read(text)).hasMessageContaining(message);
    assertThatThrownBy(
            () ->
                read(
                    GOOD.replace("=staging", "=production")
                        + "BACKEND_JDBC_URL=jdbc:postgresql:x\nBACKEND_JDBC_USER=u\n"))
        .hasMessageContaining("BACKEND_BACKUP_FILE is missing");
  }

  /// The table in the document lists exactly these settings.
  @Test
  void table_hasEverySettingAndNoOther() throws IOException {
    String text = Files.readString(Path.of("deploy", "README.md"));
    String section = text.substring(text.indexOf("## Settings"));
    var told = new TreeSet<String>();
    section
        .substring(0, section.indexOf("\n## "))
        .lines()
        .filter(line -> line.startsWith("| `"))
        .map(line -> line.substring(0, line.indexOf(" | ", 2)))
        .forEach(
            cell -> {
              String before = "";
              for (var word =
                      Pattern.compile("`([A-Z_]+|…_[A-Z_]+)`").matcher(cell).results().iterator();
                  word.hasNext(); ) {
                String key = word.next().group(1);
                // `…_GREEN` behind CANDIDATE_URL_BLUE is CANDIDATE_URL_GREEN.
                String whole =
                    key.startsWith("…")
                        ? before.substring(0, before.lastIndexOf('_')) + key.substring(1)
                        : key;
                told.add(whole);
                before = whole;
              }
            });
    assertThat(told).isEqualTo(new TreeSet<>(Setting.keys()));
  }
}
