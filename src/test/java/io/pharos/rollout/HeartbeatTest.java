package io.pharos.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.migration.MigrationPhase;
import io.pharos.migration.MigrationResult;
import io.pharos.migration.MigrationTask;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HeartbeatTest {
  private static final String HEARTBEAT =
      """
      {"service":"shop","env":"production","agent":"host:4711:x1","epoch":7,\
      "servers":{"blue":{"version":"1.4.1","running":true,"healthy":true,"weight":95},\
      "green":{"version":null,"running":false,"healthy":false,"weight":null}},\
      "migrated":{"version":"1.4.2","phase":"expand","outcome":"failed","text":"V7: no such table"},\
      "trouble":[{"server":"green","what":"start","text":"exit 1"}]}""";

  @Test
  void heartbeat_asDocumented_isReadAndWrittenTheSame() {
    Heartbeat heartbeat = Heartbeat.parse(HEARTBEAT);

    assertThat(heartbeat.epoch()).isEqualTo(7);
    assertThat(heartbeat.servers())
        .containsEntry("blue", new ObservedServer("1.4.1", true, true, 95))
        .containsEntry("green", new ObservedServer(null, false, false, null));
    assertThat(heartbeat.migrated())
        .isEqualTo(
            new MigrationResult(
                "1.4.2",
                MigrationPhase.EXPAND,
                MigrationResult.Outcome.FAILED,
                "V7: no such table"));
    assertThat(heartbeat.toJson()).isEqualTo(HEARTBEAT);
  }

  @Test
  void answer_asDocumented_isReadAndWrittenTheSame() {
    var fleet =
        new DesiredServers(
            Map.of(
                "blue",
                new ServerState("1.4.1", true, 75),
                "green",
                new ServerState("1.4.2", true, 25)));
    var answer =
        new HeartbeatAnswer(
            7,
            10,
            "id",
            "gh:1",
            "STEP",
            12,
            fleet,
            null,
            new MigrationTask("1.4.2", MigrationPhase.CONTRACT),
            10);

    assertThat(answer.toJson())
        .isEqualTo(
            """
            {"epoch":7,"leaseSeconds":10,"rollout":"id","deployment":"gh:1","phase":"STEP",\
            "revision":12,"desired":{"blue":{"version":"1.4.1","running":true,"weight":75},\
            "green":{"version":"1.4.2","running":true,"weight":25}},"approved":null,\
            "migrate":{"version":"1.4.2","phase":"contract"},"drainSeconds":10}""");
    assertThat(HeartbeatAnswer.parse(answer.toJson())).isEqualTo(answer);
  }

  @Test
  void answer_withAFieldOfALaterPharos_isRead() {
    assertThat(
            HeartbeatAnswer.parse(
                    """
                    {"epoch":1,"leaseSeconds":10,"phase":"IDLE","revision":0,"drainSeconds":10,"new":1}\
                    """)
                .desired())
        .isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {                                                                              | body
          []                                                                             | body
          null                                                                           | body
          {"env":"e","agent":"a","servers":{}}                                           | service
          {"service":"s","env":"e","servers":{}}                                         | agent
          {"service":"s","env":"e","agent":"a"}                                          | servers
          {"service":"s","env":"e","agent":"a","servers":{},"x":1}                       | x
          {"service":"s","env":"e","agent":"a","servers":{"b":null}}                     | servers.b
          {"service":"s","env":"e","agent":"a","servers":{"b/c":{"running":true,"healthy":true}}} | servers
          {"service":"s","env":"e","agent":"a","servers":{"b":{"running":true,"healthy":true,"weight":101}}} | weight
          {"service":"s","env":"e","agent":"a","servers":{"b":{"running":true,"healthy":true,"version":"1 2"}}} | version
          {"service":"s","env":"e","agent":"a","servers":{},"migrated":{"version":"1","outcome":"done"}} | migrated.phase
          {"service":"s","env":"e","agent":"a","epoch":"x","servers":{}}                 | epoch
          """)
  void heartbeat_thatIsNone_isRefusedByItsField(String json, String field) {
    assertThatThrownBy(() -> Heartbeat.parse(json))
        .isInstanceOfSatisfying(
            InvalidFieldException.class, refused -> assertThat(refused.field()).isEqualTo(field));
  }
}
