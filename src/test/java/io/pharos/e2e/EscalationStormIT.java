package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.state.TestingPostgres;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The packaged program escalates a storm of alerts through three levels, and people acknowledge a
/// part of them, while processes are killed again and again: each level is told once, and nobody is
/// paged after an acknowledgement. `pharos.escalation.kills` sets the number of kills; there are
/// five, and 250 in the nightly run.
class EscalationStormIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int KILLS =
      Integer.getInteger("pharos.escalation.kills", Boolean.getBoolean("pharos.nightly") ? 250 : 5);
  private static final int ALERTS = 10;
  private static final List<String> LEVELS = List.of("lead", "deputy", "boss");

  /// Another replica learns of an acknowledgement half a second later, and a message may be on its
  /// way.
  private static final Duration ON_ITS_WAY = Duration.ofMillis(1500);

  @TempDir Path folder;

  private final Random random = new Random(7);
  private final Map<String, Instant> acknowledged = new TreeMap<>();
  private final Set<String> alerts = new TreeSet<>();

  @Test
  void embeddedDatabase_killed_losesNoLevel_andPagesNobodyAfterAnAcknowledgement()
      throws Exception {
    try (var receiver = new StormReceiver()) {
      storm(receiver, List.of(List.of()), "embedded");
    }
  }

  @Test
  void twoReplicas_oneKilledAfterTheOther_loseNoLevel_andPageNobodyAfterAnAcknowledgement()
      throws Exception {
    try (EmbeddedPostgres postgres = TestingPostgres.builder().start();
        var receiver = new StormReceiver()) {
      Path password = Files.writeString(folder.resolve("password"), "postgres");
      List<String> shared =
          List.of(
              "--jdbc.url=" + postgres.getJdbcUrl("postgres", "postgres"),
              "--jdbc.user=postgres",
              "--jdbc.password-file=" + password);
      storm(receiver, List.of(shared, shared), "two replicas");
    }
  }

  private void storm(StormReceiver receiver, List<List<String>> replicas, String name)
      throws Exception {
    configure(receiver.url());
    var processes = new ArrayList<PharosProcess>();
    try {
      for (int i = 0; i < replicas.size(); i++) {
        processes.add(start(i, replicas.get(i)));
      }
      for (int round = 0; round < KILLS; round++) {
        post(processes, round);
        TimeUnit.MILLISECONDS.sleep(1_500 + random.nextInt(1_500));
        acknowledgeSome(processes);
        TimeUnit.MILLISECONDS.sleep(random.nextInt(4_000));
        int victim = random.nextInt(processes.size());
        processes.get(victim).kill();
        processes.set(victim, start(victim, replicas.get(victim)));
      }
      settle(receiver);
      judge(receiver, name);
    } finally {
      processes.forEach(PharosProcess::close);
    }
  }

  private void post(List<PharosProcess> processes, int round) throws Exception {
    var bodies = new ArrayList<String>();
    for (int i = 0; i < ALERTS; i++) {
      String alert = "A%d-%d".formatted(round, i);
      alerts.add(alert);
      bodies.add(
          "{\"labels\": {\"alertname\": \"%s\", \"severity\": \"critical\"}, \"endsAt\": \"%s\"}"
              .formatted(alert, "2035-01-01T00:00:00Z"));
    }
    PharosProcess process = processes.get(random.nextInt(processes.size()));
    assertThat(Storm.post(process, bodies.toString())).isTrue();
  }

  /// Acknowledges half of the open episodes that nobody has acknowledged yet, on any replica.
  private void acknowledgeSome(List<PharosProcess> processes) throws Exception {
    PharosProcess process = processes.get(random.nextInt(processes.size()));
    JsonNode open =
        JSON.readTree(process.get("/api/pharos/v1/episodes?state=open&limit=100").body());
    for (JsonNode episode : open.path("episodes")) {
      String alert = episode.path("groupLabels").path("alertname").asText();
      if (Integer.parseInt(alert.substring(alert.indexOf('-') + 1)) % 2 == 0) {
        String path = "/api/pharos/v1/episodes/" + episode.path("number").asLong() + "/acknowledge";
        if (process.post(path, "{\"owner\": \"lead\"}").statusCode() == 200) {
          acknowledged.putIfAbsent(alert, Instant.now());
        }
      }
    }
  }

  private Set<String> expected() {
    var expected = new TreeSet<String>();
    for (String alert : alerts) {
      expected.add("lead firing " + alert);
      if (!acknowledged.containsKey(alert)) {
        LEVELS.forEach(level -> expected.add(level + " firing " + alert));
      }
    }
    return expected;
  }

  private void settle(StormReceiver receiver) throws InterruptedException {
    for (int i = 0; i < 120 && !receiver.missing(expected()).isEmpty(); i++) {
      TimeUnit.SECONDS.sleep(1);
    }
    TimeUnit.SECONDS.sleep(12); // longer than a level waits
  }

  private void judge(StormReceiver receiver, String name) {
    Set<String> lost = receiver.missing(expected());
    List<String> twice = receiver.toldTwice();
    var late = new ArrayList<String>();
    acknowledged.forEach(
        (alert, at) ->
            LEVELS.forEach(
                level ->
                    receiver
                        .lastAt(level + " firing " + alert)
                        .filter(told -> told.isAfter(at.plus(ON_ITS_WAY)))
                        .ifPresent(
                            told ->
                                late.add(
                                    level + " " + alert + ": " + Duration.between(at, told)))));
    String verdict =
        "%s, %d kills: %d alerts, %d acknowledged, %d messages, %d lost, %d told twice, %d repeated under one key, %d after an acknowledgement"
            .formatted(
                name,
                KILLS,
                alerts.size(),
                acknowledged.size(),
                receiver.messages(),
                lost.size(),
                twice.size(),
                receiver.repeatedUnderOneKey(),
                late.size());
    System.out.println(verdict);
    assertThat(acknowledged).as(verdict).isNotEmpty();
    assertThat(lost).as(verdict).isEmpty();
    assertThat(late).as(verdict).isEmpty();
    assertThat(twice).as(verdict).isEmpty();
  }

  private void configure(String hook) throws IOException {
    var receivers = new StringBuilder();
    LEVELS.forEach(
        level ->
            receivers.append(
                "  - {name: %1$s, webhook_configs: [{url: '%2$s%1$s'}]}\n".formatted(level, hook)));
    Files.writeString(
        folder.resolve("alertmanager.yml"),
        """
        route: {receiver: pages, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 4h}
        receivers:
          - name: pages
        """
            + receivers);
    Files.writeString(
        folder.resolve("oncall.yml"),
        """
        people:
          - {name: lead, ways: [lead]}
          - {name: deputy, ways: [deputy]}
          - {name: boss, ways: [boss]}
        policies:
          - name: pages
            levels:
              - {people: [lead]}
              - {people: [deputy], after: 6s}
              - {people: [boss], after: 6s}
        """);
  }

  private PharosProcess start(int replica, List<String> flags) throws Exception {
    int port = PharosProcess.freePort();
    var words =
        new ArrayList<>(
            List.of(
                "--config.file=",
                "--probes.dir=",
                "--gates.dir=",
                "--notifications.file=" + folder.resolve("alertmanager.yml"),
                "--storage.path=" + folder.resolve("data" + replica),
                "--replica.name=replica" + replica));
    words.addAll(flags);
    PharosProcess process =
        PharosProcess.start(
            folder.resolve("pharos.log"),
            "http://127.0.0.1:" + port,
            PharosProcess.serving(folder, port, words.toArray(String[]::new)));
    var _ = process.await("being ready", Duration.ofSeconds(60), process::isReady);
    return process;
  }
}
