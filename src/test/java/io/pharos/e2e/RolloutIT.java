package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.Nightly;
import io.pharos.rollout.agent.ShareGuard;
import io.pharos.scripts.HaproxyRig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Releases by `scripts/deploy.sh` with `ROLLOUT=true`: the packaged Pharos, an agent, a real
/// HAProxy, two colours that start and stop, and clients all the time. In each of them one of the
/// three is killed at a time that nobody chose. At night 20 good and 20 bad releases, and 20 ways
/// back to a colour that was stopped.
@Tag("nightly")
@Tag("peer")
class RolloutIT extends RealRollouts {
  /* Ten seconds are promised; a machine that does much else takes longer, which fails no test. */
  private static final Duration SOON = Duration.ofSeconds(60);

  private final Random random = new Random(11);
  private int victims;

  /// One release, and somebody killed meanwhile.
  ///
  /// @param victim 0 the agent, 1 Pharos, 2 HAProxy
  /// @return the exit code of the script
  private int release(int victim, String right, String... words) throws Exception {
    String candidate = weight("blue") > 0 ? "green" : "blue";
    String last = newest().path("id").asText();
    long begin = System.nanoTime();
    Process script = script(words);
    int when = random.nextInt(15_000);
    Thread killer =
        Thread.ofVirtual()
            .start(
                () -> {
                  awaitRolloutAfter(last, script);
                  kill(victim, when);
                });
    try (var guard = new ShareGuard(rig.socket(), candidate, Duration.ofSeconds(1))) {
      while (script.isAlive()) {
        allowed().ifPresent(guard::allow);
        assertThat(System.nanoTime() - begin).as(log()).isLessThan(300_000_000_000L);
        Thread.sleep(50);
      }
      assertThat(guard.excess()).as(log()).isZero();
    }
    killer.join();
    told.add(
        "%s: %d after %d s, victim %d after %d ms"
            .formatted(
                String.join(" ", words),
                script.exitValue(),
                TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin),
                victim,
                when));
    HaproxyRig.await(right, SOON, () -> rig.version().equals(right), this::log);
    rig.assertServes(right);
    return script.exitValue();
  }

  private int weight(String color) throws Exception {
    return newest().path("desired").path(color).path("weight").asInt(color.equals("blue") ? 1 : 0);
  }

  /// What Pharos lets the candidate have now; nothing is known while Pharos is away.
  private OptionalInt allowed() {
    try {
      JsonNode rollout = newest();
      return rollout.path("phase").asText().matches("STEP|WATCHING|FINISHING|PROMOTED")
          ? OptionalInt.of(rollout.path("weight").asInt())
          : OptionalInt.empty();
    } catch (IOException | IllegalStateException _) {
      return OptionalInt.empty();
    }
  }

  /// A script that finds no Pharos begins nothing, and says so by another code: what is to be shown
  /// here is what becomes of a release that began, however slowly.
  private void awaitRolloutAfter(String last, Process script) {
    while (script.isAlive()) {
      try {
        if (!newest().path("id").asText().equals(last)) {
          return;
        }
        Thread.sleep(50);
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private void kill(int victim, int when) {
    try {
      Thread.sleep(when);
      switch (victim) {
        case 0 -> {
          killAgent();
          Thread.sleep(when % 2_000); // a successor comes before or after the watchdog
          startAgent();
        }
        case 1 -> {
          pharos.kill();
          Thread.sleep(when % 3_000);
          startPharos();
        }
        default -> {
          rig.killHaproxy();
          Thread.sleep(when % 1_000);
          rig.startHaproxy();
        }
      }
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void releases_goodArePromoted_badReturned_andAStoppedColourComesBack_whoeverIsKilled()
      throws Exception {
    int rounds = Nightly.rounds(1, 20);
    int promoted = 0;
    for (int i = 1; i <= rounds; i++) {
      String before = rig.version();
      if (release(victims++ % 3, "good" + i, "deploy.sh", "--version", "good" + i) == 0) {
        promoted++;
      }
      assertThat(release(victims++ % 3, "good" + i, "deploy.sh", "--version", "bad" + i))
          .as(log())
          .isEqualTo(1);
      HaproxyRig.await(
          "the candidate is stopped",
          SOON,
          () -> !rig.runs("blue") || !rig.runs("green"),
          this::log);
      assertThat(release(victims++ % 3, before, "rollback.sh", "--back", "1")).as(log()).isZero();
    }
    System.out.println(String.join("\n", told));
    System.out.printf("rollouts: served %s, failed %s%n", rig.served(), rig.failed());
    assertThat(promoted).as(log()).isGreaterThanOrEqualTo(rounds - rounds / 20);
    assertThat(rig.failed()).as(log()).hasValue(0);
  }

  @Test
  void words_areSaidToARollout() throws Exception {
    Process script = script("deploy.sh", "--version", "good1");
    HaproxyRig.await(
        "a step",
        Duration.ofSeconds(60),
        () -> newest().path("phase").asText().equals("STEP"),
        this::log);
    assertThat(word("pause", "--reason=look first")).isZero();
    assertThat(word("status")).isEqualTo(2);
    assertThat(word("resume", "--reason=all is well")).isZero();
    Process rollback = script("rollback.sh");
    assertThat(rollback.waitFor(60, TimeUnit.SECONDS)).as(log()).isTrue();
    assertThat(rollback.exitValue()).as(log()).isZero();
    assertThat(script.waitFor(60, TimeUnit.SECONDS)).as(log()).isTrue();
    assertThat(script.exitValue()).as(log()).isEqualTo(1);
    rig.assertServes("0");
    assertThat(rig.runs("green")).as(log()).isFalse();
    assertThat(rig.failed()).as(log()).hasValue(0);
  }

  private int word(String... words) throws Exception {
    var all = new ArrayList<>(List.of(Path.of("pharos").toAbsolutePath().toString(), "rollout"));
    all.addAll(List.of(words));
    all.add("--env-file=" + env);
    PharosProcess.Ended ended = PharosProcess.run(all, Map.of());
    told.add(String.join(" ", words) + ": " + ended);
    return ended.code();
  }
}
