package io.pharos.cli.gate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.access.Access;
import io.pharos.cli.Commands;
import io.pharos.cli.command.UsageException;
import io.pharos.gate.GateRig;
import io.pharos.gate.GateRun;
import io.pharos.gate.hindsight.Hindsight;
import io.pharos.server.api.Caller;
import io.pharos.server.api.pharos.GateResource;
import io.pharos.state.log.AnchorFiles;
import jakarta.ws.rs.core.Response;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `pharos gate verify` and `replay` against the real answers of the API, over HTTP.
class GateHindsightTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Caller CALLER = new Caller(new Access.Granted("local", Set.of(), Set.of()));

  @TempDir Path folder;
  private final GateRig rig = new GateRig();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private GateResource resource;
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    rig.anchors = new AnchorFiles(folder.resolve("anchors"), rig.clock, new SimpleMeterRegistry());
    rig.service = rig.newService();
    resource = new GateResource(rig.service, new Hindsight(rig.deployments, rig.gates));
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/api/pharos/v1/gates/", this::evidence);
    server.createContext("/api/pharos/v1/services/", this::list);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void evidence(HttpExchange exchange) throws IOException {
    String[] path = exchange.getRequestURI().getPath().split("/");
    answer(exchange, resource.evidence(path[5], CALLER));
  }

  private void list(HttpExchange exchange) throws IOException {
    String[] path = exchange.getRequestURI().getPath().split("/");
    answer(exchange, resource.ofService(path[5], "500", CALLER));
  }

  private static void answer(HttpExchange exchange, Response response) throws IOException {
    byte[] body = JSON.writeValueAsBytes(response.getEntity());
    exchange.sendResponseHeaders(response.getStatus(), body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private int run(String... words) {
    out.reset();
    err.reset();
    var all = new ArrayList<>(Arrays.asList(words));
    if (!all.contains("--file=" + saved())) {
      all.add("--url=http://127.0.0.1:" + server.getAddress().getPort());
    }
    var errors = new PrintStream(err, true, StandardCharsets.UTF_8);
    try {
      return new GateCommand(
              Map.of("PHAROS_ANCHORS", folder.resolve("anchors").toString()),
              new PrintStream(out, true, StandardCharsets.UTF_8),
              errors)
          .run(all);
    } catch (UsageException e) {
      return Commands.refused("gate", e, errors);
    }
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  private Path saved() {
    return folder.resolve("evidence.json");
  }

  private GateRun passed() {
    var run = rig.toTheEnd(rig.open());
    for (int i = 0; i < 70; i++) {
      rig.step();
      rig.tick();
    }
    return rig.now(run);
  }

  private void save(GateRun run) throws IOException {
    Files.write(saved(), JSON.writeValueAsBytes(resource.evidence(run.id(), CALLER).getEntity()));
  }

  @Test
  void replay_fromTheApiAndFromAFile_isTheSameVerdict() throws Exception {
    var run = passed();
    assertThat(run("replay", run.id())).as(err()).isZero();
    assertThat(out())
        .contains("chain:  whole: ")
        .contains("replay: the same, to the last byte, at each of 73 observations: PASS OK");
    save(run);
    String fromApi = out();
    assertThat(run("replay", "--file=" + saved())).as(err()).isZero();
    assertThat(out()).isEqualTo(fromApi);
  }

  @Test
  void replay_fileThatWasEdited_saysWhatDiffers() throws Exception {
    rig.badPerScrape = 8;
    var run = rig.toTheEnd(rig.open());
    save(run);
    String text = Files.readString(saved());
    Files.writeString(saved(), text.replaceFirst("\"bad\":24.0", "\"bad\":2.0"));
    assertThat(run("replay", "--file=" + saved())).isEqualTo(1);
    assertThat(out())
        .contains(
            "chain:  broken: observation 3 of 3 does not follow from the previous observation")
        .contains("replay: differs: /state: stored \"FAIL\", judged again \"RUNNING\"");
    Files.writeString(saved(), "{\"gate\": 1}");
    assertThat(run("replay", "--file=" + saved())).isEqualTo(4);
    assertThat(err()).contains("the object 'stored' is missing");
    Files.writeString(saved(), "<html>");
    assertThat(run("replay", "--file=" + saved())).isEqualTo(4);
    assertThat(run("replay")).isEqualTo(64);
    assertThat(run("replay", "nobody-knows")).isEqualTo(4);
  }

  @Test
  void replay_gateOfAnEarlierPharos_isToldAsNotCovered() {
    var run = rig.open();
    rig.gates.forgetFacts(run.id());
    run = rig.toTheEnd(run);
    assertThat(run("replay", run.id())).isEqualTo(2);
    assertThat(out()).contains("chain:  not covered: ").contains("replay: the same");
  }

  @Test
  void verify_all_findsWhatWasRewrittenDeletedOrNeverAnchored() throws Exception {
    var run = passed();
    assertThat(run("verify")).as(out() + err()).isZero();
    assertThat(out()).contains("1 whole, 0 broken, 0 not covered, 2 anchors");
    assertThat(run("verify", run.id())).isZero();
    assertThat(run("verify", run.id(), "--anchors=none")).as("nothing anchors it").isEqualTo(2);

    var second = rig.open("deploy-2");
    assertThat(run("verify")).isZero();
    assertThat(out()).contains("still running");
    rig.gates.forgetFacts(second.id());
    assertThat(run("verify")).isEqualTo(1);
    assertThat(out()).contains("it has no facts, although it was opened after the first anchor");

    rig.gates.rewrite(run.id(), "somebody");
    assertThat(run("verify", run.id())).isEqualTo(1);
    assertThat(out())
        .contains("the chain of its fact ")
        .contains("differs from the chain in anchor 1 of backend");
    rig.gates.delete(run.id());
    assertThat(run("verify", run.id())).isEqualTo(1);
    assertThat(out())
        .contains("it was deleted: anchor 2 of backend says that its state was PASS at 2026-");

    Path file = folder.resolve("anchors/00000001.anchors");
    Files.writeString(file, Files.readString(file).replaceFirst("PASS", "FAIL"));
    assertThat(run("verify", second.id())).isEqualTo(1);
    assertThat(out())
        .contains("broken       the anchors: 00000001.anchors:1: its link does not match");
  }

  @Test
  void backtest_ofAStricterPolicy_printsEachReleaseAndTheTotals() throws Exception {
    rig.badPerScrape = 0.75;
    passed();
    Path policy = folder.resolve("backend.yml");
    Files.writeString(policy, GateRig.POLICY);
    assertThat(run("backtest", policy.toString())).as(err()).isZero();
    assertThat(out())
        .contains("1 releases: 1 with the same verdict, 0 unknown")
        .contains("PASS         1 then, 1 now");
    Files.writeString(
        policy,
        GateRig.POLICY.replace("p_max: 0.05\n  latency_bound", "p_max: 0.001\n  latency_bound"));
    assertThat(run("backtest", policy.toString())).as(err()).isZero();
    assertThat(out())
        .containsPattern(
            "backend v2 in production +2026-03-01T12:00:00Z +PASS OK +\\S+ +- +FAIL ERROR_BOUND +\\S+ +pass_after_fail +-")
        .contains("FAIL         0 then, 1 now")
        .contains("regretted    0 then, 1 now");
    Files.writeString(policy, GateRig.POLICY.replace("total: http", "total: other"));
    assertThat(run("backtest", policy.toString())).as(err()).isZero();
    assertThat(out())
        .contains("unknown")
        .contains("the stored evidence lacks the data of this check");
    Files.writeString(policy, GateRig.POLICY.replace("service: backend", "service: nobody"));
    assertThat(run("backtest", policy.toString())).isEqualTo(2);
    Files.writeString(policy, "service: [");
    assertThat(run("backtest", policy.toString())).isEqualTo(4);
    assertThat(run("backtest")).isEqualTo(64);
  }

  @Test
  void commandLine_thatCantBeObeyed_isRefused() {
    assertThat(run("verify", "--anchors=" + folder.resolve("none"))).isEqualTo(64);
    assertThat(err()).contains("expected a folder or file of anchors, or none");
    assertThat(run("verify", "a", "b")).isEqualTo(64);
    assertThat(run("replay", "a", "--wait=5s")).isEqualTo(64);
    assertThat(run("verfy")).isEqualTo(64);
    assertThat(err()).contains("unexpected word 'verfy', expected flags only");
    server.stop(0);
    assertThat(run("replay", "a")).isEqualTo(5);
    assertThat(List.of(out())).containsExactly("");
  }
}
