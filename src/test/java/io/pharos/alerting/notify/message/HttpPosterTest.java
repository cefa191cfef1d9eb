package io.pharos.alerting.notify.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.alerting.Channels;
import io.pharos.alerting.notify.NotifyResult;
import io.pharos.alerting.notify.VirtualTime;
import io.pharos.alerting.notify.webhook.WebhookConfig;
import io.pharos.config.alertmanager.HttpConfig;
import io.pharos.config.alertmanager.ProxyConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpPosterTest {
  private final VirtualTime time = new VirtualTime();
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private RecordingReceiver receiver;

  @TempDir Path folder;

  @BeforeEach
  void start() throws IOException {
    receiver = new RecordingReceiver();
  }

  @AfterEach
  void stop() {
    receiver.close();
    executor.close();
  }

  private HttpConfig config(String http) {
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

  private HttpPoster.Outcome post(HttpPoster poster, HttpConfig config) {
    return poster.post(
        config, receiver.url("/hook"), "{}", "d", Duration.ZERO, time.instant().plusSeconds(60));
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
    HttpConfig config =
        config(
            "http_headers: {X-Team: {values: [one], secrets: [two], files: [h]}, X-B: {values: [b]}}");
    post(HttpPoster.create(config, executor, time), config);
    assertThat(receiver.last().headers().get("X-team")).containsExactly("one", "two", "three");
    assertThat(receiver.last().header("X-b")).isEqualTo("b");
  }

  @Test
  void accessToken_isFetchedKeptAndFetchedAgainWhenItExpires() {
    HttpConfig config = config(oauth2(", scopes: [a, b], endpoint_params: {audience: x y}"));
    HttpPoster poster = HttpPoster.create(config, executor, time);
    receiver
        .answer(200, "{\"access_token\":\"one\",\"token_type\":\"bearer\",\"expires_in\":100}")
        .answer(200, "")
        .answer(200, "");
    post(poster, config);
    assertThat(receiver.received().getFirst().path()).isEqualTo("/token");
    assertThat(receiver.received().getFirst().body())
        .isEqualTo("audience=x+y&grant_type=client_credentials&scope=a+b");
    assertThat(receiver.received().getFirst().header("Authorization"))
        .isEqualTo(HttpPoster.basic("me+%26+you", "hush%2F1"));
    assertThat(receiver.last().header("Authorization")).isEqualTo("Bearer one");
    post(poster, config);
    assertThat(receiver.received()).hasSize(3);
    time.advance(Duration.ofSeconds(95));
    receiver.answer(200, "{\"access_token\":\"two\",\"expires_in\":100}").answer(200, "");
    post(poster, config);
    assertThat(receiver.last().header("Authorization")).isEqualTo("Bearer two");
  }

  @Test
  void serverThatWantsTheClientInTheBody_getsItThere() {
    HttpConfig config = config(oauth2(""));
    receiver
        .answer(401, "{\"error\":\"invalid_client\"}")
        .answer(200, "{\"access_token\":\"one\"}")
        .answer(204, "");
    assertThat(post(HttpPoster.create(config, executor, time), config))
        .isInstanceOf(HttpPoster.Outcome.Answered.class);
    assertThat(receiver.received().get(1).body())
        .isEqualTo("client_id=me+%26+you&client_secret=hush%2F1&grant_type=client_credentials");
  }

  @Test
  void refusedToken_saysWhyWithoutTheSecret() {
    HttpConfig config = config(oauth2(""));
    HttpPoster poster = HttpPoster.create(config, executor, time);
    receiver
        .answer(401, "{\"error\":\"invalid_client\"}")
        .answer(400, "{\"error\":\"invalid_client\",\"error_description\":\"hush/1 is wrong\"}")
        .answer(503, "");
    assertThat(post(poster, config).toString())
        .contains("Rejected", "gave no access token: status 400, invalid_client")
        .doesNotContain("hush", "/token");
    assertThat(post(poster, config))
        .isInstanceOfSatisfying(
            HttpPoster.Outcome.Failed.class,
            failed -> assertThat(failed.result()).isInstanceOf(NotifyResult.Retryable.class));
  }

  @Test
  void tokenThatTheReceiverRefuses_isFetchedAnewAtTheNextAttempt() {
    HttpConfig config = config(oauth2(""));
    HttpPoster poster = HttpPoster.create(config, executor, time);
    receiver
        .answer(200, "{\"access_token\":\"one\"}")
        .answer(401, "")
        .answer(200, "{\"access_token\":\"two\"}")
        .answer(200, "");
    assertThat(post(poster, config))
        .isInstanceOfSatisfying(
            HttpPoster.Outcome.Failed.class,
            failed -> assertThat(failed.result()).isInstanceOf(NotifyResult.Retryable.class));
    assertThat(post(poster, config)).isInstanceOf(HttpPoster.Outcome.Answered.class);
    assertThat(receiver.last().header("Authorization")).isEqualTo("Bearer two");
  }

  @Test
  void proxy_isAskedForTheReceiver() {
    HttpConfig config = config("proxy_url: '" + receiver.url("") + "', no_proxy: direct.example");
    receiver.answer(200, "ok");
    HttpPoster poster = HttpPoster.create(config, executor, time);
    assertThat(
            poster.post(
                config,
                "http://hooks.example/a",
                "{}",
                "d",
                Duration.ZERO,
                time.instant().plusSeconds(60)))
        .isEqualTo(new HttpPoster.Outcome.Answered(200, "ok"));
    assertThat(receiver.last().path()).isEqualTo("http://hooks.example/a");
  }

  /// As Go's http proxy rules decide it: expected is the proxy's host, or nothing.
  @ParameterizedTest
  @CsvSource({
    "http://a.example/, '', proxy",
    "https://a.example/, '', proxy",
    "http://a.example/, *, ''",
    "http://a.example/, a.example, ''",
    "http://b.a.example/, a.example, ''",
    "http://ba.example/, a.example, proxy",
    "http://a.example/, .a.example, proxy",
    "http://b.a.example/, .a.example, ''",
    "http://b.a.example/, '*.a.example', ''",
    "http://a.example:81/, 'x, a.example:80', proxy",
    "http://a.example/, a.example:80, ''",
    "https://a.example/, a.example:443, ''",
    "http://10.1.2.3/, 10.0.0.0/8, ''",
    "http://11.1.2.3/, 10.0.0.0/8, proxy",
    "http://10.1.2.3/, 10.1.2.3, ''",
    "'http://[fd00::1]/', 'fd00::/8', ''",
    "http://10.1.2.3/, 10.0.0.0/99, proxy",
    "http://localhost/, '', proxy",
  })
  void proxyRules_noProxy_decideByHostPortAndNetwork(String url, String noProxy, String expected) {
    ProxySelector rules =
        ProxyRules.of(new ProxyConfig("http://proxy:3128", noProxy, false), Map.of()).orElseThrow();
    assertThat(host(rules, url)).isEqualTo(expected);
  }

  @Test
  void proxyRules_environment_namesAProxyForEachScheme() {
    var fromEnvironment = new ProxyConfig("", "", true);
    ProxySelector rules =
        ProxyRules.of(
                fromEnvironment,
                Map.of(
                    "http_proxy", "one:1", "HTTPS_PROXY", "http://two:2", "NO_PROXY", "x.example"))
            .orElseThrow();
    assertThat(host(rules, "http://a.example/")).isEqualTo("one");
    assertThat(host(rules, "https://a.example/")).isEqualTo("two");
    assertThat(host(rules, "https://x.example/")).isEmpty();
    assertThat(host(rules, "http://localhost/")).isEmpty();
    assertThat(host(rules, "http://127.0.0.9/")).isEmpty();
    assertThat(host(ProxyRules.of(fromEnvironment, Map.of()).orElseThrow(), "http://a/")).isEmpty();
    assertThatThrownBy(
            () -> ProxyRules.of(fromEnvironment, Map.of("HTTP_PROXY", "http://u:hush@p")))
        .hasMessageContaining("HTTP_PROXY")
        .hasMessageNotContaining("hush");
    assertThatThrownBy(() -> ProxyRules.of(fromEnvironment, Map.of("HTTP_PROXY", "socks5://p")))
        .hasMessageContaining("only HTTP proxies");
  }

  private static String host(ProxySelector rules, String url) {
    List<Proxy> proxies = rules.select(URI.create(url));
    return proxies.getFirst().address() instanceof InetSocketAddress address
        ? address.getHostString()
        : "";
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.1, true", "localhost, false"})
  void redirect_isFollowedAndToAnotherHostWithoutSecretHeaders(String host, boolean same)
      throws IOException {
    HttpConfig config =
        config("authorization: {credentials: s3cret}, http_headers: {X-Key: {secrets: [hidden]}}");
    receiver.answer(307, "", "Location", receiver.url("/there").replace("127.0.0.1", host));
    receiver.answer(200, "taken");
    var outcome =
        HttpPoster.create(config, executor, time)
            .call(
                config,
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
      HttpConfig config = config("follow_redirects: " + allowed);
      for (int i = 0; i < 6; i++) {
        receiver.answer(302, "", "Location", receiver.url("/again"));
      }
      assertThat(
              HttpPoster.create(config, executor, time)
                  .post(
                      config,
                      receiver.url("/x"),
                      "{}",
                      "id",
                      Duration.ZERO,
                      time.instant().plusSeconds(5)))
          .isInstanceOfSatisfying(
              HttpPoster.Outcome.Refused.class,
              refused -> assertThat(refused.status()).isEqualTo(302));
    }
    assertThat(receiver.received()).as("the first and five more, then one").hasSize(7);
  }

  @Test
  void userInAddress_isSentAsBasicAuthorization() throws IOException {
    HttpConfig config = config("follow_redirects: true");
    var _ =
        HttpPoster.create(config, executor, time)
            .post(
                config,
                receiver.url("/x").replace("http://", "http://joe:p%40w@"),
                "{}",
                "id",
                Duration.ZERO,
                time.instant().plusSeconds(5));
    assertThat(receiver.last().header("Authorization")).isEqualTo(HttpPoster.basic("joe", "p@w"));
  }

  @Test
  void noContent_thatAnnouncesABody_isAnAnswer() throws IOException {
    try (var server = new ServerSocket(0)) {
      executor.execute(
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
      HttpConfig config = config("follow_redirects: true");
      var outcome =
          HttpPoster.create(config, executor, time)
              .post(
                  config,
                  "http://127.0.0.1:" + server.getLocalPort() + "/",
                  "{}",
                  "id",
                  Duration.ZERO,
                  time.instant().plusSeconds(5));
      assertThat(outcome).isEqualTo(new HttpPoster.Outcome.Answered(204, ""));
    }
  }

  @Test
  void retryAfter_fractionsAreBelieved() {
    receiver.answer(429, "", "Retry-After", "1.5");
    assertThat(post(new HttpPoster(HttpClient.newHttpClient(), time), HttpConfig.DEFAULT))
        .isInstanceOfSatisfying(
            HttpPoster.Outcome.Refused.class,
            refused -> assertThat(refused.result().toString()).contains("PT1.5S"));
  }
}
