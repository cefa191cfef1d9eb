package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pharos.trouble.SmallDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

/// Everything at once, for long: hostile targets, heavy queries, storms of alerts, reloads, kills,
/// a disk that is full and has room again. `./pharos soak --minutes=N`, and thirty minutes at
/// night; in other builds it is skipped.
///
/// What is judged: no message is lost, nothing is told that is not so, and descriptors and memory
/// stay where they were. What it took is printed and written to `target/soak.md`.
class SoakIT {
  private static final int MINUTES = Integer.getInteger("pharos.soak.minutes", 0);
  private static final int ALERTS = 60;
  private static final Duration PATIENCE = Duration.ofMinutes(4);

  /// Kills happen in the first part of the time, so that what comes after is the life of one
  /// process, over which growth can be seen; and once at the end.
  private static final double KILLING = 0.4;

  /// What a container of 512 MiB gives, as in the shipped compose file.
  private static final String HEAP = "-Xmx256m";

  private static final int DESCRIPTORS = 50;
  private static final double HEAP_MEBIBYTES = 24;

  /// Of queries that are legal and dear, some are refused by a bound and the others take long.
  private static final List<String> HEAVY =
      List.of(
          "/api/v1/query?query=count_over_time(%7B__name__%3D~%22.%2B%22%7D%5B1h%3A1s%5D)",
          "/api/v1/query_range?query=sum+by+(n)(rate(churn%5B5m%5D))&start=0&end=9000&step=1",
          "/api/v1/query?query=count+by+(n)(%7B__name__%3D~%22.*%22%7D)+*+on(n)+group_left+churn",
          "/api/v1/series?match%5B%5D=%7B__name__%3D~%22.%2B%22%7D",
          "/api/v1/query_range?query=label_replace(churn,%22a%22,%22$1%22,%22n%22,%22(.*)%22)&start=0&end=6000&step=1",
          "/federate?match%5B%5D=%7B__name__%3D~%22.%2B%22%7D");

  /// The state of the process at a moment.
  private record Reading(double minute, long descriptors, long live, long resident) {}

  private final Path folder = Path.of("target", "e2e", "soak-" + ProcessHandle.current().pid());
  private final Random random = new Random(Long.getLong("pharos.soak.seed", 42));
  private final List<Reading> readings = new ArrayList<>();
  private final AtomicInteger queries = new AtomicInteger();
  private final TreeMap<String, Integer> done = new TreeMap<>();
  private final int port;
  private PharosProcess pharos;
  private long began;

  SoakIT() throws IOException {
    port = PharosProcess.freePort();
  }

  @Test
  void allAtOnce_losesNothing_tellsNothingFalse_andGrowsNot() throws Exception {
    assumeTrue(MINUTES > 0, "only at night and by ./pharos soak --minutes=N");
    Files.createDirectories(folder);
    SmallDisk disk = null;
    String noDisk = "";
    try {
      disk = SmallDisk.mount(folder.resolve("disk"), "512m");
    } catch (TestAbortedException e) {
      noDisk = String.valueOf(e.getMessage());
    }
    Path data = disk == null ? folder.resolve("data") : disk.folder().resolve("data");
    var over = new AtomicBoolean();
    try (var receiver = new StormReceiver();
        var targets = new HostileTargets()) {
      var storm = new Storm(receiver);
      configure(receiver, targets, 0);
      pharos = start(data);
      began = System.nanoTime();
      Thread asking = Thread.ofPlatform().daemon().start(() -> ask(over));
      for (int round = 1; minutes() < MINUTES; round++) {
        storm(storm, round);
        count("storms of " + ALERTS + " alerts");
        configure(receiver, targets, round);
        assertThat(pharos.post("/-/reload", "").statusCode()).isEqualTo(200);
        count("reloads");
        boolean killing = minutes() < MINUTES * KILLING;
        if (killing && round % 2 == 0) {
          kill(data, storm, round);
        } else if (disk != null && round % 3 == 0) {
          fill(disk, storm, round);
        } else {
          TimeUnit.SECONDS.sleep(2);
        }
        if (!killing) {
          read();
        }
        falsehoods(receiver, storm);
      }
      over.set(true);
      asking.join();
      kill(data, storm, 1_000_000);
      String verdict = storm.verdict();
      Set<String> falsehoods = falsehoods(receiver, storm);
      report(verdict, falsehoods, targets, receiver, noDisk);

      assertThat(receiver.missing(storm.expected())).as("lost: " + verdict).isEmpty();
      assertThat(falsehoods).as("told and not so").isEmpty();
      assertThat(receiver.told()).contains("firing Steady");
      assertThat(growth(Reading::descriptors)).as("descriptors").isLessThan(DESCRIPTORS);
      assertThat(growth(Reading::live)).as("heap in MiB").isLessThan(HEAP_MEBIBYTES);
    } finally {
      over.set(true);
      if (pharos != null) {
        pharos.close();
      }
      if (disk != null) {
        disk.close();
      }
    }
  }

  private double minutes() {
    return (System.nanoTime() - began) / 60e9;
  }

  private void count(String what) {
    done.merge(what, 1, Integer::sum);
  }

  /// Receivers and targets change from round to round.
  private void configure(StormReceiver receiver, HostileTargets targets, int round)
      throws IOException {
    Files.writeString(
        folder.resolve("alertmanager.yml"),
        """
        route: {receiver: hook, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 4h}
        receivers:
          - {name: hook, webhook_configs: [{url: '%s'}]}
          - {name: 'spare-%d', webhook_configs: [{url: '%sspare-%d', http_config: {follow_redirects: false}}]}
        """
            .formatted(receiver.url(), round, receiver.url(), round));
    Files.writeString(
        folder.resolve("rules.yml"),
        """
        groups:
          - name: truth
            interval: 1s
            rules:
              - {alert: Steady, expr: 'min_over_time(steady[5m]) == 1', labels: {severity: critical}}
              - {alert: SteadyDown, expr: 'up{job="steady"} == 0', for: 1m, labels: {severity: critical}}
              - {alert: SteadyGone, expr: 'absent(up{job="steady"})', for: 5m, labels: {severity: critical}}
        """);
    var config =
        new StringBuilder(
            """
            global: {scrape_interval: 2s, scrape_timeout: 2s, evaluation_interval: 1s}
            rule_files: [rules.yml]
            scrape_configs:
              - {job_name: steady, scrape_interval: 10s, scrape_timeout: 10s, metrics_path: /%s, static_configs: [{targets: ['127.0.0.1:%d']}]}
            """
                .formatted(HostileTargets.GOOD, targets.port()));
    for (String path : targets.paths()) {
      if (random.nextInt(4) == 0) {
        continue; // not in this round
      }
      boolean churns = path.equals("MANY_SERIES");
      config.append(
          """
            - {job_name: '%s', metrics_path: /%s, scrape_interval: %s, static_configs: [{targets: ['127.0.0.1:%d'], labels: {round: '%d'}}]}
          """
              .formatted(path, path, churns ? "30s" : "2s", targets.port(), round % 3));
    }
    Files.writeString(folder.resolve("prometheus.yml"), config);
  }

  private PharosProcess start(Path data) throws Exception {
    PharosProcess process =
        PharosProcess.serveBy(
            List.of("env", "PHAROS_JAVA_OPTS=" + HEAP),
            folder,
            port,
            "--storage.path=" + data,
            "--query.timeout=10s");
    var _ = process.await("being ready", PATIENCE, process::isReady);
    return process;
  }

  /// New alerts, and the end of those of the round before, posted until they are taken.
  private void storm(Storm storm, int round) throws Exception {
    storm.settle();
    post(bodies(storm, round));
  }

  private static ArrayDeque<String> bodies(Storm storm, int round) {
    var bodies = new ArrayDeque<>(storm.bodies("A", round * ALERTS, (round + 1) * ALERTS, true));
    if (storm.expected().contains("firing A" + (round - 1) * ALERTS)) {
      bodies.addAll(storm.bodies("A", (round - 1) * ALERTS, round * ALERTS, false));
    }
    return bodies;
  }

  private void post(ArrayDeque<String> bodies) throws IOException, InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!bodies.isEmpty()) {
      if (Storm.post(pharos, bodies.peek())) {
        bodies.remove();
      } else {
        assertThat(System.nanoTime()).as("alerts are refused for %s", PATIENCE).isLessThan(end);
        assertThat(pharos.isAlive())
            .as("ended by itself, see %s", folder.resolve("pharos.log"))
            .isTrue();
        TimeUnit.MILLISECONDS.sleep(200);
      }
    }
  }

  /// In the middle of a storm of its own.
  private void kill(Path data, Storm storm, int round) throws Exception {
    storm.settle();
    var bodies = new ArrayDeque<>(storm.bodies("K", round * ALERTS, (round + 1) * ALERTS, true));
    PharosProcess victim = pharos;
    int patience = 10 + random.nextInt(600);
    Thread killer =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    TimeUnit.MILLISECONDS.sleep(patience);
                    victim.kill();
                  } catch (InterruptedException _) {
                    Thread.currentThread().interrupt();
                  }
                });
    while (!bodies.isEmpty() && Storm.post(victim, bodies.peek())) {
      bodies.remove();
    }
    killer.join();
    pharos = start(data);
    post(bodies);
    count("kills");
  }

  /// No byte left for ten seconds, with a storm in them.
  private void fill(SmallDisk disk, Storm storm, int round) throws Exception {
    storm.settle();
    disk.fill();
    ArrayDeque<String> bodies =
        new ArrayDeque<>(storm.bodies("F", round * ALERTS, round * ALERTS + ALERTS / 2, true));
    for (int i = 0; i < 50 && !bodies.isEmpty(); i++) {
      if (Storm.post(pharos, bodies.peek())) {
        bodies.remove();
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
    TimeUnit.SECONDS.sleep(8);
    disk.free();
    post(bodies);
    var _ = pharos.await("all is stored again", PATIENCE, pharos::isReady);
    count("full disks");
  }

  private void ask(AtomicBoolean over) {
    for (int i = 0; !over.get(); i++) {
      try {
        String _ = pharos.get(HEAVY.get(i % HEAVY.size())).body();
        queries.incrementAndGet();
        TimeUnit.MILLISECONDS.sleep(200);
      } catch (IllegalStateException _) { // killed, or slower than this client waits
      } catch (InterruptedException _) {
        return;
      }
    }
  }

  private void read() throws Exception {
    readings.add(
        new Reading(
            minutes(), pharos.descriptors(), pharos.liveMebibytes(), pharos.residentMebibytes()));
  }

  /// What was told and is not so: an end that did not come, a page for what is well. What Pharos
  /// says about itself is looked at elsewhere.
  private static Set<String> falsehoods(StormReceiver receiver, Storm storm) {
    return receiver.told().stream()
        .filter(state -> !storm.expected().contains(state))
        .filter(state -> !state.equals("firing Steady"))
        .filter(state -> !state.contains(" Pharos"))
        .collect(Collectors.toSet());
  }

  private interface Figure {
    double of(Reading reading);
  }

  /// The least of the last third over that of the first: what is in hand at a moment, such as
  /// bodies that are being read, does not count.
  private double growth(Figure figure) {
    int third = Math.max(1, readings.size() / 3);
    return least(figure, readings.size() - third, readings.size()) - least(figure, 0, third);
  }

  private double least(Figure figure, int from, int to) {
    return readings.subList(from, to).stream().mapToDouble(figure::of).min().orElse(0);
  }

  private String row(String name, Figure figure) {
    int third = Math.max(1, readings.size() / 3);
    return String.format(
        Locale.ROOT,
        "| %s: least in the first third / in the last / most | %.0f / %.0f / %.0f |%n",
        name,
        least(figure, 0, third),
        least(figure, readings.size() - third, readings.size()),
        readings.stream().mapToDouble(figure::of).max().orElse(0));
  }

  private void report(
      String verdict,
      Set<String> falsehoods,
      HostileTargets targets,
      StormReceiver receiver,
      String noDisk)
      throws IOException {
    var text = new StringBuilder();
    text.append("| `./pharos soak --minutes=%d` | |%n| --- | --- |%n".formatted(MINUTES));
    done.forEach((what, times) -> text.append("| %s | %d |%n".formatted(what, times)));
    if (!noDisk.isEmpty()) {
      text.append("| full disks | none: %s |%n".formatted(noDisk));
    }
    text.append("| requests to hostile targets | %d |%n".formatted(targets.asked()));
    text.append("| heavy queries | %d |%n".formatted(queries.get()));
    text.append("| alerts | %s |%n".formatted(verdict));
    text.append(
        "| told under more than one key | %s |%n"
            .formatted(
                receiver.toldTwice().stream()
                    .map(state -> state.substring(0, state.indexOf(" {")))
                    .toList()));
    text.append("| told and not so | %d %s |%n".formatted(falsehoods.size(), falsehoods));
    text.append(
        "| what Pharos said about itself | %s |%n"
            .formatted(receiver.told().stream().filter(it -> it.contains(" Pharos")).toList()));
    text.append(row("descriptors", Reading::descriptors));
    text.append(row("live heap, MiB", Reading::live));
    text.append(row("resident, MiB", Reading::resident));
    System.out.println(text);
    Files.writeString(Path.of("target/soak.md"), text);
    var curve = new StringBuilder("minute descriptors live_MiB resident_MiB\n");
    readings.forEach(
        it ->
            curve.append(
                String.format(
                    Locale.ROOT,
                    "%.1f %d %d %d%n",
                    it.minute(),
                    it.descriptors(),
                    it.live(),
                    it.resident())));
    Files.writeString(Path.of("target/soak-readings.txt"), curve);
  }
}
