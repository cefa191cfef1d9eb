package io.pharos.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.gate.GateRequest;
import io.pharos.gate.GateRig;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateService;
import io.pharos.gate.GateState;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.hindsight.AnchorTrail;
import io.pharos.gate.hindsight.Hindsight;
import io.pharos.gate.hindsight.Replay;
import io.pharos.gate.hindsight.Verification;
import io.pharos.gate.judge.ReasonCode;
import io.pharos.state.log.AnchorFiles;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every change of any stored field of a finished gate is detected.
abstract class GateTamperContract {
  @TempDir Path anchorFolder;

  private final GateRig rig = new GateRig();

  /// An open store with the current schema, the same one within a test.
  abstract Store store();

  /// A connection that bypasses the store.
  abstract Connection raw() throws SQLException;

  /// A setting that allows a statement to break references between tables.
  abstract List<String> withoutReferences();

  /// One unauthorized change.
  private record Edit(String what, String sql) {}

  /// A gate that passed, was watched, and was ended by a newer one, with an override.
  private String finishedGate() {
    Store store = store();
    rig.anchors = new AnchorFiles(anchorFolder, rig.clock, rig.meterRegistry);
    GateService service = rig.newService(store.deployments(), store.gates());
    String key = "deploy-" + UUID.randomUUID();
    store
        .deployments()
        .put(Deployment.begin(GateRig.announcement(key, "green"), rig.clock.instant()));
    var opened = (GateService.Opened.Created) service.open(new GateRequest(key, key, "ci"));
    String id = opened.run().id();
    for (int i = 0; i < 16; i++) {
      rig.step();
      service.tick(rig.clock.instant());
    }
    assertThat(store.gates().find(id).orElseThrow().state()).isEqualTo(GateState.PASS);
    String next = "deploy-" + UUID.randomUUID();
    store
        .deployments()
        .put(Deployment.begin(GateRig.announcement(next, "green"), rig.clock.instant()));
    service.open(new GateRequest(next, next, "ci"));
    GateRun run = store.gates().find(id).orElseThrow();
    assertThat(run.isObserved()).isFalse();
    assertThat(service.override(run, "FAIL", "It made customers wait.", "ada"))
        .isInstanceOf(GateService.Overridden.Made.class);
    return id;
  }

  /// Whether the store, alone or compared with the anchors, is found to be modified.
  private Optional<String> found(String id) throws Exception {
    var gates = store().gates();
    Optional<GateRun> run = gates.find(id);
    if (run.isEmpty()) {
      return Optional.of("the gate is missing although it has anchors");
    }
    var stored = new Hindsight(store().deployments(), gates).of(run.get());
    AnchorTrail anchors = AnchorTrail.read(anchorFolder);
    assertThat(anchors.breaks()).isEmpty();
    assertThat(anchors.of(id)).hasSize(3); // PASS, its withdrawal, the override
    Verification verification = Verification.of(stored);
    return verification instanceof Verification.Whole
        ? anchors.breakIn(stored)
        : Optional.of(verification.text());
  }

  @Test
  void everyFieldOfEveryRow_changed_isFound() throws Exception {
    String id = finishedGate();
    assertThat(found(id)).isEmpty();
    assertThat(
            Replay.of(
                new Hindsight(store().deployments(), store().gates())
                    .of(store().gates().find(id).orElseThrow())))
        .matches(Replay::agrees);
    List<Edit> edits = edits(id);
    assertThat(edits).hasSizeGreaterThan(100);
    var missed = new ArrayList<String>();
    for (Edit edit : edits) {
      List<Map<String, Object>> before = changed(edit, id);
      try {
        if (found(id).isEmpty()) {
          missed.add(edit.what());
        }
      } finally {
        restore(before);
      }
    }
    assertThat(missed).isEmpty();
    assertThat(found(id)).as("all is as it was").isEmpty();
  }

  @Test
  void forgedPass_isNotServed() throws Exception {
    Store store = store();
    GateService service = rig.newService(store.deployments(), store.gates());
    String key = "deploy-" + UUID.randomUUID();
    store
        .deployments()
        .put(Deployment.begin(GateRig.announcement(key, "green"), rig.clock.instant()));
    rig.badPerScrape = 20;
    String id =
        ((GateService.Opened.Created) service.open(new GateRequest(key, key, "ci"))).run().id();
    while (!store.gates().find(id).orElseThrow().state().isFinal()) {
      rig.step();
      service.tick(rig.clock.instant());
    }
    assertThat(service.find(id).orElseThrow().state()).isEqualTo(GateState.FAIL);
    try (Connection connection = raw();
        Statement statement = connection.createStatement()) {
      statement.executeUpdate(
          "update gates set state = 'PASS', code = 'OK', next_check_at = decided_at + 1 where id = '"
              + id
              + "'");
    }
    assertThat(store.gates().find(id).orElseThrow().state()).isEqualTo(GateState.PASS);
    for (GateRun served :
        List.of(
            service.find(id).orElseThrow(),
            service.await(id, Duration.ZERO).orElseThrow(),
            service.use(id, Duration.ZERO).orElseThrow(),
            service.ofDeployment(key).getFirst())) {
      assertThat(served.state()).isEqualTo(GateState.INCONCLUSIVE);
      assertThat(served.code()).isEqualTo(ReasonCode.DAMAGED);
      assertThat(served.summary()).contains("state is 'PASS', but 'FAIL' was recorded");
      assertThat(service.effectiveVerdict(served).outcome()).isEqualTo(GateState.INCONCLUSIVE);
    }
    rig.step();
    service.tick(rig.clock.instant());
    assertThat(store.gates().find(id).orElseThrow().code())
        .as("the next step does not record the pass")
        .isEqualTo(ReasonCode.DAMAGED);
  }

  private static final List<String> OTHER_NUMBERS =
      List.of("coalesce(%1$s, 0) + 1000000", "coalesce(%1$s, 0) - 1");

  /// Changes the first or last character.
  private static final List<String> OTHER_TEXTS =
      List.of(
          "concat(substring(%1$s from 1 for char_length(%1$s) - 1),"
              + " case when %1$s like '%%%%0' then '1' else '0' end)",
          "concat('x', substring(%1$s from 2))");

  private static final List<String> TABLES =
      List.of("gate_facts", "gate_overrides", "gate_observations", "gates");
  private static final List<String> ALL_TABLES =
      List.of("gates", "gate_observations", "gate_overrides", "gate_facts", "deployments");

  private static String where(String table, String id) {
    return switch (table) {
      case "gates" -> "id = '" + id + "'";
      case "deployments" ->
          "deployment_key = (select deployment_key from gates where id = '" + id + "')";
      default -> "gate_id = '" + id + "'";
    };
  }

  /// An edit of each column of a row in each table, and a deletion of each row.
  private List<Edit> edits(String id) throws SQLException {
    var edits = new ArrayList<Edit>();
    try (Connection connection = raw();
        Statement statement = connection.createStatement()) {
      for (String table : ALL_TABLES) {
        boolean rows = List.of("gate_observations", "gate_facts").contains(table);
        var result =
            statement.executeQuery("select * from " + table + " where " + where(table, id));
        ResultSetMetaData columns = result.getMetaData();
        for (int i = 1; i <= columns.getColumnCount(); i++) {
          String column = columns.getColumnName(i).toLowerCase(java.util.Locale.ROOT);
          if (table.equals("deployments") && List.of("status", "finished_at").contains(column)) {
            continue; // the deployment continues after its gate
          }
          boolean number = List.of(Types.BIGINT, Types.INTEGER).contains(columns.getColumnType(i));
          for (String value : number ? OTHER_NUMBERS : OTHER_TEXTS) {
            if (column.equals("seq") && value.equals(OTHER_NUMBERS.getLast())) {
              continue; // a row of that key exists
            }
            for (String seq : rows ? List.of(" and seq = 1", " and seq = 9") : List.of("")) {
              edits.add(
                  new Edit(
                      table + "." + column + seq + " := " + value.formatted(column),
                      "update %s set %s = %s where %s%s"
                          .formatted(
                              table, column, value.formatted(column), where(table, id), seq)));
            }
          }
        }
        if (rows) {
          for (String seq :
              List.of(
                  "seq = 1",
                  "seq = 5",
                  "seq = (select max(seq) from " + table + " where " + where(table, id) + ")")) {
            edits.add(
                new Edit(
                    table + " without " + seq,
                    "delete from %s where %s and %s".formatted(table, where(table, id), seq)));
          }
        }
      }
    }
    edits.add(
        new Edit(
            "gates.checks with a blank",
            "update gates set checks = concat(checks, ' ') where id = '" + id + "'"));
    edits.add(
        new Edit(
            "deployments.announcement with a blank",
            "update deployments set announcement = concat(announcement, ' ') where "
                + where("deployments", id)));
    edits.add(new Edit("gates.state", "update gates set state = 'FAIL' where id = '" + id + "'"));
    edits.add(new Edit("gates.code", "update gates set code = 'OK' where id = '" + id + "'"));
    edits.add(new Edit("gate_facts, all", "delete from gate_facts where gate_id = '" + id + "'"));
    return edits;
  }

  /// Makes an edit; returns all earlier rows.
  private List<Map<String, Object>> changed(Edit edit, String id) throws SQLException {
    var before = new ArrayList<Map<String, Object>>();
    try (Connection connection = raw();
        Statement statement = connection.createStatement()) {
      for (String sql : withoutReferences()) {
        statement.execute(sql);
      }
      for (String table : ALL_TABLES) {
        var result =
            statement.executeQuery("select * from " + table + " where " + where(table, id));
        ResultSetMetaData columns = result.getMetaData();
        while (result.next()) {
          var row = new HashMap<String, Object>();
          row.put("", table);
          for (int i = 1; i <= columns.getColumnCount(); i++) {
            row.put(columns.getColumnName(i), result.getObject(i));
          }
          before.add(row);
        }
      }
      assertThat(statement.executeUpdate(edit.sql())).as(edit.what()).isPositive();
    }
    return before;
  }

  private void restore(List<Map<String, Object>> rows) throws SQLException {
    try (Connection connection = raw();
        Statement statement = connection.createStatement()) {
      for (String sql : withoutReferences()) {
        statement.execute(sql);
      }
      for (String table : TABLES) {
        statement.execute("delete from " + table);
      }
      statement.execute("delete from deployments");
      for (Map<String, Object> row : rows) {
        var columns = row.keySet().stream().filter(column -> !column.isEmpty()).toList();
        try (var insert =
            connection.prepareStatement(
                "insert into %s (%s) values (%s)"
                    .formatted(
                        row.get(""),
                        String.join(", ", columns),
                        String.join(", ", columns.stream().map(_ -> "?").toList())))) {
          int index = 1;
          for (String column : columns) {
            insert.setObject(index++, row.get(column));
          }
          insert.executeUpdate();
        }
      }
    }
  }
}
