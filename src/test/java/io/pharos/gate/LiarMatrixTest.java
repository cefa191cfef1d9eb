package io.pharos.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pharos.gate.deployment.Intent;
import io.pharos.gate.policy.GatePolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Deceptive releases, judged by the shipped policies at every weight: bad ones must not pass, and
/// faults of others must not fail a release.
@Tag("slow")
class LiarMatrixTest {
  private static final Set<GateState> NOT_PASS = Set.of(GateState.FAIL, GateState.INCONCLUSIVE);
  private static final Set<GateState> NOT_FAIL = Set.of(GateState.PASS, GateState.INCONCLUSIVE);
  private static final Set<GateState> FAIL = Set.of(GateState.FAIL);
  private static final Set<GateState> PASS = Set.of(GateState.PASS);
  private static final Set<GateState> INCONCLUSIVE = Set.of(GateState.INCONCLUSIVE);

  /// One scenario.
  ///
  /// @param needs the kind of check that a policy needs to detect it
  /// @param before what happens before the announcement
  /// @param each what happens in each step after it
  /// @param minWeight the smallest weight at which it can be detected
  record Story(
      String name,
      Set<GateState> expected,
      Optional<String> needs,
      Consumer<ReleaseWorld> before,
      Consumer<ReleaseWorld> each,
      int minWeight) {
    static Story of(String name, Set<GateState> expected, Consumer<ReleaseWorld> each) {
      return new Story(name, expected, Optional.empty(), _ -> {}, each, 0);
    }

    Story after(Consumer<ReleaseWorld> first) {
      return new Story(name, expected, needs, first, each, minWeight);
    }

    Story with(String kind) {
      return new Story(name, expected, Optional.of(kind), before, each, minWeight);
    }

    /// A fault of few requests, which no smaller weight can prove within the soak: 100 requests per
    /// second, half of them for the candidate.
    Story withTraffic() {
      return new Story(
          name, expected, needs, before.andThen(world -> world.requestsPerSecond = 100), each, 50);
    }

    /// Whether a run of one story was asked for by `-Dpharos.story=NAME`.
    boolean isWanted() {
      return name.contains(System.getProperty("pharos.story", ""));
    }
  }

  record Case(Story story, int weight) {
    @Override
    public String toString() {
      return story.name() + " at weight " + weight;
    }
  }

  /// The new version starts ten seconds after the announcement.
  private static Consumer<ReleaseWorld> starts(Consumer<ReleaseWorld.Backend> how) {
    return world -> {
      if (world.isAt(10)) {
        world.blue.up = world.weight > 0;
        world.green.restart("v2");
        how.accept(world.green);
      }
    };
  }

  private static Consumer<ReleaseWorld> starts() {
    return starts(_ -> {});
  }

  private static Consumer<ReleaseWorld> at(int seconds, Consumer<ReleaseWorld> what) {
    return world -> {
      if (world.isAt(seconds)) {
        what.accept(world);
      }
    };
  }

  /// Scenarios for two colours and for one.
  private static List<Story> anywhere() {
    return List.of(
        Story.of("a good release", PASS, starts()),
        Story.of(
            "every answer an error inside HTTP 200", FAIL, starts(it -> it.envelopeErrors = 1)),
        Story.of(
            "half of the answers errors inside HTTP 200",
            FAIL,
            starts(it -> it.envelopeErrors = 0.5)),
        Story.of("every answer a 500", FAIL, starts(it -> it.httpErrors = 1)),
        Story.of("every answer a 401", FAIL, starts(it -> it.refused = 1)),
        Story.of(
            "every answer a 404",
            FAIL,
            starts(
                it -> {
                  it.refused = 1;
                  it.refusal = "404";
                })),
        Story.of("a fifth never answered", FAIL, starts(it -> it.unanswered = 0.2)),
        Story.of(
            "half of the answers 500s, which its own metrics count as 200",
            FAIL,
            starts(
                it -> {
                  it.httpErrors = 0.5;
                  it.lies = true;
                })),
        Story.of(
            "killed before the soak is over",
            NOT_PASS,
            starts().andThen(at(50, it -> it.green.up = false))),
        Story.of("never started, and the old one runs on", NOT_PASS, _ -> {}),
        Story.of(
            "never started, and nothing runs",
            NOT_PASS,
            at(10, world -> world.blue.up = world.weight > 0)),
        Story.of(
            "starts again every 30 s",
            FAIL,
            world -> {
              if (world.since().toSeconds() % 30 == 10) {
                world.blue.up = world.weight > 0;
                world.green.restart("v2");
              }
            }),
        Story.of(
            "starts again twice",
            FAIL,
            starts()
                .andThen(at(40, world -> world.green.restart("v2")))
                .andThen(at(60, world -> world.green.restart("v2")))),
        Story.of(
            "one counter reset", NOT_PASS, starts().andThen(at(50, it -> it.green.restart("v2")))),
        Story.of("another version than announced", NOT_PASS, starts(it -> it.version = "v0")),
        Story.of(
            "a clock that is 30 s ahead",
            INCONCLUSIVE,
            starts(it -> it.clockAhead = Duration.ofSeconds(30))),
        Story.of(
            "no traffic", INCONCLUSIVE, starts().andThen(world -> world.requestsPerSecond = 0)));
  }

  private static List<Story> ofColors() {
    return List.of(
        Story.of(
                "never started, and its colour runs the version before the last", NOT_PASS, _ -> {})
            .after(world -> world.green.up = true),
        Story.of("five times worse", NOT_PASS, starts(it -> it.envelopeErrors = 0.031))
            .after(world -> world.blue.envelopeErrors = 0.006)
            .with("errors_vs_baseline"),
        Story.of(
                "only the slowest requests three times slower",
                FAIL,
                starts(it -> it.tailSlowness = 3))
            .withTraffic(),
        Story.of("one route of a hundredth broken", FAIL, starts(it -> it.rareRouteBroken = true))
            .withTraffic(),
        Story.of("a leak of 2 MB per second", FAIL, starts(it -> it.leak = 2e6)),
        Story.of("a cache that fills up to the other's", PASS, starts(it -> it.memory = 1e8))
            .after(world -> world.green.leak = 1e6),
        Story.of(
            "probes of both colours fail because the machine is slow",
            PASS,
            starts()
                .andThen(
                    world -> {
                      boolean slow = world.since().toSeconds() % 120 >= 80;
                      world.blue.probeFails = slow;
                      world.green.probeFails = slow && world.since().toSeconds() > 80;
                    })),
        Story.of(
            "both colours start again twice, as their machine does",
            INCONCLUSIVE,
            starts()
                .andThen(at(40, LiarMatrixTest::restartBoth))
                .andThen(at(60, LiarMatrixTest::restartBoth))),
        Story.of(
            "both colours fail in bursts of their own",
            NOT_FAIL,
            starts()
                .andThen(
                    world -> {
                      world.blue.httpErrors = world.since().toSeconds() % 70 == 0 ? 0.5 : 0;
                      world.green.httpErrors = world.since().toSeconds() % 90 == 0 ? 0.5 : 0;
                    })),
        Story.of("slow by half", NOT_PASS, starts(it -> it.slowness = 1.5))
            .with("latency_vs_baseline"),
        Story.of(
                "old version's alerts, one that names nobody and one that names its colour",
                PASS,
                starts().andThen(at(120, world -> world.alerts.removeFirst())))
            .after(
                world -> {
                  world.fire("alertname", "HighErrorRate", "job", "remotegpu-backend");
                  world.fire("alertname", "ProbeFailing", "probe", "backend-health-blue");
                }),
        Story.of(
            "a probe of the other colour fails meanwhile",
            PASS,
            starts()
                .andThen(
                    at(
                        60,
                        it ->
                            it.fire("alertname", "ProbeFailing", "probe", "backend-health-blue")))),
        Story.of(
            "an alert that names it",
            FAIL,
            starts().andThen(at(60, it -> it.fire("alertname", "BackendDown", "color", "green")))),
        Story.of(
            "an alert that names it, silenced",
            NOT_PASS,
            starts()
                .andThen(
                    at(
                        60,
                        it ->
                            it.fire(
                                it.clock.instant(),
                                true,
                                "alertname",
                                "BackendDown",
                                "color",
                                "green")))),
        Story.of(
            "every answer an error, and all alerts silenced",
            FAIL,
            starts(it -> it.envelopeErrors = 1)
                .andThen(
                    at(
                        60,
                        it ->
                            it.fire(
                                it.clock.instant(), true, "alertname", "HighEnvelopeErrorRate")))),
        Story.of(
            "an outage that both share",
            NOT_FAIL,
            starts()
                .andThen(at(60, world -> outage(world, 0.4)))
                .andThen(at(180, world -> outage(world, 0.002)))),
        Story.of(
            "an outage with 500s that both share",
            NOT_FAIL,
            starts()
                .andThen(
                    at(
                        60,
                        world -> {
                          world.blue.httpErrors = 0.4;
                          world.green.httpErrors = 0.4;
                        }))
                .andThen(
                    at(
                        180,
                        world -> {
                          world.blue.httpErrors = 0;
                          world.green.httpErrors = 0;
                        }))),
        Story.of(
            "a total outage that both share and that does not end",
            INCONCLUSIVE,
            starts()
                .andThen(at(60, world -> outage(world, 1)))
                .andThen(at(120, world -> world.fire("alertname", "HighEnvelopeErrorRate")))),
        Story.of("the fix of a broken release", PASS, starts())
            .after(
                world -> {
                  world.intent = Intent.FIX;
                  broken(world);
                }),
        Story.of(
                "the fix of a broken release, alerts beginning late",
                PASS,
                starts().andThen(at(30, it -> it.fire("alertname", "SloBurnRateFast"))))
            .after(
                world -> {
                  world.intent = Intent.FIX;
                  broken(world);
                }),
        Story.of(
                "the fix of a broken release of its own colour, whose tap runs on",
                PASS,
                starts(it -> it.envelopeErrors = 0.002))
            .after(
                world -> {
                  world.tapSurvives = true;
                  world.green.up = true;
                  world.green.envelopeErrors = 1;
                }),
        Story.of("the fix of a broken release that nobody calls one", PASS, starts())
            .after(LiarMatrixTest::broken),
        Story.of("announced only after it got all traffic", INCONCLUSIVE, _ -> {})
            .after(LiarMatrixTest::switchAll),
        Story.of("announced only after the other one stopped", INCONCLUSIVE, _ -> {})
            .after(
                world -> {
                  switchAll(world);
                  world.blue.up = false;
                }),
        Story.of("a fix that is as broken", NOT_PASS, starts(it -> it.envelopeErrors = 1))
            .after(
                world -> {
                  world.intent = Intent.FIX;
                  broken(world);
                }));
  }

  private static void switchAll(ReleaseWorld world) {
    for (int i = 0; i < 6; i++) {
      world.step();
    }
    world.green.restart("v2");
    world.share = 1;
  }

  private static void restartBoth(ReleaseWorld world) {
    world.blue.restart("v1");
    world.green.restart("v2");
  }

  private static void outage(ReleaseWorld world, double errors) {
    world.blue.envelopeErrors = errors;
    world.green.envelopeErrors = errors;
  }

  private static void broken(ReleaseWorld world) {
    world.blue.envelopeErrors = 1;
    world.fire("alertname", "HighEnvelopeErrorRate", "job", "remotegpu-tap");
  }

  static Stream<Case> colors() {
    return Stream.concat(anywhere().stream(), ofColors().stream())
        .filter(Story::isWanted)
        .flatMap(
            story ->
                IntStream.of(5, 10, 50)
                    .filter(weight -> weight >= story.minWeight())
                    .mapToObj(weight -> new Case(story, weight)));
  }

  static Stream<Case> inPlace() {
    return anywhere().stream().filter(Story::isWanted).map(story -> new Case(story, 0));
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("colors")
  void canary_thatLies_isSeenThrough(Case lie) {
    judge(lie, new ReleaseWorld(true, lie.weight()));
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("inPlace")
  void releaseInPlace_thatLies_isSeenThrough(Case lie) {
    judge(lie, new ReleaseWorld(false, lie.weight()));
  }

  static Stream<Case> inTurn() {
    return Stream.concat(anywhere().stream(), ofColors().stream())
        .filter(Story::isWanted)
        .map(it -> new Case(it, Math.max(10, it.minWeight())));
  }

  /* No observation has new samples of both colours. */
  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("inTurn")
  void canary_thatLies_scrapedInTurnWithTheOther_isSeenThrough(Case lie) {
    var world = new ReleaseWorld(true, lie.weight());
    world.scrapedInTurn = true;
    judge(lie, world);
  }

  private static void judge(Case lie, ReleaseWorld world) {
    Story story = lie.story();
    story
        .needs()
        .ifPresent(
            kind ->
                assumeTrue(
                    GatePolicy.FILES.read(Path.of("gates")).find("remotegpu", "production").stream()
                        .flatMap(policy -> policy.checks().stream())
                        .anyMatch(check -> check.kind().equals(kind)),
                    "the shipped policies have no " + kind));
    story.before().accept(world);
    GateRun run = world.open();
    for (int i = 0; i < 185 && !world.now(run).state().isFinal(); i++) {
      world.step();
      story.each().accept(world);
      world.tick();
    }
    GateRun end = world.now(run);
    assertThat(end.state()).as(end.summary()).isIn(story.expected());
    assertThat(end.checks())
        .filteredOn(check -> check.kind().endsWith("_bound") || check.kind().endsWith("_baseline"))
        .allSatisfy(check -> assertThat(check.text()).hasSizeLessThanOrEqualTo(160));
  }
}
