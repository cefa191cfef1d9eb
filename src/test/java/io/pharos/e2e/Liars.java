package io.pharos.e2e;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/// Deceptive candidates of a release.
final class Liars {
  private static final Set<String> FAIL = Set.of("FAIL");
  private static final Set<String> PASS = Set.of("PASS");
  private static final Set<String> NOT_PASS = Set.of("FAIL", "INCONCLUSIVE");
  private static final Set<String> NOT_FAIL = Set.of("PASS", "INCONCLUSIVE");
  private static final Set<String> INCONCLUSIVE = Set.of("INCONCLUSIVE");

  private Liars() {}

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
      return new Case(name + ", announced", expected, "fix", before, each);
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

  /// Both sides fail in bursts of three seconds, at other times.
  private static Case noisy(String name, Set<String> expected, double share) {
    return of(
        name,
        expected,
        (rig, second, version) -> {
          rig.blue.behave(burst((second + 5) % 27, share));
          start(_ -> {}).at(rig, second, version);
          if (second > 2) {
            rig.green.behave(burst(second % 31, share));
          }
        });
  }

  private static ColorStub.Behaviour burst(int second, double share) {
    return behaviour(it -> it.status500 = second < 3 ? share : 0);
  }

  /// All of them, in the order of the scoreboard.
  static List<Case> all() {
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
    all.add(starts("1% route broken", FAIL, it -> it.rareRouteBroken = true));
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
      all.add(starts("page " + page, INCONCLUSIVE, it -> it.page = page));
    }
    all.add(starts("counter resets", NOT_PASS, it -> it.resets = true));
    all.add(
        starts("1 request per second", NOT_FAIL, _ -> {}).after(rig -> rig.requestsPerSecond(1)));
    all.add(
        starts("both bad", INCONCLUSIVE, it -> it.status500 = 0.3)
            .after(rig -> rig.blue.behave(behaviour(it -> it.status500 = 0.3))));
    all.add(noisy("noisy 2%", PASS, 0.2));
    // At the bound of 5 %, no reader can tell either.
    all.add(noisy("noisy 5%", NOT_FAIL, 0.5));
    Case fix =
        starts("fix", NOT_FAIL, _ -> {})
            .after(rig -> rig.blue.behave(behaviour(it -> it.status500 = 0.3)));
    all.add(fix);
    all.add(new Case(fix.name(), PASS, "fix", fix.before(), fix.each()).asFix());
    all.add(starts("timestamps 10 min behind", INCONCLUSIVE, it -> it.stamped = -600));
    // The last one: its samples are newer than those of the next ten minutes.
    all.add(starts("timestamps 10 min ahead", INCONCLUSIVE, it -> it.stamped = 600));
    return all;
  }
}
