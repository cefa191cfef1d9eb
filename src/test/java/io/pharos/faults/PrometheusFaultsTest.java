package io.pharos.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The alerts on Prometheus and on messages that don't leave, raised by Debian's Prometheus and
/// Alertmanager.
@Tag("slow")
@Tag("peer")
@Timeout(120)
class PrometheusFaultsTest {
  @TempDir Path folder;

  private LivePrograms programs;
  private String address;

  @BeforeEach
  void begin() throws IOException {
    LivePrograms.need("prometheus", "prometheus-alertmanager");
    programs = new LivePrograms(folder);
    address = "127.0.0.1:" + LivePrograms.freePort();
    Files.writeString(
        folder.resolve("rules.yml"),
        "groups: [{name: g, rules: [{alert: Always, expr: vector(1)}]}]\n");
  }

  @AfterEach
  void close() {
    programs.close();
  }

  /// @param receivers who is told of alerts
  /// @param job more of the job that scrapes Prometheus itself
  private void configure(String receivers, String job, String rules) throws IOException {
    Files.writeString(
        folder.resolve("prometheus.yml"),
        """
        global: {scrape_interval: 250ms, scrape_timeout: 250ms, evaluation_interval: 250ms}
        rule_files: [%s]
        alerting: {alertmanagers: [%s]}
        scrape_configs: [{job_name: self, %sstatic_configs: [{targets: ['%s']}]}]
        """
            .formatted(rules, receivers, job, address));
  }

  private void start() throws IOException {
    programs.start(
        "prometheus",
        Map.of(),
        "prometheus",
        "--config.file=" + folder.resolve("prometheus.yml"),
        "--rules.alert.resend-delay=250ms",
        "--storage.tsdb.path=" + folder.resolve("tsdb"),
        "--web.listen-address=" + address);
  }

  @Test
  void prometheus_thatLosesAlertsScrapesAndItsLog_isTold() throws Exception {
    configure("", "", "");
    start();
    programs.target("prometheus", address);
    Map<String, String> alone =
        programs.pagesWith(
            "prometheus_notifications_alertmanagers_discovered 0",
            "prometheus_config_last_reload_successful 1");
    try (var run = new FaultRun(programs.targets(), "prometheus", "pharos")) {
      run.show(alone);
      run.pass(Duration.ofMinutes(15));
      assertThat(run.firing()).containsExactlyInAnyOrder("PrometheusNoAlertmanager", "Watchdog");

      Files.writeString(folder.resolve("prometheus.yml"), "no: configuration\n");
      programs.signal("prometheus", "HUP");
      run.show(programs.pagesWith("prometheus_config_last_reload_successful 0"));
      run.pass(Duration.ofMinutes(7));
      assertThat(run.firing())
          .containsExactlyInAnyOrder("ConfigReloadFailed", "PrometheusNoAlertmanager", "Watchdog");

      configure(
          "{static_configs: [{targets: ['127.0.0.1:1']}]}",
          "sample_limit: 1, ",
          folder.resolve("rules.yml").toString());
      programs.signal("prometheus", "HUP");
      String refused = "prometheus_target_scrapes_exceeded_sample_limit_total";
      String dropped = "prometheus_notifications_dropped_total";
      var raised = new TreeSet<String>();
      var last = new double[2];
      for (int minutes = 0; minutes < 12; minutes += 3) {
        Map<String, String> more =
            programs.pagesAs(
                "more that is lost",
                pages ->
                    LivePrograms.value(pages, refused) > last[0]
                        && LivePrograms.value(pages, dropped) > last[1]);
        last[0] = LivePrograms.value(more, refused);
        last[1] = LivePrograms.value(more, dropped);
        run.show(more);
        run.pass(Duration.ofMinutes(3));
        raised.addAll(run.firing());
      }
      assertThat(raised).contains("PrometheusAlertsDropped", "PrometheusScrapesRefused");

      programs.stop("prometheus");
      damage(folder.resolve("tsdb/wal/00000000"));
      start();
      run.show(programs.pagesWith("prometheus_tsdb_wal_corruptions_total 1"));
      run.pass(Duration.ofMinutes(14));
      assertThat(run.firing()).contains("PrometheusStoreFailing");
    }
  }

  private static void damage(Path segment) throws IOException {
    try (var file = FileChannel.open(segment, StandardOpenOption.WRITE)) {
      var _ = file.write(ByteBuffer.wrap(new byte[] {77, 77, 77, 77}), 20);
    }
  }

  @Test
  void messagesThatDoNotLeave_areTold() throws Exception {
    HttpServer refusing = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    refusing.createContext(
        "/",
        exchange -> {
          try (exchange) {
            exchange.sendResponseHeaders(400, -1);
          }
        });
    refusing.start();
    Path file =
        Files.writeString(
            folder.resolve("alertmanager.yml"),
            """
            route: {receiver: nobody, group_wait: 0s}
            receivers: [{name: nobody, webhook_configs: [{url: 'http://127.0.0.1:%d/'}]}]
            """
                .formatted(refusing.getAddress().getPort()));
    programs.export(
        "alertmanager",
        Map.of(),
        "prometheus-alertmanager",
        "--config.file=" + file,
        "--storage.path=" + folder.resolve("alertmanager"),
        "--cluster.listen-address=",
        "--web.listen-address=");
    String failed = "alertmanager_notifications_failed_total{integration=\"webhook\"";
    Map<String, String> healthy = programs.pagesWith(failed);
    try (var run = new FaultRun(programs.targets(), "pharos")) {
      run.show(healthy);
      run.pass(Duration.ofMinutes(10));
      assertThat(run.firing()).containsExactly("Watchdog");

      programs.post(
          "http://" + programs.targets().getFirst().address() + "/api/v2/alerts",
          "[{\"labels\":{\"alertname\":\"Lost\"}}]");
      run.show(
          programs.pagesAs(
              "a message that failed",
              pages ->
                  pages.values().stream()
                      .flatMap(String::lines)
                      .anyMatch(line -> line.startsWith(failed) && !line.endsWith(" 0"))));
      run.pass(Duration.ofMinutes(4));
      assertThat(run.firing()).containsExactlyInAnyOrder("NotificationsFailing", "Watchdog");
    } finally {
      refusing.stop(0);
    }
  }
}
