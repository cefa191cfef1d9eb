package io.pharos.ingest.fleet;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.locks.LockSupport;

/// Debian's redis-server on a free port, without files.
final class RealRedis implements AutoCloseable {
  private final Process process;
  private final int port;
  private final String password;

  private RealRedis(Process process, int port, String password) {
    this.process = process;
    this.port = port;
    this.password = password;
  }

  /// @param password empty for none
  static RealRedis start(String password) throws IOException {
    Path program = Path.of("/usr/bin/redis-server");
    assumeTrue(Files.isExecutable(program), "redis-server is not installed");
    int port;
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Process process =
        new ProcessBuilder(
                program.toString(),
                "--port",
                Integer.toString(port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--requirepass",
                password)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    var redis = new RealRedis(process, port, password);
    Instant end = Instant.now().plusSeconds(10);
    while (true) {
      try {
        redis.ask("PING");
        return redis;
      } catch (IOException e) {
        if (Instant.now().isAfter(end)) {
          process.destroyForcibly();
          throw e;
        }
        LockSupport.parkNanos(20_000_000);
      }
    }
  }

  int port() {
    return port;
  }

  /// Runs one command.
  void ask(String... command) throws IOException {
    try (var connection =
        new RedisSource.RedisConnection("127.0.0.1", port, Duration.ofSeconds(2))) {
      if (!password.isEmpty()) {
        connection.call("AUTH", password);
      }
      connection.call(command);
    }
  }

  void stop() {
    process.destroyForcibly().onExit().join();
  }

  @Override
  public void close() {
    stop();
  }
}
