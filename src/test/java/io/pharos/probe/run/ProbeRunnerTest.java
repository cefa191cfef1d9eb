package io.pharos.probe.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.model.GoFloat;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.probe.ProbeConfig;
import io.pharos.probe.ProbeFile;
import io.pharos.probe.ProbeOutcome;
import io.pharos.probe.ProbeResult;
import io.pharos.probe.protocol.Prober;
import io.pharos.probe.protocol.RawServer;
import io.pharos.schedule.JobScheduler;
import io.pharos.storage.ArrivalListener;
import io.pharos.storage.InMemoryStorage;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import io.pharos.trouble.FailureOrigin;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProbeRunnerTest {
  private record Scheduled(Duration every, Duration offset, Consumer<Instant> task) {}

  /// Runs jobs when the test says so.
  private static final class ManualScheduler implements JobScheduler {
    private final Map<String, Scheduled> jobs = new LinkedHashMap<>();

    @Override
    public Job schedule(String name, Duration every, Duration offset, Consumer<Instant> task) {
      assertThat(jobs).doesNotContainKey(name);
      jobs.put(name, new Scheduled(every, offset, task));
      return () -> jobs.remove(name);
    }
  }

  @TempDir Path directory;

  private final InMemoryStorage storage = new InMemoryStorage();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final ObservationGaps blindness = new ObservationGaps();
  private final ManualScheduler scheduler = new ManualScheduler();
  private long now = 1000;
  private Runnable duringAttempt = () -> {};
  private RawServer server;
  private ProbeRunner runner;

  @BeforeEach
  void start() throws IOException {
    server = new RawServer();
    var prober = new Prober(() -> Instant.ofEpochMilli(now));
    runner =
        new ProbeRunner(
            probes(""),
            new ProbeRunner.Ports(
                storage,
                scheduler,
                () -> Instant.ofEpochMilli(now),
                registry,
                blindness,
                new TimeContinuity(() -> Instant.ofEpochMilli(now), blindness),
                PushStore.inMemory(),
                ArrivalListener.IGNORED),
            prober,
            config -> {
              ProbeResult result = prober.probe(config);
              duringAttempt.run();
              return result;
            });
    runner.start();
  }

  @AfterEach
  void close() {
    runner.close();
    server.close();
  }

  private List<ProbeConfig> probes(String more) throws IOException {
    Path file = directory.resolve("p.yml");
    Files.writeString(
        file,
        """
        probes:
          - name: web
            labels: {service: s}
            http: {url: 'http://127.0.0.1:%d/'%s}
          - name: port
            tcp: {host: 127.0.0.1, port: %d}
        """
            .formatted(server.port(), more, server.port()));
    return ProbeFile.readAll(List.of(file));
  }

  private void run(String name, long at) {
    now = at;
    scheduler.jobs.get("probe-" + name).task.accept(Instant.ofEpochMilli(at));
  }

  private List<String> samples(String metric, String probe) {
    var found = new ArrayList<String>();
    var set =
        storage.select(
            List.of(
                LabelMatcher.equal(Labels.METRIC_NAME, metric), LabelMatcher.equal("probe", probe)),
            Long.MIN_VALUE,
            Long.MAX_VALUE);
    for (int i = 0; i < set.size(); i++) {
      var window = new SampleWindow();
      set.read(i, Long.MIN_VALUE, Long.MAX_VALUE, window);
      for (int at = 0; at < window.size(); at++) {
        double value = window.value(at);
        String text = StaleMarker.is(value) ? "stale" : GoFloat.plain(value);
        found.add(text + "@" + window.timestamp(at));
      }
    }
    return found;
  }

  @Test
  void run_success_writesAllSeries() {
    run("web", 5000);
    run("port", 6000);

    assertThat(samples("probe_success", "web")).containsExactly("1@5000");
    assertThat(samples("probe_http_status_code", "web")).containsExactly("200@5000");
    assertThat(samples("probe_http_ssl", "web")).containsExactly("0@5000");
    assertThat(samples("probe_failed_due_to_assertion", "web")).containsExactly("0@5000");
    assertThat(samples("probe_duration_seconds", "web")).hasSize(1);
    assertThat(samples("probe_dns_lookup_time_seconds", "web")).hasSize(1);
    assertThat(samples("probe_http_duration_seconds", "web")).hasSize(5);
    assertThat(samples("probe_ssl_earliest_cert_expiry", "web")).isEmpty();
    assertThat(samples("probe_success", "port")).containsExactly("1@6000");
    assertThat(samples("probe_http_status_code", "port")).isEmpty();
    var set =
        storage.select(
            List.of(
                LabelMatcher.equal(Labels.METRIC_NAME, "probe_success"),
                LabelMatcher.equal("probe", "web")),
            0,
            9000);
    assertThat(set.labels(0).withoutMetricName())
        .isEqualTo(
            Labels.of(
                "job", "probe",
                "instance", "http://127.0.0.1:" + server.port() + "/",
                "probe", "web",
                "service", "s"));
    assertThat(registry.get("pharos_probes").tags("outcome", "success").counter().count())
        .isEqualTo(2);
  }

  @Test
  void run_versionEndpoint_tellsWhatRuns_andEndsWhatRanBefore() throws IOException {
    runner.reload(probes(", info: {version: $.data.version, digest: $.data.digest}"));
    answer("{\"code\":0,\"data\":{\"version\":\"1.4\",\"digest\":\"sha256:ab\"}}");
    run("web", 5000);
    answer("{\"code\":0,\"data\":{\"version\":\"1.5\"}}");
    run("web", 6000);
    answer("{\"code\":0,\"data\":{\"version\":null}}");
    run("web", 7000);
    server.answer = "HTTP/1.1 503 No\r\n\r\n";
    run("web", 8000);

    assertThat(info()).containsExactly("1.4 sha256:ab 1@5000 stale@6000", "1.5  1@6000 stale@7000");
    assertThat(samples("probe_success", "web"))
        .containsExactly("1@5000", "1@6000", "1@7000", "0@8000");
  }

  private void answer(String body) {
    server.answer =
        "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s".formatted(body.length(), body);
  }

  private List<String> info() {
    var found = new ArrayList<String>();
    var set =
        storage.select(
            List.of(LabelMatcher.equal(Labels.METRIC_NAME, "probe_info")), 0, Long.MAX_VALUE);
    for (int i = 0; i < set.size(); i++) {
      Labels labels = set.labels(i);
      found.add(labels.get("version") + " " + labels.get("digest") + " " + texts(set, i));
    }
    Collections.sort(found);
    return found;
  }

  private static String texts(SeriesSet set, int index) {
    var window = new SampleWindow();
    set.read(index, Long.MIN_VALUE, Long.MAX_VALUE, window);
    return IntStream.range(0, window.size())
        .mapToObj(
            at ->
                (StaleMarker.is(window.value(at)) ? "stale" : GoFloat.plain(window.value(at)))
                    + "@"
                    + window.timestamp(at))
        .collect(Collectors.joining(" "));
  }

  @Test
  void run_thresholdsAndParents_standBesideTheResult() throws IOException {
    Path file = directory.resolve("q.yml");
    Files.writeString(
        file,
        """
        probes:
          - name: web
            down_after: 2 of 3
            up_after: 2
            http: {url: 'http://127.0.0.1:%d/'}
          - name: page
            parents: [web]
            http: {url: 'http://127.0.0.1:%d/page'}
        """
            .formatted(server.port(), server.port()));
    runner.reload(ProbeFile.readAll(List.of(file)));
    String good = server.answer;

    server.answer = "HTTP/1.1 500 No\r\n\r\n";
    run("web", 5000);
    run("page", 6000);
    run("web", 7000);
    run("page", 8000);
    server.answer = good;
    run("web", 9000);
    run("page", 10000);
    run("web", 11000);
    run("page", 12000);

    assertThat(samples("probe_success", "web"))
        .containsExactly("0@5000", "0@7000", "1@9000", "1@11000");
    assertThat(samples("probe_up", "web")).containsExactly("0@7000", "0@9000", "1@11000");
    assertThat(samples("probe_undecided", "web")).containsExactly("1@5000", "stale@7000");
    assertThat(samples("probe_parent_down", "web")).isEmpty();
    assertThat(samples("probe_up", "page"))
        .containsExactly("0@6000", "0@8000", "1@10000", "1@12000");
    assertThat(samples("probe_parent_down", "page"))
        .containsExactly("1@8000", "1@10000", "0@12000");
    assertThat(samples("probe_flapping", "web")).hasSize(4).allMatch(each -> each.startsWith("0@"));
  }

  @Test
  void run_late_isMeasured() {
    now = 5250;
    scheduler.jobs.get("probe-web").task.accept(Instant.ofEpochMilli(5000));

    assertThat(registry.get("pharos_probe_lateness").timer().max(TimeUnit.MILLISECONDS))
        .isEqualTo(250);
  }

  @Test
  void run_failure_writesZero() {
    server.answer = "HTTP/1.1 500 No\r\n\r\n";
    run("web", 5000);

    assertThat(samples("probe_success", "web")).containsExactly("0@5000");
    assertThat(samples("probe_failed_due_to_assertion", "web")).containsExactly("1@5000");
  }

  @Test
  void run_unknown_writesNothingAndCounts() throws IOException {
    run("web", 5000);
    runner.reload(probes(", bearer_token_file: none"));
    run("web", 6000);

    assertThat(samples("probe_success", "web")).containsExactly("1@5000", "stale@5001");
    assertThat(registry.get("pharos_probe_unknown").tags("probe", "web").counter().count()).isOne();
    assertThat(runner.status("web").orElseThrow().last().orElseThrow().outcome())
        .isInstanceOf(ProbeOutcome.Unknown.class);
    assertThat(blindness.gaps())
        .singleElement()
        .satisfies(spot -> assertThat(spot.labels().get("probe")).isEqualTo("web"));
  }

  @Test
  void run_whileTheClockIsSetBack_isUnknown() {
    run("web", 8_000_000);
    run("web", 8_000_000 - 3_600_000);

    assertThat(samples("probe_success", "web")).containsExactly("1@8000000");
    assertThat(runner.status("web").orElseThrow().last().orElseThrow().outcome())
        .isEqualTo(new ProbeOutcome.Unknown(FailureOrigin.Kind.CLOCK, "the clock was set back"));
    assertThat(blindness.gaps()).anyMatch(spot -> spot.labels().get("probe").equals("web"));
  }

  @Test
  void run_processStoodStillMeanwhile_anAnswerThatIsMissedSaysNothingOfTheTarget() {
    server.answer = "HTTP/1.1 500 No\r\n\r\n";
    duringAttempt = () -> now += 600_000;
    run("web", 5000);

    assertThat(samples("probe_success", "web")).isEmpty();
    assertThat(runner.status("web").orElseThrow().last().orElseThrow().outcome().word())
        .isEqualTo("unknown");
  }

  @Test
  void once_isBesideTheSchedule_andTriesNothingAgain() {
    server.answer = "HTTP/1.1 500 No\r\n\r\n";
    assertThat(runner.once("web").orElseThrow().outcome()).isInstanceOf(ProbeOutcome.Failure.class);
    assertThat(runner.once("web").orElseThrow().attempts()).isOne();
    assertThat(runner.once("nobody")).isEmpty();
    assertThat(samples("probe_success", "web")).isEmpty();
    assertThat(runner.status("web").orElseThrow().last()).isEmpty();

    duringAttempt = () -> now += 600_000;
    assertThat(runner.once("web").orElseThrow().outcome().word()).isEqualTo("unknown");
  }

  @Test
  void interval_isWrittenWhileTheProbeIsThere_whateverItsResults() {
    assertThat(samples("probe_interval_seconds", "web")).containsExactly("30@1000");
    now = 31_000;
    scheduler.jobs.get("probe-intervals").task.accept(Instant.ofEpochMilli(now));
    assertThat(samples("probe_interval_seconds", "web")).containsExactly("30@1000", "30@31000");
    assertThat(scheduler.jobs.get("probe-intervals").every).isEqualTo(Duration.ofSeconds(30));
    runner.close();
    assertThat(samples("probe_interval_seconds", "web")).hasSize(2);
  }

  @Test
  void reload_sameProbes_keepsResultsAndOthersEnd() throws IOException {
    run("web", 5000);
    run("port", 5000);
    runner.reload(probes(""));
    assertThat(runner.status("web").orElseThrow().recent()).hasSize(1);

    runner.reload(List.of(probes("").getFirst()));

    assertThat(samples("probe_success", "port")).containsExactly("1@5000", "stale@5001");
    assertThat(scheduler.jobs).containsOnlyKeys("probe-web", "probe-intervals");
    assertThat(samples("probe_interval_seconds", "port"))
        .containsExactly("30@1000", "30@5000", "stale@5001");
    assertThat(runner.snapshot()).hasSize(1);
    assertThat(runner.status("port")).isEmpty();
  }

  @Test
  void status_manyResults_keepsTheLast() {
    for (int i = 0; i < ProbeStatus.MAX_RECENT; i++) {
      run("port", 10_000 + i);
    }
    run("port", 20_000);
    assertThat(runner.status("port").orElseThrow().recent()).hasSize(ProbeStatus.MAX_RECENT);
  }

  @Test
  void start_probes_areScheduledAtPlacesOfTheirOwn() {
    assertThat(scheduler.jobs).containsOnlyKeys("probe-web", "probe-port", "probe-intervals");
    Scheduled web = scheduler.jobs.get("probe-web");
    assertThat(web.every).isEqualTo(Duration.ofSeconds(30));
    assertThat(web.offset).isBetween(Duration.ZERO, Duration.ofSeconds(30));
    assertThat(web.offset).isNotEqualTo(scheduler.jobs.get("probe-port").offset);
    runner.close();
    assertThat(scheduler.jobs).isEmpty();
  }
}
