package io.pharos.state.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.gate.GateFact;
import io.pharos.gate.GateRig;
import io.pharos.gate.GateRun;
import io.pharos.gate.hindsight.AnchorLine;
import io.pharos.gate.hindsight.AnchorTrail;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnchorFilesTest {
  @TempDir Path folder;
  private final GateRig rig = new GateRig();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  private AnchorFiles files() {
    return files(AnchorFiles.ROTATE_AT);
  }

  private AnchorFiles files(long rotateAt) {
    return new AnchorFiles(anchors(), rig.clock, registry, rotateAt);
  }

  private Path anchors() {
    return folder.resolve("gate-anchors");
  }

  private AnchorTrail read() throws IOException {
    return AnchorTrail.read(anchors());
  }

  private GateFact last(GateRun run) {
    return rig.gates.lastFact(run.id()).orElseThrow();
  }

  /// A gate that was opened and has no further fact.
  private GateRun gate(int number) {
    return rig.open("deploy-" + number);
  }

  private void anchor(AnchorFiles files, GateRun run) {
    files.anchor(run, last(run));
  }

  @Test
  void anchors_areChainedByServiceAndReadBack() throws Exception {
    rig.anchors = files();
    rig.service = rig.newService();
    var run = rig.toTheEnd(rig.open());
    rig.service.cancel(run.id(), "nobody: it is decided");
    for (int i = 0; i < 70; i++) {
      rig.step();
      rig.tick();
    }
    AnchorTrail trail = read();
    assertThat(trail.breaks()).isEmpty();
    assertThat(trail.lines()).extracting(AnchorLine::number).containsExactly(1L, 2L);
    assertThat(trail.lines()).extracting(AnchorLine::state).containsOnly("PASS");
    assertThat(trail.lines().getLast().chain()).isEqualTo(last(run).chain());
    assertThat(trail.breakIn(rig.stored(run))).isEmpty();
    assertThat(registry.get("pharos.gate.anchors").tag("outcome", "written").counter().count())
        .isEqualTo(2);
  }

  @Test
  void anchor_sameFactAgain_isWrittenOnce() throws Exception {
    var run = gate(1);
    var files = files();
    anchor(files, run);
    anchor(files, run);
    anchor(files(), run); // like after a restart
    assertThat(read().lines()).hasSize(1);
  }

  @Test
  void file_anyByteChanged_isFound() throws Exception {
    var files = files();
    for (int i = 0; i < 3; i++) {
      anchor(files, gate(i));
    }
    Path file = anchors().resolve("00000001.anchors");
    String text = Files.readString(file);
    for (int at = 0; at < text.length(); at++) {
      char other = text.charAt(at) == '7' ? '8' : '7';
      Files.writeString(file, text.substring(0, at) + other + text.substring(at + 1));
      assertThat(read().breaks()).as("byte " + at).isNotEmpty();
    }
    List<String> lines = text.lines().toList();
    Files.writeString(file, lines.get(0) + "\n" + lines.get(2) + "\n");
    assertThat(read().breaks())
        .containsExactly(
            "00000001.anchors:2: its number is 3, but the previous line of its service has the number 1");
    Files.writeString(file, lines.get(1) + "\n" + lines.get(0) + "\n");
    assertThat(read().breaks()).isNotEmpty();
  }

  @Test
  void start_afterHalfALine_cutsItOffAndGoesOn() throws Exception {
    anchor(files(), gate(1));
    Path file = anchors().resolve("00000001.anchors");
    String whole = Files.readString(file);
    Files.writeString(file, whole + whole.substring(0, 40));
    assertThat(read().breaks()).isNotEmpty();
    anchor(files(), gate(2));
    assertThat(read().breaks()).isEmpty();
    assertThat(read().lines()).extracting(AnchorLine::number).containsExactly(1L, 2L);
  }

  @Test
  void rotation_keepsTheNewestFilesAndCarriesTheChainOn() throws Exception {
    var files = files(400); // about two lines
    for (int i = 0; i < 60; i++) {
      anchor(files, gate(i));
    }
    try (var entries = Files.list(anchors())) {
      assertThat(entries.count()).isEqualTo(AnchorFiles.MAX_FILES);
    }
    AnchorTrail trail = read();
    assertThat(trail.breaks()).isEmpty();
    assertThat(trail.lines().getLast().number()).isEqualTo(60);
    assertThat(trail.lines().getFirst().number()).isGreaterThan(10);
    anchor(files(400), gate(60));
    assertThat(read().breaks()).as("after a restart").isEmpty();
    assertThat(read().lines().getLast().number()).isEqualTo(61);
  }

  @Test
  void tail_removedBeforeLaterLines_isFoundAlsoAfterARestart() throws Exception {
    rig.anchors = files();
    rig.service = rig.newService();
    rig.toTheEnd(rig.open("first"));
    GateRun second = rig.open("second");
    rig.toTheEnd(second);
    while (rig.now(second).isObserved()) {
      rig.step();
      rig.tick();
    }
    Path file = anchors().resolve("00000001.anchors");
    List<String> lines = Files.readAllLines(file);
    assertThat(read().breakIn(rig.stored(second))).isEmpty();
    int kept = lines.size() - 2; // its PASS and its end
    assertThat(AnchorLine.parse(lines.getLast()).gate()).isEqualTo(second.id());
    Files.write(file, lines.subList(0, kept));
    assertThat(read().breakIn(rig.stored(second))).as("perhaps killed before it").isEmpty();

    rig.anchors = files(); // like after a restart
    rig.service = rig.newService();
    anchor(files(), gate(3));
    assertThat(read().breaks()).isEmpty();
    assertThat(read().breakIn(rig.stored(second)).orElseThrow())
        .contains("anchors between them were removed");
  }

  @Test
  void disk_thatRejectsWrites_losesNothing() throws Exception {
    Files.writeString(anchors(), "a file where the folder should be");
    var files = files();
    anchor(files, gate(1));
    anchor(files, gate(2));
    assertThat(registry.get("pharos.gate.anchors").tag("outcome", "failed").counter().count())
        .isEqualTo(2);
    Files.delete(anchors());
    files.retry();
    assertThat(read().lines()).hasSize(2);
    assertThat(read().breaks()).isEmpty();
  }
}
