package io.pharos.alerting.channel.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.alerting.channel.RecordingReceiver;
import io.pharos.alerting.channel.Sending;
import io.pharos.alerting.message.Golden;
import io.pharos.alerting.message.NotificationSamples;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.http.Credentials;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.ProxyOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.config.http.TlsOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WebhookChannelTest {
  private static final Instant NOW = NotificationSamples.NOW;
  private static final Instant DEADLINE = NOW.plusSeconds(60);

  private RecordingReceiver receiver;

  @BeforeEach
  void start() throws IOException {
    receiver = new RecordingReceiver();
  }

  @AfterEach
  void stop() {
    receiver.close();
  }

  private WebhookConfig config(
      SecretSource url, HttpOptions http, int maxAlerts, Duration timeout) {
    return new WebhookConfig(true, http, url, maxAlerts, timeout);
  }

  private NotifyResult send(WebhookConfig config) {
    return config.notifier(Sending.tools()).notify(NotificationSamples.firing(), DEADLINE);
  }

  private WebhookConfig plain() {
    return config(
        SecretSource.inline(receiver.url("/hook/SECRET-TOKEN?key=SECRET-KEY")),
        HttpOptions.DEFAULT,
        0,
        Duration.ZERO);
  }

  @Test
  void payload_isAlertmanagersVersion4() {
    assertThat(send(plain())).isEqualTo(new NotifyResult.Sent("200: ok"));
    var got = receiver.last();
    Golden.assertMatches("webhook-firing.json", got.body());
    assertThat(got.header("Content-type")).isEqualTo("application/json");
    assertThat(got.header("X-pharos-delivery")).isEqualTo("d-0001");
    assertThat(got.body())
        .startsWith(
            "{\"receiver\":\"team\\\\.on-call\",\"status\":\"firing\",\"alerts\":[{\"status\":")
        .contains("\"endsAt\":\"0001-01-01T00:00:00Z\"")
        .contains("3 % \\u0026 \\u003crising\\u003e")
        .endsWith("\"truncatedAlerts\":0}\n");
  }

  @Test
  void maxAlerts_cutsAndCounts() {
    send(config(SecretSource.inline(receiver.url("/")), HttpOptions.DEFAULT, 1, Duration.ZERO));
    assertThat(receiver.last().body())
        .contains("\"truncatedAlerts\":3")
        .contains("\"instance\":\"pod-1:8080\"")
        .doesNotContain("pod-7");
  }

  @Test
  void statusClasses_sayWhetherARetryHelps() {
    receiver
        .answer(500, "boom")
        .answer(503, "", "Retry-After", "17")
        .answer(429, "slow", "Retry-After", "Sun, 01 Mar 2026 11:06:30 GMT")
        .answer(429, "slow", "Retry-After", "999999")
        .answer(429, "slow", "Retry-After", "later")
        .answer(400, "bad\nrequest")
        .answer(404, "")
        .answer(204, "");
    assertThat(send(plain())).isEqualTo(retryable("answered 500: boom", null));
    assertThat(send(plain())).isEqualTo(retryable("answered 503", Duration.ofSeconds(17)));
    assertThat(send(plain())).isEqualTo(retryable("answered 429: slow", Duration.ofSeconds(60)));
    assertThat(send(plain())).isEqualTo(retryable("answered 429: slow", Duration.ofHours(1)));
    assertThat(send(plain())).isEqualTo(retryable("answered 429: slow", null));
    assertThat(send(plain()))
        .isEqualTo(new NotifyResult.Rejected(place() + "answered 400: bad request"));
    assertThat(send(plain())).isEqualTo(new NotifyResult.Rejected(place() + "answered 404"));
    assertThat(send(plain())).isEqualTo(new NotifyResult.Sent("204"));
  }

  private NotifyResult.Retryable retryable(String reason, Duration after) {
    return new NotifyResult.Retryable(place() + reason, Optional.ofNullable(after));
  }

  private String place() {
    return receiver.url("/") + "… ";
  }

  @Test
  void receiverThatHangs_isGivenUpAtTheTimeout() {
    receiver.hang();
    var config =
        config(
            SecretSource.inline(receiver.url("/SECRET")),
            HttpOptions.DEFAULT,
            0,
            Duration.ofMillis(300));
    assertThat(send(config)).isEqualTo(retryable("did not answer within 300 ms", null));
  }

  @Test
  void unreachable_isRetryableAndShowsNoSecret() {
    String url = receiver.url("/SECRET?x=SECRET");
    receiver.close();
    var result = send(config(SecretSource.inline(url), HttpOptions.DEFAULT, 0, Duration.ZERO));
    assertThat(result).isInstanceOf(NotifyResult.Retryable.class);
    assertThat(result.toString()).doesNotContain("SECRET").contains("http://127.0.0.1:");
  }

  @Test
  void badAddressOrNoTime_isAResultWithoutSecret() {
    var bad =
        config(SecretSource.inline("http://a b/SECRET"), HttpOptions.DEFAULT, 0, Duration.ZERO);
    assertThat(send(bad))
        .isEqualTo(
            new NotifyResult.Rejected(
                "the address is not a URL, expected http(s)://host/…; correct the configuration"));
    assertThat(
            send(
                config(
                    SecretSource.inline("ftp://x/SECRET"), HttpOptions.DEFAULT, 0, Duration.ZERO)))
        .isInstanceOf(NotifyResult.Rejected.class);
    assertThat(plain().notifier(Sending.tools()).notify(NotificationSamples.firing(), NOW))
        .isEqualTo(
            new NotifyResult.Retryable("no time left before the deadline", Optional.empty()));
  }

  @Test
  void urlFileAndCredentials_areReadAtEachSend(@TempDir Path folder) throws IOException {
    Path url = Files.writeString(folder.resolve("url"), receiver.url("/one") + "\n");
    Path password = Files.writeString(folder.resolve("password"), "first");
    var http =
        new HttpOptions(
            new Credentials.Basic(SecretSource.inline("bot"), SecretSource.fromFile(password)),
            TlsOptions.DEFAULT,
            ProxyOptions.NONE,
            Map.of(),
            true,
            false);
    var config = config(SecretSource.fromFile(url), http, 0, Duration.ZERO);
    send(config);
    assertThat(receiver.last().path()).isEqualTo("/one");
    assertThat(receiver.last().header("Authorization")).isEqualTo("Basic Ym90OmZpcnN0");
    Files.writeString(url, receiver.url("/two"));
    Files.writeString(password, "second");
    send(config);
    assertThat(receiver.last().path()).isEqualTo("/two");
    assertThat(receiver.last().header("Authorization")).isEqualTo("Basic Ym90OnNlY29uZA==");
    Files.delete(password);
    assertThat(send(config)).isInstanceOf(NotifyResult.Retryable.class);
    Files.delete(url);
    assertThat(send(config)).isInstanceOf(NotifyResult.Retryable.class);
  }

  @Test
  void bearerToken_isSent() {
    var http = HttpOptions.bearer(SecretSource.inline("t0ken"));
    send(config(SecretSource.inline(receiver.url("/")), http, 0, Duration.ZERO));
    assertThat(receiver.last().header("Authorization")).isEqualTo("Bearer t0ken");
  }

  @Test
  void hugeAnswer_isCut() {
    receiver.answer(200, "x".repeat(300_000));
    assertThat(send(plain()))
        .isInstanceOfSatisfying(
            NotifyResult.Sent.class, sent -> assertThat(sent.answer()).hasSizeLessThan(320));
  }
}
