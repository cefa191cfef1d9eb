package io.pharos.rollout.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.migration.MigrationPhase;
import io.pharos.migration.MigrationTask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Starting and stopping servers, with real shells and a fake docker that records its arguments.
class ServerDriversTest {
  @TempDir Path folder;

  private BoundedCommand commands(Duration limit) {
    String path = folder.resolve("bin") + ":" + System.getenv("PATH");
    return new BoundedCommand(folder, Map.of("GREETING", "hello", "PATH", path), limit);
  }

  private ProcessDriver processes(String start, String stop) {
    return new ProcessDriver(commands(Duration.ofSeconds(10)), start, stop, folder);
  }

  private String log(String server) throws IOException {
    return Files.readString(folder.resolve(server + ".log"));
  }

  @Test
  void commands_getColourVersionAndSettings_andTheirWordsAreInTheLog() throws Exception {
    var driver =
        processes("echo \"$GREETING $COLOR $VERSION\"", "echo \"bye $COLOR ${VERSION-none}\" >&2");
    driver.start("green", "1.4.2");
    driver.stop("green");
    assertThat(log("green")).isEqualTo("hello green 1.4.2\nbye green none\n");
  }

  @Test
  void whatWasStarted_goesOn_inASessionOfItsOwn() throws Exception {
    var driver = processes("sleep 30 & echo $! >\"$COLOR.pid\"", "kill $(cat \"$COLOR.pid\")");
    long begin = System.nanoTime();
    driver.start("blue", "1");
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(10));
    long pid = Long.parseLong(Files.readString(folder.resolve("blue.pid")).strip());
    ProcessHandle started = ProcessHandle.of(pid).orElseThrow();
    assertThat(started.isAlive()).isTrue();
    assertThat(session(pid)).isNotEqualTo(session(ProcessHandle.current().pid()));
    driver.stop("blue");
    started.onExit().get();
  }

  private static String session(long pid) throws IOException {
    return Files.readString(Path.of("/proc/" + pid + "/stat"))
        .replaceAll(".*\\) ", "")
        .split(" ")[3];
  }

  @Test
  void commandThatFails_isToldWithItsCodeAndLastWords() {
    assertThatThrownBy(() -> processes("echo no such image; exit 3", "true").start("blue", "1"))
        .isInstanceOf(IOException.class)
        .hasMessage("the command ended with code 3: no such image");
  }

  @Test
  void commandThatDoesNotEnd_isEnded() throws IOException {
    var driver =
        new ProcessDriver(commands(Duration.ofSeconds(3)), "echo up; sleep 77 | cat", "", folder);
    assertThatThrownBy(() -> driver.start("blue", "1"))
        .message()
        // The shell may report that it was killed.
        .startsWith("the command did not end within 3 s: up");
    assertThat(ProcessHandle.allProcesses().map(it -> it.info().commandLine().orElse("")))
        .noneMatch(line -> line.endsWith("sleep 77"));
  }

  @Test
  void log_beginsAnewWhenItIsLarge() throws Exception {
    Files.write(folder.resolve("blue.log"), new byte[11 << 20]);
    processes("echo fresh", "true").start("blue", "1");
    assertThat(log("blue")).isEqualTo("fresh\n");
    assertThat(folder.resolve("blue.log.1")).exists();
  }

  private ComposeDriver compose() {
    return new ComposeDriver(
        commands(Duration.ofSeconds(10)), folder.resolve("c.yml"), "backend", folder);
  }

  private void program(String name, String script) throws IOException {
    Path file = folder.resolve("bin").resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @Test
  void compose_startsAndStopsTheServiceOfTheColour() throws Exception {
    program("docker", "echo \"docker $* BACKEND_VERSION=$BACKEND_VERSION\" >>calls");
    compose().start("green", "1.4.2");
    compose().stop("blue");
    String file = folder.resolve("c.yml").toString();
    assertThat(folder.resolve("calls"))
        .hasContent(
            """
            docker compose version BACKEND_VERSION=
            docker compose --file %s up --detach --no-deps backend-green BACKEND_VERSION=1.4.2
            docker compose version BACKEND_VERSION=
            docker compose --file %s stop backend-blue BACKEND_VERSION=
            """
                .formatted(file, file));
  }

  @Test
  void compose_isAProgramOfItsOwnOnOlderHosts() throws Exception {
    program("docker", "echo \"docker: 'compose' is not a docker command\"; exit 1");
    program("docker-compose", "echo \"docker-compose $*\" >>calls");
    compose().stop("blue");
    assertThat(folder.resolve("calls"))
        .hasContent("docker-compose --file " + folder.resolve("c.yml") + " stop backend-blue");
  }

  @Test
  void compose_thatCannotPull_isTold() throws Exception {
    program("docker", "case $* in *up*) echo manifest unknown; exit 18 ;; esac");
    assertThatThrownBy(() -> compose().start("green", "9"))
        .hasMessage("the command ended with code 18: manifest unknown");
  }

  @Test
  void migration_getsVersionAndPhase() throws Exception {
    Path log = folder.resolve("migrate.log");
    migrator("echo \"$VERSION $PHASE\"").run(new MigrationTask("2", MigrationPhase.CONTRACT));
    assertThat(log).hasContent("2 contract");
    assertThat(migrator("").run(new MigrationTask("2", MigrationPhase.EXPAND)))
        .isEqualTo("no MIGRATE_COMMAND is configured");
  }

  private MigrationTask.Runner migrator(String command) {
    Map<String, String> settings =
        Map.of(
            "PHAROS_ENV", "production",
            "SERVICE", "shop",
            "HAPROXY_RUNTIME", "/run/haproxy.sock",
            "HAPROXY_BACKEND", "shop",
            "STATE_DIR", folder.toString(),
            "MIGRATE_COMMAND", command);
    return AgentSettings.of(settings, folder).migrator();
  }
}
