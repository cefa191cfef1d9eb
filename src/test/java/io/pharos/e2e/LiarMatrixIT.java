package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.Nightly;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Deceptive candidates behind a real HAProxy, judged by the packaged program and the shipped
/// policy with short times. At night all cases run, otherwise three. `-Dliars=NAME,…` runs the
/// cases whose names contain one of these texts, `-Dliars.tap` without HAProxy, `-Dliars.repeat=20`
/// each of them 20 times, `-Dliars.rigs=4` up to four at once, each with its own Pharos and
/// HAProxy. `-Dpharos.write` writes the results to docs/gate-scoreboard.md ([LiarScoreboard]).
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("nightly")
@Tag("peer")
class LiarMatrixIT {
  private static final int REPEAT = Integer.getInteger("liars.repeat", 1);
  private static final Set<String> DECIDED = Set.of("PASS", "FAIL", "INCONCLUSIVE");
  private static final int RIGS = Integer.getInteger("liars.rigs", 1);

  /// One run of a case.
  record Run(Liars.Case lie, int number) {
    @Override
    public String toString() {
      return lie + (REPEAT == 1 ? "" : ", run " + number);
    }
  }

  /// How a run ended.
  record Ended(String state, String summary) {}

  private final LiarScoreboard scoreboard = new LiarScoreboard();
  private final BlockingQueue<LiarRig> free = new LinkedBlockingQueue<>();
  private final List<LiarRig> rigs = new ArrayList<>();
  private final ExecutorService executor = Executors.newFixedThreadPool(RIGS);
  private List<Future<Ended>> runs = List.of();
  private int awaited;

  /// The runs in rounds, so that each round has every case.
  static List<Run> runs() {
    String wanted = System.getProperty("liars", Nightly.isOn() ? "" : "healthy,p99 three,all 401");
    List<Liars.Case> cases =
        Liars.all().stream()
            .filter(it -> Stream.of(wanted.split(",", -1)).anyMatch(it.name()::contains))
            .toList();
    return IntStream.rangeClosed(1, REPEAT)
        .boxed()
        .flatMap(number -> cases.stream().map(it -> new Run(it, number)))
        .toList();
  }

  @BeforeAll
  void start() throws Exception {
    Path folder =
        Path.of("target", "e2e", "liars-" + ProcessHandle.current().pid()).toAbsolutePath();
    for (int i = 0; i < RIGS; i++) {
      rigs.add(new LiarRig(folder.resolve(String.valueOf(i)), i));
    }
    for (LiarRig rig : rigs) {
      rig.await();
    }
    free.addAll(rigs);
    TimeUnit.SECONDS.sleep(40);
    runs = runs().stream().map(it -> executor.submit(() -> run(it))).toList();
  }

  @AfterAll
  void stop() throws Exception {
    executor.shutdownNow();
    rigs.forEach(LiarRig::close);
    if (Boolean.getBoolean("pharos.write")) {
      LiarScoreboard.write();
    }
  }

  @ParameterizedTest
  @MethodSource("runs")
  void candidate_thatLies_isSeenThrough(Run run) throws Exception {
    Ended ended = runs.get(awaited++).get();
    assertThat(ended.state()).as(run + ": " + ended.summary()).isIn(run.lie().expected());
  }

  private Ended run(Run run) throws Exception {
    LiarRig rig = free.take();
    try {
      return run(run.lie(), rig);
    } finally {
      free.add(rig);
    }
  }

  private Ended run(Liars.Case lie, LiarRig rig) throws Exception {
    String version = rig.nextVersion();
    rig.green.stop();
    rig.blue.behave(new ColorStub.Behaviour());
    rig.requestsPerSecond(100);
    TimeUnit.SECONDS.sleep(10);
    lie.before().accept(rig);
    TimeUnit.SECONDS.sleep(20);
    double load = 0;
    String id = rig.open(version, lie.intent());
    JsonNode gate = rig.gate(id);
    int second = 0;
    int decided = -1;
    for (long begin = System.nanoTime();
        decided < 0 || second < LiarScoreboard.STREAM_SECONDS;
        second++) {
      lie.each().at(rig, second, version);
      long rest = begin + TimeUnit.SECONDS.toNanos(second + 1) - System.nanoTime();
      TimeUnit.NANOSECONDS.sleep(Math.max(0, rest));
      load += ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
      if (decided < 0) {
        gate = rig.gate(id);
        decided = DECIDED.contains(gate.path("state").asText()) ? second + 1 : -1;
      }
      assertThat(second).as(gate.toString()).isLessThan(400);
    }
    scoreboard.record(lie, rig, gate, decided, load / second);
    rig.end(version);
    return new Ended(gate.path("state").asText(), gate.path("summary").asText());
  }
}
