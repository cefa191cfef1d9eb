package io.pharos.ingest.login;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.faults.FaultRun;
import io.pharos.faults.FaultRun.Target;
import io.pharos.http.Clients;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The alerts on logins, raised by a backend that issues no tokens any more.
class LoginAlertsTest {
  private static final String PHAROS = "127.0.0.1:9095";

  @TempDir Path directory;

  @Test
  void tokenThatCannotBeRenewed_isToldBeforeItsEnd_andAfter() throws Exception {
    Files.writeString(directory.resolve("password"), FakeBackend.PASSWORD + "\n");
    var registry = new SimpleMeterRegistry();
    try (var backend = new FakeBackend();
        var run = new FaultRun(List.of(new Target("pharos", PHAROS, "")), "pharos");
        var clients = new Clients(run.clock());
        var logins =
            new Logins(
                LoginFile.parse(
                    "logins.yml",
                    """
                    logins:
                      - name: backend
                        token_file: backend.token
                        username: monitor
                        password_file: password
                        login: {url: 'http://%1$s/api/v1/auth/login'}
                        refresh: {url: 'http://%1$s/api/v1/auth/refresh'}
                    """
                        .formatted(backend.address()),
                    directory),
                directory.resolve("state"),
                clients,
                Runnable::run,
                run.clock(),
                () -> run.clock().millis() * 1_000_000,
                new Random(1),
                registry)) {
      pass(run, logins, registry, Duration.ofHours(22));
      assertThat(run.firing()).containsExactly("Watchdog");

      backend.failing(503);
      pass(run, logins, registry, Duration.ofMinutes(110));
      assertThat(run.firing()).containsExactlyInAnyOrder("LoginTokenEnding", "Watchdog");

      pass(run, logins, registry, Duration.ofMinutes(20));
      assertThat(run.firing()).containsExactlyInAnyOrder("LoginFailing", "Watchdog");

      backend.failing(0);
      pass(run, logins, registry, Duration.ofMinutes(10));
      assertThat(run.firing()).containsExactly("Watchdog");
    }
  }

  private static void pass(
      FaultRun run, Logins logins, SimpleMeterRegistry registry, Duration time) {
    for (long minute = 0; minute < time.toMinutes(); minute++) {
      logins.tick(run.clock().instant());
      run.show(Map.of(PHAROS, FaultRun.page(registry)));
      run.pass(Duration.ofMinutes(1), Duration.ofSeconds(15)); // the interval: none is missed
    }
  }
}
