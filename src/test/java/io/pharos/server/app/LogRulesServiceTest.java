package io.pharos.server.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.cli.serve.ServeOptions;
import io.pharos.config.yaml.ConfigException;
import io.pharos.rules.AlertState;
import io.pharos.rules.GroupSnapshot;
import io.pharos.rules.RuleHealth;
import io.pharos.rules.RuleSnapshot;
import io.pharos.schedule.LoopRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The service with the shipped log rules, and a Loki with a panic line.
class LogRulesServiceTest {
  @TempDir Path folder;
  private final Map<String, Consumer<Instant>> jobs = new ConcurrentHashMap<>();
  private final List<String> tokens = new ArrayList<>();
  private HttpServer loki;
  private Path logRules;
  private Service service;

  @BeforeEach
  void begin() throws IOException {
    loki = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    loki.createContext(
        "/loki/api/v1/query",
        exchange -> {
          tokens.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
          String form = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
          String result =
              form.contains("panic+recovered")
                  ? "{\"metric\":{\"job\":\"remotegpu-backend\",\"host\":\"h\"},\"value\":[1,\"2\"]}"
                  : "";
          byte[] answer =
              ("{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":["
                      + result
                      + "]}}")
                  .getBytes(UTF_8);
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    loki.start();
    logRules = Files.createDirectories(folder.resolve("rules/loki"));
    Files.copy(Path.of("alert-rules/loki/backend.yml"), logRules.resolve("backend.yml"));
    Files.writeString(
        folder.resolve("prometheus.yml"), "rule_files: ['" + folder + "/rules/*.yml']\n");
    Files.writeString(
        folder.resolve("alertmanager.yml"), "route: {receiver: r}\nreceivers: [{name: r}]\n");
    Files.writeString(folder.resolve("token"), "t0ken\n");
  }

  @AfterEach
  void end() {
    if (service != null) {
      service.close();
    }
    loki.stop(0);
  }

  private void serve(String... more) {
    var words =
        new ArrayList<>(
            List.of(
                "--config.file=" + folder.resolve("prometheus.yml"),
                "--notifications.file=" + folder.resolve("alertmanager.yml"),
                "--storage.path=" + folder.resolve("data"),
                "--probes.dir=",
                "--gates.dir=",
                "--rollouts.dir="));
    words.addAll(List.of(more));
    ServeOptions options = ServeOptions.parse(words, Map.of(), false);
    var clock = InstantSource.system();
    var registry = new SimpleMeterRegistry();
    service =
        new Service(
            options,
            VersionedFiles.read(options),
            clock,
            (name, _, _, task) -> {
              jobs.put(name, task);
              return () -> {};
            },
            registry,
            new LoopRegistry(clock, System::nanoTime, registry),
            (_, _) -> (_, _) -> new NotifyResult.Rejected("no mail here"));
    service.reload();
  }

  private String query() {
    return "--loki.query-url=http://127.0.0.1:" + loki.getAddress().getPort();
  }

  @Test
  void rulesOfTheFolder_areAskedOfLoki_withItsToken_andFire() {
    serve(query(), "--loki.token-file=" + folder.resolve("token"));
    String job = "rules " + logRules.resolve("backend.yml") + ";logs-programs";
    assertThat(jobs).containsKey(job);
    jobs.get(job).accept(Instant.now());

    GroupSnapshot group = service.rules().groups().getFirst();
    assertThat(group.rules())
        .extracting(rule -> rule.evaluation().health())
        .containsOnly(RuleHealth.OK);
    assertThat(group.rules().getFirst())
        .isInstanceOfSatisfying(
            RuleSnapshot.Alerting.class,
            rule -> {
              assertThat(rule.name()).isEqualTo("BackendPanicked");
              assertThat(rule.isOfLines()).isTrue();
              assertThat(rule.state()).isEqualTo(AlertState.FIRING);
            });
    assertThat(tokens).isNotEmpty().containsOnly("Bearer t0ken");
  }

  @Test
  void withoutALoki_theyAreReadAndNotEvaluated() throws IOException {
    serve();
    assertThat(service.rules().groups()).isEmpty();
    assertThat(service.files.logRules()).hasSize(1);

    Files.writeString(
        logRules.resolve("bad.yml"),
        "groups: [{name: g, rules: [{alert: A, expr: 'rate(up[5m])'}]}]\n");
    assertThatThrownBy(() -> service.reload())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("bad.yml:1")
        .hasMessageContaining("parse error");
  }
}
