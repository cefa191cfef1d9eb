package io.pharos.config.alertmanager;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.alerting.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretFilesTest {
  @TempDir Path folder;

  private IntegrationConfig integration(String yaml) {
    return Channels.parse(
            "am.yml", "route: {receiver: a}\nreceivers: [{name: a, " + yaml + "}]\n", folder)
        .receivers()
        .getFirst()
        .integrations()
        .getFirst();
  }

  @Test
  void missing_secretThatAppears_isMissingUntilThen() throws Exception {
    IntegrationConfig slack = integration("slack_configs: [{channel: x, api_url_file: s/url}]");
    Path file = folder.resolve("s/url");
    assertThat(SecretFiles.missing(slack)).contains(file);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "https://hooks.example/x");
    assertThat(SecretFiles.missing(slack)).isEmpty();
    assertThat(SecretFiles.of(slack)).containsExactly(file);
  }

  @Test
  void of_secretsOfTheCall_areAmongThem() {
    IntegrationConfig webhook =
        integration(
            "webhook_configs: [{url_file: u, http_config: {basic_auth:"
                + " {username: me, password_file: p}}}]");
    assertThat(SecretFiles.of(webhook)).containsExactly(folder.resolve("u"), folder.resolve("p"));
  }

  @Test
  void of_secretInTheFileItself_isNone() {
    assertThat(SecretFiles.of(integration("webhook_configs: [{url: 'http://x'}]"))).isEmpty();
  }
}
