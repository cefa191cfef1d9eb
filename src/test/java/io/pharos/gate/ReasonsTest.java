package io.pharos.gate;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.gate.judge.ReasonCode;
import io.pharos.gate.policy.GatePolicy;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a gate says about usual troubles: what it is and what to do, in one sentence that a phone
/// shows.
class ReasonsTest {
  private static final int MAX = 160;

  /// One trouble.
  ///
  /// @param words words of the reason
  record Trouble(
      String name, Consumer<GateRig> cause, String check, ReasonCode code, List<String> words) {
    Trouble {
      words = List.copyOf(words);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private static Consumer<GateRig> page(String error) {
    return rig -> {
      rig.scraping = false;
      rig.targetFault =
          Optional.of(
              "the page http://10.0.0.7:8080/metrics fails ("
                  + error
                  + "); fix it, or the scrape job");
    };
  }

  static Stream<Trouble> troubles() {
    return Stream.of(
        new Trouble(
            "page that is 404",
            page("server returned HTTP status 404, expected 200"),
            "version",
            ReasonCode.TELEMETRY,
            List.of("http://10.0.0.7:8080/metrics", "404", "fix it")),
        new Trouble(
            "page that hangs",
            page("no answer within 5s"),
            "error_bound",
            ReasonCode.TELEMETRY,
            List.of("no answer within 5s")),
        new Trouble(
            "page that breaks off",
            page("EOFException: the body ends after 1200 of 40000 bytes"),
            "version",
            ReasonCode.TELEMETRY,
            List.of("the body ends")),
        new Trouble(
            "no page at all",
            rig -> rig.scraping = false,
            "version",
            ReasonCode.NO_DATA,
            List.of("/targets", "selector")),
        new Trouble(
            "no traffic",
            rig -> rig.requestsPerScrape = 0,
            "error_bound",
            ReasonCode.NO_TRAFFIC,
            List.of("no request has reached the candidate", "send it traffic")),
        new Trouble(
            "clock that runs ahead",
            rig -> rig.sampleOffset = Duration.ofSeconds(30),
            "version",
            ReasonCode.CLOCK_SKEW,
            List.of("ahead of Pharos' clock", "set the clocks")));
  }

  @ParameterizedTest
  @MethodSource("troubles")
  void trouble_isNamedWithWhatToDo_inOneSentence(Trouble trouble) {
    var rig = new GateRig();
    trouble.cause().accept(rig);
    var check = GateRig.check(rig.toTheEnd(rig.open()), trouble.check());
    assertThat(check.code()).as(check.text()).isEqualTo(trouble.code());
    assertThat(check.text())
        .contains(trouble.words().toArray(String[]::new))
        .hasSizeLessThanOrEqualTo(MAX);
  }

  /// From the start of the candidate on, or after some of the requests that a check needs.
  @ParameterizedTest
  @ValueSource(ints = {20, 80})
  void countersThatStandStill_areNotCalledMissingTraffic(int seconds) {
    var world = new ReleaseWorld(true, 50);
    world.requestsPerSecond = 8;
    GateRun run = world.open();
    while (!world.now(run).state().isFinal()) {
      world.step();
      if (world.isAt(10)) {
        world.green.restart("v2");
      }
      world.green.frozen = world.since().toSeconds() > seconds;
      world.tick();
    }
    GateRun end = world.now(run);
    assertThat(end.state()).isEqualTo(GateState.INCONCLUSIVE);
    assertThat(end.code()).as(end.summary()).isEqualTo(ReasonCode.NO_DATA);
    assertThat(GateRig.check(end, "latency_bound").text())
        .matches(
            "latency_bound: these counters show none of [0-9]+ requests that others show: "
                + "does the metrics page stand still, or is the selector wrong\\?")
        .hasSizeLessThanOrEqualTo(MAX);
  }

  @ParameterizedTest
  @MethodSource("troubles")
  void trouble_isNeitherAPassNorAFailure(Trouble trouble) {
    var rig = new GateRig();
    rig.policies = GatePolicy.FILES.parse("backend", GateRig.POLICY);
    trouble.cause().accept(rig);
    assertThat(rig.toTheEnd(rig.open()).state()).isEqualTo(GateState.INCONCLUSIVE);
  }
}
