package io.pharos.server.api.pharos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.access.Access;
import io.pharos.access.People;
import io.pharos.alerting.alert.AlertCourse;
import io.pharos.alerting.outbox.ShardOwnership;
import io.pharos.alerting.pipeline.Pipeline.Flushed;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.oncall.drill.Drill;
import io.pharos.oncall.drill.DrillService;
import io.pharos.oncall.episode.EpisodeService;
import io.pharos.oncall.escalation.EscalationService;
import io.pharos.oncall.schedule.OnCallFile;
import io.pharos.server.api.Caller;
import io.pharos.state.Store;
import io.pharos.state.StoreConfig;
import jakarta.ws.rs.core.Response;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The API of drills with the embedded store.
class DrillApiTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Instant NOW = Instant.parse("2026-03-04T12:00:00Z");
  private static final Caller OPERATOR =
      new Caller(new Access.Granted("operator", Set.of(), Set.of()));

  @TempDir Path folder;
  private Store store;
  private DrillService service;
  private DrillsResource resource;

  @BeforeEach
  void open() {
    store = Store.open(new StoreConfig.Embedded(folder));
    InstantSource clock = InstantSource.fixed(NOW);
    var registry = new SimpleMeterRegistry();
    var episodes =
        new EpisodeService(
            store.episodes(), store.notifier().outbox(), AlertCourse.Source.NONE, clock, registry);
    var escalations =
        new EscalationService(
            store.escalations(), episodes, episodes::note, List::of, clock, registry);
    var _ =
        escalations.of(
            OnCallFile.parse(
                "oncall.yml",
                """
                people: [{name: lead, ways: [m]}]
                policies:
                  - {name: pages, levels: [{people: [lead]}]}
                  - {name: unused, levels: [{people: [lead]}]}
                """,
                new OnCallFile.Surroundings(Optional.of(Set.of("m")), People.NONE, NOW)),
            Set.of("m", "pages"),
            "m",
            _ -> Optional.empty());
    service =
        new DrillService(
            store.drills(),
            escalations,
            episodes,
            store.notifier().outbox(),
            (_, _) -> new Flushed(Set.of(), CompletableFuture.completedFuture(true)),
            ShardOwnership.ALL,
            clock,
            registry);
    resource = new DrillsResource(service);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private Response start(String fields) {
    return resource.start(OPERATOR, "{" + fields + "}");
  }

  @Test
  void drill_isStarted_listedAndShown() {
    Response started = start("\"policy\":\"pages\",\"wait\":\"90s\",\"comment\":\"quarterly\"");
    assertThat(started.getStatus()).isEqualTo(201);
    service.tick(NOW);
    JsonNode drill = JSON.valueToTree(resource.list(null, null)).at("/drills/0");
    assertThat(drill)
        .hasToString(
            "{\"number\":1,\"policy\":\"pages\",\"by\":\"operator\",\"comment\":\"quarterly\","
                + "\"wait\":\"1m30s\",\"startedAt\":\"2026-03-04T12:00:00Z\",\"passed\":false,"
                + "\"levels\":[{\"level\":1,\"state\":\"sending\",\"toldAt\":\"2026-03-04T12:00:00Z\","
                + "\"calls\":[{\"person\":\"lead\",\"state\":\"sending\",\"episode\":0,\"ways\":[]}]}]}");
    assertThat(resource.get("1").getStatus()).isEqualTo(200);
    assertThat(resource.get("2").getStatus()).isEqualTo(404);
    assertThat(resource.list("unused", null).drills()).isEmpty();
  }

  @Test
  void acknowledgement_isShownWithItsTime() {
    var call = new Drill.Call("lead", 7, false, List.of(), NOW.plusMillis(4_500), "lead");
    var drill =
        new Drill(
            1,
            "pages",
            "",
            "",
            Duration.ofMinutes(1),
            NOW,
            NOW,
            List.of(new Drill.Level(1, List.of("lead"), List.of(), false, NOW, List.of(call))),
            NOW.plusSeconds(5),
            3);
    JsonNode shown = JSON.valueToTree(DrillsResource.DrillView.of(drill));
    assertThat(shown.path("passed").asBoolean()).isTrue();
    assertThat(shown.at("/levels/0/calls/0/secondsToAcknowledge").asDouble()).isEqualTo(4.5);
    assertThat(shown.at("/levels/0/calls/0/acknowledgedBy").asText()).isEqualTo("lead");
  }

  @Test
  void secondDrill_isRefused_whileTheFirstGoesOn() {
    assertThat(start("\"policy\":\"pages\"").getStatus()).isEqualTo(201);
    assertThat(start("\"policy\":\"pages\"").getStatus()).isEqualTo(409);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "policy | \"policy\":\"other\"",
        "policy | \"policy\":\"unused\"",
        "policy | \"wait\":\"1m\"",
        "wait | \"policy\":\"pages\",\"wait\":\"2h\"",
        "wait | \"policy\":\"pages\",\"wait\":\"soon\"",
        "until | \"policy\":\"pages\",\"until\":\"1h\""
      })
  void body_withMistakes_isRefused_andStartsNothing(String field, String fields) {
    assertThatThrownBy(() -> start(fields))
        .isInstanceOf(InvalidFieldException.class)
        .hasMessageContaining(field);
    assertThat(resource.list(null, null).drills()).isEmpty();
  }
}
