package io.pharos.server.api.pharos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.access.Access;
import io.pharos.access.People;
import io.pharos.alerting.alert.AlertCourse;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.oncall.episode.EpisodeService;
import io.pharos.oncall.escalation.EscalationService;
import io.pharos.oncall.escalation.OpenEscalations;
import io.pharos.oncall.schedule.OnCallFile;
import io.pharos.oncall.schedule.OnCallPlan;
import io.pharos.oncall.schedule.OnCallSchedule;
import io.pharos.oncall.window.PlannedWindows;
import io.pharos.oncall.window.StoredWindow;
import io.pharos.server.api.Caller;
import io.pharos.state.Store;
import io.pharos.state.StoreConfig;
import jakarta.ws.rs.core.Response;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The API of who is on call with the embedded store.
class OnCallApiTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Instant NOW = Instant.parse("2026-03-04T12:00:00Z");
  private static final Caller DAI = new Caller(new Access.Granted("dai", Set.of(), Set.of()));

  private static final String TEAM =
      """
      people:
        - {name: ann, ways: [m]}
        - {name: bob, ways: [m]}
      rotations:
        - name: backend
          timezone: Europe/Berlin
          layers:
            - {name: all, members: [ann, bob], start: 2026-03-02T09:00, handover: weekly, end: 2026-03-17T09:00}
      """;

  @TempDir Path folder;
  private Store store;
  private OnCallPlan plan = plan(TEAM);
  private OnCallSchedule schedule;
  private OnCallResource resource;

  private static OnCallPlan plan(String text) {
    return OnCallFile.parse(
        "oncall.yml",
        text,
        new OnCallFile.Surroundings(Optional.of(Set.of("m")), People.NONE, NOW));
  }

  @BeforeEach
  void open() {
    store = Store.open(new StoreConfig.Embedded(folder));
    InstantSource clock = InstantSource.fixed(NOW);
    schedule = new OnCallSchedule(() -> plan, store.overrides(), clock);
    var registry = new SimpleMeterRegistry();
    var episodes =
        new EpisodeService(
            store.episodes(), store.notifier().outbox(), AlertCourse.Source.NONE, clock, registry);
    var escalations =
        new EscalationService(
            store.escalations(), episodes, episodes::note, List::of, clock, registry);
    var windows = new PlannedWindows(() -> plan.windows(), store.windows(), clock);
    resource =
        new OnCallResource(schedule, new OpenEscalations(episodes, escalations), windows, clock);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private JsonNode get(String at, String days) {
    return JSON.valueToTree(resource.get(at, null, days));
  }

  private Response put(String id, String fields) {
    return resource.put(id, DAI, "{\"rotation\":\"backend\"," + fields + "}");
  }

  @Test
  void answer_saysWhoIsOnCall_whoIsNext_andTheGaps() {
    JsonNode backend = get(null, null).at("/rotations/0");
    assertThat(backend.path("now"))
        .hasToString(
            "{\"person\":\"ann\",\"from\":\"2026-03-02T08:00:00Z\",\"until\":\"2026-03-09T08:00:00Z\","
                + "\"layer\":\"all\",\"override\":\"\"}");
    assertThat(backend.at("/next/person").asText()).isEqualTo("bob");
    assertThat(backend.at("/gaps/0/from").asText()).isEqualTo("2026-03-17T08:00:00Z");
    assertThat(backend.has("shifts")).isFalse();
    JsonNode later = get("2026-03-20T00:00:00+01:00", "2").at("/rotations/0");
    assertThat(later.at("/now/person").asText()).isEmpty();
    assertThat(later.has("next")).isFalse();
    assertThat(later.path("shifts")).hasSize(1);
  }

  @Test
  void override_decides_untilItIsDeleted() {
    Response put =
        put("cover-1", "\"person\":\"bob\",\"until\":\"2026-03-04T20:00:00Z\",\"comment\":\"ill\"");
    assertThat(put.getStatus()).isEqualTo(200);
    JsonNode answer = get(null, null);
    assertThat(answer.at("/rotations/0/now/person").asText()).isEqualTo("bob");
    assertThat(answer.at("/rotations/0/now/override").asText()).isEqualTo("cover-1");
    assertThat(answer.at("/rotations/0/next/person").asText()).isEqualTo("ann");
    assertThat(answer.at("/overrides/0/by").asText()).isEqualTo("dai");
    assertThat(answer.at("/overrides/0/from").asText()).isEqualTo(NOW.toString());
    assertThat(resource.delete("cover-1").getStatus()).isEqualTo(204);
    assertThat(resource.delete("cover-1").getStatus()).isEqualTo(404);
    assertThat(get(null, null).at("/rotations/0/now/person").asText()).isEqualTo("ann");
  }

  @Test
  void override_ofAPersonWhoIsNoLongerInTheFile_doesNotCount() {
    var _ = put("a", "\"person\":\"bob\",\"until\":\"2026-03-04T20:00:00Z\"");
    plan = plan(TEAM.replace("[ann, bob]", "[ann]").replace("  - {name: bob, ways: [m]}\n", ""));
    JsonNode answer = get(null, null);
    assertThat(answer.at("/rotations/0/now/person").asText()).isEqualTo("ann");
    assertThat(answer.at("/overrides/0/counts").asBoolean()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "a b | \"person\":\"bob\",\"until\":\"2026-03-05T00:00:00Z\" | id",
        "a | \"person\":\"bop\",\"until\":\"2026-03-05T00:00:00Z\" | person",
        "a | \"until\":\"2026-03-05T00:00:00Z\" | person",
        "a | \"person\":\"bob\" | until",
        "a | \"person\":\"bob\",\"until\":\"2026-03-04T11:00:00Z\" | until",
        "a | \"person\":\"bob\",\"until\":\"2028-03-04T11:00:00Z\" | until",
        "a | \"person\":\"bob\",\"until\":\"tomorrow\" | until",
        "a | \"person\":\"bob\",\"until\":\"2026-03-05T00:00:00Z\",\"instead_of\":\"bob\" | instead_of",
        "a | \"person\":\"bob\",\"until\":\"2026-03-05T00:00:00Z\",\"swap\":true | instead_of",
        "a | \"person\":\"bob\",\"until\":\"2026-03-05T00:00:00Z\",\"swap\":\"yes\" | swap",
        "a | \"person\":\"bob\",\"until\":\"2026-03-05T00:00:00Z\",\"rotatoin\":\"x\" | rotatoin"
      })
  void override_withAnInvalidField_isRefused_andNothingChanges(
      String id, String fields, String field) {
    assertThatThrownBy(() -> put(id, fields))
        .isInstanceOfSatisfying(
            InvalidFieldException.class, e -> assertThat(e.field()).isEqualTo(field));
    assertThat(get(null, null).path("overrides")).isEmpty();
  }

  @Test
  void parameters_thatAreInvalid_areRefused() {
    assertThatThrownBy(() -> resource.get("yesterday", null, null)).hasMessageContaining("at");
    assertThatThrownBy(() -> resource.get("2036-01-01T00:00:00Z", null, null))
        .hasMessageContaining("400 days");
    assertThatThrownBy(() -> resource.get(null, "frontend", null))
        .hasMessageContaining("rotation of oncall.yml");
    assertThatThrownBy(() -> resource.get(null, null, "93")).hasMessageContaining("0 to 92");
  }

  @Test
  void calendar_hasAnEventForEachShift() {
    var calendar = new OnCallCalendarResource(schedule, InstantSource.fixed(NOW));
    String text = String.valueOf(calendar.get("backend").getEntity());
    assertThat(text.split("\r\n"))
        .startsWith("BEGIN:VCALENDAR", "VERSION:2.0")
        .containsSequence(
            "DTSTART:20260302T080000Z", "DTEND:20260309T080000Z", "SUMMARY:ann (backend)")
        .endsWith("END:VEVENT", "END:VCALENDAR")
        .allMatch(line -> line.getBytes(StandardCharsets.UTF_8).length <= 75);
    assertThat(text).contains("SUMMARY:nobody (backend)");
    assertThat(calendar.get("x").getStatus()).isEqualTo(404);
    plan = plan(TEAM.replace("bob", "\"李, 雷" + "雷".repeat(40) + "\""));
    String wide = String.valueOf(calendar.get("backend").getEntity());
    assertThat(wide.split("\r\n"))
        .allMatch(line -> line.getBytes(StandardCharsets.UTF_8).length <= 75);
    assertThat(wide.replace("\r\n ", "")).contains("SUMMARY:李\\, 雷" + "雷".repeat(40) + " (");
  }

  @Test
  void overrides_areBounded() {
    String until = "\"person\":\"bob\",\"until\":\"2026-03-05T00:00:00Z\"";
    for (int i = 0; i < 1_000; i++) {
      var _ = put("o" + i, until);
    }
    assertThat(put("one-more", until).getStatus()).isEqualTo(429);
    assertThat(put("o7", until).getStatus()).isEqualTo(200);
  }

  private static final String UPGRADE =
      "{\"matchers\":[\"service=\\\"db\\\"\"],\"timezone\":\"Europe/Berlin\","
          + "\"start\":\"2026-03-10T02:00\",\"duration\":\"2h\",\"repeat\":\"weekly\"}";

  @Test
  void window_thatIsPlanned_isListedWithItsOccurrencesAndItsAuthor_untilItIsDeleted() {
    assertThat(resource.putWindow("upgrade", DAI, UPGRADE).getStatus()).isEqualTo(200);
    JsonNode window = JSON.valueToTree(resource.windows()).at("/windows/0");
    assertThat(window.at("/occurrences/0"))
        .hasToString("{\"from\":\"2026-03-10T01:00:00Z\",\"until\":\"2026-03-10T03:00:00Z\"}");
    assertThat(window.at("/occurrences/3/from").asText())
        .as("after the clock has changed")
        .isEqualTo("2026-03-31T00:00:00Z");
    assertThat(window.path("matchers")).hasToString("[\"service=\\\"db\\\"\"]");
    assertThat(window.path("by").asText()).isEqualTo("dai");
    String during =
        UPGRADE.replaceAll(
            "\"timezone.*\"duration\":\"2h\".*",
            "\"duration\":\"1h\",\"rollouts\":[\"shop/stage\"]}");
    assertThat(resource.putWindow("upgrade", DAI, during).getStatus()).isEqualTo(200);
    assertThat(JSON.valueToTree(resource.windows()).at("/windows/0/rollouts"))
        .hasToString("[\"shop/stage\"]");
    assertThat(resource.deleteWindow("upgrade").getStatus()).isEqualTo(204);
    assertThat(resource.deleteWindow("upgrade").getStatus()).isEqualTo(404);
    assertThat(resource.windows().windows()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          a/b     | "repeat":"weekly"  | "repeat":"weekly"         | name: expected 1 to 64 letters
          file    | "repeat":"weekly"  | "repeat":"weekly"         | no maintenance window of oncall.yml has
          upgrade | "duration":"2h"    | "duration":"6d"           | expected a duration above 0, at most 5d
          upgrade | ,"repeat":"weekly" | ``                        | start: expected an occurrence that has not ended
          upgrade | service=           | service~                  | expected a matcher such as
          upgrade | "repeat":"weekly"  | "rollouts":["shop/stage"] | expected no "timezone" beside "rollouts"
          upgrade | "repeat":"weekly"  | "often":"weekly"          | often
          upgrade | Europe/Berlin      | Europe/Nowhere            | Europe/Nowhere
          """)
  void window_thatIsInvalid_isRefusedWithTheReason(
      String name, String old, String changed, String reason) {
    plan =
        plan(
            TEAM
                + """
                maintenance_windows:
                  - {name: file, matchers: [a=b], duration: 1h, rollouts: [shop/stage]}
                """);
    String text =
        UPGRADE
            .replace(old, changed)
            .replace("2026-03-10", changed.isEmpty() ? "2026-03-03" : "2026-03-10");
    Response answer = resource.putWindow(name, DAI, text);
    assertThat(answer.getStatus()).isEqualTo(400);
    assertThat(answer.getEntity().toString()).contains(reason);
    assertThat(store.windows().all()).isEmpty();
  }

  @Test
  void window_thatANewerVersionStored_isLeftOut_andTheOthersCount() {
    store.windows().put(new StoredWindow("new", "{\"hours\": [1]}", "lead", NOW));
    assertThat(resource.putWindow("upgrade", DAI, UPGRADE).getStatus()).isEqualTo(200);
    assertThat(resource.windows().windows())
        .extracting(OnCallView.WindowView::name)
        .containsExactly("upgrade");
  }

  @Test
  void windows_overTheirNumber_areRefused() {
    for (int i = 0; i < 100; i++) {
      assertThat(resource.putWindow("w" + i, DAI, UPGRADE).getStatus()).isEqualTo(200);
    }
    assertThat(resource.putWindow("more", DAI, UPGRADE).getStatus()).isEqualTo(429);
    assertThat(resource.putWindow("w7", DAI, UPGRADE).getStatus()).isEqualTo(200);
  }
}
