package io.pharos.server.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.alert.Alert;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.ingest.scrape.JdkClients;
import io.pharos.model.Labels;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Point 18 of the rules' semantics, behind the external labels: relabelling for all, then for each
/// Alertmanager.
class AlertFanoutTest {
  private final List<Alert> dispatched = new ArrayList<>();
  private final BlockingQueue<String> posted = new LinkedBlockingQueue<>();
  private final JdkClients clients = new JdkClients();
  private final AlertFanout fanout =
      new AlertFanout(dispatched::addAll, clients, 1, new SimpleMeterRegistry());
  private HttpServer server;

  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext(
        "/",
        exchange -> {
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

    assertThat(dispatched)
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
    assertThat(dispatched).hasSize(2);
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
