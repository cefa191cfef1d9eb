package io.pharos.alerting.upstream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.alert.Alert;
import io.pharos.alerting.alert.RecordingSink;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.http.Clients;
import io.pharos.model.Labels;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Relabelling happens after external labels: first for all, then for each Alertmanager.
class AlertFanoutTest {
  private final RecordingSink dispatcher = new RecordingSink();
  private final BlockingQueue<String> posted = new LinkedBlockingQueue<>();
  private final Clients clients = new Clients(InstantSource.system());
  private final AlertFanout fanout =
      new AlertFanout(dispatcher, clients, 1, new SimpleMeterRegistry());
  private volatile Headers headers = new Headers();
  private HttpServer server;

  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext(
        "/",
        exchange -> {
          headers = exchange.getRequestHeaders();
          posted.add(
              exchange.getRequestURI()
                  + " "
                  + new String(exchange.getRequestBody().readAllBytes(), UTF_8));
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() throws Exception {
    fanout.close();
    clients.close();
    server.stop(0);
  }

  private void load(String alerting) {
    String text = alerting.replace("PORT", Integer.toString(server.getAddress().getPort()));
    fanout.prepareReload(PrometheusConfig.parse("p.yml", text, Path.of("/"), Map.of())).run();
  }

  private static Alert alert(String... labels) {
    return new Alert(Labels.of(labels), Labels.empty(), Instant.EPOCH, Instant.EPOCH, "");
  }

  private String next() throws Exception {
    return posted.poll(10, TimeUnit.SECONDS);
  }

  @Test
  void point18_relabelling_isForAllFirstAndThenForEachAlertmanager() throws Exception {
    load(
        """
        alerting:
          alert_relabel_configs:
          - {source_labels: [replica], regex: (.+), target_label: seen}
          - {regex: replica, action: labeldrop}
          - {source_labels: [severity], regex: debug, action: drop}
          alertmanagers:
          - path_prefix: /one
            static_configs: [{targets: ['127.0.0.1:PORT']}]
            alert_relabel_configs:
            - {source_labels: [seen], target_label: own}
        """);
    fanout.send(
        List.of(
            alert("alertname", "A", "replica", "r1"),
            alert("alertname", "B", "severity", "debug")));

    assertThat(dispatcher.sent)
        .extracting(Alert::labels)
        .containsExactly(Labels.of("alertname", "A", "seen", "r1"));
    assertThat(next())
        .startsWith("/one/api/v2/alerts [")
        .contains("\"seen\":\"r1\"")
        .contains("\"own\":\"r1\"")
        .doesNotContain("replica")
        .doesNotContain("\"B\"");
  }

  @Test
  void postedEnd_ofRelabelledAlert_isThatOfTheDispatcher() {
    load("alerting: {alert_relabel_configs: [{regex: replica, action: labeldrop}]}");
    dispatcher.ends.put(Labels.of("alertname", "A"), Instant.EPOCH);
    assertThat(fanout.postedEnd(Labels.of("alertname", "A", "replica", "r1")))
        .contains(Instant.EPOCH);
  }

  @Test
  void point18_allAlertsDropped_nothingIsPosted() throws Exception {
    load(
        """
        alerting:
          alertmanagers:
          - static_configs: [{targets: ['127.0.0.1:PORT']}]
            alert_relabel_configs: [{source_labels: [alertname], regex: A, action: drop}]
        """);
    fanout.send(List.of(alert("alertname", "A")));
    fanout.send(List.of(alert("alertname", "B")));

    assertThat(next()).contains("\"B\"").doesNotContain("\"A\"");
    assertThat(dispatcher.sent).hasSize(2);
  }

  @Test
  void relabelConfigs_workOnTheDiscoveredAlertmanager() throws Exception {
    load(
        """
        alerting:
          alertmanagers:
          - static_configs: [{targets: ['none:1', '127.0.0.1:PORT'], labels: {tier: two}}]
            path_prefix: /one
            relabel_configs:
            - {source_labels: [__address__], regex: none.*, action: drop}
            - {source_labels: [__alerts_path__, tier], separator: '/', target_label: __alerts_path__}
        """);
    assertThat(fanout.urls()).hasSize(1);
    fanout.send(List.of(alert("alertname", "A")));

    assertThat(next()).startsWith("/one/api/v2/alerts/two ");
  }

  @Test
  void fileSdConfigs_areReadAndReadAgain(@TempDir Path folder) throws Exception {
    Path targets = folder.resolve("am.json");
    Files.writeString(targets, "[]");
    String config =
        "alerting: {alertmanagers: [{file_sd_configs: [{files: ['%s'], refresh_interval: 1s}]}]}";
    load(config.formatted(targets));
    assertThat(fanout.urls()).isEmpty();

    Files.writeString(
        targets, "[{\"targets\": [\"127.0.0.1:%d\"]}]".formatted(server.getAddress().getPort()));
    fanout.refresh();
    fanout.send(List.of(alert("alertname", "A")));

    assertThat(next()).startsWith("/api/v2/alerts ");
  }

  @Test
  void httpHeaders_areSent_andCredentialsFilesAreReadOnEachUse(@TempDir Path folder)
      throws Exception {
    Path token = Files.writeString(folder.resolve("token"), "one");
    load(
        """
        alerting:
          alertmanagers:
          - static_configs: [{targets: ['127.0.0.1:PORT']}]
            authorization: {credentials_file: %s}
            http_headers: {X-Tenant: {values: [t]}}
        """
            .formatted(token));
    fanout.send(List.of(alert("alertname", "A")));
    next();
    assertThat(headers.getFirst("Authorization")).isEqualTo("Bearer one");
    assertThat(headers.getFirst("X-Tenant")).isEqualTo("t");

    Files.writeString(token, "two");
    fanout.send(List.of(alert("alertname", "A")));
    next();
    assertThat(headers.getFirst("Authorization")).isEqualTo("Bearer two");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void followRedirects_isKeptTo(boolean follow) throws Exception {
    server.createContext(
        "/moved",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          exchange.getResponseHeaders().add("Location", "/new/api/v2/alerts");
          exchange.sendResponseHeaders(307, -1);
          exchange.close();
        });
    load(
        """
        alerting:
          alertmanagers:
          - path_prefix: /moved
            follow_redirects: %s
            static_configs: [{targets: ['127.0.0.1:PORT']}]
        """
            .formatted(follow));
    fanout.send(List.of(alert("alertname", "A")));
    fanout.close();

    assertThat(posted).hasSize(follow ? 1 : 0);
  }

  @Test
  void reload_alertsQueuedForThePreviousAlertmanager_stillArrive() throws Exception {
    load("alerting: {alertmanagers: [{static_configs: [{targets: ['127.0.0.1:PORT']}]}]}");
    fanout.send(List.of(alert("alertname", "A")));
    load("alerting: {}");
    fanout.send(List.of(alert("alertname", "B")));

    assertThat(next()).contains("\"A\"");
    assertThat(posted).isEmpty();
  }
}
