package io.pharos.server.app;

import io.pharos.cli.ServeOptions;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The demo backend as a separate process, so that a user can kill it like a real one. It ends with
/// this process.
final class DemoBackendProcess implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DemoBackendProcess.class);

  private final Process process;

  private DemoBackendProcess(Process process) {
    this.process = process;
  }

  /// Starts the demo backend with the JVM and the jar of this process.
  ///
  /// @param listen its HOST:PORT
  /// @param tokenFile receives the bearer token that its /metrics requires
  /// @param log receives its log
  static DemoBackendProcess start(String listen, Path tokenFile, Path log) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-Xmx64m", "-XX:TieredStopAtLevel=1"));
    command.add("-jar");
    command.add(jar());
    command.addAll(
        List.of("demo-backend", "--listen=" + listen, "--token-file=" + tokenFile, "--log=" + log));
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      Runtime.getRuntime().addShutdownHook(new Thread(process::destroy, "stop-demo-backend"));
      LOG.info("demo backend started on http://{} as process {}", listen, process.pid());
      return new DemoBackendProcess(process);
    } catch (IOException e) {
      throw new UncheckedIOException("the demo backend can't be started: " + command, e);
    }
  }

  private static String jar() {
    return System.getProperty("java.class.path").split(File.pathSeparator)[0];
  }

  /// What `pharos demo` prints after the start.
  static String welcome(ServeOptions options, String backend) {
    String url = options.externalUrl().toString();
    String messages =
        options.capture()
            ? """
                Mail goes to the local mailbox unless QUARKUS_MAILER_HOST names a mail server, and Slack
                messages do while data/secrets/slack_webhook_url does not exist:
                  %s/mailbox
              """
                .formatted(url)
            : "  Mail goes to the configured mail server.\n";
    return """

        Pharos demo is running. Open
          %1$s            what is wrong now
          %1$s/targets    what is scraped and probed
          %1$s/rules      the rules and their state

        Break the demo backend (http://%2$s):
          curl -X POST http://%2$s/fault -d '{"kind":"down","duration":"2m"}'
          curl -X POST http://%2$s/fault -d '{"kind":"errors","ratio":0.5,"duration":"5m"}'
          curl -X POST http://%2$s/fault -d '{"kind":"latency","duration":"5m"}'
        or kill its process and start it again with ./pharos demo-backend.

        %3$s
        """
        .formatted(url, backend, messages.stripTrailing());
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(3, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException _) { // the process was told to stop
      Thread.currentThread().interrupt();
    }
  }
}
