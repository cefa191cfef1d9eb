package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.e2e.PharosProcess.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The last stage of the Dockerfile, built by buildah without a daemon from what was packaged, and
/// run in a change of root. The stage before it, which compiles, wants an image from elsewhere;
/// what it gathers by deploy/image/rootfs.sh is gathered here from this machine. Where a tool is
/// missing the test is skipped, which the report shows.
class ImageIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long MEGABYTE = 1_000_000;

  @TempDir Path folder;

  @Test
  void image_isSmall_runsWithoutRights_andAsksItsHealthWithoutAJvm() throws Exception {
    for (String tool : List.of("buildah", "busybox", "strip")) {
      assumeTrue(isThere(tool), tool + " is missing");
    }
    try {
      build();
      JsonNode config = config();
      assertThat(config.path("User").asText()).isEqualTo("65532:65532");
      assertThat(config.path("Volumes").has("/var/lib/pharos")).isTrue();

      Path archive = folder.resolve("image.tar");
      buildah("push", "localhost/pharos:it", "oci-archive:" + archive);
      long unpacked = Long.parseLong(sh("du -sb \"$1\"", mounted()).split("\t")[0]);
      System.out.printf(
          "image: %.1f MB compressed, %.1f MB unpacked%n",
          (double) Files.size(archive) / MEGABYTE, (double) unpacked / MEGABYTE);
      assertThat(Files.size(archive)).isLessThan(100 * MEGABYTE);
      assertThat(unpacked).isLessThan(150 * MEGABYTE);
      assertThat(sh("find \"$1\" -perm /6000", mounted()))
          .as("programs with more rights")
          .isEmpty();
      String written =
          "find \"$1\" '(' -uid 65532 -o -gid 65532 -o -perm -002 ')' ! -type l -printf '/%P\\n'";
      assertThat(sh(written, mounted()).lines())
          .as("what its user may write")
          .containsExactlyInAnyOrder("/tmp", "/var/lib/pharos");
      serves(config);
    } finally {
      buildah("rm", "--all");
      buildah("rmi", "--all", "--force");
    }
  }

  private void build() throws Exception {
    Path rootfs = Files.createDirectory(folder.resolve("rootfs"));
    Ended gathered =
        PharosProcess.run(
            List.of("deploy/image/rootfs.sh", "target/quarkus-app", rootfs.toString()),
            Map.of("JAVA_HOME", System.getProperty("java.home")));
    assertThat(gathered.code()).as(gathered.output()).isZero();
    // The Dockerfile copies the folder of this name from the stage of that name.
    Path stage = Files.createDirectory(folder.resolve("stage"));
    Files.move(rootfs, stage.resolve("rootfs"));
    buildah(
        "build",
        "--ulimit=nofile=20000:20000",
        "--ulimit=nproc=90000:90000",
        "--build-context=rootfs=" + stage,
        "--format=docker",
        "--tag=pharos:it",
        ".");
    buildah(
        "from",
        "--name=it",
        "--ulimit=nofile=20000:20000",
        "--ulimit=nproc=90000:90000",
        "localhost/pharos:it");
  }

  /* By the image's own words, on a port that is free here. */
  private void serves(JsonNode config) throws Exception {
    String address = "127.0.0.1:" + PharosProcess.freePort();
    var words = new ArrayList<String>();
    config.path("Entrypoint").forEach(word -> words.add(word.asText()));
    config.path("Cmd").forEach(word -> words.add(word.asText()));
    var health = new ArrayList<String>();
    config.path("Healthcheck").path("Test").forEach(word -> health.add(word.asText()));
    assertThat(health.removeFirst()).isEqualTo("CMD");
    assertThat(inside(address, health).waitFor()).as("health of nobody").isEqualTo(1);

    Process served = inside(address, words);
    try {
      awaitHealthy(served, address, health);
      assertThat(
              served
                  .descendants()
                  .filter(it -> it.info().command().orElse("").endsWith("/bin/java")))
          .as("the one JVM")
          .hasSize(1);
    } finally {
      served.descendants().forEach(ProcessHandle::destroy);
      served.waitFor();
    }
  }

  private void awaitHealthy(Process served, String address, List<String> health) throws Exception {
    Duration most = Duration.ofMinutes(3);
    for (long end = System.nanoTime() + most.toNanos(); System.nanoTime() < end; ) {
      if (inside(address, health).waitFor() == 0) {
        return;
      }
      assertThat(served.isAlive()).as(() -> log(address)).isTrue();
      TimeUnit.MILLISECONDS.sleep(300);
    }
    throw new AssertionError("not healthy after " + most + ":\n" + log(address));
  }

  private Process inside(String address, List<String> words) throws IOException {
    var command = buildahWords("run", "--isolation=chroot", "--user=65532:65532");
    command.add("--env=PHAROS_WEB_LISTEN_ADDRESS=" + address);
    command.addAll(List.of("it", "--"));
    command.addAll(words);
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()))
        .start();
  }

  private String log(String address) {
    try {
      return address + ":\n" + Files.readString(folder.resolve("log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private JsonNode config() throws Exception {
    String image = buildah("inspect", "--type=image", "localhost/pharos:it");
    return JSON.readTree(image).path("Docker").path("config");
  }

  private String mounted() throws Exception {
    return buildah("mount", "it").strip();
  }

  private ArrayList<String> buildahWords(String... words) {
    var command =
        new ArrayList<>(
            List.of(
                "buildah",
                "--root=" + folder.resolve("root"),
                "--runroot=" + folder.resolve("run"),
                "--storage-driver=vfs"));
    command.addAll(List.of(words));
    return command;
  }

  private String buildah(String... words) throws Exception {
    Ended ended = PharosProcess.run(buildahWords(words), Map.of());
    assertThat(ended.code()).as(ended.output()).isZero();
    return ended.output();
  }

  private static String sh(String script, String argument) throws Exception {
    return PharosProcess.run(List.of("sh", "-c", script, "-", argument), Map.of()).output();
  }

  private static boolean isThere(String tool) throws Exception {
    return PharosProcess.run(List.of("sh", "-c", "command -v " + tool), Map.of()).code() == 0;
  }
}
