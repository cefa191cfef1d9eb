package io.pharos.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.cli.command.Flags;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class DemoProgramTest {
  @TempDir Path directory;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(List<String> args) {
    return new DemoProgram(Map.of(), stream(out), stream(err)).run(args);
  }

  private static Flags flags(String... words) {
    return DemoProgram.flags(List.of(words), Map.of());
  }

  private static PrintStream stream(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --listen=8080      | --listen: expected HOST:PORT with a port from 0 to 65535, found "8080"
          --listen=h:x       | --listen: expected HOST:PORT with a port from 0 to 65535
          --listen=h:70000   | --listen: expected HOST:PORT with a port from 0 to 65535
          --seed=one         | --seed: expected a whole number, found "one"
          --rate=fast        | --rate: expected a number from 0 to 1000, found "fast"
          --rate=-1          | --rate: expected a number from 0 to 1000, found "-1"
          --port=1           | unknown flag --port: did you mean --tls-port?
          serve              | unexpected word 'serve'
          --seed             | --seed needs a value
          """)
  void badArgument_isRefused_andSaysWhatWasExpected(String argument, String message) {
    assertThat(run(List.of("--token-file=" + directory.resolve("t"), argument))).isEqualTo(64);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains(message);
  }

  @Test
  void flags_takeValuesEitherWay() throws IOException {
    DemoOptions options =
        DemoProgram.options(
            flags(
                "--listen",
                "[::1]:9",
                "--seed=42",
                "--rate",
                "5",
                "--log=" + directory.resolve("log"),
                "--token-file=" + directory.resolve("t")));
    assertThat(options.host()).isEqualTo("::1");
    assertThat(options.port()).isEqualTo(9);
    assertThat(options.seed()).isEqualTo(42);
    assertThat(options.requestsPerSecond()).isEqualTo(5);
    assertThat(options.logFile()).isEqualTo(directory.resolve("log"));
    assertThat(options.toString()).contains("::1:9").doesNotContain(options.token());
  }

  @Test
  void token_absent_isMadeForTheOwnerOnly_andReadAgain() throws IOException {
    Path file = directory.resolve("deep/er/token");
    String made = DemoProgram.token(file);
    assertThat(made).hasSize(48);
    assertThat(DemoProgram.token(file)).isEqualTo(made);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void token_tooShort_isRefused() throws IOException {
    Path file = Files.writeString(directory.resolve("t"), "short\n");
    assertThatThrownBy(() -> DemoProgram.token(file))
        .hasMessage("token file " + file + ": 5 characters, expected at least 8");
    assertThat(run(List.of("--token-file=" + file))).isEqualTo(1);
  }

  @Test
  void run_addressTaken_is1() throws IOException {
    try (DemoBackend backend =
        DemoBackend.start(
            DemoOptions.local("0123456789").withListenAddress("127.0.0.1", 0), stream(out))) {
      int code =
          run(
              List.of(
                  "--listen=127.0.0.1:" + backend.port(),
                  "--token-file=" + directory.resolve("t")));
      assertThat(code).isEqualTo(1);
      assertThat(err.toString(StandardCharsets.UTF_8))
          .contains("can't listen")
          .doesNotContain("watches");
      var _ =
          run(
              List.of(
                  "--listen=127.0.0.1:" + backend.port(),
                  "--token-file=" + directory.resolve("t"),
                  "--end-with=1"));
      assertThat(err.toString(StandardCharsets.UTF_8))
          .contains("; the demo watches the program at this address");
    }
  }

  @Test
  void health_asksTheOneThatListens() throws IOException {
    int port;
    try (DemoBackend backend =
        DemoBackend.start(
            DemoOptions.local("0123456789").withListenAddress("127.0.0.1", 0), stream(out))) {
      port = backend.port();
      assertThat(run(List.of("--health", "--listen=0.0.0.0:" + port))).isZero();
      assertThat(out.toString(StandardCharsets.UTF_8)).contains("{\"status\":\"ok\"}");
    }
    assertThat(run(List.of("--health", "--listen=127.0.0.1:" + port))).isEqualTo(1);
    assertThat(run(List.of("--health", "--listen=not a host"))).isEqualTo(1);
  }

  @Test
  void run_unknownHostOrLogFolder_is1() throws IOException {
    String token = "--token-file=" + directory.resolve("t");
    assertThat(run(List.of("--listen=no.such.host.invalid:0", token))).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("no.such.host.invalid");
    Path file = Files.writeString(directory.resolve("file"), "");
    assertThat(run(List.of("--listen=127.0.0.1:0", "--log=" + file + "/log", token))).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("log file");
  }

  @Test
  void run_interrupted_stopsWith0() throws Exception {
    var code = new AtomicInteger(-1);
    Path log = directory.resolve("demo.log");
    Thread runner =
        Thread.ofPlatform()
            .start(
                () ->
                    code.set(
                        run(
                            List.of(
                                "--listen=127.0.0.1:0",
                                "--log=" + log,
                                "--token-file=" + directory.resolve("t")))));
    while (!err.toString(StandardCharsets.UTF_8).contains("listening on http://127.0.0.1:")) {
      Thread.onSpinWait();
    }
    runner.interrupt();
    runner.join();
    assertThat(code).hasValue(0);
    assertThat(Files.readString(log)).contains("\"msg\":\"listening on port ");
  }
}
