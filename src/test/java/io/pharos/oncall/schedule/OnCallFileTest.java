package io.pharos.oncall.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.pharos.access.People;
import io.pharos.config.yaml.ConfigException;
import io.pharos.oncall.schedule.OnCallFile.Surroundings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OnCallFileTest {
  static final Instant NOW = Instant.parse("2026-03-02T12:00:00Z");

  private static final String HASH =
      "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$t+IX5zfIb8cks/kXZ0FN2jpFK6eNj0skPzBqI0hl9h4";

  private static final Surroundings SURROUNDINGS =
      new Surroundings(
          Optional.of(Set.of("ann-mail", "ann-chat", "bob-mail")),
          People.parse(
              "people.yml",
              """
              version: 1
              people:
                - {name: ann, role: viewer, password: "%1$s"}
                - {name: bob, role: viewer, password: "%1$s"}
              """
                  .formatted(HASH)),
          NOW);

  static final String TEAM =
      """
      people:
        - name: ann
          ways: [ann-mail, ann-chat]
          language: zh
          timezone: Asia/Shanghai
          quiet_hours:
            - {severities: [warning, info], days: [monday:friday], from: "22:00", until: "07:00"}
          rules:
            important: [{way: ann-chat}, {way: ann-mail, after: 2m}]
        - {name: bob, ways: [bob-mail]}
      rotations:
        - name: backend
          timezone: Europe/Berlin
          layers:
            - {name: all, members: [ann, bob], start: 2026-01-05T09:00, handover: weekly}
            - name: nights
              members: [bob]
              start: 2026-01-05T00:00
              handover: FREQ=WEEKLY;BYDAY=MO
              hours: [{days: [saturday:sunday], from: 20:00, until: 08:00}]
          overrides:
            - {person: bob, instead_of: ann, swap: true, from: 2026-03-09T09:00, until: 2026-03-23T09:00}
      policies:
        - name: pages
          repeat: 2
          levels:
            - {rotations: [backend]}
            - {people: [ann], after: 10m, important: true}
      """;

  /// @param problems as they are printed
  record Refusal(String name, String text, List<String> problems) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Refusal> refusals() throws IOException {
    var cases = new ArrayList<Refusal>();
    String all = Files.readString(Path.of("src/test/resources/oncall/refusals.txt"));
    for (String block : all.split("(?m)^### ", -1)) {
      if (!block.startsWith("#")) {
        List<String> lines = block.lines().toList();
        cases.add(
            new Refusal(
                lines.getFirst(),
                String.join(
                    "\n",
                    lines.subList(1, lines.size()).stream()
                        .filter(line -> !line.startsWith("! "))
                        .toList()),
                lines.stream()
                    .filter(line -> line.startsWith("! "))
                    .map(line -> line.substring(2))
                    .toList()));
      }
    }
    return cases;
  }

  static OnCallPlan plan(String text) {
    return OnCallFile.parse("oncall.yml", text, SURROUNDINGS);
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void file_withMistakes_isRefusedWithThePlaceOfEach(Refusal refusal) {
    var refused = catchThrowableOfType(ConfigException.class, () -> plan(refusal.text()));
    assertThat(refused).isNotNull();
    assertThat(refused.problems().stream().map(Object::toString).toList())
        .isEqualTo(refusal.problems());
  }

  @Test
  void file_withEveryKey_isRead() {
    OnCallPlan plan = plan(TEAM);
    OnCallPerson ann = plan.people().getFirst();
    assertThat(ann.zone()).isEqualTo(ZoneId.of("Asia/Shanghai"));
    assertThat(ann.quietHours().getFirst().severities()).containsOnly("warning", "info");
    assertThat(ann.standard()).extracting(OnCallPerson.Step::way).isEqualTo(ann.ways());
    assertThat(ann.important().getLast().after()).contains(Duration.ofMinutes(2));
    Rotation backend = plan.rotation("backend").orElseThrow();
    assertThat(((TurnLayer) backend.layers().getFirst()).handover())
        .isEqualTo(new Handover.Days(LocalDateTime.parse("2026-01-05T09:00"), 7));
    assertThat(backend.overrides().getFirst().from())
        .isEqualTo(Instant.parse("2026-03-09T08:00:00Z"));
    assertThat(plan.policies().getFirst().levels().getLast().isImportant()).isTrue();
  }

  @Test
  void file_thatIsMissing_hasNoContent(@TempDir Path folder) {
    Path file = OnCallFile.beside(folder.resolve("alertmanager.yml"));
    assertThat(OnCallFile.read(file, SURROUNDINGS)).isEqualTo(OnCallPlan.NONE);
  }

  @Test
  void rotation_withAGapWithin14Days_isAProblem() {
    String gaps =
        TEAM.replace(
            "start: 2026-01-05T09:00, handover: weekly",
            "start: 2026-01-05T09:00, end: 2026-03-14T10:00, handover: weekly");
    var check = new PlanCheck(plan(gaps), Map.of());
    assertThat(check.gaps(NOW))
        .extracting(Object::toString)
        .containsExactly(
            "oncall.yml:12: rotation \"backend\": nobody is on call from 2026-03-14T10:00 to"
                + " 2026-03-14T20:00, from 2026-03-15T08:00 to 2026-03-15T20:00, from"
                + " 2026-03-16T08:00 to 2026-03-16T13:00 in the next 14 days (Europe/Berlin);"
                + " expected somebody at all times, or allow_gaps: true");
    assertThat(check.gaps(NOW.minus(Duration.ofDays(3)))).isEmpty();
    String allowed =
        gaps.replace("timezone: Europe/Berlin", "timezone: Europe/Berlin\n    allow_gaps: true");
    assertThat(new PlanCheck(plan(allowed), Map.of()).gaps(NOW)).isEmpty();
    assertThat(new PlanCheck(plan(TEAM), Map.of()).gaps(NOW)).isEmpty();
  }

  @Test
  void level_withPeopleWhoHaveOneChannel_isWeak() {
    var channels =
        Map.of(
            "ann-mail", Set.of("email"), "ann-chat", Set.of("slack"), "bob-mail", Set.of("email"));
    assertThat(new PlanCheck(plan(TEAM), channels).weakLevels())
        .containsExactly(
            new PlanCheck.WeakLevel(
                27,
                "level 1 of policy \"pages\" has no two independent ways to reach bob: expected"
                    + " ways by two channels, such as email and slack"));
    var oneChannel =
        Map.of(
            "ann-mail", Set.of("email"), "ann-chat", Set.of("email"), "bob-mail", Set.of("email"));
    assertThat(new PlanCheck(plan(TEAM), oneChannel).weakLevels())
        .extracting(PlanCheck.WeakLevel::line)
        .containsExactly(27, 28);
  }

  @Test
  void policies_thatNoReceiverHasOrThatHaveNoFallback_areReported() {
    assertThat(new PlanCheck(plan(TEAM), Map.of()).loosePolicies(Set.of(), "team"))
        .extracting(PlanCheck.WeakLevel::message)
        .containsExactly(
            "policy \"pages\" is not used: expected a receiver of alertmanager.yml with its name");
    Map<String, Set<String>> receivers = Map.of("pages", Set.of());
    assertThat(new PlanCheck(plan(TEAM), receivers).loosePolicies(Set.of(), "team"))
        .extracting(PlanCheck.WeakLevel::message)
        .containsExactly(
            "policy \"pages\" has no fallback if nobody can be reached, so the root receiver"
                + " \"team\" is told: expected fallback of the receiver in pharos.yml");
    assertThat(new PlanCheck(plan(TEAM), receivers).loosePolicies(Set.of("pages"), "team"))
        .isEmpty();
  }

  @Test
  void policyOfTheRootRoute_withoutFallback_tellsNobody() {
    Map<String, Set<String>> receivers = Map.of("pages", Set.of());
    assertThat(new PlanCheck(plan(TEAM), receivers).loosePolicies(Set.of(), "pages"))
        .extracting(PlanCheck.WeakLevel::message)
        .containsExactly(
            "policy \"pages\" has no fallback if nobody can be reached, so nobody is told:"
                + " expected fallback of the receiver in pharos.yml");
  }
}
