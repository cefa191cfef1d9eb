package io.pharos.alerting.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.alerting.Channels;
import io.pharos.alerting.channel.webhook.WebhookConfig;
import io.pharos.alerting.outbox.VirtualTime;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.http.HttpOptions;
import io.pharos.http.Clients;
import io.pharos.http.Redirect;
import io.pharos.http.RequestIdentity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpPosterTest {
  private final VirtualTime time = new VirtualTime();
  private final Clients clients = new Clients(time);
  private RecordingReceiver receiver;

  @TempDir Path folder;

  @BeforeEach
  void start() throws IOException {
    receiver = new RecordingReceiver();
  }

  @AfterEach
  void stop() {
    receiver.close();
    clients.close();
  }

  private HttpOptions config(String http) {
    String yaml =
        "route: {receiver: r}\nreceivers: [{name: r, webhook_configs: [{url: 'http://x', http_config: {enable_http2: false, %s}}]}]"
            .formatted(http);
    return Channels.parse("alertmanager.yml", yaml, folder)
        .receiver("r")
        .orElseThrow()
        .all(WebhookConfig.class)
        .getFirst()
        .http();
  }

  private HttpPoster poster(HttpOptions config) {
    return new HttpPoster(clients.open(config), time);
  }

  private HttpPoster.Outcome post(HttpPoster poster) {
    return poster.call(
        HttpCall.post(receiver.url("/hook"), "{}"),
        "d",
        Duration.ZERO,
        time.instant().plusSeconds(60));
  }

  private String oauth2(String more) {
    return "oauth2: {client_id: 'me & you', client_secret: 'hush/1', token_url: '"
        + receiver.url("/token")
        + "'"
        + more
        + "}";
  }

  @Test
  void headers_areSentFromTextSecretsAndFiles() throws IOException {
    Files.writeString(folder.resolve("h"), "three\n");
    HttpOptions config =
        config(
            "http_headers: {X-Team: {values: [one], secrets: [two], files: [h]}, X-B: {values: [b]}}");
    post(poster(config));
    assertThat(receiver.last().headers().get("X-team")).containsExactly("one", "two", "three");
    assertThat(receiver.last().header("X-b")).isEqualTo("b");
  }

  @Test
  void accessToken_isFetchedKeptAndFetchedAgainWhenItExpires() {
    HttpOptions config = config(oauth2(", scopes: [a, b], endpoint_params: {audience: x y}"));
    HttpPoster poster = poster(config);
    receiver
        .answer(200, "{\"access_token\":\"one\",\"token_type\":\"bearer\",\"expires_in\":100}")
        .answer(200, "")
        .answer(200, "");
    post(poster);
    assertThat(receiver.received().getFirst().path()).isEqualTo("/token");
    assertThat(receiver.received().getFirst().body())
        .isEqualTo("audience=x+y&grant_type=client_credentials&scope=a+b");
    assertThat(receiver.received().getFirst().header("Authorization"))
        .isEqualTo(RequestIdentity.basic("me+%26+you", "hush%2F1"));
    assertThat(receiver.last().header("Authorization")).isEqualTo("Bearer one");
    post(poster);
    assertThat(receiver.received()).hasSize(3);
    time.advance(Duration.ofSeconds(95));
    receiver.answer(200, "{\"access_token\":\"two\",\"expires_in\":100}").answer(200, "");
    post(poster);
    assertThat(receiver.last().header("Authorization")).isEqualTo("Bearer two");
  }

  @Test
  void serverThatWantsTheClientInTheBody_getsItThere() {
    HttpOptions config = config(oauth2(""));
    receiver
        .answer(401, "{\"error\":\"invalid_client\"}")
        .answer(200, "{\"access_token\":\"one\"}")
        .answer(204, "");
    assertThat(post(poster(config))).isInstanceOf(HttpPoster.Outcome.Answered.class);
    assertThat(receiver.received().get(1).body())
        .isEqualTo("client_id=me+%26+you&client_secret=hush%2F1&grant_type=client_credentials");
  }

  @Test
  void refusedToken_saysWhyWithoutTheSecret() {
    HttpOptions config = config(oauth2(""));
    HttpPoster poster = poster(config);
    receiver
        .answer(401, "{\"error\":\"invalid_client\"}")
        .answer(400, "{\"error\":\"invalid_client\",\"error_description\":\"hush/1 is wrong\"}")
        .answer(503, "");
    assertThat(post(poster).toString())
        .contains("Rejected", "returned no access token: status 400, invalid_client")
        .doesNotContain("hush", "/token");
    assertThat(post(poster))
        .isInstanceOfSatisfying(
            HttpPoster.Outcome.Failed.class,
            failed -> assertThat(failed.result()).isInstanceOf(NotifyResult.Retryable.class));
  }

  @Test
  void tokenThatTheReceiverRefuses_isFetchedAnewAtTheNextAttempt() {
    HttpOptions config = config(oauth2(""));
    HttpPoster poster = poster(config);
    receiver
        .answer(200, "{\"access_token\":\"one\"}")
        .answer(401, "")
        .answer(200, "{\"access_token\":\"two\"}")
        .answer(200, "");
    assertThat(post(poster))
        .isInstanceOfSatisfying(
            HttpPoster.Outcome.Failed.class,
            failed -> assertThat(failed.result()).isInstanceOf(NotifyResult.Retryable.class));
    assertThat(post(poster)).isInstanceOf(HttpPoster.Outcome.Answered.class);
    assertThat(receiver.last().header("Authorization")).isEqualTo("Bearer two");
  }

  @Test
  void proxy_getsTheRequestForTheReceiver() {
    HttpOptions config = config("proxy_url: '" + receiver.url("") + "', no_proxy: direct.example");
    receiver.answer(200, "ok");
    HttpPoster poster = poster(config);
    assertThat(
            poster.call(
                HttpCall.post("http://hooks.example/a", "{}"),
                "d",
                Duration.ZERO,
                time.instant().plusSeconds(60)))
        .isEqualTo(new HttpPoster.Outcome.Answered(200, "ok"));
    assertThat(receiver.last().path()).isEqualTo("http://hooks.example/a");
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.1, true", "localhost, false"})
  void redirect_isFollowedAndToAnotherHostWithoutSecretHeaders(String host, boolean same)
      throws IOException {
    HttpOptions config =
        config(
            "follow_redirects: true, authorization: {credentials: s3cret}, http_headers: {X-Key: {secrets: [hidden]}}");
    receiver.answer(307, "", "Location", receiver.url("/there").replace("127.0.0.1", host));
    receiver.answer(200, "taken");
    var outcome =
        poster(config)
            .call(
                HttpCall.post(receiver.url("/here"), "{}").withHeader("X-Own", "own"),
                "id",
                Duration.ZERO,
                time.instant().plusSeconds(5));
    assertThat(outcome).isEqualTo(new HttpPoster.Outcome.Answered(200, "taken"));
    var last = receiver.last();
    assertThat(last.path()).isEqualTo("/there");
    assertThat(last.body()).isEqualTo("{}");
    assertThat(last.header("Authorization")).isEqualTo(same ? "Bearer s3cret" : "");
    assertThat(last.header("X-key")).isEqualTo(same ? "hidden" : "");
    assertThat(last.header("X-own")).isEqualTo(same ? "own" : "");
  }

  @Test
  void redirect_endlessOrNotAllowed_isRefused() throws IOException {
    for (String allowed : List.of("true", "false")) {
      HttpOptions config = config("follow_redirects: " + allowed);
      for (int i = 0; i <= Redirect.MAX_REDIRECTS; i++) {
        receiver.answer(302, "", "Location", receiver.url("/again"));
      }
      assertThat(
              poster(config)
                  .call(
                      HttpCall.post(receiver.url("/x"), "{}"),
                      "id",
                      Duration.ZERO,
                      time.instant().plusSeconds(5)))
          .isInstanceOfSatisfying(
              HttpPoster.Outcome.Failed.class,
              refused -> {
                assertThat(refused.status()).isEqualTo(302);
                assertThat(refused.result())
                    .isInstanceOf(NotifyResult.Rejected.class)
                    .asString()
                    .contains("redirected to http://127.0.0.1", "follow_redirects")
                    .doesNotContain("/again");
              });
    }
    assertThat(receiver.received())
        .as("the first and ten more, then one")
        .hasSize(Redirect.MAX_REDIRECTS + 2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "http_config: {}", "http_config: {follow_redirects: true}"})
  void redirect_isFollowedOnlyIfTheFileSaysSo(String options) throws IOException {
    receiver.answer(301, "", "Location", receiver.url("/internal"));
    receiver.answer(200, "the text of an internal page");
    String yaml =
        """
        global: {%s}
        route: {receiver: r}
        receivers: [{name: r, webhook_configs: [{url: 'http://x', send_resolved: true}]}]
        """
            .formatted(options);
    HttpOptions config =
        Channels.parse("alertmanager.yml", yaml, folder)
            .receiver("r")
            .orElseThrow()
            .all(WebhookConfig.class)
            .getFirst()
            .http();
    String outcome = post(poster(config)).toString();
    if (options.contains("true")) {
      assertThat(outcome).contains("internal page");
    } else {
      assertThat(outcome).contains("answered 301").doesNotContain("internal page");
      assertThat(receiver.received()).hasSize(1);
    }
    assertThat(config("").followRedirects()).as("of an integration's own options").isFalse();
  }

  @Test
  void userInAddress_isSentAsBasicAuthorization() throws IOException {
    HttpOptions config = config("follow_redirects: true");
    var _ =
        poster(config)
            .call(
                HttpCall.post(receiver.url("/x").replace("http://", "http://joe:p%40w@"), "{}"),
                "id",
                Duration.ZERO,
                time.instant().plusSeconds(5));
    assertThat(receiver.last().header("Authorization"))
        .isEqualTo(RequestIdentity.basic("joe", "p@w"));
  }

  @Test
  void noContent_thatAnnouncesABody_isAnAnswer() throws IOException {
    try (var server = new ServerSocket(0)) {
      Thread.ofVirtual()
          .start(
              () -> {
                try (Socket socket = server.accept()) {
                  socket.getInputStream().read(new byte[8192]);
                  socket
                      .getOutputStream()
                      .write(
                          "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok"
                              .getBytes(StandardCharsets.US_ASCII));
                  socket.getOutputStream().flush();
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      HttpOptions config = config("follow_redirects: true");
      var outcome =
          poster(config)
              .call(
                  HttpCall.post("http://127.0.0.1:" + server.getLocalPort() + "/", "{}"),
                  "id",
                  Duration.ZERO,
                  time.instant().plusSeconds(5));
      assertThat(outcome).isEqualTo(new HttpPoster.Outcome.Answered(204, ""));
    }
  }

  @Test
  void retryAfter_fractionsAreBelieved() {
    receiver.answer(429, "", "Retry-After", "1.5");
    assertThat(post(poster(HttpOptions.DEFAULT)))
        .isInstanceOfSatisfying(
            HttpPoster.Outcome.Failed.class,
            refused -> assertThat(refused.result().toString()).contains("PT1.5S"));
  }
}
