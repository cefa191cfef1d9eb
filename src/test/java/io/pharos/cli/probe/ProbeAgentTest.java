package io.pharos.cli.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.cli.Commands;
import io.pharos.cli.command.CommandManual;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.http.Clients;
import io.pharos.http.OutgoingClient;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.model.GoFloat;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.probe.ProbeConfig;
import io.pharos.probe.ProbeFile;
import io.pharos.remote.write.ReceivedMetadata;
import io.pharos.remote.write.WriteReceiver;
import io.pharos.schedule.JobScheduler;
import io.pharos.storage.InMemoryStorage;
import io.pharos.storage.SampleWindow;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// An agent that runs probes when the test says so, and what the receiver of a Pharos stores of it.
@Timeout(60)
class ProbeAgentTest {
  @TempDir Path folder;

  private final InMemoryStorage stored = new InMemoryStorage();
  private final Map<String, Consumer<Instant>> jobs = new LinkedHashMap<>();
  private final Clients clients = new Clients(InstantSource.system());
  private final List<String> authorizations = new CopyOnWriteArrayList<>();
  private volatile boolean away;
  private volatile int status = 200;
  private volatile long now = 1_000_000;
  private volatile boolean refuses;
  private HttpServer pharos;
  private HttpServer target;
  private OutgoingClient client;
  private ProbeAgent agent;

  @BeforeEach
  void start() throws IOException {
    var receiver =
        new WriteReceiver(
            stored,
            new ReceivedMetadata(),
            () -> Instant.ofEpochMilli(now),
            MemoryBounds.unbounded(),
            new SimpleMeterRegistry());
    pharos = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    pharos.createContext(
        "/api/v1/write",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          if (refuses) {
            byte[] text = "the token is not known".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(401, text.length);
            exchange.getResponseBody().write(text);
            exchange.close();
            return;
          }
          int answer = 503;
          if (!away) {
            authorizations.add(exchange.getRequestHeaders().getFirst("Authorization"));
            WriteReceiver.Outcome outcome =
                receiver.receive(
                    "ann", exchange.getRequestHeaders().getFirst("Content-Type"), "snappy", body);
            answer = outcome instanceof WriteReceiver.Outcome.Written ? 204 : 400;
          }
          exchange.sendResponseHeaders(answer, -1);
          exchange.close();
        });
    pharos.start();
    target = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    target.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    target.start();
    client = clients.open(HttpOptions.bearer(SecretSource.inline("agent-token")));
    agent = agent();
  }

  private ProbeAgent agent() throws IOException {
    JobScheduler scheduler =
        (name, every, offset, task) -> {
          jobs.put(name, task);
          return () -> jobs.remove(name);
        };
    return new ProbeAgent(
        "fra",
        probes(""),
        client,
        URI.create("http://127.0.0.1:" + pharos.getAddress().getPort() + "/api/v1/write"),
        scheduler,
        () -> Instant.ofEpochMilli(now),
        new SimpleMeterRegistry());
  }

  private List<ProbeConfig> probes(String more) throws IOException {
    Files.writeString(
        folder.resolve("p.yml"),
        """
        probes:
          - name: shop
            quorum: 3
            labels: {service: shop%s}
            http: {url: 'http://127.0.0.1:%d/'}
          - {name: cron, interval: 1h, push: {}}
        """
            .formatted(more, target.getAddress().getPort()));
    return ProbeFile.readAll(List.of(folder.resolve("p.yml")));
  }

  @AfterEach
  void close() {
    agent.close();
    client.close();
    clients.close();
    pharos.stop(0);
    target.stop(0);
  }

  private void run(String job, long at) {
    now = at;
    jobs.get(job).accept(Instant.ofEpochMilli(at));
  }

  private List<String> samples(String metric) {
    var found = new ArrayList<String>();
    var set =
        stored.select(List.of(LabelMatcher.equal(Labels.METRIC_NAME, metric)), 0, Long.MAX_VALUE);
    for (int i = 0; i < set.size(); i++) {
      assertThat(set.labels(i).withoutMetricName())
          .isEqualTo(
              Labels.of(
                  "job", "probe",
                  "instance", "http://127.0.0.1:" + target.getAddress().getPort() + "/",
                  "location", "fra",
                  "probe", "shop",
                  "service", "shop"));
      var window = new SampleWindow();
      set.read(i, 0, Long.MAX_VALUE, window);
      for (int at = 0; at < window.size(); at++) {
        double value = window.value(at);
        found.add(
            (StaleMarker.is(value) ? "stale" : GoFloat.plain(value)) + "@" + window.timestamp(at));
      }
    }
    return found;
  }

  @Test
  void results_arriveUnderTheLocation_withTheirTimes() {
    run("probe-shop", 1_005_000);
    status = 500;
    run("probe-shop", 1_035_000);

    assertThat(samples("probe_up")).containsExactly("1@1005000", "0@1035000");
    assertThat(samples("probe_interval_seconds")).containsExactly("30@1000000");
    assertThat(samples("probe_quorum")).containsExactly("3@1000000");
    assertThat(authorizations).containsOnly("Bearer agent-token");
    assertThat(jobs).containsOnlyKeys("probe-shop", "probe-intervals");
  }

  @Test
  void pharosAway_resultsAreKeptAndArriveInOrderWithTheirTimes() throws InterruptedException {
    run("probe-shop", 1_005_000);
    away = true;
    status = 500;
    run("probe-shop", 1_035_000);
    run("probe-shop", 1_065_000);
    status = 200;
    run("probe-shop", 1_095_000);
    assertThat(samples("probe_up")).containsExactly("1@1005000");
    assertThat(agent.pending()).isPositive();
    away = false;
    while (agent.pending() > 0) {
      Thread.onSpinWait();
    }

    assertThat(samples("probe_up"))
        .containsExactly("1@1005000", "0@1035000", "0@1065000", "1@1095000");
  }

  @Test
  void refusal_isKnownUntilSamplesAreTaken() {
    refuses = true;
    run("probe-shop", 1_005_000);
    assertThat(agent.refusal()).isEqualTo("401: the token is not known");

    refuses = false;
    run("probe-shop", 1_035_000);
    assertThat(agent.refusal()).isEmpty();
    assertThat(samples("probe_up")).hasSize(1);
  }

  @Test
  void end_writesNoEnd_sinceTheTargetIsStillThere() throws IOException {
    run("probe-shop", 1_005_000);
    agent.close();
    assertThat(samples("probe_up")).containsExactly("1@1005000");
    assertThat(jobs).isEmpty();

    now = 1_200_000;
    agent = agent();
    assertThat(samples("probe_interval_seconds")).containsExactly("30@1000000", "30@1200000");
    assertThat(samples("probe_up")).containsExactly("1@1005000");
  }

  @Test
  void reload_probeThatIsGone_endsItsSeries() {
    run("probe-shop", 1_005_000);
    agent.reload(List.of());

    assertThat(samples("probe_up")).containsExactly("1@1005000", "stale@1005001");
    assertThat(samples("probe_quorum")).last().asString().startsWith("stale");
  }

  @Test
  void ownLabelLocation_isRefused() throws IOException {
    List<ProbeConfig> probes = probes(", location: sin");

    assertThatThrownBy(() -> agent.reload(probes))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("probe shop sets the label location, which only the agent sets");
  }

  private int command(String... words) {
    var err = new ByteArrayOutputStream();
    int code =
        new Commands(Map.of(), System.out, new PrintStream(err, true, StandardCharsets.UTF_8))
            .run("probe-agent", List.of(words));
    told = err.toString(StandardCharsets.UTF_8);
    return code;
  }

  private String told = "";

  @Test
  void command_whatItCannotDo_isRefused() throws IOException {
    assertThat(command()).isEqualTo(CommandManual.USAGE);
    assertThat(told).contains("--location", "a name of 1 to 64 characters without spaces");
    assertThat(command("--location=a b")).isEqualTo(CommandManual.USAGE);
    assertThat(command("--location=fra", "--url=nowhere")).isEqualTo(CommandManual.USAGE);
    assertThat(command("--location=fra", "--probes.dir=" + folder.resolve("none"))).isEqualTo(78);
    assertThat(told).contains(": no probes that an agent can run");
    Files.writeString(folder.resolve("q.yml"), "probes: [{name: x}]\n");
    assertThat(command("--location=fra", "--probes.dir=" + folder)).isEqualTo(78);
    assertThat(told).contains("expected one of http", "not started");
    Files.delete(folder.resolve("q.yml"));
    probes(", location: sin");
    assertThat(command("--location=fra", "--probes.dir=" + folder)).isEqualTo(78);
    assertThat(told).contains("which only the agent sets");
  }

  @Test
  void command_probesByItself_untilItIsStopped() throws Exception {
    Files.writeString(
        folder.resolve("p.yml"),
        "probes:\n  - {name: shop, interval: 1s, http: {url: 'http://127.0.0.1:%d/'}}\n"
            .formatted(target.getAddress().getPort()));
    agent.close();
    now = System.currentTimeMillis();
    var err = new ByteArrayOutputStream();
    Thread running =
        Thread.ofVirtual()
            .start(
                () ->
                    new Commands(Map.of("PHAROS_TOKEN", "t"), System.out, new PrintStream(err))
                        .run(
                            "probe-agent",
                            List.of(
                                "--location=fra",
                                "--url=http://127.0.0.1:" + pharos.getAddress().getPort(),
                                "--probes.dir=" + folder)));
    while (count("probe_up") < 2) {
      assertThat(running.isAlive()).as(err.toString()).isTrue();
      Thread.yield();
    }
    refuses = true;
    while (!err.toString(StandardCharsets.UTF_8).contains("Pharos refuses them with 401: the")) {
      assertThat(running.isAlive()).as(err.toString()).isTrue();
      Thread.yield();
    }
    running.interrupt();
    assertThat(running.join(Duration.ofSeconds(30))).isTrue();
    assertThat(Collections.frequency(authorizations, "Bearer t")).isPositive();
  }

  private int count(String metric) {
    var set =
        stored.select(
            List.of(
                LabelMatcher.equal(Labels.METRIC_NAME, metric),
                LabelMatcher.equal("location", "fra")),
            0,
            Long.MAX_VALUE);
    int count = 0;
    for (int i = 0; i < set.size(); i++) {
      var window = new SampleWindow();
      set.read(i, 0, Long.MAX_VALUE, window);
      count += window.size();
    }
    return count;
  }
}
