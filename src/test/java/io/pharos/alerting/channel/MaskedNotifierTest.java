package io.pharos.alerting.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.alerting.Channels;
import io.pharos.alerting.message.NotificationSamples;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.IntegrationConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Secrets that a receiver repeats are redacted in the ledger.
class MaskedNotifierTest {
  @TempDir Path folder;

  private IntegrationConfig integration(String yaml) throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("alertmanager.yml"),
            "route: {receiver: a}\nreceivers:\n- name: a\n  " + yaml + "\n");
    return Channels.load(file).receivers().getFirst().integrations().getFirst();
  }

  private String masked(String yaml, String answer) throws Exception {
    var notifier =
        SecretMask.masking(
            integration(yaml), (_, _) -> new NotifyResult.Retryable(answer, Optional.empty()));
    return switch (notifier.notify(NotificationSamples.firing(), Instant.MAX)) {
      case NotifyResult.Retryable(String reason, _) -> reason;
      case NotifyResult other -> throw new AssertionError(other);
    };
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "slack_configs: [{api_url: 'https://hooks.example.org/services/T00/B00/tokentoken'}] | no such hook: /services/T00/B00/tokentoken | tokentoken",
        "slack_configs: [{api_url: 'https://hooks.example.org/services/T00/B00/tokentoken'}] | https://hooks.example.org/services/T00/B00/tokentoken | tokentoken",
        "slack_configs: [{api_url: 'https://h.example.org/send?key=0123-abcd'}] | bad key 0123-abcd | 0123-abcd",
        "pagerduty_configs: [{routing_key: r0utingkey}] | {\"error\":\"bad key r0utingkey\"} | r0utingkey",
        "telegram_configs: [{bot_token: '12:abcdef', chat_id: 1}] | bot12:abcdef unknown | 12:abcdef",
        "webhook_configs: [{url: 'http://u:s3cr3t@h/x', http_config: {}}] | Basic dTpzM2NyM3Q= is wrong | dTpzM2NyM3Q",
        "webhook_configs: [{url: 'http://h/x', http_config: {authorization: {credentials: a/b+c=d}}}] | Bearer a%2Fb%2Bc%3Dd | a%2Fb",
        "webhook_configs: [{url: 'http://h/x', http_config: {authorization: {credentials: a/b+c=d}}}] | Bearer a\\/b+c=d | a\\/b",
        "webhook_configs: [{url: 'http://h/x', http_config: {http_headers: {X-Key: {secrets: [headersecret]}}}}] | X-Key headersecret | headersecret",
        "webhook_configs: [{url: 'http://h/x', http_config: {basic_auth: {username: u, password: passw0rd}}}] | u/passw0rd | passw0rd",
        "webhook_configs: [{url: 'http://h/x', http_config: {basic_auth: {username: u, password: passw0rd}}}] | Basic dTpwYXNzdzByZA== | dTpwYXNzdzByZA",
        "webhook_configs: [{url: 'http://h/x', http_config: {authorization: {credentials: longersecret}}}] | it was longersec… | longersec",
        "slack_configs: [{api_url: 'https://h.example.org/services/tokentoken'}] | https://h.example.org/… answered 404: https://h.example.org/services/token… | token",
        "pushover_configs: [{user_key: userkey1, token: apptoken1}] | token apptoken1 of userkey1 | apptoken1",
      })
  void answerWithASecret_isRedacted(String yaml, String answer, String secret) throws Exception {
    assertThat(masked(yaml, answer)).contains("<secret>").doesNotContain(secret);
  }

  @Test
  void answerWithoutASecret_staysAsItIs() throws Exception {
    assertThat(
            masked(
                "slack_configs: [{api_url: 'https://hooks.example.org/services/T0/B0/tokentoken'}]",
                "https://hooks.example.org/… answered 404: no_service"))
        .isEqualTo("https://hooks.example.org/… answered 404: no_service");
  }

  @Test
  void secretOfAFile_isRedactedToo() throws Exception {
    Path file = Files.writeString(folder.resolve("url"), "https://h.example.org/x/fr0mAFileAll\n");
    assertThat(
            masked("slack_configs: [{api_url_file: '%s'}]".formatted(file), "no fr0mAFileAll here"))
        .isEqualTo("no <secret> here");
  }

  @Test
  void secretOfAFileThatChanged_isRedactedFromTheNextAnswerOn() throws Exception {
    Path file = Files.writeString(folder.resolve("url"), "https://h.example.org/x/beforeChange\n");
    var notifier =
        SecretMask.masking(
            integration("slack_configs: [{api_url_file: '%s'}]".formatted(file)),
            (_, _) -> new NotifyResult.Sent("no beforeChange, no afterChange"));
    assertThat(notifier.notify(NotificationSamples.firing(), Instant.MAX))
        .isEqualTo(new NotifyResult.Sent("no <secret>, no afterChange"));
    Files.writeString(file, "https://h.example.org/x/afterChange\n");
    assertThat(notifier.notify(NotificationSamples.firing(), Instant.MAX))
        .isEqualTo(new NotifyResult.Sent("no beforeChange, no <secret>"));
  }

  @Test
  void notifierThatThrowsWithASecret_throwsWithout() throws Exception {
    var notifier =
        SecretMask.masking(
            integration("pagerduty_configs: [{routing_key: r0utingkey}]"),
            (_, _) -> {
              throw new IllegalArgumentException("bad r0utingkey");
            });
    assertThatThrownBy(() -> notifier.notify(NotificationSamples.firing(), Instant.MAX))
        .hasMessageContaining("bad <secret>")
        .hasNoCause();
  }
}
