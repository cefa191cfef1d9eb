package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pharos.e2e.PharosProcess.Ended;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The commands of docs/tutorial.md, literally and in one shell, on a view of this machine without
/// a JDK and with a network of its own, so that its ports are free.
@Tag("nightly")
class TutorialIT {
  private static final Pattern BLOCK = Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL);

  @TempDir Path folder;

  @Test
  void commandsOfTheTutorial_endWithAPass() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "a network of its own needs root");
    String java = System.getProperty("java.home");
    Ended made =
        PharosProcess.run(
            List.of(
                Path.of("deploy/package/package.sh").toAbsolutePath().toString(),
                folder.toString(),
                "--no-cache"),
            Map.of("JAVA_HOME", java));
    assertThat(made.code()).as(made.output()).isZero();
    String commands =
        BLOCK
            .matcher(Files.readString(Path.of("docs/tutorial.md")))
            .results()
            .map(block -> block.group(1))
            .collect(Collectors.joining("\n"));
    Path script =
        Files.writeString(folder.resolve("tutorial.sh"), "set -euo pipefail\n" + commands);
    Instant begin = Instant.now();
    Ended ended =
        PharosProcess.run(
            folder,
            List.of(
                "timeout",
                "1500",
                "unshare",
                "--mount",
                "--net",
                "sh",
                "-euc",
                "ip link set lo up; mkdir none; mount --bind none \"$1\"; unset JAVA_HOME; exec bash \"$2\"",
                "sh",
                Path.of(java).getParent().toString(),
                script.toString()),
            Map.of());
    System.out.printf(
        "tutorial: %d s, %d words%n%s%n",
        Duration.between(begin, Instant.now()).toSeconds(),
        Files.readString(Path.of("docs/tutorial.md")).split("\\s+").length,
        ended.output());
    assertThat(ended.code()).as(ended.output()).isZero();
    assertThat(ended.output()).contains("0 problems", "PASS");
  }
}
