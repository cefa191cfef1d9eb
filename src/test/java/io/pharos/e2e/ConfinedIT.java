package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// As the container and the unit of systemd confine it: a user without rights, no capability, a
/// file system that is read-only but for the data and `/tmp`. Where this process may not confine
/// others the test is skipped, which the report shows.
@Tag("nightly")
class ConfinedIT {
  /// In a mount namespace of its own: the data ($1) at /media, the repository ($2) at /mnt.
  private static final String CONFINE =
      """
      set -eu
      mount --bind "$1" /media
      mount --bind "$2" /mnt
      mount -o remount,bind,ro /mnt
      mount -o remount,bind,ro /
      mount -t tmpfs tmpfs /tmp
      cd /mnt
      shift 2
      exec setpriv --reuid=65532 --regid=65532 --clear-groups --no-new-privs \
        --bounding-set=-all --inh-caps=-all "$@"
      """;

  private static final Path UNIT = Path.of("deploy/systemd/pharos.service");

  private static List<String> confined(Path data, String... command) {
    var words =
        new java.util.ArrayList<>(
            List.of("unshare", "--mount", "--propagation", "private", "bash", "-c", CONFINE, "-"));
    words.addAll(List.of(data.toString(), Path.of("").toAbsolutePath().toString()));
    words.addAll(List.of(command));
    return words;
  }

  @Test
  void userWithoutRights_onAReadOnlyRoot_servesAndStores() throws Exception {
    Path folder = Path.of("target", "e2e", "confined-" + ProcessHandle.current().pid());
    Path data = folder.resolve("data").toAbsolutePath();
    Files.createDirectories(data);
    PharosProcess.Ended tried;
    try {
      PharosProcess.run(List.of("chown", "65532:65532", data.toString()), Map.of());
      String write = "touch /media/inside && ! touch /var/x /mnt/x 2>/dev/null && id -u";
      tried = PharosProcess.run(confined(data, "bash", "-c", write), Map.of());
    } catch (IOException e) {
      tried = new PharosProcess.Ended(1, e.toString());
    }
    assumeTrue(tried.code() == 0, "nobody can be confined here: " + tried.output());
    assertThat(tried.output().strip()).isEqualTo("65532");

    int port = PharosProcess.freePort();
    try (var pharos =
        PharosProcess.run(
            confined(
                data,
                "./pharos",
                "serve",
                "--config.file=src/test/resources/service/prometheus.yml",
                "--notifications.file=src/test/resources/service/alertmanager.yml",
                "--notifications.capture=true",
                "--storage.path=/media",
                "--web.listen-address=127.0.0.1:" + port),
            Path.of(""),
            folder.resolve("pharos.log"),
            "http://127.0.0.1:" + port)) {
      pharos.await("being ready", Duration.ofMinutes(4), pharos::isReady);
      String status = Files.readString(Path.of("/proc/" + pharos.pid() + "/status"));
      assertThat(status)
          .containsPattern("Uid:\\s+65532\\s+65532")
          .containsPattern("CapBnd:\\s+0+\\n")
          .containsPattern("NoNewPrivs:\\s+1");
      pharos.await(
          "an alert of the rules",
          Duration.ofMinutes(1),
          () -> pharos.get("/api/v2/alerts").body().contains("AlwaysOn"));
      assertThat(pharos.log()).doesNotContain("Read-only file system", "Permission denied");
      assertThat(pharos.terminate()).isEqualTo(143);
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data.resolve("tsdb"))))
        .isEqualTo("rwx------");
  }

  /// A copy of a unit that systemd has verified; the programs that it names need not be installed
  /// here.
  private static Path verified(Path shipped, String program) throws Exception {
    PharosProcess.Ended there;
    try {
      there = PharosProcess.run(List.of("systemd-analyze", "--version"), Map.of());
    } catch (IOException e) {
      there = new PharosProcess.Ended(1, e.toString());
    }
    assumeTrue(there.code() == 0, "no systemd-analyze here: " + there.output());
    Path folder = Files.createDirectories(Path.of("target", "e2e", "unit"));
    Path unit =
        Files.writeString(
            folder.resolve(shipped.getFileName()),
            Files.readString(shipped).replace(program, "/bin/true"));
    PharosProcess.Ended verified =
        PharosProcess.run(List.of("systemd-analyze", "verify", unit.toString()), Map.of());
    assertThat(verified.code()).as(verified.output()).isZero();
    assertThat(verified.output()).doesNotContain("Unknown");
    return unit;
  }

  @Test
  void unitOfTheAgent_isSound() throws Exception {
    verified(Path.of("deploy/systemd/pharos-rollout-agent.service"), "/opt/pharos/pharos");
  }

  @Test
  void unit_isSound_andExposesLittle() throws Exception {
    Path unit = verified(UNIT, "/opt/pharos/pharos serve");
    PharosProcess.Ended judged =
        PharosProcess.run(
            List.of("systemd-analyze", "security", "--offline=true", unit.toString()), Map.of());
    var exposure = Pattern.compile("exposure level for \\S+: (\\S+)").matcher(judged.output());
    assertThat(exposure.find()).as(judged.output()).isTrue();
    assertThat(Double.parseDouble(exposure.group(1))).isLessThan(2);
  }
}
