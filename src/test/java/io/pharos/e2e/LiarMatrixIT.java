package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.Nightly;
import io.pharos.gate.judge.RivalRules;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Deceptive candidates behind a real HAProxy, judged by the packaged program and the shipped
/// policy with short times. At night all cases run, otherwise three. `-Dliars=NAME,…` runs the
/// cases whose names contain one of these texts. Results are appended to
/// target/gate-scoreboard.tsv; `-Dpharos.write` also writes the newest result of each case to
/// docs/gate-scoreboard.md.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("nightly")
@Tag("peer")
class LiarMatrixIT {
  private static final Path RESULTS = Path.of("target", "gate-scoreboard.tsv");
  private static final Path PAGE = Path.of("docs", "gate-scoreboard.md");
  private static final Set<String> FAIL = Set.of("FAIL");
  private static final Set<String> PASS = Set.of("PASS");
  private static final Set<String> NOT_PASS = Set.of("FAIL", "INCONCLUSIVE");
  private static final Set<String> NOT_FAIL = Set.of("PASS", "INCONCLUSIVE");
  private static final Set<String> INCONCLUSIVE = Set.of("INCONCLUSIVE");

  /// How long the streams are that the rules of others get.
  private static final long STREAM_SECONDS = 100;

  /// What happens in a case, in each second after the announcement.
  interface Each {
    void at(LiarRig rig, int second, String version) throws Exception;
  }

  /// @param before what happens half a minute before the announcement
  record Case(
      String name, Set<String> expected, String intent, Consumer<LiarRig> before, Each each) {
    @Override
    public String toString() {
      return name;
    }

    Case after(Consumer<LiarRig> what) {
      return new Case(name, expected, intent, what, each);
    }

    Case asFix() {
      return new Case(name + ", announced as a fix", expected, "fix", before, each);
    }
  }

  private static Case of(String name, Set<String> expected, Each each) {
    return new Case(name, expected, "change", _ -> {}, each);
  }

  /// A candidate that starts after two seconds and behaves in one way.
  private static Case starts(
      String name, Set<String> expected, Consumer<ColorStub.Behaviour> behaviour) {
    return of(name, expected, start(behaviour));
  }

  private static Each start(Consumer<ColorStub.Behaviour> behaviour) {
    return (rig, second, version) -> {
      if (second == 2) {
        rig.green.start(version, behaviour(behaviour));
      }
    };
  }

  private static ColorStub.Behaviour behaviour(Consumer<ColorStub.Behaviour> change) {
    var behaviour = new ColorStub.Behaviour();
    change.accept(behaviour);
    return behaviour;
  }

  private static Each kill(int at) {
    return (rig, second, version) -> {
      start(_ -> {}).at(rig, second, version);
      if (second == at) {
        rig.green.stop();
      }
    };
  }

  private static Each bursts(int every, int offset, boolean candidate) {
    return (rig, second, version) -> {
      boolean bad = (second + offset) % every < 3;
      ColorStub stub = candidate ? rig.green : rig.blue;
      stub.behave(behaviour(it -> it.status500 = bad ? 0.5 : 0));
    };
  }

  static Stream<Case> cases() {
    String wanted = System.getProperty("liars", Nightly.isOn() ? "" : "healthy,p99 three,all 401");
    return all().stream()
        .filter(
            it -> wanted.isEmpty() || Stream.of(wanted.split(",")).anyMatch(it.name()::contains));
  }

  private static List<Case> all() {
    var all = new ArrayList<Case>();
    all.add(starts("healthy", PASS, _ -> {}));
    all.add(starts("p99 three times worse", FAIL, it -> it.slowMillis = 240));
    all.add(starts("all 401", FAIL, it -> it.status401 = 1));
    all.add(starts("all 404", FAIL, it -> it.status404 = 1));
    all.add(starts("a fifth never answered", FAIL, it -> it.unanswered = 0.2));
    all.add(
        starts(
            "half 500s, own metrics say 200",
            FAIL,
            it -> {
              it.status500 = 0.5;
              it.lies = true;
            }));
    all.add(starts("leak of 2 MB/s", FAIL, it -> it.leak = 2e6));
    all.add(starts("a route of 1 % broken", FAIL, it -> it.rareRouteBroken = true));
    all.add(of("never started", NOT_PASS, (_, _, _) -> {}));
    all.add(of("killed at once", NOT_PASS, kill(5)));
    all.add(of("killed later", NOT_PASS, kill(60)));
    all.add(
        starts(
            "bimodal latency",
            FAIL,
            it -> {
              it.slowShare = 0.5;
              it.slowMillis = 60;
            }));
    all.add(
        of(
            "restart loop",
            FAIL,
            (rig, second, version) -> {
              if (second % 20 == 2) {
                rig.green.start(version, new ColorStub.Behaviour());
              }
            }));
    all.add(starts("version lie", INCONCLUSIVE, it -> it.version = "0.9.9"));
    for (String page : List.of("frozen", "absent", "half", "hanging")) {
      all.add(starts("metrics page " + page, INCONCLUSIVE, it -> it.page = page));
    }
    all.add(starts("timestamps 10 min ahead", INCONCLUSIVE, it -> it.stamped = 600));
    all.add(starts("timestamps 10 min behind", INCONCLUSIVE, it -> it.stamped = -600));
    all.add(starts("counter resets", NOT_PASS, it -> it.resets = true));
    all.add(
        starts("1 request per second", NOT_FAIL, _ -> {}).after(rig -> rig.requestsPerSecond(1)));
    all.add(
        starts("both bad", INCONCLUSIVE, it -> it.status500 = 0.3)
            .after(rig -> rig.blue.behave(behaviour(it -> it.status500 = 0.3))));
    all.add(
        of(
            "noisy",
            NOT_FAIL,
            (rig, second, version) -> {
              bursts(27, 5, false).at(rig, second, version);
              start(_ -> {}).at(rig, second, version);
              if (second > 2) {
                bursts(31, 0, true).at(rig, second, version);
              }
            }));
    Case fix =
        starts("fix of a bad predecessor", NOT_FAIL, _ -> {})
            .after(rig -> rig.blue.behave(behaviour(it -> it.status500 = 0.3)));
    all.add(fix);
    all.add(new Case(fix.name(), PASS, "fix", fix.before(), fix.each()).asFix());
    return all;
  }

  private LiarRig rig;
  private int number;

  @BeforeAll
  void start() throws Exception {
    rig =
        new LiarRig(
            Path.of("target", "e2e", "liars-" + ProcessHandle.current().pid()).toAbsolutePath());
    TimeUnit.SECONDS.sleep(40);
  }

  @AfterAll
  void stop() throws Exception {
    if (rig != null) {
      rig.close();
    }
    if (Boolean.getBoolean("pharos.write")) {
      write();
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void candidate_thatLies_isSeenThrough(Case lie) throws Exception {
    String version = "2.%d.%d".formatted(ProcessHandle.current().pid(), ++number);
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
    for (long begin = System.nanoTime(); decided < 0 || second < STREAM_SECONDS; second++) {
      lie.each().at(rig, second, version);
      long rest = begin + TimeUnit.SECONDS.toNanos(second + 1) - System.nanoTime();
      TimeUnit.NANOSECONDS.sleep(Math.max(0, rest));
      load += ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
      if (decided < 0) {
        gate = rig.gate(id);
        decided = gate.path("state").asText().equals("RUNNING") ? -1 : second + 1;
      }
      assertThat(second).as(gate.toString()).isLessThan(400);
    }
    String state = gate.path("state").asText();
    record(lie, state, gate, decided, load / second);
    rig.end(version);
    assertThat(state)
        .as(lie + " after " + decided + " s: " + gate.path("summary").asText())
        .isIn(lie.expected());
  }

  private void record(Case lie, String state, JsonNode gate, int seconds, double load)
      throws IOException {
    var streams =
        new RivalRules.Streams(errors("green"), errors("blue"), p99("green"), p99("blue"));
    String row =
        String.join(
            "\t",
            lie.name(),
            String.join("/", lie.expected().stream().sorted().toList()),
            state,
            gate.path("code").asText(),
            String.valueOf(seconds),
            "%.1f".formatted(load),
            RivalRules.kayenta(streams),
            RivalRules.flagger(streams),
            LocalDate.now(ZoneOffset.UTC).toString(),
            gate.path("summary").asText().replace('\t', ' '));
    System.out.println("liar: " + row);
    Files.writeString(RESULTS, row + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private double[] errors(String color) {
    String none =
        Stream.of("connection_errors", "response_errors", "client_aborts")
            .map(
                name ->
                    "sum(rate(haproxy_server_%s_total{server=\"%s\"}[20s]))".formatted(name, color))
            .collect(Collectors.joining(" + "));
    String answers = "sum(rate(haproxy_server_http_responses_total{server=\"%s\"%s}[20s]))";
    return rig.values(
        "(%s + %s) / (%s + %s)"
            .formatted(
                answers.formatted(color, ",code=\"5xx\""),
                none,
                answers.formatted(color, ""),
                none),
        STREAM_SECONDS);
  }

  private double[] p99(String color) {
    return rig.values(
        "histogram_quantile(0.99, sum by (le) (rate(pharos_tap_request_duration_seconds_bucket{color=\"%s\"}[20s])))"
            .formatted(color),
        STREAM_SECONDS);
  }

  private static void write() throws IOException {
    var newest = new TreeMap<String, String[]>();
    for (String line : Files.readAllLines(RESULTS)) {
      String[] cells = line.split("\t", -1);
      newest.put(cells[0], cells);
    }
    var page =
        new StringBuilder(
            """
            # Gate scoreboard

            By `LiarMatrixIT` with `-Dpharos.write`: 100 requests per second through a real HAProxy and taps, half of them
            for the candidate; the packaged program, the shipped policy with a soak of 90 s, scrapes every 5 s. Kayenta's
            rule (Mann-Whitney on error rate and p99) and Flagger's (99 % success, p99 of 500 ms) on the same streams.

            |candidate|expected|Pharos|code|s|load|Kayenta|Flagger|
            |---|---|---|---|---|---|---|---|
            """);
    for (Case lie : all()) {
      String[] cells = newest.get(lie.name());
      String expected = String.join("/", lie.expected().stream().sorted().toList());
      page.append(
          cells == null
              ? "|%s|%s|not run||||||\n".formatted(lie.name(), expected)
              : "|%s|\n".formatted(String.join("|", List.of(cells).subList(0, 8))));
    }
    Files.writeString(PAGE, page);
  }
}
